{{ config(tags=['heavy']) }}

-- Two purchases or more, the last of them not yet long ago, too few of late to be loyal. Ends on
-- the day on which the last purchase is long ago.
with

buyers as (
    {{ recounted_buyers() | indent }}
),

-- the purchases of the window that ends with the as-of date
counted as (
    select
        orders.person_id,
        count(distinct orders.ordered_on) as purchases
    from {{ ref('orders') }} as orders
    cross join {{ ref('as_of') }} as as_of
    where
        orders.is_valid
        and {{ days_between('orders.ordered_on', 'as_of.as_of_on') }} < {{ setting('loyal_days') }}
    group by orders.person_id
),

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(buyers.purchases as decimal(18, 4)) as evidence,
        buyers.last_ordered_at as evidence_at,
        {{ add_days('buyers.last_purchased_on', 'buyers.at_risk_days') }} as expires_on
    from {{ ref('people') }} as people
    inner join buyers on people.person_id = buyers.person_id
    left join counted on people.person_id = counted.person_id
    where
        people.is_contact
        and buyers.purchases >= 2
        and buyers.days_since_purchase < buyers.at_risk_days
        and coalesce(counted.purchases, 0) < {{ setting('loyal_min_purchases') }}
)

{{ members_that_differ(ref('repeat_customers')) }}
