-- long: one reason from words, countries, ages, addresses and time, in this order
{%- set soft_countries = setting('soft_opt_in_countries') %}
{%- set double_countries = setting('double_opt_in_countries') %}
{%- set ads_min_age = setting('ads_min_age') %}
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
                said_at is null asc
        ) as word_rank
    from dated_words
),
{% if double_countries %}
-- what a yes follows: of words of one time anything but a `pending`
questions as (
    select
        person_id,
        channel,
        word,
        row_number() over (
            partition by person_id, channel
            order by
                counts_from desc nulls last,
                word = 'pending' asc
        ) as question_rank
    from dated_words
    where word <> 'opted_in'
),
{% endif %}
births as (
    select
        owners.person_id,
        -- one e-mail of two people: the younger one's
        max(customers.birth_date) as last_birth_date
    from {{ ref('stg_shop__customers') }} as customers
    inner join {{ ref('int_person_keys') }} as owners
        on
            owners.key_type = case
                when customers.customer_id is null then 'email'
                else 'customer'
            end
            and owners.key_value = coalesce(customers.customer_id, customers.email_key)
    where owners.person_id is not null
    group by owners.person_id
),

yeses as (
    select
        person_id,
        {{ local_day('max(said_at)') }} as last_yes_on
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
        orders.last_order_on is not null
        and {{ 'points.country_code in (' ~ sql_texts(soft_countries) ~ ')'
            if soft_countries else '1 = 0' }} as is_softly_asked,
        {%- if double_countries %}
        -- an unknown country may be one of them
        coalesce(points.country_code, '') in ({{ sql_texts([''] + double_countries) }})
            as must_confirm,
        {%- endif %}
        births.last_birth_date,
        {{ add_months('greatest(
            orders.last_order_on,
            web.last_session_on,
            messages.last_clicked_on,
            tickets.last_ticket_on,
            yeses.last_yes_on,
            -- no yes is older than its contact, whether it has a time or not
            case when yeses.person_id is not null then people.created_on end
        )', setting('retention_months')) }} as retention_due_on
    from {{ ref('contact_points') }} as points
    inner join {{ ref('int_people') }} as people on points.person_id = people.person_id
    left join births on points.person_id = births.person_id
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
        contacts.is_softly_asked and channels.channel = 'email' as is_softly_asked,
        {%- if double_countries %}
        contacts.must_confirm,
        {%- endif %}
        {%- if ads_min_age %}
        channels.channel = 'ads'
        and coalesce(
            {{ add_months('contacts.last_birth_date', 12 * ads_min_age) }} > as_of.as_of_on, false
        ) as is_too_young,
        {%- endif %}
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
    {%- if ads_min_age %}
    cross join as_of
    {%- endif %}
),

decided as (
    select
        addressed.person_id,
        addressed.channel,
        case
            -- without any word at all, as one that is no yes may be a no
            when words.word is null and not coalesce(addressed.is_softly_asked, false)
                then 'no_consent'
            when words.word <> 'opted_in' then words.word
            {%- if double_countries %}
            when
                words.word = 'opted_in'
                and addressed.must_confirm
                and coalesce(questions.word <> 'pending', true)
                then 'unconfirmed'
            {%- endif %}
            {%- if ads_min_age %}
            when addressed.is_too_young then 'too_young'
            {%- endif %}
            when addressed.address_reason is not null then addressed.address_reason
            when as_of.as_of_on > addressed.retention_due_on then 'retention_due'
            else 'allowed'
        end as reason,
        words.word is not null as has_word,
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
    {%- if double_countries %}
    left join questions
        on
            addressed.person_id = questions.person_id
            and addressed.channel = questions.channel
            and questions.question_rank = 1
    {%- endif %}
)

select
    person_id,
    channel,
    reason = 'allowed' as is_allowed,
    reason,
    case
        when reason <> 'allowed' then null
        when has_word then 'consent'
        else 'soft_opt_in'
    end as basis,
    consent_id,
    changed_at,
    source,
    retention_due_on
from decided
