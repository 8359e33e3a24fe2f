-- A ratio is rounded, or rounded up, from its exact value: a floating quotient would differ by
-- engine, and a quotient of whole numbers would be cut off.
{%- set rounded = [
    ['7', '2', '3.5'],
    ['1', '3', '0.3333'],
    ['2', '3', '0.6667'],
    ['0', '5', '0'],
    ['1', '20000', '0.0001'],
    ['1', '20001', '0'],
    ['3', '20000', '0.0002'],
    ['5', '20000', '0.0003'],
    ['7', '20000', '0.0004'],
    ['1', '32', '0.0313'],
    ['3', '32', '0.0938'],
    ['1000005', '100000', '10.0001'],
    ['1000015', '100000', '10.0002'],
    ['2147483647', '2', '1073741823.5'],
    ['2147483647', '2147483647', '1'],
    ['3', none, none],
] %}
{%- set rounded_money = [
    ['10.01', '3', '3.3367'],
    ['0.0001', '2', '0.0001'],
    ['0.0001', '3', '0'],
    ['1.0005', '10', '0.1001'],
    ['1.0015', '10', '0.1002'],
    ['2.675', '1', '2.675'],
    ['33.33', '4', '8.3325'],
    ['999999999999.9999', '1', '999999999999.9999'],
    ['999999999999.9999', '2', '500000000000'],
    ['26723249999998.9849', '2', '13361624999999.4925'],
    ['0.0003', '0.0002', '1.5'],
    ['12.34', none, none],
] %}
{%- set rounded_up = [
    ['10', '5', '2'],
    ['11', '5', '3'],
    ['0', '5', '0'],
    ['1', '3', '1'],
    ['0.3', '0.1', '3'],
    ['0.7', '0.1', '7'],
    ['1.1', '0.1', '11'],
    ['4.35', '0.01', '435'],
    ['4.3501', '0.01', '436'],
    ['0.6', '0.2', '3'],
    ['0.6001', '0.2', '4'],
    ['16777217', '1', '16777217'],
    ['2147483647', '1', '2147483647'],
] %}
{%- set middles = [
    ['one', '3', '3'],
    ['two', '1', '1.5'],
    ['two', '2', '1.5'],
    ['three', '9', '2'],
    ['three', '1', '2'],
    ['three', '2', '2'],
    ['four', '8', '3'],
    ['four', '1', '3'],
    ['four', '4', '3'],
    ['four', '2', '3'],
    ['two and one unknown', '1', '1.5'],
    ['two and one unknown', none, '1.5'],
    ['two and one unknown', '2', '1.5'],
    ['unknown', none, none],
] %}
with

whole_numbers as (
    select
        numerator || ' by ' || coalesce(denominator, 'none') as given,
        cast(numerator as integer) as numerator,
        cast(denominator as integer) as denominator,
        cast(expected as decimal(18, 4)) as expected
    from {{ text_rows(['numerator', 'denominator', 'expected'], rounded) }}
),

amounts as (
    select
        numerator || ' by ' || coalesce(denominator, 'none') as given,
        cast(numerator as decimal(18, 4)) as numerator,
        cast(denominator as decimal(18, 4)) as denominator,
        cast(expected as decimal(18, 4)) as expected
    from {{ text_rows(['numerator', 'denominator', 'expected'], rounded_money) }}
),

ceilings as (
    select
        numerator || ' by ' || denominator || ', rounded up' as given,
        cast(numerator as decimal(18, 4)) as numerator,
        cast(denominator as decimal(18, 4)) as denominator,
        cast(expected as decimal(18, 4)) as expected
    from {{ text_rows(['numerator', 'denominator', 'expected'], rounded_up) }}
),

values_of_groups as (
    select
        name,
        cast(given as integer) as given,
        cast(expected as decimal(18, 4)) as expected
    from {{ text_rows(['name', 'given', 'expected'], middles) }}
),

answers as (
    select
        given,
        {{ rounded_ratio('numerator', 'denominator') }} as came_out,
        expected
    from whole_numbers
    union all
    select
        given,
        {{ rounded_ratio('numerator', 'denominator') }} as came_out,
        expected
    from amounts
    union all
    select
        given,
        cast({{ ceiling_of_ratio('numerator', 'denominator') }} as decimal(18, 4)) as came_out,
        expected
    from ceilings
    union all
    select
        'median of ' || name as given,
        cast(percentile_cont(0.5) within group (order by given) as decimal(18, 4)) as came_out,
        max(expected) as expected
    from values_of_groups
    group by name
)

select
    given,
    came_out,
    expected
from answers
where came_out is distinct from expected
