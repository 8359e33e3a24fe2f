select
    customer_id,
    email,
    attribute,
    value,
    source,
    recorded_at,
    email_key,
    recorded_on
from {{ ref('base_shop__customer_attributes') }}
where rejection_reason is null
