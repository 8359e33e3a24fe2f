{{ config(tags=['proof']) }}

-- Who bought both, beside who would have by chance.
with

recounted as (
    {{ recounted_pairs(ref('proof_bought'), 'category') }}
)

{{ rows_that_differ(ref('category_affinities'), 'recounted', [
    'category', 'other_category', 'affinity_rank', 'buyers', 'other_buyers', 'buyers_of_both',
    'buyers_without_other', 'all_buyers', 'confidence', 'lift'
]) }}
