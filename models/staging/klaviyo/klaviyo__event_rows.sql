{{ config(enabled=is_asked('klaviyo')) }}

-- Events with the name of their metric and the e-mail of their profile, however they were landed.
{%- set properties = ['event_properties'] %}

with

events as (
    select
        id,
        {{ as_utc(first_filled([in_json('attributes', ['datetime']), 'datetime'])) }}
            as occurred_at,
        coalesce({{ in_json('relationships', ['metric', 'data', 'id']) }}, metric_id)
            as event_metric,
        coalesce({{ in_json('relationships', ['profile', 'data', 'id']) }}, person_id)
            as event_profile,
        coalesce(
            campaign_id,
            flow_message_id,
            property_message,
            {{ in_json('attributes', properties + ['$message']) }}
        ) as campaign_id,
        {{ lower_case(
            'coalesce(property_bounce_type, '
            ~ in_json('attributes', properties + ['Bounce Type']) ~ ')'
        ) }} as bounce_type,
        {{ lower_case(
            'coalesce(property_apple_privacy_open, '
            ~ in_json('attributes', properties + ['Apple Privacy Open']) ~ ')'
        ) }} as is_by_machine
    from {{ raw_table('klaviyo', 'events') }}
    where coalesce({{ lower_case('_fivetran_deleted') }}, 'false') <> 'true'
),

metrics as (
    select
        id as metric_id,
        {{ lower_case('coalesce(' ~ in_json('attributes', ['name']) ~ ', name)') }} as metric
    from {{ raw_table('klaviyo', 'metrics') }}
),

profiles as (
    select
        id as profile_id,
        coalesce({{ in_json('attributes', ['email']) }}, email) as email
    from {{ raw_table('klaviyo', 'profiles') }}
)

select
    events.id,
    events.occurred_at,
    metrics.metric,
    events.event_profile,
    profiles.email,
    events.campaign_id,
    case when events.bounce_type in ('hard', 'soft') then events.bounce_type end as bounce_type,
    events.is_by_machine
from events
left join metrics on events.event_metric = metrics.metric_id
left join profiles on events.event_profile = profiles.profile_id
