-- The contacts whose region has the climate, or whose country has it where the region is not named.
with

countries as (
    {{ recounted_said('country_code') | indent }}
),

regions as (
    {{ recounted_said('region') | indent }}
),

places as (
    select
        countries.person_id,
        zones.zone as place
    from countries
    inner join {{ ref('climate_zones') }} as zones on countries.said = zones.country_code
    left join regions on countries.person_id = regions.person_id
    left join {{ ref('climate_zones') }} as named
        on
            countries.said = named.country_code
            and regions.said = named.region
    where
        zones.region = regions.said
        or (zones.region is null and named.region is null)
),

recounted as (
    {{ recounted_residents('places') | indent }}
)

{{ members_that_differ(ref('climate_zone_customers')) }}
