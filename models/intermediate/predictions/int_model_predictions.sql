{{ config(materialized='view') }}
{{ model_predictions(ref('int_person_histories'), ref('int_model_fits')) }}
