-- long: the moves of each month, and those who stay, from the moves of all months before
with

months as (
    {{ insight_months() }}
),

moves as (
    select
        months.month,
        months.is_complete,
        moves.month as moved_in,
        moves.from_stage,
        moves.to_stage,
        moves.contacts
    from {{ ref('int_stage_moves') }} as moves
    inner join months on moves.month <= months.month
),

-- whoever is in a stage when a month begins and does not move stays
changes as (
    select
        month,
        is_complete,
        to_stage as stage,
        contacts
    from moves
    where moved_in < month
    union all
    -- the month's own movers too
    select
        month,
        is_complete,
        from_stage as stage,
        -contacts as contacts
    from moves
    where from_stage <> 'new'
),

counted as (
    select
        month,
        is_complete,
        from_stage,
        to_stage,
        contacts
    from moves
    where moved_in = month
    union all
    select
        month,
        is_complete,
        stage as from_stage,
        stage as to_stage,
        contacts
    from changes
),

transitions as (
    select
        month,
        is_complete,
        from_stage,
        to_stage,
        cast(sum(contacts) as bigint) as contacts
    from counted
    group by
        month,
        is_complete,
        from_stage,
        to_stage
    having sum(contacts) > 0
),

shares as (
    select
        *,
        cast(sum(contacts) over (partition by month, from_stage) as bigint) as of_from_stage
    from transitions
)

select
    month,
    is_complete,
    from_stage,
    to_stage,
    contacts,
    {{ rounded_ratio('contacts', 'of_from_stage') }} as share_of_from_stage,
    cast(
        case
            {%- for row in lifecycle_objectives() %}
            when
                from_stage in ({{ sql_texts(row.from_stages) }})
                and to_stage in ({{ sql_texts(row.to_stages) }})
                then {{ row.objective }}
            {%- endfor %}
        end as integer
    ) as objective
from shares
