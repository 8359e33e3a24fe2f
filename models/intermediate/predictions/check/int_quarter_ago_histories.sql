{{ person_histories(days_ago=90) }}
