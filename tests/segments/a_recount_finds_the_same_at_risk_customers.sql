{{ config(tags=['heavy']) }}

-- Two purchases or more, the last of them long ago, but not so long as to be inactive.
with

buyers as (
    {{ recounted_buyers() | indent }}
),

recounted as (
    select
        people.person_id,
        '' as segment_value,
        cast(buyers.days_since_purchase as decimal(18, 4)) as evidence,
        buyers.last_ordered_at as evidence_at,
        {{ add_days('buyers.last_purchased_on', 'buyers.inactive_days') }} as expires_on
    from {{ ref('people') }} as people
    inner join buyers on people.person_id = buyers.person_id
    where
        people.is_contact
        and buyers.purchases >= 2
        and buyers.days_since_purchase >= buyers.at_risk_days
        and buyers.days_since_purchase < buyers.inactive_days
)

{{ members_that_differ(ref('at_risk_customers')) }}
