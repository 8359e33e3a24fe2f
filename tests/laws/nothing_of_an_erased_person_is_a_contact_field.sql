-- No contact point has the customer_id or the e-mail of a request to erase, or the e-mail of the
-- customer that it names.
with

requests as (
    select
        customer_id,
        email
    from {{ ref('stg_crm__erasure_requests') }}
),

erased as (
    select
        customer_id,
        email
    from requests
    union
    select
        customers.customer_id,
        customers.email
    from requests
    inner join {{ ref('stg_shop__customers') }} as customers
        on requests.customer_id = customers.customer_id
)

-- two joins, as one on either column compares everybody with everybody
select
    points.person_id,
    erased.customer_id
from {{ ref('contact_points') }} as points
inner join erased on points.customer_id = erased.customer_id
union
select
    points.person_id,
    erased.customer_id
from {{ ref('contact_points') }} as points
inner join erased on points.email = erased.email
