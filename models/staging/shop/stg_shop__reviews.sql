select
    review_id,
    customer_id,
    product_id,
    rating,
    has_photo,
    reviewed_at,
    reviewed_on
from {{ ref('base_shop__reviews') }}
where rejection_reason is null
