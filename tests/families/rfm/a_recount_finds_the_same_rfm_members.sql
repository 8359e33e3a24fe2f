{{ config(tags=['proof']) }}

-- Every buyer under the name of its scores. Ranks stay as they are; where the limits are frozen,
-- the days since the last purchase grow until a lower score gives another name.
{%- set limits = (setting('rfm_cut_points') or {'recency': []}).recency %}
with

ahead as (
    select
        cast(null as integer) as from_days,
        cast(null as integer) as recency_score
    {% for limit in limits -%}
    union
    select
        {{ limit | round(0, 'ceil') | int }} as from_days,
        {{ 5 - limits | select('le', limit | round(0, 'ceil')) | list | length }} as recency_score
    {% endfor -%}
),

ends as (
    select
        scores.person_id,
        min({{ add_days('scores.last_ordered_on', 'ahead.from_days') }}) as expires_on
    from {{ ref('proof_rfm') }} as scores
    inner join ahead on scores.recency_days < ahead.from_days
    inner join {{ ref('proof_rfm_names') }} as cells
        on
            ahead.recency_score = cells.recency_score
            and scores.frequency_score = cells.frequency_score
            and scores.monetary_score = cells.monetary_score
            and scores.rfm_segment <> cells.rfm_segment
    group by scores.person_id
),

recounted as (
    select
        'rfm_segments' as segment,
        scores.person_id,
        scores.rfm_segment as segment_value,
        scores.recency_score * 100 + scores.frequency_score * 10 + scores.monetary_score
            as evidence,
        scores.last_ordered_at as evidence_at,
        ends.expires_on
    from {{ ref('proof_rfm') }} as scores
    left join ends on scores.person_id = ends.person_id
)

{{ members_that_differ(ref('rfm_memberships')) }}
