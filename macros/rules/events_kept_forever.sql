{% macro events_kept_forever() %}
    {#- Returns: list of the event names that rules look at one by one, however old the events are. -#}
    {%- do return([
        'purchase', 'add_to_cart', 'add_to_favorites', 'remove_from_favorites', 'account_created', 'newsletter_signup',
    ]) -%}
{% endmacro %}
