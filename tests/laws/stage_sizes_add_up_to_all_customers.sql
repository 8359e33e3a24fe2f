-- The sizes of the six stages = the size of the base list = the contacts.
with

contacts as (
    select count(*) as contacts
    from {{ ref('people') }}
    where is_contact
),

totals as (
    select
        sum(case when segment = 'all_customers' then members end) as all_customers,
        sum(
            case
                when segment in (
                    'prospects', 'first_time_buyers', 'repeat_customers', 'loyal_customers',
                    'at_risk_customers', 'inactive_customers'
                ) then members
            end
        ) as members_of_stages
    from {{ ref('segment_sizes') }}
)

select
    totals.all_customers,
    totals.members_of_stages,
    contacts.contacts
from totals
cross join contacts
where
    (
        totals.all_customers = totals.members_of_stages
        and totals.all_customers = contacts.contacts
    ) is not true
