with

{{ asked_people() }},

emails as (
    select
        person_id,
        count(*) as emails,
        sum(reads) as reads
    from {{ ref('int_person_recent_emails') }}
    group by person_id
),

facts as (
    select
        people.person_id,
        activity.days_since_active,
        activity.days_since_sent_inactive,
        {{ yes('activity.last_response_at >= activity.first_sent_inactive_at') }} as responses,
        coalesce(messages.email_opens_in_email_days, 0) as email_opens_in_email_days,
        coalesce(messages.email_clicks_in_email_days, 0) as email_clicks_in_email_days,
        coalesce(emails.emails, 0) as emails,
        coalesce(emails.reads, 0) as email_reads,
        coalesce(sign_ups.newsletter_sign_ups, 0) as newsletter_sign_ups,
        {{ yes('sign_ups.last_email_opted_out_at >= sign_ups.last_newsletter_sign_up_at') }}
            as opt_outs,
        {{ yes(
            "sign_ups.email_status = 'opted_out' or sign_ups.last_email_complained_at is not null"
            ~ ' or sign_ups.last_email_hard_bounced_at is not null'
        ) }} as refusals
    from people
    left join {{ ref('int_person_activity') }} as activity on people.person_id = activity.person_id
    left join {{ ref('int_person_messages') }} as messages on people.person_id = messages.person_id
    left join {{ ref('int_person_sign_ups') }} as sign_ups on people.person_id = sign_ups.person_id
    left join emails on people.person_id = emails.person_id
),

leads as (
    select
        people.person_id,
        {{ yes('people.is_contact') }} as contacts,
        coalesce(orders.purchases, 0) as purchases,
        case
            when activity.stage <> 'prospects' or activity.stage is null then ''
            when activity.days_since_cart_step < {{ setting('lead_days') }} then 'hot'
            when activity.days_since_visit < {{ setting('lead_days') }} then 'engaged'
            else 'known'
        end as maturity
    from people
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
    left join {{ ref('int_person_activity') }} as activity on people.person_id = activity.person_id
)

{{ why({
    'facts': {},
    'leads': {'segment_value': 'maturity'},
}) }}
