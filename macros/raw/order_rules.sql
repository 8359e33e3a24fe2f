{#-
What makes an order unusable beyond its contract: base_shop__orders decides by it, and a run asks it first whether any
order would be left.
-#}

{% macro order_rules() %}
    {#-
    Returns: list of (reason code, SQL condition) over the typed orders with the column exchange_rate (of
    `rated_currencies`, on the order's day), in order of precedence.
    -#}
    {%- set known_statuses = setting('valid_order_statuses') + setting('other_order_statuses') -%}
    {%- do return([
        (
            'negative_amount',
            'discount_amount > subtotal_amount or (' ~ is_too_large({'name': 'discount_amount', 'type': 'amount'})
            ~ ' and subtotal_amount is not null)',
        ),
        ('unknown_status', 'status not in (' ~ sql_texts(known_statuses) ~ ')'),
        ('unknown_currency', 'exchange_rate is null'),
    ]) -%}
{% endmacro %}


{% macro rated_currencies(exchange_rates) -%}
    {#-
    What one unit of a currency is worth, and from which day until before which: the reporting currency always, any
    other from its first rate on.

    Arguments: exchange_rates (SQL relation, staged).
    Returns: SQL query. Grain: currency and day of a rate. Columns: rated_currency, exchange_rate, valid_from, valid_to.
    -#}
    select
        currency as rated_currency,
        rate as exchange_rate,
        rate_on as valid_from,
        lead(rate_on) over (partition by currency order by rate_on) as valid_to
    from {{ exchange_rates }}
    where
        rate > 0
        and currency <> '{{ setting("reporting_currency") }}'
    union all
    select
        '{{ setting("reporting_currency") }}' as rated_currency,
        cast(1 as decimal(18, 12)) as exchange_rate,
        cast('0001-01-01' as date) as valid_from,
        cast(null as date) as valid_to
{%- endmacro %}
