{{ config(tags=['proof']) }}

-- Contacts by the stages of the day before the month and of its last day.
with

moves as (
    select
        month,
        is_complete,
        eve_stage as from_stage,
        last_stage as to_stage,
        objective,
        count(*) as contacts
    from {{ ref('proof_stages') }}
    group by
        month,
        is_complete,
        eve_stage,
        last_stage,
        objective
),

origins as (
    select
        month,
        eve_stage as from_stage,
        count(*) as contacts
    from {{ ref('proof_stages') }}
    group by
        month,
        eve_stage
),

recounted as (
    select
        moves.month,
        moves.is_complete,
        moves.from_stage,
        moves.to_stage,
        moves.contacts,
        {{ recounted_ratio(wide('moves.contacts'), wide('origins.contacts')) }}
            as share_of_from_stage,
        moves.objective
    from moves
    inner join origins
        on
            moves.month = origins.month
            and moves.from_stage = origins.from_stage
)

{{ rows_that_differ(ref('stage_transitions'), 'recounted', [
    'month', 'from_stage', 'to_stage', 'is_complete', 'contacts', 'share_of_from_stage', 'objective'
]) }}
