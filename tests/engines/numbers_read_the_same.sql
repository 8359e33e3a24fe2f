-- A text is the same number on every engine, rounded half away from zero, or none.
{%- set long_one = '0' * 40 ~ '1' %}
{%- set amounts = [
    ['12.5', '12.5'],
    ['+5', '5'],
    ['-5', '-5'],
    ['-0', '0'],
    ['5.', '5'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['00012.50', '12.5'],
    ['0.0000005', '0.000001'],
    ['-0.0000005', '-0.000001'],
    ['0.0000015', '0.000002'],
    ['0.00000049999999999999999999', '0'],
    ['0.12345649999999999999999999999999999999999', '0.123456'],
    ['999999999999.999999', '999999999999.999999'],
    ['-999999999999.9999994', '-999999999999.999999'],
    ['999999999999.9999995', none],
    ['-999999999999.9999995', none],
    ['0000999999999999', '999999999999'],
    [long_one, '1'],
    ['1000000000000', none],
    ['.', none],
    ['-', none],
    ['+-1', none],
    ['--1', none],
    ['1-', none],
    ['(1)', none],
    ['1e3', none],
    ['1E3', none],
    ['1,000', none],
    ['1 000', none],
    ['1_000', none],
    ['0,5', none],
    ['1.2.3', none],
    ['$1', none],
    ['0x10', none],
    ['NaN', none],
    ['Infinity', none],
    ['inf', none],
    ['٥', none],
    ['５', none],
    ['½', none],
    ['5\n', none],
    ['5\u0085', none],
    ['5\u2028', none],
    ['5d', none],
    ['5f', none],
    ['5L', none],
    ['', none],
    [none, none],
] %}
{%- set whole = [
    ['2.5', '3'],
    ['-2.5', '-3'],
    ['0.5', '1'],
    ['-0.5', '-1'],
    ['1.5', '2'],
    ['3.5', '4'],
    ['2.4999999999', '2'],
    ['-2.4999999999', '-2'],
    ['99.5', none],
] %}
{%- set rates = [
    ['0.0000000000005', '0.000000000001'],
    ['1.1234567890125', '1.123456789013'],
    ['999999.9999999999994', '999999.999999999999'],
    ['999999.9999999999995', none],
    ['1000000', none],
] %}
{%- set booleans = [
    ['TRUE', 'true'],
    ['t', 'true'],
    ['Yes', 'true'],
    ['Y', 'true'],
    ['1', 'true'],
    ['False', 'false'],
    ['F', 'false'],
    ['no', 'false'],
    ['N', 'false'],
    ['0', 'false'],
    ['on', none],
    ['off', none],
    ['2', none],
    ['1.0', none],
    ['ｙ', none],
    ['', none],
    [none, none],
] %}
with

cases as (
    select
        'amount' as kind,
        raw,
        cast({{ parse_number('raw', 12, 6) }} as decimal(38, 12)) as came_out,
        cast(expected as decimal(38, 12)) as expected
    from {{ text_rows(['raw', 'expected'], amounts) }}
    union all
    select
        'whole number' as kind,
        raw,
        cast({{ parse_number('raw', 2, 0) }} as decimal(38, 12)) as came_out,
        cast(expected as decimal(38, 12)) as expected
    from {{ text_rows(['raw', 'expected'], whole) }}
    union all
    select
        'rate' as kind,
        raw,
        cast({{ parse_number('raw', 6, 12) }} as decimal(38, 12)) as came_out,
        cast(expected as decimal(38, 12)) as expected
    from {{ text_rows(['raw', 'expected'], rates) }}
    union all
    select
        'yes or no' as kind,
        raw,
        cast(cast({{ parse_boolean('raw') }} as integer) as decimal(38, 12)) as came_out,
        cast(cast(cast(expected as boolean) as integer) as decimal(38, 12)) as expected
    from {{ text_rows(['raw', 'expected'], booleans) }}
)

select
    kind,
    raw,
    came_out,
    expected
from cases
where came_out is distinct from expected
