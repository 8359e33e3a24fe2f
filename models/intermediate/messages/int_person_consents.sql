-- long: the one place that knows who has consented to what
-- The newest word of each person and channel counts. Words of one time that differ are a no, and a
-- yes that is not newer than a row that nobody can read is unclear.
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
        customer_id,
        email_key,
        channel,
        status,
        source,
        coalesce(changed_at, {{ before_all_times() }}) as changed_at,
        changed_on
    from {{ ref('stg_crm__consents') }}
    where status <> 'not_asked'
    union all
    select
        unclear.customer_id,
        unclear.email_key,
        channels.channel,
        'unclear' as status,
        null as source,
        unclear.changed_at,
        unclear.changed_on
    from {{ ref('stg_crm__unclear_consents') }} as unclear
    inner join channels on coalesce(unclear.channel, channels.channel) = channels.channel
),

owned as (
    select
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id,
        words.channel,
        words.status,
        words.source as consent_source,
        words.changed_at
    from words
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on words.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on words.email_key = emails.email_key
    -- without a time it is as we speak
    where coalesce(words.changed_on <= as_of.as_of_on, true)
    union all
    select
        person_id,
        'email' as channel,
        'opted_out' as status,
        null as consent_source,
        occurred_at as changed_at
    from {{ ref('int_message_events') }}
    where
        channel = 'email'
        and event_type in ('unsubscribed', 'complained')
),

compared as (
    select
        *,
        max(case when status <> 'unclear' then changed_at end)
            over (partition by person_id, channel) as newest_at
    from owned
    where person_id is not null
),

summed as (
    select
        person_id,
        channel,
        newest_at as changed_at,
        case
            when
                count(
                    distinct case
                        when changed_at = newest_at and status <> 'unclear' then status
                    end
                ) > 1
                then 'opted_out'
            else min(case when changed_at = newest_at and status <> 'unclear' then status end)
        end as newest_status,
        count(
            case
                when status = 'unclear' and coalesce(changed_at >= newest_at, true) then 1
            end
        ) as unclear_words,
        max(case when status = 'opted_out' then changed_at end) as last_opted_out_at,
        cast(
            count(*) filter (where status = 'opted_in' and consent_source = 'newsletter') as integer
        ) as newsletter_opt_ins,
        max(case when status = 'opted_in' and consent_source = 'newsletter' then changed_at end)
            as last_newsletter_opt_in_at
    from compared
    group by
        person_id,
        channel,
        newest_at
)

select
    person_id,
    channel,
    case
        when unclear_words > 0 and coalesce(newest_status, '') <> 'opted_out' then 'unclear'
        else newest_status
    end as status,
    unclear_words > 0 as is_unclear,
    changed_at,
    last_opted_out_at,
    newsletter_opt_ins,
    last_newsletter_opt_in_at
from summed
