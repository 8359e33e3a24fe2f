select
    person_id,
    '' as segment_value,
    cast(sum(orders) as decimal(18, 4)) as evidence,
    max(last_ordered_at) as evidence_at,
    cast(null as date) as expires_on
from {{ ref('int_person_places') }}
where
    place_kind = 'country'
    and place <> {{ sql_text(setting('home_country_code')) }}
group by person_id
