{{ config(tags=['proof']) }}

-- Each once, and what is held back with the next day on which it may go.
with

due as (
    select
        candidates.person_id,
        candidates.scenario,
        candidates.channel,
        candidates.is_queued,
        case when not candidates.is_queued then pressure.next_on end as next_on
    from {{ ref('campaign_candidates') }} as candidates
    left join {{ ref('contactability') }} as pressure
        on
            candidates.person_id = pressure.person_id
            and candidates.channel = pressure.channel
),

told as (
    select
        person_id,
        scenario,
        channel,
        true as is_queued,
        cast(null as date) as next_on
    from {{ ref('campaign_queue') }}
    union all
    select
        person_id,
        scenario,
        channel,
        false as is_queued,
        next_on
    from {{ ref('campaign_held_back') }}
)

{{ rows_that_differ('due', 'told', ['person_id', 'scenario', 'channel', 'is_queued', 'next_on']) }}
