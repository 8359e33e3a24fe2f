{#- What the predictive segments read, a second time: purchases and money from the orders. -#}

{% macro recounted_predictions() -%}
    {#-
    Every contact with a prediction, with what its orders say.

    Returns: SQL query: the columns of int_person_predictions, purchases, last_ordered_at (UTC),
    last_year_amount (net revenue of the last 12 months) and stage (on the as-of date).
    -#}
    with

    bought as (
        select
            orders.person_id,
            count(distinct orders.ordered_on) as purchases,
            max(orders.ordered_at) as last_ordered_at,
            sum(
                case
                    when orders.ordered_on >= as_of.last_12_months_from
                        then orders.net_revenue_amount
                    else 0
                end
            ) as last_year_amount
        from {{ ref('orders') }} as orders
        cross join {{ ref('as_of') }} as as_of
        where orders.is_valid
        group by orders.person_id
    )

    select
        predictions.*,
        bought.purchases,
        bought.last_ordered_at,
        bought.last_year_amount,
        people.stage
    from {{ ref('int_person_predictions') }} as predictions
    inner join bought on predictions.person_id = bought.person_id
    inner join {{ ref('people') }} as people on predictions.person_id = people.person_id
    where predictions.p_alive is not null
{%- endmacro %}


{% macro recounted_share(buyers, number, share) -%}
    {#-
    The greatest of some buyers: as many as a share of them, rounded up.

    Arguments: buyers (CTE with person_id and the number), number (its column; who has none is not
    counted), share (of 1, a setting).
    Returns: SQL query with the columns of `buyers`.
    -#}
    select ranked.*
    from (
        select
            {{ buyers }}.*,
            rank() over (order by {{ number }} desc, {{ byte_order('person_id') }}) as place,
            count(*) over () as places
        from {{ buyers }}
        where {{ number }} is not null
    ) as ranked
    where (place - 1) * 1000000 < places * {{ millionths(share) }}
{%- endmacro %}
