{#- Exact arithmetic of the second reading: whole numbers throughout, in units so small that a product is whole. -#}

{% macro recounted_ratio(upper, lower) -%}
    {#-
    A ratio rounded half up to 4 decimals, in whole numbers: anything beyond the last place is taken off before the
    division.

    Arguments: upper (SQL expression, decimal(38,0), not negative), lower (likewise, above 0).
    Returns: SQL expression, decimal(18,4).
    -#}
    {%- set doubled = '(20000 * ' ~ upper ~ ' + ' ~ lower ~ ')' -%}
    {%- set divisor = '(2 * ' ~ lower ~ ')' -%}
    {%- set whole = '(' ~ doubled ~ ' - mod(' ~ doubled ~ ', ' ~ divisor ~ '))' -%}
    {#- a double holds no 18 digits: what the first division lacks, a second one finds -#}
    {%- set nearly = wide('round(' ~ as_double(whole) ~ ' / ' ~ as_double(divisor) ~ ')') -%}
    {%- set rest = '(' ~ whole ~ ' - ' ~ nearly ~ ' * ' ~ divisor ~ ')' -%}
    case
        when {{ as_double(upper) }} >= 99999999999999 * {{ as_double(lower) }} then 99999999999999.9999
        else cast(
            cast(0.0001 as decimal(5, 4)) * cast(
                {{ nearly }} + {{ wide('round(' ~ as_double(rest) ~ ' / ' ~ as_double(divisor) ~ ')') }}
                as decimal(18, 0)
            ) as decimal(18, 4)
        )
    end
{%- endmacro %}


{% macro recounted_days(multiplier, person, shop) -%}
    {#-
    A multiple of the expected gap, rounded up to whole days, in whole numbers throughout: a setting counts in
    millionths, and what the ratio needs to become whole is added before dividing.

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


{% macro floating(number) -%}
    {#- Arguments: number (a setting). Returns: SQL expression, the 64-bit floating number. -#}
    cast({{ number }} as {{ double_type() }})
{%- endmacro %}
