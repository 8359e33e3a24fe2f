{%- set texts = ['shop_name', 'reporting_currency', 'reporting_time_zone'] %}
{%- set days = ['book_min_people', 'exit_days', 'affinity_days', 'effect_days'] %}
select
    as_of_on,
    {%- for name in texts %}
    cast({{ sql_text(setting(name)) }} as {{ dbt.type_string() }}) as {{ name }},
    {%- endfor %}
    {%- for name in days %}
    cast({{ setting(name) }} as integer) as {{ name }},
    {%- endfor %}
    cast({{ setting('acquisition_cost_ratio') }} as decimal(18, 4)) as acquisition_cost_ratio,
    cast({{ setting('pareto_revenue_share') }} as decimal(18, 4)) as pareto_revenue_share
from {{ ref('as_of') }}
