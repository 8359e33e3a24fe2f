{{ prediction_outcomes(
    ref('int_year_ago_histories'), ref('int_year_ago_fits'), ref('int_year_ago_life_table'), days_ago=365
) }}
