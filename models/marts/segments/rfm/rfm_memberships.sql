{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'rfm_segments',
]) }}
