{% macro publish() %}
    {# placeholder #}
{% endmacro %}
