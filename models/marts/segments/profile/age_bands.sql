{%- set steps = setting('age_band_years') -%}

select
    person_id,
    {{ band_of('age_years', steps) }} as segment_value,
    cast(age_years as decimal(18, 4)) as evidence,
    created_at as evidence_at,
    {{ add_months('birth_date', '12 * ' ~ next_band('age_years', steps)) }} as expires_on
from {{ ref('int_person_ages') }}
where age_years is not null
