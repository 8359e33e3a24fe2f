{{ config(tags=['proof']) }}
{%- set unproposed = setting('unproposed_categories') %}

-- What goes with what the contact bought or saw, then what sells best.
with

sold as (
    select distinct
        bought.person_id,
        bought.product_id
    from {{ ref('proof_bought') }} as bought
    inner join {{ ref('as_of') }} as as_of
        on bought.ordered_on > {{ add_months('as_of.as_of_on', -setting('recommend_months')) }}
),

kept_away as (
    select distinct
        person_id,
        product_id
    from {{ ref('proof_bought') }}
    where days_ago < {{ setting('recommend_again_days') }}
),

reasons as (
    select
        person_id,
        product_id,
        {{ wide(millionths(1)) }} as weight
    from sold
    union all
    select distinct
        person_id,
        product_id,
        {{ wide(millionths(setting('recommend_view_weight'))) }} as weight
    from {{ ref('proof_events') }}
    where
        event_name = 'page_view'
        and page_type = 'product'
        and product_id is not null
        and days_ago < {{ setting('recent_view_days') }}
),

requests as (
    select
        'affinities' as method,
        person_id,
        favorite_category as category
    from {{ ref('people') }}
    where is_contact
),

scores as (
    {{ recounted_scores('reasons', ref('product_affinities')) }}
),

scored as (
    select
        requests.method,
        scores.person_id,
        scores.product_id,
        scores.because_of,
        scores.score
    from scores
    inner join requests on scores.person_id = requests.person_id
),

offered as (
    select
        product_id,
        category
    from {{ ref('stg_shop__products') }}
    where
        coalesce(stock_quantity > 0, true)
        and not coalesce(category in ({{ sql_texts(unproposed + ['']) }}), false)
),

proposals as (
    {{ recounted_proposals() }}
),

-- a score shows ten-thousandths, and the weights are millionths here
recounted as (
    select
        person_id,
        recommendation_rank,
        product_id,
        score + 500000 - mod(score + 500000, 1000000) as score,
        because_of
    from proposals
),

built as (
    select
        person_id,
        recommendation_rank,
        product_id,
        {{ wide('score * 10000') }} * 1000000 as score,
        because_of
    from {{ ref('person_recommendations') }}
)

{{ rows_that_differ('built', 'recounted', [
    'person_id', 'recommendation_rank', 'product_id', 'score', 'because_of'
]) }}
