{%- set uplift = '(1 + ' ~ setting('big_basket_uplift') ~ ')' -%}
with

{{ asked_people() }},

products as (
    select
        people.person_id,
        coalesce(products.product_id, '') as product_id,
        products.category,
        products.collection,
        coalesce(products.units, 0) as units
    from people
    left join {{ ref('int_person_products') }} as products
        on people.person_id = products.person_id
),

{%- for cte, kind in {'categories': 'category', 'collections': 'collection'}.items() %}

{{ cte }} as (
    select
        person_id,
        coalesce({{ kind }}, '') as {{ kind }},
        -- nobody is a buyer of no {{ kind }}
        case when {{ kind }} is null then 0 else sum(units) end as units
    from products
    group by
        person_id,
        {{ kind }}
),
{%- endfor %}

categories_12_months as (
    select
        people.person_id,
        coalesce(orders.category, '') as category,
        coalesce(sum(orders.units), 0) as units,
        max(orders.amount) as largest_amount,
        orders.category_orders_12_months as category_orders,
        orders.category_amount_12_months as category_amount,
        {{ rounded_ratio(
            uplift ~ ' * orders.category_amount_12_months', 'orders.category_orders_12_months'
        ) }} as big_amount
    from people
    left join {{ ref('int_category_orders_12_months') }} as orders
        on people.person_id = orders.person_id
    group by
        people.person_id,
        orders.category,
        orders.category_orders_12_months,
        orders.category_amount_12_months
)

{{ why({
    'products': {'segment_value': 'product_id'},
    'categories': {'segment_value': 'category'},
    'collections': {'segment_value': 'collection'},
    'categories_12_months': {'segment_value': 'category'},
}) }}
