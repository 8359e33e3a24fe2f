-- Orders to the headquarters' city, however it is spelt.
with

placed as (
    {{ recounted_order_places('city') | indent }}
),

recounted as (
    select
        person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from placed
    where place = {{ normalised_text(sql_text(setting('headquarters_city'))) }}
    group by person_id
)

{{ members_that_differ(ref('local_buyers')) }}
