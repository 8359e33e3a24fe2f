-- Names and addresses come out the same on every engine: composed, tidy, and usable or not.
{%- set texts = [
    ['Zoe\u0308', 'Zoë'],
    ['Zoe\u0001\u0308', 'Zoë'],
    ['Nguye\u0302\u0303n', 'Nguy\u1ec5n'],
    ['\u1112\u1161\u11ab', '\ud55c'],
    ['\u212b', '\u00c5'],
    ['ﬁ①', 'ﬁ①'],
    ['A\u0007n\u001f\u007fn\u0080\u009fa', 'Anna'],
    [' \t\r\n\u000b\u000c\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000 a \u2009 b\u00a0', 'a b'],
    ['a\u200b\u00adb', 'a\u200b\u00adb'],
    ['=+-@ =Anna=+-@', 'Anna=+-@'],
    ['- ', none],
    ['\u0001', none],
    ['😀', '😀'],
    ['O\'Neil\\', 'O\'Neil\\'],
    ['', none],
    [none, none],
] %}
{%- set emails = [
    ['anna@example.com', 'yes'],
    ['a.b+c_d-e\'f@mail.ex-ample.co', 'yes'],
    ['_@1.xn--p1ai', 'yes'],
    ['a' * 243 ~ '@example.com', 'no'],
    ['a' * 242 ~ '@example.com', 'yes'],
    ['anna', 'no'],
    ['@example.com', 'no'],
    ['anna@@example.com', 'no'],
    ['anna@example', 'no'],
    ['anna@example.c', 'no'],
    ['anna@example.c1', 'no'],
    ['anna@-example.com', 'no'],
    ['anna@example-.com', 'no'],
    ['anna@exa mple.com', 'no'],
    ['anna@example.com\n', 'no'],
    ['.anna@example.com', 'no'],
    ['anna.@example.com', 'no'],
    ['an..na@example.com', 'no'],
    ['an,na@example.com', 'no'],
    ['"anna"@example.com', 'no'],
    ['+anna@example.com', 'no'],
    ['zoë@example.com', 'no'],
    ['anna@exämple.com', 'no'],
    [none, none],
] %}
with

answers as (
    select
        'text' as kind,
        given,
        {{ clean_text('given') }} as came_out,
        expected
    from {{ text_rows(['given', 'expected'], texts) }}
    union all
    select
        'e-mail' as kind,
        given,
        case when {{ is_email('given') }} then 'yes' when not {{ is_email('given') }} then 'no' end
            as came_out,
        expected
    from {{ text_rows(['given', 'expected'], emails) }}
)

select
    kind,
    given,
    came_out,
    expected
from answers
where came_out is distinct from expected
