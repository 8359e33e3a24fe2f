-- long: a list of columns, each from one other count
with

days as (
    select
        {{ add_days('as_of_on', -setting('recommend_test_days')) }} as as_of_on,
        as_of_on as until_on
    from {{ ref('as_of') }}
),

methods as (
    select
        method,
        count(*) as buyers
    from {{ ref('int_recommendation_requests') }}
    where days_ago <> 0
    group by method
),

recommended as (
    select
        recommended.method,
        recommended.person_id,
        recommended.product_id,
        count(product_days.ordered_on) as days_bought
    from {{ ref('int_recommended_products') }} as recommended
    cross join days
    inner join {{ ref('int_numbered_contacts') }} as contacts
        on recommended.person_id = contacts.person_id
    inner join {{ ref('int_numbered_products') }} as products
        on recommended.product_id = products.product_id
    left join {{ ref('int_person_product_days') }} as product_days
        on
            contacts.person_number = product_days.person_number
            and products.product_number = product_days.product_number
            and days.as_of_on < product_days.ordered_on
    where recommended.days_ago <> 0
    group by
        recommended.method,
        recommended.person_id,
        recommended.product_id
),

measured as (
    select
        method,
        count(distinct case when days_bought > 0 then person_id end) as buyers_hit,
        count(distinct product_id) as recommended_products
    from recommended
    group by method
),

-- each method has a row, even where nobody is asked
listed as (
    select 'affinities' as method
    union all
    select 'best_sellers' as method
    union all
    select 'last_category' as method
),

catalogue as (
    select count(*) as all_products
    from {{ ref('int_numbered_products') }}
    where is_proposed
),

counted as (
    select
        listed.method,
        coalesce(methods.buyers, 0) as buyers,
        coalesce(measured.buyers_hit, 0) as buyers_hit,
        coalesce(measured.recommended_products, 0) as recommended_products,
        catalogue.all_products
    from listed
    cross join catalogue
    left join methods on listed.method = methods.method
    left join measured on listed.method = measured.method
)

select
    counted.method,
    days.as_of_on,
    days.until_on,
    counted.buyers,
    counted.buyers_hit,
    {{ rounded_ratio('counted.buyers_hit', 'nullif(counted.buyers, 0)') }} as hit_rate,
    counted.recommended_products,
    counted.all_products,
    {{ rounded_ratio('counted.recommended_products', 'nullif(counted.all_products, 0)') }}
        as coverage
from counted
cross join days
