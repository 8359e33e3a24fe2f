-- long: one reason from words, addresses and time, in this order
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

channels as (
    {% for channel in contact_channels() -%}
    select '{{ channel }}' as channel
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

words as (
    select *
    from {{ ref('int_consent_words') }}
),

dated_words as (
    select
        *,
        -- a word that nobody can date may be as new as any yes
        coalesce(
            said_at,
            case
                when not is_oldest
                    then
                        max(case when word = 'opted_in' then said_at end)
                            over (partition by person_id, channel)
            end
        ) as counts_from
    from words
),

ranked_words as (
    select
        *,
        row_number() over (
            partition by person_id, channel
            order by
                counts_from desc nulls last,
                -- of words of one time a no
                word = 'opted_in' asc,
                {{ byte_order('word') }} asc,
                {{ byte_order('consent_id') }} asc nulls last,
                said_at desc nulls last
        ) as word_rank
    from dated_words
),

yeses as (
    select
        person_id,
        {{ local_day('max(said_at)') }} as last_yes_on,
        -- one without a time is at least as new as its contact
        count(*) > count(said_at) as has_undated_yes
    from words
    where word = 'opted_in'
    group by person_id
),

owned_tickets as (
    select
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id,
        tickets.opened_on
    from {{ ref('stg_crm__support_tickets') }} as tickets
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on tickets.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on tickets.email_key = emails.email_key
    where tickets.opened_on <= as_of.as_of_on
),

tickets as (
    select
        person_id,
        max(opened_on) as last_ticket_on
    from owned_tickets
    group by person_id
),

contacts as (
    select
        points.person_id,
        points.email_reason,
        case
            when points.phone_reason in ('no_address', 'shared_number') then points.phone_reason
            when points.phone_reason is not null then 'unusable_address'
        end as phone_reason,
        case
            when points.postal_code is null or points.city is null then 'no_address'
        end as post_reason,
        {{ add_months('greatest(
            orders.last_order_on,
            web.last_session_on,
            messages.last_clicked_on,
            tickets.last_ticket_on,
            yeses.last_yes_on,
            case when yeses.has_undated_yes then people.created_on end
        )', setting('retention_months')) }} as retention_due_on
    from {{ ref('contact_points') }} as points
    inner join {{ ref('int_people') }} as people on points.person_id = people.person_id
    left join {{ ref('int_person_orders') }} as orders on points.person_id = orders.person_id
    left join {{ ref('int_person_web') }} as web on points.person_id = web.person_id
    left join {{ ref('int_person_messages') }} as messages
        on points.person_id = messages.person_id
    left join tickets on points.person_id = tickets.person_id
    left join yeses on points.person_id = yeses.person_id
),

addressed as (
    select
        contacts.person_id,
        contacts.retention_due_on,
        channels.channel,
        case channels.channel
            when 'email' then contacts.email_reason
            when 'sms' then contacts.phone_reason
            when 'phone' then contacts.phone_reason
            when 'post' then contacts.post_reason
            -- one of the two is enough
            when 'ads' then
                case
                    when contacts.email_reason is not null and contacts.phone_reason is not null
                        then coalesce(
                            nullif(contacts.email_reason, 'no_address'), contacts.phone_reason
                        )
                end
        end as address_reason
    from contacts
    cross join channels
),

decided as (
    select
        addressed.person_id,
        addressed.channel,
        case
            when words.word is null then 'no_consent'
            when words.word <> 'opted_in' then words.word
            when addressed.address_reason is not null then addressed.address_reason
            when as_of.as_of_on > addressed.retention_due_on then 'retention_due'
            else 'allowed'
        end as reason,
        words.consent_id,
        words.said_at as changed_at,
        words.source,
        addressed.retention_due_on
    from addressed
    cross join as_of
    left join ranked_words as words
        on
            addressed.person_id = words.person_id
            and addressed.channel = words.channel
            and words.word_rank = 1
)

select
    person_id,
    channel,
    reason = 'allowed' as is_allowed,
    reason,
    consent_id,
    changed_at,
    source,
    retention_due_on
from decided
