{#-
Maximum likelihood in one SQL statement, by the method of Levenberg and Marquardt (Marquardt 1963; Nocedal and
Wright, Numerical Optimization, chapters 3 and 10). Parameters are above 0, so their logarithms are searched.
-#}

{% macro in_steps(source, steps) %}
    {#-
    A calculation written as named steps, each of which may use the columns of those before.

    Arguments: source (SQL query), steps (list of dicts from column name to SQL expression).
    Returns: SQL query with the source's columns and all others.
    -#}
    {%- set query = namespace(sql=source) -%}
    {%- for columns in steps -%}
        {%- set lines = [] -%}
        {%- for name, expression in columns.items() -%}
            {%- do lines.append(expression ~ ' as ' ~ name) -%}
        {%- endfor -%}
        {%- set query.sql -%}
            select
                step_{{ loop.index }}.*,
                {{ lines | join(',\n                ') }}
            from (
                {{ query.sql }}
                {{ fence() }}
            ) as step_{{ loop.index }}
        {%- endset -%}
    {%- endfor -%}
    {%- do return(query.sql) -%}
{% endmacro %}


{% macro fence() %}
    {#-
    What keeps an engine from merging a subquery into the query around it, which would recompute an expression wherever
    its column is used.

    Returns: SQL, the end of a subquery, or nothing.
    -#}
    {{- return(adapter.dispatch('fence', 'shop_segments')()) -}}
{% endmacro %}

{% macro default__fence() -%}{%- endmacro %}

{% macro postgres__fence() -%}
    offset 0
{%- endmacro %}


{% macro as_double(expression) -%}
    {#-
    Arguments: expression (SQL, a number; a bare literal would be a decimal).
    Returns: SQL expression, 64-bit floating number.
    -#}
    cast({{ expression }} as {{ double_type() }})
{%- endmacro %}


{% macro maximum_likelihood(search, starts, start_values, sums, prior_sd) %}
    {#-
    The body of a recursive CTE that climbs the likelihoods of some days at once. Each of its rows is one step of one
    day: the best parameters so far, and the candidate that the next step tries. A candidate that is no better is
    dropped, and the next one is nearer to the best. A day that has converged takes no further step.

    The prior is normal on the logarithms of the parameters, about where the search starts. A weak one moves a
    fit by less than a thousandth, and keeps a flat likelihood from running to infinity.

    Arguments: search (name of the CTE), starts (relation with one row per `days_ago`; no row, no search),
    start_values (dict from parameter to SQL expression over `starts`), sums (SQL query of one row over one row of
    the search, with its day and its candidates: contacts, log_likelihood, its derivatives by each parameter, `d_<p>`,
    and by each two, `d_<p>_<q>`), prior_sd (number; 0: no prior).
    Returns: SQL query, one row per day and step: days_ago, iteration, log_likelihood (with the prior), step (greatest
    change of a logarithm that is still wanted), candidate_<p> and best_<p> (logarithms).
    -#}
    {%- set names = start_values | list -%}
    {%- set pairs = [] -%}
    {%- for p in names -%}
        {%- for q in names[loop.index0:] -%}{%- do pairs.append((p, q)) -%}{%- endfor -%}
    {%- endfor -%}
    {%- set weight = 1.0 / (prior_sd * prior_sd) if prior_sd else 0.0 -%}

    {#- the likelihood at the candidate: derivatives by the logarithms, and what the prior adds -#}
    {%- set at_candidate = {'posterior': ['sums.log_likelihood']} -%}
    {%- for p in names -%}
        {%- set from_start = 'trial.log_' ~ p ~ ' - trial.start_' ~ p -%}
        {%- do at_candidate.posterior.append(' - ' ~ weight ~ ' / 2 * power(' ~ from_start ~ ', 2)') -%}
        {%- do at_candidate.update({'new_d_' ~ p: 'sums.d_' ~ p ~ ' * trial.' ~ p ~ ' - ' ~ weight ~ ' * (' ~ from_start ~ ')'}) -%}
    {%- endfor -%}
    {%- for p, q in pairs -%}
        {%- set second = 'sums.d_' ~ p ~ '_' ~ q ~ ' * trial.' ~ p ~ ' * trial.' ~ q -%}
        {%- if p == q -%}{%- set second = second ~ ' + sums.d_' ~ p ~ ' * trial.' ~ p ~ ' - ' ~ weight -%}{%- endif -%}
        {%- do at_candidate.update({'new_d_' ~ p ~ '_' ~ q: second}) -%}
    {%- endfor -%}
    {%- set posterior = at_candidate.pop('posterior') | join('') -%}

    {#- the better of candidate and best; sums of doubles may differ in their last digits, which decides nothing -#}
    {%- set steps = [{
        'is_better': search ~ '_log_likelihood is null or posterior >= ' ~ search ~ '_log_likelihood - 1e-10 * abs(posterior)',
    }] -%}
    {%- set kept = {
        'log_likelihood': 'case when is_better then posterior else ' ~ search ~ '_log_likelihood end',
        'damping': 'case when ' ~ search ~ '_log_likelihood is null then ' ~ search ~ '_damping'
            ~ ' when is_better then greatest(' ~ search ~ '_damping / 10, 1e-14) else ' ~ search ~ '_damping * 10 end',
    } -%}
    {%- for p in names -%}
        {%- do kept.update({'best_' ~ p: 'case when is_better then log_' ~ p ~ ' else old_best_' ~ p ~ ' end'}) -%}
        {%- do kept.update({'d_' ~ p: 'case when is_better then new_d_' ~ p ~ ' else old_d_' ~ p ~ ' end'}) -%}
    {%- endfor -%}
    {%- for p, q in pairs -%}
        {%- set name = 'd_' ~ p ~ '_' ~ q -%}
        {%- do kept.update({name: 'case when is_better then new_' ~ name ~ ' else old_' ~ name ~ ' end'}) -%}
    {%- endfor -%}
    {%- do steps.append(kept) -%}

    {#- the step solves (-H + damping × contacts × I) step = gradient: Cholesky's L, then forward, then back; a
        pivot that is not above 0 is turned, so that the step goes uphill -#}
    {%- for p in names -%}
        {%- set i, before = loop.index0, names[:loop.index0] -%}
        {%- set pivot = ['damping * contacts - d_' ~ p ~ '_' ~ p] -%}
        {%- for c in before -%}{%- do pivot.append(' - power(l_' ~ p ~ '_' ~ c ~ ', 2)') -%}{%- endfor -%}
        {%- do steps.append({'l_' ~ p ~ '_' ~ p: 'sqrt(greatest(abs(' ~ pivot | join('') ~ '), 1e-9 * contacts))'}) -%}
        {%- set below = {} -%}
        {%- for q in names[i + 1:] -%}
            {%- set numerator = ['-d_' ~ p ~ '_' ~ q] -%}
            {%- for c in before -%}{%- do numerator.append(' - l_' ~ q ~ '_' ~ c ~ ' * l_' ~ p ~ '_' ~ c) -%}{%- endfor -%}
            {%- do below.update({'l_' ~ q ~ '_' ~ p: '(' ~ numerator | join('') ~ ') / l_' ~ p ~ '_' ~ p}) -%}
        {%- endfor -%}
        {%- if below -%}{%- do steps.append(below) -%}{%- endif -%}
    {%- endfor -%}
    {%- for p in names -%}
        {%- set numerator = ['d_' ~ p] -%}
        {%- for c in names[:loop.index0] -%}{%- do numerator.append(' - l_' ~ p ~ '_' ~ c ~ ' * forward_' ~ c) -%}{%- endfor -%}
        {%- do steps.append({'forward_' ~ p: '(' ~ numerator | join('') ~ ') / l_' ~ p ~ '_' ~ p}) -%}
    {%- endfor -%}
    {%- for p in names | reverse -%}
        {%- set numerator = ['forward_' ~ p] -%}
        {%- for c in names[names.index(p) + 1:] -%}{%- do numerator.append(' - l_' ~ c ~ '_' ~ p ~ ' * step_' ~ c) -%}{%- endfor -%}
        {%- do steps.append({'step_' ~ p: '(' ~ numerator | join('') ~ ') / l_' ~ p ~ '_' ~ p}) -%}
    {%- endfor -%}

    {#- what is carried from step to step -#}
    {%- set carried = [] -%}
    {%- for p in names -%}{%- do carried.append('d_' ~ p) -%}{%- endfor -%}
    {%- for p, q in pairs -%}{%- do carried.append('d_' ~ p ~ '_' ~ q) -%}{%- endfor -%}

    {%- set likelihood %}
        select
            sums.contacts,
            {{ posterior }} as posterior,
            {%- for name, expression in at_candidate.items() %}
            {{ expression }} as {{ name }},
            {%- endfor %}
            {%- for p in names %}
            trial.log_{{ p }},
            trial.old_best_{{ p }},
            {%- endfor %}
            {%- for name in carried %}
            trial.old_{{ name }},
            {%- endfor %}
            trial.{{ search }}_damping,
            trial.{{ search }}_log_likelihood
        from (
            {{ sums }}
            {{ fence() }}
        ) as sums
        cross join (
            select
                {{ search }}.damping as {{ search }}_damping,
                {{ search }}.log_likelihood as {{ search }}_log_likelihood,
                {%- for p in names %}
                exp({{ search }}.candidate_{{ p }}) as {{ p }},
                {{ search }}.candidate_{{ p }} as log_{{ p }},
                {{ search }}.start_{{ p }},
                {{ search }}.best_{{ p }} as old_best_{{ p }},
                {%- endfor %}
                {%- for name in carried %}
                {{ search }}.{{ name }} as old_{{ name }}{{ ',' if not loop.last }}
                {%- endfor %}
        ) as trial
    {%- endset %}

    select
        days_ago,
        0 as iteration,
        cast(null as {{ double_type() }}) as log_likelihood,
        {{ as_double(0.01) }} as damping,
        {{ as_double(1) }} as step,
        {%- for p in names %}
        ln({{ as_double(start_values[p]) }}) as candidate_{{ p }},
        ln({{ as_double(start_values[p]) }}) as best_{{ p }},
        ln({{ as_double(start_values[p]) }}) as start_{{ p }},
        {%- endfor %}
        {%- for name in carried %}
        {{ as_double(0) }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ starts }}
    union all
    select
        {{ search }}.days_ago,
        {{ search }}.iteration + 1 as iteration,
        next_step.log_likelihood,
        next_step.damping,
        greatest(
            {%- for p in names %}
            abs(next_step.step_{{ p }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as step,
        {%- for p in names %}
        next_step.best_{{ p }} + greatest(least(next_step.step_{{ p }}, 2), -2) as candidate_{{ p }},
        next_step.best_{{ p }},
        {{ search }}.start_{{ p }},
        {%- endfor %}
        {%- for name in carried %}
        next_step.{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ search }}
    cross join lateral (
        {{ in_steps(likelihood, steps) }}
        {{ fence() }}
    ) as next_step
    where
        {{ search }}.iteration < {{ most_iterations() }}
        and {{ search }}.step > {{ converged_step() }}
{% endmacro %}


{% macro last_step(search) %}
    {#-
    Arguments: search (name of a CTE of `maximum_likelihood`).
    Returns: SQL query, the last step of each day.
    -#}
    select *
    from (
        select
            {{ search }}.*,
            row_number() over (partition by days_ago order by iteration desc) as newest_first
        from {{ search }}
    ) as steps
    where newest_first = 1
{% endmacro %}


{% macro most_iterations() -%}
    {#- Returns: after how many steps a search that has not converged ends; ten are common. -#}
    {%- do return(60) -%}
{%- endmacro %}


{% macro converged_step() -%}
    {#- Returns: the change of a parameter's logarithm below which a search ends; the error is its square. -#}
    {%- do return('1e-7') -%}
{%- endmacro %}


{% macro parameter(logarithm) -%}
    {#-
    A fitted parameter to nine digits, beyond which the order in which an engine adds doubles shows.

    Arguments: logarithm (SQL expression).
    Returns: SQL expression, 64-bit floating number.
    -#}
    exp({{ as_double('cast(' ~ logarithm ~ ' as decimal(18, 9))') }})
{%- endmacro %}
