-- long: three measures, each scored in both ways
-- By rank, a score counts the fifths of all buyers that are strictly worse, and is 3 where all are
-- alike; by frozen limits, the limits that were reached.
{%- set limits = setting('rfm_cut_points') %}
{%- set frequency = 'orders' if setting('rfm_frequency') == 'orders' else 'purchases' %}
with

compared as (
    select
        person_id,
        last_ordered_on,
        last_ordered_at,
        days_since_order as recency_days,
        {{ frequency }} as frequency,
        net_revenue_amount as monetary_amount,
        count(*) over () as buyers,
        rank() over (order by days_since_order desc) - 1 as less_recent,
        rank() over (order by {{ frequency }}) - 1 as less_frequent,
        rank() over (order by net_revenue_amount) - 1 as less_worth,
        count(*) over (partition by days_since_order) as as_recent,
        count(*) over (partition by {{ frequency }}) as as_frequent,
        count(*) over (partition by net_revenue_amount) as as_worthy
    from {{ ref('proof_buyers') }}
),

scored as (
    select
        person_id,
        last_ordered_on,
        last_ordered_at,
        recency_days,
        frequency,
        monetary_amount,
        {%- if limits is none %}
        case
            when as_recent = buyers then 3
            else
                1
                {%- for fifths in range(1, 5) %}
                + case when 5 * less_recent >= {{ fifths }} * buyers then 1 else 0 end
                {%- endfor %}
        end as recency_score,
        case
            when as_frequent = buyers then 3
            else
                1
                {%- for fifths in range(1, 5) %}
                + case when 5 * less_frequent >= {{ fifths }} * buyers then 1 else 0 end
                {%- endfor %}
        end as frequency_score,
        case
            when as_worthy = buyers then 3
            else
                1
                {%- for fifths in range(1, 5) %}
                + case when 5 * less_worth >= {{ fifths }} * buyers then 1 else 0 end
                {%- endfor %}
        end as monetary_score
        {%- else %}
        5
        {%- for limit in limits.recency %}
        - case when recency_days >= {{ limit }} then 1 else 0 end
        {%- endfor %} as recency_score,
        1
        {%- for limit in limits.frequency %}
        + case when frequency >= {{ limit }} then 1 else 0 end
        {%- endfor %} as frequency_score,
        1
        {%- for limit in limits.monetary %}
        + case when monetary_amount >= {{ limit }} then 1 else 0 end
        {%- endfor %} as monetary_score
        {%- endif %}
    from compared
)

select
    scored.person_id,
    scored.last_ordered_on,
    scored.last_ordered_at,
    scored.recency_days,
    scored.frequency,
    scored.monetary_amount,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    cells.rfm_segment
from scored
inner join {{ ref('proof_rfm_names') }} as cells
    on
        scored.recency_score = cells.recency_score
        and scored.frequency_score = cells.frequency_score
        and scored.monetary_score = cells.monetary_score
