{{ config(enabled=is_asked('ga4'), materialized=of_files()) }}

-- Events that the raw contract knows, under its names. The others (scroll, user_engagement, …) say
-- nothing that a rule reads, and would lengthen sessions. Without consent there is no visitor.
{%- set params = [
    ('page_location', 'string_value'), ('ga_session_id', 'int_value'), ('search_term', 'string_value'),
    ('source', 'string_value'), ('medium', 'string_value'), ('campaign', 'string_value'),
    ('transaction_id', 'string_value'),
] %}
{%- set last_click = 'events.session_traffic_source_last_click' %}

select
    case events.event_name
        when 'view_search_results' then 'search'
        when 'add_to_wishlist' then 'add_to_favorites'
        when 'sign_up' then 'account_created'
        else events.event_name
    end as event_name,
    events.event_timestamp,
    coalesce(events.event_date, '') || coalesce(events.raw_part, '') as export_day,
    events.raw_file,
    coalesce({{ trimmed('events.user_pseudo_id') }}, 'user:' || {{ trimmed('events.user_id') }})
        as visitor_id,
    {{ trimmed('events.user_id') }} as customer_id,
    events.event_bundle_sequence_id,
    events.batch_event_index,
    events.platform,
    {{ in_record('events.device', 'category') }} as device_type,
    {{ chosen_item('events.items') }} as product_id,
    {{ in_record('events.ecommerce', 'transaction_id') }} as order_id,
    {%- for key, path in params %}
    {{ in_list('events.event_params', key, path) }} as {{ key }},
    {%- endfor %}
    {{ in_record(last_click, 'manual_campaign.source') }} as session_source,
    {{ in_record(last_click, 'manual_campaign.medium') }} as session_medium,
    {{ in_record(last_click, 'manual_campaign.campaign_name') }} as session_campaign
from {{ raw_table('ga4', 'events', 'events') }}
where
    coalesce({{ trimmed('events.user_pseudo_id') }}, {{ trimmed('events.user_id') }}) is not null
    and events.event_name in (
        'page_view', 'view_item', 'view_search_results', 'search', 'add_to_cart',
        'remove_from_cart', 'begin_checkout', 'purchase', 'add_to_wishlist', 'add_to_favorites',
        'remove_from_favorites', 'sign_up', 'account_created', 'login', 'newsletter_signup',
        'chat_started', 'recommendation_click'
    )
