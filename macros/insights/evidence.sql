{#- What the members of a segment have, and those who just miss it, for `insights.evidence_distributions`. -#}

{% macro measured_people() %}
    {#-
    What the evidence of a segment is for everybody, for the segments that say so in their `measure`: [model, column].
    It is rounded as their members' is.

    Returns: SQL query: segment, person_id and evidence (null where it is not known).
    Raises: a compiler error that names the segment where its model is not one of `measure_models`.
    -#}
    {%- for model in measure_models() -%}
        {#- when dbt asks what is read here it does not know the segments yet -#}
        {%- do ref(model) -%}
    {%- endfor -%}
    {%- set queries = [] -%}
    {%- for node in (graph.nodes.values() if execute else []) | sort(attribute='name')
        if node.resource_type == 'model' and node.config.meta.get('segment', {}).get('measure') -%}
        {%- set model, column = node.config.meta.segment.measure -%}
        {%- if model not in measure_models() -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' has a `measure` of ' ~ model ~ ' in its meta: write one of ' ~ measure_models() | join(', ') ~ ' in ' ~ node.patch_path ~ '.') }}
        {%- endif -%}
        {%- set evidence = evidence_of(column) if node.config.meta.segment.kind == 'money' else predicted_evidence(column) -%}
        {%- do queries.append('select ' ~ sql_texts([node.name]) ~ ' as segment, person_id, '
            ~ evidence ~ ' as evidence from ' ~ ref(model)) -%}
    {%- endfor -%}
    {{- return(queries | join('\n    union all\n    ') or
        "select '' as segment, '' as person_id, cast(null as decimal(18, 4)) as evidence") -}}
{% endmacro %}


{% macro measure_models() %}
    {#- Returns: list of the models that a segment's `measure` may name, with at most one row per person. -#}
    {%- do return([
        'int_person_activity', 'int_person_ages', 'int_person_orders', 'int_person_prediction_ranks', 'int_person_predictions',
    ]) -%}
{% endmacro %}


{% macro round_widths() %}
    {#-
    Widths that people like to read, for the bars of a distribution.

    Returns: list of numbers (text): 1, 2 and 5 times each power of ten from a hundredth up.
    -#}
    {%- set widths = [] -%}
    {#- an amount holds the greatest a hundred times -#}
    {%- for zeros in range(14) -%}
        {%- for first in [1, 2, 5] -%}
            {%- set digits = first ~ '0' * zeros -%}
            {%- do widths.append('%.2f' % (digits | int / 100)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(widths) -%}
{% endmacro %}
