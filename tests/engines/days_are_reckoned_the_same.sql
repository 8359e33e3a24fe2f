-- Days, months, local days and spans of time are the same on every engine.
{%- set local_days = [
    ['Europe/Paris', '2024-03-30 22:59:59.999999', '2024-03-30'],
    ['Europe/Paris', '2024-03-30 23:00:00', '2024-03-31'],
    ['Europe/Paris', '2024-03-31 21:59:59.999999', '2024-03-31'],
    ['Europe/Paris', '2024-03-31 22:00:00', '2024-04-01'],
    ['Europe/Paris', '2024-10-26 21:59:59.999999', '2024-10-26'],
    ['Europe/Paris', '2024-10-26 22:00:00', '2024-10-27'],
    ['Europe/Paris', '2024-10-27 22:59:59.999999', '2024-10-27'],
    ['Europe/Paris', '2024-10-27 23:00:00', '2024-10-28'],
    ['Europe/Paris', '1969-12-31 22:59:59.999999', '1969-12-31'],
    ['Europe/Paris', '1969-12-31 23:00:00', '1970-01-01'],
    ['America/New_York', '2024-03-10 04:59:59', '2024-03-09'],
    ['America/New_York', '2024-03-10 05:00:00', '2024-03-10'],
    ['America/New_York', '2024-03-11 03:59:59', '2024-03-10'],
    ['America/New_York', '2024-03-11 04:00:00', '2024-03-11'],
    ['America/New_York', '2024-11-04 04:59:59', '2024-11-03'],
    ['Asia/Kolkata', '2024-01-01 18:29:59', '2024-01-01'],
    ['Asia/Kolkata', '2024-01-01 18:30:00', '2024-01-02'],
    ['Australia/Lord_Howe', '2024-04-06 12:59:59', '2024-04-06'],
    ['Australia/Lord_Howe', '2024-04-07 13:29:59', '2024-04-07'],
    ['Australia/Lord_Howe', '2024-04-07 13:30:00', '2024-04-08'],
    ['Pacific/Apia', '2011-12-30 09:59:59', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30 10:00:00', '2011-12-31'],
    ['America/Santiago', '2024-09-08 03:59:59', '2024-09-07'],
    ['America/Santiago', '2024-09-08 04:00:00', '2024-09-08'],
    ['UTC', '2024-02-29 23:59:59.999999', '2024-02-29'],
] %}
{%- set months_later = [
    ['2024-01-31', 1, '2024-02-29'],
    ['2023-01-31', 1, '2023-02-28'],
    ['2024-02-29', 1, '2024-03-29'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', -12, '2023-02-28'],
    ['2023-02-28', 12, '2024-02-28'],
    ['2024-03-31', -1, '2024-02-29'],
    ['2024-03-31', -3, '2023-12-31'],
    ['2024-05-31', -3, '2024-02-29'],
    ['2024-08-31', -6, '2024-02-29'],
    ['2024-12-31', -1, '2024-11-30'],
    ['2024-04-30', 1, '2024-05-30'],
] %}
{%- set days_later = [
    ['2024-02-28', 1, '2024-02-29'],
    ['2024-02-28', 2, '2024-03-01'],
    ['2023-02-28', 1, '2023-03-01'],
    ['2024-01-01', -1, '2023-12-31'],
    ['2024-03-30', 2, '2024-04-01'],
    ['2024-03-31', 0, '2024-03-31'],
    ['2024-03-31', 100000, '2298-01-14'],
    ['1900-02-28', 1, '1900-03-01'],
] %}
{%- set weekdays = [
    ['2024-02-29', '4'],
    ['2024-03-03', '7'],
    ['2024-03-04', '1'],
    ['1969-12-31', '3'],
    ['1900-01-01', '1'],
] %}
{%- set microseconds = [
    ['1969-12-31 23:59:59.999999', '1970-01-01 00:00:00', '1'],
    ['1970-01-01 00:00:00.000001', '1970-01-01 00:00:00', '-1'],
    ['2024-02-28 12:00:00', '2024-03-01 12:00:00.25', '172800250000'],
    ['2024-03-30 12:00:00', '2024-03-31 12:00:00', '86400000000'],
    ['0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '315537897599999999'],
    ['2024-01-01 00:00:00', none, none],
] %}
{%- set zones = local_days | map(attribute=0) | unique | list %}
{%- set months = months_later | map(attribute=1) | unique | list %}
with

time_zones as (
    select
        'local day in ' || zone as what,
        seen_at as given,
        case zone
            {%- for zone in zones %}
            when {{ sql_text(zone) }} then {{ local_day('cast(seen_at as timestamp)', zone) }}
            {%- endfor %}
        end as came_out,
        cast(expected as date) as expected
    from {{ text_rows(['zone', 'seen_at', 'expected'], local_days) }}
),

later_months as (
    select
        months_later || ' months later' as what,
        from_day as given,
        case months_later
            {%- for number in months %}
            when {{ sql_text(number) }} then {{ add_months('cast(from_day as date)', number) }}
            {%- endfor %}
        end as came_out,
        cast(expected as date) as expected
    from {{ text_rows(['from_day', 'months_later', 'expected'], months_later) }}
),

later_days as (
    select
        cast(from_day as date) as from_day,
        cast(days_later as integer) as days_later,
        cast(expected as date) as expected
    from {{ text_rows(['from_day', 'days_later', 'expected'], days_later) }}
),

spans as (
    select
        earlier,
        later,
        {{ microseconds_between('cast(earlier as timestamp)', 'cast(later as timestamp)') }}
            as came_out,
        cast(expected as bigint) as expected
    from {{ text_rows(['earlier', 'later', 'expected'], microseconds) }}
),

answers as (
    select
        what,
        given,
        cast(came_out as {{ dbt.type_string() }}) as came_out,
        cast(expected as {{ dbt.type_string() }}) as expected
    from time_zones
    union all
    select
        what,
        given,
        cast(came_out as {{ dbt.type_string() }}) as came_out,
        cast(expected as {{ dbt.type_string() }}) as expected
    from later_months
    union all
    select
        cast(days_later as {{ dbt.type_string() }}) || ' days later' as what,
        cast(from_day as {{ dbt.type_string() }}) as given,
        cast({{ add_days('from_day', 'days_later') }} as {{ dbt.type_string() }}) as came_out,
        cast(expected as {{ dbt.type_string() }}) as expected
    from later_days
    union all
    select
        'days until ' || cast(expected as {{ dbt.type_string() }}) as what,
        cast(from_day as {{ dbt.type_string() }}) as given,
        cast({{ days_between('from_day', 'expected') }} as {{ dbt.type_string() }}) as came_out,
        cast(days_later as {{ dbt.type_string() }}) as expected
    from later_days
    union all
    select
        'weekday' as what,
        on_day as given,
        cast({{ weekday('cast(on_day as date)') }} as {{ dbt.type_string() }}) as came_out,
        expected
    from {{ text_rows(['on_day', 'expected'], weekdays) }}
    union all
    select
        'microseconds until ' || coalesce(later, 'an unknown time') as what,
        earlier as given,
        cast(came_out as {{ dbt.type_string() }}) as came_out,
        cast(expected as {{ dbt.type_string() }}) as expected
    from spans
)

select
    what,
    given,
    came_out,
    expected
from answers
where came_out is distinct from expected
