select
    0 as days_ago,
    as_of_on as known_on
from {{ ref('as_of') }}
union all
select
    {{ setting('recommend_test_days') }} as days_ago,
    {{ add_days('as_of_on', -setting('recommend_test_days')) }} as known_on
from {{ ref('as_of') }}
