-- The next order is expected on one of the days after the as-of date, by which it is due no more.
with

predictions as (
    {{ recounted_predictions() | indent }}
),

numbers as (
    {{ whole_numbers(1, setting('due_days')) }}
),

due_days as (
    select
        numbers.whole_number as days_ahead,
        {{ add_days('as_of.as_of_on', 'numbers.whole_number') }} as due_on
    from {{ ref('as_of') }} as as_of
    cross join numbers
),

recounted as (
    select
        predictions.person_id,
        '' as segment_value,
        cast(due_days.days_ahead as decimal(18, 4)) as evidence,
        predictions.last_ordered_at as evidence_at,
        due_days.due_on as expires_on
    from predictions
    inner join due_days on predictions.expected_next_order_on = due_days.due_on
)

{{ members_that_differ(ref('due_to_reorder')) }}
