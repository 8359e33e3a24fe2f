{{ config(tags=['proof']) }}

-- Every name of two scores with its buyers, be it none, and the most frequent one of both scores.
with

named as (
    select
        cells.recency_score,
        cells.frequency_score,
        cells.rfm_segment,
        count(buyers.person_id) as buyers,
        sum(buyers.monetary_amount) as monetary_amount,
        row_number() over (
            partition by cells.recency_score, cells.frequency_score
            order by count(buyers.person_id) desc, {{ byte_order('cells.rfm_segment') }} asc
        ) as place
    from {{ ref('proof_rfm_names') }} as cells
    left join {{ ref('proof_rfm') }} as buyers
        on
            cells.recency_score = buyers.recency_score
            and cells.frequency_score = buyers.frequency_score
            and cells.monetary_score = buyers.monetary_score
    group by
        cells.recency_score,
        cells.frequency_score,
        cells.rfm_segment
),

recounted as (
    select
        recency_score,
        frequency_score,
        sum(buyers) as buyers,
        coalesce(sum(monetary_amount), 0) as monetary_amount,
        max(case when place = 1 and buyers > 0 then rfm_segment end) as rfm_segment
    from named
    group by
        recency_score,
        frequency_score
)

{{ rows_that_differ(ref('rfm_grid'), 'recounted', [
    'recency_score', 'frequency_score', 'buyers', 'monetary_amount', 'rfm_segment'
]) }}
