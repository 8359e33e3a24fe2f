-- What browsers did from `low` until before `high`: each session's steps, the first of which carries the source.
create macro events_between(low, high) as table
with stepped as (
    select
        *, unnest(range(steps)) as step, session_no * 64 + step as step_no,
        started_at + to_seconds(step * pace + if(
            step = 0 or kind = 'purchase', 0, floor(0.8 * pace * u('jitter', step_no))::bigint
        )) as happened_at
    from sessions
    where started_at >= low - interval 1 day and started_at < high
),
named as (
    select
        *,
        case
            when kind = 'purchase' and step >= steps - 3
                then (['add_to_cart', 'begin_checkout', 'purchase'])[step - steps + 4]
            when kind = 'account' and step = 1 then 'account_created'
            when kind = 'newsletter' and step = 1 then 'newsletter_signup'
            when step = login_step and u('login seen', step_no) < 0.6 then 'login'
            when step = 0 then 'page_view'
            when mood is not null and u('in mood', step_no) < 0.6 then case mood
                when 'recommendation' then 'recommendation_click'
                when 'chat' then if(step < 3, 'chat_started', 'page_view')
                when 'wish' then pick('wish', step_no, ['add_to_favorites', 'remove_from_favorites'], [85, 15])
                when 'cart' then pick(
                    'cart', step_no, ['add_to_cart', 'remove_from_cart', 'begin_checkout'], [68, 12, 20]
                )
                else 'search'
            end
            else pick('name', step_no, [
                'page_view', 'search', 'recommendation_click', 'add_to_cart', 'add_to_favorites', 'remove_from_cart',
                'remove_from_favorites', 'chat_started', 'begin_checkout'
            ], [82, 5, 3, 4, 2, 1, 1, 1, 1])
        end as name
    from stepped
    where happened_at >= low and happened_at < high and happened_at < end_at()
),
paged as (
    select
        *,
        case name
            when 'page_view'
                then pick('page', step_no, ['product', 'category', 'home', 'sale', 'content'], [52, 25, 13, 6, 4])
            when 'search' then 'search'
            when 'begin_checkout' then 'checkout'
            when 'purchase' then 'confirmation'
            when 'add_to_cart' then 'product'
            when 'add_to_favorites' then 'product'
        end as page,
        if(name = 'search', one_of(
            'term', step_no, ['robe', 'sac cuir', 'boots', 'pull', 'gift', 'bague', 'linen', 'soldes', 'écharpe']
        ), null) as term,
        if(step = 0 or keeps_source, source, null) as origin
    from named
),
shown as (
    select
        *,
        case
            when page is distinct from 'product'
                and name not in ('remove_from_cart', 'remove_from_favorites', 'recommendation_click') then null
            when kind = 'purchase' and name = 'add_to_cart' or u('focused', step_no) < 0.5 then product_no
            -- expensive things (high numbers) wait in carts
            when name = 'add_to_cart' then floor(product_count() * cbrt(u('product', step_no)))::bigint
            when u('focused', step_no) < 0.98 then floor(product_count() * u('product', step_no))::bigint
        end as shown_product
    from paged
)
select
    step_no as row_no, happened_at as sort_at,
    'E' || step_no as event_id,
    name as event_name,
    stamp(happened_at, step_no) as occurred_at,
    visitor_id,
    if(step >= login_step, customer_id, null) as customer_id,
    null::varchar as email,
    session_id,
    'https://shop.example/' || case page
        when 'product' then 'p/' || (1000 + shown_product)
        when 'category' then 'c/' || lower(one_of('category', step_no, categories()))
        when 'home' then ''
        when 'content' then 'journal'
        when 'search' then 'search?q=' || replace(term, ' ', '+')
        when 'confirmation' then 'thanks'
        else page
    end as page_url,
    if(page = 'sale', 'category', page) as page_type,
    'P' || (1000 + shown_product) as product_id,
    term as search_term,
    if(name = 'purchase' and u('order unnamed', step_no) > 0.03, 'O' || order_no, null) as order_id,
    split_part(origin, '/', 1) as traffic_source,
    split_part(origin, '/', 2) as traffic_medium,
    case traffic_medium
        when 'email' then 'weekly-' || strftime(happened_at, '%Y-%m')
        when 'cpc' then 'brand'
    end as traffic_campaign,
    device as device_type,
    platform,
    iso(until_end(
        happened_at + to_seconds(floor(30 + 600 * u('load', step_no))::bigint), interval 1 second
    )) as loaded_at
from shown;
