-- Refunds that are a great share of what was ordered, over enough orders, those refunded as a
-- whole among them; or enough tickets in the last 12 months. Time alone ends only what rests on
-- tickets.
with

days as (
    {{ recounted_days_of(12, 'months') | indent }}
),

tickets as (
    select
        person_keys.person_id,
        '' as segment_value,
        tickets.opened_at,
        days.leaves_on,
        1 as counts
    from {{ ref('stg_crm__support_tickets') }} as tickets
    inner join days on tickets.opened_on = days.counted_on
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            tickets.customer_id = person_keys.key_value
            and person_keys.key_type = 'customer'
    where person_keys.person_id is not null
),

by_tickets as (
    {{ recounted_members('tickets', setting('costly_min_tickets'), at='opened_at') | indent }}
),

refunded as (
    select
        person_id,
        count(*) as orders,
        {{ in_units('sum(refund_amount)', 10000) }} as refunds,
        {{ in_units('sum(order_value_amount)', 10000) }} as order_value,
        max(ordered_at) as last_ordered_at
    from {{ ref('orders') }}
    where
        person_id is not null
        and (
            status = 'refunded'
            {% for status in setting('valid_order_statuses') -%}
            or status = {{ sql_text(status) }}
            {% endfor -%}
        )
    group by person_id
),

shares as (
    select
        person_id,
        last_ordered_at,
        case
            when order_value = 0 then cast(0 as decimal(18, 4))
            else {{ recounted_ratio('(100 * refunds)', 'order_value') }}
        end as refunded_percent,
        case
            when
                orders >= {{ setting('costly_min_orders') }}
                and refunds * 1000000
                > order_value * {{ millionths(setting('costly_refund_share')) }}
                and order_value > 0
                then 1
            else 0
        end as is_costly
    from refunded
),

recounted as (
    select
        people.person_id,
        '' as segment_value,
        coalesce(shares.refunded_percent, 0) as evidence,
        case
            when by_tickets.person_id is null then shares.last_ordered_at
            when shares.is_costly = 1 and shares.last_ordered_at > by_tickets.evidence_at
                then shares.last_ordered_at
            else by_tickets.evidence_at
        end as evidence_at,
        case when coalesce(shares.is_costly, 0) = 0 then by_tickets.expires_on end as expires_on
    from {{ ref('people') }} as people
    left join shares on people.person_id = shares.person_id
    left join by_tickets on people.person_id = by_tickets.person_id
    where
        shares.is_costly = 1
        or by_tickets.person_id is not null
)

{{ members_that_differ(ref('costly_customers')) }}
