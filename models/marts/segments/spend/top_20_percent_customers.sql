-- A rank is at most a number rounded up exactly when the rank before it is below the number.
select
    person_id,
    '' as segment_value,
    {{ evidence_of('monetary_amount') }} as evidence,
    last_order_at as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_rfm') }}
where monetary_rank - 1 < {{ setting('pareto_share') }} * buyers
