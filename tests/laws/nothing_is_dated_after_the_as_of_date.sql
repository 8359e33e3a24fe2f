-- No core mart contains anything after the as-of date.
with

dated as (
    select
        'orders.ordered_at' as fact,
        order_id as record_key,
        {{ local_day('ordered_at') }} as dated_on
    from {{ ref('orders') }}
    union all
    select
        'orders.delivered_at' as fact,
        order_id as record_key,
        {{ local_day('delivered_at') }} as dated_on
    from {{ ref('orders') }}
    union all
    select
        'order_lines.ordered_on' as fact,
        order_line_id as record_key,
        ordered_on as dated_on
    from {{ ref('order_lines') }}
    union all
    select
        'sessions.ended_at' as fact,
        session_key as record_key,
        {{ local_day('ended_at') }} as dated_on
    from {{ ref('sessions') }}
    union all
    select
        'sessions.started_on' as fact,
        session_key as record_key,
        started_on as dated_on
    from {{ ref('sessions') }}
    union all
    select
        'people.created_at' as fact,
        person_id as record_key,
        {{ local_day('created_at') }} as dated_on
    from {{ ref('people') }}
    union all
    select
        'people.created_on' as fact,
        person_id as record_key,
        created_on as dated_on
    from {{ ref('people') }}
    union all
    select
        'people.stage_from' as fact,
        person_id as record_key,
        stage_from as dated_on
    from {{ ref('people') }}
    union all
    select
        'people.last_order_at' as fact,
        person_id as record_key,
        {{ local_day('last_order_at') }} as dated_on
    from {{ ref('people') }}
    union all
    select
        'people.last_order_on' as fact,
        person_id as record_key,
        last_order_on as dated_on
    from {{ ref('people') }}
    union all
    select
        'lifecycle_history.valid_from' as fact,
        person_id as record_key,
        valid_from as dated_on
    from {{ ref('lifecycle_history') }}
)

select
    dated.fact,
    dated.record_key,
    dated.dated_on,
    as_of.as_of_on
from dated
cross join {{ ref('as_of') }} as as_of
where dated.dated_on > as_of.as_of_on
