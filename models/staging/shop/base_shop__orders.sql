{{ config(materialized='table') }}

{%- set known_statuses = setting('valid_order_statuses') + setting('other_order_statuses') %}

with

{{ typed_rows('shop', 'orders') }},

rated_currencies as (
    select
        currency as rated_currency,
        rate as exchange_rate,
        rate_on as valid_from,
        lead(rate_on) over (partition by currency order by rate_on) as valid_to
    from {{ ref('stg_shop__exchange_rates') }}
    where
        rate > 0
        and currency <> '{{ setting("reporting_currency") }}'
    union all
    select
        '{{ setting("reporting_currency") }}' as rated_currency,
        cast(1 as decimal(18, 12)) as exchange_rate,
        cast('0001-01-01' as date) as valid_from,
        cast(null as date) as valid_to
),

rated as {{ inline_cte() }} (
    select
        typed.*,
        {{ email_key('typed.email') }} as email_key,
        {{ local_day('typed.ordered_at') }} as ordered_on,
        rated_currencies.exchange_rate
    from typed
    left join rated_currencies
        on
            typed.currency = rated_currencies.rated_currency
            and {{ local_day('typed.ordered_at') }} >= rated_currencies.valid_from
            and (
                {{ local_day('typed.ordered_at') }} < rated_currencies.valid_to
                or rated_currencies.valid_to is null
            )
),

checked as {{ computed_cte() }} (
    select
        *,
        {{ rejection_reason('shop', 'orders', own_rules=[
            (
                'negative_amount',
                'discount_amount > subtotal_amount'
                ' or (' ~ is_too_large({'name': 'discount_amount', 'type': 'amount'})
                ~ ' and subtotal_amount is not null)',
            ),
            ('unknown_status', 'status not in (' ~ sql_texts(known_statuses) ~ ')'),
            ('unknown_currency', 'exchange_rate is null'),
            ('no_owner', 'customer_id is null and email is null'),
        ], large_products=[
            exceeds_12_digits('subtotal_amount', 'exchange_rate'),
        ]) }} as rejection_reason
    from rated
)
{{- staged_and_rejected('shop', 'orders', derived_columns=['email_key', 'ordered_on', 'exchange_rate']) }}
