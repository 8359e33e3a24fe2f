-- A session in the last `session_lookback_days` days.
select {{ newest_session('chats') }}
from {{ ref('int_recent_sessions') }}
where last_purchased_at >= first_chat_at
group by person_id
