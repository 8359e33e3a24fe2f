{{ config(enabled=is_asked('prestashop')) }}

select
    id_customer_thread as ticket_id,
    nullif(id_customer, '0') as customer_id,
    email,
    coalesce(
        {{ utc_text(parse_timestamp('date_add', setting('prestashop_time_zone'))) }}, date_add
    ) as opened_at
from {{ raw_table('prestashop', 'customer_thread') }}
