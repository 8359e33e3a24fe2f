with

{{ asked_people() }},

facts as (
    select
        people.person_id,
        features.orders,
        {{ yes("features.gender = 'female'") }} as women,
        {{ yes("features.gender = 'male'") }} as men,
        {{ yes("sign_ups.account_created_at is not null or sign_ups.email_status = 'opted_in'") }}
            as registrations,
        ages.days_to_birthday
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
    left join {{ ref('int_person_sign_ups') }} as sign_ups
        on people.person_id = sign_ups.person_id
    left join {{ ref('int_person_ages') }} as ages on people.person_id = ages.person_id
),

ages as (
    select
        people.person_id,
        ages.age_years,
        coalesce({{ band_of('ages.age_years', setting('age_band_years')) }}, '') as age_band
    from people
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
)

{{ why({
    'facts': {},
    'ages': {'segment_value': 'age_band'},
    'attributes': {'segment_value': 'attribute_value'},
}) }}
