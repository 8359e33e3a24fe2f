{#- Where contacts live and where their orders went, read a second time for the tests. -#}

{% macro recounted_order_places(place) -%}
    {#-
    The place of every order that counts and has a person: where it was shipped to, else where the person
    lives. Orders whose place nobody knows are left out.

    Arguments: place (city, normalised, or country_code).
    Returns: SQL query: person_id, ordered_at, place.
    -#}
    {%- set shipped, lived = 'staged.shipping_' ~ place, 'homes.said' -%}
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
            {{ recounted_said(place) | indent(12) }}
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
