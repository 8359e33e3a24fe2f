with

sets as (
    select
        person_segments.segments,
        count(*) as buyers,
        sum(predictions.expected_orders_365_days) as predicted_orders,
        sum(predictions.predicted_value_365_days) as predicted_value
    from {{ ref('int_person_predictions') }} as predictions
    inner join {{ ref('person_segments') }} as person_segments
        on predictions.person_id = person_segments.person_id
    where predictions.expected_orders_365_days is not null
    group by person_segments.segments
),

listed as (
    select
        {{ listed('segments') }} as segment,
        buyers,
        predicted_orders,
        predicted_value
    from sets
)

select
    segment,
    cast(sum(buyers) as bigint) as buyers,
    sum(predicted_orders) as predicted_orders,
    sum(predicted_value) as predicted_value
from listed
group by segment
