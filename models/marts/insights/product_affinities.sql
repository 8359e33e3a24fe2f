select
    products.product_id,
    other_products.product_id as other_product_id,
    affinities.affinity_rank,
    affinities.buyers,
    affinities.other_buyers,
    affinities.buyers_of_both,
    affinities.buyers - affinities.buyers_of_both as buyers_without_other,
    affinities.all_buyers,
    affinities.confidence,
    affinities.lift
from {{ ref('int_product_affinities') }} as affinities
inner join {{ ref('int_numbered_products') }} as products
    on affinities.product_number = products.product_number
inner join {{ ref('int_numbered_products') }} as other_products
    on affinities.other_product_number = other_products.product_number
where affinities.days_ago = 0
