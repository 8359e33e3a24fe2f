{#- long: three methods measured alike, side by side -#}
{{ config(enabled=var('backtest')) }}
{%- set days = setting('backtest_days') -%}
{%- set exact_sum = "cast(sum(cast(%s as decimal(38, 12))) as " ~ double_type() ~ ")" -%}
with

cut_off as (
    select
        {{ add_days('as_of_on', -days) }} as as_of_on,
        as_of_on as until_on
    from {{ ref('as_of') }}
),

actual as (
    select
        purchases.person_id,
        count(*) as orders,
        sum(purchases.net_revenue_amount) as value_amount
    from {{ ref('int_purchases') }} as purchases
    cross join cut_off
    where purchases.purchased_on > cut_off.as_of_on
    group by purchases.person_id
),

-- the shop's mean gap on that day
shop as (
    select {{ as_double('sum(recency_days)') }} / nullif(sum(repeat_purchases), 0) as mean_gap_days
    from {{ ref('int_person_histories') }}
    where days_ago = {{ days }}
),

people as (
    select
        histories.person_id,
        histories.tenure_days - histories.recency_days as days_since_last_order,
        (histories.recency_days + {{ setting('interval_prior_weight') }} * shop.mean_gap_days)
        / nullif(histories.repeat_purchases + {{ setting('interval_prior_weight') }}, 0)
            as expected_gap_days,
        {{ as_double('histories.repeat_purchases') }} / greatest(histories.tenure_days, 1)
            as purchases_per_day,
        {{ as_double('histories.net_revenue_amount') }} / (histories.repeat_purchases + 1)
            as mean_purchase_amount,
        predictions.order_probability_{{ days }}_days as order_probability,
        predictions.expected_orders_{{ days }}_days as expected_orders,
        predictions.expected_orders_{{ days }}_days * predictions.expected_order_value
        * predictions.kept_share
            as predicted_value,
        coalesce(actual.orders, 0) as actual_orders,
        coalesce(actual.value_amount, 0) as actual_value_amount,
        case when actual.orders > 0 then 1 else 0 end as actual_buyer
    from {{ ref('int_person_histories') }} as histories
    inner join {{ ref('int_mean_predictions') }} as predictions
        on
            histories.days_ago = predictions.days_ago
            and histories.person_id = predictions.person_id
    cross join shop
    left join actual on histories.person_id = actual.person_id
    where histories.days_ago = {{ days }}
),

-- customers who are not inactive go on as before
ruled as (
    select
        people.*,
        case
            when days_since_last_order < {{ setting('inactive_multiplier') }} * expected_gap_days
                then {{ days }} * purchases_per_day
            else 0
        end as orders_by_rule
    from people
),

scores as (
    select
        'model' as method,
        person_id,
        order_probability as score,
        expected_orders as predicted_orders,
        order_probability as predicted_buyer,
        predicted_value,
        actual_orders,
        actual_buyer,
        actual_value_amount
    from ruled
    where order_probability is not null
    union all
    select
        'gap_rule' as method,
        person_id,
        -days_since_last_order / greatest(expected_gap_days, 1) as score,
        orders_by_rule as predicted_orders,
        1 - exp(-orders_by_rule) as predicted_buyer,
        orders_by_rule * mean_purchase_amount as predicted_value,
        actual_orders,
        actual_buyer,
        actual_value_amount
    from ruled
    where expected_gap_days is not null
    union all
    select
        'recency' as method,
        person_id,
        {{ as_double('-days_since_last_order') }} as score,
        cast(null as {{ double_type() }}) as predicted_orders,
        cast(null as {{ double_type() }}) as predicted_buyer,
        cast(null as {{ double_type() }}) as predicted_value,
        actual_orders,
        actual_buyer,
        actual_value_amount
    from ruled
),

ranked as (
    select
        scores.*,
        row_number() over (
            partition by method
            order by score desc, {{ byte_order('person_id') }}
        ) as number_by_score,
        count(*) over (partition by method) as customers,
        -- equal scores share the middle of their places
        rank() over (partition by method order by score)
        + (count(*) over (partition by method, score) - 1) / 2.0 as place
    from scores
),

both_grains as (
    select
        0 as decile,
        ranked.method,
        ranked.predicted_orders,
        ranked.predicted_buyer,
        ranked.predicted_value,
        ranked.actual_orders,
        ranked.actual_buyer,
        ranked.actual_value_amount,
        ranked.place
    from ranked
    union all
    select
        {{ ceiling_of_ratio('10 * number_by_score', 'customers') }} as decile,
        method,
        predicted_orders,
        predicted_buyer,
        predicted_value,
        actual_orders,
        actual_buyer,
        actual_value_amount,
        place
    from ranked
),

measured as (
    select
        method,
        decile,
        count(*) as customers,
        {{ exact_sum | replace('%s', 'predicted_orders') }} as predicted_orders,
        sum(actual_orders) as actual_orders,
        {{ exact_sum | replace('%s', 'predicted_buyer') }} as predicted_buyers,
        sum(actual_buyer) as actual_buyers,
        {{ exact_sum | replace('%s', 'predicted_value') }} as predicted_value,
        sum(actual_value_amount) as actual_value_amount,
        {{ exact_sum | replace('%s', 'place * actual_buyer') }} as places_of_buyers
    from both_grains
    group by
        method,
        decile
),

whole as (
    select
        method,
        {{ as_double('actual_buyers') }} / customers as buyer_rate
    from measured
    where decile = 0
)

select
    measured.method,
    cast(measured.decile as integer) as decile,
    cut_off.as_of_on,
    cut_off.until_on,
    cast(measured.customers as integer) as customers,
    measured.predicted_orders,
    cast(measured.actual_orders as integer) as actual_orders,
    measured.predicted_buyers,
    cast(measured.actual_buyers as integer) as actual_buyers,
    measured.predicted_value,
    cast(measured.actual_value_amount as decimal(38, 4)) as actual_value_amount,
    {{ as_double('measured.actual_buyers') }} / measured.customers as buyer_rate,
    {{ as_double('measured.actual_buyers') }} / measured.customers / nullif(whole.buyer_rate, 0)
        as lift,
    case
        when measured.decile = 0
            then
                (
                    measured.places_of_buyers
                    - {{ as_double('measured.actual_buyers') }} * (measured.actual_buyers + 1) / 2
                )
                / nullif(
                    {{ as_double('measured.actual_buyers') }}
                    * (measured.customers - measured.actual_buyers),
                    0
                )
    end as auc
from measured
inner join whole on measured.method = whole.method
cross join cut_off
