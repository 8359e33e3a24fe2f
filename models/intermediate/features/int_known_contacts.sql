{%- set facts = known_facts() -%}
with

{% for fact, raw_table, condition in [
    ('consents', 'stg_crm__consents', "coalesce(facts.changed_on <= as_of.as_of_on, true)"
        ~ " and facts.status <> 'not_asked'"),
    ('attributes', 'stg_shop__customer_attributes', 'facts.recorded_on <= as_of.as_of_on'),
] -%}
{{ fact }} as (
    select distinct
        -- the known customer's, else the e-mail's
        case
            when customers.customer_id is not null then customers.person_id
            else emails.person_id
        end as person_id
    from {{ ref(raw_table) }} as facts
    cross join {{ ref('as_of') }} as as_of
    left join {{ ref('int_known_customers') }} as customers
        on facts.customer_id = customers.customer_id
    left join {{ ref('int_known_emails') }} as emails on facts.email_key = emails.email_key
    where {{ condition }}
),

{% endfor -%}
counted as (
    select
        {%- for fact, column in facts.items() %}
        count({{ column }}) as {{ fact }},
        {%- endfor %}
        count(*) as contacts
    from {{ ref('int_person_features') }} as people
    inner join {{ ref('int_people') }} as births on people.person_id = births.person_id
    left join {{ ref('int_person_web') }} as web on people.person_id = web.person_id
    left join {{ ref('int_person_messages') }} as messages
        on people.person_id = messages.person_id
    left join consents on people.person_id = consents.person_id
    left join attributes on people.person_id = attributes.person_id
    where people.is_contact
),

-- a union would be as many computations where a query's parts are put in its place
kinds (known_by) as (
    values
    {% for fact in facts -%}
    ('{{ fact }}'){{ ',' if not loop.last }}
    {% endfor %}
)

select
    kinds.known_by,
    counted.contacts,
    case kinds.known_by
        {%- for fact in facts %}
        when '{{ fact }}' then counted.{{ fact }}
        {%- endfor %}
    end as known_contacts
from counted
cross join kinds
