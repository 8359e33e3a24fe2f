{{ config(materialized='view') }}

select
    key_value as phone_key,
    person_id
from {{ ref('int_person_keys') }}
where key_type = 'phone'
