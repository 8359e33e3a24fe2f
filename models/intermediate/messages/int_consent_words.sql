-- long: every kind of word, side by side
-- A yes counts up to the as-of date, anything else as soon as it is loaded, whatever its date.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

channels as (
    {% for channel in consent_channels() -%}
    select '{{ channel }}' as channel
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

words as (
    select
        consents.consent_id,
        consents.customer_id,
        consents.email_key,
        consents.channel,
        consents.status as word,
        consents.changed_at as said_at,
        consents.changed_at is null as is_oldest,
        consents.source
    from {{ ref('stg_crm__consents') }} as consents
    cross join as_of
    where
        consents.status in ('pending', 'opted_out')
        or (
            consents.status = 'opted_in'
            and coalesce(consents.changed_on <= as_of.as_of_on, true)
        )
    union all
    select
        cast(null as {{ dbt.type_string() }}) as consent_id,
        customer_id,
        email_key,
        channel,
        'unclear' as word,
        changed_at as said_at,
        false as is_oldest,
        null as source
    from {{ ref('stg_crm__unclear_consents') }}
    union all
    select
        consent_id,
        customer_id,
        email_key,
        channel,
        word,
        changed_at as said_at,
        is_oldest,
        source
    from {{ ref('stg_crm__set_aside_words') }}
    union all
    select
        message_event_id as consent_id,
        customer_id,
        email_key,
        channel,
        case event_type when 'bounced' then 'hard_bounced' else event_type end as word,
        occurred_at as said_at,
        false as is_oldest,
        'message_events' as source
    from {{ ref('stg_crm__message_events') }}
    where
        event_type in ('unsubscribed', 'complained')
        or (channel = 'email' and bounce_type = 'hard')
),

owned as (
    select
        words.*,
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id
    from words
    left join {{ ref('int_known_customers') }} as customers
        on words.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on words.email_key = emails.email_key
)

select
    owned.person_id,
    channels.channel,
    case when known_channels.channel is null then 'unclear' else owned.word end as word,
    owned.said_at,
    owned.is_oldest,
    owned.consent_id,
    owned.source
from owned
left join channels as known_channels on owned.channel = known_channels.channel
cross join channels
where
    owned.person_id is not null
    -- a no to a channel that nobody knows may be one to any
    and coalesce(known_channels.channel, channels.channel) = channels.channel
