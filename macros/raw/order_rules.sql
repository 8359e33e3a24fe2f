{#-
What makes an order unusable beyond its contract: base_shop__orders decides by it, and a run asks it first whether any
order would be left.
-#}

{% macro order_rules() %}
    {#-
    Returns: list of (reason code, SQL condition) over the typed orders with the columns ordered_on and first_rated_on
    (of `rated_currencies`, by currency), in order of precedence.
    -#}
    {%- set known_statuses = setting('valid_order_statuses') + setting('other_order_statuses') -%}
    {%- do return([
        ('negative_amount', 'discount_amount > subtotal_amount'),
        ('unknown_status', 'status not in (' ~ sql_texts(known_statuses) ~ ')'),
        ('unknown_currency', 'not coalesce(first_rated_on <= ordered_on, false)'),
    ]) -%}
{% endmacro %}


{% macro rated_currencies(exchange_rates) -%}
    {#-
    From which day on amounts of a currency can be converted: the reporting currency always, any other from its first
    rate on.

    Arguments: exchange_rates (SQL relation, staged).
    Returns: SQL query. Grain: currency. Columns: rated_currency, first_rated_on.
    -#}
    select
        currency as rated_currency,
        min(rate_on) as first_rated_on
    from {{ exchange_rates }}
    where
        rate > 0
        and currency <> '{{ setting("reporting_currency") }}'
    group by currency
    union all
    select
        '{{ setting("reporting_currency") }}' as rated_currency,
        cast('0001-01-01' as date) as first_rated_on
{%- endmacro %}
