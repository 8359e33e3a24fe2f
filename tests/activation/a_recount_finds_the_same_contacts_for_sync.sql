{{ config(tags=['proof']) }}

-- long: who it is, what is listed of them, and each key of the payload
-- All that may be told of whoever may be written to, and of anybody else nothing.
{%- set email = 'case when living.may_email = 1 then points.email end' %}
{%- set phone = 'case when living.may_sms = 1 then points.phone end' %}
{%- set said = "case when is_allowed then 'true' else 'false' end" %}
with

states as (
    select
        states.*,
        erased.external_id is not null as is_erased,
        states.is_removed or pulled.external_id is not null as is_told
    from {{ ref('contact_sync_states') }} as states
    left join {{ ref('contacts_for_sync') }} as pulled on states.external_id = pulled.external_id
    left join {{ ref('contacts_erased_for_sync') }} as erased
        on states.external_id = erased.external_id
),

living as (
    select
        person_id,
        max(case when is_allowed and channel = 'email' then 1 else 0 end) as may_email,
        max(case when is_allowed and channel = 'sms' then 1 else 0 end) as may_sms,
        {{ sorted_list("('\"' || channel || '\":' || " ~ said ~ ")") }} as permissions
    from {{ ref('contact_permissions') }}
    group by person_id
    having max(case when is_allowed and channel in ('email', 'sms') then 1 else 0 end) = 1
),

-- a label is lost to whoever is held out of its segment
entries as (
    select
        members.person_id,
        'labels' as listed_in,
        case
            when exports.label is not null then exports.label
            when destinations.kind = 'list' then definitions.external_name
            else exports.segment || coalesce(':' || exports.segment_value, '')
        end as entry
    from {{ ref('exports') }} as exports
    inner join {{ ref('destinations') }} as destinations
        on exports.destination = destinations.destination and destinations.channel = 'email'
    inner join {{ ref('segment_definitions') }} as definitions
        on exports.segment = definitions.segment
    inner join {{ ref('segment_memberships') }} as members
        on
            exports.segment = members.segment
            and coalesce(exports.segment_value, members.segment_value) = members.segment_value
    left join {{ ref('segment_holdouts') }} as holdouts
        on members.person_id = holdouts.person_id and members.segment = holdouts.segment
    where holdouts.person_id is null
    union all
    select
        members.person_id,
        members.segment as listed_in,
        coalesce(
            {{ clean_text('products.product_name') }}, {{ clean_text('members.segment_value') }}
        ) as entry
    from {{ ref('segment_memberships') }} as members
    left join {{ ref('stg_shop__products') }} as products
        on members.segment_value = products.product_id
    where members.segment in ('recent_viewers', 'favorites_low_stock', 'promotion_dependent_buyers')
),

listed as (
    select
        {%- for list in ['labels', 'recent_viewers', 'favorites_low_stock'] %}
        {{ sorted_list("case when listed_in = '" ~ list ~ "' and entry is not null then "
            ~ json_text('entry') ~ ' end') }} as {{ list }},
        {%- endfor %}
        max(case when listed_in = 'promotion_dependent_buyers' then 'true' end) as is_dependent,
        person_id
    from entries
    group by person_id
),

-- under any id, and for good, even if the shop deletes the request
erased as (
    {%- for id, model in [
        ("'c:' || customer_id", 'stg_crm__erasure_requests'),
        ("'g:' || email_key", 'stg_crm__erasure_requests'),
        ("case key_type when 'customer' then 'c:' when 'email' then 'g:' else 't:' end"
            " || case when person_id is null then key_value end", 'int_person_keys'),
    ] %}
    select {{ id }} as external_id
    from {{ ref(model) }}
    union
    {%- endfor %}
    select external_id
    from states
    where is_removed and erased_at < {{ built_at() }}
),

everybody as (
    select person_id as external_id from living
    union
    select external_id from erased
    union
    select external_id from states
),

recounted as (
    select
        everybody.external_id,
        {{ email }} as email,
        {{ phone }} as phone,
        living.person_id is null as is_removed,
        erased.external_id is not null as is_erased,
        true as is_told,
        '{"email":' || {{ json_text(email) }} || ',"phone":' || {{ json_text(phone) }}
        || ',"permissions":{' || coalesce(
            replace(living.permissions, ', ', ','),
            '"ads":false,"email":false,"phone":false,"post":false,"sms":false'
        ) || '},"segments":[' || coalesce(listed.labels, '') || ']'
        {%- for key, value in {
            'first_name': 'points.first_name',
            'city': 'points.city',
            'birthday': 'points.birth_day_month',
            'stage': 'people.stage',
            'stage_since': 'people.stage_from',
            'favorite_category': clean_text('people.favorite_category'),
            'last_order': 'people.last_order_on',
        }.items() %}
        || ',"{{ key }}":' || {{ json_text('cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')') }}
        {%- endfor %}
        || ',"last_viewed_products":[' || coalesce(listed.recent_viewers, '')
        || '],"low_stock_favorites":[' || coalesce(listed.favorites_low_stock, '')
        || '],"buys_at_discount":' || case
            when people.last_order_on is null then 'null'
            else coalesce(listed.is_dependent, 'false')
        end || '}' as payload
    from everybody
    left join living on everybody.external_id = living.person_id
    left join {{ ref('contact_points') }} as points on living.person_id = points.person_id
    left join {{ ref('people') }} as people on living.person_id = people.person_id
    left join listed on living.person_id = listed.person_id
    left join erased on everybody.external_id = erased.external_id
    where everybody.external_id is not null
)

{{ rows_that_differ('states', 'recounted', [
    'external_id', 'email', 'phone', 'payload', 'is_removed', 'is_erased', 'is_told'
]) }}
