-- long: the last published state, what the build says today, and the difference
-- Whom a build forgets keeps an emptied row: a service that pulls never learns of one that is gone.
{{ config(materialized='table') }}

{%- set before = published_log('contact_sync_states', room='activation') %}
{%- set channels = ['ads', 'email', 'phone', 'post', 'sms'] %}
{%- set fields = [
    'first_name',
    'city',
    'birthday',
    'stage',
    'stage_since',
    'favorite_category',
    'last_order',
] %}

with

permissions as (
    select
        {%- for channel in channels %}
        max(case when channel = '{{ channel }}' and is_allowed then 1 else 0 end) = 1
            as may_{{ channel }},
        {%- endfor %}
        person_id
    from {{ ref('contact_permissions') }}
    group by person_id
),

-- what the files of seed exports tell e-mail services, under the same labels: not of whom they
-- hold out
labels as (
    select distinct
        exports.segment,
        exports.segment_value,
        coalesce(
            exports.label,
            case when destinations.kind = 'list' then definitions.external_name end,
            exports.segment || coalesce(':' || exports.segment_value, '')
        ) as shown_as
    from {{ ref('exports') }} as exports
    inner join {{ ref('destinations') }} as destinations
        on exports.destination = destinations.destination
    inner join {{ ref('segment_definitions') }} as definitions
        on exports.segment = definitions.segment
    where destinations.channel = 'email'
),

segments as (
    select
        memberships.person_id,
        {{ sorted_list(json_text('labels.shown_as')) }} as labels
    from {{ ref('segment_memberships') }} as memberships
    inner join labels on memberships.segment = labels.segment
    left join {{ ref('segment_holdouts') }} as holdouts
        on
            memberships.person_id = holdouts.person_id
            and memberships.segment = holdouts.segment
    where
        coalesce(labels.segment_value = memberships.segment_value, true)
        and holdouts.person_id is null
    group by memberships.person_id
),

product_names as (
    select
        product_id,
        {{ clean_text('product_name') }} as product_name
    from {{ ref('stg_shop__products') }}
),

viewed as (
    select
        viewers.person_id,
        {{ sorted_list(json_text('coalesce(products.product_name, viewers.segment_value)')) }}
            as product_names
    from {{ ref('recent_viewers') }} as viewers
    left join product_names as products on viewers.segment_value = products.product_id
    group by viewers.person_id
),

low_stock as (
    select
        favorites.person_id,
        {{ sorted_list(json_text('coalesce(products.product_name, favorites.segment_value)')) }}
            as product_names
    from {{ ref('favorites_low_stock') }} as favorites
    left join product_names as products on favorites.segment_value = products.product_id
    group by favorites.person_id
),

contacts as (
    select
        {%- for channel in channels %}
        permissions.may_{{ channel }},
        {%- endfor %}
        points.person_id as external_id,
        case when permissions.may_email then points.email end as email,
        case when permissions.may_sms then points.phone end as phone,
        points.first_name,
        points.city,
        points.birth_day_month as birthday,
        people.stage,
        cast(people.stage_from as {{ dbt.type_string() }}) as stage_since,
        {{ clean_text('people.favorite_category') }} as favorite_category,
        cast(people.last_order_on as {{ dbt.type_string() }}) as last_order,
        case
            when people.last_order_on is null then 'null'
            when dependent.person_id is null then 'false'
            else 'true'
        end as buys_at_discount,
        segments.labels,
        viewed.product_names as viewed_products,
        low_stock.product_names as low_stock_products
    from {{ ref('contact_points') }} as points
    inner join permissions on points.person_id = permissions.person_id
    inner join {{ ref('people') }} as people on points.person_id = people.person_id
    left join {{ ref('promotion_dependent_buyers') }} as dependent
        on points.person_id = dependent.person_id
    left join segments on points.person_id = segments.person_id
    left join viewed on points.person_id = viewed.person_id
    left join low_stock on points.person_id = low_stock.person_id
    -- the channels by which such a service writes
    where permissions.may_email or permissions.may_sms
),

today as (
    select
        external_id,
        email,
        phone,
        '{"email":' || {{ json_text('email') }} || ',"phone":' || {{ json_text('phone') }}
        || ',"permissions":{'
        {%- for channel in channels %}
        || '{{ ',' if not loop.first }}"{{ channel }}":'
        || case when may_{{ channel }} then 'true' else 'false' end
        {%- endfor %}
        || '},"segments":[' || coalesce(labels, '') || ']'
        {%- for field in fields %}
        || ',"{{ field }}":' || {{ json_text(field) }}
        {%- endfor %}
        || ',"last_viewed_products":[' || coalesce(viewed_products, '') || ']'
        || ',"low_stock_favorites":[' || coalesce(low_stock_products, '') || ']'
        || ',"buys_at_discount":' || buys_at_discount || '}' as payload
    from contacts
),

-- all that an erased person may have been known by, once deleted from the shop too
erased as (
    select
        case key_type when 'customer' then 'c:' when 'email' then 'g:' else 't:' end
        || key_value as external_id
    from {{ ref('int_person_keys') }}
    where person_id is null
    union
    select 'c:' || customer_id as external_id
    from {{ ref('stg_crm__erasure_requests') }}
    where customer_id is not null
    union
    select 'g:' || email_key as external_id
    from {{ ref('stg_crm__erasure_requests') }}
    where email_key is not null
),

before as (
    {%- if before %}
    select
        external_id,
        payload,
        is_removed,
        updated_at,
        erased_at
    from {{ before }}
    {%- else %}
    select
        external_id,
        payload,
        false as is_removed,
        {{ built_at() }} as updated_at,
        {{ built_at() }} as erased_at
    from today
    where 1 = 0
    {%- endif %}
),

-- later than all that was ever told, even if a clock was put back
moments as (
    select
        greatest(
            {{ built_at() }},
            max(updated_at) + interval '1' second,
            max(erased_at) + interval '1' second
        ) as told_at
    from before
),

known as (
    select external_id
    from today
    union
    select external_id
    from before
    union
    select external_id
    from erased
),

compared as (
    select
        known.external_id,
        today.email,
        today.phone,
        coalesce(
            today.payload,
            '{"email":null,"phone":null,"permissions":{'
            {%- for channel in channels %}
            || '{{ ',' if not loop.first }}"{{ channel }}":false'
            {%- endfor %}
            || '},"segments":[]'
            {%- for field in fields %}
            || ',"{{ field }}":null'
            {%- endfor %}
            || ',"last_viewed_products":[],"low_stock_favorites":[],"buys_at_discount":null}'
        ) as payload,
        today.external_id is null as is_removed,
        before.payload as payload_before,
        before.is_removed as is_removed_before,
        before.updated_at as updated_before,
        before.erased_at as erased_before,
        points.person_id is null
        and (erased.external_id is not null or before.erased_at is not null) as is_erased
    from known
    left join today on known.external_id = today.external_id
    left join before on known.external_id = before.external_id
    left join erased on known.external_id = erased.external_id
    left join {{ ref('contact_points') }} as points on known.external_id = points.person_id
)

select
    compared.external_id,
    compared.email,
    compared.phone,
    compared.payload,
    case
        -- never told, so nothing to take back
        when compared.is_removed and compared.updated_before is null then null
        when
            compared.payload = compared.payload_before
            and compared.is_removed = compared.is_removed_before
            then compared.updated_before
        else moments.told_at
    end as updated_at,
    compared.is_removed,
    case when compared.is_erased then coalesce(compared.erased_before, moments.told_at) end
        as erased_at
from compared
cross join moments
