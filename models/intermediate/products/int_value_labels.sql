with

products as (
    select
        product_id,
        product_name
    from {{ ref('stg_shop__products') }}
    where product_name is not null
)

select
    segment,
    segment_value,
    label_en,
    label_fr,
    cast(sort_order as integer) as sort_order
from {{ ref('value_labels') }}
{%- for segment in ['product_buyers', 'favorites_low_stock', 'recent_viewers'] %}
union all
select
    '{{ segment }}' as segment,
    product_id as segment_value,
    product_name as label_en,
    product_name as label_fr,
    cast(null as integer) as sort_order
from products
{%- endfor %}
