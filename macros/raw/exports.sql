{#- What adapters need of more than one system. They end at texts that the raw contract reads. -#}

{% macro is_asked(system) %}
    {#-
    Whether var `sources` names a system, for the config of its models.

    Arguments: system (text).
    Returns: boolean (Jinja).
    -#}
    {%- do return(system in setting('sources')) -%}
{% endmacro %}


{% macro latest_rows(relation, key, is_head) -%}
    {#-
    CTEs, the last one being `latest_rows`: of a thing that has several rows in an export, and may be in several exports,
    the rows of the latest file that has its head, and those without a head in the file after it: an export of several
    files may break off within a thing.

    Arguments: relation (SQL relation with file_number and column `key`), key (name of a column), is_head (SQL condition:
    the row begins the thing).
    -#}
heads as (
    select
        {{ key }} as head_key,
        max(file_number) as head_file
    from {{ relation }}
    where {{ is_head }}
    group by {{ key }}
),

latest_rows as (
    select {{ relation }}.*
    from {{ relation }}
    left join heads on {{ relation }}.{{ key }} = heads.head_key
    -- no later file has the head
    where heads.head_file is null or {{ relation }}.file_number in (heads.head_file, heads.head_file + 1)
)
{%- endmacro %}


{% macro utc_text(timestamp) -%}
    {#-
    Arguments: timestamp (SQL expression, timestamp in UTC).
    Returns: SQL expression, text that is read as that time whatever the shop's clock is.
    -#}
    cast({{ timestamp }} as {{ dbt.type_string() }}) || 'Z'
{%- endmacro %}


{% macro amount_text(parsed, raw) -%}
    {#-
    An amount that was computed, or where it could not be, what came, so that it is set aside for what it is.

    Arguments: parsed (SQL expression, decimal or null), raw (SQL expression, text).
    Returns: SQL expression, text.
    -#}
    coalesce(cast({{ parsed }} as {{ dbt.type_string() }}), {{ raw }})
{%- endmacro %}


{% macro goods_share(amount, goods, total) -%}
    {#-
    The part of a refunded amount that was paid for goods: it is divided as the order's total is, and no more than they.

    Arguments: amount, goods, total (SQL expressions, decimals of 6 places, or null).
    Returns: SQL expression, decimal of 4 places; null where the amount is, all of it where the total says nothing.
    -#}
    case
        when {{ goods }} is null or {{ total }} is null or {{ total }} <= 0 then {{ amount }}
        when {{ amount }} >= {{ total }} or {{ goods }} <= 0 then {{ goods }}
        when {{ goods }} >= {{ total }} then {{ amount }}
        else {{ scaled(amount, goods, total) }}
    end
{%- endmacro %}


{% macro scaled(amount, numerator, denominator) -%}
    {#-
    Arguments: amount, numerator, denominator (SQL expressions, decimals, the last one above 0).
    Returns: SQL expression, amount × numerator ÷ denominator, decimal of 4 places.
    -#}
    {%- set type = double_type() -%}
    cast(
        cast({{ amount }} as {{ type }}) * cast({{ numerator }} as {{ type }}) / cast({{ denominator }} as {{ type }})
        as decimal(18, 4)
    )
{%- endmacro %}


{% macro without_last_part(text, separator=' - ') -%}
    {#-
    A text before the last separator: a product's title, where a variant's name is behind it.

    Arguments: text (SQL expression), separator (text that reads alike from behind).
    Returns: SQL expression, text; null without a separator.
    -#}
    case
        when position({{ sql_texts([separator]) }} in {{ text }}) > 0
            then substr(
                {{ text }}, 1,
                length({{ text }}) - position({{ sql_texts([separator]) }} in reverse({{ text }})) - {{ separator | length - 1 }}
            )
    end
{%- endmacro %}


{% macro last_part(text, separator) -%}
    {#-
    Arguments: text (SQL expression), separator (text that reads alike from behind).
    Returns: SQL expression, what is behind the last separator; the text where there is none.
    -#}
    case
        when position({{ sql_texts([separator]) }} in {{ text }}) > 0
            then substr(
                {{ text }},
                length({{ text }}) - position({{ sql_texts([separator]) }} in reverse({{ text }})) + 2
            )
        else {{ text }}
    end
{%- endmacro %}


{% macro without_apostrophe(text) -%}
    {#-
    Arguments: text (SQL expression, trimmed).
    Returns: SQL expression, the text without the apostrophe by which a spreadsheet is told that it is no number.
    -#}
    nullif({{ 'trim(leading ' ~ sql_texts(["'"]) ~ ' from ' ~ text ~ ')' }}, '')
{%- endmacro %}


{% macro shopify_status() -%}
    {#-
    What an order's status is to Shopify, as the contract's.

    Returns: SQL expression over financial_status, fulfillment_status (lower case) and cancelled_at, text.
    -#}
    case
        when financial_status in ('refunded', 'voided') then financial_status
        when cancelled_at is not null then 'cancelled'
        {%- if setting('unpaid_fulfilled_counts') %}
        -- Cash on delivery is never marked as paid.
        when
            financial_status = 'pending'
            and fulfillment_status in ('fulfilled', 'partial', 'partially_fulfilled')
            then 'shipped'
        {%- endif %}
        when financial_status in ('authorized', 'partially_paid') then 'processing'
        when financial_status = 'expired' then 'cancelled'
        else financial_status
    end
{%- endmacro %}


{% macro shopify_channel(source) -%}
    {#-
    Arguments: source (SQL expression, where Shopify says that an order was sold, in lower case).
    Returns: SQL expression, text: the online shop goes by three names, the till by the device's.
    -#}
    case
        when {{ source }} in ('web', '580111', '3890849') then 'web'
        when {{ source }} in ('pos', 'iphone', 'android') then 'store'
        else {{ source }}
    end
{%- endmacro %}


{% macro shopify_coupon(code) -%}
    {#-
    Arguments: code (SQL expression, a discount's code or what stands for none).
    Returns: SQL expression, the code, or null.
    -#}
    case
        when {{ lower_case(code) }} in ({{ sql_texts(setting('shopify_no_coupons') + ['']) }}) then null
        else {{ code }}
    end
{%- endmacro %}


{% macro as_utc(text) -%}
    {#-
    Arguments: text (SQL expression, a time as text, in UTC where it has no offset, trimmed).
    Returns: SQL expression, text that is read as that time whatever the shop's clock is.
    -#}
    case
        when length({{ text }}) = 10 then {{ text }}
        -- behind the day only an offset has a sign
        when substr({{ text }}, 11) like '%Z' or substr({{ text }}, 11) like '%+%' or substr({{ text }}, 11) like '%-%'
            then {{ text }}
        else {{ text }} || 'Z'
    end
{%- endmacro %}


{% macro first_filled(texts) -%}
    {#-
    Arguments: texts (list of SQL expressions, text).
    Returns: SQL expression, the first of them that is not empty, trimmed, or null.
    -#}
    {%- set values = [] -%}
    {%- for text in texts -%}{%- do values.append(trimmed(text)) -%}{%- endfor -%}
    coalesce({{ values | join(', ') }})
{%- endmacro %}
