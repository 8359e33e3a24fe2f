{{ life_table(days_ago=365) }}
