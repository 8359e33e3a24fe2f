{%- set uplift = '(1 + ' ~ setting('big_basket_uplift') ~ ')' -%}
with

people as (
    {{ asked_people() | indent }}
),

bought as (
    select
        people.person_id,
        products.product_id,
        products.category,
        products.collection,
        coalesce(products.units, 0) as units
    from people
    left join {{ ref('int_person_products') }} as products
        on people.person_id = products.person_id
),

{%- for kind in ('category', 'collection') %}

units_by_{{ kind }} as (
    select
        person_id,
        {{ kind }},
        sum(units) as units
    from bought
    group by
        person_id,
        {{ kind }}
),
{%- endfor %}

category_orders as (
    select
        lines.order_id,
        lines.person_id,
        lines.category,
        cast(sum(lines.quantity) as decimal(18, 4)) as units,
        cast(sum(lines.line_amount) as decimal(18, 4)) as amount
    from {{ ref('order_lines') }} as lines
    cross join {{ ref('as_of') }} as as_of
    where
        lines.is_valid
        and lines.category is not null
        and lines.ordered_on >= as_of.last_12_months_from
    group by
        lines.order_id,
        lines.person_id,
        lines.category
),

means as (
    select
        category,
        count(*) as orders,
        cast(sum(amount) as decimal(18, 4)) as amount
    from category_orders
    group by category
),

recent_categories as (
    select
        people.person_id,
        orders.category,
        coalesce(sum(orders.units), 0) as units,
        max(orders.amount) as largest_amount,
        means.orders as mean_orders,
        means.amount as mean_amount,
        {{ rounded_ratio(uplift ~ ' * means.amount', 'means.orders') }} as big_amount
    from people
    left join category_orders as orders on people.person_id = orders.person_id
    left join means on orders.category = means.category
    group by
        people.person_id,
        orders.category,
        means.orders,
        means.amount
),

judgements as (
    {{ conditions(
        'bought', [['product_buyers', 'units', 'units', '>=', 1]],
        segment_value="coalesce(product_id, '')"
    ) }}
    union all
    {{ conditions(
        'units_by_category', [
            ['category_buyers', 'units', 'units', '>=', 1, 'units >= 1 and category is not null'],
        ],
        segment_value="coalesce(category, '')"
    ) }}
    union all
    {{ conditions(
        'units_by_collection', [
            [
                'collection_buyers', 'units', 'units', '>=', 1,
                'units >= 1 and collection is not null',
            ],
        ],
        segment_value="coalesce(collection, '')"
    ) }}
    union all
    {{ conditions(
        'recent_categories', [
            [
                'category_repeat_buyers', 'units in 12 months', 'units', '>=',
                setting('category_repeat_min_units'),
            ],
            [
                'category_top_buyers', 'largest amount of an order in 12 months', 'largest_amount',
                '>', 'big_amount', 'largest_amount * mean_orders > ' ~ uplift ~ ' * mean_amount',
            ],
        ],
        segment_value="coalesce(category, '')"
    ) }}
)

{{ why('judgements') }}
