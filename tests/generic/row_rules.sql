{% test row_rules(model, rules) %}
    {#-
    Every rule is true for every row: a rule that is false fails, and so does one that is unknown (null).
    The table is read once, however many rules there are.

    Arguments: rules (list of SQL conditions over the model's columns).
    Returns: each row that breaks a rule, after the rules it breaks.
    -#}
    with judged as (
        select
            {% for rule in rules -%}
            case when ({{ rule }}) is not true then {{ sql_texts([rule]) }} || '; ' else '' end
            {{- ' || ' if not loop.last }}
            {% endfor -%}
            as broken_rules,
            model_rows.*
        from {{ model }} as model_rows
    )

    select *
    from judged
    where broken_rules <> ''
{% endtest %}
