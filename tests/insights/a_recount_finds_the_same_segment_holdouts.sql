{{ config(tags=['proof']) }}

-- Hexadecimal digits of one length sort like their number.
{%- set holdouts = setting('holdouts') %}
with

sightings as (
    {% for model, seen_at, key_types in [
        ('stg_shop__customers', 'created_at', ['customer', 'email']),
        ('stg_shop__orders', 'ordered_at', ['customer', 'email', 'phone']),
        ('stg_crm__consents', 'changed_at', ['customer', 'email']),
        ('stg_crm__message_events', 'occurred_at', ['customer', 'email']),
    ] -%}
    {%- set outer = loop -%}
    {%- for key_type in key_types -%}
    select
        '{{ key_type }}' as key_type,
        {{ 'customer_id' if key_type == 'customer' else key_type ~ '_key' }} as key_value,
        {{ seen_at }} as seen_at
    from {{ ref(model) }}
    {{ 'union all' if not (loop.last and outer.last) }}
    {% endfor -%}
    {%- endfor -%}
),

first_sightings as (
    select
        key_type,
        key_value,
        min(seen_at) as seen_at
    from sightings
    group by
        key_type,
        key_value
),

ranked_keys as (
    select
        person_keys.person_id,
        person_keys.key_type || ':' || person_keys.key_value as person_key,
        row_number() over (
            partition by person_keys.person_id
            order by
                case when person_keys.key_type = 'phone' then 1 else 0 end,
                case when first_sightings.seen_at is null then 1 else 0 end,
                first_sightings.seen_at,
                case when person_keys.key_type = 'customer' then 0 else 1 end,
                {{ byte_order('person_keys.key_value') }}
        ) as place
    from {{ ref('int_person_keys') }} as person_keys
    inner join {{ ref('people') }} as people
        on
            person_keys.person_id = people.person_id
            and people.is_contact
    left join first_sightings
        on
            person_keys.key_type = first_sightings.key_type
            and person_keys.key_value = first_sightings.key_value
),

recounted as (
    {% for segment, percent in holdouts.items() -%}
    select
        person_id,
        {{ sql_text(segment) }} as segment
    from ranked_keys
    where
        place = 1
        and {{ byte_order('substr(md5(' ~ sql_text(segment ~ ':') ~ ' || person_key), 1, 8)') }}
        < '{{ '%08x' % (percent * 4294967296 // 100) }}'
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        person_id,
        person_key as segment
    from ranked_keys
    where place = 0
    {% endfor -%}
)

{{ rows_that_differ(ref('segment_holdouts'), 'recounted', ['segment', 'person_id']) }}
