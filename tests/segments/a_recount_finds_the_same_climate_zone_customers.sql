-- The contacts whose region has the climate, or whose country has it where the region is not named.
with

countries as (
    {{ recounted_homes('country_code') | indent }}
),

regions as (
    {{ recounted_homes('region') | indent }}
),

places as (
    select
        countries.person_id,
        zones.zone as place
    from countries
    inner join {{ ref('climate_zones') }} as zones on countries.home = zones.country_code
    left join regions on countries.person_id = regions.person_id
    left join {{ ref('climate_zones') }} as named
        on
            countries.home = named.country_code
            and regions.home = named.region
    where
        zones.region = regions.home
        or (zones.region is null and named.region is null)
),

recounted as (
    {{ recounted_residents('places') | indent }}
)

{{ members_that_differ(ref('climate_zone_customers')) }}
