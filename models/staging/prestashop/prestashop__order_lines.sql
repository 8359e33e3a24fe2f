{{ config(enabled=is_asked('prestashop')) }}

-- The price before any reduction is kept without tax only: it gets the tax that the price after it
-- has.
with

priced as (
    select
        *,
        {{ parse_number('product_quantity', 12, 3) }} as quantity,
        {{ parse_number('unit_price_tax_incl', 12, 6) }} as unit_price,
        {{ parse_number('unit_price_tax_excl', 12, 6) }} as untaxed_price,
        {{ parse_number('original_product_price', 12, 6) }} as original_price
    from {{ raw_table('prestashop', 'order_detail') }}
),

listed as (
    select
        *,
        case
            when untaxed_price > 0 and original_price > untaxed_price
                then {{ scaled('original_price', 'unit_price', 'untaxed_price') }}
            else unit_price
        end as list_price
    from priced
)

select
    id_order_detail as order_line_id,
    id_order as order_id,
    product_id,
    product_quantity as quantity,
    {{ amount_text('list_price', 'unit_price_tax_incl') }} as unit_price,
    cast(
        cast((list_price - unit_price) * quantity as decimal(18, 4)) as {{ dbt.type_string() }}
    ) as discount_amount
from listed
