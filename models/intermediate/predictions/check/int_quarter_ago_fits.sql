{{ model_fits(ref('int_quarter_ago_histories'), ref('int_quarter_ago_purchase_histories')) }}
