-- No span begins after the as-of date, and the last one of every contact has not ended on it.
with

lasts as (
    select
        person_id,
        max(valid_from) as last_from,
        -- an open span counts as never ending
        max(case when valid_to is null then 1 else 0 end) as is_open,
        max(valid_to) as last_to
    from {{ ref('lifecycle_history') }}
    group by person_id
)

select
    lasts.person_id,
    lasts.last_from,
    lasts.last_to,
    as_of.as_of_on
from lasts
cross join {{ ref('as_of') }} as as_of
where
    (
        lasts.last_from <= as_of.as_of_on
        and (lasts.is_open = 1 or lasts.last_to > as_of.as_of_on)
    ) is not true
