select
    session_key,
    cast(count(*) as integer) as purchases,
    min(occurred_at) as first_purchased_at,
    max(occurred_at) as last_purchased_at
from {{ ref('int_counted_purchases') }}
group by session_key
