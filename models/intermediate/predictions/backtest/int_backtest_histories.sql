{{ config(enabled=var('backtest')) }}
{{ person_histories(days_ago=setting('backtest_days')) }}
