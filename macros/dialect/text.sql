{#- Text that differs between engines. Each macro takes SQL expressions and returns one. -#}

{% macro trimmed(text) %}
    {#-
    Text without leading and trailing spaces, tabs, line ends and NUL characters; null where nothing is left.

    Arguments: text (SQL expression of any type, read as text).
    Returns: SQL expression, text or null.
    -#}
    {{- return(adapter.dispatch('trimmed', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__trimmed(text) -%}
    {#- most texts have nothing to trim, and checking costs a tenth of trimming by a list -#}
    {%- set text = 'cast(' ~ text ~ ' as varchar)' -%}
    case
        when {{ text }} < '!' or substr({{ text }}, -1) < '!'
            then nullif(trim({{ text }}, e' \t\r\n' || chr(0)), '')
        else {{ text }}
    end
{%- endmacro %}

{% macro postgres__trimmed(text) -%}
    nullif(btrim(cast({{ text }} as text), e' \t\r\n'), '')
{%- endmacro %}

{% macro spark__trimmed(text) -%}
    nullif(trim(both ' \t\r\n\0' from cast({{ text }} as string)), '')
{%- endmacro %}


{% macro lower_case(text) %}
    {#-
    Arguments: text (SQL expression, text).
    Returns: SQL expression, the text in lower case, whatever the database's language is.
    -#}
    {{- return(adapter.dispatch('lower_case', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__lower_case(text) -%}
    lower({{ text }})
{%- endmacro %}

{% macro postgres__lower_case(text) -%}
    {#- letter by letter: a word's last sigma is no other letter, and a dotted I is one letter -#}
    lower(translate({{ text }}, 'Σİ', 'σi') collate "und-x-icu")
{%- endmacro %}

{% macro spark__lower_case(text) -%}
    lower(translate({{ text }}, 'Σİ', 'σi'))
{%- endmacro %}


{% macro is_one_of(text, words) %}
    {#-
    Whether a text is one of some words, in any case. Most texts are not, and that must cost little.

    Arguments: text (SQL expression, text), words (list of text, not empty).
    Returns: SQL condition.
    -#}
    {{- return(adapter.dispatch('is_one_of', 'shop_segments')(text, words | map('lower') | unique | list)) -}}
{% endmacro %}

{% macro default__is_one_of(text, words) -%}
    {#- by the first character; a list of constants would become a join, and many comparisons take long to plan -#}
    {%- set first, patterns, longest = [], [], words | map('length') | max -%}
    {%- for word in words -%}
        {%- do first.extend([word[0], word[0] | upper]) -%}
        {%- do patterns.append(modules.re.escape(word)) -%}
    {%- endfor -%}
    (
        length({{ text }}) <= {{ longest }}
        and contains({{ sql_text(first | unique(true) | join) }}, left({{ text }}, 1))
        and regexp_full_match({{ text }}, {{ sql_text(patterns | join('|')) }}, 'i')
    )
{%- endmacro %}

{% macro postgres__is_one_of(text, words) -%}
    case
        when length({{ text }}) <= {{ words | map('length') | max }}
            then {{ lower_case(text) }} in ({{ sql_texts(words) }})
        else false
    end
{%- endmacro %}

{% macro spark__is_one_of(text, words) -%}
    (
        length({{ text }}) <= {{ words | map('length') | max }}
        and {{ lower_case(text) }} in ({{ sql_texts(words) }})
    )
{%- endmacro %}


{% macro upper_case(text) %}
    {#-
    Arguments: text (SQL expression, text).
    Returns: SQL expression, the text in upper case, whatever the database's language is.
    -#}
    {{- return(adapter.dispatch('upper_case', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__upper_case(text) -%}
    upper({{ text }})
{%- endmacro %}

{% macro postgres__upper_case(text) -%}
    upper({{ text }} collate "und-x-icu")
{%- endmacro %}


{% macro byte_order(text) %}
    {#-
    A text that sorts byte by byte, for sorting and for the least and the greatest of texts.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, the same text.
    -#}
    {{- return(adapter.dispatch('byte_order', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__byte_order(text) -%}
    {{ text }}
{%- endmacro %}

{% macro postgres__byte_order(text) -%}
    {{ text }} collate "C"
{%- endmacro %}


{% macro sql_text(value) %}
    {#-
    Arguments: value (text, or what is shown as one).
    Returns: the value as an SQL text literal.
    -#}
    {{- return(adapter.dispatch('sql_text', 'shop_segments')(value | string)) -}}
{% endmacro %}

{% macro default__sql_text(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}

{% macro spark__sql_text(value) -%}
    '{{ value | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}


{% macro normalised_text(text) %}
    {#-
    Text made comparable: lower case, no accents, every run of characters other than letters and
    digits as one space, trimmed; null where nothing is left.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, text or null.
    -#}
    {{- return(adapter.dispatch('normalised_text', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__normalised_text(text) -%}
    nullif(trim(regexp_replace(replace(strip_accents(lower({{ text }})), 'ς', 'σ'), '[^\p{L}\p{N}]+', ' ', 'g')), '')
{%- endmacro %}

{% macro postgres__normalised_text(text) -%}
    {#- marks are removed from the decomposed text; a final sigma is a sigma; Roman, circled and raised digits are digits -#}
    {%- set marks = '\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f' -%}
    {%- set digits = '\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u218b\u2460-\u249b' -%}
    {%- set plain -%}
        normalize(regexp_replace(normalize(replace(lower({{ text }} collate "und-x-icu"), 'ς', 'σ'), nfd), '[{{ marks }}]+', '', 'g'), nfc)
    {%- endset -%}
    nullif(btrim(regexp_replace({{ plain }}, '[^[:alnum:]{{ digits }}]+', ' ', 'g')), '')
{%- endmacro %}

{% macro spark__normalised_text(text) -%}
    {#-
    This engine can't decompose a letter. Here are the Latin, Greek and Cyrillic ones that Unicode decomposes into a
    letter and marks, each word a letter and the lower-case ones that add marks to it.
    -#}
    {%- set letters = '
        aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ bḃḅḇ cçćĉċčḉ dďḋḍḏḑḓ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ fḟ
        gĝğġģǧǵḡ hĥȟḣḥḧḩḫẖ iìíîïĩīĭįǐȉȋḭḯỉị jĵǰ kķǩḱḳḵ lĺļľḷḹḻḽ mḿṁṃ nñńņňǹṅṇṉṋ
        oòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ pṕṗ rŕŗřȑȓṙṛṝṟ sśŝşšșṡṣṥṧṩ tţťțṫṭṯṱẗ
        uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự vṽṿ wŵẁẃẅẇẉẘ xẋẍ yýÿŷȳẏẙỳỵỷỹ zźżžẑẓẕ æǣǽ øǿ ſẛ ʒǯ ʹʹ
        αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ εέἐἑἒἓἔἕὲέ ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ ιΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ
        οόὀὁὂὃὄὅὸό ρῤῥ υΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ ωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ ϒϓϔ
        аӑӓ гѓ еѐёӗ жӂӝ зӟ ийѝӣӥ кќ оӧ уўӯӱӳ чӵ ыӹ эӭ ії ѵѷ әӛ өӫ
    ' -%}
    {%- set accented, plain = ['ς'], ['σ'] -%}
    {%- for word in letters.split() -%}
        {%- do accented.append(word[1:]) -%}
        {%- do plain.append(word[0] * (word | length - 1)) -%}
    {%- endfor -%}
    {%- set stripped -%}
        translate(regexp_replace(lower({{ text }}), '\\p{M}+', ''), '{{ accented | join }}', '{{ plain | join }}')
    {%- endset -%}
    nullif(trim(regexp_replace({{ stripped }}, '[^\\p{L}\\p{N}]+', ' ')), '')
{%- endmacro %}


{% macro clean_text(text) %}
    {#-
    Text as another program may take it: composed letters (NFC), no control characters, every run of white space as one
    space, none at the ends, and no `=`, `+`, `-` or `@` at the beginning, which spreadsheets take for a formula.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, text, or null where nothing is left.
    -#}
    {%- set tidied = adapter.dispatch('tidied_text', 'shop_segments')(text) -%}
    {%- set plain = "trim(leading ' =+-@' from trim(trailing ' ' from " ~ tidied ~ '))' -%}
    {#- composed last, as letter and accent may have stood apart; that makes none of the above anew -#}
    {%- do return("nullif(" ~ adapter.dispatch('composed_text', 'shop_segments')(plain) ~ ", '')") -%}
{% endmacro %}

{% macro default__tidied_text(text) -%}
    regexp_replace(
        regexp_replace({{ text }}, '[\x00-\x08\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}]', '', 'g'),
        '[\s\x0b\x{85}\p{Z}]+', ' ', 'g'
    )
{%- endmacro %}

{% macro postgres__tidied_text(text) -%}
    regexp_replace(
        regexp_replace({{ text }}, '[\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]', '', 'g'),
        '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g'
    )
{%- endmacro %}

{% macro spark__tidied_text(text) -%}
    regexp_replace(
        regexp_replace({{ text }}, '[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f]', ''),
        '[\\s\\x0b\\x85\\p{Z}]+', ' '
    )
{%- endmacro %}

{% macro default__composed_text(text) -%}
    nfc_normalize({{ text }})
{%- endmacro %}

{% macro postgres__composed_text(text) -%}
    normalize({{ text }}, nfc)
{%- endmacro %}

{% macro spark__composed_text(text) -%}
    {#- no function of this engine composes letters, but ICU, which it sorts with, does; it takes no null -#}
    java_method('com.ibm.icu.text.Normalizer', 'compose', coalesce({{ text }}, ''), false)
{%- endmacro %}


{% macro is_whole_match(text, pattern) %}
    {#-
    Whether a whole text matches a regular expression.

    Arguments: text (SQL expression, text), pattern (text: classes, groups, `?`, `*`, `+`, `{n,}` and `|`, which all
    engines read alike).
    Returns: SQL condition.
    -#}
    {{- return(adapter.dispatch('is_whole_match', 'shop_segments')(text, pattern)) -}}
{% endmacro %}

{% macro default__is_whole_match(text, pattern) -%}
    regexp_full_match({{ text }}, {{ sql_text(pattern) }})
{%- endmacro %}

{% macro postgres__is_whole_match(text, pattern) -%}
    {{ text }} ~ {{ sql_text('^(' ~ pattern ~ ')$') }}
{%- endmacro %}

{% macro spark__is_whole_match(text, pattern) -%}
    {{ text }} rlike {{ sql_text('\\A(' ~ pattern ~ ')\\z') }}
{%- endmacro %}


{% macro sha256(text) %}
    {#-
    SHA-256 of a text's UTF-8 bytes.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, 64 lower-case hexadecimal digits, or null.
    -#}
    {{- return(adapter.dispatch('sha256', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}

{% macro postgres__sha256(text) -%}
    encode(sha256(convert_to({{ text }}, 'UTF8')), 'hex')
{%- endmacro %}

{% macro spark__sha256(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}


{% macro json_text(text) %}
    {#-
    A text as a JSON string, null as JSON null.

    Arguments: text (SQL expression, text).
    Returns: SQL expression, text, never null.
    -#}
    {{- return(adapter.dispatch('json_text', 'shop_segments')(text)) -}}
{% endmacro %}

{% macro default__json_text(text) -%}
    coalesce(cast(to_json({{ text }}) as varchar), 'null')
{%- endmacro %}

{% macro postgres__json_text(text) -%}
    {#-
    Control characters have codes in small letters here and in capitals elsewhere. They are replaced before
    and named after, by characters that no text has, as a text may itself read like a code.
    -#}
    {%- set codes = ['000B', '000E', '000F', '001A', '001B', '001C', '001D', '001E', '001F'] -%}
    {%- set stand_ins = [] -%}
    {%- for code in codes -%}{%- do stand_ins.append('\\ufdd' ~ loop.index) -%}{%- endfor -%}
    {%- set json = namespace(sql="cast(to_json(translate(" ~ text ~ ", e'\\u" ~ codes | join('\\u') ~ "', e'" ~ stand_ins | join ~ "')) as text)") -%}
    {%- for code in codes -%}
        {%- set json.sql = 'replace(' ~ json.sql ~ ", e'" ~ stand_ins[loop.index0] ~ "', '\\u" ~ code ~ "')" -%}
    {%- endfor -%}
    coalesce({{ json.sql }}, 'null')
{%- endmacro %}

{% macro spark__json_text(text) -%}
    {#- only structures become JSON here: an array of the text, without its brackets -#}
    {%- set array = 'to_json(array(cast(' ~ text ~ ' as string)))' -%}
    substr({{ array }}, 2, length({{ array }}) - 2)
{%- endmacro %}


{% macro key_hash(columns) %}
    {#-
    A short number that is equal for equal keys; unequal keys may share one, so it only narrows a search.

    Arguments: columns (list of SQL expressions, text, nulls allowed).
    Returns: SQL expression, integer, never null.
    -#}
    {{- return(adapter.dispatch('key_hash', 'shop_segments')(columns)) -}}
{% endmacro %}

{% macro default__key_hash(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}

{% macro postgres__key_hash(columns) -%}
    hashtextextended(concat_ws(':', {{ columns | join(', ') }}), 0)
{%- endmacro %}

{% macro spark__key_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
