{% macro stacked(segments) -%}
    {#-
    The members of several segments in one relation. The list is written out, one line per segment, as dbt
    can't infer what a model reads.

    Arguments: segments (list of names).
    Returns: SQL query: segment, and the columns of a segment.
    -#}
    {%- for segment in segments -%}
    select
        '{{ segment }}' as segment,
        person_id,
        segment_value,
        evidence,
        evidence_at,
        expires_on
    from {{ ref(segment) }}
    {{- '\nunion all\n' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
