{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'local_buyers',
    'remote_buyers',
    'city_buyers',
    'domestic_customers',
    'international_customers',
    'country_customers',
    'region_customers',
    'climate_zone_customers',
]) }}
