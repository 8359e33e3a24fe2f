with

people as (
    {{ asked_people() | indent }}
),

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
        features.loyal_purchases,
        features.days_since_last_order as silent_days,
        greatest(limits.at_risk_days, 1) as at_risk_days,
        greatest(limits.inactive_days, limits.at_risk_days + 1, 2) as inactive_days
    from people
    inner join {{ ref('int_person_features') }} as features
        on people.person_id = features.person_id
    left join limits on people.person_id = limits.person_id
),

judgements as (
    {{ conditions('facts', [
        ['all_customers', 'is a contact', 'contacts', '>=', 1],
        ['prospects', 'is a contact', 'contacts', '>=', 1],
        ['prospects', 'purchases', 'purchases', '<=', 0],
        ['first_time_buyers', 'purchases', 'purchases', '=', 1],
        ['repeat_customers', 'purchases', 'purchases', '>=', 2],
        ['repeat_customers', 'days since the last purchase', 'silent_days', '<', 'at_risk_days'],
        [
            'repeat_customers', 'purchases in the loyalty window', 'loyal_purchases', '<',
            setting('loyal_min_purchases'),
        ],
        ['loyal_customers', 'purchases', 'purchases', '>=', 2],
        ['loyal_customers', 'days since the last purchase', 'silent_days', '<', 'at_risk_days'],
        [
            'loyal_customers', 'purchases in the loyalty window', 'loyal_purchases', '>=',
            setting('loyal_min_purchases'),
        ],
        ['at_risk_customers', 'purchases', 'purchases', '>=', 2],
        ['at_risk_customers', 'days since the last purchase', 'silent_days', '>=', 'at_risk_days'],
        [
            'at_risk_customers', 'days to inactivity since the last purchase', 'silent_days', '<',
            'inactive_days',
        ],
        ['inactive_customers', 'purchases', 'purchases', '>=', 2],
        [
            'inactive_customers', 'days since the last purchase', 'silent_days', '>=',
            'inactive_days',
        ],
    ]) }}
)

{{ why('judgements') }}
