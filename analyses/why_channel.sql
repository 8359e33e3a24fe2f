{%- set pattern = sql_text(setting('email_campaign_pattern')) -%}
with

people as (
    {{ asked_people() | indent }}
),

{%- for kind in ('sales_channel', 'shipping_method', 'payment_method') %}

orders_by_{{ kind }} as (
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

mobile_app_orders as (
    select
        person_id,
        sum(case when channel = 'mobile_app' then orders else 0 end) as orders
    from orders_by_sales_channel
    group by person_id
),

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
),

judgements as (
    {{ conditions('mobile_app_orders', [
        [
            'mobile_app_buyers', 'orders in the mobile app', 'orders', '>=',
            setting('mobile_app_min_orders'),
        ],
    ]) }}
    {%- for kind in ('shipping_method', 'payment_method') %}
    union all
    {{ conditions(
        'orders_by_' ~ kind, [[kind ~ '_buyers', 'orders by it', 'orders', '>=', 1]],
        segment_value='channel'
    ) }}
    {%- endfor %}
    union all
    {{ conditions('visits', [
        ['email_visitors', 'came from an e-mail', 'email_visits', '>=', 1],
        ['email_visitors', 'of such a campaign', 'campaign_visits', '>=', 1],
        ['affiliate_visitors', 'came from an affiliate', 'affiliate_visits', '>=', 1],
    ], judged='session_key') }}
    union all
    {{ conditions(
        'sources',
        [['acquisition_source_customers', 'came from a known source', 'sources', '>=', 1]],
        segment_value='acquisition_source'
    ) }}
)

{{ why('judgements') }}
