-- What each person sent back, asked the shop for and told about it.
with

as_of as (
    select *
    from {{ ref('as_of') }}
),

customers as (
    select
        key_value as customer_id,
        person_id
    from {{ ref('int_person_keys') }}
    where
        key_type = 'customer'
        and person_id is not null
),

-- An order that was refunded whole does not count elsewhere; here it does.
returns as (
    select
        person_id,
        count(*) as orders,
        max(ordered_at) as last_order_at,
        cast(sum(order_value_amount) as decimal(18, 4)) as order_value_amount,
        cast(sum(refund_amount) as decimal(18, 4)) as refund_amount
    from {{ ref('int_orders') }}
    where
        person_id is not null
        and status in ({{ sql_texts(setting('valid_order_statuses') + ['refunded']) }})
    group by person_id
),

ranked_tickets as (
    select
        customers.person_id,
        tickets.opened_at,
        tickets.opened_on,
        row_number() over (
            partition by customers.person_id
            order by tickets.opened_at desc, {{ byte_order('tickets.ticket_id') }} desc
        ) as newest_first
    from {{ ref('stg_crm__support_tickets') }} as tickets
    inner join customers on tickets.customer_id = customers.customer_id
    cross join as_of
    where
        tickets.opened_on >= as_of.last_12_months_from
        and tickets.opened_on <= as_of.as_of_on
),

tickets as (
    select
        person_id,
        count(*) as tickets,
        max(opened_at) as last_ticket_at,
        max(case when newest_first = {{ setting('costly_min_tickets') }} then opened_on end)
            as costly_ticket_on
    from ranked_tickets
    group by person_id
),

photo_reviews as (
    select
        customers.person_id,
        count(*) as photo_reviews,
        max(reviews.reviewed_at) as last_photo_review_at
    from {{ ref('stg_shop__reviews') }} as reviews
    inner join customers on reviews.customer_id = customers.customer_id
    cross join as_of
    where
        reviews.has_photo
        and reviews.reviewed_on <= as_of.as_of_on
    group by customers.person_id
),

people as (
    select person_id from returns
    union
    select person_id from tickets
    union
    select person_id from photo_reviews
)

select
    people.person_id,
    cast(coalesce(returns.orders, 0) as integer) as orders,
    returns.last_order_at,
    cast(coalesce(returns.order_value_amount, 0) as decimal(18, 4)) as order_value_amount,
    cast(coalesce(returns.refund_amount, 0) as decimal(18, 4)) as refund_amount,
    coalesce(
        {{ rounded_ratio(
            'cast(100 * returns.refund_amount as decimal(18, 4))',
            'nullif(returns.order_value_amount, 0)'
        ) }},
        0
    ) as refunded_percent,
    cast(coalesce(tickets.tickets, 0) as integer) as tickets_12_months,
    tickets.last_ticket_at,
    tickets.costly_ticket_on,
    cast(coalesce(photo_reviews.photo_reviews, 0) as integer) as photo_reviews,
    photo_reviews.last_photo_review_at
from people
left join returns on people.person_id = returns.person_id
left join tickets on people.person_id = tickets.person_id
left join photo_reviews on people.person_id = photo_reviews.person_id
