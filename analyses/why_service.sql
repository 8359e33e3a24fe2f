with

people as (
    {{ asked_people() | indent }}
),

facts as (
    select
        people.person_id,
        coalesce(service.orders, 0) as orders,
        coalesce(service.refunded_percent, 0) as refunded_percent,
        coalesce(service.refund_amount, 0) as refund_amount,
        coalesce(service.order_value_amount, 0) as order_value_amount,
        coalesce(service.tickets_12_months, 0) as tickets_12_months,
        coalesce(service.photo_reviews, 0) as photo_reviews
    from people
    left join {{ ref('int_person_service') }} as service on people.person_id = service.person_id
),

judgements as (
    {{ conditions('facts', [
        ['costly_customers', 'orders', 'orders', '>=', setting('costly_min_orders')],
        [
            'costly_customers', 'refunds, % of the order value', 'refunded_percent', '>',
            100 * setting('costly_refund_share'),
            'order_value_amount > 0 and refund_amount > ' ~ setting('costly_refund_share')
            ~ ' * order_value_amount',
        ],
    ], judged="'refunds'") }}
    union all
    {{ conditions('facts', [
        [
            'costly_customers', 'tickets in 12 months', 'tickets_12_months', '>=',
            setting('costly_min_tickets'),
        ],
    ], judged="'tickets'") }}
    union all
    {{ conditions('facts', [
        ['photo_reviewers', 'reviews with a photo', 'photo_reviews', '>=', 1],
    ]) }}
)

{{ why('judgements') }}
