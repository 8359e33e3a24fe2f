{#-
When customers buy: BG/NBD (Fader, Hardie and Lee, "Counting your customers" the easy way, Marketing Science 24(2),
2005) and MBG/NBD (Batislam, Denizel and Filiztekin, Empirical validation and comparison of models for customer base
analysis, IJRM 24, 2007). A customer buys at random at a rate of their own (gamma: r, alpha) until they leave, with
a chance of their own (beta: a, b) after each purchase; in MBG/NBD also after the first.

As in the papers, x counts the purchases after the first, t_x is the time from the first to the last, and t the
time from the first to today. As x is a whole number, no gamma function is needed: ln gamma(r + x) - ln gamma(r) is
the sum of ln(r + j) for j from 0 to x - 1, and a sum over all customers needs only how many have x > j.
-#}

{% macro purchase_likelihood(histories, modified) %}
    {#-
    The log-likelihood of a purchase model, with its first and second derivatives.

    Arguments: histories (relation with the columns of int_purchase_histories), modified (MBG/NBD, else BG/NBD).
    Returns: SQL query of one row over a row of `purchase_search`, as `maximum_likelihood` expects.
    -#}
    {#- the purchases after which somebody may leave: not the first in BG/NBD -#}
    {%- set chances = 'at_least' if modified else 'above' -%}
    {%- set stayed = 'b + x' if modified else 'b + greatest(x, 1) - 1' -%}
    {%- set odds = 'ln(a / stayed) + (r + x) * longer' -%}
    {%- set source %}
        select
            {{ as_double('histories.repeat_purchases') }} as x,
            {{ as_double('histories.recency_days') }} as t_x,
            {{ as_double('histories.tenure_days') }} as t,
            {{ as_double('histories.customers') }} as n,
            {{ as_double('histories.customers_at_least') }} as at_least,
            {{ as_double('histories.customers_above') }} as above,
            trial.r,
            trial.alpha,
            trial.a,
            trial.b
        from {{ histories }} as histories
        inner join (
            select
                purchase_search.days_ago,
                exp(purchase_search.candidate_r) as r,
                exp(purchase_search.candidate_alpha) as alpha,
                exp(purchase_search.candidate_a) as a,
                exp(purchase_search.candidate_b) as b
        ) as trial on histories.days_ago = trial.days_ago
    {%- endset %}
    {%- set steps = [
        {
            'stayed': stayed,
            'longer': 'ln((alpha + t) / (alpha + t_x))',
            'd_longer': '(r + x) * (1 / (alpha + t) - 1 / (alpha + t_x))',
            'of_all': '1 / (a + b + x)',
        },
        {'odds': 'greatest(least(' ~ odds ~ ', 500), -500)' if modified
            else 'case when x = 0 then -500 else greatest(least(' ~ odds ~ ', 500), -500) end'},
        {'gone': '1 / (1 + exp(-odds))'},
        {
            'doubt': 'gone * (1 - gone)',
            'alive_or_gone': 'greatest(odds, 0) + ln(1 + exp(-abs(odds)))',
        },
    ] -%}
    select
        sum(n) as contacts,
        sum(
            n * (r * ln(alpha) - (r + x) * ln(alpha + t) + alive_or_gone)
            + {{ chances }} * (ln(b + x) - ln(a + b + x))
            + above * ln(r + x)
        ) as log_likelihood,
        sum(n * (ln(alpha) - ln(alpha + t) + gone * longer) + above / (r + x)) as d_r,
        sum(n * (r / alpha - (r + x) / (alpha + t) + gone * d_longer)) as d_alpha,
        sum(n * gone / a - {{ chances }} * of_all) as d_a,
        sum({{ chances }} / (b + x) - n * gone / stayed - {{ chances }} * of_all) as d_b,
        sum(n * doubt * longer * longer - above / power(r + x, 2)) as d_r_r,
        sum(
            n * (
                1 / alpha - 1 / (alpha + t)
                + gone * (1 / (alpha + t) - 1 / (alpha + t_x))
                + doubt * longer * d_longer
            )
        ) as d_r_alpha,
        sum(n * doubt * longer / a) as d_r_a,
        sum(-n * doubt * longer / stayed) as d_r_b,
        sum(
            n * (
                (r + x) / power(alpha + t, 2) - r / power(alpha, 2)
                + gone * (r + x) * (1 / power(alpha + t_x, 2) - 1 / power(alpha + t, 2))
                + doubt * d_longer * d_longer
            )
        ) as d_alpha_alpha,
        sum(n * doubt * d_longer / a) as d_alpha_a,
        sum(-n * doubt * d_longer / stayed) as d_alpha_b,
        sum(n * (doubt - gone) / power(a, 2) + {{ chances }} * of_all * of_all) as d_a_a,
        sum({{ chances }} * of_all * of_all - n * doubt / (a * stayed)) as d_a_b,
        sum(
            n * (gone + doubt) / power(stayed, 2)
            - {{ chances }} / power(b + x, 2)
            + {{ chances }} * of_all * of_all
        ) as d_b_b
    from (
        {{ in_steps(source, steps) }}
        {{ fence() }}
    ) as terms
{% endmacro %}


{% macro leaving_odds(modified) -%}
    {#-
    The odds that a customer has left, as a logarithm that no engine's exp refuses.

    Arguments: modified (MBG/NBD, else BG/NBD, in which nobody leaves after the first purchase).
    Returns: SQL expression over r, alpha, a, b, x, t_x and t.
    -#}
    {%- if modified -%}
    greatest(least(ln(a / (b + x)) + (r + x) * ln((alpha + t) / (alpha + t_x)), 500), -500)
    {%- else -%}
    case
        when x = 0 then -500
        else greatest(least(ln(a / (b + greatest(x, 1) - 1)) + (r + x) * ln((alpha + t) / (alpha + t_x)), 500), -500)
    end
    {%- endif -%}
{%- endmacro %}


{% macro orders_at_chance(shape, chance, horizon) -%}
    {#-
    Expected orders within a horizon of a customer who has not left, for a known chance of leaving after each
    order. Where it is so small that a difference of near equal numbers would lose digits, its series is used.

    Arguments: shape (SQL expression, r + x), chance (SQL expression, above 0), horizon (SQL expression, days
    ÷ (alpha + t)).
    Returns: SQL expression, 64-bit floating number.
    -#}
    case
        when {{ chance }} * {{ horizon }} * {{ shape }} < 1e-5
            then {{ shape }} * {{ horizon }} * (1 - ({{ shape }} + 1) * {{ chance }} * {{ horizon }} / 2)
        else (1 - exp(-{{ shape }} * ln(1 + {{ chance }} * {{ horizon }}))) / {{ chance }}
    end
{%- endmacro %}


{% macro prediction_horizons() -%}
    {#- Returns: list of the days ahead for which something is predicted, shortest first. -#}
    {%- do return([30, 90, 365]) -%}
{%- endmacro %}
