with

{{ asked_people() }},

facts as (
    select
        people.person_id,
        coalesce(service.paid_orders, 0) as paid_orders,
        coalesce(service.refunded_percent, 0) as refunded_percent,
        coalesce(service.refund_amount, 0) as refund_amount,
        coalesce(service.paid_order_value_amount, 0) as paid_order_value_amount,
        coalesce(service.tickets_12_months, 0) as tickets_12_months,
        coalesce(service.photo_reviews, 0) as photo_reviews
    from people
    left join {{ ref('int_person_service') }} as service on people.person_id = service.person_id
),

-- two ways into one segment: what one of them does not ask is null there
ways as (
    select
        person_id,
        'refunds' as way,
        paid_orders,
        refunded_percent,
        refund_amount,
        paid_order_value_amount,
        null as tickets_12_months
    from facts
    union all
    select
        person_id,
        'tickets' as way,
        null as paid_orders,
        null as refunded_percent,
        null as refund_amount,
        null as paid_order_value_amount,
        tickets_12_months
    from facts
),

ways_judged as (
    select *
    from (
        {{ judged_asks('ways', judged='way') }}
    ) as asked_of_ways
    where has is not null
)

{{ why(also='ways_judged') }}
