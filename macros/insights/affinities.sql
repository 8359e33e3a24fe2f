{% macro affinities(item, is_number=false) -%}
    {#-
    Which items are bought with or soon after which others, more often than chance would have it, on the as-of date and
    recommend_test_days before it. Days that one contact bought an item on, with no gap longer than affinity_days, make a
    run: where the runs of two items meet, so do two of their days. So a contact with thousands of orders costs no more
    than the products bought, and each pair of items is met once, for both directions and days.

    Arguments: item (column of `int_person_product_days`), is_number (whether it is one, and no text).
    Returns: SQL query with the columns days_ago, item, other_item, affinity_rank, buyers, other_buyers,
    buyers_of_both, all_buyers, confidence and lift.
    -#}
    {%- set days, least_buyers = setting('affinity_days'), setting('affinity_min_buyers') -%}
    {%- set known = {'now': 0, 'then': setting('recommend_test_days')} -%}
    {%- set follows = [
        ('forth_now', 'runs', 'others', 'last_on'), ('back_now', 'others', 'runs', 'last_on'),
        ('forth_then', 'runs', 'others', 'last_then_on'), ('back_then', 'others', 'runs', 'last_then_on'),
    ] -%}
    with

    bought as (
        select distinct
            product_days.person_number,
            product_days.{{ item }} as item,
            product_days.ordered_on,
            product_days.ordered_on
            <= {{ add_days('as_of.as_of_on', -setting('recommend_test_days')) }} as is_then
        from {{ ref('int_person_product_days') }} as product_days
        cross join {{ ref('as_of') }} as as_of
        where product_days.{{ item }} is not null
    ),

    everybody as (
        select
            count(distinct person_number) as buyers_now,
            count(distinct case when is_then then person_number end) as buyers_then
        from bought
    ),

    items as (
        select
            item,
            count(distinct person_number) as buyers_now,
            count(distinct case when is_then then person_number end) as buyers_then
        from bought
        group by item
        having count(distinct person_number) >= {{ least_buyers }}
    ),

    begun as (
        select
            bought.person_number,
            bought.item,
            bought.ordered_on,
            bought.is_then,
            case
                when
                    {{ add_days('lag(bought.ordered_on) over item_days', days) }} >= bought.ordered_on
                    then 0
                else 1
            end as begins
        from bought
        inner join items on bought.item = items.item
        window
            item_days as (
                partition by bought.person_number, bought.item order by bought.ordered_on
            )
    ),

    numbered as (
        select
            person_number,
            item,
            ordered_on,
            is_then,
            sum(begins) over (partition by person_number, item order by ordered_on) as run_number,
            sum(begins) over (partition by person_number, item) as run_count
        from begun
    ),

    runs as (
        select
            person_number,
            item,
            run_count = 1 as is_only,
            min(ordered_on) as first_on,
            max(ordered_on) as last_on,
            max(case when is_then then ordered_on end) as last_then_on
        from numbered
        group by
            person_number,
            item,
            run_number,
            run_count
    ),

    met as {{ inline_cte() }} (
        select
            runs.person_number,
            runs.item,
            others.item as other_item,
            runs.is_only,
            others.is_only as is_other_only,
            {%- for name, first, second, last_on in follows %}
            case
                when
                    {{ first }}.first_on <= {{ second }}.{{ last_on }}
                    and {{ second }}.first_on <= {{ add_days(first ~ '.' ~ last_on, days) }}
                    then 1
                else 0
            end as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from runs
        inner join runs as others
            on
                runs.person_number = others.person_number
                and runs.item < others.item
                and runs.first_on <= {{ add_days('others.last_on', days) }}
                and others.first_on <= {{ add_days('runs.last_on', days) }}
    ),

    -- in two parts, each with a condition on a single side, so that the engine joins the few and not all once more
    met_repeatedly as {{ inline_cte() }} (
        select *
        from met
        where not is_only
        union all
        select *
        from met
        where
            is_only
            and not is_other_only
    ),

    -- who has several runs of an item counts once all the same
    met_again as (
        select
            person_number,
            item,
            other_item,
            {%- for name, _, _, _ in follows %}
            max({{ name }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from met_repeatedly
        group by
            person_number,
            item,
            other_item
    ),

    parts as (
        {%- for source in ['met', 'met_again'] %}
        select
            item,
            other_item,
            {%- for name, _, _, _ in follows %}
            sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ source }}
        {%- if source == 'met' %}
        where
            is_only
            and is_other_only
        {%- endif %}
        group by
            item,
            other_item
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    counted as (
        {%- for name, _, _, _ in follows %}
        select
            {{ known[name.split('_')[1]] }} as days_ago,
            {{ 'item' if name.startswith('forth') else 'other_item' }} as item,
            {{ 'other_item' if name.startswith('forth') else 'item' }} as other_item,
            cast(sum({{ name }}) as bigint) as buyers_of_both
        from parts
        group by
            item,
            other_item
        having sum({{ name }}) >= {{ least_buyers }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    sized as (
        select
            counted.days_ago,
            counted.item,
            counted.other_item,
            counted.buyers_of_both,
            case when counted.days_ago = 0 then items.buyers_now else items.buyers_then end
                as buyers,
            case when counted.days_ago = 0 then others.buyers_now else others.buyers_then end
                as other_buyers,
            case when counted.days_ago = 0 then everybody.buyers_now else everybody.buyers_then end
                as all_buyers
        from counted
        inner join items on counted.item = items.item
        inner join items as others on counted.other_item = others.item
        cross join everybody
    ),

    ranked as (
        select
            sized.*,
            row_number() over (
                partition by days_ago, item
                order by
                    buyers_of_both desc,
                    other_buyers,
                    {{ 'other_item' if is_number else byte_order('other_item') }}
            ) as affinity_rank
        from sized
        where buyers_of_both * all_buyers > buyers * other_buyers
    )

    select
        days_ago,
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
