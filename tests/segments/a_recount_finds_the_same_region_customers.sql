-- The contacts whose newest word on their region is this one.
with

places as (
    select
        homes.person_id,
        homes.said as place
    from (
        {{ recounted_said('region') | indent(8) }}
    ) as homes
),

recounted as (
    {{ recounted_residents('places') | indent }}
)

{{ members_that_differ(ref('region_customers')) }}
