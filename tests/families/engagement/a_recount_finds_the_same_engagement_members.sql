{{ config(tags=['proof']) }}

-- What contacts did lately, and whether they accept e-mail.
with

counted as (
    select
        case when event_type = 'opened' then 'email_openers' else 'email_clickers' end as segment,
        person_id,
        '' as segment_value,
        occurred_at as happened_at,
        {{ add_days('occurred_on', setting('email_days')) }} as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_messages') }}
    where
        channel = 'email'
        and event_type in ('opened', 'clicked')
        and days_ago < {{ setting('email_days') }}
),

-- an e-mail that was sent twice counts once, at the time it was last sent
sent as (
    select
        person_id,
        message_id,
        max(occurred_at) as sent_at,
        max(occurred_on) as sent_on
    from {{ ref('proof_messages') }}
    where
        channel = 'email'
        and event_type = 'sent'
        and days_ago < {{ setting('email_sleeper_days') }}
    group by
        person_id,
        message_id
),

asleep as (
    select
        'email_sleepers' as segment,
        sent.person_id,
        '' as segment_value,
        sent.sent_at as happened_at,
        {{ add_days('sent.sent_on', setting('email_sleeper_days')) }} as leaves_on,
        1 as counts,
        {{ setting('email_sleeper_min_messages') }} as needed
    from sent
    where not exists (
        select awake.message_id
        from sent as awake
        inner join {{ ref('proof_messages') }} as messages
            on
                awake.person_id = messages.person_id
                and awake.message_id = messages.message_id
        where
            awake.person_id = sent.person_id
            and messages.channel = 'email'
            and messages.event_type in ('opened', 'clicked')
    )
),

-- what a contact does: the warmer, the more it promises an order
acts as (
    select
        person_id,
        'order' as act,
        cast(null as integer) as warmth,
        ordered_at as acted_at,
        ordered_on as acted_on
    from {{ ref('proof_orders') }}
    union all
    select
        person_id,
        'session' as act,
        2 as warmth,
        started_at as acted_at,
        started_on as acted_on
    from {{ ref('sessions') }}
    union all
    select
        person_id,
        event_type as act,
        case event_type when 'clicked' then 2 end as warmth,
        occurred_at as acted_at,
        occurred_on as acted_on
    from {{ ref('proof_messages') }}
    where event_type in ('opened', 'clicked')
    union all
    select
        person_id,
        event_name as act,
        3 as warmth,
        occurred_at as acted_at,
        occurred_on as acted_on
    from {{ ref('proof_events') }}
    where event_name in ('add_to_cart', 'begin_checkout')
),

contacts_acts as (
    select
        acts.person_id,
        acts.act,
        acts.warmth,
        acts.acted_at,
        acts.acted_on,
        {{ days_between('acts.acted_on', 'as_of.as_of_on') }} as days_ago
    from acts
    cross join {{ ref('as_of') }} as as_of
    inner join {{ ref('people') }} as people
        on
            acts.person_id = people.person_id
            and people.is_contact
),

active as (
    select
        'active_customers' as segment,
        person_id,
        '' as segment_value,
        acted_at as happened_at,
        {{ add_days('acted_on', setting('active_days')) }} as leaves_on,
        days_ago as evidence
    from contacts_acts
    where
        act in ('order', 'session', 'clicked')
        and days_ago < {{ setting('active_days') }}
),

leads as (
    select
        people.person_id,
        people.created_at,
        max(warm.warmth) as warmth
    from {{ ref('people') }} as people
    left join contacts_acts as warm
        on
            people.person_id = warm.person_id
            and warm.days_ago < {{ setting('lead_days') }}
    left join {{ ref('proof_buyers') }} as buyers on people.person_id = buyers.person_id
    where
        people.is_contact
        and buyers.person_id is null
    group by
        people.person_id,
        people.created_at
),

inactive as (
    select
        person_id,
        {{ add_days('last_ordered_on', 'inactive_days') }} as inactive_from
    from {{ ref('proof_buyers') }}
    where days_since_order >= inactive_days
),

