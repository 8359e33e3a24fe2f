-- long: scored products first, then best-sellers, and each with its reason
{%- set places = setting('recommendations') %}
with

days as (
    select
        0 as days_ago,
        as_of_on as known_on
    from {{ ref('as_of') }}
    union all
    select
        {{ setting('recommend_test_days') }} as days_ago,
        {{ add_days('as_of_on', -setting('recommend_test_days')) }} as known_on
    from {{ ref('as_of') }}
),

requests as (
    select *
    from {{ ref('int_recommendation_requests') }}
),

offered as (
    select
        days.days_ago,
        products.product_number,
        products.category
    from {{ ref('int_numbered_products') }} as products
    cross join days
    where
        products.is_in_stock
        or days.days_ago > 0
),

bought as (
    select
        days.days_ago,
        product_days.person_number,
        product_days.product_number,
        product_days.ordered_on
        > {{ add_days('days.known_on', -setting('recommend_again_days')) }} as is_too_soon,
        product_days.ordered_on > {{ add_months('days.known_on', -setting('recommend_months')) }}
            as is_reason
    from {{ ref('int_person_product_days') }} as product_days
    inner join days on product_days.ordered_on <= days.known_on
),

too_soon as (
    select distinct
        days_ago,
        person_number,
        product_number
    from bought
    where is_too_soon
),

known_of as (
    select distinct
        days_ago,
        person_number,
        product_number,
        10000 as weight
    from bought
    where is_reason
    union all
    select distinct
        0 as days_ago,
        contacts.person_number,
        products.product_number,
        {{ (10000 * setting('recommend_view_weight')) | round | int }} as weight
    from {{ ref('int_person_events') }} as events
    inner join {{ ref('int_numbered_contacts') }} as contacts
        on events.person_id = contacts.person_id
    inner join {{ ref('int_numbered_products') }} as products
        on events.product_id = products.product_id
    cross join {{ ref('as_of') }} as as_of
    where
        events.is_product_view
        and events.occurred_on > {{ add_days('as_of.as_of_on', -setting('recent_view_days')) }}
),

-- bought and viewed: both count; in ten-thousandths, as lifts below: sums are whole numbers
reasons as (
    select
        days_ago,
        person_number,
        product_number,
        cast(sum(weight) as bigint) as weight
    from known_of
    group by
        days_ago,
        person_number,
        product_number
),

lifts as (
    select
        days_ago,
        product_number,
        other_product_number,
        cast(10000 * lift as bigint) as lift
    from {{ ref('int_product_affinities') }}
),

scored as (
    select
        requests.request_number,
        requests.days_ago,
        requests.person_number,
        lifts.other_product_number as product_number,
        cast(sum(reasons.weight * lifts.lift) as bigint) as score
    from requests
    inner join reasons
        on
            requests.days_ago = reasons.days_ago
            and requests.person_number = reasons.person_number
    inner join lifts
        on
            reasons.days_ago = lifts.days_ago
            and reasons.product_number = lifts.product_number
    where requests.method = 'affinities'
    group by
        requests.request_number,
        requests.days_ago,
        requests.person_number,
        lifts.other_product_number
),

scored_places as (
    select
        scored.request_number,
        scored.product_number,
        scored.score,
        row_number() over (
            partition by scored.request_number
            order by scored.score desc, scored.product_number asc
        ) as place
    from scored
    inner join offered
        on
            scored.days_ago = offered.days_ago
            and scored.product_number = offered.product_number
    left join too_soon
        on
            scored.days_ago = too_soon.days_ago
            and scored.person_number = too_soon.person_number
            and scored.product_number = too_soon.product_number
    where too_soon.product_number is null
),

sold as (
    select
        days_ago,
        product_number,
        count(distinct person_number) as buyers
    from bought
    where is_reason
    group by
        days_ago,
        product_number
),

best_sellers as (
    select
        sold.days_ago,
        sold.product_number,
        offered.category,
        row_number() over (
            partition by sold.days_ago
            order by sold.buyers desc, sold.product_number asc
        ) as shop_rank,
        row_number() over (
            partition by sold.days_ago, offered.category
            order by sold.buyers desc, sold.product_number asc
        ) as category_rank
    from sold
    inner join offered
        on
            sold.days_ago = offered.days_ago
            and sold.product_number = offered.product_number
),

