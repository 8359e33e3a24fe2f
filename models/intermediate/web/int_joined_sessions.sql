-- long: where parts go on one another, who they name and what they add up to belong together
-- The few sessions that have several parts: those of more than one day, and those that name several
-- customers.
{%- set in_order = ['parts.started_at', byte_order('parts.first_event_id')] %}

with

parts as {{ inline_cte() }} (
    select parts.*
    from {{ ref('int_session_parts') }} as parts
    cross join {{ ref('as_of') }} as as_of
    where parts.occurred_on <= as_of.as_of_on
),

-- a hash that two sessions share marks both, no more
repeated_keys as (
    select {{ key_hash(['session_key']) }} as key_hash
    from parts
    where session_id is not null
    group by {{ key_hash(['session_key']) }}
    having count(*) > 1
),

-- Without a session id, a part goes on where another has not ended for long enough.
streams as (
    select
        first_event_id,
        visitor_id,
        started_at,
        max(ended_at) over (
            partition by visitor_id order by started_at, {{ byte_order('first_event_id') }}
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from parts
    where session_id is null
),

numbered as (
    select
        first_event_id,
        visitor_id,
        sum(
            case
                when
                    {{ microseconds_between('ended_before', 'started_at') }}
                    > {{ setting('session_timeout_minutes') * 60 * 1000000 }}
                    then 1
                else 0
            end
        ) over (
            partition by visitor_id order by started_at, {{ byte_order('first_event_id') }}
            rows between unbounded preceding and current row
        ) as stream_number
    from streams
),

repeated_streams as (
    select
        visitor_id,
        stream_number
    from numbered
    group by
        visitor_id,
        stream_number
    having count(*) > 1
),

members as (
    select
        parts.*,
        0 as stream_number
    from parts
    inner join repeated_keys on {{ key_hash(['parts.session_key']) }} = repeated_keys.key_hash
    where parts.session_id is not null
    union all
    select
        parts.*,
        numbered.stream_number
    from parts
    inner join numbered on parts.first_event_id = numbered.first_event_id
    inner join repeated_streams
        on
            numbered.visitor_id = repeated_streams.visitor_id
            and numbered.stream_number = repeated_streams.stream_number
)

select
    {{ value_at_first('parts.session_key', in_order) }} as session_key,
    parts.visitor_id,
    parts.session_id,
    min(parts.started_at) as started_at,
    max(parts.ended_at) as ended_at,
    min(parts.occurred_on) as started_on,
    cast(sum(parts.events) as integer) as events,
    cast(sum(parts.page_views) as integer) as page_views,
    cast(sum(parts.product_page_views) as integer) as product_page_views,
    cast(sum(parts.searches) as integer) as searches,
    cast(sum(parts.recommendation_clicks) as integer) as recommendation_clicks,
    cast(sum(parts.chats) as integer) as chats,
    cast(sum(parts.favorites_added) as integer) as favorites_added,
    cast(sum(parts.cart_adds) as integer) as cart_adds,
    cast(sum(parts.checkouts) as integer) as checkouts,
    min(parts.first_searched_at) as first_searched_at,
    min(parts.first_chat_at) as first_chat_at,
    min({{ unnamed_since('parts', 'owners') }}) as first_unnamed_at,
    {{ value_at_first('parts.traffic_source', in_order) }} as traffic_source,
    {{ value_at_first('parts.traffic_medium', in_order) }} as traffic_medium,
    {{ value_at_first('parts.traffic_campaign', in_order) }} as traffic_campaign,
    {{ value_at_first('parts.device_type', in_order) }} as device_type,
    {{ value_at_first('parts.platform', in_order) }} as platform,
    {{ last_known_value(
        'owners.owner_key', ['parts.named_at', byte_order('parts.named_event_id')]
    ) }} as named_owner_key,
    {{ last_known_value(
        'case when owners.owner_key is not null then parts.named_event_id end',
        ['parts.named_at', byte_order('parts.named_event_id')]
    ) }} as named_event_id,
    max(case when owners.owner_key is not null then parts.named_at end) as named_at
from members as parts
left join {{ ref('int_event_owners') }} as owners
    on parts.named_owner_key = owners.owner_key
group by
    parts.visitor_id,
    parts.session_id,
    parts.stream_number
having count(*) > 1
