with

spans as (
    select
        person_id,
        stage,
        valid_from,
        {{ first_of_month('valid_from') }} as month
    from {{ ref('int_person_lifecycle') }}
),

compared as (
    select
        *,
        lead(month) over (partition by person_id order by valid_from) as next_month
    from spans
),

-- only the last stage of each month counts
months as (
    select
        month,
        stage,
        lag(stage) over (partition by person_id order by valid_from) as previous_stage
    from compared
    where next_month is null or next_month > month
)

select
    month,
    coalesce(previous_stage, 'new') as from_stage,
    stage as to_stage,
    count(*) as contacts
from months
group by
    month,
    previous_stage,
    stage
