-- Once the n-th newest order has left a window, fewer than n are in it.
select
    person_id,
    cast(
        row_number() over (
            partition by person_id order by ordered_on desc, {{ byte_order('order_id') }} desc
        ) as integer
    ) as newest_first,
    ordered_on
from {{ ref('int_orders') }}
where
    is_valid
    and person_id is not null
