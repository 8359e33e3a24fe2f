-- What each person declared, by attribute: the newest record, or the greatest value of several at
-- the same time.
with

as_of as (
    select as_of_on
    from {{ ref('as_of') }}
),

owned as (
    select
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id,
        attributes.attribute,
        attributes.value,
        attributes.recorded_at
    from {{ ref('stg_shop__customer_attributes') }} as attributes
    cross join as_of
    left join {{ ref('int_known_customers') }} as customers
        on attributes.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on attributes.email_key = emails.email_key
    where attributes.recorded_on <= as_of.as_of_on
),

-- one of several records that are alike in all of these is as good as the other
ranked as (
    select
        person_id,
        attribute,
        value,
        recorded_at,
        row_number() over (
            partition by person_id, attribute
            order by
                recorded_at desc,
                {{ byte_order('value') }} desc
        ) as newest_first
    from owned
    where person_id is not null
)

select
    person_id,
    attribute,
    value,
    recorded_at
from ranked
where newest_first = 1
