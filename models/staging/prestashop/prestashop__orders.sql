-- long: every column of an order is a decision, and they stand side by side
{{ config(enabled=is_asked('prestashop')) }}

-- Amounts with tax, as a French shop thinks. A rule that gives the shipping away is no discount of
-- goods. States are the shop's own: their flags say what they mean.
{%- set zone = setting('prestashop_time_zone') %}

with

orders as (
    select
        orders.*,
        {{ parse_number('orders.total_products_wt', 12, 6) }} as goods,
        {{ parse_number('orders.total_discounts_tax_incl', 12, 6) }} as discounts,
        {{ parse_number('orders.total_shipping_tax_incl', 12, 6) }} as shipping,
        {{ parse_number('orders.total_paid_tax_incl', 12, 6) }} as paid_with_tax,
        {{ parse_number('orders.total_paid_tax_excl', 12, 6) }} as paid_without_tax,
        {{ parse_timestamp('orders.date_add', zone) }} as ordered_at,
        {{ parse_timestamp('orders.delivery_date', zone) }} as delivered_at,
        {{ parse_timestamp('orders.date_upd', zone) }} as updated_at
    from {{ raw_table('prestashop', 'orders', 'orders') }}
),

rules as (
    select
        used.id_order as rules_of,
        max(case when used.free_shipping = '1' then 1 else 0 end) as is_shipping_free,
        min(nullif({{ trimmed('rules.code') }}, '')) as code
    from {{ raw_table('prestashop', 'order_cart_rule', 'used') }}
    left join {{ raw_table('prestashop', 'cart_rule', 'rules') }}
        on used.id_cart_rule = rules.id_cart_rule
    where coalesce(used.deleted, '0') <> '1'
    group by used.id_order
),

states as (
    select
        states.id_order_state,
        states.paid,
        states.shipped,
        states.delivery,
        max(case when words.template = 'refund' then 1 else 0 end) as is_refund
    from {{ raw_table('prestashop', 'order_state', 'states') }}
    left join {{ raw_table('prestashop', 'order_state_lang', 'words') }}
        on states.id_order_state = words.id_order_state
    group by states.id_order_state, states.paid, states.shipped, states.delivery
),

given as (
    select
        orders.*,
        rules.code,
        case
            when rules.is_shipping_free = 1 then least(orders.shipping, orders.discounts) else 0
        end as free_shipping
    from orders
    left join rules on orders.id_order = rules.rules_of
)

select
    given.id_order as order_id,
    case
        when {{ lower_case('customers.email') }} = 'anonymous@psgdpr.com' then null
        else given.id_customer
    end as customer_id,
    coalesce({{ utc_text('given.ordered_at') }}, given.date_add) as ordered_at,
    case
        when given.current_state = '7' or states.is_refund = 1 then 'refunded'
        when given.current_state = '6' then 'cancelled'
        when given.current_state = '8' then 'failed'
        when given.current_state = '5' then 'delivered'
        when states.shipped = '1' or states.delivery = '1' then 'shipped'
        when states.paid = '1' then 'paid'
        else 'pending'
    end as status,
    currencies.iso_code as currency,
    given.total_products_wt as subtotal_amount,
    {{ amount_text('given.discounts - given.free_shipping', 'given.total_discounts_tax_incl') }}
        as discount_amount,
    {{ amount_text('given.shipping - given.free_shipping', 'given.total_shipping_tax_incl') }}
        as shipping_amount,
    cast(given.paid_with_tax - given.paid_without_tax as {{ dbt.type_string() }}) as tax_amount,
    given.total_paid_tax_incl as total_amount,
    given.code as coupon_code,
    given.payment as payment_method,
    carriers.name as shipping_method,
    'web' as sales_channel,
    addresses.city as shipping_city,
    countries.iso_code as shipping_country_code,
    {{ utc_text('given.delivered_at') }} as delivered_at,
    {{ utc_text('given.updated_at') }} as updated_at
from given
left join states on given.current_state = states.id_order_state
left join {{ raw_table('prestashop', 'customer', 'customers') }}
    on given.id_customer = customers.id_customer
left join {{ raw_table('prestashop', 'currency', 'currencies') }}
    on given.id_currency = currencies.id_currency
left join {{ raw_table('prestashop', 'carrier', 'carriers') }}
    on given.id_carrier = carriers.id_carrier
left join {{ raw_table('prestashop', 'address', 'addresses') }}
    on given.id_address_delivery = addresses.id_address
left join {{ raw_table('prestashop', 'country', 'countries') }}
    on addresses.id_country = countries.id_country
