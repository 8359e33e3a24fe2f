{{ config(schema='membership', materialized='view') }}

{{ stacked([
    'female_buyers',
    'male_buyers',
    'registered_visitors',
    'upcoming_birthdays',
    'age_bands',
    'attribute_customers',
]) }}
