-- long: two kinds of events, and everything that says whose they are
-- The events that rules look at one by one, some kinds ever, every kind in the longest of the
-- rules' windows, with their session and their person: an event that names a customer is that
-- customer's, any other is its session's.
{%- set windows = [
    setting('session_lookback_days'),
    setting('cart_days'),
    setting('recent_view_days'),
    setting('lead_days'),
] %}

with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

events as (
    select
        events.event_id,
        events.event_name,
        events.occurred_at,
        events.occurred_on,
        events.visitor_id,
        events.session_id,
        events.owner_key,
        events.product_id,
        events.page_url,
        events.session_key,
        events.session_owner_key,
        false as is_product_view
    from {{ ref('int_web_events') }} as events
    inner join as_of on events.occurred_on <= as_of.as_of_on
    union all
    select
        events.event_id,
        events.event_name,
        events.occurred_at,
        events.occurred_on,
        events.visitor_id,
        events.session_id,
        events.owner_key,
        events.product_id,
        events.page_url,
        events.session_key,
        events.session_owner_key,
        coalesce(events.event_name = 'page_view' and events.page_type = 'product', false)
            as is_product_view
    from {{ ref('int_session_events') }} as events
    inner join as_of
        on
            events.occurred_on <= as_of.as_of_on
            and events.occurred_on > {{ add_days('as_of.as_of_on', -1 * windows | max) }}
    where events.event_name not in ({{ sql_texts(events_kept_forever()) }})
)

select
    events.event_id,
    coalesce(joined.session_key, events.session_key) as session_key,
    case
        when owners.owner_key is not null then owners.person_id
        when session_owners.owner_key is not null then session_owners.person_id
        when visitors.visitor_id is not null then visitors.person_id
        else 'v:' || events.visitor_id
    end as person_id,
    events.event_name,
    events.occurred_at,
    events.occurred_on,
    products.product_id,
    events.page_url,
    events.is_product_view,
    counted_purchases.event_id is not null as is_counted_purchase
from events
left join {{ ref('int_joined_sessions') }} as joined
    on
        events.visitor_id = joined.visitor_id
        and coalesce(events.session_id, '') = coalesce(joined.session_id, '')
        and events.occurred_at between joined.started_at and joined.ended_at
left join {{ ref('int_event_owners') }} as owners
    on events.owner_key = owners.owner_key
left join {{ ref('int_event_owners') }} as session_owners
    on
        session_owners.owner_key
        = case
            when joined.session_key is null then events.session_owner_key
            else joined.named_owner_key
        end
left join {{ ref('int_visitor_keys') }} as visitors on events.visitor_id = visitors.visitor_id
left join {{ ref('int_counted_purchases') }} as counted_purchases
    on events.event_id = counted_purchases.event_id
left join {{ ref('stg_shop__products') }} as products on events.product_id = products.product_id
