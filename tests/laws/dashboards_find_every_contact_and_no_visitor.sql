-- The mart of contacts is that of all people without those whose id is a visitor's.
{%- set columns = [
    'person_id', 'created_at', 'stage', 'orders', 'net_revenue_amount', 'segments'
] %}
with

contacts as (
    select {{ columns | join(', ') }}
    from {{ ref('people') }}
    where person_id not like 'v:%'
)

{{ rows_that_differ(ref('contacts'), 'contacts', columns) }}
