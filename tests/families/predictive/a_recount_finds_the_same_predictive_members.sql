{{ config(tags=['proof']) }}

-- What is predicted of contacts, beside what their own orders and their stage say.
with

predictions as (
    select
        buyers.person_id,
        buyers.last_ordered_at,
        buyers.purchases,
        buyers.net_revenue_12_months_amount,
        spans.stage,
        predictions.churn_probability,
        predictions.expected_orders_365_days,
        predictions.order_probability_30_days,
        predictions.order_probability_90_days,
        predictions.order_probability_365_days,
        predictions.predicted_value_365_days,
        predictions.expected_next_order_on,
        verdict.warnings,
        as_of.as_of_on
    from {{ ref('int_person_predictions') }} as predictions
    cross join {{ ref('int_prediction_check') }} as verdict
    cross join {{ ref('as_of') }} as as_of
    inner join {{ ref('proof_buyers') }} as buyers on predictions.person_id = buyers.person_id
    left join {{ ref('lifecycle_history') }} as spans
        on
            predictions.person_id = spans.person_id
            and as_of.as_of_on >= spans.valid_from
            and (as_of.as_of_on < spans.valid_to or spans.valid_to is null)
),

candidates as (
    {% for segment, predicted, share, condition in [
        ('high_future_value', 'predicted_value_365_days', 'high_future_value_share', '1 = 1'),
        ('likely_to_buy_30_days', 'order_probability_30_days', 'likely_to_buy_share', '1 = 1'),
        (
            'likely_second_purchase', 'order_probability_90_days', 'likely_second_share',
            'purchases = 1',
        ),
        (
            'win_back_worthwhile', 'predicted_value_365_days', 'win_back_share',
            "stage in ('at_risk_customers', 'inactive_customers')",
        ),
    ] -%}
    select
        '{{ segment }}' as segment,
        person_id,
        last_ordered_at,
        {{ predicted }} as predicted,
        {{ millionths(setting(share)) }} as share_of_them
    from predictions
    where {{ condition }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

-- where as much is predicted, the smaller person_id comes first
ranked as (
    select
        segment,
        person_id,
        last_ordered_at,
        predicted,
        share_of_them,
        row_number() over (
            partition by segment
            order by predicted desc, {{ byte_order('person_id') }}
        ) - 1 as better,
        count(*) over (partition by segment) as persons
    from candidates
    where predicted is not null
),

-- in billionths, the smallest unit of a predicted value that is compared with money
compared as (
    select
        person_id,
        last_ordered_at,
        {{ in_units('cast(predicted_value_365_days as decimal(28, 9))', 1000000000) }} as expected,
        {{ in_units('net_revenue_12_months_amount', 1000000000) }} as brought
    from predictions
    where
        purchases >= 2
        and net_revenue_12_months_amount > 0
        and predicted_value_365_days is not null
        and order_probability_365_days >= {{ floating(setting('rising_min_probability')) }}
        and stage not in ('at_risk_customers', 'inactive_customers')
),

recounted as (
    -- a place is among the best as long as fewer places than the share come before it
    select
        segment,
        person_id,
        '' as segment_value,
        {{ predicted_evidence('predicted') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from ranked
    where better * 1000000 < persons * share_of_them
    union all
    select
        'predicted_loyal' as segment,
        person_id,
        '' as segment_value,
        {{ predicted_evidence('expected_orders_365_days') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from predictions
    where
        order_probability_365_days
        >= {{ floating(setting('predicted_loyal_min_probability')) }}
        and expected_orders_365_days >= {{ floating(setting('predicted_loyal_min_orders')) }}
    union all
    select
        'predicted_lost' as segment,
        person_id,
        '' as segment_value,
        {{ predicted_evidence('churn_probability') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from predictions
    where
        churn_probability >= {{ floating(setting('predicted_lost_min')) }}
        and warnings not like '%lost_come_back%'
    union all
    select
        'churn_risk' as segment,
        person_id,
        '' as segment_value,
        {{ predicted_evidence('churn_probability') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from predictions
    where
        purchases >= 2
        and churn_probability >= {{ floating(setting('churn_risk_min')) }}
        and churn_probability < {{ floating(setting('predicted_lost_min')) }}
    union all
    select
        'due_to_reorder' as segment,
        person_id,
        '' as segment_value,
        {{ days_between('as_of_on', 'expected_next_order_on') }} as evidence,
        last_ordered_at as evidence_at,
        expected_next_order_on as expires_on
    from predictions
    where
        order_probability_365_days >= {{ floating(setting('next_order_min_probability')) }}
        and {{ days_between('as_of_on', 'expected_next_order_on') }}
        between 1 and {{ setting('due_days') }}
    union all
    select
        'rising_value' as segment,
        person_id,
        '' as segment_value,
        {{ recounted_ratio('expected', 'brought') }} as evidence,
        last_ordered_at as evidence_at,
        cast(null as date) as expires_on
    from compared
    where expected * 1000000 > brought * {{ millionths(setting('rising_multiple')) }}
)

{{ members_that_differ(ref('predictive_memberships')) }}
