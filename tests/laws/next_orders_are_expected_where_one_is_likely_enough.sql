-- The next order has a day exactly where an order within a year is likely enough: one of the days
-- of the year after the as-of date.
select
    predictions.person_id,
    predictions.order_probability_365_days,
    predictions.expected_next_order_on,
    as_of.as_of_on
from {{ ref('person_predictions') }} as predictions
cross join {{ ref('as_of') }} as as_of
where
    case
        when
            predictions.order_probability_365_days
            >= {{ floating(setting('next_order_min_probability')) }}
            then
                predictions.expected_next_order_on > as_of.as_of_on
                and predictions.expected_next_order_on <= {{ add_days('as_of.as_of_on', 365) }}
        else predictions.expected_next_order_on is null
    end is not true
