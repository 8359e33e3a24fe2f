{% macro check_settings() %}
    {#-
    Stops the run before any table is created where a setting is unknown or contradicts another one, and
    warns where ids would be hashed without a salt.

    Raises: a compiler error that lists every problem and what to do.
    -#}
    {%- if execute -%}
        {%- set problems = setting_problems() -%}
        {%- if problems -%}
            {{ exceptions.raise_compiler_error('Settings: ' ~ problems | join('\n')) }}
        {%- endif -%}
        {%- if not env_var('PERSON_SALT', '') and var('raw_location') != 'sample_shop' -%}
            {%- do exceptions.warn('PERSON_SALT is not set: whoever knows an e-mail can recompute the person_id of a guest. Set the environment variable to a long random text and keep it.') -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro setting_rules() %}
    {#-
    What each var may be.

    Returns: dict from the var's name to its rule: `one of` (`values`), `number` (`least` or `above` which
    value, and whether `whole`; at most `most`, else 100000, beyond which days leave the calendar), `texts` (a list of
    order statuses), `words` (a list of texts without spaces around them), `text`, `text or nothing`, `as_of`, `time`, `time_zone`, `time_zones` (of sources), `currency`, `country`, `countries` (a list of them), `sources` (a list of adapters), `steps` (a list of
    ascending whole numbers from 1, or `least`), `range` (two ascending numbers above 0), `pattern` (of SQL LIKE), `patterns` (names to such), `holdouts` (names to whole percents, at most 50) or `cut_points` (of `rfm_cut_points`).
    -#}
    {%- set rules = {
        'raw_location': {'kind': 'text'},
        'export_location': {'kind': 'text'},
        'export_max_age_days': {'kind': 'number', 'least': 0, 'whole': true},
        'export_keep_sets': {'kind': 'number', 'least': 1, 'whole': true},
        'sources': {'kind': 'sources'},
        'shopify_no_coupons': {'kind': 'words'},
        'unpaid_fulfilled_counts': {'kind': 'one of', 'values': [true, false]},
        'as_of': {'kind': 'as_of'},
        'loaded_until': {'kind': 'time'},
        'raw_time_zone': {'kind': 'time_zone'},
        'prestashop_time_zone': {'kind': 'time_zone'},
        'prestashop_language': {'kind': 'text'},
        'raw_time_zones': {'kind': 'time_zones'},
        'placeholder_values': {'kind': 'words'},
        'placeholder_customer_ids': {'kind': 'words'},
        'log_valued_segments': {'kind': 'words'},
        'holdouts': {'kind': 'holdouts'},
        'unproposed_categories': {'kind': 'words'},
        'soft_opt_in_countries': {'kind': 'countries'},
        'double_opt_in_countries': {'kind': 'countries'},
        'ads_min_age': {'kind': 'number', 'least': 0, 'whole': true, 'most': 120},
        'reporting_time_zone': {'kind': 'time_zone'},
        'reporting_currency': {'kind': 'currency'},
        'interval_basis': {'kind': 'one of', 'values': ['blended', 'person', 'shop']},
        'vip_min_lifetime_value': {'kind': 'number', 'least': 0, 'most': 1000000000},
        'headquarters_city': {'kind': 'city'},
        'home_country_code': {'kind': 'country'},
        'rfm_frequency': {'kind': 'one of', 'values': ['purchases', 'orders']},
        'rfm_cut_points': {'kind': 'cut_points'},
        'page_patterns': {'kind': 'patterns'},
        'birthday_days': {'kind': 'number', 'least': 1, 'whole': true, 'most': 366},
        'email_campaign_pattern': {'kind': 'pattern'},
        'accept_shrink': {'kind': 'one of', 'values': [true, false]},
        'prices_include_tax': {'kind': 'one of', 'values': [true, false, none]},
        'balance_tolerance': {'kind': 'number', 'least': 0},
        'purchase_model': {'kind': 'one of', 'values': ['mbg_nbd', 'bg_nbd']},
        'spend_model': {'kind': 'one of', 'values': ['log_normal', 'gamma_gamma']},
        'prediction_outlier_multiple': {'kind': 'number', 'least': 1},
        'backtest': {'kind': 'one of', 'values': [true, false]},
        'backtest_days': {'kind': 'one of', 'values': [30, 90, 365]},
        'due_days': {'kind': 'number', 'least': 1, 'whole': true, 'most': 365},
        'life_table_class_purchases': {'kind': 'steps', 'least': 2},
        'insight_months': {'kind': 'number', 'least': 1, 'whole': true, 'most': 1200},
        'objective_months': {'kind': 'number', 'least': 1, 'whole': true, 'most': 1200},
    } -%}
    {%- for system in supplied_tables() -%}
        {%- do rules.update({system ~ '_schema': {'kind': 'text'}}) -%}
    {%- endfor -%}
    {%- for rule, names in [
        ({'kind': 'texts'}, 'valid_order_statuses other_order_statuses'),
        ({'kind': 'text or nothing'}, 'bi_reader_role esp_exporter_role person_id shopify_birth_date_column shop_name'),
        ({'kind': 'steps'}, 'recency_band_days age_band_years life_table_band_days'),
        ({'kind': 'range'}, 'prediction_level_range prediction_year_range'),
        ({'kind': 'number', 'least': 1, 'whole': true}, '
            loyal_min_purchases loyal_days loyal_buyers_min_orders frequent_buyers_min_orders
            top_monthly_buyers_min_orders cold_days frequent_small_min_orders promotion_min_orders
            session_timeout_minutes session_lookback_days recommendation_min_clicks
            search_converters_min_searches search_abandoners_min_searches cart_days
            researcher_max_pages psychological_owner_min_adds recent_view_days recent_view_products
            mobile_app_min_orders active_days lead_days email_days email_sleeper_min_messages
            email_sleeper_days costly_min_orders costly_min_tickets prediction_bucket_days
            prediction_min_buyers prediction_recent_days prediction_min_orders life_table_days
            life_table_min_purchases prediction_lost_min_buyers
            retention_months exit_days substantial_min_members stable_days rule_change_days
            short_term_days
            book_min_people affinity_days affinity_min_buyers affinity_top effect_days
            effect_min_buyers recommendations recommend_again_days recommend_months
            recommend_test_days
            lift_days lift_min_people complaint_days complaint_min_delivered
        '),
        ({'kind': 'number', 'least': 0, 'whole': true}, '
            impulse_max_product_pages lost_after_days prediction_min_history_days
            prediction_proven_days
        '),
        ({'kind': 'number', 'least': 0}, '
            publish_wait_seconds interval_prior_weight big_basket_uplift fast_decider_max_minutes
            browser_min_seconds researcher_min_product_seconds low_stock_max_units
            prediction_prior_sd predicted_loyal_min_orders rising_multiple
            differentiable_min_difference contact_cost contacts_per_year
            recommend_view_weight
        '),
        ({'kind': 'number', 'above': 0}, '
            batch_megabytes at_risk_multiplier inactive_multiplier large_basket_multiple category_repeat_min_units
            life_table_prior_purchases prediction_lost_max_return acquisition_cost_ratio
        '),
        ({'kind': 'number', 'above': 0, 'most': 10}, 'effect_interval_z'),
        ({'kind': 'number', 'above': 0, 'most': 100}, '
            discount_10_min_percent discount_15_min_percent discount_20_min_percent
        '),
        ({'kind': 'number', 'above': 0, 'most': 1}, '
            pareto_share promotion_share high_future_value_share likely_to_buy_share
            likely_second_share win_back_share pareto_revenue_share overlap_merge_min
            everybody_share differentiable_max_jaccard complaint_max_rate
        '),
        ({'kind': 'number', 'least': 0, 'most': 1}, '
            max_rejected_share max_unbalanced_share max_shrink_share costly_refund_share next_order_min_probability predicted_loyal_min_probability
            churn_risk_min predicted_lost_min rising_min_probability life_table_weight
            prediction_min_auc prediction_warn_auc prediction_min_leaving_share
            identifiable_pass_share identifiable_warn_share substantial_min_revenue_share
            accessible_pass_share accessible_warn_share stable_pass_share stable_warn_share
            gross_margin holdout_max_sent_share
        '),
    ] -%}
        {%- do rules.update(dict.fromkeys(names.split(), rule)) -%}
    {%- endfor -%}
    {%- do return(rules) -%}
{% endmacro %}


{% macro setting(name) %}
    {#-
    The value of a setting. Models read settings by this macro, not by var(): dbt renders them before it runs
    check_settings, and would stop at arithmetic on a text without saying which setting is wrong.

    Arguments: name (of a var).
    Returns: its value.
    Raises: a compiler error that says what to do where its value is not allowed.
    -#}
    {#- once check_settings has run, each is known to be right -#}
    {%- if not (execute and flags.WHICH in ('build', 'run', 'test')) -%}
        {%- set problem = setting_problem(name, setting_rules()[name]) -%}
        {%- if problem -%}
            {{ exceptions.raise_compiler_error('Settings: ' ~ problem) }}
        {%- endif -%}
    {%- endif -%}
    {%- do return(var(name)) -%}
{% endmacro %}


{% macro setting_problem(name, rule) %}
    {#-
    Arguments: name (of a var), rule (of `setting_rules`).
    Returns: a sentence with the var's name and what to do; none where its value is allowed.
    -#}
    {%- set value = var(name) -%}
    {%- set shown = name ~ (' is empty; ' if value is none or value == '' else ' is "' ~ value ~ '"; ') -%}
    {%- if rule.kind == 'one of' and value not in rule['values'] -%}
        {%- do return(shown ~ 'set it to one of ' ~ rule['values'] | join(', ') ~ '.') -%}
    {%- elif rule.kind == 'number' -%}
        {%- if value is not number or value is boolean -%}
            {%- do return(shown ~ 'set it to a number, without quotes.') -%}
        {%- elif not value <= rule.most | default(100000) -%}
            {%- do return(shown ~ 'set it to ' ~ rule.most | default(100000) ~ ' or less.') -%}
        {%- elif rule.least is defined and value < rule.least -%}
            {%- do return(shown ~ 'set it to ' ~ rule.least ~ ' or more.') -%}
        {%- elif rule.above is defined and value <= rule.above -%}
            {%- do return(shown ~ 'set it to more than ' ~ rule.above ~ '.') -%}
        {%- elif rule.whole and value != value | int -%}
            {%- do return(shown ~ 'set it to a whole number.') -%}
        {%- endif -%}
    {%- elif rule.kind == 'sources' and not (are_words(value) and value | reject('in', supplied_tables()) | list == []
        and value | unique | list == value | list) -%}
        {%- do return(shown ~ 'set it to a list of ' ~ supplied_tables() | join(', ') ~ ', or to [] where raw_location holds the tables of the raw contract.') -%}
    {%- elif rule.kind == 'texts' and (value is string or value is mapping or value is not iterable
        or value | reject('string') | list) -%}
        {%- do return(shown ~ 'set it to a list of texts, such as [paid, shipped].') -%}
    {%- elif rule.kind == 'words' and not are_words(value) -%}
        {%- do return(shown ~ 'set it to a list of texts in quotes, such as ["n/a", "0"], or to [].') -%}
    {%- elif rule.kind == 'text' and not (value is string and value | trim) -%}
        {%- do return(shown ~ 'set it to a text.') -%}
    {%- elif rule.kind == 'city' and not (value is string and modules.re.sub('[\\W_]', '', value)) -%}
        {%- do return(shown ~ 'set it to a name with a letter or digit, such as Paris.') -%}
    {%- elif rule.kind == 'text or nothing' and value is not string -%}
        {%- do return(shown ~ 'set it to a text, or to an empty text ("").') -%}
    {%- elif rule.kind == 'as_of' and value | string not in ('latest', 'today') and not is_date(value | string) -%}
        {%- do return(shown ~ 'set it to latest, today or a date as YYYY-MM-DD.') -%}
    {%- elif rule.kind == 'time' and value != '' and not is_time(value | string) -%}
        {%- do return(shown ~ 'set it to a UTC time as YYYY-MM-DD HH:MM:SS, or to an empty text ("").') -%}
    {%- elif rule.kind == 'pattern' and not is_pattern(value) -%}
        {%- do return(shown ~ 'set it to a text for SQL LIKE without a backslash, such as "%spring%".') -%}
    {%- elif rule.kind == 'patterns' and not are_patterns(value) -%}
        {%- do return(shown ~ 'set it to names with one such pattern each, as in {sale: "%/sale%"}, or to {}; no backslash.') -%}
    {%- elif rule.kind == 'holdouts' and not are_percents(value, 50) -%}
        {%- do return(shown ~ 'set it to segments with a whole percent each, from 1 to 50, as in {loyal_customers: 10}, or to {}.') -%}
    {%- elif rule.kind == 'time_zone' and value not in modules.pytz.all_timezones -%}
        {%- do return(shown ~ 'set it to a name such as Europe/Paris.') -%}
    {%- elif rule.kind == 'time_zones' and not (value is mapping and value | reject('in', ['shop', 'web', 'crm']) | list == []
        and value.values() | reject('in', modules.pytz.all_timezones) | list == []) -%}
        {%- do return(shown ~ 'set it to a time zone for some of ' ~ ['shop', 'web', 'crm'] | join(', ') ~ ', as in {shop: Europe/Paris}, or to {}.') -%}
    {%- elif rule.kind == 'steps' and not (is_ascending(value, strictly=true) and value[0] >= rule.least | default(1) and value[-1] <= 100000 and value | reject('integer') | list == []) -%}
        {%- do return(shown ~ 'set it to a list of whole numbers from ' ~ rule.least | default(1) ~ ', each greater than the one before, such as [30, 90].') -%}
    {%- elif rule.kind == 'range' and not (is_ascending(value, length=2, strictly=true) and value[0] > 0) -%}
        {%- do return(shown ~ 'set it to two ascending numbers above 0, such as [0.67, 1.5].') -%}
    {%- elif rule.kind == 'cut_points' and value is not none and not (
        value is mapping and value | list | sort == ['frequency', 'monetary', 'recency']
        and is_ascending(value.recency, 4) and is_ascending(value.frequency, 4) and is_ascending(value.monetary, 4)
    ) -%}
        {%- do return(shown ~ 'set it to null, or to four ascending numbers each as {recency: […], frequency: […], monetary: […]}.') -%}
    {%- elif rule.kind == 'country' and not modules.re.fullmatch('[A-Z]{2}', value | string) -%}
        {%- do return(shown ~ 'set it to two capital letters such as FR.') -%}
    {%- elif rule.kind == 'countries' and not (are_words(value) and modules.re.fullmatch('([A-Z]{2} )*', value | join(' ') ~ (' ' if value else ''))) -%}
        {%- do return(shown ~ 'set it to a list of two capital letters each, such as [FR, BE], or to [].') -%}
    {%- elif rule.kind == 'currency' and not modules.re.fullmatch('[A-Z]{3}', value | string) -%}
        {%- do return(shown ~ 'set it to three capital letters such as EUR.') -%}
    {%- endif -%}
{% endmacro %}


{% macro setting_problems() %}
    {#-
    Every problem of the vars in force.

    Returns: list of sentences, each with the var's name and what to do; empty if all is well.
    -#}
    {%- set rules = setting_rules() -%}
    {%- set problems = [] -%}
    {%- for name in invocation_args_dict.get('vars', {}) if name not in rules -%}
        {%- do problems.append(name ~ ' is not a setting; the settings are ' ~ rules | join(', ') ~ '.') -%}
    {%- endfor -%}
    {%- for name, rule in rules.items() -%}
        {%- set problem = setting_problem(name, rule) -%}
        {%- if problem -%}{%- do problems.append(problem) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not problems -%}
        {%- if var('at_risk_multiplier') >= var('inactive_multiplier') -%}
            {%- do problems.append('at_risk_multiplier (' ~ var('at_risk_multiplier') ~ ') is not below inactive_multiplier (' ~ var('inactive_multiplier') ~ '), so nobody would ever be at risk; lower the one or raise the other.') -%}
        {%- endif -%}
        {%- for status in var('valid_order_statuses') if status in var('other_order_statuses') -%}
            {%- do problems.append('The order status "' ~ status ~ '" stands in valid_order_statuses and in other_order_statuses; keep it in one of them.') -%}
        {%- endfor -%}
        {%- for status in var('valid_order_statuses') + var('other_order_statuses') if status != status | lower | trim -%}
            {%- do problems.append('The order status "' ~ status ~ '" is not in lower case without spaces around it; write it as "' ~ status | lower | trim ~ '".') -%}
        {%- endfor -%}
        {%- for status in var('valid_order_statuses') + var('other_order_statuses') if status.startswith('wc-') -%}
            {%- do problems.append('No order has the status "' ~ status ~ '", as a leading wc- is left out; write it as "' ~ status[3:] ~ '".') -%}
        {%- endfor -%}
        {%- if not var('discount_10_min_percent') < var('discount_15_min_percent') < var('discount_20_min_percent') -%}
            {%- do problems.append('discount_10_min_percent (' ~ var('discount_10_min_percent') ~ '), discount_15_min_percent (' ~ var('discount_15_min_percent') ~ ') and discount_20_min_percent (' ~ var('discount_20_min_percent') ~ ') do not ascend; let each be greater than the one before.') -%}
        {%- endif -%}
        {%- if var('churn_risk_min') >= var('predicted_lost_min') -%}
            {%- do problems.append('churn_risk_min (' ~ var('churn_risk_min') ~ ') is not below predicted_lost_min (' ~ var('predicted_lost_min') ~ '), so nobody would ever be a churn risk; lower the one or raise the other.') -%}
        {%- endif -%}
        {%- if var('prediction_min_auc') > var('prediction_warn_auc') -%}
            {%- do problems.append('prediction_min_auc (' ~ var('prediction_min_auc') ~ ') is above prediction_warn_auc (' ~ var('prediction_warn_auc') ~ '), so no warning would ever come first; lower the one or raise the other.') -%}
        {%- endif -%}
        {%- for name in var('log_valued_segments') if not graph.nodes.get('model.shop_segments.' ~ name, {}).get('config', {}).get('meta', {}).get('segment', {}).get('value') -%}
            {%- do problems.append('log_valued_segments has "' ~ name ~ '", but no segment with values has that name; take it out, or write it as in segment_definitions.') -%}
        {%- endfor -%}
        {%- for name in var('holdouts') -%}
            {%- set segment = graph.nodes.get('model.shop_segments.' ~ name, {}).get('config', {}).get('meta', {}).get('segment') -%}
            {%- if not segment -%}
                {%- do problems.append('holdouts has "' ~ name ~ '", but no segment has that name; take it out, or write it as in segment_definitions.') -%}
            {%- elif segment.get('value') and name not in var('log_valued_segments') -%}
                {%- do problems.append('holdouts has "' ~ name ~ '", a segment with values of which no log is kept; add it to log_valued_segments, or nobody knows later who was in it.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set sellers = [] -%}
        {%- for system in var('sources') if 'orders' in supplied_tables()[system] or 'customers' in supplied_tables()[system] -%}
            {%- do sellers.append(system) -%}
        {%- endfor -%}
        {%- if sellers | length > 1 -%}
            {%- do problems.append('sources names ' ~ sellers | join(' and ') ~ ', which both supply customers and orders: keep one of them, as these must come from one system.') -%}
        {%- endif -%}
        {%- if not var('valid_order_statuses') -%}
            {%- do problems.append('valid_order_statuses is empty, so no order would ever count; name at least one status.') -%}
        {%- endif -%}
    {%- endif -%}
    {%- do problems.extend(flag_problems()) -%}
    {%- do problems.extend(adapter.dispatch('place_problems', 'shop_segments')()) -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro default__place_problems() %}
    {#-
    Whether the build file and the published file can have their names. DuckDB names a database after its file, and it
    must not have the name of a schema in it.

    Returns: list of sentences; empty if all is well.
    -#}
    {%- set problems = [] -%}
    {%- set published = env_var('PUBLISHED_FILE', 'warehouse/shop.duckdb') -%}
    {%- set schemas = graph.nodes.values() | map(attribute='schema') | unique | list + graph.sources.values() | map(attribute='schema') | unique | list
        + ['raw', 'main', 'publication'] -%}
    {%- for name, path in {'BUILD_FILE': target.path, 'PUBLISHED_FILE': published}.items()
        if path.replace('\\', '/').split('/')[-1].split('.')[0] in schemas -%}
        {%- do problems.append(name ~ ' is ' ~ path ~ ', but a schema has that name; call the file something else.') -%}
    {%- endfor -%}
    {%- if target.path == published -%}
        {%- do problems.append('BUILD_FILE and PUBLISHED_FILE are both ' ~ published ~ '; set one of them to another path.') -%}
    {%- elif flags.WHICH == 'build' -%}
        {%- set problem = prepared_publication(published).problem -%}
        {%- if problem -%}{%- do problems.append(problem) -%}{%- endif -%}
    {%- endif -%}
    {%- do return(problems) -%}
{% endmacro %}


{% macro is_ascending(value, length=none, strictly=false) %}
    {#-
    Whether a value is a list of numbers in ascending order.

    Arguments: value (any), length (how many it must have; none: one or more), strictly (whether no two
    may be equal). Returns: boolean (Jinja).
    -#}
    {%- if value is string or value is mapping or value is not sequence or not value
        or value | reject('number') | list or value | select('boolean') | list -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- set sorted = (value | unique | list if strictly else value) | sort -%}
    {%- do return(sorted == value | list and (length is none or value | length == length)) -%}
{% endmacro %}


{% macro are_words(value) %}
    {#-
    Whether a value is a list of texts without spaces around them.

    Arguments: value (any). Returns: boolean (Jinja).
    -#}
    {%- if value is string or value is mapping or value is not iterable or value | reject('string') | list -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- do return(value | reject('equalto', '') | list == value | map('trim') | list) -%}
{% endmacro %}


{% macro is_pattern(value) %}
    {#-
    Whether a value is a text for SQL LIKE that every engine reads alike: a backslash escapes on some.

    Arguments: value (any). Returns: boolean (Jinja).
    -#}
    {%- do return(value is string and value | trim != '' and '\\' not in value) -%}
{% endmacro %}


{% macro are_patterns(value) %}
    {#-
    Whether a value maps names, texts without spaces around them, to patterns.

    Arguments: value (any). Returns: boolean (Jinja).
    -#}
    {%- if value is not mapping -%}{%- do return(false) -%}{%- endif -%}
    {%- for name, pattern in value.items() if not (is_pattern(name) and name == name | trim and is_pattern(pattern)) -%}
        {%- do return(false) -%}
    {%- endfor -%}
    {%- do return(true) -%}
{% endmacro %}


{% macro are_percents(value, most) %}
    {#-
    Whether a value maps names to whole percents from 1 to `most`.

    Arguments: value (any), most (whole number). Returns: boolean (Jinja).
    -#}
    {%- if value is not mapping -%}{%- do return(false) -%}{%- endif -%}
    {%- for name, percent in value.items() if name is not string or percent is boolean or percent is not integer
        or not 1 <= percent <= most -%}
        {%- do return(false) -%}
    {%- endfor -%}
    {%- do return(true) -%}
{% endmacro %}


{% macro is_date(text) %}
    {#-
    Whether a text is a real date written YYYY-MM-DD.

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
    Whether a text is a real time written YYYY-MM-DD HH:MM:SS.

    Arguments: text. Returns: boolean (Jinja).
    -#}
    {%- set parts = modules.re.fullmatch('([0-9-]{10}) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]', text) -%}
    {%- do return(parts and is_date(parts.group(1))) -%}
{% endmacro %}
