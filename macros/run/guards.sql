{#- What must not be built, and at the end of a green build, whether it may take the place of what is published. -#}

{% macro flag_problems() %}
    {#-
    Whether dbt was asked to leave rows out: a shop without rows has no day to look at, and part of its rows would give
    wrong segments.

    Returns: list of sentences; empty if all is well.
    -#}
    {%- set problems = [] -%}
    {%- for flag in ('empty', 'sample') if invocation_args_dict.get(flag) and flags.WHICH in ('build', 'run') -%}
        {%- do problems.append('dbt ' ~ flags.WHICH ~ ' --' ~ flag ~ ' would leave rows out of what segments are made of: leave this flag out, or try a small folder (var raw_location, and a BUILD_FILE and PUBLISHED_FILE of its own).') -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro may_replace(last, as_of_on) %}
    {#-
    Arguments: last (dict with `raw_location`, `as_of_on` and `rows` of the last publication; empty where there is
    none), as_of_on (text, of this build).
    Returns: whether to publish (boolean, Jinja). False, with a line in the log, where another day of the same shop was
    asked for by date and a newer one is published.
    Raises: a compiler error where the shop looks broken.
    -#}
    {#- latest and today follow the data, even when it was corrected backwards -#}
    {%- if var('as_of') not in ('latest', 'today') and is_same_shop(last) and as_of_on < last.as_of_on -%}
        {%- do log('Not published: ' ~ as_of_on ~ ' is an older day than ' ~ last.as_of_on ~ ', which is published.', info=true) -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- set problems = rejected_problems() + balance_problems() + (shrink_problems(last) if is_same_shop(last) else []) -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error('Not published: ' ~ problems | join('\n') ~ '\nWhat was published before is unchanged.') }}
    {%- endif -%}
    {%- do return(true) -%}
{% endmacro %}


{% macro is_same_shop(last) %}
    {#-
    Arguments: last (as of `may_replace`).
    Returns: whether the last publication was of the raw tables of this run (boolean, Jinja), however they are spelled.
    -#}
    {%- set spelled = [] -%}
    {%- for location in (last.get('raw_location') or '', var('raw_location')) -%}
        {#- without what has no meaning: `./x`, `a/./x`, `a//x`, `x/` and `x/.` -#}
        {%- set location = modules.re.sub('(^|(?<=/))(\\./+)+', '', location | trim) -%}
        {%- do spelled.append(modules.re.sub('/\\.?$', '', modules.re.sub('(?<![:/])/+', '/', location))) -%}
    {%- endfor -%}
    {%- do return(spelled[0] == spelled[1]) -%}
{% endmacro %}


{% macro rejected_problems() %}
    {#-
    Whether too many rows of a required table were set aside. Duplicates do not count: of each key one row is left.

    Returns: list of sentences; empty if all is well.
    -#}
    {%- set problems, node = [], graph.nodes.get('model.shop_segments.data_health') -%}
    {%- set required = graph.sources.values() | selectattr('config.meta.required') | map(attribute='name') | list -%}
    {%- if node and required -%}
        {%- for row in run_query(
            'select raw_table, sum(affected_rows) as rejected_rows, max(all_rows) as all_rows from ' ~ node.relation_name
            ~ " where measure = 'rejected rows' and detail <> 'duplicate' and raw_table in (" ~ sql_texts(required) ~ ')'
            ~ ' group by raw_table having sum(affected_rows) > ' ~ setting('max_rejected_share') ~ ' * max(all_rows) order by raw_table'
        ).rows -%}
            {%- set reasons = [] -%}
            {%- for reason in run_query(
                'select detail, affected_rows from ' ~ node.relation_name ~ " where measure = 'rejected rows' and detail <> 'duplicate' and raw_table = "
                ~ sql_texts([row['raw_table']]) ~ ' order by affected_rows desc, detail'
            ).rows -%}
                {%- do reasons.append(reason['detail'] ~ ' ' ~ reason['affected_rows']) -%}
            {%- endfor -%}
            {%- do problems.append(
                row['rejected_rows'] ~ ' of ' ~ row['all_rows'] ~ ' rows of the raw table ' ~ row['raw_table'] ~ ' were set aside ('
                ~ reasons | join(', ') ~ '; see rejected_records), more than max_rejected_share (' ~ var('max_rejected_share')
                ~ '): mend them, or raise this var.') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro balance_problems() %}
    {#-
    Whether the amounts of too many orders do not add up, as where a column was taken for another.

    Returns: list of sentences; empty if all is well.
    -#}
    {%- set problems, node = [], graph.nodes.get('model.shop_segments.data_health') -%}
    {%- if node -%}
        {%- for row in run_query(
            'select affected_rows, all_rows from ' ~ node.relation_name ~ " where measure = 'orders that do not add up'"
            ~ ' and affected_rows > ' ~ setting('max_unbalanced_share') ~ ' * all_rows'
        ).rows -%}
            {%- do problems.append(
                'The amounts of ' ~ row['affected_rows'] ~ ' of ' ~ row['all_rows'] ~ ' orders do not add up (total = subtotal - discount'
                ~ ' + shipping, with or without tax), more than max_unbalanced_share (' ~ var('max_unbalanced_share')
                ~ '): check which columns subtotal_amount, discount_amount, shipping_amount, tax_amount and total_amount were taken'
                ~ ' from, and prices_include_tax; or raise this var.') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro shrink_problems(last) %}
    {#-
    Whether the shop has lost too many orders or contacts since its last publication.

    Arguments: last (as of `may_replace`).
    Returns: list of sentences; empty if all is well, or if var `accept_shrink` says that it is.
    -#}
    {%- set problems = [] -%}
    {%- for what, name in {'orders': 'core.orders', 'contacts': 'segments.all_customers'}.items() if not setting('accept_shrink') -%}
        {%- set node = graph.nodes.get('model.shop_segments.' ~ name.split('.')[1]) -%}
        {%- set before = last.get('rows', {}).get(name) -%}
        {%- if node and before -%}
            {%- set now = run_query('select count(*) as row_count from ' ~ node.relation_name).rows[0]['row_count'] | int -%}
            {%- if ((before - now) / before) | round(9) > setting('max_shrink_share') -%}
                {%- do problems.append(
                    'There are ' ~ now ~ ' ' ~ what ~ ', ' ~ before ~ ' in the last publication (as of ' ~ last.as_of_on
                    ~ '), fewer by more than max_shrink_share (' ~ var('max_shrink_share')
                    ~ "): hand over whole tables, or, if they are, build once with --vars '{accept_shrink: true}'.") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{% endmacro %}
