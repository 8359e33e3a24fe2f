{{ config(tags=['proof']) }}

-- Contacts by where they came from, sessions by what brought them, orders by how they were made.
{%- set pattern = setting('email_campaign_pattern') %}
with

counted as (
    select
        'acquisition_source_customers' as segment,
        people.person_id,
        customers.acquisition_source as segment_value,
        people.created_at as happened_at,
        cast(null as date) as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('people') }} as people
    inner join {{ ref('proof_customers') }} as customers on people.person_id = customers.person_id
    where
        people.is_contact
        and customers.acquisition_source is not null
    union all
    select
        'affiliate_visitors' as segment,
        person_id,
        '' as segment_value,
        started_at as happened_at,
        leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_sessions') }}
    where
        traffic_source = 'affiliate'
        or traffic_medium = 'affiliate'
    union all
    -- a visit without a campaign counts where every campaign does
    select
        'email_visitors' as segment,
        person_id,
        '' as segment_value,
        started_at as happened_at,
        leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_sessions') }}
    where
        (traffic_source = 'email' or traffic_medium = 'email')
        and {{ "1 = 1" if pattern == "%" else "traffic_campaign like " ~ sql_text(pattern) }}
    union all
    select
        'mobile_app_buyers' as segment,
        person_id,
        '' as segment_value,
        ordered_at as happened_at,
        cast(null as date) as leaves_on,
        1 as counts,
        {{ setting('mobile_app_min_orders') }} as needed
    from {{ ref('proof_orders') }}
    where sales_channel = 'mobile_app'
    union all
    {% for segment, how in [
        ('payment_method_buyers', 'payment_method'),
        ('shipping_method_buyers', 'shipping_method'),
    ] -%}
    select
        '{{ segment }}' as segment,
        person_id,
        {{ how }} as segment_value,
        ordered_at as happened_at,
        cast(null as date) as leaves_on,
        1 as counts,
        1 as needed
    from {{ ref('proof_orders') }}
    where {{ how }} is not null
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

recounted as (
    {{ recounted_members('counted') }}
)

{{ members_that_differ(ref('channel_memberships')) }}
