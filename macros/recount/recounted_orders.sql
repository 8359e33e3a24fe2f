{#- The orders of a window, and what becomes of them on the days after the as-of date, for the tests. -#}

{% macro recounted_days_of(length, unit) -%}
    {#-
    The days of a window that ends with the as-of date, and when each of them has left it: the rule
    is tried on the as-of date and on every day after it.

    Arguments: length (whole number), unit (days or months).
    Returns: SQL query: counted_on (a day of the window), leaves_on (the first later day whose window
    lacks it).
    -#}
    {%- set longest = length * (31 if unit == 'months' else 1) -%}
    select
        days.counted_on,
        min(ahead.tried_on) as leaves_on
    from (
        select {{ add_days('as_of.as_of_on', '-numbers.whole_number') }} as counted_on
        from {{ ref('as_of') }} as as_of
        cross join (
            {{ whole_numbers(0, longest) }}
        ) as numbers
    ) as days
    inner join (
        select
            numbers.whole_number as days_ahead,
            {{ add_days('as_of.as_of_on', 'numbers.whole_number') }} as tried_on,
            {% if unit == 'months' -%}
                {{ add_months(add_days('as_of.as_of_on', 'numbers.whole_number'), -length) }}
            {%- else -%}
                {{ add_days('as_of.as_of_on', 'numbers.whole_number - ' ~ length) }}
            {%- endif %} as last_day_out
        from {{ ref('as_of') }} as as_of
        cross join (
            {{ whole_numbers(0, longest + 3) }}
        ) as numbers
    ) as ahead on days.counted_on <= ahead.last_day_out
    group by days.counted_on
    having min(ahead.days_ahead) > 0
{%- endmacro %}


{% macro recounted_orders(length, unit) -%}
    {#-
    The orders of a window that count, of all persons and of nobody.

    Arguments: length (whole number), unit (days or months).
    Returns: SQL query: order_id, person_id (null: erased), segment_value (empty), ordered_on, ordered_at,
    leaves_on (the first day whose window lacks the order), order_value_amount, counts (1).
    -#}
    select
        orders.order_id,
        orders.person_id,
        '' as segment_value,
        orders.ordered_on,
        orders.ordered_at,
        days.leaves_on,
        orders.order_value_amount,
        1 as counts
    from {{ ref('orders') }} as orders
    inner join (
        {{ recounted_days_of(length, unit) | indent }}
    ) as days on orders.ordered_on = days.counted_on
    where orders.is_valid
{%- endmacro %}


{% macro recounted_members(facts, least, at='ordered_at') -%}
    {#-
    Who has enough of what is counted, until so much of it has left the window that it is too little:
    the sum is taken again on each day on which one of the facts leaves.

    Arguments: facts (CTE with person_id, segment_value, a time, leaves_on, counts), least (number
    above 0 that the counts must add up to), at (column of the time, ordered_at where none is given).
    Returns: SQL query with the columns of a segment table.
    -#}
    with

    owned as (
        select
            person_id,
            segment_value,
            leaves_on,
            max({{ at }}) as happened_at,
            sum(counts) as counts
        from {{ facts }}
        where person_id is not null
        group by
            person_id,
            segment_value,
            leaves_on
    ),

    tried as (
        select
            leaving.person_id,
            leaving.segment_value,
            leaving.leaves_on as tried_on,
            sum(case when staying.leaves_on > leaving.leaves_on then staying.counts else 0 end) as counts
        from owned as leaving
        inner join owned as staying
            on
                leaving.person_id = staying.person_id
                and leaving.segment_value = staying.segment_value
        group by
            leaving.person_id,
            leaving.segment_value,
            leaving.leaves_on
    ),

    ends as (
        select
            person_id,
            segment_value,
            min(tried_on) as expires_on
        from tried
        where counts < {{ least }}
        group by
            person_id,
            segment_value
    )

    select
        owned.person_id,
        owned.segment_value,
        cast(sum(owned.counts) as decimal(18, 4)) as evidence,
        max(owned.happened_at) as evidence_at,
        ends.expires_on
    from owned
    left join ends
        on
            owned.person_id = ends.person_id
            and owned.segment_value = ends.segment_value
    group by
        owned.person_id,
        owned.segment_value,
        ends.expires_on
    having sum(owned.counts) >= {{ least }}
{%- endmacro %}


{% macro recounted_newest(facts, at='ordered_at') -%}
    {#-
    Who has a fact of a window: the newest one is shown (of several at one time, the greater evidence), and
    the last to leave the window ends it.

    Arguments: facts (CTE with person_id, segment_value, a time, leaves_on, evidence), at (column of the
    time, ordered_at where none is given).
    Returns: SQL query with the columns of a segment table.
    -#}
    select
        facts.person_id,
        facts.segment_value,
        cast(max(facts.evidence) as decimal(18, 4)) as evidence,
        newest.happened_at as evidence_at,
        newest.leaves_on as expires_on
    from {{ facts }} as facts
    inner join (
        select
            person_id,
            segment_value,
            max({{ at }}) as happened_at,
            max(leaves_on) as leaves_on
        from {{ facts }}
        group by
            person_id,
            segment_value
    ) as newest
        on
            facts.person_id = newest.person_id
            and facts.segment_value = newest.segment_value
            and facts.{{ at }} = newest.happened_at
    group by
        facts.person_id,
        facts.segment_value,
        newest.happened_at,
        newest.leaves_on
{%- endmacro %}


{% macro recounted_ratio(upper, lower) -%}
    {#-
    A ratio rounded half up to 4 decimals, in whole numbers: what is more than the last place is taken off
    before the division.

    Arguments: upper (SQL expression, decimal(38,0), not negative), lower (likewise, above 0).
    Returns: SQL expression, decimal(18,4).
    -#}
    {%- set doubled = '(20000 * ' ~ upper ~ ' + ' ~ lower ~ ')' -%}
    {%- set divisor = '(2 * ' ~ lower ~ ')' -%}
    cast(
        cast(0.0001 as decimal(5, 4)) * cast(
            round(
                cast({{ doubled }} - mod({{ doubled }}, {{ divisor }}) as {{ double_type() }})
                / cast({{ divisor }} as {{ double_type() }})
            ) as decimal(18, 0)
        ) as decimal(18, 4)
    )
{%- endmacro %}


{% macro in_units(amount, units) -%}
    {#-
    An amount as a whole number of its smallest units, so that products with others are exact.

    Arguments: amount (SQL expression, decimal), units (how many of them make 1, whole number).
    Returns: SQL expression, decimal(38,0).
    -#}
    {{ wide('cast(' ~ amount ~ ' as decimal(38, 10)) * ' ~ units) }}
{%- endmacro %}


{% macro millionths(number) -%}
    {#- Arguments: number (a setting). Returns: how many millionths it is, a whole number. -#}
    {{ (number * 1000000) | round | int }}
{%- endmacro %}


{% macro recounted_discount_buyers(percent) -%}
    {#-
    Who has an order of the last 12 months with a discount so deep, on the order or on one of its lines,
    by the order's own currency; the newest such order is shown, with its deepest discount in percent.

    Arguments: percent (a setting).
    Returns: SQL query with the columns of a segment table.
    -#}
    with

    counted as (
        {{ recounted_orders(12, 'months') | indent }}
    ),

    -- in the smallest unit of a quantity times a price
    reductions as (
        select
            order_id,
            {{ in_units('discount_amount', 1000000000) }} as reduced,
            {{ in_units('subtotal_amount', 1000000000) }} as full_price
        from {{ ref('stg_shop__orders') }}
        where subtotal_amount > 0
        union all
        select
            order_id,
            {{ in_units('discount_amount', 1000000000) }} as reduced,
            {{ in_units('quantity * unit_price', 1000000000) }} as full_price
        from {{ ref('stg_shop__order_lines') }}
        where quantity * unit_price > 0
    ),

    deep as (
        select
            counted.person_id,
            counted.segment_value,
            counted.ordered_at,
            counted.leaves_on,
            {{ recounted_ratio('100 * reductions.reduced', 'reductions.full_price') }} as evidence
        from counted
        inner join reductions on counted.order_id = reductions.order_id
        where
            counted.person_id is not null
            and reductions.reduced * 100 * 1000000
            >= reductions.full_price * {{ millionths(percent) }}
    )

    {{ recounted_newest('deep') }}
{%- endmacro %}


{% macro recounted_units(category) -%}
    {#-
    Who has ever bought a unit of something, per product, category or collection of products.

    Arguments: category (column of the staged products).
    Returns: SQL query with the columns of a segment table.
    -#}
    select
        orders.person_id,
        products.{{ category }} as segment_value,
        cast(sum(order_lines.quantity) as decimal(18, 4)) as evidence,
        max(orders.ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }} as orders
    inner join {{ ref('stg_shop__order_lines') }} as order_lines
        on
            orders.order_id = order_lines.order_id
            and order_lines.quantity > 0
    inner join {{ ref('stg_shop__products') }} as products
        on
            order_lines.product_id = products.product_id
            and products.{{ category }} is not null
    where
        orders.is_valid
        and orders.person_id is not null
    group by
        orders.person_id,
        products.{{ category }}
    having sum(order_lines.quantity) >= 1
{%- endmacro %}
