{{ config(tags=['heavy']) }}

-- The rule tried on the as-of date and on each day after it, with no purchase added: loyal on the
-- as-of date is a member, and the first day that fails is the day on which it ends.
with

buyers as (
    {{ recounted_buyers() | indent }}
),

purchase_days as (
    select distinct
        person_id,
        ordered_on
    from {{ ref('orders') }}
    where is_valid
),

ahead as (
    {{ whole_numbers(0, setting('loyal_days')) }}
),

-- after this many days the window has lost every purchase, so nobody is loyal for longer
tried as (
    select
        buyers.person_id,
        ahead.whole_number as days_ahead,
        buyers.days_since_purchase + ahead.whole_number < buyers.at_risk_days as is_recent,
        count(purchase_days.ordered_on) as purchases_in_window
    from buyers
    cross join {{ ref('as_of') }} as as_of
    cross join ahead
    left join purchase_days
        on
            buyers.person_id = purchase_days.person_id
            and {{ days_between('purchase_days.ordered_on', 'as_of.as_of_on') }}
            + ahead.whole_number < {{ setting('loyal_days') }}
    where
        buyers.purchases >= 2
        and buyers.days_since_purchase < buyers.at_risk_days
        and buyers.days_since_purchase < {{ setting('loyal_days') }}
    group by
        buyers.person_id,
        buyers.days_since_purchase,
        buyers.at_risk_days,
        ahead.whole_number
),

judged as (
    select
        person_id,
        days_ahead,
        purchases_in_window,
        is_recent and purchases_in_window >= {{ setting('loyal_min_purchases') }} as is_loyal
    from tried
),

stays as (
    select
        person_id,
        max(case when days_ahead = 0 then purchases_in_window end) as purchases_in_window,
        min(case when not is_loyal then days_ahead end) as ends_in_days
    from judged
    group by person_id
    having max(case when days_ahead = 0 and is_loyal then 1 else 0 end) = 1
),

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(stays.purchases_in_window as decimal(18, 4)) as evidence,
        buyers.last_ordered_at as evidence_at,
        {{ add_days('as_of.as_of_on', 'stays.ends_in_days') }} as expires_on
    from stays
    cross join {{ ref('as_of') }} as as_of
    inner join buyers on stays.person_id = buyers.person_id
    inner join {{ ref('people') }} as people
        on
            stays.person_id = people.person_id
            and people.is_contact
)

{{ members_that_differ(ref('loyal_customers')) }}
