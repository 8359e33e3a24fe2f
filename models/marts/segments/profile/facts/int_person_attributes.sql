-- What each person declared, by attribute: the newest record, or the greatest value of several at
-- the same time.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

ranked as (
    select
        customers.person_id,
        attributes.attribute,
        attributes.value,
        attributes.recorded_at,
        row_number() over (
            partition by customers.person_id, attributes.attribute
            order by
                attributes.recorded_at desc,
                {{ byte_order('attributes.value') }} desc,
                {{ byte_order('attributes.customer_id') }} asc
        ) as newest_first
    from {{ ref('stg_shop__customer_attributes') }} as attributes
    inner join {{ ref('int_known_customers') }} as customers
        on attributes.customer_id = customers.customer_id
    cross join as_of
    where
        customers.person_id is not null
        and attributes.recorded_on <= as_of.as_of_on
)

select
    person_id,
    attribute,
    value,
    recorded_at
from ranked
where newest_first = 1
