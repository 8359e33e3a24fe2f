{{ config(tags=['proof']) }}

-- What is expected of each contact once, whatever its values, each number to a millionth.
{%- set sum_of = 'cast(sum(cast(predictions.{} as decimal(38, 6))) as ' ~ double_type() ~ ')' %}
with

recounted as (
    select
        members.segment,
        count(*) as buyers,
        {{ sum_of.format('expected_orders_365_days') }} as predicted_orders,
        {{ sum_of.format('predicted_value_365_days') }} as predicted_value
    from {{ ref('proof_members') }} as members
    inner join {{ ref('int_person_predictions') }} as predictions
        on members.person_id = predictions.person_id
    where predictions.expected_orders_365_days is not null
    group by members.segment
)

{{ rows_that_differ(ref('segment_expectations'), 'recounted', [
    'segment', 'buyers', 'predicted_orders', 'predicted_value'
]) }}
