-- The shop's mean gap is a ratio of two whole numbers, and is kept as one: nothing is rounded on
-- the way.
with

gaps as (
    select
        count(*) as gaps,
        sum({{ days_between('previous_purchased_on', 'purchased_on') }}) as gap_days
    from {{ ref('int_purchases') }}
    where previous_purchased_on is not null
)

select
    cast(gaps as bigint) as gaps,
    cast(coalesce(gap_days, 0) as bigint) as gap_days,
    {{ rounded_ratio('gap_days', 'nullif(gaps, 0)') }} as mean_gap_days
from gaps
