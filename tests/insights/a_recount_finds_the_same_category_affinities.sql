{{ config(tags=['proof']) }}

-- Pairs by whether a day of the second lies at most so many days after any day of the first.
with

days as (
    select distinct
        person_id,
        ordered_on,
        category
    from {{ ref('proof_bought') }}
    where category is not null
),

everybody as (
    select {{ wide('count(distinct person_id)') }} as buyers
    from days
),

bought as (
    select
        category,
        {{ wide('count(distinct person_id)') }} as buyers
    from days
    group by category
),

pairs as (
    select
        days.category,
        later.category as other_category,
        {{ wide('count(distinct days.person_id)') }} as buyers_of_both
    from days
    inner join days as later
        on
            days.person_id = later.person_id
            and days.category <> later.category
            and later.ordered_on between days.ordered_on
            and {{ add_days('days.ordered_on', setting('affinity_days')) }}
    group by
        days.category,
        later.category
    having count(distinct days.person_id) >= {{ setting('affinity_min_buyers') }}
),

ranked as (
    select
        pairs.category,
        pairs.other_category,
        bought.buyers,
        others.buyers as other_buyers,
        pairs.buyers_of_both,
        everybody.buyers as all_buyers,
        row_number() over (
            partition by pairs.category
            order by
                pairs.buyers_of_both desc,
                others.buyers,
                {{ byte_order('pairs.other_category') }}
        ) as affinity_rank
    from pairs
    inner join bought on pairs.category = bought.category
    inner join bought as others on pairs.other_category = others.category
    cross join everybody
    where pairs.buyers_of_both * everybody.buyers > bought.buyers * others.buyers
),

recounted as (
    select
        category,
        other_category,
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

{{ rows_that_differ(ref('category_affinities'), 'recounted', [
    'category', 'other_category', 'affinity_rank', 'buyers', 'other_buyers', 'buyers_of_both',
    'buyers_without_other', 'all_buyers', 'confidence', 'lift'
]) }}
