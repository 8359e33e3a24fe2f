{#- The contacts with a prediction, with what else the rules of predictions read, for the tests. -#}

{% macro recounted_predictions() -%}
    {#-
    What is predicted of each contact, beside what its own orders and its stage say.

    Returns: SQL query: person_id, last_ordered_at (UTC), purchases, net_revenue (of the last 12
    months), stage, and the predictions, of which each is null where its model is not fitted.
    -#}
    select
        buyers.person_id,
        buyers.last_ordered_at,
        buyers.purchases,
        buyers.net_revenue,
        spans.stage,
        predictions.p_alive,
        predictions.churn_probability,
        predictions.expected_orders_365_days,
        predictions.order_probability_30_days,
        predictions.order_probability_90_days,
        predictions.predicted_value_365_days,
        predictions.expected_next_order_on
    from {{ ref('int_person_predictions') }} as predictions
    inner join (
        select
            orders.person_id,
            max(orders.ordered_at) as last_ordered_at,
            count(distinct orders.ordered_on) as purchases,
            sum(case when days.leaves_on is null then 0 else orders.net_revenue_amount end)
                as net_revenue
        from {{ ref('orders') }} as orders
        left join (
            {{ recounted_days_of(12, 'months') | indent(12) }}
        ) as days on orders.ordered_on = days.counted_on
        where
            orders.is_valid
            and orders.person_id is not null
        group by orders.person_id
    ) as buyers on predictions.person_id = buyers.person_id
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('lifecycle_history') }} as spans
        on
            predictions.person_id = spans.person_id
            and as_of.as_of_on >= spans.valid_from
            and as_of.as_of_on < coalesce(spans.valid_to, {{ add_days('as_of.as_of_on', 1) }})
{%- endmacro %}


{% macro recounted_best(group, prediction, share) -%}
    {#-
    The best of a group by a prediction: whoever has more than the last number that gets in, and of
    those with just that number the first by name until the share is full.

    Arguments: group (CTE with the columns of `recounted_predictions`), prediction (one of them, a
    floating number; who has none is no part of the group), share (a setting, above 0 to 1).
    Returns: SQL query with the columns of a segment table; evidence is the prediction.
    -#}
    with

    numbers as (
        select
            {{ prediction }} as predicted,
            count(*) as persons
        from {{ group }}
        where {{ prediction }} is not null
        group by {{ prediction }}
    ),

    compared as (
        select
            predicted,
            sum(persons) over (order by predicted desc) - persons as better,
            sum(persons) over () as persons
        from numbers
    ),

    tied as (
        select
            person_id,
            last_ordered_at,
            {{ prediction }} as predicted,
            count(*) over (
                partition by {{ prediction }}
                order by {{ byte_order('person_id') }}
            ) - 1 as earlier
        from {{ group }}
        where {{ prediction }} is not null
    )

    -- a place is one of the best as long as the places before it are less than the share
    select
        tied.person_id,
        '' as segment_value,
        {{ predicted_evidence('tied.predicted') }} as evidence,
        tied.last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from tied
    inner join compared on tied.predicted = compared.predicted
    where (compared.better + tied.earlier) * 1000000 < compared.persons * {{ millionths(share) }}
{%- endmacro %}


{% macro in_billionths(number) -%}
    {#-
    A predicted value as it is compared with money: how many billionths it is, a whole number.

    Arguments: number (SQL expression, floating number). Returns: SQL expression, decimal(38,0).
    -#}
    {{ in_units('cast(' ~ number ~ ' as decimal(28, 9))', 1000000000) }}
{%- endmacro %}


{% macro floating(number) -%}
    {#- Arguments: number (a setting). Returns: SQL expression, the 64-bit floating number. -#}
    cast({{ number }} as {{ double_type() }})
{%- endmacro %}
