-- long: orders, tickets and reviews, and whose they are
-- Refunds, support tickets and reviews of each person.
with

-- An order refunded in full does not count elsewhere; here it does.
paid as (
    select
        person_id,
        count(*) as orders,
        max(ordered_at) as last_order_at,
        cast(sum(order_value_amount) as decimal(38, 4)) as order_value_amount,
        cast(sum(refund_amount) as decimal(38, 4)) as refund_amount
    from {{ ref('int_orders') }}
    where
        person_id is not null
        and status in ({{ sql_texts(setting('valid_order_statuses') + ['refunded']) }})
    group by person_id
),

tickets as (
    select
        person_id,
        count(*) as tickets,
        max(opened_at) as last_ticket_at
    from {{ ref('int_person_tickets_12_months') }}
    group by person_id
),

owned_reviews as (
    select
        reviews.reviewed_at,
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id
    from {{ ref('stg_shop__reviews') }} as reviews
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('int_known_customers') }} as customers
        on reviews.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on reviews.email_key = emails.email_key
    where
        reviews.has_photo
        and reviews.reviewed_on <= as_of.as_of_on
),

photo_reviews as (
    select
        person_id,
        count(*) as photo_reviews,
        max(reviewed_at) as last_photo_review_at
    from owned_reviews
    where person_id is not null
    group by person_id
),

people as (
    select person_id from paid
    union
    select person_id from tickets
    union
    select person_id from photo_reviews
)

select
    people.person_id,
    cast(coalesce(paid.orders, 0) as integer) as paid_orders,
    paid.last_order_at as last_paid_order_at,
    cast(coalesce(paid.order_value_amount, 0) as decimal(38, 4)) as paid_order_value_amount,
    cast(coalesce(paid.refund_amount, 0) as decimal(38, 4)) as refund_amount,
    coalesce(
        {{ rounded_ratio(
            'cast(100 * paid.refund_amount as decimal(38, 4))',
            'nullif(paid.order_value_amount, 0)'
        ) }},
        0
    ) as refunded_percent,
    cast(coalesce(tickets.tickets, 0) as integer) as tickets_12_months,
    tickets.last_ticket_at,
    cast(coalesce(photo_reviews.photo_reviews, 0) as integer) as photo_reviews,
    photo_reviews.last_photo_review_at
from people
left join paid on people.person_id = paid.person_id
left join tickets on people.person_id = tickets.person_id
left join photo_reviews on people.person_id = photo_reviews.person_id
