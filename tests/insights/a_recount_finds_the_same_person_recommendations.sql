{{ config(tags=['proof']) }}

-- long: what goes with what the contact bought or saw, then what sells best
with

bought as (
    select distinct
        bought.person_id,
        bought.product_id,
        bought.category
    from {{ ref('proof_bought') }} as bought
    inner join {{ ref('as_of') }} as as_of
        on bought.ordered_on > {{ add_months('as_of.as_of_on', -setting('recommend_months')) }}
),

reasons as (
    select
        person_id,
        product_id,
        {{ in_units('1', 1000000) }} as weight
    from bought
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

-- in hundred-millionths; a root only proposes, and what is beyond decides
pairs as (
    select
        product_id,
        other_product_id,
        {{ wide('other_buyers') }} as popularity,
        {{ wide('confidence * 10000') }} * {{ wide('lift * 10000') }} as units,
        {{ wide(
            'floor(cast(confidence * 10000 as ' ~ double_type() ~ ') * cast(lift * 10000 as '
            ~ double_type() ~ ') / sqrt(cast(other_buyers as ' ~ double_type() ~ ')))'
        ) }} as floored
    from {{ ref('product_affinities') }}
),

strengths as (
    select
        product_id,
        other_product_id,
        floored + case
            when (2 * floored + 1) * (2 * floored + 1) * popularity <= 4 * units * units then 1
            else 0
        end as strength
    from pairs
),

-- what may be proposed at all
offered as (
    select
        product_id,
        category
    from {{ ref('stg_shop__products') }}
    where coalesce(stock_quantity > 0, true)
),

kept_away as (
    select distinct
        person_id,
        product_id
    from {{ ref('proof_bought') }}
    where days_ago < {{ setting('recommend_again_days') }}
),

added as (
    select
        reasons.person_id,
        reasons.product_id,
        strengths.other_product_id,
        sum(reasons.weight * strengths.strength) as score
    from reasons
    inner join strengths on reasons.product_id = strengths.product_id
    group by
        reasons.person_id,
        reasons.product_id,
        strengths.other_product_id
),

scored as (
    select
        person_id,
        other_product_id as product_id,
        product_id as because_of,
        sum(score) over (partition by person_id, other_product_id) as score,
        row_number() over (
            partition by person_id, other_product_id
            order by score desc, {{ byte_order('product_id') }}
        ) as place
    from added
),

best_sellers as (
    select
        offered.product_id,
        offered.category,
        count(*) as buyers
    from bought
    inner join offered on bought.product_id = offered.product_id
    group by
        offered.product_id,
        offered.category
),

candidates as (
    select
        contacts.person_id,
        offered.product_id,
        case
            when scored.product_id is not null then 1
            when best_sellers.category = contacts.favorite_category then 2
            else 3
        end as shelf,
        scored.score,
        coalesce(scored.because_of, 'bestseller') as because_of,
        case when scored.product_id is null then best_sellers.buyers end as buyers
    from {{ ref('people') }} as contacts
    cross join offered
    left join best_sellers on offered.product_id = best_sellers.product_id
    left join scored
        on
            contacts.person_id = scored.person_id
            and offered.product_id = scored.product_id
            and scored.place = 1
    left join kept_away
        on
            contacts.person_id = kept_away.person_id
            and offered.product_id = kept_away.product_id
    where
        contacts.is_contact
        and kept_away.product_id is null
        and (scored.product_id is not null or best_sellers.product_id is not null)
),

ranked as (
    select
        person_id,
        product_id,
        score,
        because_of,
        row_number() over (
            partition by person_id
            order by
                shelf,
                coalesce(score, 0) desc,
                coalesce(buyers, 0) desc,
                {{ byte_order('product_id') }}
        ) as recommendation_rank
    from candidates
),

-- shown rounded half up
recounted as (
    select
        person_id,
        recommendation_rank,
        product_id,
        score + 500000 - mod(score + 500000, 1000000) as score,
        because_of
    from ranked
    where recommendation_rank <= {{ setting('recommendations') }}
),

-- a score shows hundred-millionths, and the weights are millionths here
built as (
    select
        person_id,
        recommendation_rank,
        product_id,
        {{ wide('score * 100000000') }} * 1000000 as score,
        because_of
    from {{ ref('person_recommendations') }}
)

{{ rows_that_differ('built', 'recounted', [
    'person_id', 'recommendation_rank', 'product_id', 'score', 'because_of'
]) }}
