{#-
The steps that every raw table goes through: read, type, find what can't be used, set duplicates aside.
A base model strings them together and adds the rules that only its table has.
-#}

{% macro typed_rows(source_name, table_name) -%}
    {#-
    Two CTEs, `raw_rows` and `typed`: the raw table with every contract column once as handed over
    (`raw__<name>`) and once as its type.

    Arguments: source_name, table_name (text). Grain of both: one raw row.
    -#}
    {%- set contract = raw_contract(source_name, table_name) if execute else {'columns': []} -%}
raw_rows as {{ inline_cte() }} (
    select
        {%- for column in contract.columns %}
        {{ column.name }} as raw__{{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source(source_name, table_name) }}
),

typed as {{ inline_cte() }} (
    select
        *,
        {%- for column in contract.columns %}
        {{ typed_value(column) }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from raw_rows
)
{%- endmacro %}


{% macro rejection_reason(source_name, table_name, own_rules=[]) -%}
    {#-
    The one reason why a raw row can't be used, in the contract's order of precedence; null where it can.

    Arguments: source_name, table_name (text); own_rules: list of (reason code, SQL condition) that only
    this table has, in order of precedence, after those that follow from the contract.
    Returns: SQL expression over the columns of `typed`, text.
    -#}
    {%- set columns = raw_contract(source_name, table_name).columns if execute else [] -%}
    {%- set future = [] -%}
    {%- set negative = [] -%}
    case
    {%- for column in columns %}
        {%- if loop.first %}
        when {{ trimmed('raw__' ~ column.name) }} is null then 'missing_key'
        {%- elif column.required %}
        when {{ column.name }} is null and {{ trimmed('raw__' ~ column.name) }} is null then 'missing_required'
        {%- endif %}
        {%- if column.own_time %}{% do future.append(column.name) %}{% endif %}
        {%- if column.not_negative %}{% do negative.append(column.name ~ ' < 0') %}{% endif %}
    {%- endfor %}
    {%- for column in columns if column.required and column.type in ('timestamp', 'date') %}
        when {{ column.name }} is null then 'unparseable_timestamp'
    {%- endfor %}
    {%- for column in columns if column.type == 'amount'
        or (column.required and column.type in ('price', 'quantity', 'rate')) %}
        when {{ column.name }} is null and {{ trimmed('raw__' ~ column.name) }} is not null then 'unparseable_number'
    {%- endfor %}
    {%- for name in future %}
        when {{ name }} > {{ loaded_until() }} then 'future_timestamp'
    {%- endfor %}
    {%- if negative %}
        when {{ negative | join(' or ') }} then 'negative_amount'
    {%- endif %}
    {%- for reason, condition in own_rules %}
        when {{ condition }} then '{{ reason }}'
    {%- endfor %}
    end
{%- endmacro %}


{% macro unreadable_columns(source_name, table_name) -%}
    {#-
    Names of the optional columns whose value is there, but does not read as its type.

    Arguments: source_name, table_name (text).
    Returns: SQL expression over `typed`: the names, each followed by a semicolon; empty where all read.
    -#}
    {%- set optional = [] -%}
    {%- if execute -%}
        {%- for column in raw_contract(source_name, table_name).columns
            if not column.required and column.type in ('timestamp', 'date', 'price', 'quantity', 'rate', 'boolean') -%}
            {%- do optional.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name in optional -%}
        case when {{ name }} is null and {{ trimmed('raw__' ~ name) }} is not null then '{{ name }};' else '' end
        {{- ' || ' if not loop.last }}
    {%- else -%}
        ''
    {%- endfor -%}
{%- endmacro %}


{% macro staged_and_rejected(source_name, table_name, derived_columns=[]) -%}
    {#-
    The last CTEs and the select of a base model: rows of `checked` with equal keys are ranked, all but
    the first become `duplicate`, and the raw row of whatever can't be used is kept as JSON.

    Keys that occur once stream past; only the few others are sorted (a hash that two keys share sends a
    row to the sorting, no more).

    Arguments: source_name, table_name (text); derived_columns: columns of `checked` beyond the contract.
    Returns: SQL from a comma after `checked` to the end of the model. Grain: one raw row. Columns: the
    contract's, derived_columns, record_key, unreadable_columns, rejection_reason, raw_row.
    -#}
    {%- set contract = raw_contract(source_name, table_name) if execute else {'columns': [{'name': 'none'}], 'key': ['none']} -%}
    {%- set names = contract.columns | map(attribute='name') | list -%}
,

repeated_keys as (
    select {{ key_hash(contract.key) }} as key_hash
    from typed
    group by 1
    having count(*) > 1
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ contract.key | join(', ') }}
            order by
                {%- for name in ('updated_at', 'loaded_at') if name in names %}
                {{ name }} desc nulls last,
                {%- endfor %}
                {%- for name in names %}
                {{ trimmed('raw__' ~ name) }} desc nulls last{{ ',' if not loop.last }}
                {%- endfor %}
        ) as key_rank
    from checked
    where
        rejection_reason is null
        and {{ key_hash(contract.key) }} in (select key_hash from repeated_keys)
),

decided as (
    select
        {%- for name in names %}
        raw__{{ name }},
        {%- endfor %}
        {%- for name in names + derived_columns %}
        {{ name }},
        {%- endfor %}
        rejection_reason
    from checked
    where
        rejection_reason is not null
        or {{ key_hash(contract.key) }} not in (select key_hash from repeated_keys)
    union all
    select
        {%- for name in names %}
        raw__{{ name }},
        {%- endfor %}
        {%- for name in names + derived_columns %}
        {{ name }},
        {%- endfor %}
        case when key_rank > 1 then 'duplicate' end as rejection_reason
    from ranked
)

select
    {%- for name in names + derived_columns %}
    {{ name }},
    {%- endfor %}
    {{ trimmed('raw__' ~ names[0]) }} as record_key,
    {{ unreadable_columns(source_name, table_name) }} as unreadable_columns,
    rejection_reason,
    case
        when rejection_reason is not null
            then '{' || {% for name in names -%}
                '{{ ", " if not loop.first }}"{{ name }}": ' || {{ json_text(trimmed('raw__' ~ name)) }} || {% endfor %}'}'
    end as raw_row
from decided
{%- endmacro %}


{% macro email_key(email) -%}
    {#-
    What stands for an e-mail beyond staging: the hash of the salt (environment variable PERSON_SALT)
    and the normalised e-mail.

    Arguments: email (SQL expression, normalised e-mail or null).
    Returns: SQL expression, 64 hexadecimal digits, or null.
    -#}
    {{- sha256(sql_texts([env_var('PERSON_SALT', '')]) ~ ' || ' ~ email) -}}
{%- endmacro %}
