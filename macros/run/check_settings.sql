{% macro check_settings() %}
    {#-
    Stops the run before any table is created where a setting is unknown or contradicts another one, and
    warns where ids would be hashed without a salt.

    Raises: a compiler error that lists every problem and what to do.
    -#}
    {%- if execute -%}
        {%- set problems = setting_problems() -%}
        {%- if problems -%}
            {{ exceptions.raise_compiler_error('Settings: ' ~ problems | join(' ')) }}
        {%- endif -%}
        {%- if not env_var('PERSON_SALT', '') and var('raw_location') != 'sample_shop' -%}
            {%- do exceptions.warn('PERSON_SALT is not set: whoever knows an e-mail can recompute the person_id of a guest. Set the environment variable to a long random text and keep it.') -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro setting_rules() %}
    {#-
    What each var may be.

    Returns: dict from the var's name to its rule: `one of` (list), `number` (least value, and whether it
    must be whole), `texts` (a list of texts) or `text`.
    -#}
    {%- do return({
        'raw_location': {'kind': 'text'},
        'as_of': {'kind': 'as_of'},
        'loaded_until': {'kind': 'time'},
        'reporting_time_zone': {'kind': 'time_zone'},
        'reporting_currency': {'kind': 'currency'},
        'valid_order_statuses': {'kind': 'texts'},
        'other_order_statuses': {'kind': 'texts'},
        'interval_basis': {'kind': 'one of', 'values': ['blended', 'person', 'shop']},
        'interval_prior_weight': {'kind': 'number', 'least': 0},
        'at_risk_multiplier': {'kind': 'number', 'above': 0},
        'inactive_multiplier': {'kind': 'number', 'above': 0},
        'loyal_min_purchases': {'kind': 'number', 'least': 1, 'whole': true},
        'loyal_days': {'kind': 'number', 'least': 1, 'whole': true},
        'session_timeout_minutes': {'kind': 'number', 'least': 1, 'whole': true},
    }) -%}
{% endmacro %}


{% macro setting_problems() %}
    {#-
    Every problem of the vars in force.

    Returns: list of sentences, each with the var's name and what to do; empty where all is well.
    -#}
    {%- set rules = setting_rules() -%}
    {%- set problems = [] -%}
    {%- for name in invocation_args_dict.get('vars', {}) if name not in rules -%}
        {%- do problems.append(name ~ ' is not a setting; the settings are ' ~ rules | join(', ') ~ '.') -%}
    {%- endfor -%}
    {%- for name, rule in rules.items() -%}
        {%- set value = var(name) -%}
        {%- if rule.kind == 'one of' and value not in rule['values'] -%}
            {%- do problems.append(name ~ ' is "' ~ value ~ '"; set it to one of ' ~ rule['values'] | join(', ') ~ '.') -%}
        {%- elif rule.kind == 'number' -%}
            {%- if value is not number or value is boolean -%}
                {%- do problems.append(name ~ ' is "' ~ value ~ '"; set it to a number.') -%}
            {%- elif rule.whole and value != value | int -%}
                {%- do problems.append(name ~ ' is ' ~ value ~ '; set it to a whole number.') -%}
            {%- elif rule.least is defined and value < rule.least -%}
                {%- do problems.append(name ~ ' is ' ~ value ~ '; set it to ' ~ rule.least ~ ' or more.') -%}
            {%- elif rule.above is defined and value <= rule.above -%}
                {%- do problems.append(name ~ ' is ' ~ value ~ '; set it to more than ' ~ rule.above ~ '.') -%}
            {%- endif -%}
        {%- elif rule.kind == 'texts' and (value is string or value is not iterable) -%}
            {%- do problems.append(name ~ ' is "' ~ value ~ '"; set it to a list of texts.') -%}
        {%- elif rule.kind == 'text' and not (value is string and value | trim) -%}
            {%- do problems.append(name ~ ' is empty; set it to a text.') -%}
        {%- elif rule.kind == 'as_of' and value | string not in ('latest', 'today') and not is_date(value | string) -%}
            {%- do problems.append('as_of is "' ~ value ~ '"; set it to latest, today or a date as YYYY-MM-DD.') -%}
        {%- elif rule.kind == 'time' and value | string and not is_time(value | string) -%}
            {%- do problems.append(name ~ ' is "' ~ value ~ '"; set it to a UTC time as YYYY-MM-DD HH:MM:SS, or leave it empty.') -%}
        {%- elif rule.kind == 'time_zone' and value not in modules.pytz.all_timezones -%}
            {%- do problems.append(name ~ ' is "' ~ value ~ '"; set it to a name such as Europe/Paris.') -%}
        {%- elif rule.kind == 'currency' and not modules.re.fullmatch('[A-Z]{3}', value | string) -%}
            {%- do problems.append(name ~ ' is "' ~ value ~ '"; set it to three capital letters such as EUR.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not problems -%}
        {%- if var('at_risk_multiplier') >= var('inactive_multiplier') -%}
            {%- do problems.append('at_risk_multiplier (' ~ var('at_risk_multiplier') ~ ') is not below inactive_multiplier (' ~ var('inactive_multiplier') ~ '): nobody would ever be at risk; lower the one or raise the other.') -%}
        {%- endif -%}
        {%- for status in var('valid_order_statuses') if status in var('other_order_statuses') -%}
            {%- do problems.append('"' ~ status ~ '" stands in valid_order_statuses and in other_order_statuses; keep it in one of them.') -%}
        {%- endfor -%}
        {%- for status in var('valid_order_statuses') + var('other_order_statuses') if status != status | lower | trim -%}
            {%- do problems.append('The order status "' ~ status ~ '" must be in lower case, without spaces around it.') -%}
        {%- endfor -%}
        {%- if not var('valid_order_statuses') -%}
            {%- do problems.append('valid_order_statuses is empty: no order would ever count; name at least one status.') -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro is_date(text) %}
    {#-
    Whether a text is a real date as YYYY-MM-DD.

    Arguments: text. Returns: boolean (Jinja).
    -#}
    {%- set parts = modules.re.fullmatch('([0-9]{4})-([0-9]{2})-([0-9]{2})', text) -%}
    {%- if not parts -%}{%- do return(false) -%}{%- endif -%}
    {%- set year, month, day = parts.group(1) | int, parts.group(2) | int, parts.group(3) | int -%}
    {%- set leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 -%}
    {%- set days = [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] -%}
    {%- do return(year >= 1 and 1 <= month <= 12 and 1 <= day <= days[month - 1]) -%}
{% endmacro %}


{% macro is_time(text) %}
    {#-
    Whether a text is a real time as YYYY-MM-DD HH:MM:SS.

    Arguments: text. Returns: boolean (Jinja).
    -#}
    {%- set parts = modules.re.fullmatch('(.{10}) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]', text) -%}
    {%- do return(parts and is_date(parts.group(1))) -%}
{% endmacro %}
