-- long: scored products first, then best-sellers, and each with its reason
{%- set places = setting('recommendations') %}
with

days as (
    select
        0 as days_ago,
        as_of_on as day
    from {{ ref('as_of') }}
    union all
    select
        {{ setting('recommend_test_days') }} as days_ago,
        {{ add_days('as_of_on', -setting('recommend_test_days')) }} as day
    from {{ ref('as_of') }}
),

requests as (
    select *
    from {{ ref('int_recommendation_requests') }}
),

offered as (
    select *
    from {{ ref('int_offered_products') }}
),

bought as (
    select
        days.days_ago,
        product_days.person_id,
        product_days.product_id,
        product_days.ordered_on
        > {{ add_days('days.day', -setting('recommend_again_days')) }} as is_too_soon,
        product_days.ordered_on > {{ add_months('days.day', -setting('recommend_months')) }}
            as is_reason
    from {{ ref('int_person_product_days') }} as product_days
    inner join days on product_days.ordered_on <= days.day
),

too_soon as (
    select distinct
        days_ago,
        person_id,
        product_id
    from bought
    where is_too_soon
),

known_of as (
    select distinct
        days_ago,
        person_id,
        product_id,
        cast(1 as decimal(18, 4)) as weight
    from bought
    where is_reason
    union all
    select distinct
        0 as days_ago,
        events.person_id,
        events.product_id,
        cast({{ setting('recommend_view_weight') }} as decimal(18, 4)) as weight
    from {{ ref('int_person_events') }} as events
    cross join {{ ref('as_of') }} as as_of
    where
        events.is_product_view
        and events.person_id is not null
        and events.product_id is not null
        and events.occurred_on > {{ add_days('as_of.as_of_on', -setting('recent_view_days')) }}
),

-- bought and viewed: both count
reasons as (
    select
        days_ago,
        person_id,
        product_id,
        sum(weight) as weight
    from known_of
    group by
        days_ago,
        person_id,
        product_id
),

scored as (
    select
        requests.days_ago,
        requests.method,
        requests.person_id,
        affinities.other_product_id as product_id,
        sum(reasons.weight * affinities.strength) as score
    from requests
    inner join reasons
        on
            requests.days_ago = reasons.days_ago
            and requests.person_id = reasons.person_id
    inner join {{ ref('int_product_affinities') }} as affinities
        on
            reasons.days_ago = affinities.days_ago
            and reasons.product_id = affinities.product_id
    where requests.method = 'affinities'
    group by
        requests.days_ago,
        requests.method,
        requests.person_id,
        affinities.other_product_id
),

scored_places as (
    select
        scored.days_ago,
        scored.method,
        scored.person_id,
        scored.product_id,
        scored.score,
        row_number() over (
            partition by scored.days_ago, scored.method, scored.person_id
            order by scored.score desc, {{ byte_order('scored.product_id') }}
        ) as place
    from scored
    inner join offered
        on
            scored.days_ago = offered.days_ago
            and scored.product_id = offered.product_id
    left join too_soon
        on
            scored.days_ago = too_soon.days_ago
            and scored.person_id = too_soon.person_id
            and scored.product_id = too_soon.product_id
    where too_soon.product_id is null
),

sold as (
    select
        days_ago,
        product_id,
        count(distinct person_id) as buyers
    from bought
    where is_reason
    group by
        days_ago,
        product_id
),

best_sellers as (
    select
        sold.days_ago,
        sold.product_id,
        offered.category,
        row_number() over (
            partition by sold.days_ago
            order by sold.buyers desc, {{ byte_order('sold.product_id') }}
        ) as shop_rank,
        row_number() over (
            partition by sold.days_ago, offered.category
            order by sold.buyers desc, {{ byte_order('sold.product_id') }}
        ) as category_rank
    from sold
    inner join offered
        on
            sold.days_ago = offered.days_ago
            and sold.product_id = offered.product_id
),

scored_counts as (
    select
        days_ago,
        method,
        person_id,
        count(*) as products
    from scored_places
    where place <= {{ places }}
    group by
        days_ago,
        method,
        person_id
),

