-- Every buyer under the name of its scores. Ranks stay as they are; where the limits are frozen,
-- the days since the last purchase go on until a lower score gives another name.
{%- set limits = (setting('rfm_cut_points') or {'recency': []}).recency %}
with

buyers as (
    {{ recounted_rfm() | indent }}
),

ahead as (
    select
        cast(null as integer) as from_days,
        cast(null as integer) as score
    {% for limit in limits -%}
    union
    select
        {{ limit | round(0, 'ceil') | int }} as from_days,
        {{ 5 - limits | select('le', limit | round(0, 'ceil')) | list | length }} as score
    {% endfor -%}
),

ends as (
    select
        buyers.person_id,
        min({{ add_days('buyers.last_ordered_on', 'ahead.from_days') }}) as expires_on
    from buyers
    inner join ahead
        on
            buyers.recency_days < ahead.from_days
            and buyers.rfm_segment <> {{ recounted_rfm_name(
                'ahead.score', 'buyers.frequency_score', 'buyers.monetary_score'
            ) | indent(12) }}
    group by buyers.person_id
),

recounted as (
    select
        buyers.person_id,
        buyers.rfm_segment as segment_value,
        cast(
            buyers.recency_score * 100 + buyers.frequency_score * 10 + buyers.monetary_score
            as decimal(18, 4)
        ) as evidence,
        buyers.last_ordered_at as evidence_at,
        ends.expires_on
    from buyers
    left join ends on buyers.person_id = ends.person_id
)

{{ members_that_differ(ref('rfm_segments')) }}
