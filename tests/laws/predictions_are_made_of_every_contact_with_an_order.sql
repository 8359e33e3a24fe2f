{{ config(tags=['proof']) }}

-- The contacts with an order that counts, each once and nobody else, even where no model is fitted.
with

buyers as (
    select people.person_id
    from {{ ref('people') }} as people
    where
        people.is_contact
        and people.person_id in (
            select orders.person_id
            from {{ ref('orders') }} as orders
            where
                orders.is_valid
                and orders.person_id is not null
        )
)

{{ rows_that_differ(ref('person_predictions'), 'buyers', ['person_id']) }}
