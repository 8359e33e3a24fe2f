{%- set band = band_of('age_years', setting('age_band_years')) -%}
with

people as (
    {{ asked_people() | indent }}
),

facts as (
    select
        people.person_id,
        features.orders,
        {{ yes("features.gender = 'female'") }} as women,
        {{ yes("features.gender = 'male'") }} as men,
        {{ yes('sign_ups.registered_at is not null') }} as registrations,
        ages.days_to_birthday,
        ages.age_years
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
    left join {{ ref('int_person_sign_ups') }} as sign_ups
        on people.person_id = sign_ups.person_id
    left join {{ ref('int_person_ages') }} as ages on people.person_id = ages.person_id
),

attributes as (
    select
        people.person_id,
        coalesce(attributes.attribute || '=' || attributes.value, '') as attribute_value,
        {{ yes('attributes.value is not null') }} as records
    from people
    left join {{ ref('int_person_attributes') }} as attributes
        on people.person_id = attributes.person_id
),

judgements as (
    {{ conditions('facts', [
        ['female_buyers', 'orders', 'orders', '>=', 1],
        ['female_buyers', 'is known to be female', 'women', '>=', 1],
        ['male_buyers', 'orders', 'orders', '>=', 1],
        ['male_buyers', 'is known to be male', 'men', '>=', 1],
        [
            'registered_visitors', 'has an account, or opted in to e-mail', 'registrations', '>=',
            1,
        ],
        [
            'upcoming_birthdays', 'days to the birthday', 'days_to_birthday', '<=',
            setting('birthday_days'),
        ],
    ]) }}
    union all
    {{ conditions(
        'facts', [['age_bands', 'age', 'age_years', '>=', 0]],
        segment_value="coalesce(" ~ band ~ ", '')"
    ) }}
    union all
    {{ conditions(
        'attributes', [['attribute_customers', 'declared it', 'records', '>=', 1]],
        segment_value='attribute_value'
    ) }}
)

{{ why('judgements') }}
