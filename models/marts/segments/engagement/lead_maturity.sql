with

judged as (
    select
        *,
        case
            when days_since_cart_step < {{ setting('lead_days') }} then 'hot'
            when days_since_visit < {{ setting('lead_days') }} then 'engaged'
            else 'known'
        end as maturity
    from {{ ref('int_person_activity') }}
    where stage = 'prospects'
)

select
    person_id,
    maturity as segment_value,
    cast(
        case maturity when 'hot' then 3 when 'engaged' then 2 when 'known' then 1 end
        as decimal(18, 4)
    ) as evidence,
    case maturity
        when 'hot' then last_cart_step_at
        when 'engaged' then last_visit_at
        when 'known' then created_at
    end as evidence_at,
    case maturity
        when 'hot' then {{ leaves_days('last_cart_step_on', setting('lead_days')) }}
        when 'engaged' then {{ leaves_days('last_visit_on', setting('lead_days')) }}
    end as expires_on
from judged
