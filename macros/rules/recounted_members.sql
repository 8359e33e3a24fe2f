{#- What the recounts of all families share: getting from qualifying facts to members, and the comparison. -#}

{% macro recounted_members(facts) -%}
    {#-
    Who has enough of what is counted, until so much has left the window that the rest is too little. The sum is
    recomputed for each day on which a fact leaves.

    Arguments: facts (CTE with segment, person_id, segment_value, happened_at, leaves_on (null: never), counts,
    needed (number above 0 that the counts must add up to)).
    Returns: SQL query with the columns of a family's stack.
    -#}
    select
        segment,
        person_id,
        segment_value,
        {{ evidence_of('sum(counts)') }} as evidence,
        max(happened_at) as evidence_at,
        min(case when leaves_on is not null and counts_until_then - counts < needed then leaves_on end)
            as expires_on
    from (
        select
            segment,
            person_id,
            segment_value,
            needed,
            leaves_on,
            max(happened_at) as happened_at,
            sum(counts) as counts,
            sum(sum(counts)) over (
                partition by segment, person_id, segment_value
                order by case when leaves_on is null then 0 else 1 end, leaves_on desc
            ) as counts_until_then
        from {{ facts }}
        where person_id is not null
        group by
            segment,
            person_id,
            segment_value,
            needed,
            leaves_on
    ) as leaving
    group by
        segment,
        person_id,
        segment_value,
        needed
    having sum(counts) >= needed
{%- endmacro %}


{% macro recounted_newest(facts) -%}
    {#-
    Who has a fact that qualifies: the newest one is shown (of several at one time, the greatest evidence), and
    the last to leave the window ends it.

    Arguments: facts (CTE with segment, person_id, segment_value, happened_at, leaves_on, evidence).
    Returns: SQL query with the columns of a family's stack.
    -#}
    select
        facts.segment,
        facts.person_id,
        facts.segment_value,
        {{ evidence_of('max(facts.evidence)') }} as evidence,
        newest.happened_at as evidence_at,
        newest.leaves_on as expires_on
    from {{ facts }} as facts
    inner join (
        select
            segment,
            person_id,
            segment_value,
            max(happened_at) as happened_at,
            max(leaves_on) as leaves_on
        from {{ facts }}
        group by
            segment,
            person_id,
            segment_value
    ) as newest
        on
            facts.segment = newest.segment
            and facts.person_id = newest.person_id
            and facts.segment_value = newest.segment_value
            and facts.happened_at = newest.happened_at
    group by
        facts.segment,
        facts.person_id,
        facts.segment_value,
        newest.happened_at,
        newest.leaves_on
{%- endmacro %}


{% macro members_that_differ(stack) -%}
    {#-
    A family's stack compared with CTE `recounted` of the same columns: extra members, members that are missing or
    doubled, and members whose evidence or dates differ.

    Arguments: stack (relation).
    Returns: SQL query, as `rows_that_differ`.
    -#}
    {%- set members -%}
    (
            select
                segment,
                person_id,
                segment_value,
                {{ evidence_of('evidence') }} as evidence,
                evidence_at,
                expires_on
            from recounted
        ) as recounted
    {%- endset -%}
    {{ rows_that_differ(
        stack, members, ['segment', 'person_id', 'segment_value', 'evidence', 'evidence_at', 'expires_on']
    ) }}
{%- endmacro %}


{% macro rows_that_differ(built, recounted, columns) -%}
    {#-
    Two relations compared both ways, as bags of rows: rows that one of them lacks, or holds too often.

    Arguments: built, recounted (relations or CTEs), columns (list of column names that both have; the
    key first). Nulls are equal to each other.
    Returns: SQL query, one row per differing row with how often each side holds it, so that what was built and what was
    recounted for one key come together.
    -#}
    select
        {{ columns | join(',\n        ') }},
        sum(built_rows) as built_rows,
        sum(recounted_rows) as recounted_rows
    from (
        select
            {{ columns | join(',\n            ') }},
            1 as built_rows,
            0 as recounted_rows
        from {{ built }}
        union all
        select
            {{ columns | join(',\n            ') }},
            0 as built_rows,
            1 as recounted_rows
        from {{ recounted }}
    ) as both_sides
    group by
        {{ columns | join(',\n        ') }}
    having sum(built_rows) <> sum(recounted_rows)
    order by {{ columns[0] }}, built_rows
{%- endmacro %}
