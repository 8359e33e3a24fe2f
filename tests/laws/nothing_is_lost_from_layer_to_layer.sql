-- Staged events = those in the parts of sessions, day by day, and up to the as-of date in sessions;
-- staged orders and lines = those of the marts; money of orders that count = that of people. In
-- sums: which row is missing is said by the laws of the proof.
{%- set amounts = [
    'gross_amount', 'discount_amount', 'order_value_amount', 'refund_amount', 'net_revenue_amount'
] %}
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

parts as (
    select
        occurred_on,
        sum(events) as events
    from {{ ref('int_session_parts') }}
    group by occurred_on
),

staged_lines as (
    select
        count(*) as lines,
        sum(quantity) as units
    from {{ ref('stg_shop__order_lines') }}
    where
        order_id in (
            select orders.order_id
            from {{ ref('stg_shop__orders') }} as orders
            cross join as_of
            where orders.ordered_on <= as_of.as_of_on
        )
),

lines as (
    select
        count(*) as lines,
        sum(quantity) as units
    from {{ ref('order_lines') }}
),

of_orders as (
    select
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        count(*) as orders
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
),

of_people as (
    select
        {%- for amount in amounts %}
        sum({{ amount }}) as {{ amount }},
        {%- endfor %}
        sum(orders) as orders
    from {{ ref('people') }}
),

sums as (
    select
        'events of a day' as what,
        event_days.events as sum_in,
        parts.events as sum_out
    from {{ ref('int_event_days') }} as event_days
    full outer join parts on event_days.occurred_on = parts.occurred_on
    union all
    select
        'events' as what,
        (
            select sum(parts.events)
            from parts
            cross join as_of
            where parts.occurred_on <= as_of.as_of_on
        ) as sum_in,
        (select sum(sessions.events) from {{ ref('sessions') }} as sessions) as sum_out
    union all
    select
        'orders' as what,
        (
            select count(*)
            from {{ ref('stg_shop__orders') }} as orders
            cross join as_of
            where orders.ordered_on <= as_of.as_of_on
        ) as sum_in,
        (select count(*) from {{ ref('orders') }}) as sum_out
    union all
    select
        'lines' as what,
        staged_lines.lines as sum_in,
        lines.lines as sum_out
    from staged_lines
    cross join lines
    union all
    select
        'units' as what,
        staged_lines.units as sum_in,
        lines.units as sum_out
    from staged_lines
    cross join lines
    {%- for column in ['orders'] + amounts %}
    union all
    select
        '{{ column }} of people' as what,
        of_orders.{{ column }} as sum_in,
        of_people.{{ column }} as sum_out
    from of_orders
    cross join of_people
    {%- endfor %}
)

select
    what,
    sum_in,
    sum_out
from sums
where coalesce(sum_in, 0) <> coalesce(sum_out, 0)
