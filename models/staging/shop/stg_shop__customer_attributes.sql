select
    customer_id,
    attribute,
    value,
    source,
    recorded_at,
    recorded_on
from {{ ref('base_shop__customer_attributes') }}
where rejection_reason is null
