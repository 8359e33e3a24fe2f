{{ prediction_check(
    ref('int_person_histories'),
    ref('int_model_fits'),
    ref('int_quarter_ago_outcomes'),
    ref('int_year_ago_outcomes')
) }}
