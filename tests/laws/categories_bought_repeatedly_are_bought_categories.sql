{{ config(tags=['proof']) }}

-- Anyone who bought enough units of a category in the last 12 months is a buyer of it, with at
-- least as many units ever.
select
    repeated.person_id,
    repeated.segment_value,
    repeated.evidence as units_in_12_months,
    bought.evidence as units_ever
from {{ ref('category_repeat_buyers') }} as repeated
left join {{ ref('category_buyers') }} as bought
    on
        repeated.person_id = bought.person_id
        and repeated.segment_value = bought.segment_value
where
    (repeated.evidence <= bought.evidence) is not true
    -- half a unit may be enough for one and too little for the other
    and repeated.evidence >= 1
