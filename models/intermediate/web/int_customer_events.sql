-- When each customer was first named by an event, in one pass over all events; events that
-- name nobody are under the empty text.
with

customers as (
    select
        coalesce(customer_id, '') as customer_id,
        min(occurred_at) as first_event_at
    from {{ ref('stg_web__events') }}
    group by coalesce(customer_id, '')
)

select
    customers.customer_id,
    known_customers.customer_id is not null as is_known,
    customers.first_event_at
from customers
left join {{ ref('int_known_customers') }} as known_customers
    on customers.customer_id = known_customers.customer_id
