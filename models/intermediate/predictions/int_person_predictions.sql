{{ person_predictions(
    ref('int_model_predictions'), ref('int_life_table'), ref('int_prediction_check')
) }}
