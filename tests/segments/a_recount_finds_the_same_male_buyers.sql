-- Orders of men.
with

said as (
    {{ recounted_said('gender') | indent }}
),

recounted as (
    select
        orders.person_id,
        '' as segment_value,
        cast(count(*) as decimal(18, 4)) as evidence,
        max(orders.ordered_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('orders') }} as orders
    inner join said on orders.person_id = said.person_id
    where
        orders.is_valid
        and said.said = 'male'
    group by orders.person_id
)

{{ members_that_differ(ref('male_buyers')) }}
