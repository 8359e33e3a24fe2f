-- Whoever may be written to has said yes up to the as-of date, and nothing else since, not even in
-- a word that is dated later; by soft opt-in, nothing at all.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

allowed as (
    select
        person_id,
        channel,
        basis,
        consent_id,
        changed_at
    from {{ ref('contact_permissions') }}
    where is_allowed
),

-- an undated consent is older than any that has a time
nos as (
    select
        customer_id,
        email_key,
        channel,
        coalesce(changed_at, {{ before_all_times() }}) as said_at
    from {{ ref('stg_crm__consents') }}
    where status in ('pending', 'opted_out')
    union all
    select
        customer_id,
        email_key,
        channel,
        changed_at as said_at
    from {{ ref('stg_crm__unclear_consents') }}
    union all
    select
        customer_id,
        email_key,
        channel,
        case when is_oldest then {{ before_all_times() }} else changed_at end as said_at
    from {{ ref('stg_crm__set_aside_words') }}
    union all
    select
        customer_id,
        email_key,
        channel,
        occurred_at as said_at
    from {{ ref('stg_crm__message_events') }}
    where
        event_type in ('unsubscribed', 'complained')
        or (channel = 'email' and bounce_type = 'hard')
),

owned_nos as (
    select
        nos.channel,
        nos.said_at,
        case
            when customers.key_value is null then emails.person_id
            else customers.person_id
        end as person_id
    from nos
    left join {{ ref('int_person_keys') }} as customers
        on customers.key_type = 'customer' and nos.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on emails.key_type = 'email' and nos.email_key = emails.key_value
)

select
    'said something else since' as what,
    allowed.person_id,
    allowed.channel,
    allowed.changed_at,
    owned_nos.said_at
from allowed
inner join owned_nos
    on
        allowed.person_id = owned_nos.person_id
        and (
            allowed.channel = owned_nos.channel
            or coalesce(owned_nos.channel, '') not in (
                'email', 'sms', 'ads', 'post', 'phone', 'tracking'
            )
        )
where
    coalesce(
        owned_nos.said_at >= coalesce(allowed.changed_at, {{ before_all_times() }}),
        true
    )
union all
select
    'has not said yes' as what,
    allowed.person_id,
    allowed.channel,
    allowed.changed_at,
    yeses.changed_at as said_at
from allowed
cross join as_of
left join {{ ref('stg_crm__consents') }} as yeses
    on
        allowed.consent_id = yeses.consent_id
        and allowed.channel = yeses.channel
        and coalesce(allowed.changed_at, {{ before_all_times() }})
        = coalesce(yeses.changed_at, {{ before_all_times() }})
        and yeses.status = 'opted_in'
        and coalesce(as_of.as_of_on >= yeses.changed_on, true)
where
    yeses.consent_id is null
    and coalesce(allowed.basis, '') <> 'soft_opt_in'
