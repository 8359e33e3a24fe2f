{{ config(tags=['proof']) }}

-- A label if there is one; else a product's name, where the values are products.
with

recounted as (
    select distinct
        memberships.segment,
        memberships.segment_value,
        coalesce(labels.label_en, products.product_name, memberships.segment_value) as label_en,
        coalesce(labels.label_fr, products.product_name, memberships.segment_value) as label_fr,
        labels.sort_order
    from {{ ref('segment_memberships') }} as memberships
    inner join {{ ref('segment_definitions') }} as definitions
        on memberships.segment = definitions.segment
    left join {{ ref('value_labels') }} as labels
        on
            memberships.segment = labels.segment
            and memberships.segment_value = labels.segment_value
    left join {{ ref('stg_shop__products') }} as products
        on
            definitions.grain = 'person and product'
            and memberships.segment_value = products.product_id
    where memberships.segment_value <> ''
)

{{ rows_that_differ(ref('segment_values'), 'recounted', [
    'segment', 'segment_value', 'label_en', 'label_fr', 'sort_order'
]) }}
