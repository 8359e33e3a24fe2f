-- A purchase is a day with an order: at most as many, and none only where there is no order.
select
    person_id,
    purchases,
    orders
from {{ ref('people') }}
where (purchases between 0 and orders and (purchases = 0) = (orders = 0)) is not true
