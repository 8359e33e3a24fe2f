with

people as (
    {{ asked_people() | indent }}
),

facts as (
    select
        people.person_id,
        {{ yes('people.is_contact') }} as contacts,
        coalesce(orders.purchases, 0) as purchases,
        activity.days_since_active,
        activity.lead_maturity,
        activity.unanswered_days,
        coalesce(messages.recent_email_opens, 0) as recent_email_opens,
        coalesce(messages.recent_email_clicks, 0) as recent_email_clicks,
        coalesce(messages.recent_emails, 0) as recent_emails,
        coalesce(messages.recent_emails_read, 0) as recent_emails_read,
        coalesce(sign_ups.newsletter_sign_ups, 0) as newsletter_sign_ups,
        {{ yes('sign_ups.last_opted_out_at >= sign_ups.last_newsletter_sign_up_at') }} as opt_outs,
        {{ yes('sign_ups.unsubscribed_at is not null') }} as refusals
    from people
    left join {{ ref('int_person_orders') }} as orders on people.person_id = orders.person_id
    left join {{ ref('int_person_activity') }} as activity on people.person_id = activity.person_id
    left join {{ ref('int_person_messages') }} as messages on people.person_id = messages.person_id
    left join {{ ref('int_person_sign_ups') }} as sign_ups on people.person_id = sign_ups.person_id
),

judgements as (
    {{ conditions('facts', [
        [
            'active_customers', 'days since an order, visit or click', 'days_since_active', '<',
            setting('active_days'),
        ],
        ['email_openers', 'opens', 'recent_email_opens', '>=', 1],
        ['email_clickers', 'clicks', 'recent_email_clicks', '>=', 1],
        ['email_sleepers', 'e-mails', 'recent_emails', '>=', setting('email_sleeper_min_messages')],
        ['email_sleepers', 'e-mails that were read', 'recent_emails_read', '<=', 0],
        [
            'lost_customers', 'days since the first unanswered message', 'unanswered_days', '>=',
            setting('lost_after_days'),
        ],
        ['newsletter_subscribers', 'sign-ups', 'newsletter_sign_ups', '>=', 1],
        ['newsletter_subscribers', 'opt-outs since the newest of them', 'opt_outs', '<=', 0],
        [
            'unsubscribed_contacts', 'has opted out, complained or bounced for good', 'refusals',
            '>=', 1,
        ],
    ]) }}
    union all
    {{ conditions(
        'facts', [
            ['lead_maturity', 'is a contact', 'contacts', '>=', 1],
            ['lead_maturity', 'purchases', 'purchases', '<=', 0],
        ],
        segment_value="coalesce(lead_maturity, '')"
    ) }}
)

{{ why('judgements') }}
