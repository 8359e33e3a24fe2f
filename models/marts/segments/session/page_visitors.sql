-- Sessions in the last `session_lookback_days` days, by the pages that `page_patterns` names.
with

named_pages as (
    {%- for name, pattern in setting('page_patterns').items() %}
    select
        session_key,
        {{ sql_text(name) }} as page_name
    from {{ ref('int_person_events') }}
    where page_url like {{ sql_text(pattern) }}
    union
    {%- endfor %}
    select
        session_key,
        '' as page_name
    from {{ ref('int_person_events') }}
    where false
),

visits as (
    select
        sessions.person_id,
        sessions.started_at,
        sessions.started_on,
        named_pages.page_name
    from {{ ref('int_recent_sessions') }} as sessions
    inner join named_pages on sessions.session_key = named_pages.session_key
)

select {{ counted_sessions('page_name') }}
from visits
group by
    person_id,
    page_name
