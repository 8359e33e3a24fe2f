-- The distinct values of a group in one text: byte by byte, nulls skipped, null where all are null.
{%- set group_rows = [
    ['one', 'b'],
    ['bytes', 'é'],
    ['bytes', 'a'],
    ['bytes', 'B'],
    ['bytes', '_'],
    ['bytes', '10'],
    ['bytes', '9'],
    ['bytes', 'a b'],
    ['bytes', 'a_b'],
    ['bytes', 'aa'],
    ['twice', 'b'],
    ['twice', 'a'],
    ['twice', 'b'],
    ['a null among them', 'b'],
    ['a null among them', none],
    ['a null among them', 'a'],
    ['all null', none],
    ['all null', none],
] %}
{%- set expected_rows = [
    ['one', 'b'],
    ['bytes', '10, 9, B, _, a, a b, a_b, aa, é'],
    ['twice', 'a, b'],
    ['a null among them', 'a, b'],
    ['all null', none],
] %}
with

group_rows as (
    select
        name,
        value
    from {{ text_rows(['name', 'value'], group_rows) }}
),

expected_rows as (
    select
        name,
        list
    from {{ text_rows(['name', 'list'], expected_rows) }}
),

came_out as (
    select
        name,
        {{ sorted_list('value') }} as list
    from group_rows
    group by name
)

select
    expected_rows.name,
    came_out.list,
    expected_rows.list as expected_list
from expected_rows
left join came_out on expected_rows.name = came_out.name
where
    came_out.name is null
    or came_out.list is distinct from expected_rows.list
