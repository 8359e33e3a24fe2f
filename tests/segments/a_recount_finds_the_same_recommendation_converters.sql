{{ config(tags=['heavy']) }}

-- A session with enough clicks on recommendations and something bought in it.
with

sessions as (
    {{ recounted_sessions() | indent }}
),

qualifying as (
    select
        person_id,
        '' as segment_value,
        started_at,
        leaves_on,
        recommendation_clicks as evidence
    from sessions
    where
        recommendation_clicks >= {{ setting('recommendation_min_clicks') }}
        and purchases > 0
),

recounted as (
    {{ recounted_newest('qualifying', at='started_at') | indent }}
)

{{ members_that_differ(ref('recommendation_converters')) }}
