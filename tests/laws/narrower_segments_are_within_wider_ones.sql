{{ config(tags=['proof']) }}

-- Whoever is in the narrower segment is in the wider one too. `recency_bands` hold all buyers. A
-- law that holds only for some settings is left out under the others.
{%- set pairs = [
    ('buyers_last_6_months', 'buyers_last_year', true),
    ('buyers_last_30_days', 'buyers_last_6_months', true),
    ('multi_buyers_last_year', 'buyers_last_year', true),
    ('multi_buyers_last_6_months', 'multi_buyers_last_year', true),
    ('multi_buyers_last_30_days', 'multi_buyers_last_6_months', true),
    ('multi_buyers_last_30_days', 'buyers_last_30_days', true),
    ('lapsing_buyers', 'buyers_last_6_months', true),
    ('coupon_lovers', 'buyers_last_30_days', true),
    ('discount_10_buyers', 'buyers_last_year', true),
    ('discount_15_buyers', 'discount_10_buyers', true),
    ('discount_20_buyers', 'discount_15_buyers', true),
    ('category_repeat_buyers', 'buyers_last_year', true),
    ('category_top_buyers', 'buyers_last_year', true),
    ('big_spenders', 'buyers_last_30_days', true),
    ('frequent_small_basket_buyers', 'buyers_last_30_days', true),
    ('rare_large_basket_buyers', 'buyers_last_30_days', true),
    ('one_shot_buyers', 'buyers_last_6_months', true),
    ('valuable_cart_abandoners', 'cart_abandoners', true),
    ('lapsed_first_time_buyers', 'first_time_buyers', true),
    ('lost_customers', 'inactive_customers', true),
    ('climate_zone_customers', 'country_customers', true),
    ('buyers_last_year', 'recency_bands', true),
    ('cold_customers', 'recency_bands', true),
    ('top_20_percent_customers', 'recency_bands', true),
    ('promotion_dependent_buyers', 'recency_bands', true),
    ('female_buyers', 'recency_bands', true),
    ('male_buyers', 'recency_bands', true),
    ('city_buyers', 'recency_bands', true),
    ('domestic_customers', 'recency_bands', true),
    ('international_customers', 'recency_bands', true),
    ('mobile_app_buyers', 'recency_bands', true),
    ('shipping_method_buyers', 'recency_bands', true),
    ('payment_method_buyers', 'recency_bands', true),
    ('product_buyers', 'recency_bands', true),
    ('category_buyers', 'recency_bands', true),
    ('collection_buyers', 'recency_bands', true),
    ('loyal_buyers', 'multi_buyers_last_year', setting('loyal_buyers_min_orders') >= 2),
    ('frequent_buyers', 'multi_buyers_last_6_months', setting('frequent_buyers_min_orders') >= 2),
    (
        'top_monthly_buyers', 'multi_buyers_last_30_days',
        setting('top_monthly_buyers_min_orders') >= 2,
    ),
    ('buyers_last_30_days', 'active_customers', setting('active_days') >= 30),
    ('email_clickers', 'active_customers', setting('active_days') >= setting('email_days')),
] %}
{% for narrow, wide, holds in pairs if holds -%}
select distinct
    '{{ narrow }}' as narrower_segment,
    '{{ wide }}' as wider_segment,
    narrow.person_id
from {{ ref(narrow) }} as narrow
left join {{ ref(wide) }} as wide on narrow.person_id = wide.person_id
where wide.person_id is null
{{ 'union all' if not loop.last }}
{% endfor %}
