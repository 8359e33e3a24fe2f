{{ config(enabled=var('backtest')) }}
{{ purchase_histories(ref('int_backtest_histories')) }}