-- the first message since
called as (
    select
        inactive.person_id,
        min(messages.occurred_at) as called_at,
        max(messages.days_ago) as days_ago
    from inactive
    inner join {{ ref('proof_messages') }} as messages
        on
            inactive.person_id = messages.person_id
            and inactive.inactive_from <= messages.occurred_on
    where messages.event_type = 'sent'
    group by inactive.person_id
),

sign_ups as (
    select
        person_id,
        occurred_at as signed_up_at
    from {{ ref('proof_events') }}
    where
        event_name = 'newsletter_signup'
        and person_id is not null
    union all
    select
        person_id,
        said_at as signed_up_at
    from {{ ref('proof_words') }}
    where
        channel = 'email'
        and status = 'opted_in'
        and source = 'newsletter'
),

outs as (
    select
        person_id,
        max(said_at) as last_out_at
    from {{ ref('proof_words') }}
    where
        channel = 'email'
        and status = 'opted_out'
    group by person_id
),

-- whoever may have said no last subscribes to nothing
unclear as (
    select distinct person_id
    from {{ ref('proof_words') }}
    where
        channel = 'email'
        and status = 'unclear'
        and is_newest
),

-- the newest consent is a no, as are several at one time that differ; or a complaint, or an e-mail
-- that hard-bounced
unreachable as (
    select
        person_id,
        said_at as happened_at
    from {{ ref('proof_words') }}
    where
        channel = 'email'
        and is_newest
        and status <> 'unclear'
    group by
        person_id,
        said_at
    having
        min(status) <> max(status)
        or min(status) = 'opted_out'
    union all
    select
        person_id,
        occurred_at as happened_at
    from {{ ref('proof_messages') }}
    where
        channel = 'email'
        and (event_type = 'complained' or (event_type = 'bounced' and bounce_type = 'hard'))
),

recounted as (
    {{ recounted_members('counted') }}
    union all
    {{ recounted_members('asleep') }}
    union all
    {{ recounted_newest('active') }}
    union all
    select
        'lead_maturity' as segment,
        leads.person_id,
        case leads.warmth when 3 then 'hot' when 2 then 'engaged' else 'known' end as segment_value,
        coalesce(leads.warmth, 1) as evidence,
        coalesce(max(acts.acted_at), leads.created_at) as evidence_at,
        {{ add_days('max(acts.acted_on)', setting('lead_days')) }} as expires_on
    from leads
    left join contacts_acts as acts
        on
            leads.person_id = acts.person_id
            and leads.warmth = acts.warmth
    group by
        leads.person_id,
        leads.warmth,
        leads.created_at
    union all
    select
        'lost_customers' as segment,
        called.person_id,
        '' as segment_value,
        called.days_ago as evidence,
        called.called_at as evidence_at,
        cast(null as date) as expires_on
    from called
    where
        called.days_ago >= {{ setting('lost_after_days') }}
        and not exists (
            select acts.act
            from contacts_acts as acts
            where
                acts.act in ('order', 'session', 'opened', 'clicked')
                and acts.person_id = called.person_id
                and acts.acted_at >= called.called_at
        )
    union all
    select
        'newsletter_subscribers' as segment,
        sign_ups.person_id,
        '' as segment_value,
        count(*) as evidence,
        {{ time_or_created_at('max(sign_ups.signed_up_at)') }} as evidence_at,
        cast(null as date) as expires_on
    from sign_ups
    inner join {{ ref('people') }} as people on sign_ups.person_id = people.person_id
    left join outs on sign_ups.person_id = outs.person_id
    left join unclear on sign_ups.person_id = unclear.person_id
    where unclear.person_id is null
    group by
        sign_ups.person_id,
        outs.last_out_at,
        people.created_at
    having
        outs.last_out_at is null
        or outs.last_out_at < max(sign_ups.signed_up_at)
    union all
    select
        'unsubscribed_contacts' as segment,
        unreachable.person_id,
        '' as segment_value,
        1 as evidence,
        {{ time_or_created_at('max(unreachable.happened_at)') }} as evidence_at,
        cast(null as date) as expires_on
    from unreachable
    inner join {{ ref('people') }} as people on unreachable.person_id = people.person_id
    group by
        unreachable.person_id,
        people.created_at
)

{{ members_that_differ(ref('engagement_memberships')) }}
