{%- set headquarters = normalised_text(sql_text(setting('headquarters_city'))) -%}
{%- set home = sql_text(setting('home_country_code')) -%}
with

people as (
    {{ asked_people() | indent }}
),

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

homes as (
    select
        {%- for place in ('country_code', 'region', 'climate_zone') %}
        coalesce(features.{{ place }}, '') as {{ place }},
        {{ yes('features.' ~ place ~ ' is not null') }} as has_{{ place }},
        {%- endfor %}
        people.person_id
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
),

judgements as (
    {{ conditions('facts', [
        ['local_buyers', 'orders to the headquarters city', 'local_orders', '>=', 1],
        ['remote_buyers', 'orders to another city', 'remote_orders', '>=', 1],
        ['domestic_customers', 'orders to the home country', 'domestic_orders', '>=', 1],
        ['international_customers', 'orders to another country', 'international_orders', '>=', 1],
    ]) }}
    union all
    {{ conditions(
        'cities', [['city_buyers', 'orders to a city', 'orders', '>=', 1]], segment_value='city'
    ) }}
    {%- for segment, place in {
        'country_customers': 'country_code',
        'region_customers': 'region',
        'climate_zone_customers': 'climate_zone',
    }.items() %}
    union all
    {{ conditions(
        'homes', [[segment, 'lives there', 'has_' ~ place, '>=', 1]], segment_value=place
    ) }}
    {%- endfor %}
)

{{ why('judgements') }}
