-- The values from the orders, the scores from who is worse, the name from the two.
with

recounted as (
    {{ recounted_rfm() | indent }}
)

{{ rows_that_differ(
    ref('rfm_scores'), 'recounted', [
        'person_id', 'recency_days', 'frequency', 'monetary_amount', 'recency_score',
        'frequency_score', 'monetary_score', 'rfm_segment'
    ]
) }}
