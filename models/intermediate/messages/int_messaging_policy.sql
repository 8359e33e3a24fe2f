select
    stage,
    channel,
    cast(max_messages as integer) as max_messages,
    cast(in_days as integer) as in_days,
    cast(second_after_days as integer) as second_after_days,
    cast(third_after_days as integer) as third_after_days,
    cast(is_spaced_out as boolean) as is_spaced_out,
    cast(max_months as integer) as max_months
from {{ ref('messaging_policy') }}
