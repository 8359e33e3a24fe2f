{{ config(materialized='table') }}

-- What stands for each phone, as it is written: its digits after the country's calling code. Only
-- where a row names nobody but a phone; else nobody asks.
with

written as (
    select
        phone,
        coalesce(shipping_country_code, '{{ setting("home_country_code") }}') as country_code
    from {{ ref('base_shop__orders') }}
    where phone is not null and customer_id is null and email is null
    union
    select
        phone,
        coalesce(country_code, '{{ setting("home_country_code") }}') as country_code
    from {{ ref('base_shop__customers') }}
    where phone is not null and customer_id is null and email is null
),

all_written as (
    select
        phone,
        country_code
    from written
    union
    select
        phone,
        coalesce(country_code, '{{ setting("home_country_code") }}') as country_code
    from {{ ref('base_shop__customers') }}
    where phone is not null and exists (select 1 from written)
),

phones as (
    select
        country_code || ' ' || phone as person_id,
        phone,
        country_code
    from all_written
),

{{ phone_numbers('phones') }}

select
    phones.phone,
    phones.country_code,
    {{ email_key('numbers.national_number') }} as phone_key
from phones
inner join numbers on phones.person_id = numbers.person_id
where numbers.number is not null
