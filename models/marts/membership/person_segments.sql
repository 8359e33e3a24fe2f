{{ config(materialized='table') }}

-- bits of two numbers are cheaper than lists, and few sets of segments differ: each is listed once
with

places as (
    select
        segment,
        row_number() over (order by {{ byte_order('segment') }}) - 1 as place
    from {{ ref('segment_definitions') }}
),

-- more segments than two numbers have bits stop the build
segment_bits as (
    select
        segment,
        cast(case when place < 62 then power(2, place) else 0 end as bigint) as low_bits,
        cast(case when place < 62 then 0 else power(2, place - 62) end as bigint) as high_bits
    from places
),

person_bits as (
    select
        memberships.person_id,
        bit_or(segment_bits.low_bits) as low_bits,
        bit_or(segment_bits.high_bits) as high_bits
    from {{ ref('segment_memberships') }} as memberships
    inner join segment_bits on memberships.segment = segment_bits.segment
    group by memberships.person_id
),

sets as (
    select distinct
        low_bits,
        high_bits
    from person_bits
),

lists as (
    select
        sets.low_bits,
        sets.high_bits,
        {{ sorted_list('segment_bits.segment') }} as segments
    from sets
    inner join segment_bits
        on
            (sets.low_bits & segment_bits.low_bits) <> 0
            or (sets.high_bits & segment_bits.high_bits) <> 0
    group by
        sets.low_bits,
        sets.high_bits
)

select
    person_bits.person_id,
    lists.segments
from person_bits
inner join lists
    on
        person_bits.low_bits = lists.low_bits
        and person_bits.high_bits = lists.high_bits
