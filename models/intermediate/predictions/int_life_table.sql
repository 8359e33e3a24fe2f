{{ life_table() }}