scored_counts as (
    select
        request_number,
        count(*) as products
    from scored_places
    where place <= {{ places }}
    group by request_number
),

too_soon_counts as (
    select
        days_ago,
        person_number,
        count(*) as products
    from too_soon
    group by
        days_ago,
        person_number
),

-- so many best-sellers that enough are left when all that must not be proposed is gone
unfilled as (
    select
        requests.request_number,
        requests.days_ago,
        requests.person_number,
        requests.category,
        {{ places }} + coalesce(scored_counts.products, 0) + coalesce(too_soon_counts.products, 0)
            as enough
    from requests
    left join scored_counts on requests.request_number = scored_counts.request_number
    left join too_soon_counts
        on
            requests.days_ago = too_soon_counts.days_ago
            and requests.person_number = too_soon_counts.person_number
    where coalesce(scored_counts.products, 0) < {{ places }}
),

fillers as (
    select
        unfilled.request_number,
        unfilled.days_ago,
        unfilled.person_number,
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
    select
        unfilled.request_number,
        unfilled.days_ago,
        unfilled.person_number,
        best_sellers.product_number,
        3 as tier,
        best_sellers.shop_rank as place
    from unfilled
    inner join best_sellers
        on
            unfilled.days_ago = best_sellers.days_ago
            and unfilled.enough + {{ places }} >= best_sellers.shop_rank
),

candidates as (
    select
        request_number,
        product_number,
        1 as tier,
        place,
        score
    from scored_places
    where place <= {{ places }}
    union all
    select
        fillers.request_number,
        fillers.product_number,
        fillers.tier,
        fillers.place,
        null as score
    from fillers
    left join too_soon
        on
            fillers.days_ago = too_soon.days_ago
            and fillers.person_number = too_soon.person_number
            and fillers.product_number = too_soon.product_number
    where too_soon.product_number is null
),

-- a product stands once, where it comes first
once as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.request_number, candidates.product_number
            order by candidates.tier
        ) as mention
    from candidates
),

ranked as (
    select
        once.*,
        row_number() over (
            partition by once.request_number order by once.tier, once.place
        ) as recommendation_rank
    from once
    where once.mention = 1
),

chosen as (
    select
        requests.request_number,
        requests.days_ago,
        requests.method,
        requests.person_number,
        ranked.product_number,
        ranked.tier,
        ranked.score,
        ranked.recommendation_rank
    from ranked
    inner join requests on ranked.request_number = requests.request_number
    where ranked.recommendation_rank <= {{ places }}
),

strongest as (
    select
        chosen.request_number,
        chosen.product_number,
        {{ value_at_first(
            'reasons.product_number',
            ['-reasons.weight * lifts.lift', 'reasons.product_number'],
        ) }} as because_of
    from chosen
    inner join reasons
        on
            chosen.days_ago = reasons.days_ago
            and chosen.person_number = reasons.person_number
    inner join lifts
        on
            reasons.days_ago = lifts.days_ago
            and reasons.product_number = lifts.product_number
            and chosen.product_number = lifts.other_product_number
    where chosen.tier = 1
    group by
        chosen.request_number,
        chosen.product_number
)

select
    chosen.days_ago,
    chosen.method,
    contacts.person_id,
    cast(chosen.recommendation_rank as integer) as recommendation_rank,
    products.product_id,
    {{ rounded_ratio('cast(chosen.score as decimal(38, 0))', '100000000') }} as score,
    coalesce(reason_products.product_id, 'bestseller') as because_of
from chosen
inner join {{ ref('int_numbered_contacts') }} as contacts
    on chosen.person_number = contacts.person_number
inner join {{ ref('int_numbered_products') }} as products
    on chosen.product_number = products.product_number
left join strongest
    on
        chosen.request_number = strongest.request_number
        and chosen.product_number = strongest.product_number
left join {{ ref('int_numbered_products') }} as reason_products
    on strongest.because_of = reason_products.product_number
