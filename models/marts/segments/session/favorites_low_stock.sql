select
    person_id,
    product_id as segment_value,
    cast(stock_quantity as decimal(18, 4)) as evidence,
    added_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_favorites') }}
where stock_quantity <= {{ setting('low_stock_max_units') }}
