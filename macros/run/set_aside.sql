{#-
Before anything is built: whether a table without which there is no shop would lose all its rows, and what mends that.
-#}

{% macro set_aside_problems(tables) %}
    {#-
    Arguments: tables (list of dicts with `contract` and `sql`, the select that reads the raw table).
    Returns: list of sentences, one for each required table that has rows, but none that can be used; empty if all is
    well.
    -#}
    {%- set problems = [] -%}
    {%- for table in tables if table.contract.required -%}
        {%- set judged = judged_rows(table, tables) -%}
        {#- one usable row is enough, and mostly among the first -#}
        {%- if not run_query('select 1 as found from ' ~ judged ~ ' where rejection_reason is null limit 1').rows | length -%}
            {%- set counts = run_query(
                'select rejection_reason, at_fault, count(*) as row_count from (select rejection_reason, '
                ~ at_fault(table.contract) ~ ' as at_fault from ' ~ judged ~ ') as found'
                ~ ' group by rejection_reason, at_fault order by row_count desc, rejection_reason, at_fault'
            ).rows -%}
            {%- if counts | length -%}
                {%- do problems.append(set_aside_sentence(table.contract.name, counts)) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro judged_rows(table, tables) %}
    {#-
    Arguments: table (one of `tables` of `set_aside_problems`), tables (all).
    Returns: bracketed SQL query. Grain: raw row. Columns: of each of the contract its raw text (`raw__<name>`) and its
    typed value, and rejection_reason; duplicates, which leave one row of each key, have none.
    -#}
    {%- set name = table.contract.name -%}
    {%- set is_orders, last = name == 'orders', 'typed' -%}
    {%- set steps = typed_rows('shop', name, '(' ~ table.sql ~ ') as raw_rows') -%}
    {%- if is_orders -%}
        {%- set rates = tables | selectattr('contract.name', 'equalto', 'exchange_rates') | list -%}
        {%- set no_rates = "(select '' as currency, cast(null as date) as rate_on, 0 as rate where false) as no_rates" -%}
        {%- set staged = '(select * from ' ~ judged_rows(rates[0], tables) ~ ' where rejection_reason is null) as staged' if rates -%}
        {%- set steps, last = steps ~ ',\n' ~ rated_orders(staged or no_rates), 'rated' -%}
    {%- endif -%}
    {%- set reason = rejection_reason(
        'shop', name, own_rules=order_rules() if is_orders else [],
        large_products=large_order_amounts() if is_orders else []) -%}
    {%- do return('(with ' ~ steps ~ ' select *, ' ~ reason ~ ' as rejection_reason from ' ~ last ~ ') as judged') -%}
{% endmacro %}


{% macro at_fault(contract) %}
    {#-
    What a reason is about: a word that no setting knows, or columns.

    Arguments: contract (of `raw_contract`).
    Returns: SQL expression over `judged_rows`, text: the word, or names, each followed by a semicolon.
    -#}
    {%- set faults = [] -%}
    {%- for column in contract.columns -%}
        {%- set text, conditions = raw_text(column), [] -%}
        {%- if column.required -%}
            {%- do conditions.append("rejection_reason like 'missing%' and " ~ text ~ ' is null' ~ (' and ' ~ column.or ~ ' is null' if column.or else '')) -%}
        {%- endif -%}
        {%- if column.required or column.type == 'amount' -%}
            {%- do conditions.append("rejection_reason like 'unparseable%' and " ~ column.name ~ ' is null and ' ~ text ~ ' is not null') -%}
        {%- endif -%}
        {%- if column.own_time -%}
            {%- do conditions.append("rejection_reason = 'future_timestamp' and " ~ column.name ~ ' > ' ~ loaded_until()) -%}
        {%- endif -%}
        {%- if column.type == 'amount' -%}
            {%- do conditions.append("rejection_reason = 'amount_too_large' and " ~ is_too_large(column)) -%}
        {%- endif -%}
        {%- if column.not_negative -%}
            {%- do conditions.append("rejection_reason = 'negative_amount' and " ~ column.name ~ ' < 0') -%}
        {%- endif -%}
        {%- if conditions -%}
            {%- do faults.append('case when ' ~ conditions | join(' or ') ~ " then '" ~ column.name ~ ";' else '' end") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set words = {'status': 'unknown_status', 'currency': 'unknown_currency'} -%}
    {%- set known = [] -%}
    {%- for column in contract.columns if column.name in words -%}
        {%- do known.append("when rejection_reason = '" ~ words[column.name] ~ "' then " ~ column.name) -%}
    {%- endfor -%}
    {%- set columns_at_fault = faults | join(' || ') -%}
    {%- do return('case ' ~ known | join(' ') ~ ' else ' ~ columns_at_fault ~ ' end' if known else columns_at_fault) -%}
{% endmacro %}


{% macro set_aside_sentence(table_name, counts) %}
    {#-
    Arguments: table_name (text), counts (rows with rejection_reason, at_fault and row_count, greatest first).
    Returns: a sentence with the number of rows per reason, the words or columns that it is about, and what to do.
    -#}
    {%- set reasons, number = {}, namespace(rows=0) -%}
    {%- for row in counts -%}
        {%- set number.rows = number.rows + row['row_count'] | int -%}
        {%- set reason = reasons.setdefault(row['rejection_reason'], {'rows': 0, 'words': [], 'columns': []}) -%}
        {%- do reason.update({'rows': reason.rows + row['row_count'] | int}) -%}
        {%- if ';' in (row['at_fault'] or '') -%}
            {%- for name in row['at_fault'].split(';') if name and name not in reason['columns'] -%}{%- do reason['columns'].append(name) -%}{%- endfor -%}
        {%- elif row['at_fault'] -%}
            {%- do reason.words.append((row['at_fault'], row['row_count'])) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set said = [] -%}
    {%- for name, reason in reasons.items() -%}
        {%- set advice = what_mends()[name] -%}
        {%- set met = reason['columns'] | join(', ') or words_met(reason.words) -%}
        {%- do said.append(reason.rows ~ ' of ' ~ number.rows ~ ' ' ~ advice[0] ~ (' (' ~ met ~ ')' if met else '') ~ ': ' ~ advice[1]) -%}
    {%- endfor -%}
    {%- do return('Every row of the raw table ' ~ table_name ~ ' would be set aside; ' ~ said | join('; ') ~ '.') -%}
{% endmacro %}


{% macro words_met(words) %}
    {#-
    Words, most frequent first. A column of statuses or currencies with many different words, or with digits or e-mails
    in them, is another column under its name, and may hold what must not be shown.

    Arguments: words (list of (word, number of rows)).
    Returns: text.
    -#}
    {%- set shown = [] -%}
    {%- for word, row_count in words if word | length <= 40 and not modules.re.search('[0-9@]', word) -%}
        {%- do shown.append('"' ~ word ~ '" ' ~ row_count) -%}
    {%- endfor -%}
    {%- do return(shown | join(', ') if shown | length <= 20 else shown | length ~ ' different words') -%}
{% endmacro %}


{% macro what_mends() %}
    {#-
    Returns: dict by reason of rejected rows: what such rows have in common, and what to do, two texts.
    -#}
    {%- do return({
        'missing_key': ('lack the key', 'fill it in every row'),
        'missing_required': ('lack a value that is required', 'fill it in every row'),
        'unparseable_timestamp': ('have a time that does not read', 'write it as 2025-03-31T09:05:00Z or 2025-03-31'),
        'unparseable_number': ('have an amount that does not read', 'write it with a decimal point and nothing else, as 1234.50'),
        'future_timestamp': ('are later than loaded_until', 'set var loaded_until, or mend the clock that they come from'),
        'negative_amount': ('have a negative amount, or a discount above the subtotal', 'hand returns over in refunds'),
        'test_order': ('are tests', 'nothing: they are no sales'),
        'unknown_status': (
            'have a status that no setting knows',
            'name it in var valid_order_statuses or other_order_statuses; a consent in seeds/consent_spellings.csv'),
        'unknown_currency': (
            'have a currency that is neither reporting_currency (' ~ var('reporting_currency') ~ ') nor rated on the day of the order',
            'set var reporting_currency, or hand over exchange_rates'),
        'amount_too_large': ('have an amount of more than 12 digits', 'check the unit it is in'),
        'no_owner': ('name no customer', 'fill customer_id or email'),
        'orphan_reference': ('belong to no order that can be used', 'hand over their orders; a credit note is a refund of an order'),
        'duplicate': ('repeat a key', 'nothing, if a row was exported twice: the newest stays'),
    }) -%}
{% endmacro %}
