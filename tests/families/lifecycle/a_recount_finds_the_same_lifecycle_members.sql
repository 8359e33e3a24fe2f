{{ config(tags=['proof']) }}

-- The stage that each contact is in on the as-of date.
with

contacts as (
    select
        people.person_id,
        people.created_at,
        coalesce(buyers.purchases, 0) as purchases,
        buyers.days_since_order,
        buyers.last_ordered_on,
        buyers.last_ordered_at,
        buyers.at_risk_days,
        buyers.inactive_days
    from {{ ref('people') }} as people
    left join {{ ref('proof_buyers') }} as buyers on people.person_id = buyers.person_id
    where people.is_contact
),

recent_purchases as (
    select
        'loyal_customers' as segment,
        person_id,
        '' as segment_value,
        max(ordered_at) as happened_at,
        {{ add_days('ordered_on', setting('loyal_days')) }} as leaves_on,
        1 as counts,
        {{ setting('loyal_min_purchases') }} as needed
    from {{ ref('proof_orders') }}
    where days_ago < {{ setting('loyal_days') }}
    group by
        person_id,
        ordered_on
),

frequent as (
    {{ recounted_members('recent_purchases') }}
),

recounted as (
    select
        'all_customers' as segment,
        person_id,
        '' as segment_value,
        purchases as evidence,
        coalesce(last_ordered_at, created_at) as evidence_at,
        cast(null as date) as expires_on
    from contacts
    union all
    select
        'prospects' as segment,
        person_id,
        '' as segment_value,
        0 as evidence,
        created_at as evidence_at,
        cast(null as date) as expires_on
    from contacts
    where purchases = 0
    union all
    select
        'first_time_buyers' as segment,
        person_id,
        '' as segment_value,
        1 as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from contacts
    where purchases = 1
    union all
    -- loyal until the window has lost too many purchases, or the last one is long ago
    select
        'loyal_customers' as segment,
        contacts.person_id,
        '' as segment_value,
        frequent.evidence,
        contacts.last_ordered_at as evidence_at,
        least(
            frequent.expires_on, {{ add_days('contacts.last_ordered_on', 'contacts.at_risk_days') }}
        ) as expires_on
    from contacts
    inner join frequent on contacts.person_id = frequent.person_id
    where
        contacts.purchases >= 2
        and contacts.days_since_order < contacts.at_risk_days
    union all
    select
        'repeat_customers' as segment,
        contacts.person_id,
        '' as segment_value,
        contacts.purchases as evidence,
        contacts.last_ordered_at as evidence_at,
        {{ add_days('contacts.last_ordered_on', 'contacts.at_risk_days') }} as expires_on
    from contacts
    left join frequent on contacts.person_id = frequent.person_id
    where
        contacts.purchases >= 2
        and contacts.days_since_order < contacts.at_risk_days
        and frequent.person_id is null
    union all
    select
        'at_risk_customers' as segment,
        person_id,
        '' as segment_value,
        days_since_order as evidence,
        last_ordered_at as evidence_at,
        {{ add_days('last_ordered_on', 'inactive_days') }} as expires_on
    from contacts
    where
        purchases >= 2
        and days_since_order >= at_risk_days
        and days_since_order < inactive_days
    union all
    select
        'inactive_customers' as segment,
        person_id,
        '' as segment_value,
        days_since_order as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from contacts
    where
        purchases >= 2
        and days_since_order >= inactive_days
)

{{ members_that_differ(ref('lifecycle_memberships')) }}
