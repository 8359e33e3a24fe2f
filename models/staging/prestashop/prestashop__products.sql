{{ config(enabled=is_asked('prestashop')) }}

-- Prices are kept without tax: each gets that of its group in the shop's own country.
{%- set language = sql_texts([setting('prestashop_language')]) %}

with

taxes as (
    select
        rules.id_tax_rules_group,
        max({{ parse_number('taxes.rate', 12, 6) }}) as rate
    from {{ raw_table('prestashop', 'tax_rule', 'rules') }}
    inner join {{ raw_table('prestashop', 'tax', 'taxes') }} on rules.id_tax = taxes.id_tax
    inner join {{ raw_table('prestashop', 'country', 'countries') }}
        on rules.id_country = countries.id_country
    where countries.iso_code = {{ sql_texts([setting('home_country_code')]) }}
    group by rules.id_tax_rules_group
),

priced as (
    select
        products.*,
        {{ parse_number('products.price', 12, 6) }} as untaxed_price,
        cast(1 as decimal(9, 6)) + cast(coalesce(taxes.rate, 0) * 0.01 as decimal(9, 6))
            as factor,
        {{ parse_timestamp('products.date_upd', setting('prestashop_time_zone')) }} as updated_at
    from {{ raw_table('prestashop', 'product', 'products') }}
    left join taxes on products.id_tax_rules_group = taxes.id_tax_rules_group
),

taxed as (
    select
        *,
        cast(untaxed_price * factor as decimal(18, 6)) as taxed_price
    from priced
)

select
    taxed.id_product as product_id,
    words.name as product_name,
    categories.name as category,
    {{ amount_text('taxed.taxed_price', 'taxed.price') }} as unit_price,
    taxed.wholesale_price as unit_cost,
    stock.quantity as stock_quantity,
    {{ utc_text('taxed.updated_at') }} as updated_at
from taxed
left join {{ raw_table('prestashop', 'product_lang', 'words') }}
    on taxed.id_product = words.id_product and words.id_lang = {{ language }}
left join {{ raw_table('prestashop', 'category_lang', 'categories') }}
    on taxed.id_category_default = categories.id_category and categories.id_lang = {{ language }}
left join {{ raw_table('prestashop', 'stock_available', 'stock') }}
    on taxed.id_product = stock.id_product and stock.id_product_attribute = '0'
