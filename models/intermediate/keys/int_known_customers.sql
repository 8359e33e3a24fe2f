{{ config(materialized='view') }}

select
    key_value as customer_id,
    person_id
from {{ ref('int_person_keys') }}
where key_type = 'customer'
