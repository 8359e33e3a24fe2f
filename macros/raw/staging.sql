{#-
The steps that every raw table goes through: read, type, find what can't be used, set duplicates aside.
A base model strings them together and adds the rules that only its table has.
-#}

{% macro typed_rows(source_name, table_name) -%}
    {#-
    Four CTEs. `repeated_keys`: a hash for every key that more than one raw row has. `raw_rows`: the raw
    table, and whether a row's key is repeated (`is_repeated`; a hash that two keys share marks both, no
    more). `trimmed_rows`: the same with each contract column as `raw__<name>`, texts trimmed. `typed`: the
    same with each contract column as its type too. Grain of the last three: one raw row.

    Arguments: source_name, table_name (text).
    -#}
    {%- set contract = raw_contract(source_name, table_name) if execute else {'columns': [], 'key': ['none']} -%}
    {%- set key_texts = [] -%}
    {%- for column in contract.columns if column.name in contract.key and not is_dated(column) -%}
        {%- set text = trimmed(column.name) -%}
        {%- do key_texts.append(upper_case(text) if column.type == 'code' else text) -%}
    {%- endfor -%}
repeated_keys as (
    select {{ key_hash(key_texts) }} as key_hash
    from {{ raw_table(source_name, table_name) }}
    group by 1
    having count(*) > 1
),

raw_rows as {{ inline_cte() }} (
    select
        {%- for column in contract.columns %}
        {{ column.name }},
        {%- endfor %}
        repeated_keys.key_hash is not null as is_repeated
    from {{ raw_table(source_name, table_name) }}
    left join repeated_keys on {{ key_hash(key_texts) }} = repeated_keys.key_hash
),

trimmed_rows as {{ inline_cte() }} (
    select
        {%- for column in contract.columns %}
        {{ column.name if is_dated(column) else trimmed(column.name) }} as raw__{{ column.name }},
        {%- endfor %}
        is_repeated
    from raw_rows
),

typed as {{ computed_cte() }} (
    select
        {%- for column in contract.columns %}
        raw__{{ column.name }},
        {{ typed_value(column) }} as {{ column.name }},
        {%- endfor %}
        is_repeated
    from trimmed_rows
)
{%- endmacro %}


{% macro is_dated(column) %}
    {#-
    Whether a raw column may come as a timestamp rather than as text.

    Arguments: column (dict of `raw_contract`).
    Returns: boolean (Jinja).
    -#}
    {%- do return(column.type in ('timestamp', 'date')) -%}
{% endmacro %}


{% macro raw_text(column) -%}
    {#-
    A raw column as trimmed text.

    Arguments: column (dict of `raw_contract`).
    Returns: SQL expression over `typed`, text or null.
    -#}
    {{- trimmed('raw__' ~ column.name) if is_dated(column) else 'raw__' ~ column.name -}}
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
        when {{ raw_text(column) }} is null then 'missing_key'
        {%- elif column.required %}
        when {{ column.name }} is null and {{ raw_text(column) }} is null then 'missing_required'
        {%- endif %}
        {%- if column.own_time %}{% do future.append(column.name) %}{% endif %}
        {%- if column.not_negative %}{% do negative.append(column.name ~ ' < 0') %}{% endif %}
    {%- endfor %}
    {%- for column in columns if column.required and column.type in ('timestamp', 'date') %}
        when {{ column.name }} is null then 'unparseable_timestamp'
    {%- endfor %}
    {%- for column in columns if column.type == 'amount'
        or (column.required and column.type in ('price', 'quantity', 'rate')) %}
        when {{ column.name }} is null and {{ raw_text(column) }} is not null then 'unparseable_number'
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
    Names of the optional columns whose value is present but can't be read as its type.

    Arguments: source_name, table_name (text).
    Returns: SQL expression over `typed`: the names, each followed by a semicolon; empty where all can.
    -#}
    {%- set optional = [] -%}
    {%- if execute -%}
        {%- for column in raw_contract(source_name, table_name).columns
            if not column.required and column.type in ('timestamp', 'date', 'price', 'quantity', 'rate', 'boolean') -%}
            {%- do optional.append(column) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for column in optional -%}
        case when {{ column.name }} is null and {{ raw_text(column) }} is not null then '{{ column.name }};' else '' end
        {{- ' || ' if not loop.last }}
    {%- else -%}
        ''
    {%- endfor -%}
{%- endmacro %}


{% macro staged_and_rejected(source_name, table_name, derived_columns=[]) -%}
    {#-
    The last CTEs and the select of a base model: usable rows with equal keys are ranked, all but the
    first become `duplicate`, and the raw row of whatever can't be used is kept as JSON. Rows whose key
    occurs once stream past; only the few others are sorted.

    Arguments: source_name, table_name (text); derived_columns: columns of `checked` beyond the contract.
    Returns: SQL from a comma after `checked` to the end of the model. Grain: one raw row. Columns: the
    contract's, derived_columns, record_key, unreadable_columns, rejection_reason, raw_row.
    -#}
    {%- set contract = raw_contract(source_name, table_name) if execute else {'columns': [{'name': 'none', 'type': 'text'}], 'key': ['none']} -%}
    {%- set names = contract.columns | map(attribute='name') | list -%}
    {%- set kept_columns = [] -%}
    {%- for name in names -%}{%- do kept_columns.append('raw__' ~ name) -%}{%- endfor -%}
    {%- do kept_columns.extend(names + derived_columns) -%}
,

ranked as (
    select
        *,
        row_number() over (
            partition by {{ contract.key | join(', ') }}, rejection_reason
            order by
                {%- for name in ('updated_at', 'loaded_at') if name in names %}
                {{ name }} desc nulls last,
                {%- endfor %}
                {%- for column in contract.columns %}
                {{ byte_order(raw_text(column)) }} desc nulls last{{ ',' if not loop.last }}
                {%- endfor %}
        ) as key_rank
    from checked
    where is_repeated
),

decided as (
    select
        {%- for name in kept_columns %}
        {{ name }},
        {%- endfor %}
        rejection_reason
    from checked
    where not is_repeated
    union all
    select
        {%- for name in kept_columns %}
        {{ name }},
        {%- endfor %}
        case
            when rejection_reason is null and key_rank > 1 then 'duplicate'
            else rejection_reason
        end as rejection_reason
    from ranked
)

select
    {%- for name in names + derived_columns %}
    {{ name }},
    {%- endfor %}
    {{ raw_text(contract.columns[0]) }} as record_key,
    {{ unreadable_columns(source_name, table_name) }} as unreadable_columns,
    rejection_reason,
    case
        when rejection_reason is not null
            then '{' || {% for column in contract.columns -%}
                '{{ ", " if not loop.first }}"{{ column.name }}": ' || {{ json_text(raw_text(column)) }} || {% endfor %}'}'
    end as raw_row
from decided
{%- endmacro %}


{% macro email_key(email) -%}
    {#-
    What stands for an e-mail beyond staging: the hash of the salt (environment variable PERSON_SALT) and the normalized
    e-mail.

    Arguments: email (SQL expression, normalized e-mail or null).
    Returns: SQL expression, 64 hexadecimal digits, or null.
    -#}
    {{- sha256(sql_texts([env_var('PERSON_SALT', '')]) ~ ' || ' ~ email) -}}
{%- endmacro %}
