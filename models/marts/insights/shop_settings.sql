select
    as_of_on,
    cast({{ sql_text(setting('shop_name')) }} as {{ dbt.type_string() }}) as shop_name,
    cast({{ sql_text(setting('reporting_currency')) }} as {{ dbt.type_string() }}) as reporting_currency,
    cast({{ sql_text(setting('reporting_time_zone')) }} as {{ dbt.type_string() }}) as reporting_time_zone,
    {%- for name in ['book_min_people', 'exit_days', 'affinity_days', 'effect_days'] %}
    cast({{ setting(name) }} as integer) as {{ name }},
    {%- endfor %}
    {%- for name in ['acquisition_cost_ratio', 'pareto_revenue_share'] %}
    cast({{ setting(name) }} as decimal(18, 4)) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('as_of') }}
