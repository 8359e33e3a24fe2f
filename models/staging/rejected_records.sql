-- Every raw row that could not be used, with its one reason. Of a person who asked to be erased
-- only the fact is left.
with

rejected as (
    select
        'customers' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        email
    from {{ ref('base_shop__customers') }}
    where rejection_reason is not null
    union all
    select
        'customer_attributes' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        cast(null as varchar) as email
    from {{ ref('base_shop__customer_attributes') }}
    where rejection_reason is not null
    union all
    select
        'orders' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        email
    from {{ ref('base_shop__orders') }}
    where rejection_reason is not null
    union all
    select
        'order_lines' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email
    from {{ ref('base_shop__order_lines') }}
    where rejection_reason is not null
    union all
    select
        'refunds' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email
    from {{ ref('base_shop__refunds') }}
    where rejection_reason is not null
    union all
    select
        'products' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email
    from {{ ref('base_shop__products') }}
    where rejection_reason is not null
    union all
    select
        'reviews' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        cast(null as varchar) as email
    from {{ ref('base_shop__reviews') }}
    where rejection_reason is not null
    union all
    select
        'exchange_rates' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email
    from {{ ref('base_shop__exchange_rates') }}
    where rejection_reason is not null
    union all
    select
        'events' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        cast(null as varchar) as email
    from {{ ref('base_web__events') }}
    where rejection_reason is not null
    union all
    select
        'consents' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        email
    from {{ ref('base_crm__consents') }}
    where rejection_reason is not null
    union all
    select
        'message_events' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        email
    from {{ ref('base_crm__message_events') }}
    where rejection_reason is not null
    union all
    select
        'campaigns' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as email
    from {{ ref('base_crm__campaigns') }}
    where rejection_reason is not null
    union all
    select
        'support_tickets' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        cast(null as varchar) as email
    from {{ ref('base_crm__support_tickets') }}
    where rejection_reason is not null
    union all
    select
        'erasure_requests' as raw_table,
        record_key,
        rejection_reason,
        raw_row,
        customer_id,
        email
    from {{ ref('base_crm__erasure_requests') }}
    where rejection_reason is not null
),

-- A request's e-mail erases all customers that have it, and a request's customer all that share its
-- e-mail.
erased_emails as (
    select email
    from {{ ref('stg_crm__erasure_requests') }}
    where email is not null
    union
    select customers.email
    from {{ ref('stg_crm__erasure_requests') }} as requests
    inner join {{ ref('stg_shop__customers') }} as customers
        on requests.customer_id = customers.customer_id
    where customers.email is not null
),

erased_customers as (
    select customer_id
    from {{ ref('stg_crm__erasure_requests') }}
    where customer_id is not null
    union
    select customers.customer_id
    from {{ ref('stg_shop__customers') }} as customers
    inner join erased_emails on customers.email = erased_emails.email
),

marked as (
    select
        rejected.*,
        erased_customers.customer_id is not null or erased_emails.email is not null as is_erased
    from rejected
    left join erased_customers on rejected.customer_id = erased_customers.customer_id
    left join erased_emails on rejected.email = erased_emails.email
)

select
    raw_table,
    -- the key of these tables is the customer's own id
    case
        when is_erased and raw_table in ('customers', 'customer_attributes') then null
        else record_key
    end as record_key,
    rejection_reason,
    case when is_erased then '{}' else raw_row end as raw_row
from marked
