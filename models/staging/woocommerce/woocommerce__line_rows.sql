{{ config(enabled=is_asked('woocommerce')) }}

-- Lines of orders, with tax where prices have it.
select
    items.item_of as order_id,
    items.id,
    items.product_id,
    items.quantity,
    {%- for name in ['subtotal', 'total'] %}
    cast(
        items.{{ name }}
        + case when orders.is_with_tax then coalesce(items.{{ name }}_tax, 0) else 0 end
        as decimal(18, 6)
    ) as {{ name }}_amount,
    {%- endfor %}
    items.units
from {{ ref('woocommerce__item_rows') }} as items
inner join {{ ref('woocommerce__order_rows') }} as orders on items.item_of = orders.id
