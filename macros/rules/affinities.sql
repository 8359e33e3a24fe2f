{% macro affinities(item, days_ago=0) -%}
    {#-
    Which items are bought with or soon after which others, more often than chance would have it. Days that one contact
    bought an item on, with no gap longer than affinity_days, make a run: where the runs of two items meet, so do two of
    their days. So a contact with thousands of orders costs no more than the products bought.

    Arguments: item (column of `int_person_product_days`), days_ago (only what was bought so many days before the as-of
    date, or earlier).
    Returns: SQL query with the columns item, other_item, affinity_rank, buyers, other_buyers, buyers_of_both,
    all_buyers, confidence and lift.
    -#}
    {%- set days = setting('affinity_days') -%}
    with

    bought as (
        select distinct
            product_days.person_id,
            product_days.{{ item }} as item,
            product_days.ordered_on
        from {{ ref('int_person_product_days') }} as product_days
        cross join {{ ref('as_of') }} as as_of
        where
            product_days.{{ item }} is not null
            and product_days.ordered_on <= {{ add_days('as_of.as_of_on', -days_ago) }}
    ),

    everybody as (
        select count(distinct person_id) as all_buyers
        from bought
    ),

    items as (
        select
            item,
            count(distinct person_id) as buyers
        from bought
        group by item
        having count(distinct person_id) >= {{ setting('affinity_min_buyers') }}
    ),

    begun as (
        select
            bought.*,
            case
                when {{ add_days('lag(bought.ordered_on) over item_days', days) }} >= bought.ordered_on
                    then 0
                else 1
            end as begins
        from bought
        inner join items on bought.item = items.item
        window
            item_days as (
                partition by bought.person_id, bought.item order by bought.ordered_on
            )
    ),

    numbered as (
        select
            begun.*,
            sum(begins) over (partition by person_id, item order by ordered_on) as run_number
        from begun
    ),

    runs as (
        select
            person_id,
            item,
            min(ordered_on) as first_on,
            max(ordered_on) as last_on
        from numbered
        group by
            person_id,
            item,
            run_number
    ),

    pairs as (
        select distinct
            runs.person_id,
            runs.item,
            others.item as other_item
        from runs
        inner join runs as others
            on
                runs.person_id = others.person_id
                and runs.item <> others.item
                and runs.first_on <= others.last_on
                and others.first_on <= {{ add_days('runs.last_on', days) }}
    ),

    counted as (
        select
            item,
            other_item,
            count(*) as buyers_of_both
        from pairs
        group by
            item,
            other_item
        having count(*) >= {{ setting('affinity_min_buyers') }}
    ),

    ranked as (
        select
            counted.item,
            counted.other_item,
            counted.buyers_of_both,
            items.buyers,
            others.buyers as other_buyers,
            everybody.all_buyers,
            row_number() over (
                partition by counted.item
                order by
                    counted.buyers_of_both desc,
                    others.buyers,
                    {{ byte_order('counted.other_item') }}
            ) as affinity_rank
        from counted
        inner join items on counted.item = items.item
        inner join items as others on counted.other_item = others.item
        cross join everybody
        where counted.buyers_of_both * everybody.all_buyers > items.buyers * others.buyers
    )

    select
        item,
        other_item,
        cast(affinity_rank as integer) as affinity_rank,
        buyers,
        other_buyers,
        buyers_of_both,
        all_buyers,
        {{ rounded_ratio('buyers_of_both', 'buyers') }} as confidence,
        {{ rounded_ratio('buyers_of_both * all_buyers', '(buyers * other_buyers)') }} as lift
    from ranked
    where affinity_rank <= {{ setting('affinity_top') }}
{%- endmacro %}
