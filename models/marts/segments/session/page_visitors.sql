select {{ counted_sessions('page_name') }}
from {{ ref('int_recent_session_pages') }}
group by
    person_id,
    page_name
