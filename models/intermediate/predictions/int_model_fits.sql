{{ model_fits(ref('int_person_histories'), ref('int_purchase_histories')) }}
