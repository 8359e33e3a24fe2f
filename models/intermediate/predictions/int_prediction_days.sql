{{ config(materialized='view') }}
{#- the check looks back a quarter and a year, and a backtest as far as it is told -#}
{%- set days = [0, 90, 365] + ([setting('backtest_days')] if var('backtest') else []) -%}
{%- for days_ago in days | unique %}
select
    {{ days_ago }} as days_ago,
    {{ add_days('as_of_on', -days_ago) }} as as_of_on
from {{ ref('as_of') }}
{{ 'union all' if not loop.last }}
{%- endfor %}
