{#-
The steps that every raw table goes through: read, type, find what can't be used, set duplicates aside.
A base model strings them together and adds the rules that only its table has.
-#}

{% macro typed_rows(source_name, table_name, relation=none) -%}
    {#-
    CTEs, the last one being `typed`: each contract column as its type and, as `raw__<name>`, as it came: trimmed, and
    null where it is a placeholder. A time may have come as a timestamp: its text is `text__<name>`. In columns that are
    neither text nor time a placeholder reads as no value anyway, and `raw_text` looks for it. Of the raw table of a
    model, a hash for every key that more than one row has is in `repeated_keys`, and `is_repeated` says whether a row
    has one (a hash that two keys share marks both, no more). Where the table is kept by file, `raw_file` is the row's.
    Grain: one raw row.

    Arguments: source_name, table_name (text), relation (SQL relation to read in the place of the raw table).
    -#}
    {%- set contract = raw_contract(source_name, table_name) if execute else {'columns': [], 'key': ['none'], 'kept_in': none} -%}
    {%- set raw_file = 'raw_file,' if contract.kept_in and not relation -%}
    {%- set key_texts, checks = [], [] -%}
    {%- set names = contract.columns | map(attribute='name') | list -%}
    {#- an id may turn out to be an e-mail: such keys are compared by what else they have -#}
    {%- set owners = ['customer_id', 'email'] if 'email' in names else [] -%}
    {%- for column in contract.columns
        if column.name in contract.key and not is_dated(column) and (column.or or column.name not in owners) -%}
        {%- set text = trimmed(column.name) -%}
        {%- if column.or -%}
            {%- set text = lower_case('coalesce(' ~ without_placeholder(text, column) ~ ', ' ~ trimmed(column.or) ~ ')') -%}
        {%- endif -%}
        {%- do key_texts.append(upper_case(text) if column.type == 'code' else text) -%}
    {%- endfor -%}
    {%- if not relation %}
repeated_keys as (
    select {{ key_hash(key_texts) }} as key_hash
    from {{ raw_table(source_name, table_name) }}
    group by 1
    having count(*) > 1
),
    {% endif %}
trimmed_rows as {{ inline_cte() }} (
    select
        {%- for column in contract.columns %}
        {{ column.name if is_dated(column) else trimmed(column.name) }} as raw__{{ column.name }},
        {%- if is_dated(column) %}
        {{ trimmed(column.name if may_hide_a_time(column) else
            'case when not ' ~ is_typed_time(column.name) ~ ' then ' ~ column.name ~ ' end') }} as text__{{ column.name }},
        {%- endif %}
        {%- endfor %}
        {{ raw_file }}
        {{ 'false' if relation else 'repeated_keys.key_hash is not null' }} as is_repeated
    {%- if relation %}
    from {{ relation }}
    {%- else %}
    from {{ raw_table(source_name, table_name) }}
    left join repeated_keys on {{ key_hash(key_texts) }} = repeated_keys.key_hash
    {%- endif %}
),

known_rows as {{ inline_cte() }} (
    select
        {%- for column in contract.columns %}
        {%- set raw = 'raw__' ~ column.name %}
        {{ without_placeholder(raw, column) if is_text(column) else raw }} as {{ raw }},
        {%- if is_dated(column) %}
        {{ without_placeholder('text__' ~ column.name, column) }} as text__{{ column.name }},
        {%- endif %}
        {%- endfor %}
        {{ raw_file }}
        is_repeated
    from trimmed_rows
),

typed as {{ inline_cte() if relation else computed_cte() }} (
    select
        *,
        {%- for column in contract.columns %}
        {{ named_value(column, names) or typed_value(column) }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from known_rows
)
{%- endmacro %}


{% macro named_value(column, names) %}
    {#-
    A column that says who a row is about: an id that reads as an e-mail address is taken as the e-mail, and a visitor
    whose id does goes by what stands for it, so that no id shows an address.

    Arguments: column (dict of `raw_contract`), names (of all columns of its table).
    Returns: SQL expression over `known_rows`; none for any other column.
    -#}
    {%- set is_address = " like '%_@_%._%'" -%}
    {%- if column.name == 'visitor_id' -%}
        {%- do return('case when raw__visitor_id' ~ is_address ~ ' then ' ~ email_key(lower_case('raw__visitor_id')) ~ ' else raw__visitor_id end') -%}
    {%- elif column.name == 'customer_id' and 'email' in names -%}
        {%- do return('case when raw__customer_id' ~ is_address ~ ' then null else raw__customer_id end') -%}
    {%- elif column.name == 'email' -%}
        {%- set visitor = ' when raw__email is null and raw__visitor_id' ~ is_address ~ ' then raw__visitor_id' if 'visitor_id' in names else '' -%}
        {%- do return(lower_case('case when raw__customer_id' ~ is_address ~ ' then raw__customer_id' ~ visitor ~ ' else raw__email end')) -%}
    {%- endif -%}
{% endmacro %}


{% macro is_dated(column) %}
    {#-
    Whether a raw column may come as a timestamp rather than as text.

    Arguments: column (dict of `raw_contract`).
    Returns: boolean (Jinja).
    -#}
    {%- do return(column.type in ('timestamp', 'date')) -%}
{% endmacro %}


{% macro is_text(column) %}
    {#-
    Whether a raw column is a text to the contract.

    Arguments: column (dict of `raw_contract`).
    Returns: boolean (Jinja).
    -#}
    {%- do return(column.type in ('text', 'email', 'word', 'code')) -%}
{% endmacro %}


{% macro raw_text(column) -%}
    {#-
    A raw column as trimmed text, null where it is a placeholder.

    Arguments: column (dict of `raw_contract`).
    Returns: SQL expression over `typed`, text or null.
    -#}
    {%- set raw = 'raw__' ~ column.name -%}
    {%- if is_text(column) -%} {{ raw }}
    {%- elif is_dated(column) and may_hide_a_time(column) -%} text__{{ column.name }}
    {%- elif is_dated(column) -%}
        coalesce(
            text__{{ column.name }},
            case when {{ is_typed_time(raw) }} then cast({{ raw }} as {{ dbt.type_string() }}) end
        )
    {%- else -%} {{ without_placeholder(raw, column) }}
    {%- endif -%}
{%- endmacro %}


{% macro may_hide_a_time(column) %}
    {#-
    Whether a placeholder of a column could be the text of a time: if none could, a timestamp need not be made a text.

    Arguments: column (dict of `raw_contract`).
    Returns: boolean (Jinja).
    -#}
    {%- do return(modules.re.search('[0-9]', column.placeholders | join) is not none) -%}
{% endmacro %}


{% macro without_placeholder(text, column) -%}
    {#-
    Arguments: text (SQL expression, trimmed text), column (dict of `raw_contract`).
    Returns: SQL expression, the text, or null where it is a placeholder.
    -#}
    {%- if column.placeholders -%} case when {{ is_one_of(text, column.placeholders) }} then null else {{ text }} end
    {%- else -%} {{ text }}
    {%- endif -%}
{%- endmacro %}


{% macro rejection_reason(source_name, table_name, own_rules=[], large_products=[]) -%}
    {#-
    The one reason why a raw row can't be used, in the contract's order of precedence; null where it can.

    Arguments: source_name, table_name (text); own_rules: list of (reason code, SQL condition) that only
    this table has, in order of precedence, after those that follow from the contract; large_products: list of SQL
    conditions, what else makes an amount too large.
    Returns: SQL expression over the columns of `typed`, text.
    -#}
    {%- set columns = raw_contract(source_name, table_name).columns if execute else [] -%}
    {%- set future, negative, too_large = [], [], [] -%}
    case
    {%- for column in columns %}
        {%- if loop.first %}
        when {{ raw_text(column) }} is null
            {%- if column.or %} and {{ column.or }} is null{% endif %} then 'missing_key'
        {%- elif column.required %}
        when {{ column.name }} is null and {{ raw_text(column) }} is null then 'missing_required'
        {%- endif %}
        {%- if column.own_time %}{% do future.append(column.name) %}{% endif %}
        {%- if column.not_negative %}{% do negative.append(column.name ~ ' < 0') %}{% endif %}
        {%- if column.type == 'amount' or (column.required and column.type in ('price', 'quantity')) %}
        {%- do too_large.append(is_too_large(column)) %}
        {%- if column.not_negative %}{% do negative.append('(' ~ is_too_large(column) ~ " and raw__" ~ column.name ~ " like '-%')") %}{% endif %}
        {%- endif %}
    {%- endfor %}
    {%- for column in columns if (column.required or column.must_read) and column.type in ('timestamp', 'date') %}
        when {{ column.name }} is null
            {%- if column.must_read %} and {{ raw_text(column) }} is not null{% endif %} then 'unparseable_timestamp'
    {%- endfor %}
    {%- for column in columns if column.type == 'amount'
        or (column.required and column.type in ('price', 'quantity', 'rate')) %}
        when {{ column.name }} is null and {{ raw_text(column) }} is not null
            {%- if column.type != 'rate' %} and not {{ is_plain_number('raw__' ~ column.name) }}{% endif %} then 'unparseable_number'
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
    {%- if too_large or large_products %}
        when {{ (too_large + large_products) | join(' or ') }} then 'amount_too_large'
    {%- endif %}
    end
{%- endmacro %}


{% macro is_too_large(column) -%}
    {#-
    Whether a number has more digits before the point than its column keeps; unless it is no number at all, which the
    contract looks at first.

    Arguments: column (dict of `raw_contract`).
    Returns: SQL condition over `typed`.
    -#}
    ({{ column.name }} is null and {{ raw_text(column) }} is not null)
{%- endmacro %}


{% macro exceeds_12_digits(amount, rate) -%}
    {#-
    Whether an amount, or what it is in the reporting currency, has more than 12 digits before the point.

    Arguments: amount (SQL expression, decimal), rate (SQL expression, decimal, reporting currency per unit, or null).
    Returns: SQL condition.
    -#}
    {#- 38 digits hold the product of any two amounts, but not with the decimals of a rate too -#}
    {%- set limit = 'cast(1000000000000 as decimal(38, 6))' -%}
    case
        when {{ amount }} >= {{ limit }} then true
        else round(cast(round({{ amount }}, 6) as decimal(38, 6)) * {{ rate }}, 4) >= {{ limit }}
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
    {%- set keys = contract.key[:] -%}
    {%- for column in contract.columns if column.or and column.name in keys -%}
        {%- do keys.append('case when ' ~ column.name ~ ' is null then ' ~ column.or ~ ' end') -%}
    {%- endfor -%}
    {%- set kept_columns = [] -%}
    {%- for column in contract.columns -%}
        {%- do kept_columns.append('raw__' ~ column.name) -%}
        {%- if is_dated(column) -%}{%- do kept_columns.append('text__' ~ column.name) -%}{%- endif -%}
    {%- endfor -%}
    {%- do kept_columns.extend(names + derived_columns) -%}
,

ranked as (
    select
        *,
        row_number() over (
            partition by {{ keys | join(', ') }}, rejection_reason
            order by
                {%- for name in ('updated_at', 'loaded_at') if name in names %}
                {{ name }} desc nulls last,
                {%- endfor %}
                {%- for column in contract.columns %}
                {{ byte_order(raw_text(column)) }} desc nulls last{{ ',' if not loop.last }}
                {%- endfor %}
                {%- if 'raw_file' in derived_columns %},
                {#- of rows that are alike in all, the same one stays in whatever order files are loaded #}
                {{ byte_order('raw_file') }}
                {%- endif %}
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
    {%- set key = contract.columns[0] %}
    case
        when rejection_reason is not null
            then {{ 'coalesce(' ~ raw_text(key) ~ ', ' ~ key.or ~ ')' if key.or else raw_text(key) }}
    end as record_key,
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
