{{ config(tags=['heavy']) }}

-- An account that the shop says or the tracker saw, or a yes to e-mail that still holds; the
-- newest of them is shown.
with

said as (
    {{ recounted_said('account_created_at') | indent }}
),

events as (
    {{ recounted_events() | indent }}
),

consents as (
    {{ recounted_consents() | indent }}
),

facts as (
    select
        said.person_id,
        said.said as happened_at,
        1 as is_account
    from said
    inner join {{ ref('people') }} as people on said.person_id = people.person_id
    cross join {{ ref('as_of') }} as as_of
    where {{ local_day('said.said') }} <= as_of.as_of_on
    union all
    select
        person_id,
        occurred_at as happened_at,
        1 as is_account
    from events
    where
        event_name = 'account_created'
        and person_id is not null
    union all
    select
        person_id,
        said_at as happened_at,
        0 as is_account
    from consents
    where status = 'opted_in'
),

recounted as (
    select
        person_id,
        '' as segment_value,
        cast(max(is_account) as decimal(18, 4)) as evidence,
        max(happened_at) as evidence_at,
        cast(null as date) as expires_on
    from facts
    group by person_id
)

{{ members_that_differ(ref('registered_visitors')) }}
