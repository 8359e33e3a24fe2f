-- What contacts last said of themselves, per attribute; of two words at one time the greater
-- one.
with

records as (
    select
        person_keys.person_id,
        attributes.attribute,
        attributes.value,
        attributes.recorded_at,
        row_number() over (
            partition by person_keys.person_id, attributes.attribute
            order by attributes.recorded_at desc, {{ byte_order('attributes.value') }} desc
        ) as place
    from {{ ref('stg_shop__customer_attributes') }} as attributes
    cross join {{ ref('as_of') }} as as_of
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            attributes.customer_id = person_keys.key_value
            and person_keys.key_type = 'customer'
    where
        person_keys.person_id is not null
        and attributes.recorded_on <= as_of.as_of_on
),

recounted as (
    select
        person_id,
        attribute || '=' || value as segment_value,
        cast(1 as decimal(18, 4)) as evidence,
        max(recorded_at) as evidence_at,
        cast(null as date) as expires_on
    from records
    where place = 1
    group by
        person_id,
        attribute || '=' || value
)

{{ members_that_differ(ref('attribute_customers')) }}
