-- long: every way to say something about e-mail and tracking, side by side
-- Consents, which belong to the known customer, else to the e-mail; unsubscribes and complaints,
-- which are a no; and rows that can't be used, which may have been one.
with

channels as (
    select 'email' as channel
    union all
    select 'tracking' as channel
),

consents as (
    select
        channel,
        customer_id,
        email_key,
        -- without a time, before all that have one
        coalesce(changed_at, {{ before_all_times() }}) as said_at,
        status,
        source
    from {{ ref('stg_crm__consents') }}
    where
        channel in ('email', 'tracking')
        and status in ('opted_in', 'pending', 'opted_out')
    union all
    -- an opt-in takes nothing away from a channel that can't be read
    select
        channels.channel,
        unusable.customer_id,
        unusable.email_key,
        unusable.changed_at as said_at,
        'unclear' as status,
        cast(null as {{ dbt.type_string() }}) as source
    from {{ ref('base_crm__consents') }} as unusable
    cross join channels
    where
        unusable.rejection_reason not in ('duplicate', 'no_owner')
        and (
            channels.channel = unusable.channel
            or (
                coalesce(unusable.channel, '')
                not in ('email', 'sms', 'ads', 'post', 'phone', 'tracking')
                and coalesce(unusable.known_status, '') not in ('opted_in', 'not_asked')
            )
        )
    union all
    select
        'email' as channel,
        customer_id,
        email_key,
        occurred_at as said_at,
        'unclear' as status,
        cast(null as {{ dbt.type_string() }}) as source
    from {{ ref('base_crm__message_events') }}
    where
        rejection_reason not in ('duplicate', 'no_owner')
        and coalesce(channel, 'email') = 'email'
        and event_type in ('unsubscribed', 'complained')
),

words as (
    select
        consents.channel,
        case when customers.key_value is null then emails.person_id else customers.person_id end
            as person_id,
        case when consents.said_at <= {{ loaded_until() }} then consents.said_at end as said_at,
        consents.status,
        consents.source
    from consents
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and consents.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and consents.email_key = emails.key_value
    union all
    select
        'email' as channel,
        person_id,
        occurred_at as said_at,
        'opted_out' as status,
        cast(null as {{ dbt.type_string() }}) as source
    from {{ ref('proof_messages') }}
    where
        channel = 'email'
        and event_type in ('unsubscribed', 'complained')
),

newest as (
    select
        words.channel,
        words.person_id,
        words.said_at,
        words.status,
        words.source,
        max(case when words.status <> 'unclear' then words.said_at end)
            over (partition by words.channel, words.person_id) as last_said_at
    from words
    cross join {{ ref('as_of') }} as as_of
    where
        words.person_id is not null
        and (words.said_at is null or {{ local_day('words.said_at') }} <= as_of.as_of_on)
)

-- without a time it is the last word
select
    channel,
    person_id,
    said_at,
    status,
    source,
    said_at is null or last_said_at is null or said_at >= last_said_at as is_newest
from newest
