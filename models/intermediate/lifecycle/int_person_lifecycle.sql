-- long: the stages of all days in closed form: each step is short, and none is useful alone
-- The stage of every contact on every day, as spans: every purchase opens a clock that only the
-- next purchase stops, so each span's ends follow from the purchases alone.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

contacts as (
    select
        person_id,
        created_on
    from {{ ref('int_people') }}
    where is_contact
),

purchases as (
    select *
    from {{ ref('int_purchases') }}
),

gaps_so_far as (
    select
        purchases.*,
        purchases.purchase_number - 1 as gaps,
        {{ days_between('purchases.first_purchased_on', 'purchases.purchased_on') }} as gap_days
    from purchases
    where purchases.purchase_number > 1
),

limits as (
    select
        gaps_so_far.*,
        {{ ceiling_of_ratio(
            setting('at_risk_multiplier')
            ~ ' * ' ~ expected_gap_numerator('gaps', 'gaps_so_far.gap_days', 'shop'),
            expected_gap_denominator('gaps_so_far.gaps', 'shop')
        ) }} as at_risk_days,
        {{ ceiling_of_ratio(
            setting('inactive_multiplier')
            ~ ' * ' ~ expected_gap_numerator('gaps', 'gaps_so_far.gap_days', 'shop'),
            expected_gap_denominator('gaps_so_far.gaps', 'shop')
        ) }} as inactive_days
    from gaps_so_far
    cross join {{ ref('int_shop_intervals') }} as shop
),

clocks as (
    select
        person_id,
        purchased_on,
        next_purchased_on,
        {{ add_days('purchased_on', 'at_risk_days') }} as at_risk_on,
        {{ add_days('purchased_on', 'greatest(inactive_days, at_risk_days + 1)') }} as inactive_on,
        -- the day on which the last purchase that loyalty needs leaves the window
        coalesce({{ add_days('loyal_purchased_on', setting('loyal_days')) }}, purchased_on)
            as loyal_until
    from limits
),

spans as (
    select
        contacts.person_id,
        'prospects' as stage,
        contacts.created_on as valid_from,
        purchases.purchased_on as ends_on,
        purchases.purchased_on as next_purchased_on
    from contacts
    left join purchases
        on
            contacts.person_id = purchases.person_id
            and purchases.purchase_number = 1
    union all
    select
        person_id,
        'first_time_buyers' as stage,
        purchased_on as valid_from,
        cast(null as date) as ends_on,
        next_purchased_on
    from purchases
    where purchase_number = 1
    union all
    select
        person_id,
        'loyal_customers' as stage,
        purchased_on as valid_from,
        least(loyal_until, at_risk_on) as ends_on,
        next_purchased_on
    from clocks
    union all
    select
        person_id,
        'repeat_customers' as stage,
        greatest(purchased_on, loyal_until) as valid_from,
        at_risk_on as ends_on,
        next_purchased_on
    from clocks
    union all
    select
        person_id,
        'at_risk_customers' as stage,
        at_risk_on as valid_from,
        inactive_on as ends_on,
        next_purchased_on
    from clocks
    union all
    select
        person_id,
        'inactive_customers' as stage,
        inactive_on as valid_from,
        cast(null as date) as ends_on,
        next_purchased_on
    from clocks
),

lived as (
    select
        spans.person_id,
        spans.stage,
        spans.valid_from,
        spans.ends_on
    from spans
    cross join as_of
    where
        spans.valid_from <= as_of.as_of_on
        and (spans.valid_from < spans.ends_on or spans.ends_on is null)
        and (spans.valid_from < spans.next_purchased_on or spans.next_purchased_on is null)
),

-- A stage that a purchase or a clock only confirms is one stay.
compared as (
    select
        person_id,
        stage,
        valid_from,
        lag(stage) over (partition by person_id order by valid_from) as previous_stage,
        last_value(ends_on) over (
            partition by person_id order by valid_from
            rows between unbounded preceding and unbounded following
        ) as last_ends_on
    from lived
),

stays as (
    select *
    from compared
    where stage <> previous_stage or previous_stage is null
)

select
    person_id,
    stage,
    valid_from,
    -- the next stay's first day; of the last stay, the day on which time alone ends it
    case
        when lead(valid_from) over (partition by person_id order by valid_from) is not null
            then lead(valid_from) over (partition by person_id order by valid_from)
        else last_ends_on
    end as valid_to
from stays
