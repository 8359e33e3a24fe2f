select
    stage,
    channel,
    max_messages,
    in_days
from {{ ref('int_messaging_policy') }}
