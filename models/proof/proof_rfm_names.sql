-- one row per row of the table, from left to right
with

cells_by_mean (recency_score, one, two, three, four, five) as (
    values
    (5, 'new_customers', 'potential_loyalists', 'potential_loyalists', 'champions', 'champions'),
    (4, 'promising', 'potential_loyalists', 'potential_loyalists', 'loyal', 'champions'),
    (3, 'about_to_sleep', 'about_to_sleep', 'need_attention', 'loyal', 'loyal'),
    (2, 'hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose'),
    (1, 'lost', 'lost', 'at_risk', 'at_risk', 'cannot_lose')
),

scores as (
    {{ whole_numbers(1, 5) }}
)

select
    cells_by_mean.recency_score,
    cast(frequency.whole_number as integer) as frequency_score,
    cast(monetary.whole_number as integer) as monetary_score,
    case
        when frequency.whole_number + monetary.whole_number <= 2 then cells_by_mean.one
        when frequency.whole_number + monetary.whole_number <= 4 then cells_by_mean.two
        when frequency.whole_number + monetary.whole_number <= 6 then cells_by_mean.three
        when frequency.whole_number + monetary.whole_number <= 8 then cells_by_mean.four
        when frequency.whole_number + monetary.whole_number <= 10 then cells_by_mean.five
    end as rfm_segment
from cells_by_mean
cross join scores as frequency
cross join scores as monetary
