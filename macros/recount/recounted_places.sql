{#- Where contacts live and where their orders went, read a second time for the tests. -#}

{% macro recounted_homes(column) -%}
    {#-
    What the customers who are one person say of where they live: the newest of them that says anything,
    of equal ones the one with the smallest id.

    Arguments: column (of the staged customers: city, region or country_code).
    Returns: SQL query: person_id, home (never null; one row per person).
    -#}
    with

    said as (
        select
            keys.person_id,
            customers.customer_id,
            customers.updated_at,
            customers.{{ column }} as home
        from {{ ref('stg_shop__customers') }} as customers
        inner join {{ ref('int_person_keys') }} as keys
            on
                keys.key_type = 'customer'
                and customers.customer_id = keys.key_value
        where
            {{ normalised_text('customers.city') if column == 'city' else 'customers.' ~ column }} is not null
            and keys.person_id is not null
    )

    select
        said.person_id,
        said.home
    from said
    left join said as preferred
        on
            said.person_id = preferred.person_id
            and case
                when said.updated_at = preferred.updated_at
                    or (said.updated_at is null and preferred.updated_at is null)
                    then {{ byte_order('preferred.customer_id') }} < {{ byte_order('said.customer_id') }}
                when said.updated_at is null then true
                when preferred.updated_at is null then false
                else preferred.updated_at > said.updated_at
            end
    where preferred.person_id is null
{%- endmacro %}


{% macro recounted_order_places(place) -%}
    {#-
    The place of every order that counts and has a person: where it was shipped to, else where the person
    lives. Orders whose place nobody knows are left out.

    Arguments: place (city, normalised, or country_code).
    Returns: SQL query: person_id, ordered_at, place.
    -#}
    {%- set shipped, lived = 'staged.shipping_' ~ place, 'homes.home' -%}
    {%- if place == 'city' -%}
        {%- set shipped, lived = normalised_text(shipped), normalised_text(lived) -%}
    {%- endif -%}
    select
        placed.person_id,
        placed.ordered_at,
        placed.place
    from (
        select
            orders.person_id,
            orders.ordered_at,
            coalesce({{ shipped }}, {{ lived }}) as place
        from {{ ref('orders') }} as orders
        inner join {{ ref('stg_shop__orders') }} as staged on orders.order_id = staged.order_id
        left join (
            {{ recounted_homes(place) | indent(12) }}
        ) as homes on orders.person_id = homes.person_id
        where
            orders.is_valid
            and orders.person_id is not null
    ) as placed
    where placed.place is not null
{%- endmacro %}


{% macro recounted_residents(places) -%}
    {#-
    The contacts who live in a place; the fact that dates it is the last order, else the contact's beginning.

    Arguments: places (CTE with person_id and place, one row per person).
    Returns: SQL query with the columns of a segment table.
    -#}
    select
        people.person_id,
        places.place as segment_value,
        cast(1 as decimal(18, 4)) as evidence,
        coalesce(max(orders.ordered_at), people.created_at) as evidence_at,
        cast(null as date) as expires_on
    from {{ ref('people') }} as people
    inner join {{ places }} as places on people.person_id = places.person_id
    left join {{ ref('orders') }} as orders
        on
            people.person_id = orders.person_id
            and orders.is_valid
    where people.is_contact
    group by
        people.person_id,
        people.created_at,
        places.place
{%- endmacro %}
