{#-
The expected gap e of a person, as a ratio of two exact numbers ((sum of own gaps + k × m) ÷
(number of own gaps + k), where m is the shop's sum of gaps ÷ its number of gaps). var `interval_basis`
`person` means k = 0, `shop` means e = m.
-#}

{% macro expected_gap_numerator(gaps, gap_days, shop) -%}
    {#-
    Arguments: gaps (SQL expression, the person's number of gaps, 1 or more), gap_days (their sum in days),
    shop (alias of `int_shop_intervals`).
    Returns: SQL expression, days × gaps of the shop, exact.
    -#}
    {%- if setting('interval_basis') == 'shop' -%} cast({{ shop }}.gap_days as bigint)
    {%- elif setting('interval_basis') == 'person' -%} cast({{ gap_days }} as bigint)
    {%- else -%} (cast({{ gap_days }} as bigint) * {{ shop }}.gaps + {{ setting('interval_prior_weight') }} * {{ shop }}.gap_days)
    {%- endif -%}
{%- endmacro %}


{% macro expected_gap_denominator(gaps, shop) -%}
    {#-
    Arguments: gaps (SQL expression, the person's number of gaps, 1 or more), shop (alias of
    `int_shop_intervals`).
    Returns: SQL expression, the numerator's counterpart, above 0, exact.
    -#}
    {%- if setting('interval_basis') == 'shop' -%} {{ shop }}.gaps
    {%- elif setting('interval_basis') == 'person' -%} cast({{ gaps }} as bigint)
    {%- else -%} ((cast({{ gaps }} as bigint) + {{ setting('interval_prior_weight') }}) * {{ shop }}.gaps)
    {%- endif -%}
{%- endmacro %}
