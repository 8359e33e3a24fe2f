{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'photo_reviewers',
    'costly_customers',
]) }}
