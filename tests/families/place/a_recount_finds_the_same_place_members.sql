{{ config(tags=['proof']) }}

-- Contacts by where they live; orders by where they went, or where the contact lives if that is
-- unknown.
{%- set headquarters = normalised_text(sql_text(setting('headquarters_city'))) %}
{%- set home = sql_text(setting('home_country_code')) %}
with

counted as (
    {% for segment, segment_value, condition in [
        ('city_buyers', 'city', 'city is not null'),
        ('local_buyers', "''", 'city = ' ~ headquarters),
        ('remote_buyers', "''", 'city <> ' ~ headquarters),
        ('domestic_customers', "''", 'country_code = ' ~ home),
        ('international_customers', "''", 'country_code <> ' ~ home),
    ] -%}
    select
        '{{ segment }}' as segment,
        person_id,
        {{ segment_value }} as segment_value,
        ordered_at as happened_at
    from {{ ref('proof_orders') }}
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

residents as (
    {% for segment, place in {
        'country_customers': 'country_code', 'region_customers': 'region',
    }.items() -%}
    select
        '{{ segment }}' as segment,
        person_id,
        {{ place }} as segment_value
    from {{ ref('proof_customers') }}
    where {{ place }} is not null
    union all
    {% endfor -%}
    -- the climate of the region, or of the country where the seed does not name the region
    select
        'climate_zone_customers' as segment,
        customers.person_id,
        zones.zone as segment_value
    from {{ ref('proof_customers') }} as customers
    inner join {{ ref('climate_zones') }} as zones on customers.country_code = zones.country_code
    left join {{ ref('climate_zones') }} as named
        on
            customers.country_code = named.country_code
            and customers.region = named.region
    where
        zones.region = customers.region
        or (zones.region is null and named.region is null)
),

recounted as (
    select
        segment,
        person_id,
        segment_value,
        count(*) as evidence,
        max(happened_at) as evidence_at,
        cast(null as date) as expires_on
    from counted
    where person_id is not null
    group by
        segment,
        person_id,
        segment_value
    union all
    select
        residents.segment,
        residents.person_id,
        residents.segment_value,
        1 as evidence,
        coalesce(buyers.last_ordered_at, people.created_at) as evidence_at,
        cast(null as date) as expires_on
    from residents
    inner join {{ ref('people') }} as people
        on
            residents.person_id = people.person_id
            and people.is_contact
    left join {{ ref('proof_buyers') }} as buyers on residents.person_id = buyers.person_id
)

{{ members_that_differ(ref('place_memberships')) }}
