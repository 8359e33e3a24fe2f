select
    product_id,
    other_product_id,
    affinity_rank,
    buyers,
    other_buyers,
    buyers_of_both,
    buyers - buyers_of_both as buyers_without_other,
    all_buyers,
    confidence,
    lift
from {{ ref('int_product_affinities') }}
where days_ago = 0
