-- of whom the build knows nothing, the line stays as the destination has it
insert into now
select goes_out.identifier, labels_of(goes_out.labels), base.line
from goes_out
inner join base on goes_out.identifier = base.identifier
where goes_out.is_unknown and bit_count(goes_out.labels) > 0;

-- identifier: one line, and the lists of each part of the set that it stands in
create or replace table lines as
with moved as (
    select
        coalesce(now.identifier, base.identifier) as identifier,
        now.line,
        coalesce(lists_of(now.labels), []) as full_lists,
        coalesce(lists_of(base.labels), []) as base_lists,
        now.line is distinct from base.line as is_different,
        erased.identifier is not null as is_erased
    from now
    full join base on now.identifier = base.identifier
    left join erased on base.identifier = erased.identifier
)
select
    identifier,
    line,
    full_lists,
    base_lists,
    is_erased,
    without(full_lists, base_lists) as new_lists,
    case when is_different then full_lists else without(full_lists, base_lists) end
        as changed_lists,
    case when is_erased then [] else without(base_lists, full_lists) end as removed_lists
from moved;

-- what the next set must know of this one
create or replace view known as
with keys as (
    select
        standing.identifier,
        list_sort(list_distinct(list(keys.key_type || ':' || keys.key_value))) as keys
    from standing
    inner join int_person_keys as keys on standing.person_id = keys.person_id
    where standing.no is null
    group by standing.identifier
)
select now.identifier, now.labels, now.line, coalesce(keys.keys, base.keys, []) as keys
from now
left join keys on now.identifier = keys.identifier
left join base on now.identifier = base.identifier
union all
-- whom the destination had once may still ask to be erased
select base.identifier, cast([] as varchar[]), null, base.keys
from base
anti join now on base.identifier = now.identifier
anti join erased on base.identifier = erased.identifier;
