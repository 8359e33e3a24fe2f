{%- set measures = {
    'recency': 'recency_days', 'frequency': 'frequency', 'monetary': 'monetary_amount',
} -%}
with

{{ asked_people() }},

{%- for measure, number in measures.items() %}

-- The least that a buyer of each score has.
{{ measure }}_limits as (
    select
        {{ measure }}_score as score,
        {{ 'max' if measure == 'recency' else 'min' }}({{ number }}) as worst
    from {{ ref('int_person_rfm') }}
    group by {{ measure }}_score
),

{{ measure }}_steps as (
    select
        rfm.person_id,
        {{ 'max' if measure == 'recency' else 'min' }}(limits.worst) as better
    from {{ ref('int_person_rfm') }} as rfm
    inner join {{ measure }}_limits as limits on rfm.{{ measure }}_score < limits.score
    group by rfm.person_id
),
{%- endfor %}

facts as (
    select
        people.person_id,
        {%- for measure, number in measures.items() %}
        rfm.{{ number }},
        {{ measure }}_steps.better as better_{{ measure }},
        {%- endfor %}
        {{ yes('rfm.person_id is not null') }} as buyers,
        coalesce(rfm.rfm_segment, '') as rfm_segment
    from people
    left join {{ ref('int_person_rfm') }} as rfm on people.person_id = rfm.person_id
    {%- for measure in measures %}
    left join {{ measure }}_steps on people.person_id = {{ measure }}_steps.person_id
    {%- endfor %}
),

better_scores as (
    {%- for measure, number in measures.items() %}
    select
        person_id,
        'rfm_segments' as segment,
        rfm_segment as segment_value,
        'for a better score of {{ measure }}' as judged,
        '{{ number | replace('_', ' ') }}' as asks,
        cast({{ number }} as decimal(18, 4)) as has,
        '{{ '<=' if measure == 'recency' else '>=' }}' as comparison,
        cast(better_{{ measure }} as decimal(18, 4)) as needs,
        coalesce(
            {{ number }} {{ '<=' if measure == 'recency' else '>=' }} better_{{ measure }}, false
        ) as is_met
    from facts
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

{{ why({'facts': {'segment_value': 'rfm_segment'}}, also='better_scores') }}
