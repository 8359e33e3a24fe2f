-- Reviews with a photo.
with

recounted as (
    select
        person_keys.person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(reviews.reviewed_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('stg_shop__reviews') }} as reviews
    cross join {{ ref('as_of') }} as as_of
    inner join {{ ref('int_person_keys') }} as person_keys
        on
            reviews.customer_id = person_keys.key_value
            and person_keys.key_type = 'customer'
    where
        person_keys.person_id is not null
        and reviews.has_photo
        and reviews.reviewed_on <= as_of.as_of_on
    group by person_keys.person_id
)

{{ members_that_differ(ref('photo_reviewers')) }}
