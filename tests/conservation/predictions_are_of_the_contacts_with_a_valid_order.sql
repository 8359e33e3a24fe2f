-- Whoever has bought has a row, with numbers or without; nobody else has one.
with

buyers as (
    select distinct person_id
    from {{ ref('orders') }}
    where
        is_valid
        and person_id is not null
)

{{ rows_that_differ(ref('person_predictions'), 'buyers', ['person_id']) }}
