-- Which of the pages named by var `page_patterns` each recent session saw.
{%- set patterns = setting('page_patterns') %}

with

pages as (
    {% for name, pattern in patterns.items() -%}
    select distinct
        session_key,
        {{ sql_text(name) }} as page_name
    from {{ ref('int_person_events') }}
    where page_url like {{ sql_text(pattern) }}
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        session_key,
        '' as page_name
    from {{ ref('int_person_events') }}
    where false
    {% endfor %}
)

select
    pages.session_key,
    pages.page_name,
    sessions.person_id,
    sessions.started_at,
    sessions.started_on
from pages
inner join {{ ref('int_recent_sessions') }} as sessions on pages.session_key = sessions.session_key
