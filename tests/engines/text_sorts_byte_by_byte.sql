-- Text sorts by its UTF-8 bytes, whatever the database's language is.
{%- set in_order = [
    '', ' ', '!', '-', '0', '10', '9', 'A', 'AB', 'Aa', 'B', 'Z', '_', 'a', 'a b', 'a-b', 'aB',
    'ab', 'b', 'z', 'É', 'ß', 'é', 'Ω', 'а', '東', '～', '𝒜', '😀',
] %}
{%- set rows = [] %}
{%- for value in in_order %}{% do rows.append([loop.index, value]) %}{% endfor %}
with

placed as (
    select
        given,
        cast(place as integer) as place
    from {{ text_rows(['place', 'given'], rows) }}
),

sorted as (
    select
        given,
        row_number() over (order by {{ byte_order('given') }}) as came_out,
        place as expected
    from placed
),

extremes as (
    select
        min({{ byte_order('given') }}) as smallest,
        max({{ byte_order('given') }}) as largest
    from placed
    where given in ('a', 'B', 'é', '_')
)

select
    given,
    came_out,
    expected
from sorted
where came_out <> expected
union all
select
    smallest || ' and ' || largest as given,
    0 as came_out,
    0 as expected
from extremes
where (smallest = 'B' and largest = 'é') is not true
