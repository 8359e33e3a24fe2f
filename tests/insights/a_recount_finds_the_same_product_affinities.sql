{{ config(tags=['proof']) }}

-- Pairs by whether a day of the second lies at most so many days after any day of the first.
with

days as (
    select distinct
        person_id,
        ordered_on,
        product_id
    from {{ ref('proof_bought') }}
    where product_id is not null
),

everybody as (
    select {{ wide('count(distinct person_id)') }} as buyers
    from days
),

bought as (
    select
        product_id,
        {{ wide('count(distinct person_id)') }} as buyers
    from days
    group by product_id
),

pairs as (
    select
        days.product_id,
        later.product_id as other_product_id,
        {{ wide('count(distinct days.person_id)') }} as buyers_of_both
    from days
    inner join days as later
        on
            days.person_id = later.person_id
            and days.product_id <> later.product_id
            and later.ordered_on between days.ordered_on
            and {{ add_days('days.ordered_on', setting('affinity_days')) }}
    group by
        days.product_id,
        later.product_id
    having count(distinct days.person_id) >= {{ setting('affinity_min_buyers') }}
),

ranked as (
    select
        pairs.product_id,
        pairs.other_product_id,
        bought.buyers,
        others.buyers as other_buyers,
        pairs.buyers_of_both,
        everybody.buyers as all_buyers,
        row_number() over (
            partition by pairs.product_id
            order by
                pairs.buyers_of_both desc,
                others.buyers,
                {{ byte_order('pairs.other_product_id') }}
        ) as affinity_rank
    from pairs
    inner join bought on pairs.product_id = bought.product_id
    inner join bought as others on pairs.other_product_id = others.product_id
    cross join everybody
    where pairs.buyers_of_both * everybody.buyers > bought.buyers * others.buyers
),

recounted as (
    select
        product_id,
        other_product_id,
        affinity_rank,
        buyers,
        other_buyers,
        buyers_of_both,
        buyers - buyers_of_both as buyers_without_other,
        all_buyers,
        {{ recounted_ratio('buyers_of_both', 'buyers') }} as confidence,
        {{ recounted_ratio('buyers_of_both * all_buyers', '(buyers * other_buyers)') }} as lift
    from ranked
    where affinity_rank <= {{ setting('affinity_top') }}
)

{{ rows_that_differ(ref('product_affinities'), 'recounted', [
    'product_id', 'other_product_id', 'affinity_rank', 'buyers', 'other_buyers', 'buyers_of_both',
    'buyers_without_other', 'all_buyers', 'confidence', 'lift'
]) }}
