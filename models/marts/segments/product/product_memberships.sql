{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'category_repeat_buyers',
    'category_top_buyers',
    'product_buyers',
    'category_buyers',
    'collection_buyers',
]) }}
