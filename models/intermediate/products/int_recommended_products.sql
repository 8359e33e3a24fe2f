-- long: scored products first, then best-sellers, and each with its reason
-- The scores of a million contacts need more memory than all else: they are found slice by slice.
{{ config(
    materialized=in_slices(), slices_of='int_recommendation_requests', sliced_by='request_number'
) }}
{%- set places = setting('recommendations') %}
with

requests as (
    select *
    from {{ ref('int_recommendation_requests') }}
),

-- from the requests on: a slice has few of all buyers
bought as (
    select
        requests.request_number,
        requests.days_ago,
        requests.method,
        product_days.product_number,
        product_days.ordered_on
        > {{ add_days('known.known_on', -setting('recommend_again_days')) }} as is_too_soon,
        product_days.ordered_on > {{ add_months('known.known_on', -setting('recommend_months')) }}
            as is_reason
    from {{ ref('int_person_product_days') }} as product_days
    inner join requests on product_days.person_number = requests.person_number
    inner join {{ ref('int_recommendation_days') }} as known
        on
            requests.days_ago = known.days_ago
            and product_days.ordered_on <= known.known_on
),

too_soon as (
    select distinct
        request_number,
        product_number
    from bought
    where is_too_soon
),

known_of as (
    select
        request_number,
        days_ago,
        product_number,
        10000 as bought_weight,
        0 as viewed_weight
    from bought
    where
        is_reason
        and method = 'affinities'
    union all
    select
        requests.request_number,
        requests.days_ago,
        viewed.product_number,
        0 as bought_weight,
        {{ (10000 * setting('recommend_view_weight')) | round | int }} as viewed_weight
    from {{ ref('int_viewed_products') }} as viewed
    inner join requests on viewed.person_number = requests.person_number
    where requests.days_ago = 0
),

-- bought and viewed: both count; in ten-thousandths, as lifts below: sums are whole numbers
reasons as (
    select
        request_number,
        days_ago,
        product_number,
        cast(max(bought_weight) + max(viewed_weight) as bigint) as weight
    from known_of
    group by
        request_number,
        days_ago,
        product_number
),

lifts as (
    select
        affinities.days_ago,
        affinities.product_number,
        affinities.other_product_number,
        cast(10000 * affinities.lift as bigint) as lift
    from {{ ref('int_product_affinities') }} as affinities
    inner join {{ ref('int_offered_products') }} as offered
        on
            affinities.days_ago = offered.days_ago
            and affinities.other_product_number = offered.product_number
),

scored as (
    select
        reasons.request_number,
        lifts.other_product_number as product_number,
        cast(sum(reasons.weight * lifts.lift) as bigint) as score
    from reasons
    inner join lifts
        on
            reasons.days_ago = lifts.days_ago
            and reasons.product_number = lifts.product_number
    group by
        reasons.request_number,
        lifts.other_product_number
),

-- by score, then by the product's number: as one number, by which the best are found unsorted
placed as (
    select
        scored.*,
        row_number() over (
            partition by scored.request_number
            order by
                cast(scored.score as decimal(38, 0)) * 2147483648 - scored.product_number desc
        ) as place
    from scored
    left join too_soon
        on
            scored.request_number = too_soon.request_number
            and scored.product_number = too_soon.product_number
    where too_soon.product_number is null
),

scored_places as (
    select *
    from placed
    where place <= {{ places }}
),

best_sellers as (
    select *
    from {{ ref('int_offered_products') }}
    where buyers > 0
),

scored_counts as (
    select
        request_number,
        count(*) as products
    from scored_places
    group by request_number
),

-- so many best-sellers that enough are left when all that must not be proposed is gone
unfilled as (
    select
        requests.request_number,
        requests.days_ago,
        requests.category,
        {{ places }} + count(too_soon.product_number) as enough
    from requests
    left join scored_counts on requests.request_number = scored_counts.request_number
    left join too_soon on requests.request_number = too_soon.request_number
    where
        scored_counts.products is null
        or scored_counts.products < {{ places }}
    group by
        requests.request_number,
        requests.days_ago,
        requests.category
),

fillers as (
    select
        unfilled.request_number,
        best_sellers.product_number,
        2 as tier,
        best_sellers.category_rank as place
    from unfilled
    inner join best_sellers
        on
            unfilled.days_ago = best_sellers.days_ago
            and unfilled.category = best_sellers.category
            and unfilled.enough >= best_sellers.category_rank
    union all
    -- those of the category stand above already: no product is placed better there than here
    select
        unfilled.request_number,
        best_sellers.product_number,
        3 as tier,
        best_sellers.shop_rank as place
    from unfilled
    inner join best_sellers
        on
            unfilled.days_ago = best_sellers.days_ago
            and unfilled.enough >= best_sellers.shop_rank
            and coalesce(unfilled.category <> best_sellers.category, true)
),

taken as (
    select
        request_number,
        product_number
    from too_soon
    union all
    select
        request_number,
        product_number
    from scored_places
),

candidates as (
    select
        scored_places.request_number,
        scored_places.product_number,
        1 as tier,
        scored_places.place,
        scored_places.score
    from scored_places
    inner join unfilled on scored_places.request_number = unfilled.request_number
    union all
    select
        fillers.request_number,
        fillers.product_number,
        fillers.tier,
        fillers.place,
        null as score
    from fillers
    left join taken
        on
            fillers.request_number = taken.request_number
            and fillers.product_number = taken.product_number
    where taken.product_number is null
),

ranked as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.request_number order by candidates.tier, candidates.place
        ) as recommendation_rank
    from candidates
),

recommended as (
    select
        scored_places.request_number,
        scored_places.product_number,
        1 as tier,
        scored_places.score,
        scored_places.place as recommendation_rank
    from scored_places
    inner join scored_counts on scored_places.request_number = scored_counts.request_number
    where scored_counts.products >= {{ places }}
    union all
    select
        request_number,
        product_number,
        tier,
        score,
        recommendation_rank
    from ranked
    where recommendation_rank <= {{ places }}
),

strongest as (
    select
        recommended.request_number,
        recommended.product_number,
        {{ value_at_first(
            'reasons.product_number',
            ['-reasons.weight * lifts.lift', 'reasons.product_number'],
        ) }} as because_of
    from recommended
    inner join reasons on recommended.request_number = reasons.request_number
    inner join lifts
        on
            reasons.days_ago = lifts.days_ago
            and reasons.product_number = lifts.product_number
            and recommended.product_number = lifts.other_product_number
    where recommended.tier = 1
    group by
        recommended.request_number,
        recommended.product_number
)

select
    requests.days_ago,
    requests.method,
    contacts.person_id,
    cast(recommended.recommendation_rank as integer) as recommendation_rank,
    products.product_id,
    cast(recommended.score * cast(0.00000001 as decimal(9, 8)) as decimal(18, 4)) as score,
    coalesce(reason_products.product_id, 'bestseller') as because_of
from recommended
inner join requests on recommended.request_number = requests.request_number
inner join {{ ref('int_numbered_contacts') }} as contacts
    on requests.person_number = contacts.person_number
inner join {{ ref('int_numbered_products') }} as products
    on recommended.product_number = products.product_number
left join strongest
    on
        recommended.request_number = strongest.request_number
        and recommended.product_number = strongest.product_number
left join {{ ref('int_numbered_products') }} as reason_products
    on strongest.because_of = reason_products.product_number
