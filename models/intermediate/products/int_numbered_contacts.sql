-- Numbers are joined and counted in a fraction of the time that ids take.
select
    person_id,
    cast(row_number() over (order by {{ byte_order('person_id') }}) as integer) as person_number
from {{ ref('int_people') }}
where is_contact
