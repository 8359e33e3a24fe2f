select
    person_id,
    lead_maturity as segment_value,
    cast(
        case lead_maturity when 'hot' then 3 when 'engaged' then 2 when 'known' then 1 end
        as decimal(18, 4)
    ) as evidence,
    case lead_maturity
        when 'hot' then last_cart_step_at
        when 'engaged' then last_visit_at
        when 'known' then created_at
    end as evidence_at,
    case lead_maturity
        when 'hot' then {{ leaves_days('last_cart_step_on', setting('lead_days')) }}
        when 'engaged' then {{ leaves_days('last_visit_on', setting('lead_days')) }}
    end as expires_on
from {{ ref('int_person_activity') }}
where lead_maturity is not null
