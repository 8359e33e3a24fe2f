-- long: seven criteria of every segment, from contacts counted once per distinct set of segments
{% set measures = {
    'orders': 'orders ever',
    'revenue': 'net revenue of 12 months',
    'recency': 'days since the last order',
    'promoted': 'share of promoted orders',
} -%}
{%- set nobody = "'Nobody is in it.'" -%}
with

as_of as (
    select
        {{ add_days('as_of_on', -1 * setting('stable_days')) }} as earlier_on,
        {{ add_days('as_of_on', -1 * setting('rule_change_days')) }} as rule_days_begin_after
    from {{ ref('as_of') }}
),

permitted as (
    select distinct person_id
    from {{ ref('contact_permissions') }}
    where is_allowed
),

contacts as (
    select
        people.person_id,
        people.stage,
        people.segments,
        people.net_revenue_12_months_amount,
        permitted.person_id is not null as is_accessible,
        people.orders,
        people.net_revenue_12_months_amount as revenue,
        people.days_since_last_order as recency,
        cast(
            {{ as_double('coalesce(promotions.promoted_orders, 0)') }} / nullif(people.orders, 0)
            as decimal(18, 9)
        ) as promoted
    from {{ ref('people') }} as people
    left join permitted on people.person_id = permitted.person_id
    left join {{ ref('int_person_promotions') }} as promotions
        on people.person_id = promotions.person_id
    where people.is_contact
),

-- exact, since the others are what a segment leaves of all
sets as (
    select
        segments,
        {%- for measure in measures %}
        count({{ measure }}) as {{ measure }}_number,
        sum({{ measure }}) as {{ measure }}_sum,
        sum({{ measure }} * {{ measure }}) as {{ measure }}_squares,
        {%- endfor %}
        count(*) as members,
        count(*) filter (where is_accessible) as accessible_members,
        sum(net_revenue_12_months_amount) as net_revenue_12_months_amount
    from contacts
    group by segments
),

listed as (
    select
        {{ listed('segments') }} as segment,
        *
    from sets
),

segments as (
    select
        segment,
        {%- for measure in measures %}
        sum({{ measure }}_number) as {{ measure }}_number,
        sum({{ measure }}_sum) as {{ measure }}_sum,
        sum({{ measure }}_squares) as {{ measure }}_squares,
        {%- endfor %}
        cast(sum(members) as bigint) as members,
        cast(sum(accessible_members) as bigint) as accessible_members,
        cast(sum(net_revenue_12_months_amount) as decimal(38, 4)) as net_revenue_12_months_amount
    from listed
    group by segment
),

totals as (
    select
        {%- for measure in measures %}
        sum({{ measure }}_number) as {{ measure }}_number,
        sum({{ measure }}_sum) as {{ measure }}_sum,
        sum({{ measure }}_squares) as {{ measure }}_squares,
        {%- endfor %}
        cast(coalesce(sum(members), 0) as bigint) as contacts,
        cast(sum(net_revenue_12_months_amount) as decimal(38, 4)) as net_revenue_12_months_amount
    from sets
),

