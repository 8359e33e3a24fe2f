{{ config(tags=['heavy']) }}

-- Sign-ups for the newsletter, on the site or in a consent, if no word against e-mail was said
-- at or after the newest of them.
with

events as (
    {{ recounted_events() | indent }}
),

words as (
    {{ recounted_words() | indent }}
),

sign_ups as (
    select
        person_id,
        occurred_at as signed_up_at
    from events
    where
        event_name = 'newsletter_signup'
        and person_id is not null
    union all
    select
        person_id,
        said_at as signed_up_at
    from words
    where
        status = 'opted_in'
        and source = 'newsletter'
),

outs as (
    select
        person_id,
        max(said_at) as last_out_at
    from words
    where status = 'opted_out'
    group by person_id
),

recounted as (
    select
        sign_ups.person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(sign_ups.signed_up_at) as evidence_at,
        cast(null as date) as expires_on
    from sign_ups
    left join outs on sign_ups.person_id = outs.person_id
    group by
        sign_ups.person_id,
        outs.last_out_at
    having
        outs.last_out_at is null
        or outs.last_out_at < max(sign_ups.signed_up_at)
)

{{ members_that_differ(ref('newsletter_subscribers')) }}
