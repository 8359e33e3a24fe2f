select
    person_id,
    recommendation_rank,
    product_id,
    score,
    because_of
from {{ ref('int_recommended_products') }}
where days_ago = 0
