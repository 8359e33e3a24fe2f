{{ config(enabled=is_asked('shopify')) }}

-- Who was never asked, and who was erased, has said nothing.
with

words as (
    {%- for channel in ['email', 'sms'] %}
    select
        id,
        {{ trimmed('email') }} as email,
        '{{ channel }}' as channel,
        case {{ lower_case(trimmed(channel ~ '_marketing_consent_state')) }}
            when 'subscribed' then 'opted_in'
            when 'pending' then 'pending'
            when 'unsubscribed' then 'opted_out'
        end as status,
        {{ as_utc(trimmed(channel ~ '_marketing_consent_updated_at')) }} as changed_at
    from {{ raw_table('shopify', 'customer') }}
    where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    id || ':' || channel as consent_id,
    id as customer_id,
    email,
    channel,
    status,
    changed_at
from words
where status is not null
