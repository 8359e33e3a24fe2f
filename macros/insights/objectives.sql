{% macro lifecycle_objectives() %}
    {#-
    The five moves between stages that the literature asks for.

    Returns: list of dicts: objective (number), label_en, label_fr, from_stages and to_stages (lists).
    -#}
    {%- set active = ['repeat_customers', 'loyal_customers'] -%}
    {%- do return([
        {'objective': 1, 'label_en': 'Turn prospects into buyers', 'label_fr': 'Transformer les prospects en acheteurs',
            'from_stages': ['prospects'], 'to_stages': ['first_time_buyers']},
        {'objective': 2, 'label_en': 'Win the second purchase', 'label_fr': 'Obtenir le deuxième achat',
            'from_stages': ['first_time_buyers'], 'to_stages': active},
        {'objective': 3, 'label_en': 'Keep repeat and loyal customers', 'label_fr': 'Garder les clients réguliers et fidèles',
            'from_stages': active, 'to_stages': active},
        {'objective': 4, 'label_en': 'Bring back customers at risk', 'label_fr': 'Ramener les clients à risque',
            'from_stages': ['at_risk_customers'], 'to_stages': active},
        {'objective': 5, 'label_en': 'Win back inactive customers', 'label_fr': 'Reconquérir les clients inactifs',
            'from_stages': ['inactive_customers'], 'to_stages': active},
    ]) -%}
{% endmacro %}


{% macro lifecycle_stages() %}
    {#- Returns: list of the six stages of the lifecycle. -#}
    {%- do return([
        'prospects', 'first_time_buyers', 'repeat_customers', 'loyal_customers', 'at_risk_customers',
        'inactive_customers',
    ]) -%}
{% endmacro %}
