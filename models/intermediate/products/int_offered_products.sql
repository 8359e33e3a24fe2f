with

sold as (
    select
        known.days_ago,
        product_days.product_number,
        count(distinct product_days.person_number) as buyers
    from {{ ref('int_person_product_days') }} as product_days
    inner join {{ ref('int_recommendation_days') }} as known
        on product_days.ordered_on <= known.known_on
    where
        product_days.ordered_on > {{ add_months('known.known_on', -setting('recommend_months')) }}
    group by
        known.days_ago,
        product_days.product_number
),

offered as (
    select
        known.days_ago,
        products.product_number,
        products.category,
        coalesce(sold.buyers, 0) as buyers
    from {{ ref('int_numbered_products') }} as products
    cross join {{ ref('int_recommendation_days') }} as known
    left join sold
        on
            known.days_ago = sold.days_ago
            and products.product_number = sold.product_number
    where
        products.is_proposed
        and (products.is_in_stock or known.days_ago <> 0)
)

select
    days_ago,
    product_number,
    category,
    buyers,
    cast(
        row_number() over (
            partition by days_ago order by buyers desc, product_number asc
        ) as integer
    ) as shop_rank,
    cast(
        row_number() over (
            partition by days_ago, category order by buyers desc, product_number asc
        ) as integer
    ) as category_rank
from offered
