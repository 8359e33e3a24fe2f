{{ config(tags=['proof']) }}

-- What customers cost, and what they show others.
with

tickets as (
    select
        'costly_customers' as segment,
        coalesce(customers.person_id, emails.person_id) as person_id,
        '' as segment_value,
        tickets.opened_at as happened_at,
        windows.leaves_12_months_on as leaves_on,
        1 as counts,
        {{ setting('costly_min_tickets') }} as needed
    from {{ ref('stg_crm__support_tickets') }} as tickets
    inner join {{ ref('proof_days') }} as windows
        on
            tickets.opened_on = windows.counted_on
            and windows.leaves_12_months_on is not null
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and tickets.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and tickets.email_key = emails.key_value
            and customers.key_value is null
    where coalesce(customers.person_id, emails.person_id) is not null
),

by_tickets as (
    {{ recounted_members('tickets') }}
),

-- including orders refunded in full
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

by_refunds as (
    select
        person_id,
        last_ordered_at,
        case
            when order_value = 0 then 0
            else {{ recounted_ratio('(100 * refunds)', 'order_value') }}
        end as refunded_percent,
        orders >= {{ setting('costly_min_orders') }}
        and order_value > 0
        and refunds * 1000000 > order_value * {{ millionths(setting('costly_refund_share')) }}
            as is_costly
    from refunded
),

reviews as (
    select
        'photo_reviewers' as segment,
        coalesce(customers.person_id, emails.person_id) as person_id,
        '' as segment_value,
        reviews.reviewed_at as happened_at,
        cast(null as date) as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('stg_shop__reviews') }} as reviews
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and reviews.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and reviews.email_key = emails.key_value
            and customers.key_value is null
    where
        coalesce(customers.person_id, emails.person_id) is not null
        and reviews.has_photo
        and reviews.reviewed_on <= as_of.as_of_on
),

-- time alone ends only what rests on tickets
recounted as (
    select
        'costly_customers' as segment,
        people.person_id,
        '' as segment_value,
        coalesce(by_refunds.refunded_percent, 0) as evidence,
        case
            when by_tickets.person_id is null then by_refunds.last_ordered_at
            when by_refunds.is_costly and by_refunds.last_ordered_at > by_tickets.evidence_at
                then by_refunds.last_ordered_at
            else by_tickets.evidence_at
        end as evidence_at,
        case when coalesce(by_refunds.is_costly, false) then null else by_tickets.expires_on end
            as expires_on
    from {{ ref('people') }} as people
    left join by_refunds on people.person_id = by_refunds.person_id
    left join by_tickets on people.person_id = by_tickets.person_id
    where
        by_refunds.is_costly
        or by_tickets.person_id is not null
    union all
    {{ recounted_members('reviews') }}
)

{{ members_that_differ(ref('service_memberships')) }}
