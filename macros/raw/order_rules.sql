{#-
What makes an order unusable beyond its contract: base_shop__orders decides by it, and a run asks it first whether any
order would be left.
-#}

{% macro order_rules() %}
    {#-
    Returns: list of (reason code, SQL condition) over `rated` of `rated_orders`, in order of precedence.
    -#}
    {%- set known_statuses = setting('valid_order_statuses') + setting('other_order_statuses') -%}
    {%- do return([
        (
            'negative_amount',
            'discount_amount > subtotal_amount or (' ~ is_too_large(raw_column('shop', 'orders', 'discount_amount'))
            ~ ' and subtotal_amount is not null)',
        ),
        ('test_order', 'is_test'),
        ('unknown_status', 'status not in (' ~ sql_texts(known_statuses) ~ ')'),
        ('unknown_currency', 'exchange_rate is null'),
    ]) -%}
{% endmacro %}


{% macro large_order_amounts() %}
    {#-
    Returns: list of SQL conditions over `rated` of `rated_orders`, whether an amount is too large in the reporting
    currency.
    -#}
    {%- do return([
        exceeds_12_digits('subtotal_amount', 'exchange_rate'), exceeds_12_digits('refunded_amount', 'exchange_rate'),
    ]) -%}
{% endmacro %}


{% macro rated_orders(exchange_rates) -%}
    {#-
    CTEs, the last one being `rated`: `typed` orders with `ordered_on` and `exchange_rate`, what one unit of their
    currency was worth on that day: the reporting currency 1, any other its latest rate, null before its first. A rate
    is written out for each day that it held, as an order finds a day faster than a range of days.

    Arguments: exchange_rates (SQL relation, staged).
    -#}
rate_ranges as (
    select
        currency,
        rate,
        rate_on,
        lead(rate_on) over (partition by currency order by rate_on) as next_rate_on
    from {{ exchange_rates }}
    where rate > 0
),

numbered_days as (
    select
        currency as day_currency,
        rate as day_rate,
        rate_on,
        {{ numbers_below(days_between('rate_on', 'next_rate_on')) }} as day_number
    from rate_ranges
    where next_rate_on > rate_on
),

rate_days as (
    select
        day_currency,
        day_rate,
        {{ add_days('rate_on', 'day_number') }} as rated_on
    from numbered_days
),

latest_rates as (
    select
        currency as latest_currency,
        rate as latest_rate,
        rate_on as latest_from
    from rate_ranges
    where next_rate_on is null
),

dated_orders as {{ inline_cte() }} (
    select
        *,
        {{ local_day('ordered_at') }} as ordered_on
    from typed
),

rated as {{ inline_cte() }} (
    select
        dated_orders.*,
        case
            when dated_orders.currency = '{{ setting("reporting_currency") }}'
                then cast(1 as decimal(18, 12))
            else coalesce(rate_days.day_rate, latest_rates.latest_rate)
        end as exchange_rate
    from dated_orders
    left join rate_days
        on
            dated_orders.currency = rate_days.day_currency
            and dated_orders.ordered_on = rate_days.rated_on
    left join latest_rates
        on
            dated_orders.currency = latest_rates.latest_currency
            and dated_orders.ordered_on >= latest_rates.latest_from
)
{%- endmacro %}
