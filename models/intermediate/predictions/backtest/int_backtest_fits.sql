{{ config(enabled=var('backtest')) }}
{{ model_fits(ref('int_backtest_histories'), ref('int_backtest_purchase_histories')) }}
