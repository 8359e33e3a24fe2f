{#- What an e-mail and a phone must look like to be written to. -#}

{% macro is_email(email) -%}
    {#-
    Whether an e-mail is one that programs which send mail take: one address of ASCII letters, a domain with a dot, and
    no sign at the beginning, which spreadsheets might take for a formula.

    Arguments: email (SQL expression, text, trimmed and in lower case).
    Returns: SQL condition.
    -#}
    {%- set local = "[a-z0-9_]([.]?[a-z0-9!#$%&'*+/=?^_`{|}~-])*" -%}
    {%- set domain = '([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+([a-z]+[a-z]|xn--[a-z0-9-]*[a-z0-9])' -%}
    (length({{ email }}) <= 254 and {{ is_whole_match(email, local ~ '@' ~ domain) }})
{%- endmacro %}


{% macro phone_numbers(phones) -%}
    {#-
    CTEs, the last one being `numbers`: each phone as E.164 (`number`, and `national_number` without its calling code),
    or null with the reason why not (`problem`): `wrong_characters`, `unknown_country` or `wrong_length`. A number that begins with + or 00 says its
    country by its calling code; any other is a national one of the contact's country, with or without trunk prefix, or
    one without its plus, where it would be too long for a national one.

    Arguments: phones (relation with person_id, phone and country_code, as written).
    -#}
phone_countries as (
    select
        written_code,
        cast(calling_code as {{ dbt.type_string() }}) as calling_code,
        trunk_prefix,
        cast(shortest_number as integer) as shortest_number,
        cast(longest_number as integer) as longest_number
    from {{ ref('countries') }}
),

dialled as (
    select
        person_id,
        country_code,
        phone,
        -- what people put between digits
        translate(phone, ' ./()-{{ "\u00a0\u2009\u202f\u2010\u2011\u2012\u2013" }}', '') as dialled
    from {{ phones }}
),

-- some countries share a code
calling_codes as (
    select
        calling_code,
        max(trunk_prefix) as trunk_prefix,
        min(shortest_number) as shortest_number,
        max(longest_number) as longest_number
    from phone_countries
    group by calling_code
),

international as (
    select
        person_id,
        substr(dialled, case when dialled like '+%' then 2 else 3 end) as digits
    from dialled
    where dialled like '+%' or dialled like '00%'
),

known as (
    select
        international.person_id,
        substr(international.digits, 1 + length(codes.calling_code)) as digits,
        codes.*
    from international
    -- no code begins with another one
    cross join ({{ whole_numbers(1, 3) }}) as lengths
    inner join calling_codes as codes
        on substr(international.digits, 1, lengths.whole_number) = codes.calling_code
    union all
    select
        dialled.person_id,
        case
            when
                length(dialled.dialled) > countries.longest_number
                and dialled.dialled like countries.calling_code || '%'
                then substr(dialled.dialled, 1 + length(countries.calling_code))
            else dialled.dialled
        end as digits,
        countries.calling_code,
        countries.trunk_prefix,
        countries.shortest_number,
        countries.longest_number
    from dialled
    inner join phone_countries as countries on dialled.country_code = countries.written_code
    where not (dialled.dialled like '+%' or dialled.dialled like '00%')
),

national as (
    select
        known.*,
        case
            when
                digits like trunk_prefix || '%'
                -- any other may be a number's first digit too
                and (trunk_prefix like '0%' or length(digits) > longest_number)
                then substr(digits, 1 + length(trunk_prefix))
            else digits
        end as national_number
    from known
),

judged as (
    select
        dialled.person_id,
        '+' || national.calling_code || national.national_number as number,
        national.national_number,
        case
            when not {{ is_whole_match('dialled.dialled', '[+]?[0-9]+') }} then 'wrong_characters'
            when national.person_id is null then 'unknown_country'
            when
                length(national.national_number)
                not between national.shortest_number and national.longest_number
                then 'wrong_length'
        end as problem
    from dialled
    left join national on dialled.person_id = national.person_id
    where dialled.phone is not null
),

numbers as (
    select
        person_id,
        case when problem is null then number end as number,
        national_number,
        problem
    from judged
)
{%- endmacro %}