too_soon_counts as (
    select
        days_ago,
        person_id,
        count(*) as products
    from too_soon
    group by
        days_ago,
        person_id
),

-- so many best-sellers that enough are left when all that must not be proposed is gone
unfilled as (
    select
        requests.days_ago,
        requests.method,
        requests.person_id,
        requests.category,
        {{ places }} + coalesce(scored_counts.products, 0) + coalesce(too_soon_counts.products, 0)
            as enough
    from requests
    left join scored_counts
        on
            requests.days_ago = scored_counts.days_ago
            and requests.method = scored_counts.method
            and requests.person_id = scored_counts.person_id
    left join too_soon_counts
        on
            requests.days_ago = too_soon_counts.days_ago
            and requests.person_id = too_soon_counts.person_id
    where coalesce(scored_counts.products, 0) < {{ places }}
),

fillers as (
    select
        unfilled.days_ago,
        unfilled.method,
        unfilled.person_id,
        best_sellers.product_id,
        2 as tier,
        best_sellers.category_rank as place
    from unfilled
    inner join best_sellers
        on
            unfilled.days_ago = best_sellers.days_ago
            and unfilled.category = best_sellers.category
            and best_sellers.category_rank <= unfilled.enough
    union all
    select
        unfilled.days_ago,
        unfilled.method,
        unfilled.person_id,
        best_sellers.product_id,
        3 as tier,
        best_sellers.shop_rank as place
    from unfilled
    inner join best_sellers
        on
            unfilled.days_ago = best_sellers.days_ago
            and best_sellers.shop_rank <= unfilled.enough + {{ places }}
),

candidates as (
    select
        days_ago,
        method,
        person_id,
        product_id,
        1 as tier,
        place,
        score
    from scored_places
    where place <= {{ places }}
    union all
    select
        fillers.days_ago,
        fillers.method,
        fillers.person_id,
        fillers.product_id,
        fillers.tier,
        fillers.place,
        null as score
    from fillers
    left join too_soon
        on
            fillers.days_ago = too_soon.days_ago
            and fillers.person_id = too_soon.person_id
            and fillers.product_id = too_soon.product_id
    where too_soon.product_id is null
),

-- a product stands once, where it comes first
once as (
    select
        candidates.*,
        row_number() over (
            partition by days_ago, method, person_id, product_id order by tier
        ) as mention
    from candidates
),

ranked as (
    select
        once.*,
        row_number() over (
            partition by days_ago, method, person_id order by tier, place
        ) as recommendation_rank
    from once
    where mention = 1
),

chosen as (
    select *
    from ranked
    where recommendation_rank <= {{ places }}
),

strongest as (
    select
        chosen.days_ago,
        chosen.method,
        chosen.person_id,
        chosen.product_id,
        {{ value_at_first(
            'reasons.product_id',
            ['-reasons.weight * affinities.strength', byte_order('reasons.product_id')],
        ) }} as because_of
    from chosen
    inner join reasons
        on
            chosen.days_ago = reasons.days_ago
            and chosen.person_id = reasons.person_id
    inner join {{ ref('int_product_affinities') }} as affinities
        on
            reasons.days_ago = affinities.days_ago
            and reasons.product_id = affinities.product_id
            and chosen.product_id = affinities.other_product_id
    where chosen.tier = 1
    group by
        chosen.days_ago,
        chosen.method,
        chosen.person_id,
        chosen.product_id
)

select
    chosen.days_ago,
    chosen.method,
    chosen.person_id,
    cast(chosen.recommendation_rank as integer) as recommendation_rank,
    chosen.product_id,
    cast(chosen.score as decimal(38, 8)) as score,
    coalesce(strongest.because_of, 'bestseller') as because_of
from chosen
left join strongest
    on
        chosen.days_ago = strongest.days_ago
        and chosen.method = strongest.method
        and chosen.person_id = strongest.person_id
        and chosen.product_id = strongest.product_id
