-- Whoever bought enough units of a category in the last 12 months has bought one of it ever, and
-- not fewer units ever than then.
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
    -- half a unit may be enough for the one and is too little for the other
    and repeated.evidence >= 1
