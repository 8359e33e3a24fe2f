{%- for days_ago in [0, setting('recommend_test_days')] %}
select
    {{ days_ago }} as days_ago,
    item as product_number,
    other_item as other_product_number,
    affinity_rank,
    buyers,
    other_buyers,
    buyers_of_both,
    all_buyers,
    confidence,
    lift
from (
    {{ affinities('product_number', days_ago, is_number=true) }}
) as affinities_{{ days_ago }}
{{ 'union all' if not loop.last }}
{%- endfor %}
