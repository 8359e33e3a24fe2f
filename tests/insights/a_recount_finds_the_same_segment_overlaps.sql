{{ config(tags=['proof']) }}

-- Each pair of segments once, and what one would say of it.
with

recounted as (
    select
        segment as segment_a,
        other_segment as segment_b,
        members as members_a,
        other_members as members_b,
        members_of_both,
        {{ recounted_ratio('members_of_both', 'nullif(members_of_either, 0)') }} as jaccard,
        {{ recounted_ratio('members_of_both', 'nullif(members, 0)') }} as share_of_a_in_b,
        {{ recounted_ratio('members_of_both', 'nullif(other_members, 0)') }} as share_of_b_in_a,
        case
            when members = 0 or other_members = 0 then null
            when members_of_both = members_of_either then 'same'
            when members_of_both = members or members_of_both = other_members then 'contains'
            when members_of_both = 0 then 'disjoint'
            when
                members_of_both * 1000000
                >= members_of_either * {{ millionths(setting('overlap_merge_min')) }}
                then 'merge?'
        end as reading
    from {{ ref('proof_overlaps') }}
    where {{ byte_order('segment') }} < {{ byte_order('other_segment') }}
)

{{ rows_that_differ(ref('segment_overlaps'), 'recounted', [
    'segment_a', 'segment_b', 'members_a', 'members_b', 'members_of_both', 'jaccard',
    'share_of_a_in_b', 'share_of_b_in_a', 'reading'
]) }}
