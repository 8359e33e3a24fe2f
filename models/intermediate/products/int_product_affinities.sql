{%- for days_ago in [0, setting('recommend_test_days')] %}
select
    {{ days_ago }} as days_ago,
    item as product_id,
    other_item as other_product_id,
    affinity_rank,
    buyers,
    other_buyers,
    buyers_of_both,
    all_buyers,
    confidence,
    lift,
    cast(
        {{ as_double('confidence') }} * lift / sqrt({{ as_double('other_buyers') }}) as decimal(18, 8)
    ) as strength
from (
    {{ affinities('product_id', days_ago) }}
) as affinities_{{ days_ago }}
{{ 'union all' if not loop.last }}
{%- endfor %}
