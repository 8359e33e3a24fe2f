{{ config(tags=['heavy']) }}

-- Sessions with a page like a pattern, whatever happened on it; one segment per named pattern.
with

events as (
    {{ recounted_session_events() | indent }}
),

seen as (
    select
        session_key,
        person_id,
        '' as segment_value,
        started_at,
        leaves_on,
        1 as counts
    from events
    where place < 1
    {% for name, pattern in setting('page_patterns').items() -%}
    union
    select
        session_key,
        person_id,
        {{ sql_text(name) }} as segment_value,
        started_at,
        leaves_on,
        1 as counts
    from events
    where page_url like {{ sql_text(pattern) }}
    {% endfor -%}
),

recounted as (
    {{ recounted_members('seen', 1, at='started_at') | indent }}
)

{{ members_that_differ(ref('page_visitors')) }}
