{{ config(tags=['proof']) }}

-- long: seven criteria, each with its own facts
-- Ratios are judged by cross-multiplying whole numbers and differences of means before rounding.
{%- set one = 1000000 %}
{%- set other_spread = '(totals.n - inside.n) * (totals.q - inside.q)'
    ~ ' - (totals.s - inside.s) * (totals.s - inside.s)' %}
with

contacts as (
    select
        person_id,
        orders,
        {{ in_units('net_revenue_12_months_amount', 10000) }} as net_revenue
    from {{ ref('people') }}
    where is_contact
),

everybody as (
    select
        {{ wide('count(*)') }} as contacts,
        {{ wide('coalesce(sum(net_revenue), 0)') }} as net_revenue
    from contacts
),

-- who is known to whom a rule can be applied
known as (
    {% for column in
        ['gender', 'city', 'region', 'country_code', 'climate_zone', 'acquisition_source']
    -%}
    select
        '{{ column }}' as known_by,
        person_id
    from {{ ref('people') }}
    where
        is_contact
        and {{ column }} is not null
    union
    {% endfor -%}
    select
        'birth_date' as known_by,
        person_id
    from {{ ref('proof_customers') }}
    where birth_date is not null
    union
    select
        'events' as known_by,
        person_id
    from {{ ref('proof_events') }}
    union
    select
        'message_events' as known_by,
        person_id
    from {{ ref('proof_messages') }}
    union
    select
        'customer_attributes' as known_by,
        case when customers.key_value is null then emails.person_id else customers.person_id end
            as person_id
    from {{ ref('stg_shop__customer_attributes') }} as attributes
    inner join {{ ref('as_of') }} as as_of on attributes.recorded_on <= as_of.as_of_on
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and attributes.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and attributes.email_key = emails.key_value
    union
    select
        'consents' as known_by,
        case when customers.key_value is null then emails.person_id else customers.person_id end
            as person_id
    from {{ ref('stg_crm__consents') }} as consents
    inner join {{ ref('as_of') }} as as_of
        on coalesce(consents.changed_on, as_of.as_of_on) <= as_of.as_of_on
    left join {{ ref('int_person_keys') }} as customers
        on
            customers.key_type = 'customer'
            and consents.customer_id = customers.key_value
    left join {{ ref('int_person_keys') }} as emails
        on
            emails.key_type = 'email'
            and consents.email_key = emails.key_value
    where consents.status <> 'not_asked'
),

known_contacts as (
    select
        known.known_by,
        count(*) as contacts
    from known
    inner join contacts on known.person_id = contacts.person_id
    group by known.known_by
),

may_be_written_to as (
    select distinct person_id
    from {{ ref('contact_permissions') }}
    where is_allowed
),

all_stages as (
    select
        stage,
        stage as segment
    from {{ ref('lifecycle_history') }}
    union
    select
        stage,
        'all_customers' as segment
    from {{ ref('lifecycle_history') }}
),

then_day as (
    select {{ add_days('as_of_on', -setting('stable_days')) }} as then_on
    from {{ ref('as_of') }}
),

-- the last that is heard of each membership up to that day
last_words as (
    select
        entries.segment,
        entries.person_id,
        entries.change,
        row_number() over (
            partition by entries.segment, entries.segment_value, entries.person_id
            order by entries.as_of_date desc, entries.change asc
        ) as newest
    from {{ ref('segment_membership_log') }} as entries
    inner join then_day on entries.as_of_date <= then_day.then_on
    where
        entries.person_id is not null
        and {{ is_logged() }}
),

-- the lifecycle has a history of its own
then_members as (
    select
        last_words.segment,
        last_words.person_id
    from last_words
    inner join contacts on last_words.person_id = contacts.person_id
    inner join {{ ref('segment_definitions') }} as definitions
        on last_words.segment = definitions.segment
    where
        last_words.newest = 1
        and last_words.change = 'entered'
        and definitions.family <> 'lifecycle'
    union
    select
        all_stages.segment,
        history.person_id
    from {{ ref('lifecycle_history') }} as history
    inner join all_stages on history.stage = all_stages.stage
    inner join then_day
        on
            history.valid_from <= then_day.then_on
            and coalesce(history.valid_to > then_day.then_on, true)
),

