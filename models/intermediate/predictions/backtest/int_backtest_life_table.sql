{{ config(enabled=var('backtest')) }}
{{ life_table(days_ago=setting('backtest_days')) }}
