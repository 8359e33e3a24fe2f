{{ config(tags=['proof']) }}

-- Who bought both, beside who would have by chance.
with

recounted as (
    {{ recounted_pairs(ref('proof_bought'), 'product_id') }}
)

{{ rows_that_differ(ref('product_affinities'), 'recounted', [
    'product_id', 'other_product_id', 'affinity_rank', 'buyers', 'other_buyers', 'buyers_of_both',
    'buyers_without_other', 'all_buyers', 'confidence', 'lift'
]) }}
