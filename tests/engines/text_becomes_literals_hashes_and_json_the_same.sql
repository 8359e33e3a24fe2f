-- A text comes through a literal unchanged, and its hashes and its JSON are the same on every
-- engine.
{%- set cases = [
    ['a', 1, '0cc175b9c0f1b6a831c399e269772661', '"a"'],
    ['', 0, 'd41d8cd98f00b204e9800998ecf8427e', '""'],
    ['é€😀', 3, '3b07a39fef0ac5d7ef21575e7315a482', '"é€😀"'],
    ["it's", 4, '706dc2ee585fb5dcb18e3ac08da7ce0c', '"it' ~ "'" ~ 's"'],
    ['back\\slash', 10, '7ac22aa81ddb0dd4f82a9f0b547b92f4', '"back\\\\slash"'],
    ['say "x"', 7, 'a9144955c162446eb44c90b35986b397', '"say \\"x\\""'],
    ['line\nend', 8, '98143b220546868e4edba99b20f1ff97', '"line\\nend"'],
    ['\r\t\x08\x0c', 4, '5b1d5f05e67d8c6272f3b733e4226d01', '"\\r\\t\\b\\f"'],
    ['\x01\x1f\x7f', 3, '880372729ef531a44a2cb021a0814368', '"\\u0001\\u001F\x7f"'],
    ['a\u2028b', 3, 'df36670921e33c4cea108077f90a39e9', '"a\u2028b"'],
    ['\x0b\x0e\x0f\x1a\x1b\x1c', 6, 'ad0a2c11ddc441e1a0e56fee9716c278',
        '"\\u000B\\u000E\\u000F\\u001A\\u001B\\u001C"'],
    ['</a>&#39;%s$1\\1', 15, 'bfa732604fed956de1ff945bdb691e0c', '"</a>&#39;%s$1\\\\1"'],
    ['\\u001f\\', 7, '11f01de6778865b28c13124fbd6f1b89', '"\\\\u001f\\\\"'],
    [none, none, none, 'null'],
] %}
{%- set sums = [
    ['a', 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['é€😀', 'df9226927fd572c1ee66eec85de1bb139497614899f36e4e90474cb71f6ef9d0'],
    [none, none],
] %}
with

texts as (
    select
        given,
        cast(characters as integer) as characters,
        md5_sum,
        json
    from {{ text_rows(['given', 'characters', 'md5_sum', 'json'], cases) }}
),

answers as (
    select
        'characters' as what,
        given,
        cast(length(given) as {{ dbt.type_string() }}) as came_out,
        cast(characters as {{ dbt.type_string() }}) as expected
    from texts
    union all
    select
        'md5' as what,
        given,
        md5(given) as came_out,
        md5_sum as expected
    from texts
    union all
    select
        'json' as what,
        given,
        {{ json_text('given') }} as came_out,
        json as expected
    from texts
    union all
    select
        'sha256' as what,
        given,
        {{ sha256('given') }} as came_out,
        expected
    from {{ text_rows(['given', 'expected'], sums) }}
    union all
    -- a text joined to an unknown one is unknown
    select
        'joined' as what,
        given,
        'a' || given || 'b' as came_out,
        case when characters is not null then 'a' || given || 'b' end as expected
    from texts
    union all
    select
        'key' as what,
        given,
        case
            when {{ key_hash(['given', 'md5_sum']) }} is null then 'no key'
            when
                {{ key_hash(['given', 'md5_sum']) }}
                <> {{ key_hash(['substr(given, 1, 99)', 'substr(md5_sum, 1, 99)']) }}
                then 'another key'
        end as came_out,
        cast(null as {{ dbt.type_string() }}) as expected
    from texts
)

select
    what,
    given,
    came_out,
    expected
from answers
where came_out is distinct from expected
