-- Every pause after a second or later purchase counts, even if it still lasts, with what was
-- expected at its start.
{%- set in_force = [setting('at_risk_multiplier'), setting('inactive_multiplier')] -%}
{%- set steps = [1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6] + in_force %}

with

pauses as (
    select
        purchases.next_purchased_on is not null as is_over,
        {{ days_between(
            'purchases.purchased_on', 'coalesce(purchases.next_purchased_on, as_of.as_of_on)'
        ) }} as pause_days,
        purchases.purchase_number - 1 as gaps,
        {{ days_between('purchases.first_purchased_on', 'purchases.purchased_on') }} as gap_days
    from {{ ref('int_purchases') }} as purchases
    cross join {{ ref('as_of') }} as as_of
    where purchases.purchase_number > 1
),

compared as (
    select
        pauses.is_over,
        pauses.pause_days * {{ expected_gap_denominator('pauses.gaps', 'shop') }} as pause,
        {{ expected_gap_numerator('pauses.gaps', 'pauses.gap_days', 'shop') }} as expected_gap
    from pauses
    cross join {{ ref('int_shop_intervals') }} as shop
),

steps as (
    {%- for step in steps | unique | sort %}
    select
        cast({{ step }} as decimal(18, 4)) as expected_gaps,
        {{ 'true' if step in in_force else 'false' }} as is_in_force,
        count(*) filter (where is_over) as ended_pauses,
        count(*) filter (where pause < {{ step }} * expected_gap and is_over) as came_back_earlier,
        count(*) filter (where pause >= {{ step }} * expected_gap) as silences,
        count(*) filter (where pause >= {{ step }} * expected_gap and is_over) as came_back
    from compared
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    expected_gaps,
    is_in_force,
    {{ rounded_ratio('came_back_earlier', 'nullif(ended_pauses, 0)') }} as share_came_back_earlier,
    silences,
    came_back,
    {{ rounded_ratio('came_back', 'nullif(silences, 0)') }} as share_came_back_later
from steps
where
    ended_pauses > 0
    or silences > 0
