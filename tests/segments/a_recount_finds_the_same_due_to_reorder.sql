-- The next order is expected on one of the days after the as-of date; the last of them counts.
with

buyers as (
    {{ recounted_predictions() | indent }}
),

recounted as (
    select
        buyers.person_id,
        '' as segment_value,
        cast({{ days_between('as_of.as_of_on', 'buyers.expected_next_order_on') }} as decimal(18, 4))
            as evidence,
        buyers.last_ordered_at as evidence_at,
        buyers.expected_next_order_on as expires_on
    from buyers
    cross join {{ ref('as_of') }} as as_of
    where
        buyers.expected_next_order_on > as_of.as_of_on
        and buyers.expected_next_order_on <= {{ add_days('as_of.as_of_on', setting('due_days')) }}
)

{{ members_that_differ(ref('due_to_reorder')) }}
