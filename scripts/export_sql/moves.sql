-- contact: what the destination knows it by, and `no`, the reason to leave it out
create or replace table standing as
with shared as (
    select identifier
    from identified
    where identifier is not null
    group by identifier
    having not bool_and(is_allowed)
)
select
    identified.person_id,
    identified.identifier,
    identified.may_call,
    case
        when not identified.is_allowed then identified.reason
        when identified.identifier is null then coalesce(identified.address_reason, 'no_address')
        -- one mailbox, two people: the no of one is a no
        when shared.identifier is not null then 'shared_address'
    end as no
from identified
left join shared on identified.identifier = shared.identifier;

create or replace table erased as
select distinct base_keys.identifier
from base_keys
inner join erased_keys on base_keys.key = erased_keys.key;

-- member: its labels, one bit each, so that people are counted and not memberships, and those of
-- segments in which it is held out
create or replace table judged as
select
    chosen.labels,
    coalesce(held_out.labels, no_labels()) as held_out,
    standing.identifier,
    case
        when standing.person_id is null and chosen.person_id like 'v:%' then 'anonymous'
        when standing.person_id is null then 'unknown'
        when erased.identifier is not null then 'erased'
        else standing.no
    end as reason
from (select person_id, bits_of(place) as labels from members group by person_id) as chosen
left join (
    select person_id, bits_of(place) as labels
    from members
    semi join held using (person_id, place)
    group by person_id
) as held_out
    on chosen.person_id = held_out.person_id
left join standing on chosen.person_id = standing.person_id
left join erased on standing.identifier = erased.identifier;

-- identifier: the labels that are wanted for it, and those that the destination has
create or replace table moves as
with wanted as (
    select
        identifier,
        -- one mailbox, two people: the one's holdout is the other's
        bit_or(labels) & ~bit_or(held_out) as labels,
        bit_or(held_out) as held_out
    from judged
    where reason is null
    group by identifier
),

had as (
    select identifier, bits_of(cast(place_of(label) as integer)) as labels
    from (select identifier, unnest(labels) as label from base)
    where place_of(label) is not null
    group by identifier
),

sizes as (
    select identifier, len(labels) as labels_had
    from base
),

asked as (
    select identifier, bool_and(no is null) as is_allowed
    from standing
    where identifier is not null
    group by identifier
),

both_sides as (
    select
        coalesce(wanted.identifier, had.identifier) as identifier,
        coalesce(wanted.labels, no_labels()) as wanted,
        coalesce(wanted.held_out, no_labels()) as held_out,
        coalesce(had.labels, no_labels()) as had
    from wanted
    full join had on wanted.identifier = had.identifier
)

select
    both_sides.*,
    sizes.labels_had,
    -- of no contact of the build
    asked.identifier is null as is_unknown,
    asked.is_allowed is not false and erased.identifier is null as may_stay
from both_sides
left join sizes on both_sides.identifier = sizes.identifier
left join asked on both_sides.identifier = asked.identifier
left join erased on both_sides.identifier = erased.identifier;
