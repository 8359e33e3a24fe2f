select
    person_id,
    category as segment_value,
    {{ evidence_of(last_known_value('amount', ['ordered_at', 'amount'])) }} as evidence,
    max(ordered_at) as evidence_at,
    {{ leaves_months('max(ordered_on)', 12) }} as expires_on
from {{ ref('int_category_orders_12_months') }}
where
    amount * category_orders_12_months
    > (1 + {{ setting('big_basket_uplift') }}) * category_amount_12_months
group by
    person_id,
    category
