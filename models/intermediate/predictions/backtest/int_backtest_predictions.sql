{{ config(enabled=var('backtest')) }}
{{ person_predictions(
    '(' ~ model_predictions(ref('int_backtest_histories'), ref('int_backtest_fits')) ~ ')',
    ref('int_backtest_life_table'),
    days_ago=setting('backtest_days')
) }}
