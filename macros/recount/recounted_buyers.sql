{#- The words of the lifecycle rules read a second time, from orders alone, for the tests. -#}

{% macro recounted_buyers() -%}
    {#-
    Every person with a purchase: its purchases, gaps and stage boundaries, from the orders.

    Returns: SQL query: person_id, purchases, last_purchased_on, last_ordered_at (UTC),
    days_since_purchase, at_risk_days, inactive_days (both null below two purchases).
    -#}
    with

    orders as (
        select
            person_id,
            ordered_on,
            ordered_at
        from {{ ref('orders') }}
        where
            is_valid
            and person_id is not null
    ),

    purchase_days as (
        select distinct
            person_id,
            ordered_on
        from orders
    ),

    -- each purchase but the last with the nearest later one
    gaps as (
        select
            earlier.person_id,
            {{ days_between('earlier.ordered_on', 'min(later.ordered_on)') }} as days
        from purchase_days as earlier
        inner join purchase_days as later
            on
                earlier.person_id = later.person_id
                and earlier.ordered_on < later.ordered_on
        group by
            earlier.person_id,
            earlier.ordered_on
    ),

    person_gaps as (
        select
            person_id,
            count(*) as gaps,
            sum(days) as gap_days
        from gaps
        group by person_id
    ),

    shop_gaps as (
        select
            count(*) as gaps,
            sum(days) as gap_days
        from gaps
    ),

    persons as (
        select
            person_id,
            count(distinct ordered_on) as purchases,
            max(ordered_on) as last_purchased_on,
            max(ordered_at) as last_ordered_at
        from orders
        group by person_id
    ),

    multiples as (
        select
            person_gaps.person_id,
            {{ recounted_days(setting('at_risk_multiplier'), 'person_gaps', 'shop_gaps') }}
                as at_risk,
            {{ recounted_days(setting('inactive_multiplier'), 'person_gaps', 'shop_gaps') }}
                as inactive
        from person_gaps
        cross join shop_gaps
    ),

    boundaries as (
        select
            person_id,
            greatest(at_risk, 1) as at_risk_days,
            greatest(inactive, at_risk + 1, 2) as inactive_days
        from multiples
    )

    select
        persons.person_id,
        persons.purchases,
        persons.last_purchased_on,
        persons.last_ordered_at,
        {{ days_between('persons.last_purchased_on', 'as_of.as_of_on') }} as days_since_purchase,
        boundaries.at_risk_days,
        boundaries.inactive_days
    from persons
    cross join {{ ref('as_of') }} as as_of
    left join boundaries on persons.person_id = boundaries.person_id
{%- endmacro %}


{% macro recounted_days(multiplier, person, shop) -%}
    {#-
    A multiple of the expected gap, rounded up to whole days, in whole numbers throughout: a setting
    counts in millionths, and what a ratio lacks to be whole is added before it is divided.

    Arguments: multiplier (number), person, shop (SQL names of rows with `gaps`, above 0, and
    `gap_days`).
    Returns: SQL expression, integer.
    -#}
    {%- set times = (multiplier * 1000000) | round | int -%}
    {%- set weight = (setting('interval_prior_weight') * 1000000) | round | int -%}
    {%- if setting('interval_basis') == 'shop' -%}
        {%- set upper, lower = wide(shop ~ '.gap_days'), wide(shop ~ '.gaps') -%}
    {%- elif setting('interval_basis') == 'person' -%}
        {%- set upper, lower = wide(person ~ '.gap_days'), wide(person ~ '.gaps') -%}
    {%- else -%}
        {%- set upper -%}
            (
                {{ wide(person ~ '.gap_days') }} * {{ wide(shop ~ '.gaps') }} * 1000000
                + {{ wide(shop ~ '.gap_days') }} * {{ weight }}
            )
        {%- endset -%}
        {%- set lower -%}
            {{ wide(shop ~ '.gaps') }} * ({{ wide(person ~ '.gaps') }} * 1000000 + {{ weight }})
        {%- endset -%}
    {%- endif -%}
    {%- set numerator = '(' ~ upper ~ ' * ' ~ times ~ ')' -%}
    {%- set denominator = '(' ~ lower ~ ' * 1000000)' -%}
    cast(
        round(
            cast(
                {{ numerator }} + mod(
                    {{ denominator }} - mod({{ numerator }}, {{ denominator }}), {{ denominator }}
                ) as {{ double_type() }}
            ) / cast({{ denominator }} as {{ double_type() }})
        ) as integer
    )
{%- endmacro %}


{% macro wide(number) -%}
    {#-
    A whole number that products with others fit into.

    Arguments: number (SQL expression). Returns: SQL expression, decimal(38,0).
    -#}
    cast({{ number }} as decimal(38, 0))
{%- endmacro %}
