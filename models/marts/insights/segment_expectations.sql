with

sets as (
    select
        person_segments.segments,
        count(*) as buyers,
        -- decimals add up to the same in any order
        sum(cast(predictions.expected_orders_365_days as decimal(38, 6))) as predicted_orders,
        sum(cast(predictions.predicted_value_365_days as decimal(38, 6))) as predicted_value
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
    cast(sum(predicted_orders) as {{ double_type() }}) as predicted_orders,
    cast(sum(predicted_value) as {{ double_type() }}) as predicted_value
from listed
group by segment
