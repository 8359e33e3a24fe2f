{{ config(tags=['proof']) }}

-- VIP and low-value customers together are all buyers; so are the recency bands and the RFM
-- segments; the maturities are all prospects: nobody twice, nobody missing, nobody else.
{%- set divisions = {
    'buyers by value': ['vip_customers', 'low_value_customers'],
    'buyers by recency': ['recency_bands'],
    'buyers by RFM': ['rfm_segments'],
    'prospects by maturity': ['lead_maturity'],
} %}
with

parts as (
    {% for division, segments in divisions.items() -%}
    {% set last_division = loop.last -%}
    {% for segment in segments -%}
    select
        person_id,
        '{{ division }}' as division
    from {{ ref(segment) }}
    {{ 'union all' if not (last_division and loop.last) }}
    {% endfor -%}
    {% endfor -%}
),

buyers as (
    select distinct person_id
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
),

wholes as (
    select
        person_id,
        'prospects by maturity' as division
    from {{ ref('prospects') }}
    {% for division in divisions if division.startswith('buyers') -%}
    union all
    select
        person_id,
        '{{ division }}' as division
    from buyers
    {% endfor -%}
)

{{ rows_that_differ('parts', 'wholes', ['person_id', 'division']) }}
