select
    days_ago,
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
    {{ affinities('product_number', is_number=true) }}
) as affinities
