-- And none where it is not.
select
    predictions.person_id,
    predictions.order_probability_365_days,
    predictions.expected_next_order_on
from {{ ref('person_predictions') }} as predictions
cross join {{ ref('as_of') }} as as_of
where
    predictions.expected_next_order_on <= as_of.as_of_on
    or (predictions.expected_next_order_on is not null)
    <> (
        coalesce(predictions.order_probability_365_days, 0)
        >= {{ setting('next_order_min_probability') }}
    )
