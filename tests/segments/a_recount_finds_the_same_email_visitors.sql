{{ config(tags=['heavy']) }}

-- Sessions whose first event comes from an e-mail, by a campaign that counts; a visit without
-- one counts where every campaign does.
{%- set pattern = setting('email_campaign_pattern') %}
with

arrivals as (
    {{ recounted_arrivals() | indent }}
),

qualifying as (
    select
        person_id,
        '' as segment_value,
        started_at,
        leaves_on,
        counts
    from arrivals
    where
        (traffic_source = 'email' or traffic_medium = 'email')
        and {{ "1 = 1" if pattern == "%" else "traffic_campaign like " ~ sql_text(pattern) }}
),

recounted as (
    {{ recounted_members('qualifying', 1, at='started_at') | indent }}
)

{{ members_that_differ(ref('email_visitors')) }}
