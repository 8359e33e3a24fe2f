{{ life_table(days_ago=90) }}
