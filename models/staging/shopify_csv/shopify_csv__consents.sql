{{ config(enabled=is_asked('shopify_csv')) }}

-- Only a yes is a word: a no may be one who was never asked.
{% for channel, column in {'email': 'accepts_email', 'sms': 'accepts_sms'}.items() -%}
select
    coalesce(customer_id, email) || ':{{ channel }}' as consent_id,
    customer_id,
    email,
    '{{ channel }}' as channel,
    'opted_in' as status,
    case when tags like '%newsletter%' then 'newsletter' end as source
from {{ ref('shopify_csv__customer_rows') }}
where {{ column }} = 'yes'
{{ 'union all' if not loop.last }}
{% endfor %}
