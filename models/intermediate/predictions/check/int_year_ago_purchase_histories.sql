{{ purchase_histories(ref('int_year_ago_histories')) }}
