{{ purchase_histories(ref('int_person_histories')) }}
