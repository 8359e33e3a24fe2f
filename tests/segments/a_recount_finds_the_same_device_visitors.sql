{{ config(tags=['heavy']) }}

-- Sessions by the device of their first event, where that event names one.
with

arrivals as (
    {{ recounted_arrivals() | indent }}
),

qualifying as (
    select
        person_id,
        device_type as segment_value,
        started_at,
        leaves_on,
        counts
    from arrivals
    where device_type is not null
),

recounted as (
    {{ recounted_members('qualifying', 1, at='started_at') | indent }}
)

{{ members_that_differ(ref('device_visitors')) }}