stayed as (
    select
        then_members.segment,
        {{ wide('count(*)') }} as members,
        {{ wide('count(members.person_id)') }} as still_members
    from then_members
    left join {{ ref('proof_members') }} as members
        on
            then_members.segment = members.segment
            and then_members.person_id = members.person_id
    group by then_members.segment
),

-- a later row of a segment than another one of it is a change of its rule
new_rules as (
    select distinct later.segment
    from {{ ref('segment_rule_changes') }} as later
    inner join {{ ref('segment_rule_changes') }} as first_known
        on
            later.segment = first_known.segment
            and later.as_of_date > first_known.as_of_date
    inner join {{ ref('as_of') }} as as_of
        on later.as_of_date > {{ add_days('as_of.as_of_on', -setting('rule_change_days')) }}
),

promoted_orders as (
    select order_id
    from {{ ref('stg_shop__orders') }}
    where
        coupon_code is not null
        or discount_amount > 0
    union
    select order_id
    from {{ ref('stg_shop__order_lines') }}
    where discount_amount > 0
),

promoted as (
    select
        orders.person_id,
        {{ recounted_ratio(
            '100000 * ' ~ wide('count(promoted_orders.order_id)'), wide('count(*)')
        ) }} as share
    from {{ ref('proof_orders') }} as orders
    left join promoted_orders on orders.order_id = promoted_orders.order_id
    where orders.person_id is not null
    group by orders.person_id
),

-- each contact's measures in whole numbers, so that whoever is not a member is what is left over
measures as (
    select
        'orders' as measure,
        person_id,
        {{ wide('orders') }} as x
    from contacts
    union all
    select
        'net revenue' as measure,
        person_id,
        net_revenue as x
    from contacts
    union all
    select
        'recency' as measure,
        person_id,
        {{ wide('days_since_order') }} as x
    from {{ ref('proof_buyers') }}
    union all
    select
        'promoted' as measure,
        person_id,
        {{ in_units('share', 10000) }} as x
    from promoted
),

totals as (
    select
        measure,
        {{ wide('count(*)') }} as n,
        {{ wide('sum(x)') }} as s,
        {{ wide('sum(x * x)') }} as q
    from measures
    group by measure
),

inside as (
    select
        members.segment,
        measures.measure,
        {{ wide('count(*)') }} as n,
        {{ wide('sum(measures.x)') }} as s,
        {{ wide('sum(measures.x * measures.x)') }} as q
    from {{ ref('proof_members') }} as members
    inner join measures on members.person_id = measures.person_id
    group by
        members.segment,
        measures.measure
),

-- variances times the square of their number; one below a billionth of the mean square is none
spreads as (
    select
        inside.segment,
        cast(inside.n as {{ double_type() }}) as n,
        cast(inside.s as {{ double_type() }}) as s,
        case
            when
                {{ as_double('inside.n * inside.q - inside.s * inside.s') }} * 1000000000
                > {{ as_double('inside.n * inside.q') }}
                then {{ as_double('inside.n * inside.q - inside.s * inside.s') }}
            else 0
        end as spread,
        cast(totals.n - inside.n as {{ double_type() }}) as other_n,
        cast(totals.s - inside.s as {{ double_type() }}) as other_s,
        case
            when
                {{ as_double(other_spread) }} * 1000000000
                > {{ as_double('(totals.n - inside.n) * (totals.q - inside.q)') }}
                then {{ as_double(other_spread) }}
            else 0
        end as other_spread
    from inside
    inner join totals
        on
            inside.measure = totals.measure
            and inside.n < totals.n
),

differences as (
    select
        segment,
        max(
            abs(s / n - other_s / other_n)
            / sqrt((spread / n / n + other_spread / other_n / other_n) / 2)
        ) as difference
    from spreads
    where spread + other_spread > 0
    group by segment
),

likenesses as (
    select
        segment,
        max({{ recounted_ratio('members_of_both', 'members_of_either') }}) as jaccard,
        max(
            case
                when
                    members_of_both * {{ one }}
                    >= members_of_either * {{ millionths(setting('differentiable_max_jaccard')) }}
                    then 1
                else 0
            end
        ) as is_like_another
    from {{ ref('proof_overlaps') }}
    where
        members > 0
        and (members_of_both < members or members = other_members)
    group by segment
),

