{{ config(materialized='view') }}

-- When each customer, known or not, was first named by an event.
select
    named_customer_id as customer_id,
    min(first_named_at) as first_event_at
from {{ ref('int_session_parts') }}
where named_customer_id is not null
group by named_customer_id
