-- Words that the seeds do not know set nothing off.
select
    scenarios.segment,
    scenarios.scenario,
    scenarios.channel,
    scenarios.scenario_fr,
    scenarios.programme,
    scenarios.priority,
    scenarios.is_service_message,
    triggers.set_off_by,
    cast(delays.due_days as integer) as due_days,
    cast(delays.due_months as integer) as due_months,
    cast(delays.second_days as integer) as second_days,
    cast(delays.third_days as integer) as third_days,
    cast(delays.repeat_days as integer) as repeat_days,
    -- what is part of the service is of no use after the day that follows
    case when scenarios.is_service_message then 2 else cast(delays.wait_days as integer) end
        as wait_days,
    -- what is left in stock is a state, which lasts
    triggers.set_off_by = 'low_stock' or delays.repeat_days is not null as never_lapses
from {{ ref('int_campaign_scenarios') }} as scenarios
inner join {{ ref('scenario_triggers') }} as triggers on scenarios.trigger = triggers.trigger
inner join {{ ref('scenario_delays') }} as delays on scenarios.delay = delays.delay
where
    triggers.set_off_by is not null
    and scenarios.channel in ('email', 'sms', 'post', 'phone')
