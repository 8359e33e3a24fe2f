{{ prediction_outcomes(
    ref('int_quarter_ago_histories'), ref('int_quarter_ago_fits'), ref('int_quarter_ago_life_table'), days_ago=90
) }}
