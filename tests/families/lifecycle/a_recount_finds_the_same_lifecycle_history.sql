{{ config(tags=['proof']) }}

-- The stage by the rule, read literally with the purchases up to a day, against the span that holds
-- the day. Between two purchases time moves a contact through the stages in one order only, so the
-- days tried prove all others: each purchase, the day before it, each span's first and last day,
-- the contact's first day, the as-of date.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

purchase_days as (
    select distinct
        person_id,
        ordered_on
    from {{ ref('proof_orders') }}
    where person_id is not null
),

firsts as (
    select
        people.person_id,
        least({{ local_day('people.created_at') }}, min(purchase_days.ordered_on)) as first_on
    from {{ ref('people') }} as people
    left join purchase_days on people.person_id = purchase_days.person_id
    where people.is_contact
    group by
        people.person_id,
        people.created_at
),

marks as (
    select
        person_id,
        first_on as seen_on
    from firsts
    union
    select
        firsts.person_id,
        as_of.as_of_on as seen_on
    from firsts
    cross join as_of
    union
    select
        person_id,
        ordered_on as seen_on
    from purchase_days
    union
    select
        person_id,
        {{ add_days('ordered_on', -1) }} as seen_on
    from purchase_days
    union
    select
        person_id,
        valid_from as seen_on
    from {{ ref('lifecycle_history') }}
    union
    select
        person_id,
        {{ add_days('valid_to', -1) }} as seen_on
    from {{ ref('lifecycle_history') }}
    where valid_to is not null
),

days as (
    select
        marks.person_id,
        marks.seen_on
    from marks
    cross join as_of
    inner join firsts on marks.person_id = firsts.person_id
    where marks.seen_on between firsts.first_on and as_of.as_of_on
),

known as (
    select
        days.person_id,
        days.seen_on,
        count(purchase_days.ordered_on) as purchases,
        count(purchase_days.ordered_on) - 1 as gaps,
        {{ days_between('min(purchase_days.ordered_on)', 'max(purchase_days.ordered_on)') }}
            as gap_days,
        {{ days_between('max(purchase_days.ordered_on)', 'days.seen_on') }} as days_since_purchase,
        sum(
            case
                when
                    {{ days_between('purchase_days.ordered_on', 'days.seen_on') }}
                    < {{ setting('loyal_days') }}
                    then 1
                else 0
            end
        ) as purchases_in_window
    from days
    left join purchase_days
        on
            days.person_id = purchase_days.person_id
            and days.seen_on >= purchase_days.ordered_on
    group by
        days.person_id,
        days.seen_on
),

shop_gaps as (
    select distinct
        shop_gaps as gaps,
        shop_gap_days as gap_days
    from {{ ref('proof_buyers') }}
),

repeated as (
    select
        known.person_id,
        known.seen_on,
        {{ recounted_days(setting('at_risk_multiplier'), 'known', 'shop_gaps') }} as at_risk,
        {{ recounted_days(setting('inactive_multiplier'), 'known', 'shop_gaps') }} as inactive
    from known
    cross join shop_gaps
    where known.purchases >= 2
),

staged as (
    select
        known.person_id,
        known.seen_on,
        known.purchases,
        known.days_since_purchase,
        known.purchases_in_window,
        repeated.at_risk,
        repeated.inactive,
        case
            when known.purchases = 0 then 'prospects'
            when known.purchases = 1 then 'first_time_buyers'
            when known.days_since_purchase >= greatest(repeated.inactive, repeated.at_risk + 1, 2)
                then 'inactive_customers'
            when known.days_since_purchase >= greatest(repeated.at_risk, 1)
                then 'at_risk_customers'
            when known.purchases_in_window >= {{ setting('loyal_min_purchases') }}
                then 'loyal_customers'
            when known.purchases >= 2 then 'repeat_customers'
        end as stage
    from known
    left join repeated
        on
            known.person_id = repeated.person_id
            and known.seen_on = repeated.seen_on
)

select
    staged.person_id,
    staged.seen_on,
    staged.stage as recounted_stage,
    spans.stage as built_stage,
    spans.valid_from,
    spans.valid_to,
    staged.purchases,
    staged.days_since_purchase,
    staged.purchases_in_window,
    staged.at_risk,
    staged.inactive
from staged
left join {{ ref('lifecycle_history') }} as spans
    on
        staged.person_id = spans.person_id
        and staged.seen_on >= spans.valid_from
        and (staged.seen_on < spans.valid_to or spans.valid_to is null)
where (staged.stage = spans.stage) is not true
order by
    staged.person_id,
    staged.seen_on
