{%- set facts = known_facts() -%}
with

consents as (
    select distinct person_id
    from {{ ref('int_person_consents') }}
),

attributes as (
    select distinct customers.person_id
    from {{ ref('stg_shop__customer_attributes') }} as facts
    inner join {{ ref('int_known_customers') }} as customers
        on facts.customer_id = customers.customer_id
    cross join {{ ref('as_of') }} as as_of
    where facts.recorded_on <= as_of.as_of_on
),

counted as (
    select
        {%- for fact, column in facts.items() %}
        count({{ column }}) as {{ fact }},
        {%- endfor %}
        count(*) as contacts
    from {{ ref('int_person_features') }} as people
    left join {{ ref('int_people') }} as births on people.person_id = births.person_id
    left join {{ ref('int_person_web') }} as web on people.person_id = web.person_id
    left join {{ ref('int_person_messages') }} as messages
        on people.person_id = messages.person_id
    left join consents on people.person_id = consents.person_id
    left join attributes on people.person_id = attributes.person_id
    where people.is_contact
)

{% for fact in facts -%}
select
    '{{ fact }}' as known_by,
    contacts,
    {{ fact }} as known_contacts
from counted
{{ 'union all' if not loop.last }}
{% endfor %}
