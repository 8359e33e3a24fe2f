-- long: the moves of each month, and those who stay, from the moves of all months
with

months as (
    {{ insight_months() }}
),

moves as (
    select
        months.month,
        moves.from_stage,
        moves.to_stage,
        moves.contacts
    from {{ ref('int_stage_moves') }} as moves
    inner join months on moves.month = months.month
),

-- whoever is in a stage when a month begins and does not move stays
changes as (
    select
        months.month,
        moves.to_stage as stage,
        moves.contacts
    from months
    inner join {{ ref('int_stage_moves') }} as moves on months.month > moves.month
    union all
    select
        months.month,
        moves.from_stage as stage,
        -moves.contacts as contacts
    from months
    -- the month's own movers too
    inner join {{ ref('int_stage_moves') }} as moves on months.month >= moves.month
    where moves.from_stage <> 'new'
),

counted as (
    select
        month,
        from_stage,
        to_stage,
        contacts
    from moves
    union all
    select
        month,
        stage as from_stage,
        stage as to_stage,
        contacts
    from changes
),

transitions as (
    select
        month,
        from_stage,
        to_stage,
        cast(sum(contacts) as bigint) as contacts
    from counted
    group by
        month,
        from_stage,
        to_stage
    having sum(contacts) > 0
),

totals as (
    select
        month,
        from_stage,
        cast(sum(contacts) as bigint) as contacts
    from transitions
    group by
        month,
        from_stage
)

select
    transitions.month,
    months.is_complete,
    transitions.from_stage,
    transitions.to_stage,
    transitions.contacts,
    {{ rounded_ratio('transitions.contacts', 'totals.contacts') }} as share_of_from_stage,
    cast(
        case
            {%- for row in lifecycle_objectives() %}
            when
                transitions.from_stage in ({{ sql_texts(row.from_stages) }})
                and transitions.to_stage in ({{ sql_texts(row.to_stages) }})
                then {{ row.objective }}
            {%- endfor %}
        end as integer
    ) as objective
from transitions
inner join months on transitions.month = months.month
inner join totals
    on
        transitions.month = totals.month
        and transitions.from_stage = totals.from_stage
