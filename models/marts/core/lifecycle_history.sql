select
    person_id,
    stage,
    valid_from,
    valid_to
from {{ ref('int_person_lifecycle') }}
