{{ config(materialized='table') }}

select
    person_id,
    {{ sorted_list('segment') }} as segments
from {{ ref('segment_memberships') }}
group by person_id
