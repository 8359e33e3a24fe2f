{{ config(enabled=is_asked('ga4'), tags=['proof']) }}

-- Events of the export = events + views of a product that came with their page + events without a
-- visitor + those of other names.
with

counts as (
    select
        (select count(*) from {{ raw_table('ga4', 'events') }}) as export_rows,
        (select count(*) from {{ ref('ga4__events') }}) as events,
        (
            select count(*)
            from {{ ref('ga4__event_rows') }} as shown
            where
                shown.event_name = 'view_item'
                and exists (
                    select 1
                    from {{ ref('ga4__event_rows') }} as pages
                    where
                        pages.event_name = 'page_view'
                        and pages.export_day = shown.export_day
                        and pages.visitor_id = shown.visitor_id
                        and pages.ga_session_id = shown.ga_session_id
                        and pages.page_location = shown.page_location
                )
        ) as views_of_pages,
        (
            select count(*)
            from {{ raw_table('ga4', 'events') }}
            where coalesce({{ trimmed('user_pseudo_id') }}, {{ trimmed('user_id') }}) is null
        ) as without_visitor,
        (
            select count(*)
            from {{ raw_table('ga4', 'events') }}
            where
                coalesce({{ trimmed('user_pseudo_id') }}, {{ trimmed('user_id') }}) is not null
                and event_name not in (
                    'page_view', 'view_item', 'view_search_results', 'search', 'add_to_cart',
                    'remove_from_cart', 'begin_checkout', 'purchase', 'add_to_wishlist',
                    'add_to_favorites', 'remove_from_favorites', 'sign_up', 'account_created',
                    'login', 'newsletter_signup', 'chat_started', 'recommendation_click'
                )
        ) as of_other_names
)

select
    export_rows,
    events,
    views_of_pages,
    without_visitor,
    of_other_names
from counts
where
    (export_rows = events + views_of_pages + without_visitor + of_other_names) is not true
