{#- What the recounts of products share: which go together, what they make of a contact, what is proposed. -#}

{% macro recounted_pairs(days, key) -%}
    {#-
    Pairs by whether a day of the second lies at most so many days after any day of the first.

    Arguments: days (CTE with person_id, ordered_on and the key), key (column, product_id or category).
    Returns: SQL query with the columns of `product_affinities` or `category_affinities`.
    -#}
    select
        {{ key }},
        other_{{ key }},
        affinity_rank,
        buyers,
        other_buyers,
        buyers_of_both,
        buyers - buyers_of_both as buyers_without_other,
        all_buyers,
        {{ recounted_ratio('buyers_of_both', 'buyers') }} as confidence,
        {{ recounted_ratio('buyers_of_both * all_buyers', '(buyers * other_buyers)') }} as lift
    from (
        select
            pairs.{{ key }},
            pairs.other_{{ key }},
            bought.buyers,
            other_side.buyers as other_buyers,
            pairs.buyers_of_both,
            everybody.buyers as all_buyers,
            row_number() over (
                partition by pairs.{{ key }}
                order by pairs.buyers_of_both desc, other_side.buyers, {{ byte_order('pairs.other_' ~ key) }}
            ) as affinity_rank
        from (
            select
                earlier.{{ key }},
                later.{{ key }} as other_{{ key }},
                {{ wide('count(distinct earlier.person_id)') }} as buyers_of_both
            from {{ days }} as earlier
            inner join {{ days }} as later
                on
                    earlier.person_id = later.person_id
                    and earlier.{{ key }} <> later.{{ key }}
                    and later.ordered_on between earlier.ordered_on
                    and {{ add_days('earlier.ordered_on', setting('affinity_days')) }}
            group by
                earlier.{{ key }},
                later.{{ key }}
            having count(distinct earlier.person_id) >= {{ setting('affinity_min_buyers') }}
        ) as pairs
        {%- for side, column in {'bought': key, 'other_side': 'other_' ~ key}.items() %}
        inner join (
            select
                {{ key }},
                {{ wide('count(distinct person_id)') }} as buyers
            from {{ days }}
            group by {{ key }}
        ) as {{ side }} on pairs.{{ column }} = {{ side }}.{{ key }}
        {%- endfor %}
        cross join (
            select {{ wide('count(distinct person_id)') }} as buyers
            from {{ days }}
            where {{ key }} is not null
        ) as everybody
        where pairs.buyers_of_both * everybody.buyers > bought.buyers * other_side.buyers
    ) as ranked
    where affinity_rank <= {{ setting('affinity_top') }}
{%- endmacro %}


{% macro recounted_scores(reasons, pairs) -%}
    {#-
    What products are worth to a contact by those that it has to do with, and which of these adds most. A pair counts
    with its lift, as shown.

    Arguments: reasons (CTE with person_id, product_id, weight (millionths)), pairs (relation or CTE as
    `product_affinities`).
    Returns: SQL query with person_id, product_id, because_of, score (ten-thousandths of millionths).
    -#}
    select
        person_id,
        product_id,
        because_of,
        score
    from (
        select
            person_id,
            product_id,
            because_of,
            sum(part) over (partition by person_id, product_id) as score,
            row_number() over (
                partition by person_id, product_id
                order by part desc, {{ byte_order('because_of') }}
            ) as place
        from (
            select
                reasons.person_id,
                lifts.other_product_id as product_id,
                reasons.product_id as because_of,
                sum(reasons.weight * lifts.lift) as part
            from {{ reasons }} as reasons
            inner join (
                select
                    product_id,
                    other_product_id,
                    {{ in_units('lift', 10000) }} as lift
                from {{ pairs }}
            ) as lifts on reasons.product_id = lifts.product_id
            group by
                reasons.person_id,
                lifts.other_product_id,
                reasons.product_id
        ) as parts
    ) as placed
    where place = 1
{%- endmacro %}


{% macro recounted_proposals() -%}
    {#-
    Who is proposed what: products with a score, then best-sellers of a category, then the shop's. Of best-sellers only
    so many are tried as could be taken before the last place is filled.

    Reads the CTEs requests (method, person_id, category), scored (method, person_id, product_id, because_of, score),
    offered (product_id, category), kept_away (person_id, product_id) and sold (person_id, product_id; distinct).
    Returns: SQL query with method, person_id, product_id, because_of, score, recommendation_rank.
    -#}
    select
        method,
        person_id,
        product_id,
        because_of,
        score,
        recommendation_rank
    from (
        select
            method,
            person_id,
            product_id,
            because_of,
            score,
            row_number() over (
                partition by method, person_id
                order by shelf, merit desc, {{ byte_order('product_id') }}
            ) as recommendation_rank
        from (
            select
                tried.method,
                tried.person_id,
                tried.product_id,
                tried.because_of,
                tried.score,
                tried.merit,
                tried.shelf,
                min(tried.shelf) over (
                    partition by tried.method, tried.person_id, tried.product_id
                ) as first_shelf
            from (
                select
                    scored.method,
                    scored.person_id,
                    scored.product_id,
                    scored.because_of,
                    scored.score,
                    scored.score as merit,
                    1 as shelf
                from scored
                inner join offered on scored.product_id = offered.product_id
                {%- for shelf, place in {2: 'category_place', 3: 'shop_place'}.items() %}
                union all
                select
                    needs.method,
                    needs.person_id,
                    best_sellers.product_id,
                    'bestseller' as because_of,
                    cast(null as decimal(38, 0)) as score,
                    {{ wide('best_sellers.buyers') }} as merit,
                    {{ shelf }} as shelf
                from (
                    select
                        requests.method,
                        requests.person_id,
                        requests.category,
                        {{ setting('recommendations') }} + count(taken.person_id) as places
                    from requests
                    left join (
                        select
                            method,
                            person_id
                        from scored
                        union all
                        select
                            cast(null as {{ dbt.type_string() }}) as method,
                            person_id
                        from kept_away
                    ) as taken
                        on
                            requests.person_id = taken.person_id
                            and requests.method = coalesce(taken.method, requests.method)
                    group by
                        requests.method,
                        requests.person_id,
                        requests.category
                ) as needs
                inner join (
                    select
                        offered.product_id,
                        offered.category,
                        count(*) as buyers,
                        row_number() over (
                            partition by offered.category
                            order by count(*) desc, {{ byte_order('offered.product_id') }}
                        ) as category_place,
                        row_number() over (
                            order by count(*) desc, {{ byte_order('offered.product_id') }}
                        ) as shop_place
                    from sold
                    inner join offered on sold.product_id = offered.product_id
                    group by
                        offered.product_id,
                        offered.category
                ) as best_sellers
                    on
                        best_sellers.{{ place }} <= needs.places
                        {%- if shelf == 2 %}
                        and needs.category = best_sellers.category
                        {%- endif %}
                {%- endfor %}
            ) as tried
            left join kept_away
                on
                    tried.person_id = kept_away.person_id
                    and tried.product_id = kept_away.product_id
            where kept_away.product_id is null
        ) as shelved
        where shelf = first_shelf
    ) as ranked
    where recommendation_rank <= {{ setting('recommendations') }}
{%- endmacro %}
