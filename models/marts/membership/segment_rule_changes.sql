-- As published, and a row where a rule is another than its last; a rerun makes its day again.
{{ config(
    materialized='table',
    post_hook={'sql': '{{ forget_published_log() }}', 'transaction': false},
) }}

{%- set before = published_log('segment_rule_changes') %}

with

logged_days as (
    select max(as_of_date) as logged_on
    from {{ ref('segment_membership_log') }}
    {%- if before %}
    union all
    select max(as_of_date) as logged_on
    from {{ before }}
    {%- endif %}
),

-- an older day adds nothing
as_of as (
    select as_of.as_of_on
    from {{ ref('as_of') }} as as_of
    cross join logged_days
    group by as_of.as_of_on
    having coalesce(max(logged_days.logged_on) <= as_of.as_of_on, true)
)
{%- if before %},

earlier as (
    select
        entries.as_of_date,
        entries.segment,
        entries.fingerprint
    from {{ before }} as entries
    left join as_of on entries.as_of_date = as_of.as_of_on
    where as_of.as_of_on is null
),

latest as (
    select
        segment,
        {{ last_known_value('fingerprint', ['as_of_date']) }} as fingerprint
    from earlier
    group by segment
)

select
    as_of_date,
    segment,
    fingerprint
from earlier
union all
{%- endif %}
select
    as_of.as_of_on as as_of_date,
    definitions.segment,
    definitions.fingerprint
from {{ ref('segment_definitions') }} as definitions
cross join as_of
{%- if before %}
left join latest on definitions.segment = latest.segment
where coalesce(definitions.fingerprint <> latest.fingerprint, true)
{%- endif %}
