{{ model_fits(ref('int_year_ago_histories'), ref('int_year_ago_purchase_histories')) }}
