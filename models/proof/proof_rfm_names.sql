-- one row per row of the table, from left to right
with

names as (
    select *
    from (values
        (5, 'new_customers', 'potential_loyalists', 'potential_loyalists', 'champions', 'champions'),
        (4, 'promising', 'potential_loyalists', 'potential_loyalists', 'loyal', 'champions'),
        (3, 'about_to_sleep', 'about_to_sleep', 'need_attention', 'loyal', 'loyal'),
        (2, 'hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose'),
        (1, 'lost', 'lost', 'at_risk', 'at_risk', 'cannot_lose')
    ) as names (recency_score, one, two, three, four, five)
),

scores as (
    {{ whole_numbers(1, 5) }}
)

select
    names.recency_score,
    cast(frequency.whole_number as integer) as frequency_score,
    cast(monetary.whole_number as integer) as monetary_score,
    case
        when frequency.whole_number + monetary.whole_number <= 2 then names.one
        when frequency.whole_number + monetary.whole_number <= 4 then names.two
        when frequency.whole_number + monetary.whole_number <= 6 then names.three
        when frequency.whole_number + monetary.whole_number <= 8 then names.four
        when frequency.whole_number + monetary.whole_number <= 10 then names.five
    end as rfm_segment
from names
cross join scores as frequency
cross join scores as monetary
