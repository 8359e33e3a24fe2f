-- Who is to be proposed something, and what category is known of them: on the as-of date every
-- contact; on the day of the backtest whoever had bought before and did so again, once per method.
{%- set test_days = setting('recommend_test_days') %}
with

product_days as (
    select
        product_days.*,
        product_days.ordered_on <= {{ add_days('as_of.as_of_on', -test_days) }} as is_before
    from {{ ref('int_person_product_days') }} as product_days
    cross join {{ ref('as_of') }} as as_of
),

tested as (
    select person_id
    from product_days
    group by person_id
    having
        count(*) filter (where is_before) > 0
        and count(*) filter (where not is_before) > 0
),

categories as (
    select
        product_days.person_id,
        product_days.category,
        sum(product_days.units) as units,
        max(product_days.last_ordered_at) as last_ordered_at
    from product_days
    inner join tested on product_days.person_id = tested.person_id
    where
        product_days.is_before
        and product_days.category is not null
    group by
        product_days.person_id,
        product_days.category
),

ranked as (
    select
        person_id,
        category,
        row_number() over (
            partition by person_id
            order by units desc, last_ordered_at desc, {{ byte_order('category') }}
        ) as favorite_rank,
        row_number() over (
            partition by person_id
            order by last_ordered_at desc, {{ byte_order('category') }}
        ) as last_rank
    from categories
)

select
    0 as days_ago,
    'affinities' as method,
    person_id,
    favorite_category as category
from {{ ref('int_person_features') }}
where is_contact
union all
select
    {{ test_days }} as days_ago,
    'affinities' as method,
    tested.person_id,
    ranked.category
from tested
left join ranked
    on
        tested.person_id = ranked.person_id
        and ranked.favorite_rank = 1
union all
select
    {{ test_days }} as days_ago,
    'last_category' as method,
    tested.person_id,
    ranked.category
from tested
left join ranked
    on
        tested.person_id = ranked.person_id
        and ranked.last_rank = 1
union all
select
    {{ test_days }} as days_ago,
    'best_sellers' as method,
    person_id,
    cast(null as {{ dbt.type_string() }}) as category
from tested
