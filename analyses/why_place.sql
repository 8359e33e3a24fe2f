{%- set headquarters = normalised_text(sql_text(setting('headquarters_city'))) -%}
{%- set home = sql_text(setting('home_country_code')) -%}
with

{{ asked_people() }},

places as (
    select
        people.person_id,
        places.place_kind,
        places.place,
        coalesce(places.orders, 0) as orders
    from people
    left join {{ ref('int_person_places') }} as places on people.person_id = places.person_id
),

facts as (
    select
        {%- for name, condition in {
            'local_orders': "place_kind = 'city' and place = " ~ headquarters,
            'remote_orders': "place_kind = 'city' and place <> " ~ headquarters,
            'domestic_orders': "place_kind = 'country' and place = " ~ home,
            'international_orders': "place_kind = 'country' and place <> " ~ home,
        }.items() %}
        sum(case when {{ condition }} then orders else 0 end) as {{ name }},
        {%- endfor %}
        person_id
    from places
    group by person_id
),

cities as (
    select
        people.person_id,
        coalesce(places.place, '') as city,
        coalesce(places.orders, 0) as orders
    from people
    left join {{ ref('int_person_places') }} as places
        on
            people.person_id = places.person_id
            and places.place_kind = 'city'
),

{%- for cte, place in {
    'countries': 'country_code', 'regions': 'region', 'climate_zones': 'climate_zone',
}.items() %}

{{ cte }} as (
    select
        people.person_id,
        coalesce(features.{{ place }}, '') as place,
        {{ yes('features.' ~ place ~ ' is not null') }} as lives_there
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
){{ ',' if not loop.last }}
{%- endfor %}

{{ why({
    'facts': {},
    'cities': {'segment_value': 'city'},
    'countries': {'segment_value': 'place'},
    'regions': {'segment_value': 'place'},
    'climate_zones': {'segment_value': 'place'},
}) }}