counted as (
    select
        definitions.segment,
        definitions.known_by,
        definitions.owner,
        definitions.objective,
        known_contacts.contacts as known_contacts,
        {{ wide('count(members.person_id)') }} as members,
        {{ wide('count(may_be_written_to.person_id)') }} as writable,
        {{ wide('coalesce(sum(contacts.net_revenue), 0)') }} as net_revenue,
        case when definitions.scenarios = '' then 0 else 1 end
        + case when definitions.owner = '' then 0 else 1 end
        + case when definitions.objective = '' then 0 else 1 end as means
    from {{ ref('segment_definitions') }} as definitions
    left join known_contacts on definitions.known_by = known_contacts.known_by
    left join {{ ref('proof_members') }} as members on definitions.segment = members.segment
    left join contacts on members.person_id = contacts.person_id
    left join may_be_written_to on members.person_id = may_be_written_to.person_id
    group by
        definitions.segment,
        definitions.known_by,
        definitions.scenarios,
        definitions.owner,
        definitions.objective,
        known_contacts.contacts
),

-- the criteria that are a share of something, and how many of how many it is
shares as (
    select
        counted.segment,
        'identifiable' as criterion,
        case
            when counted.known_by = '' then everybody.contacts
            else coalesce(counted.known_contacts, 0)
        end as part,
        everybody.contacts as whole
    from counted
    cross join everybody
    union all
    select
        segment,
        'accessible' as criterion,
        writable as part,
        members as whole
    from counted
    union all
    select
        counted.segment,
        'stable' as criterion,
        coalesce(stayed.still_members, 0) as part,
        coalesce(stayed.members, 0) as whole
    from counted
    left join stayed on counted.segment = stayed.segment
),

