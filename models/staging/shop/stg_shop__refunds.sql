select
    refund_id,
    order_id,
    refunded_at,
    amount,
    refunded_on
from {{ ref('base_shop__refunds') }}
where rejection_reason is null
