{%- set measures = {
    'recency': 'recency_days', 'frequency': 'frequency', 'monetary': 'monetary_amount',
} -%}
with

people as (
    {{ asked_people() | indent }}
),

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

judgements as (
    {{ conditions(
        'facts', [['rfm_segments', 'is a buyer', 'buyers', '>=', 1]], segment_value='rfm_segment'
    ) }}
    {%- for measure, number in measures.items() %}
    union all
    {{ conditions(
        'facts', [[
            'rfm_segments', number | replace('_', ' '), number,
            '<=' if measure == 'recency' else '>=', 'better_' ~ measure,
        ]],
        segment_value='rfm_segment', judged="'for a better score of " ~ measure ~ "'"
    ) }}
    {%- endfor %}
)

{{ why('judgements') }}
