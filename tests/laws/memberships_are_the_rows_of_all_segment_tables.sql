-- The stack holds every row of every table of the room segments, and no other.
{%- set segments = [] %}
{%- for node in (graph.nodes.values() if execute else []) | sort(attribute='name') %}
{%- if node.resource_type == 'model' and node.config.schema == 'segments' %}
{%- do segments.append(node) %}
{%- endif %}
{%- endfor %}
with

tables as (
    {%- for node in segments %}
    select
        '{{ node.name }}' as segment,
        count(*) as members
    from {{ node.relation_name }}
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

stacked as (
    select
        segment,
        count(*) as members
    from {{ ref('segment_memberships') }}
    group by segment
)

{{ rows_that_differ('stacked', 'tables', ['segment', 'members']) }}
