-- Order by order: value = gross − discount; net revenue = value − refunds, or 0 where the order
-- does not count.
select
    order_id,
    is_valid,
    gross_amount,
    discount_amount,
    order_value_amount,
    refund_amount,
    net_revenue_amount
from {{ ref('orders') }}
where
    (order_value_amount = gross_amount - discount_amount) is not true
    or (
        case
            when is_valid then net_revenue_amount = order_value_amount - refund_amount
            else net_revenue_amount = 0
        end
    ) is not true
