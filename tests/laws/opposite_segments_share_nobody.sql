{{ config(tags=['proof']) }}

-- What one of the two asks for, the other rules out. `recency_bands` hold all buyers. A law that
-- holds only for some settings is left out under the others.
{%- set pairs = [
    ('lapsing_buyers', 'buyers_last_30_days', true),
    ('psychological_owners', 'buyers_last_year', true),
    ('psychological_owners', 'recency_bands', true),
    ('female_buyers', 'male_buyers', true),
    ('vip_customers', 'low_value_customers', true),
    ('rare_large_basket_buyers', 'multi_buyers_last_30_days', true),
    ('lapsed_first_time_buyers', 'repeat_customers', true),
    ('lead_maturity', 'recency_bands', true),
    ('cold_customers', 'buyers_last_30_days', setting('cold_days') >= 30),
] %}
{% for one, other, holds in pairs if holds -%}
select distinct
    '{{ one }}' as one_segment,
    '{{ other }}' as other_segment,
    one.person_id
from {{ ref(one) }} as one
inner join {{ ref(other) }} as other on one.person_id = other.person_id
{{ 'union all' if not loop.last }}
{% endfor %}
