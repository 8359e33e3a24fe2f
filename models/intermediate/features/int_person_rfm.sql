-- long: scores by rank or by fixed limits, and when time alone changes the name
{% set cut_points = setting('rfm_cut_points') -%}
{%- set step_days = [] -%}
{%- for days in (cut_points.recency if cut_points else []) -%}
{%- do step_days.append(days | round(method='ceil') | int) -%}
{%- endfor -%}
with

buyers as (
    select
        person_id,
        last_order_at,
        last_order_on,
        days_since_last_order as recency_days,
        {{ setting('rfm_frequency') }} as frequency,
        net_revenue_amount as monetary_amount
    from {{ ref('int_person_orders') }}
),

-- Equal values have the same number of worse ones.
ranked as (
    select
        buyers.*,
        count(*) over () as buyers,
        min(buyers.recency_days) over () = max(buyers.recency_days) over () as same_recency,
        min(buyers.frequency) over () = max(buyers.frequency) over () as same_frequency,
        min(buyers.monetary_amount) over () = max(buyers.monetary_amount) over ()
            as same_monetary,
        rank() over (order by buyers.recency_days desc) - 1 as worse_recency,
        rank() over (order by buyers.frequency) - 1 as worse_frequency,
        rank() over (order by buyers.monetary_amount) - 1 as worse_monetary,
        row_number() over (
            order by buyers.monetary_amount desc, {{ byte_order('buyers.person_id') }}
        ) as monetary_rank
    from buyers
),

scored as (
    select
        ranked.*,
        {%- if cut_points %}
        {{ rfm_score_by_cut_points('recency_days', cut_points.recency, more_is_better=false) }}
            as recency_score,
        {{ rfm_score_by_cut_points('frequency', cut_points.frequency) }} as frequency_score,
        {{ rfm_score_by_cut_points('monetary_amount', cut_points.monetary) }} as monetary_score
        {%- else %}
        {{ rfm_score_by_rank('worse_recency', 'buyers', 'same_recency') }} as recency_score,
        {{ rfm_score_by_rank('worse_frequency', 'buyers', 'same_frequency') }} as frequency_score,
        {{ rfm_score_by_rank('worse_monetary', 'buyers', 'same_monetary') }} as monetary_score
        {%- endif %}
    from ranked
),

named as (
    select
        scored.*,
        rfm_map.rfm_segment
    from scored
    inner join {{ ref('rfm_map') }} as rfm_map
        on
            scored.recency_score = rfm_map.recency_score
            and scored.frequency_score = rfm_map.frequency_score
            and scored.monetary_score = rfm_map.monetary_score
)

{%- if cut_points %},

-- With fixed limits, passing days change the name; a rank is held, since everybody else ages too.
recency_steps as (
    {%- for days in step_days | unique %}
    select
        {{ days }} as from_days,
        {{ rfm_score_by_cut_points(days, cut_points.recency, more_is_better=false) }}
            as recency_score
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

renamed as (
    select
        named.person_id,
        min(recency_steps.from_days) as from_days
    from named
    inner join recency_steps on named.recency_days < recency_steps.from_days
    inner join {{ ref('rfm_map') }} as rfm_map
        on
            recency_steps.recency_score = rfm_map.recency_score
            and named.frequency_score = rfm_map.frequency_score
            and named.monetary_score = rfm_map.monetary_score
            and named.rfm_segment <> rfm_map.rfm_segment
    group by named.person_id
)
{%- endif %}

select
    named.person_id,
    named.last_order_at,
    named.recency_days,
    named.frequency,
    named.monetary_amount,
    cast(named.buyers as integer) as buyers,
    cast(named.monetary_rank as integer) as monetary_rank,
    cast(named.recency_score as integer) as recency_score,
    cast(named.frequency_score as integer) as frequency_score,
    cast(named.monetary_score as integer) as monetary_score,
    named.rfm_segment,
    {%- if cut_points %}
    {{ add_days('named.last_order_on', 'renamed.from_days') }} as rfm_segment_until
    {%- else %}
    cast(null as date) as rfm_segment_until
    {%- endif %}
from named
{%- if cut_points %}
left join renamed on named.person_id = renamed.person_id
{%- endif %}
