with

{{ asked_people() }},

limits as (
    select
        intervals.person_id,
        {{ ceiling_of_ratio(
            setting('at_risk_multiplier')
            ~ ' * ' ~ expected_gap_numerator('intervals.gaps', 'intervals.gap_days', 'shop'),
            expected_gap_denominator('intervals.gaps', 'shop')
        ) }} as at_risk_days,
        {{ ceiling_of_ratio(
            setting('inactive_multiplier')
            ~ ' * ' ~ expected_gap_numerator('intervals.gaps', 'intervals.gap_days', 'shop'),
            expected_gap_denominator('intervals.gaps', 'shop')
        ) }} as inactive_days
    from {{ ref('int_person_intervals') }} as intervals
    cross join {{ ref('int_shop_intervals') }} as shop
),

facts as (
    select
        people.person_id,
        {{ yes('people.is_contact') }} as contacts,
        features.purchases,
        features.purchases_in_loyal_days,
        features.days_since_last_order,
        greatest(limits.at_risk_days, 1) as at_risk_days,
        greatest(limits.inactive_days, limits.at_risk_days + 1, 2) as inactive_days
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
    left join limits on people.person_id = limits.person_id
)

{{ why() }}
