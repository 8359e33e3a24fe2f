{{ config(materialized='table') }}

-- A hash is evenly spread, so below a share of its range are as many of the people; as digits from
-- 0 to f sort byte by byte, texts are compared.
with

limits as (
    {% for segment, percent in setting('holdouts') | dictsort -%}
    select
        {{ sql_text(segment) }} as segment,
        '{{ '%08x' | format(percent * 16 ** 8 // 100) }}' as hash_limit
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        '' as segment,
        '' as hash_limit
    where 1 = 0
    {% endfor %}
),

hashed as (
    select
        oldest.person_id,
        limits.segment,
        limits.hash_limit,
        substr(
            md5(limits.segment || ':' || oldest.key_type || ':' || oldest.key_value), 1, 8
        ) as hash_start
    from {{ ref('int_oldest_keys') }} as oldest
    inner join {{ ref('int_people') }} as people on oldest.person_id = people.person_id
    cross join limits
)

select
    person_id,
    segment
from hashed
where {{ byte_order('hash_start') }} < {{ byte_order('hash_limit') }}