sums as (
    {%- for measure, label in measures.items() %}
    select
        segments.segment,
        '{{ label }}' as measure,
        segments.{{ measure }}_number as number_in,
        {{ as_double('segments.' ~ measure ~ '_sum') }} as sum_in,
        {{ as_double('segments.' ~ measure ~ '_squares') }} as squares_in,
        -- null where nobody is left
        nullif(totals.{{ measure }}_number, segments.{{ measure }}_number)
        - segments.{{ measure }}_number as number_out,
        {{ as_double('totals.' ~ measure ~ '_sum - segments.' ~ measure ~ '_sum') }} as sum_out,
        {{ as_double('totals.' ~ measure ~ '_squares - segments.' ~ measure ~ '_squares') }}
            as squares_out
    from segments
    cross join totals
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

moments as (
    select
        segment,
        measure,
        sum_in / number_in - sum_out / number_out as difference,
        {{ variance('number_in', 'sum_in', 'squares_in') }}
        + {{ variance('number_out', 'sum_out', 'squares_out') }} as variances
    from sums
),

standardised as (
    select
        segment,
        measure,
        abs(difference) / sqrt(nullif(variances, 0) / 2) as difference
    from moments
),

differences as (
    select
        segment,
        max(difference) as difference,
        {{ value_at_first('measure', ['-difference', byte_order('measure')]) }} as measure
    from standardised
    where difference is not null
    group by segment
),

both_ways as (
    select
        segment_a as segment,
        segment_b as other_segment,
        members_a as members,
        members_b as other_members,
        members_of_both,
        jaccard
    from {{ ref('segment_overlaps') }}
    union all
    select
        segment_b as segment,
        segment_a as other_segment,
        members_b as members,
        members_a as other_members,
        members_of_both,
        jaccard
    from {{ ref('segment_overlaps') }}
),

likenesses as (
    select
        segment,
        max(jaccard) as jaccard,
        {{ value_at_first('other_segment', ['-jaccard', byte_order('other_segment')]) }}
            as other_segment,
        bool_or(
            members_of_both >= {{ setting('differentiable_max_jaccard') }}
            * (members + other_members - members_of_both)
        ) as is_like_another
    from both_ways
    where members_of_both < members or other_members = members
    group by segment
),

-- who was in a stage then, and in the same now
earlier as (
    select
        people.stage,
        history.stage as earlier_stage
    from {{ ref('lifecycle_history') }} as history
    cross join as_of
    inner join {{ ref('people') }} as people on history.person_id = people.person_id
    where
        history.valid_from <= as_of.earlier_on
        and (as_of.earlier_on < history.valid_to or history.valid_to is null)
),

-- who was in another segment then, as far as the log goes back
logged as (
    select
        entries.segment,
        entries.person_id
    from {{ ref('segment_membership_log') }} as entries
    cross join as_of
    where
        entries.as_of_date <= as_of.earlier_on
        and {{ is_logged() }}
    group by
        entries.segment,
        entries.person_id
    having sum(case when entries.change = 'entered' then 1 else -1 end) > 0
),

current_members as (
    select
        person_id,
        {{ listed('segments') }} as segment
    from contacts
),

stayed as (
    select
        earlier_stage as segment,
        count(*) as earlier_members,
        count(*) filter (where stage = earlier_stage) as still_members
    from earlier
    group by earlier_stage
    union all
    select
        'all_customers' as segment,
        count(*) as earlier_members,
        count(*) as still_members
    from earlier
    union all
    select
        logged.segment,
        count(*) as earlier_members,
        count(current_members.person_id) as still_members
    from logged
    inner join contacts on logged.person_id = contacts.person_id
    inner join {{ ref('segment_definitions') }} as definitions
        on logged.segment = definitions.segment
    left join current_members
        on
            logged.segment = current_members.segment
            and logged.person_id = current_members.person_id
    where definitions.family <> 'lifecycle'
    group by logged.segment
),

rules as (
    select
        segment,
        max(as_of_date) as changed_on
    from {{ ref('segment_rule_changes') }}
    group by segment
    -- nobody knows since when the first one holds
    having count(*) > 1
),

scenarios as (
    select
        segment,
        count(*) as scenarios
    from {{ ref('int_campaign_scenarios') }}
    group by segment
),

measured as (
    select
        definitions.segment,
        definitions.known_by,
        definitions.owner,
        definitions.objective,
        totals.contacts,
        coalesce(known.known_contacts, totals.contacts) as known_contacts,
        {{ rounded_ratio(
            'coalesce(known.known_contacts, totals.contacts)', 'nullif(totals.contacts, 0)'
        ) }} as known_share,
        coalesce(segments.members, 0) as members,
        coalesce(segments.net_revenue_12_months_amount, 0) as net_revenue_amount,
        totals.net_revenue_12_months_amount as all_net_revenue_amount,
        {{ rounded_ratio(
            'coalesce(segments.net_revenue_12_months_amount, 0)',
            'nullif(totals.net_revenue_12_months_amount, 0)'
        ) }} as revenue_share,
        segments.accessible_members,
        {{ rounded_ratio('segments.accessible_members', 'segments.members') }} as accessible_share,
        stayed.earlier_members,
        stayed.still_members,
        {{ rounded_ratio('stayed.still_members', 'nullif(stayed.earlier_members, 0)') }}
            as stable_share,
        rules.changed_on,
        coalesce(rules.changed_on > as_of.rule_days_begin_after, false) as is_new_rule,
        likenesses.jaccard,
        likenesses.other_segment,
        likenesses.is_like_another,
        differences.difference,
        cast(cast(differences.difference as decimal(38, 12)) as decimal(18, 4))
            as rounded_difference,
        differences.measure,
        coalesce(scenarios.scenarios, 0) as scenarios,
        case when scenarios.scenarios is not null then 1 else 0 end
        + case when definitions.owner <> '' then 1 else 0 end
        + case when definitions.objective <> '' then 1 else 0 end as actions,
        cast(
            {{ wide_amount(
                rounded_ratio('segments.net_revenue_12_months_amount', 'segments.members')
            ) }} * {{ setting('gross_margin') }}
            - {{ setting('contact_cost') }} * {{ setting('contacts_per_year') }} as decimal(18, 4)
        ) as profit_amount
    from {{ ref('segment_definitions') }} as definitions
    cross join totals
    cross join as_of
    left join segments on definitions.segment = segments.segment
    left join {{ ref('int_known_contacts') }} as known on definitions.known_by = known.known_by
    left join stayed on definitions.segment = stayed.segment
    left join rules on definitions.segment = rules.segment
    left join likenesses on definitions.segment = likenesses.segment
    left join differences on definitions.segment = differences.segment
    left join scenarios on definitions.segment = scenarios.segment
),

passed as (
    select
        *,
        case when members >= {{ setting('substantial_min_members') }} then 1 else 0 end
        + case
            when
                net_revenue_amount
                >= {{ setting('substantial_min_revenue_share') }} * all_net_revenue_amount
                and all_net_revenue_amount > 0
                then 1
            else 0
        end as sizes_passed,
        members > {{ setting('everybody_share') }} * contacts as is_nearly_everybody,
        case when not is_like_another then 1 else 0 end
        + case
            when difference >= {{ setting('differentiable_min_difference') }} then 1 else 0
        end as differences_passed
    from measured
),

criteria as (
    select
        segment,
        'identifiable' as criterion,
        known_share as value,
        {{ setting('identifiable_pass_share') }} as pass_limit,
        {{ setting('identifiable_warn_share') }} as warn_limit,
        cast(null as decimal(18, 4)) as second_value,
        cast(null as decimal(18, 4)) as second_pass_limit,
        case
            when contacts = 0 then 'unknown'
            when known_contacts >= {{ setting('identifiable_pass_share') }} * contacts then 'pass'
            when known_contacts >= {{ setting('identifiable_warn_share') }} * contacts then 'warn'
            else 'fail'
        end as grade,
        case
            when contacts = 0 then 'There are no contacts.'
            when known_by = '' then 'Who belongs is known of every contact.'
            else
                'What the rule rests on (' || known_by || ') is known of '
                || {{ shown_share('known_share') }} || ' of the contacts.'
        end as sentence
    from passed
    union all
    select
        segment,
        'substantial' as criterion,
        members as value,
        {{ setting('substantial_min_members') }} as pass_limit,
        null as warn_limit,
        revenue_share as second_value,
        {{ setting('substantial_min_revenue_share') }} as second_pass_limit,
        case
            when sizes_passed = 0 then 'fail'
            when sizes_passed = 1 or is_nearly_everybody then 'warn'
            else 'pass'
        end as grade,
        {{ shown_number('members', 0) }} || ' members'
        || coalesce(
            ' bring in ' || {{ shown_share('revenue_share') }} || ' of the revenue of 12 months', ''
        )
        || case when is_nearly_everybody then '; that is nearly everybody.' else '.' end as sentence
    from passed
    union all
    select
        segment,
        'accessible' as criterion,
        accessible_share as value,
        {{ setting('accessible_pass_share') }} as pass_limit,
        {{ setting('accessible_warn_share') }} as warn_limit,
        null as second_value,
        null as second_pass_limit,
        case
            when members = 0 then 'unknown'
            when accessible_members >= {{ setting('accessible_pass_share') }} * members then 'pass'
            when accessible_members >= {{ setting('accessible_warn_share') }} * members then 'warn'
            else 'fail'
        end as grade,
        case
            when members = 0 then {{ nobody }}
            else {{ shown_share('accessible_share') }} || ' of the members may be written to.'
        end as sentence
    from passed
    union all
    select
        segment,
        'stable' as criterion,
        stable_share as value,
        {{ setting('stable_pass_share') }} as pass_limit,
        {{ setting('stable_warn_share') }} as warn_limit,
        null as second_value,
        null as second_pass_limit,
        case
            when stable_share is null then 'unknown'
            when
                still_members >= {{ setting('stable_pass_share') }} * earlier_members
                and not is_new_rule
                then 'pass'
            when still_members >= {{ setting('stable_warn_share') }} * earlier_members then 'warn'
            else 'fail'
        end as grade,
        case
            when stable_share is null then 'It is not known who was in it before.'
            else
                {{ shown_share('stable_share') }} || ' of the members of '
                || '{{ setting("stable_days") }} days ago still are.'
        end
        || coalesce(
            ' Its rule changed on ' || cast(changed_on as {{ dbt.type_string() }}) || '.', ''
        ) as sentence
    from passed
    union all
    select
        segment,
        'differentiable' as criterion,
        jaccard as value,
        {{ setting('differentiable_max_jaccard') }} as pass_limit,
        null as warn_limit,
        rounded_difference as second_value,
        {{ setting('differentiable_min_difference') }} as second_pass_limit,
        case
            when jaccard is null then 'unknown'
            when differences_passed = 2 then 'pass'
            when differences_passed = 1 then 'warn'
            else 'fail'
        end as grade,
        case
            when members = 0 then {{ nobody }}
            when jaccard is null then 'There is no other segment to compare it with.'
            else
                'Most like ' || other_segment || ' ('
                || {{ shown_share('jaccard') }} || ' of the members of both in common); '
                || coalesce(
                    'unlike other contacts most in ' || measure || ' ('
                    || {{ shown_number('rounded_difference', 2) }} || ' standard deviations).',
                    'there are no other contacts to compare with.'
                )
        end as sentence
    from passed
    union all
    select
        segment,
        'actionable' as criterion,
        actions as value,
        3 as pass_limit,
        1 as warn_limit,
        null as second_value,
        null as second_pass_limit,
        case actions when 3 then 'pass' when 0 then 'fail' else 'warn' end as grade,
        case scenarios
            when 0 then 'No scenario'
            when 1 then 'One scenario'
            else {{ shown_number('scenarios', 0) }} || ' scenarios'
        end
        || '; owner: ' || coalesce(nullif(owner, ''), 'nobody')
        || '; objective: ' || coalesce(nullif(objective, ''), 'none') || '.' as sentence
    from passed
    union all
    select
        segment,
        'profitable' as criterion,
        profit_amount as value,
        0 as pass_limit,
        null as warn_limit,
        null as second_value,
        null as second_pass_limit,
        case
            when profit_amount is null then 'unknown'
            when profit_amount > 0 then 'pass'
            else 'fail'
        end as grade,
        case
            when members = 0 then {{ nobody }}
            else
                'After goods and messages a member leaves '
                || {{ shown_number('profit_amount', 2) }} || ' a year.'
        end as sentence
    from passed
)

select
    segment,
    criterion,
    cast(value as decimal(18, 4)) as value,
    cast(pass_limit as decimal(18, 4)) as pass_limit,
    cast(warn_limit as decimal(18, 4)) as warn_limit,
    cast(second_value as decimal(18, 4)) as second_value,
    cast(second_pass_limit as decimal(18, 4)) as second_pass_limit,
    grade,
    sentence
from criteria
