with

purchases as (
    select *
    from {{ ref('int_purchases') }}
    where previous_purchased_on is not null
),

gaps as (
    select
        person_id,
        purchase_number,
        {{ days_between('previous_purchased_on', 'purchased_on') }} as gap_days
    from purchases
),

people as (
    select
        person_id,
        count(*) as gaps,
        sum(gap_days) as gap_days,
        percentile_cont(0.5) within group (order by gap_days) as median_gap_days
    from gaps
    group by person_id
)

select
    people.person_id,
    cast(people.gaps as integer) as gaps,
    cast(people.gap_days as integer) as gap_days,
    {{ rounded_ratio('people.gap_days', 'people.gaps') }} as mean_gap_days,
    cast(people.median_gap_days as decimal(18, 1)) as median_gap_days,
    {{ rounded_ratio(
        expected_gap_numerator('people.gaps', 'people.gap_days', 'shop'),
        expected_gap_denominator('people.gaps', 'shop')
    ) }} as expected_gap_days
from people
cross join {{ ref('int_shop_intervals') }} as shop
