with

scores as (
    {{ whole_numbers(1, 5) }}
),

buyers as (
    select
        recency_score,
        frequency_score,
        rfm_segment,
        count(*) as buyers,
        sum(monetary_amount) as monetary_amount
    from {{ ref('rfm_scores') }}
    group by
        recency_score,
        frequency_score,
        rfm_segment
),

cells as (
    select
        recency_score,
        frequency_score,
        sum(buyers) as buyers,
        sum(monetary_amount) as monetary_amount,
        {{ value_at_first('rfm_segment', ['-buyers', byte_order('rfm_segment')]) }} as rfm_segment
    from buyers
    group by
        recency_score,
        frequency_score
)

select
    cast(recency.whole_number as integer) as recency_score,
    cast(frequency.whole_number as integer) as frequency_score,
    cast(coalesce(cells.buyers, 0) as bigint) as buyers,
    cast(coalesce(cells.monetary_amount, 0) as decimal(38, 4)) as monetary_amount,
    cells.rfm_segment
from scores as recency
cross join scores as frequency
left join cells
    on
        recency.whole_number = cells.recency_score
        and frequency.whole_number = cells.frequency_score
