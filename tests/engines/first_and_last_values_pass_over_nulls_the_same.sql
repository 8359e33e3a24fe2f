-- The value of the first row may be null, the first and the last known value may not; text that
-- breaks a tie is compared byte by byte, and nulls come where the order says.
{%- set group_rows = [
    ['null first', '1', 'a', none],
    ['null first', '2', 'a', 'second'],
    ['null first', '3', 'a', 'third'],
    ['null last', '1', 'a', 'first'],
    ['null last', '2', 'a', 'second'],
    ['null last', '3', 'a', none],
    ['all null', '1', 'a', none],
    ['all null', '2', 'a', none],
    ['tie', '1', 'é', 'e acute'],
    ['tie', '1', 'a', 'small a'],
    ['tie', '1', 'B', 'capital b'],
    ['tie', '1', '_', 'underscore'],
    ['known in the middle', '1', 'B', none],
    ['known in the middle', '1', '_', 'underscore'],
    ['known in the middle', '1', 'a', 'small a'],
    ['known in the middle', '2', 'A', none],
    ['ten is more than nine', '10', 'a', 'tenth'],
    ['ten is more than nine', '9', 'a', 'ninth'],
] %}
{%- set expected_rows = [
    ['null first', none, 'second', 'third', '2'],
    ['null last', 'first', 'first', 'second', '2'],
    ['all null', none, none, none, '0'],
    ['tie', 'capital b', 'capital b', 'e acute', '4'],
    ['known in the middle', none, 'underscore', 'small a', '2'],
    ['ten is more than nine', 'ninth', 'ninth', 'tenth', '2'],
] %}
{%- set expected_columns = ['name', 'first_value_of_all', 'first_known', 'last_known', 'known'] %}
{%- set in_order = ['place', byte_order('id')] %}
with

group_rows as (
    select
        name,
        cast(place as integer) as place,
        id,
        value
    from {{ text_rows(['name', 'place', 'id', 'value'], group_rows) }}
),

expected_rows as (
    select
        name,
        first_value_of_all,
        first_known,
        last_known,
        cast(known as integer) as known
    from {{ text_rows(expected_columns, expected_rows) }}
),

ranked as (
    select
        name,
        place,
        id,
        value,
        row_number() over (partition by name order by {{ in_order | join(', ') }}) as place_in_all,
        row_number() over (
            partition by name order by {{ byte_order('value') }} asc nulls last, id
        ) as nulls_come_last,
        row_number() over (
            partition by name order by {{ byte_order('value') }} desc nulls last, id
        ) as nulls_come_last_also_downwards
    from group_rows
),

came_out as (
    select
        name,
        {{ value_at_first('value', in_order) }} as first_value_of_all,
        {{ first_known_value('value', 'place_in_all') }} as first_known,
        {{ last_known_value('value', in_order) }} as last_known,
        max(case when value is not null then nulls_come_last else 0 end) as last_known_place,
        max(case when value is not null then nulls_come_last_also_downwards else 0 end)
            as last_known_place_downwards
    from ranked
    group by name
)

select
    expected_rows.name,
    came_out.first_value_of_all,
    expected_rows.first_value_of_all as expected_first_value_of_all,
    came_out.first_known,
    expected_rows.first_known as expected_first_known,
    came_out.last_known,
    expected_rows.last_known as expected_last_known,
    came_out.last_known_place,
    came_out.last_known_place_downwards,
    expected_rows.known
from expected_rows
left join came_out on expected_rows.name = came_out.name
where
    came_out.first_value_of_all is distinct from expected_rows.first_value_of_all
    or came_out.first_known is distinct from expected_rows.first_known
    or came_out.last_known is distinct from expected_rows.last_known
    or came_out.last_known_place is distinct from expected_rows.known
    or came_out.last_known_place_downwards is distinct from expected_rows.known
