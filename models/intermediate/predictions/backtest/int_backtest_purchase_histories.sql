{{ purchase_histories(ref('int_backtest_histories')) }}
