{{ config(tags=['heavy']) }}

-- Favourites of which few are left in stock.
with

kept as (
    {{ recounted_kept('add_to_favorites', 'remove_from_favorites') | indent }}
),

recounted as (
    select
        kept.person_id,
        kept.product_id as segment_value,
        cast(products.stock_quantity as decimal(18, 4)) as evidence,
        kept.added_at as evidence_at,
        cast(null as date) as expires_on
    from kept
    inner join {{ ref('stg_shop__products') }} as products on kept.product_id = products.product_id
    where products.stock_quantity <= {{ setting('low_stock_max_units') }}
)

{{ members_that_differ(ref('favorites_low_stock')) }}
