-- Orders to any other country that is known.
with

placed as (
    {{ recounted_order_places('country_code') | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from placed
    where place <> {{ sql_text(setting('home_country_code')) }}
    group by person_id
)

{{ members_that_differ(ref('international_customers')) }}
