{{ person_histories() }}
