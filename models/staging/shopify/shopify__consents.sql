{{ config(enabled=is_asked('shopify')) }}

-- Who was never asked, and who was erased, has said nothing.
with

words as (
    {%- for channel in ['email', 'sms'] %}
    {%- set consent = channel ~ '_marketing_consent' %}
    select
        id,
        email,
        '{{ channel }}' as channel,
        {{ consent }}_state as state,
        {{ consent }}_updated_at as changed_at
    from {{ raw_table('shopify', 'customer') }}
    where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
    union all
    select
        id,
        email,
        '{{ channel }}' as channel,
        {{ in_json(consent, ['state']) }} as state,
        {{ in_json(consent, ['consent_updated_at']) }} as changed_at
    from {{ raw_table('shopify', 'customers') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    id || ':' || channel as consent_id,
    id as customer_id,
    {{ trimmed('email') }} as email,
    channel,
    case {{ lower_case(trimmed('state')) }}
        when 'subscribed' then 'opted_in' when 'pending' then 'pending' else 'opted_out'
    end as status,
    {{ as_utc(trimmed('changed_at')) }} as changed_at
from words
where {{ lower_case(trimmed('state')) }} in ('subscribed', 'pending', 'unsubscribed')
