{#- One line per segment: dbt can't infer them, and a test names the line that is missing. -#}
{%- set segments = [
    'all_customers',
    'prospects',
    'first_time_buyers',
    'repeat_customers',
    'loyal_customers',
    'at_risk_customers',
    'inactive_customers',
] -%}

{% for segment in segments -%}
select
    '{{ segment }}' as segment,
    person_id,
    segment_value,
    evidence,
    evidence_at,
    expires_on
from {{ ref(segment) }}
{{ 'union all' if not loop.last }}
{% endfor %}
