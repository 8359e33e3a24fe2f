{{ config(tags=['proof']) }}

-- The values come from the orders, the scores from how many are worse, the name from the scores.
{{ rows_that_differ(
    ref('rfm_scores'), ref('proof_rfm'), [
        'person_id', 'recency_days', 'frequency', 'monetary_amount', 'recency_score',
        'frequency_score', 'monetary_score', 'rfm_segment'
    ]
) }}
