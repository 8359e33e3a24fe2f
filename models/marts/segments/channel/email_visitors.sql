{%- set pattern = sql_text(setting('email_campaign_pattern')) -%}

-- A session in the last `session_lookback_days` days.
select {{ counted_sessions() }}
from {{ ref('int_recent_sessions') }}
where
    (traffic_source = 'email' or traffic_medium = 'email')
    -- "%" also includes visits without a campaign
    and (traffic_campaign like {{ pattern }} or {{ pattern }} = '%')
group by person_id
