{{ config(enabled=var('backtest')) }}
{{ person_predictions(
    ref('int_backtest_histories'), ref('int_backtest_fits'), days_ago=setting('backtest_days')
) }}
