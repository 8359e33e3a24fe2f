{{ purchase_histories(ref('int_quarter_ago_histories')) }}
