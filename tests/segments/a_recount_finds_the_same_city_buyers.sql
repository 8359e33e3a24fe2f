-- Orders to a city.
with

placed as (
    {{ recounted_order_places('city') | indent }}
),

recounted as (
    select
        person_id,
        place as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from placed
    group by
        person_id,
        place
)

{{ members_that_differ(ref('city_buyers')) }}
