{{ config(tags=['heavy']) }}

-- Sessions whose first event comes from an affiliate.
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
        traffic_source = 'affiliate'
        or traffic_medium = 'affiliate'
),

recounted as (
    {{ recounted_members('qualifying', 1, at='started_at') | indent }}
)

{{ members_that_differ(ref('affiliate_visitors')) }}
