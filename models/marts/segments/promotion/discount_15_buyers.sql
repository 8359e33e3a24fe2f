select
    discounts.person_id,
    '' as segment_value,
    {{ last_known_value(
        'discounts.discount_percent', ['discounts.ordered_at', 'discounts.discount_percent']
    ) }} as evidence,
    max(discounts.ordered_at) as evidence_at,
    {{ leaves_months('max(discounts.ordered_on)', 12) }} as expires_on
from {{ ref('int_order_discounts') }} as discounts
cross join {{ ref('as_of') }} as as_of
where
    discounts.ordered_on >= as_of.last_12_months_from
    and 100 * discounts.discount_amount
    >= {{ setting('discount_15_min_percent') }} * discounts.list_amount
group by discounts.person_id
