-- long: the same question for two days and three methods
-- Who is to be proposed something, and what category is known of them: on the as-of date every
-- contact; on the day of the backtest whoever had bought before and did so again, once per method.
{%- set test_days = setting('recommend_test_days') %}
with

product_days as (
    select
        product_days.person_number,
        product_days.category,
        product_days.units,
        product_days.last_ordered_at,
        product_days.ordered_on <= {{ add_days('as_of.as_of_on', -test_days) }} as is_before
    from {{ ref('int_person_product_days') }} as product_days
    cross join {{ ref('as_of') }} as as_of
),

tested as (
    select person_number
    from product_days
    group by person_number
    having
        count(*) filter (where is_before) > 0
        and count(*) filter (where not is_before) > 0
),

categories as (
    select
        product_days.person_number,
        product_days.category,
        sum(product_days.units) as units,
        max(product_days.last_ordered_at) as last_ordered_at
    from product_days
    inner join tested on product_days.person_number = tested.person_number
    where
        product_days.is_before
        and product_days.category is not null
    group by
        product_days.person_number,
        product_days.category
),

ranked as (
    select
        person_number,
        category,
        row_number() over (
            partition by person_number
            order by units desc, last_ordered_at desc, {{ byte_order('category') }}
        ) as favorite_rank,
        row_number() over (
            partition by person_number
            order by last_ordered_at desc, {{ byte_order('category') }}
        ) as last_rank
    from categories
),

requests as (
    select
        0 as days_ago,
        'affinities' as method,
        contacts.person_number,
        features.favorite_category as category
    from {{ ref('int_numbered_contacts') }} as contacts
    inner join {{ ref('int_person_features') }} as features
        on contacts.person_id = features.person_id
    union all
    select
        {{ test_days }} as days_ago,
        'affinities' as method,
        tested.person_number,
        ranked.category
    from tested
    left join ranked
        on
            tested.person_number = ranked.person_number
            and ranked.favorite_rank = 1
    union all
    select
        {{ test_days }} as days_ago,
        'last_category' as method,
        tested.person_number,
        ranked.category
    from tested
    left join ranked
        on
            tested.person_number = ranked.person_number
            and ranked.last_rank = 1
    union all
    select
        {{ test_days }} as days_ago,
        'best_sellers' as method,
        person_number,
        cast(null as {{ dbt.type_string() }}) as category
    from tested
)

select
    cast(row_number() over (order by days_ago, method, person_number) as integer)
        as request_number,
    days_ago,
    method,
    person_number,
    category
from requests
