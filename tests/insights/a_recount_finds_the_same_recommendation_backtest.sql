{{ config(tags=['proof']) }}
{%- set unproposed = setting('unproposed_categories') %}

-- long: three ways to propose what was bought later, from what had been bought by then
{%- set days = setting('recommend_test_days') %}
with

then_day as (
    select
        as_of_on,
        {{ add_days('as_of_on', -days) }} as then_on
    from {{ ref('as_of') }}
),

bought as (
    select
        person_id,
        ordered_on,
        days_ago,
        product_id,
        category
    from {{ ref('proof_bought') }}
    where days_ago >= {{ days }}
),

bought_later as (
    select distinct
        person_id,
        product_id
    from {{ ref('proof_bought') }}
    where days_ago < {{ days }}
),

buyers as (
    select distinct bought.person_id
    from bought
    inner join bought_later on bought.person_id = bought_later.person_id
),

sold as (
    select distinct
        bought.person_id,
        bought.product_id
    from bought
    inner join then_day
        on bought.ordered_on > {{ add_months('then_day.then_on', -setting('recommend_months')) }}
),

kept_away as (
    select distinct
        bought.person_id,
        bought.product_id
    from bought
    inner join buyers on bought.person_id = buyers.person_id
    where bought.days_ago < {{ days + setting('recommend_again_days') }}
),

-- units by category of each contact
categories as (
    select
        orders.person_id,
        products.category,
        sum(order_lines.quantity) as units,
        max(orders.ordered_at) as last_ordered_at
    from {{ ref('proof_orders') }} as orders
    inner join {{ ref('order_lines') }} as order_lines on orders.order_id = order_lines.order_id
    inner join {{ ref('stg_shop__products') }} as products
        on order_lines.product_id = products.product_id
    where
        orders.days_ago >= {{ days }}
        and order_lines.quantity > 0
        and products.category is not null
    group by
        orders.person_id,
        products.category
),

placed as (
    select
        person_id,
        category,
        row_number() over (
            partition by person_id
            order by units desc, last_ordered_at desc, {{ byte_order('category') }}
        ) as favorite_place,
        row_number() over (
            partition by person_id
            order by last_ordered_at desc, {{ byte_order('category') }}
        ) as last_place,
        0 as no_place
    from categories
),

requests as (
    {% for method, place in {
        'affinities': 'favorite_place', 'last_category': 'last_place', 'best_sellers': 'no_place'
    }.items() -%}
    select
        '{{ method }}' as method,
        buyers.person_id,
        placed.category
    from buyers
    left join placed
        on
            buyers.person_id = placed.person_id
            and placed.{{ place }} = 1
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

reasons as (
    select
        sold.person_id,
        sold.product_id,
        {{ wide(millionths(1)) }} as weight
    from sold
    inner join buyers on sold.person_id = buyers.person_id
),

pairs as (
    {{ recounted_pairs('bought', 'product_id') }}
),

scored as (
    select
        'affinities' as method,
        scores.person_id,
        scores.product_id,
        scores.because_of,
        scores.score
    from (
        {{ recounted_scores('reasons', 'pairs') }}
    ) as scores
),

offered as (
    select
        product_id,
        category
    from {{ ref('stg_shop__products') }}
    where not coalesce(category in ({{ sql_texts(unproposed + ['']) }}), false)
),

proposals as (
    {{ recounted_proposals() }}
),

hits as (
    select
        proposals.method,
        count(distinct proposals.product_id) as recommended_products,
        count(distinct bought_later.person_id) as buyers_hit
    from proposals
    left join bought_later
        on
            proposals.person_id = bought_later.person_id
            and proposals.product_id = bought_later.product_id
    group by proposals.method
),

methods as (
    select 'affinities' as method
    union all
    select 'best_sellers' as method
    union all
    select 'last_category' as method
),

counted_buyers as (
    select {{ wide('count(*)') }} as buyers
    from buyers
),

counted_products as (
    select {{ wide('count(*)') }} as all_products
    from offered
),

recounted as (
    select
        methods.method,
        then_day.then_on as as_of_on,
        then_day.as_of_on as until_on,
        counted_buyers.buyers,
        {{ wide('coalesce(hits.buyers_hit, 0)') }} as buyers_hit,
        {{ wide('coalesce(hits.recommended_products, 0)') }} as recommended_products,
        counted_products.all_products
    from then_day
    cross join methods
    cross join counted_buyers
    cross join counted_products
    left join hits on methods.method = hits.method
),

judged as (
    select
        method,
        as_of_on,
        until_on,
        buyers,
        buyers_hit,
        {{ recounted_ratio('buyers_hit', 'nullif(buyers, 0)') }} as hit_rate,
        recommended_products,
        all_products,
        {{ recounted_ratio('recommended_products', 'nullif(all_products, 0)') }} as coverage
    from recounted
)

{{ rows_that_differ(ref('recommendation_backtest'), 'judged', [
    'method', 'as_of_on', 'until_on', 'buyers', 'buyers_hit', 'hit_rate', 'recommended_products',
    'all_products', 'coverage'
]) }}
