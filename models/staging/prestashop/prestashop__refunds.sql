{{ config(enabled=is_asked('prestashop')) }}

select
    id_order_slip as refund_id,
    id_order as order_id,
    coalesce(
        {{ utc_text(parse_timestamp('date_add', setting('prestashop_time_zone'))) }}, date_add
    ) as refunded_at,
    total_products_tax_incl as amount
from {{ raw_table('prestashop', 'order_slip') }}
