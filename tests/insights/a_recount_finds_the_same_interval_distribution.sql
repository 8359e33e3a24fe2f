{{ config(tags=['proof']) }}

-- After each purchase but the first: on which day of silence as many gaps were over as were then
-- expected, and whether the next purchase came before it, on it or later, or not at all.
{%- set in_force = [setting('at_risk_multiplier'), setting('inactive_multiplier')] %}

with

gaps as (
    select
        person_id,
        ordered_on,
        lead(ordered_on) over (partition by person_id order by ordered_on) as next_on,
        min(ordered_on) over (partition by person_id) as first_on,
        row_number() over (partition by person_id order by ordered_on) - 1 as gaps
    from {{ ref('proof_purchases') }}
),

shop as (
    select
        count(next_on) as gaps,
        sum({{ days_between('ordered_on', 'next_on') }}) as gap_days
    from gaps
),

silences as (
    select
        gaps.gaps,
        {{ days_between('gaps.first_on', 'gaps.ordered_on') }} as gap_days,
        {{ days_between('gaps.ordered_on', 'gaps.next_on') }} as days_to_next,
        {{ days_between('gaps.ordered_on', 'as_of.as_of_on') }} as days_to_now
    from gaps
    cross join {{ ref('as_of') }} as as_of
    where gaps.gaps > 0
),

lengths as (
    {%- for length in ([1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6] + in_force) | unique | sort %}
    select
        cast('{{ length }}' as decimal(18, 4)) as expected_gaps,
        {{ 'true' if length in in_force else 'false' }} as is_in_force,
        silences.days_to_next,
        coalesce(silences.days_to_next, silences.days_to_now) as silent_days,
        {{ recounted_days(length, 'silences', 'shop') }} as needed
    from silences
    cross join shop
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        expected_gaps,
        is_in_force,
        {{ wide('count(days_to_next)') }} as ended,
        {{ wide('count(case when days_to_next < needed then 1 end)') }} as ended_earlier,
        {{ wide('count(case when silent_days >= needed then 1 end)') }} as silences,
        {{ wide('count(case when days_to_next >= needed then 1 end)') }} as came_back
    from lengths
    group by
        expected_gaps,
        is_in_force
),

recounted as (
    select
        expected_gaps,
        is_in_force,
        case when ended > 0 then {{ recounted_ratio('ended_earlier', 'ended') }} end
            as share_came_back_earlier,
        silences,
        came_back,
        case when silences > 0 then {{ recounted_ratio('came_back', 'silences') }} end
            as share_came_back_later
    from counted
    where ended + silences > 0
)

{{ rows_that_differ(ref('interval_distribution'), 'recounted', [
    'expected_gaps', 'is_in_force', 'share_came_back_earlier', 'silences', 'came_back',
    'share_came_back_later'
]) }}
