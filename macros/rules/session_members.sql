{#-
The columns of a segment whose rule is about sessions, from `int_recent_sessions` grouped by person: with
the evidence of the newest qualifying session, or with the number of qualifying sessions.
-#}

{% macro newest_session(evidence) -%}
    {#-
    Arguments: evidence (SQL expression over a session, number); of sessions begun at the same time the greater counts.
    Returns: SQL, the five columns of a segment.
    -#}
    person_id,
    '' as segment_value,
    cast({{ last_known_value(evidence, ['started_at', evidence]) }} as decimal(18, 4)) as evidence,
    {{ session_dates() }}
{%- endmacro %}


{% macro counted_sessions(segment_value="''") -%}
    {#-
    Arguments: segment_value (SQL expression that the query groups by, text).
    Returns: SQL, the five columns of a segment.
    -#}
    person_id,
    {{ segment_value }} as segment_value,
    cast(count(*) as decimal(18, 4)) as evidence,
    {{ session_dates() }}
{%- endmacro %}


{% macro session_dates() -%}
    {#- Returns: SQL, evidence_at and expires_on. -#}
    max(started_at) as evidence_at,
    {{ leaves_days('max(started_on)', setting('session_lookback_days')) }} as expires_on
{%- endmacro %}
