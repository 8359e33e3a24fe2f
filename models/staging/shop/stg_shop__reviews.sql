select
    review_id,
    customer_id,
    email,
    product_id,
    rating,
    has_photo,
    reviewed_at,
    email_key,
    reviewed_on
from {{ ref('base_shop__reviews') }}
where rejection_reason is null
