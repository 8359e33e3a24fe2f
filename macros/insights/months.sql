{% macro insight_months() -%}
    {#-
    The months that time series hold: the last `insight_months` complete ones and the running one, none before the
    shop's first order.

    Returns: SQL query with the columns month (first day), ends_on (last day, or the as-of date) and is_complete.
    -#}
    {%- set month = add_months(first_of_month('as_of.as_of_on'), '-numbers.whole_number') -%}
    {%- set last_day = add_days(add_months('month', 1), -1) -%}
    select
        months.month,
        {{ last_day }} <= months.as_of_on as is_complete,
        least({{ last_day }}, months.as_of_on) as ends_on
    from (
        select
            as_of.as_of_on,
            {{ month }} as month,
            numbers.whole_number
        from {{ ref('as_of') }} as as_of
        cross join ({{ whole_numbers(0, setting('insight_months')) }}) as numbers
    ) as months
    cross join (
        select min(ordered_on) as first_ordered_on
        from {{ ref('int_orders') }}
        where is_valid
    ) as shop
    where
        {{ last_day }} >= shop.first_ordered_on
        -- without a running month there is one complete month too many
        and (
            months.whole_number < {{ setting('insight_months') }}
            or {{ add_days('months.as_of_on', 1) }}
            <> {{ first_of_month(add_days('months.as_of_on', 1)) }}
        )
{%- endmacro %}
