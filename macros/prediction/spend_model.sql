{#-
What a purchase is worth: Gamma-Gamma (Fader and Hardie, The Gamma-Gamma model of monetary value, 2013). A purchase's
value is gamma about the customer's mean (shape p), and the means are spread over customers (q, v). x counts the
purchases with a value after the first, z is the mean of their values.
-#}

{% macro gamma_gamma_likelihood(observations) %}
    {#-
    The log-likelihood of Gamma-Gamma, with its first and second derivatives.

    Arguments: observations (relation: days_ago, x, z, n customers with these, and per x one more row with z 1, n 0 and
    `of_x`, how many customers have that x; 0 in the others. What depends only on x is computed once per x).
    Returns: SQL query of one row over a row of `spend_search`, as `maximum_likelihood` expects.
    -#}
    {%- set source %}
        select
            observations.x,
            observations.z,
            observations.n,
            observations.of_x,
            trial.p,
            trial.q,
            trial.v
        from {{ observations }} as observations
        inner join (
            select
                spend_search.days_ago,
                exp(spend_search.candidate_p) as p,
                exp(spend_search.candidate_q) as q,
                exp(spend_search.candidate_v) as v
        ) as trial on observations.days_ago = trial.days_ago
    {%- endset %}
    {%- set steps = [
        {'shape': 'p * x', 'shape_q': 'p * x + q', 'total': 'x * z + v'},
        {'shifted': 'shape + 7', 'shifted_q': 'shape_q + 7', 'q_shifted': 'q + 7'},
        {
            'gammas': 'case when of_x > 0 then ' ~ ln_gamma('shape_q', 'shifted_q') ~ ' - (' ~ ln_gamma('shape', 'shifted')
                ~ ') - (' ~ ln_gamma('q', 'q_shifted') ~ ') else 0 end',
            'slope_q': 'case when of_x > 0 then ' ~ digamma('shape_q', 'shifted_q') ~ ' else 0 end',
            'slope_shape': 'case when of_x > 0 then ' ~ digamma('shape', 'shifted') ~ ' else 0 end',
            'slope_of_q': 'case when of_x > 0 then ' ~ digamma('q', 'q_shifted') ~ ' else 0 end',
            'curve_q': 'case when of_x > 0 then ' ~ trigamma('shape_q', 'shifted_q') ~ ' else 0 end',
            'curve_shape': 'case when of_x > 0 then ' ~ trigamma('shape', 'shifted') ~ ' else 0 end',
            'curve_of_q': 'case when of_x > 0 then ' ~ trigamma('q', 'q_shifted') ~ ' else 0 end',
        },
    ] -%}
    select
        sum(n) as contacts,
        sum(
            n * ((shape - 1) * ln(z) + shape * ln(x) + q * ln(v) - shape_q * ln(total))
            + of_x * gammas
        ) as log_likelihood,
        sum(n * x * (ln(z) + ln(x) - ln(total)) + of_x * x * (slope_q - slope_shape)) as d_p,
        sum(n * (ln(v) - ln(total)) + of_x * (slope_q - slope_of_q)) as d_q,
        sum(n * (q / v - shape_q / total)) as d_v,
        sum(of_x * x * x * (curve_q - curve_shape)) as d_p_p,
        sum(of_x * x * curve_q) as d_p_q,
        sum(-n * x / total) as d_p_v,
        sum(of_x * (curve_q - curve_of_q)) as d_q_q,
        sum(n * (1 / v - 1 / total)) as d_q_v,
        sum(n * (shape_q / power(total, 2) - q / power(v, 2))) as d_v_v
    from (
        {{ in_steps(source, steps) }}
        {{ fence() }}
    ) as terms
{% endmacro %}


{#- Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.41, 6.3.18 and 6.4.12: Stirling's series of ln gamma
and its derivatives at z + 7, brought back to z by the recurrences. No engine but PostgreSQL 18 and DuckDB has them. -#}

{% macro ln_gamma(z, shifted) -%}
    {#-
    Arguments: z (SQL expression, above 0), shifted (SQL expression, z + 7).
    Returns: SQL expression, ln gamma(z), to about 1e-10.
    -#}
    {%- set square = '(' ~ shifted ~ ' * ' ~ shifted ~ ')' -%}
    ({{ shifted }} - 0.5) * ln({{ shifted }}) - {{ shifted }} + 0.918938533204672742
    + ({{ as_double(1) }} / 12 - ({{ as_double(1) }} / 360 - ({{ as_double(1) }} / 1260 - {{ as_double(1) }} / 1680 / {{ square }}) / {{ square }}) / {{ square }}) / {{ shifted }}
    {%- for number in range(7) %} - ln({{ z }} + {{ number }}){% endfor %}
{%- endmacro %}


{% macro digamma(z, shifted) -%}
    {#- As `ln_gamma`. Returns: SQL expression, the first derivative of ln gamma. -#}
    {%- set square = '(' ~ shifted ~ ' * ' ~ shifted ~ ')' -%}
    (ln({{ shifted }}) - 0.5 / {{ shifted }}
    - ({{ as_double(1) }} / 12 - ({{ as_double(1) }} / 120 - ({{ as_double(1) }} / 252 - {{ as_double(1) }} / 240 / {{ square }}) / {{ square }}) / {{ square }}) / {{ square }}
    {%- for number in range(7) %} - 1 / ({{ z }} + {{ number }}){% endfor %})
{%- endmacro %}


{% macro trigamma(z, shifted) -%}
    {#- As `ln_gamma`. Returns: SQL expression, the second derivative of ln gamma. -#}
    {%- set square = '(' ~ shifted ~ ' * ' ~ shifted ~ ')' -%}
    ((1 + (0.5 + ({{ as_double(1) }} / 6 - ({{ as_double(1) }} / 30 - ({{ as_double(1) }} / 42 - {{ as_double(1) }} / 30 / {{ square }}) / {{ square }}) / {{ square }}) / {{ shifted }}) / {{ shifted }}) / {{ shifted }}
    {%- for number in range(7) %} + 1 / power({{ z }} + {{ number }}, 2){% endfor %})
{%- endmacro %}


{% macro log_normal_value(purchases, log_amount, log_mean, within_variance, between_variance) -%}
    {#-
    What a customer's next purchase is worth: the mean logarithm of the customer's own, drawn towards everybody's, more
    so the fewer there are (Bühlmann credibility, Experience rating and credibility, ASTIN Bulletin 4(3), 1967), and the
    mean of the log-normal distribution that is left.

    Arguments: purchases (SQL expression, the customer's purchases with a value), log_amount (SQL expression,
    sum of their logarithms), log_mean, within_variance, between_variance (SQL expressions, of everybody).
    Returns: SQL expression, 64-bit floating number, in the reporting currency.
    -#}
    {%- set spread -%}({{ purchases }} * {{ between_variance }} + {{ within_variance }}){%- endset -%}
    exp(
        {{ log_mean }}
        + ({{ as_double(log_amount) }} - {{ purchases }} * {{ log_mean }}) * {{ between_variance }} / {{ spread }}
        + {{ between_variance }} * {{ within_variance }} / {{ spread }} / 2
        + {{ within_variance }} / 2
    )
{%- endmacro %}
