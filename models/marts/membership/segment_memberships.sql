{{ config(materialized=light_table()) }}
{%- set families = [
    'lifecycle',
    'purchase_timing',
    'spend',
    'promotion',
    'product',
    'place',
    'rfm',
    'session',
    'profile',
    'channel',
    'engagement',
    'service',
    'predictive',
] -%}

{% for family in families -%}
select
    segment,
    person_id,
    segment_value,
    evidence,
    evidence_at,
    expires_on
from {{ ref(family ~ '_memberships') }}
{{ 'union all' if not loop.last }}
{% endfor %}
