{{ config(enabled=is_asked('klaviyo')) }}

-- What profiles say of today, where they say it, and events of every change.
with

profiles as (
    select
        id,
        coalesce({{ in_json('attributes', ['email']) }}, email) as email,
        attributes
    from {{ raw_table('klaviyo', 'profiles') }}
    where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
),

words as (
    {%- for channel in ['email', 'sms'] %}
    {%- set marketing = ['subscriptions', channel, 'marketing'] %}
    select
        id,
        email,
        '{{ channel }}' as channel,
        {{ lower_case(in_json('attributes', marketing + ['consent'])) }} as word,
        {{ in_json('attributes', marketing + ['consent_timestamp']) }} as said_at,
        {{ in_json('attributes', marketing + ['last_updated']) }} as updated_at,
        {{ in_json('attributes', marketing + ['suppression', 0, 'reason']) }} as suppressed_for,
        {{ in_json('attributes', marketing + ['suppression', 0, 'timestamp']) }} as suppressed_at
    from profiles
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    id || ':' || channel as consent_id,
    email,
    channel,
    case word when 'subscribed' then 'opted_in' else 'opted_out' end as status,
    case word when 'subscribed' then said_at else coalesce(updated_at, said_at) end as changed_at
from words
where word in ('subscribed', 'unsubscribed')
union all
select
    id || ':' || channel || ':suppressed' as consent_id,
    email,
    channel,
    'opted_out' as status,
    suppressed_at as changed_at
from words
where suppressed_for is not null
union all
select
    id as consent_id,
    email,
    case when metric like '%sms%' then 'sms' else 'email' end as channel,
    case when metric like 'unsubscribed%' then 'opted_out' else 'opted_in' end as status,
    occurred_at as changed_at
from {{ ref('klaviyo__event_rows') }}
where
    metric in (
        'subscribed to email marketing', 'subscribed to sms marketing',
        'unsubscribed from email marketing', 'unsubscribed from sms marketing', 'unsubscribed'
    )
