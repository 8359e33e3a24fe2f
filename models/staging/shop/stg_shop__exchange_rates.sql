select
    currency,
    rate_on,
    rate
from {{ ref('base_shop__exchange_rates') }}
where rejection_reason is null
