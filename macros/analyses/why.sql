{#- Why somebody is in a segment, or not: the conditions of its rule one by one, for `analyses/why_*.sql`. -#}

{% macro asked_people() -%}
    {#-
    Returns: SQL, the CTE `people`: `person_id` and `is_contact` of the person that var `person_id` names, or of
    everybody.
    -#}
people as (
    select
        person_id,
        is_contact
    from {{ ref('int_people') }}
    {%- if setting('person_id') %}
    where person_id = {{ sql_text(setting('person_id')) }}
    {%- endif %}
)
{%- endmacro %}


{% macro judged_asks(facts='facts', segment_value="''", judged="''") -%}
    {#-
    What the segments of the analysis's family (`why_<family>`) require of facts, one row per fact and condition, as
    their YAML says in `asks`: a list of [what is asked, the fact (SQL expression, number), comparison, what is needed
    (SQL expression, number)]; a fifth item is an SQL condition that decides instead, where both numbers are shown
    rounded. `{name}` stands for the setting of that name, as does its bare name.

    Arguments: facts (CTE with `person_id`; a segment's `asked_of` names it where it is not `facts`), segment_value
    (SQL expression), judged (SQL expression: the session, or way, for which the conditions must hold together).
    Returns: SQL query, for `why`.
    -#}
    {%- for segment, row in conditions_of(model.name.removeprefix('why_'), facts) %}
    select
        person_id,
        {{ sql_text(segment) }} as segment,
        {{ segment_value }} as segment_value,
        {{ judged }} as judged,
        {{ sql_text(row[0]) }} as asks,
        cast({{ row[1] }} as decimal(18, 4)) as has,
        {{ sql_text(row[2]) }} as comparison,
        cast({{ row[3] }} as decimal(18, 4)) as needs,
        coalesce({{ row[4] if row | length > 4 else row[1:4] | join(' ') }}, false) as is_met
    from {{ facts }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro conditions_of(family, facts) %}
    {#-
    Arguments: family (of segments), facts (name of a CTE).
    Returns: list of [segment, one of its `asks` with settings filled in].
    -#}
    {%- set found = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) | sort(attribute='name')
        if node.resource_type == 'model' and node.fqn[1:4] == ['marts', 'segments', family] and node.config.meta.segment -%}
        {%- for ask in node.config.meta.segment.get('asks', [])
            if node.config.meta.segment.get('asked_of', 'facts') == facts -%}
            {%- set row = namespace(of=[]) -%}
            {%- for item in ask -%}
                {%- set text = namespace(text=item | string) -%}
                {%- for name in node.config.meta.segment.get('vars', []) -%}
                    {%- set text.text = (text.text | replace('{' ~ name ~ '}', setting(name) | string)) if text.text != name else setting(name) | string -%}
                {%- endfor -%}
                {%- do row.of.append(text.text) -%}
            {%- endfor -%}
            {%- do found.append([node.name, row.of]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(found) -%}
{% endmacro %}


{% macro yes(condition) -%}
    {#- Arguments: condition (SQL). Returns: SQL expression, 1 where it holds, else 0. -#}
    case when {{ condition }} then 1 else 0 end
{%- endmacro %}


{% macro why(facts={'facts': {}}, also=none) -%}
    {#-
    Arguments: facts (dict from each CTE of facts to its `segment_value` and `judged`, as in `judged_asks`), also (CTE
    of further rows of `judged_asks`).
    Returns: SQL query, the conditions in order, how far each is from being met, and whether all are, which makes a
    member.
    -#}
    select
        person_id,
        segment,
        segment_value,
        judged,
        asks,
        has,
        comparison,
        needs,
        is_met,
        case when is_met then 0 else abs(needs - has) end as how_far,
        bool_and(is_met) over (
            partition by person_id, segment, segment_value, judged
        ) as qualifies
    from (
        {%- for name, columns in facts.items() %}
        {{ judged_asks(name, **columns) }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        {%- if also %}
        union all
        select * from {{ also }}
        {%- endif %}
    ) as judgements
    order by
        {{ byte_order('person_id') }},
        segment,
        {{ byte_order('segment_value') }},
        {{ byte_order('judged') }},
        asks
{%- endmacro %}
