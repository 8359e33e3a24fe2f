-- identifier: one line, and the lists of each part of the set that it stands in
create or replace table lines as
with now as (
    select identifier, labels, line
    from made
    union all
    -- of whom the build knows nothing, the line stays as the destination has it
    select goes_out.identifier, labels_of(goes_out.labels), base.line
    from goes_out
    inner join base on goes_out.identifier = base.identifier
    where goes_out.is_unknown and bit_count(goes_out.labels) > 0
),

moved as (
    select
        coalesce(now.identifier, base.identifier) as identifier,
        now.labels,
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
    labels,
    line,
    is_erased,
    base_lists,
    full_lists,
    without(full_lists, base_lists) as new_lists,
    case when is_different then full_lists else without(full_lists, base_lists) end
        as changed_lists,
    case when is_erased then [] else without(base_lists, full_lists) end as removed_lists
from moved
order by identifier;

-- identifier, key: all that whoever the destination has, or had once, may be named by
create or replace view keys as
select base_keys.identifier, base_keys.key
from base_keys
anti join erased on base_keys.identifier = erased.identifier
union
select standing.identifier, named.key_type || ':' || named.key_value
from standing
inner join int_person_keys as named on standing.person_id = named.person_id
semi join lines on standing.identifier = lines.identifier and lines.line is not null
where standing.no is null;
