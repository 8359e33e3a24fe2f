{%- set pattern = sql_text(setting('email_campaign_pattern')) -%}
with

{{ asked_people() }},

facts as (
    select
        people.person_id,
        coalesce(channels.orders, 0) as mobile_app_orders
    from people
    left join {{ ref('int_person_order_channels') }} as channels
        on
            people.person_id = channels.person_id
            and channels.channel_kind = 'sales_channel'
            and channels.channel = 'mobile_app'
),

{%- for kind in ('shipping_method', 'payment_method') %}

{{ kind }}s as (
    select
        people.person_id,
        coalesce(channels.channel, '') as channel,
        coalesce(channels.orders, 0) as orders
    from people
    left join {{ ref('int_person_order_channels') }} as channels
        on
            people.person_id = channels.person_id
            and channels.channel_kind = '{{ kind }}'
),
{%- endfor %}

visits as (
    select
        people.person_id,
        coalesce(sessions.session_key, '') as session_key,
        {%- for channel in ('email', 'affiliate') %}
        {{ yes(
            "sessions.traffic_source = '" ~ channel ~ "' or sessions.traffic_medium = '" ~ channel ~ "'"
        ) }} as {{ channel }}_visits,
        {%- endfor %}
        {{ yes("sessions.traffic_campaign like " ~ pattern ~ " or " ~ pattern ~ " = '%'") }}
            as campaign_visits
    from people
    left join {{ ref('int_recent_sessions') }} as sessions
        on people.person_id = sessions.person_id
),

sources as (
    select
        people.person_id,
        coalesce(features.acquisition_source, '') as acquisition_source,
        {{ yes('features.acquisition_source is not null') }} as sources
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
)

{{ why({
    'facts': {},
    'shipping_methods': {'segment_value': 'channel'},
    'payment_methods': {'segment_value': 'channel'},
    'visits': {'judged': 'session_key'},
    'sources': {'segment_value': 'acquisition_source'},
}) }}
