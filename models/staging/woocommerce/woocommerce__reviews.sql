{{ config(enabled=is_asked('woocommerce')) }}

select
    id as review_id,
    reviewer_email as email,
    product_id,
    rating,
    {{ as_utc(trimmed('date_created_gmt')) }} as reviewed_at
from {{ raw_table('woocommerce', 'reviews') }}