limits as (
    {% for criterion in ['identifiable', 'accessible', 'stable'] -%}
    select
        '{{ criterion }}' as criterion,
        {{ setting(criterion ~ '_pass_share') }} as pass_limit,
        {{ setting(criterion ~ '_warn_share') }} as warn_limit,
        {{ millionths(setting(criterion ~ '_pass_share')) }} as pass_millionths,
        {{ millionths(setting(criterion ~ '_warn_share')) }} as warn_millionths
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

profits as (
    select
        segment,
        cast(
            {{ wide_amount(recounted_ratio('net_revenue', 'nullif(members * 10000, 0)')) }}
            * cast({{ setting('gross_margin') }} as decimal(10, 6))
            - cast({{ setting('contact_cost') }} as decimal(10, 6))
            * {{ setting('contacts_per_year') }}
            as decimal(18, 4)
        ) as profit
    from counted
),

judged as (
    select
        counted.segment,
        case when counted.members >= {{ setting('substantial_min_members') }} then 1 else 0 end
        + case
            when
                everybody.net_revenue > 0
                and counted.net_revenue * {{ one }} >= everybody.net_revenue
                * {{ millionths(setting('substantial_min_revenue_share')) }}
                then 1
            else 0
        end as passed,
        counted.members * {{ one }}
        > everybody.contacts * {{ millionths(setting('everybody_share')) }}
            as is_nearly_everybody
    from counted
    cross join everybody
),

recounted as (
    select
        shares.segment,
        shares.criterion,
        {{ recounted_ratio(wide('shares.part'), wide('nullif(shares.whole, 0)')) }} as value,
        limits.pass_limit,
        limits.warn_limit,
        cast(null as decimal(18, 4)) as second_value,
        cast(null as decimal(18, 4)) as second_pass_limit,
        case
            when shares.whole = 0 then 'unknown'
            when
                {{ wide('shares.part') }} * {{ one }} >= shares.whole * limits.pass_millionths
                and (new_rules.segment is null or shares.criterion <> 'stable')
                then 'pass'
            when {{ wide('shares.part') }} * {{ one }} >= shares.whole * limits.warn_millionths
                then 'warn'
            else 'fail'
        end as grade
    from shares
    inner join limits on shares.criterion = limits.criterion
    left join new_rules on shares.segment = new_rules.segment
    union all
    select
        counted.segment,
        'substantial' as criterion,
        cast(counted.members as decimal(18, 4)) as value,
        {{ setting('substantial_min_members') }} as pass_limit,
        null as warn_limit,
        {{ recounted_ratio('counted.net_revenue', 'nullif(everybody.net_revenue, 0)') }}
            as second_value,
        {{ setting('substantial_min_revenue_share') }} as second_pass_limit,
        case judged.passed
            when 0 then 'fail'
            when 1 then 'warn'
            else case when judged.is_nearly_everybody then 'warn' else 'pass' end
        end as grade
    from counted
    cross join everybody
    inner join judged on counted.segment = judged.segment
    union all
    select
        counted.segment,
        'differentiable' as criterion,
        likenesses.jaccard as value,
        {{ setting('differentiable_max_jaccard') }} as pass_limit,
        null as warn_limit,
        cast(differences.difference as decimal(18, 4)) as second_value,
        {{ setting('differentiable_min_difference') }} as second_pass_limit,
        case
            when likenesses.jaccard is null then 'unknown'
            when
                likenesses.is_like_another = 0
                and differences.difference >= {{ setting('differentiable_min_difference') }}
                then 'pass'
            when
                likenesses.is_like_another = 0
                or differences.difference >= {{ setting('differentiable_min_difference') }}
                then 'warn'
            else 'fail'
        end as grade
    from counted
    left join likenesses on counted.segment = likenesses.segment
    left join differences on counted.segment = differences.segment
    union all
    select
        segment,
        'actionable' as criterion,
        cast(means as decimal(18, 4)) as value,
        3 as pass_limit,
        1 as warn_limit,
        null as second_value,
        null as second_pass_limit,
        case
            when means = 3 then 'pass'
            when means > 0 then 'warn'
            else 'fail'
        end as grade
    from counted
    union all
    select
        segment,
        'profitable' as criterion,
        profit as value,
        0 as pass_limit,
        null as warn_limit,
        null as second_value,
        null as second_pass_limit,
        case
            when profit > 0 then 'pass'
            when profit is not null then 'fail'
            else 'unknown'
        end as grade
    from profits
),

planned as (
    select
        segment,
        count(*) as scenarios
    from {{ ref('campaign_scenarios') }}
    group by segment
),

-- what a reader is told of it, as far as the columns do not show where it comes from
said as (
    select
        recounted.*,
        case
            when recounted.criterion = 'identifiable' and recounted.grade = 'unknown'
                then 'There are no contacts.'
            when recounted.criterion = 'identifiable' and counted.known_by = ''
                then 'Who belongs is known of every contact.'
            when recounted.criterion = 'identifiable'
                then
                    'What the rule rests on (' || counted.known_by || ') is known of '
                    || {{ shown_share('recounted.value') }} || ' of the contacts.'
            when recounted.criterion = 'substantial'
                then
                    {{ shown_number('recounted.value', 0) }} || ' members' || coalesce(
                        ' bring in ' || {{ shown_share('recounted.second_value') }}
                        || ' of the revenue of 12 months', ''
                    )
                    || case
                        when judged.is_nearly_everybody then '; that is nearly everybody.'
                        else '.'
                    end
            when recounted.criterion = 'actionable'
                then
                    case
                        when planned.scenarios > 1
                            then {{ shown_number('planned.scenarios', 0) }} || ' scenarios'
                        when planned.scenarios = 1 then 'One scenario'
                        else 'No scenario'
                    end
                    || '; owner: '
                    || case when counted.owner = '' then 'nobody' else counted.owner end
                    || '; objective: '
                    || case when counted.objective = '' then 'none' else counted.objective end
                    || '.'
            when counted.members = 0 and recounted.criterion <> 'stable' then 'Nobody is in it.'
            when recounted.criterion = 'differentiable' and recounted.value is null
                then 'There is no other segment to compare it with.'
            else ''
        end as sentence
    from recounted
    inner join counted on recounted.segment = counted.segment
    inner join judged on recounted.segment = judged.segment
    left join planned on recounted.segment = planned.segment
),

built as (
    select
        segment,
        criterion,
        value,
        pass_limit,
        warn_limit,
        second_value,
        second_pass_limit,
        grade,
        case
            when criterion in ('identifiable', 'substantial', 'actionable') then sentence
            when sentence in ('Nobody is in it.', 'There is no other segment to compare it with.')
                then sentence
            else ''
        end as sentence
    from {{ ref('segment_scorecards') }}
)

{{ rows_that_differ('built', 'said', [
    'segment', 'criterion', 'value', 'pass_limit', 'warn_limit', 'second_value',
    'second_pass_limit', 'grade', 'sentence'
]) }}
