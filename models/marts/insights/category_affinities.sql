select
    item as category,
    other_item as other_category,
    affinity_rank,
    buyers,
    other_buyers,
    buyers_of_both,
    buyers - buyers_of_both as buyers_without_other,
    all_buyers,
    confidence,
    lift
from (
    {{ affinities('category') }}
) as affinities
