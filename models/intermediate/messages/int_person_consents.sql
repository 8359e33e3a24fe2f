-- The one place that knows who has consented to what: the newest consent of each person and
-- channel. Consents of one time that differ are a no.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

words as (
    select
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id,
        consents.channel,
        consents.status,
        consents.source as consent_source,
        consents.changed_at
    from {{ ref('stg_crm__consents') }} as consents
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on consents.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on consents.email_key = emails.email_key
    where consents.changed_on <= as_of.as_of_on
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
        max(changed_at) over (partition by person_id, channel) as newest_at
    from words
    where person_id is not null
)

select
    person_id,
    channel,
    case
        when count(distinct case when changed_at = newest_at then status end) = 1
            then min(case when changed_at = newest_at then status end)
        else 'opted_out'
    end as status,
    newest_at as changed_at,
    min(changed_at) as first_changed_at,
    max(case when status = 'opted_out' then changed_at end) as last_opted_out_at,
    cast(count(*) filter (where status = 'opted_in' and consent_source = 'newsletter') as integer)
        as newsletter_opt_ins,
    max(case when status = 'opted_in' and consent_source = 'newsletter' then changed_at end)
        as last_newsletter_opt_in_at
from compared
group by
    person_id,
    channel,
    newest_at
