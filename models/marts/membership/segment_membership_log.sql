-- long: the published log, which an older day leaves as it is, and what this day adds to it
-- A rerun makes its day again. What it finds without a name stays: whoever it was has left.
{{ config(materialized='table') }}

{%- set before = published_log('segment_membership_log') %}
{%- if is_after_this_day(before) %}

select
    as_of_date,
    person_id,
    segment,
    segment_value,
    change
from {{ before }}

{%- else %}

with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

people as (
    select person_id
    from {{ ref('int_people') }}
),
{% if before %}
earlier as (
    select entries.*
    from {{ before }} as entries
    cross join as_of
    where
        entries.as_of_date < as_of.as_of_on
        or entries.person_id is null
),
{% endif %}
compared as (
    {%- if before %}
    select
        person_id,
        segment,
        segment_value,
        case when change = 'entered' then 1 else -1 end as was_in,
        0 as is_in
    from earlier
    where
        person_id is not null
        and {{ is_logged() }}
    union all
    {%- endif %}
    select
        person_id,
        segment,
        segment_value,
        0 as was_in,
        1 as is_in
    from {{ ref('segment_memberships') }}
    where {{ is_logged() }}
),

changes as (
    select
        person_id,
        segment,
        segment_value,
        case when sum(is_in) = 1 then 'entered' else 'exited' end as change
    from compared
    group by
        person_id,
        segment,
        segment_value
    having sum(was_in) <> sum(is_in)
),

entries as (
    select
        as_of.as_of_on as as_of_date,
        changes.person_id,
        changes.segment,
        changes.segment_value,
        changes.change
    from changes
    cross join as_of
    {%- if before %}
    union all
    select
        as_of_date,
        person_id,
        segment,
        segment_value,
        change
    from earlier
    {%- endif %}
)

select
    entries.as_of_date,
    -- null: the build knows no such person any more
    people.person_id,
    entries.segment,
    entries.segment_value,
    entries.change
from entries
left join people on entries.person_id = people.person_id
{%- endif %}
