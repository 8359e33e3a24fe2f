{#- What somebody may say yes or no to. -#}

{% macro contact_channels() %}
    {#- Returns: list of the channels by which a person is reached. -#}
    {%- do return(['email', 'sms', 'ads', 'post', 'phone']) -%}
{% endmacro %}


{% macro consent_channels() %}
    {#- Returns: list of all that consents are about: the channels, and `tracking` (whether opens may be observed). -#}
    {%- do return(contact_channels() + ['tracking']) -%}
{% endmacro %}
