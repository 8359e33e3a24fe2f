"""Write the files that leave: who is in which segment, for those alone who may be written to.

Nothing printed, logged or raised here holds a contact field; the files of a set do.
"""

import argparse
import functools
import hashlib
import itertools
import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import load_raw
import yaml
from export_build import RELATIONS, Build, text
from export_places import (
    ERASE,
    KEYS,
    KNOWN,
    PROJECT,
    Place,
    WrongUseError,
    deliver,
    delivered_sets,
    publish,
    purge,
    staging_folder,
    tidy,
)

DONE, FAILED, WRONG_USE, REFUSED = range(4)
# what goes into a file's name
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:-]*")
ROWS_AT_ONCE = 10_000


class Destination:
    """One destination: what the seeds say of it, and SQL that follows from that."""

    def __init__(self, build: Build, facts: dict) -> None:
        """Arguments: build, facts (its row of seed destinations).

        Raises: WrongUseError where a label can't be a file's name, or is there twice.
        """
        self.name, self.facts = facts["destination"], facts
        self.is_list = facts["kind"] == "list"
        self.columns = build.rows(
            "from export_columns where destination = ? order by position", self.name
        )
        self.exports = build.rows(
            "select exports.* replace (coalesce(exports.label, case when ?"
            " then definitions.external_name"
            " else exports.segment || coalesce(':' || exports.segment_value, '') end) as label)"
            " from exports left join segment_definitions as definitions"
            " on exports.segment = definitions.segment"
            " where exports.destination = ? order by label",
            self.is_list,
            self.name,
        )
        self.labels = [export["label"] for export in self.exports]
        for label in [self.name, *self.labels]:
            if not NAME.fullmatch(label or "") or self.labels.count(label) > 1:
                raise WrongUseError(
                    f"seeds/exports.csv: {label} of {self.name} is there twice, or has other"
                    " characters than letters, digits, spaces and _ . : -. Give it another label."
                )
        [self.identifier] = [
            column for column in self.columns if column["header"] == facts["identifier"]
        ]

    def bits(self, labels: list[str]) -> str:
        """SQL: a bit for each label, set for those given."""
        return f"'{''.join('01'[label in labels] for label in self.labels)}'::bit"

    def members(self, place: int) -> str:
        """SQL: who is in an exported segment."""
        export = self.exports[place]
        value = export["segment_value"]
        where = f" where segment_value = {text(value)}" if value else ""
        return f'select person_id, {place} as place from "{export["segment"]}"{where}'

    def held(self, place: int) -> str:
        """SQL: who is held out of an exported segment, whatever the value."""
        segment = text(self.exports[place]["segment"])
        return f"select person_id, {place} as place from segment_holdouts where segment = {segment}"

    def counts(self, bits: str, condition: str = "true") -> str:
        """SQL: of each label, how many rows have its bit set."""
        counts = (
            f"count(*) filter (where get_bit({bits}, {place}) = 1 and {condition})"
            for place in range(len(self.labels))
        )
        return f"[{', '.join(counts)}]"

    def value(self, column: dict) -> str:
        """SQL of what a column holds, over `contacts`, `may_call` and `labels`."""
        field = column["field"]
        if field.startswith("fixed:"):
            value = text(field.removeprefix("fixed:"))
        elif field.startswith("address_"):
            value = f"case when has_address then {field.removeprefix('address_')} end"
        elif field == "phone" and self.facts["channel"] == "email":
            # a number is for messages to it, unless it only says who somebody is
            value = "case when may_call then phone end"
        else:
            value = "labels" if field == "segments" else field
        value = f"to_{column['transform']}({value})"
        return f"cut({value}, {column['max_bytes']})" if column["max_bytes"] else value

    def values(self, is_removed: bool = False) -> str:
        """SQL of what all columns hold, as v0, v1, …; one who is removed has labels alone."""

        def value(column: dict) -> str:
            stays = column["field"] == "segments" or column["field"].startswith("fixed:")
            if column is self.identifier:
                return "identifier"
            if column["field"].startswith("unset:") or (is_removed and not stays):
                return "cast(null as varchar)"
            return self.value(column)

        return ", ".join(f"{value(column)} as v{n}" for n, column in enumerate(self.columns))

    def line(self) -> str:
        """SQL of a line of a file, over what `values` returns."""
        if self.facts["format"] == "csv":
            return " || ',' || ".join(f"csv_field(v{n})" for n in range(len(self.columns)))
        tree: dict = {}
        named = {column["header"]: f"v{n}" for n, column in enumerate(self.columns)}
        for column in self.columns:
            *path, leaf = column["header"].split(".")
            branch = tree
            for step in path:
                branch = branch.setdefault(step, {})
            branch[leaf] = named[column["header"]]
            if column["field"].startswith("unset:"):
                # the names of what is gone, as nothing clears it
                inside = column["field"].removeprefix("unset:") + "."
                gone = (
                    f"case when {value} is null then {text(name.removeprefix(inside))} end"
                    for name, value in named.items()
                    if name.startswith(inside)
                )
                branch[leaf] = (
                    f"nullif(list_filter([{', '.join(gone)}], lambda one: one is not null), [])"
                )

        def struct(branch: dict | str) -> str:
            if isinstance(branch, str):
                return branch
            pairs = ", ".join(f"{text(key)}, {struct(inner)}" for key, inner in branch.items())
            found = f"json_merge_patch('{{}}', json_object({pairs}))"
            # nothing is said of what is not there
            return f"nullif({found}, '{{}}')"

        return f"cast({struct(tree)} as varchar)"

    def header(self) -> str:
        """The first line of a CSV file."""
        headers = (column["header"] for column in self.columns)
        return ",".join(f'"{name}"' if re.search('[",]', name) else name for name in headers)


# -- who goes out ----------------------------------------------------------------------------------


def read_base(build: Build, place: Place, name: str) -> str | None:
    """Read what a destination has, from the last delivered set: the tables `base` and `base_keys`.

    Returns: name of that set, none where nothing was delivered.
    """
    done = max(delivered_sets(place, name), default=None)
    for table, file, columns in (
        ("base", KNOWN, "identifier varchar, labels varchar[], line varchar"),
        ("base_keys", KEYS, "identifier varchar, key varchar"),
    ):
        build.connection.execute(f"create or replace table {table} ({columns})")
        if done:
            build.connection.execute(
                f"insert into {table} from read_parquet(?)",
                [place.local(f"{name}/{done}/{file}", build.staging)],
            )
    return done


def find_members(build: Build, to: Destination) -> None:
    """Say who is who to the destination, who is meant, and whom it has.

    Makes what moves.sql asks for, and runs it.
    """
    is_email = to.identifier["field"] == "email"
    listed = ", ".join(map(text, to.labels))
    build.connection.execute(
        f"""
        create or replace macro no_labels() as {to.bits([])};
        create or replace macro bits_of(places) as
            bitstring_agg(places, 0, {len(to.exports) - 1});
        create or replace macro labels_of(bits) as list_filter(
            [{listed}], lambda label, place: get_bit(bits, cast(place - 1 as integer)) = 1
        );
        create or replace macro place_of(label) as list_position([{listed}], label) - 1;
        create or replace macro lists_of(labels) as
            {"labels" if to.is_list else "case when len(labels) > 0 then ['profiles'] else [] end"};
        create or replace view members as
            {" union all ".join(map(to.members, range(len(to.exports))))};
        create or replace view held as
            {" union all ".join(map(to.held, range(len(to.exports))))};
        create or replace view identified as
            select
                contacts.person_id,
                coalesce(calls.is_allowed, false) as may_call,
                nullif({to.value(to.identifier)}, '') as identifier,
                {"contacts.email_reason" if is_email else "null"} as address_reason,
                coalesce(asked.is_allowed, false) as is_allowed,
                coalesce(asked.reason, 'no_consent') as reason
            from contacts
            left join contact_permissions as asked
                on contacts.person_id = asked.person_id
                and asked.channel = {text(to.facts["channel"])}
            left join contact_permissions as calls
                on contacts.person_id = calls.person_id and calls.channel = 'sms'
        """
    )
    build.run("moves")


def judge(build: Build, to: Destination, problem: str | None, overrides: set[str]) -> list[dict]:
    """Count each segment, and refuse those that a guardrail stops.

    Makes the table `goes_out` (identifier, `labels`, and whether it `is_unknown` to the build).
    Returns: per export its label, `members`, `eligible`, `left_out` by reason, `base`, `come`,
    `gone`, `exported`, and why it was `refused`, or would have been and is `overridden`.
    """
    left_out = build.rows(
        f"select reason, {to.counts('labels')} as people from ("
        "select reason, case when reason is null then labels & ~held_out else labels end as labels"
        " from judged"
        # a no comes first
        " union all select 'held_out', held_out from judged where reason is null"
        ") group by reason order by reason"
    )
    complaints = {
        row["segment"]: row for row in build.rows("from segment_complaints where is_too_high")
    }
    [moved] = build.rows(
        f"""
        select
            {to.counts("wanted")} as eligible,
            {to.counts("had")} as base,
            {to.counts("wanted & ~had")} as come,
            -- neither a no nor a holdout is held against a segment
            {to.counts("had & ~wanted & ~held_out", "may_stay")} as moved_on
        from moves
        """
    )
    report = []
    for place, export in enumerate(to.exports):
        people = {found["reason"]: found["people"][place] for found in left_out}
        members, eligible = sum(people.values()), moved["eligible"][place]
        people["same_address"] = people.pop(None, 0) - eligible
        base = moved["base"][place]
        least, most, come, gone = (
            export[bound]
            for bound in ("min_members", "max_members", "max_come_percent", "max_gone_percent")
        )

        def exceeds(count: int, share: int | None, base: int = base) -> bool:
            return bool(base) and share is not None and 100 * count > share * base

        reason, spam = problem, complaints.get(export["segment"])
        if not reason and spam and to.facts["channel"] == "email":
            reason = (
                f"{spam['complaints']} of {spam['delivered']} e-mails of its campaigns that were"
                " delivered lately were called spam"
            )
        if not reason and least is not None and members < least:
            reason = f"fewer members than {least}"
        if not reason and most is not None and members > most:
            reason = f"more members than {most}"
        if not reason and exceeds(moved["come"][place], come):
            reason = f"more than {come}% would come"
        if not reason and exceeds(moved["moved_on"][place], gone):
            reason = f"more than {gone}% would go"
        is_overridden = reason is not None and export["segment"] in overrides
        report.append(
            {
                "segment": export["segment"],
                "segment_value": export["segment_value"],
                "label": export["label"],
                "members": members,
                "eligible": eligible,
                "left_out": {why: count for why, count in sorted(people.items()) if count},
                "refused": None if is_overridden else reason,
                "overridden": reason if is_overridden else None,
            }
        )
    refused = to.bits([entry["label"] for entry in report if entry["refused"]])
    build.connection.execute(
        f"""
        create or replace table goes_out as
        select
            moves.*,
            (wanted & ~{refused}) | case
                when may_stay and (
                    -- of whom the build knows nothing any more, the row stays whole or goes
                    not is_unknown or {to.is_list} or bit_count(had & {refused}) = labels_had
                ) then had & {refused}
                else no_labels()
            end as labels
        from moves
        """
    )
    [counts] = build.rows(
        f"select {to.counts('labels')} as exported, {to.counts('had')} as base,"
        f" {to.counts('labels & ~had')} as come, {to.counts('had & ~labels')} as gone from goes_out"
    )
    for place, entry in enumerate(report):
        entry |= {name: counts[name][place] for name in ("base", "come", "gone", "exported")}
    return report


def make_lines(build: Build, to: Destination) -> dict[str, int]:
    """Make the table `lines`: one line per person, whatever the number of its lists.

    Returns: the counts of the set: base - removed - erased_rows + new = full.
    """
    build.connection.execute(
        f"""
        create or replace view made as
        select identifier, labels, {to.line()} as line
        from (
            select identifier, goes_out.labels, {to.values()}
            from (
                select identifier, labels_of(labels) as labels
                from goes_out where bit_count(labels) > 0 and not is_unknown
            ) as goes_out
            inner join (
                select identifier, min(person_id) as person_id, bool_and(may_call) as may_call
                from standing where no is null group by identifier
            ) as owners using (identifier)
            inner join contacts on owners.person_id = contacts.person_id
        )
        """
    )
    build.run("lines")
    build.connection.execute(
        f"""
        create or replace view removed as
        select removed_lists, {to.line()} as line
        from (
            select removed_lists, {to.values(is_removed=True)}
            from (select * replace (cast([] as varchar[]) as labels) from lines)
        )
        """
    )
    [counts] = build.rows(
        """
        select
            sum(len(base_lists)) as base,
            sum(len(removed_lists)) as removed,
            sum(len(base_lists)) filter (where is_erased) as erased_rows,
            sum(len(new_lists)) as new,
            sum(len(changed_lists)) - sum(len(new_lists)) as different,
            sum(len(full_lists)) as full,
            (select count(*) from erased) as erase
        from lines
        """
    )
    return {name: int(count or 0) for name, count in counts.items()}


# -- writing ---------------------------------------------------------------------------------------


def escaped_bytes(line: str) -> int:
    """Bytes of a line whose sender writes every letter beyond ASCII as \\uXXXX."""
    plain = len(line.encode("ascii", "ignore"))
    return plain + 6 * (len(line.encode("utf-16-le")) // 2 - plain)


def write_list(
    folder: Path, name: str, to: Destination, lines: Callable[[], Iterator[tuple]]
) -> Iterator[dict]:
    """Write the lines of one list as files within the limits of the destination.

    Arguments: name (of the files, without number and ending), lines (fetches some, or none more).
    Yields: name and rows of each file that is done.
    """
    most_rows, most_bytes, most_of_row = (
        to.facts[limit] or sys.maxsize
        for limit in ("max_file_rows", "max_file_bytes", "max_row_bytes")
    )
    first = f"{to.header()}\n".encode() if to.facts["format"] == "csv" else b""
    is_escaped = to.facts["bytes_counted"] == "escaped"
    number, rows, size, file, file_name = 0, 0, 0, None, ""
    for (line,) in itertools.chain.from_iterable(iter(lines, [])):
        data = line.encode() + b"\n"
        counted = 1 + escaped_bytes(line) if is_escaped else len(data)
        if counted > most_of_row:
            raise RuntimeError(
                f"A row for {to.name} has {counted} bytes, more than {most_of_row}:"
                " set max_bytes in seeds/export_columns.csv."
            )
        if not file or rows == most_rows or size + counted > most_bytes:
            if file:
                file.close()
                yield {"name": file_name, "rows": rows}
            number, rows, size = number + 1, 0, len(first)
            file_name = f"{name}-{number:04}.{to.facts['format']}"
            file = (folder / file_name).open("wb")
            file.write(first)
        file.write(data)
        rows, size = rows + 1, size + counted
    if file:
        file.close()
        yield {"name": file_name, "rows": rows}


def write_set(build: Build, to: Destination, folder: Path) -> list[dict]:
    """Write the files of a set into a folder.

    Returns: name, rows, bytes and checksum of each.
    """
    written = []
    for part, lists, table in (
        ("full", "full_lists", "lines"),
        ("added" if to.is_list else "changed", "changed_lists", "lines"),
        ("removed", "removed_lists", "removed"),
    ):
        (folder / part).mkdir(parents=True)
        for row in build.rows(f"select distinct unnest({lists}) as name from {table} order by 1"):
            found = build.connection.execute(
                f"select line from {table} where list_contains({lists}, ?)", [row["name"]]
            )
            fetch = functools.partial(found.fetchmany, ROWS_AT_ONCE)
            written += write_list(folder, f"{part}/{row['name']}", to, fetch)
    for name, query, options in (
        (
            ERASE,
            f'select identifier as "{to.identifier["header"].rpartition(".")[2]}"'
            " from erased order by identifier",
            "format csv, header",
        ),
        (
            KNOWN,
            "select identifier, labels, line from lines where line is not null",
            "format parquet, compression zstd",
        ),
        (KEYS, "from keys order by all", "format parquet, compression zstd"),
    ):
        [(rows,)] = build.connection.execute(
            f"copy ({query}) to {text(str(folder / name))} ({options})"
        ).fetchall()
        written.append({"name": name, "rows": rows})
    for entry in written:
        with (folder / entry["name"]).open("rb") as file:
            os.fsync(file.fileno())
            entry["bytes"] = os.fstat(file.fileno()).st_size
            entry["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
    return sorted(written, key=lambda entry: entry["name"])


def describe(name: str, report: list[dict], erased: int) -> list[str]:
    """Lines that say what a set of a destination holds, and why not more."""
    lines = [name]
    for entry in report:
        why = ", ".join(f"{count} {reason}" for reason, count in entry["left_out"].items())
        lines.append(
            f"  {entry['label']}: {entry['members']} members, {entry['exported']} exported,"
            f" {entry['come']} come, {entry['gone']} gone" + (f"; left out: {why}" if why else "")
        )
        if entry["refused"]:
            lines.append(f"    refused, stays as it was: {entry['refused']}")
        if entry["overridden"]:
            lines.append(f"    let through: {entry['overridden']}")
    return lines + ([f"  to erase: {erased}"] if erased else [])


def export(
    place: Place,
    build: Build,
    writes: bool,
    today: date,
    max_age_days: int,
    only: set[str],
    overrides: set[str],
) -> int:
    """Plan the next set of each destination, and write it.

    Arguments: writes (or only says what it would), only (destinations; empty: all), overrides
    (segments that no guardrail stops).
    Returns: the exit code.
    """
    for relation, room in RELATIONS.items():
        build.read(room, relation)
    found = build.rows(
        "from destinations semi join exports using (destination) order by destination"
    )
    known = build.rows("select distinct segment from exports")
    for row in build.rows("from exports anti join segment_definitions using (segment)"):
        raise WrongUseError(f"seeds/exports.csv: {row['segment']} is no published segment.")
    for asked, there, what in (
        (only, [facts["destination"] for facts in found], "destination"),
        (overrides, [row["segment"] for row in known], "segment"),
    ):
        if unknown := asked.difference(there):
            raise WrongUseError(
                f"No exported {what} is called {', '.join(sorted(unknown))}: see seeds/exports.csv."
            )
    for segment in {row["segment"] for row in known} - RELATIONS.keys():
        build.read("segments", segment)
    build.run("contacts")
    problem = build.problem(today, max_age_days)
    written, is_refused = [], False
    for to in [Destination(build, facts) for facts in found]:
        if only and to.name not in only:
            continue
        base = read_base(build, place, to.name)
        find_members(build, to)
        report = judge(build, to, problem, overrides)
        is_refused = is_refused or any(entry["refused"] for entry in report)
        [(erased,)] = build.connection.execute("select count(*) from erased").fetchall()
        print("\n".join(describe(to.name, report, erased)))
        if not writes:
            continue
        counts = make_lines(build, to)
        if not any(counts[part] for part in ("new", "different", "removed", "erase")):
            print("  nothing to do")
            written.append((to.name, None))
            continue
        facts = {
            "destination": to.name,
            "kind": to.facts["kind"],
            "base": base,
            **build.published,
            "rows": counts,
            "segments": report,
            "files": write_set(build, to, build.staging / "sets" / to.name),
        }
        written.append((to.name, facts))
    # nothing is published before everything is written
    for name, facts in written:
        if facts:
            publish(place, build.staging, name, facts)
        else:
            # what was written and not delivered is out of date
            tidy(place, name)
    return REFUSED if is_refused else DONE


# -- the command -----------------------------------------------------------------------------------


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line; without a command it plans."""
    parser = argparse.ArgumentParser(prog="export.py", description=__doc__)
    parser.add_argument("--location", help="where the sets are (else EXPORT_LOCATION, or the var)")
    parser.add_argument("--engine", default="duckdb", choices=("duckdb", "postgres", "spark"))
    parser.set_defaults(command="plan", to=[], override=[])
    commands = parser.add_subparsers(dest="command")
    for command, what in (
        ("plan", "say what would be written; write nothing (the default)"),
        ("write", "write the next set of each destination"),
        ("purge", "remove the rows of old sets, and what a killed run has left"),
    ):
        sub = commands.add_parser(command, help=what)
        sub.add_argument("--to", action="append", default=[], metavar="DESTINATION")
        if command != "purge":
            sub.add_argument("--override", action="append", default=[], metavar="SEGMENT")
    sub = commands.add_parser("delivered", help="remember that a destination has loaded a set")
    sub.add_argument("destination")
    sub.add_argument("set")
    return parser.parse_args(arguments)


def main(arguments: list[str], today: date | None = None) -> int:
    """Run the command.

    Arguments: arguments (of the command line), today (none: by the clock).
    Returns: the exit code: 0 done, or nothing to do; 1 failed, nothing written; 2 wrong use; 3 a
    guardrail has refused a segment.
    """
    asked = parsed(arguments)
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    today = today or datetime.now(ZoneInfo(settings["reporting_time_zone"])).date()
    location = asked.location or os.environ.get("EXPORT_LOCATION") or settings["export_location"]
    try:
        place = Place(location)
        with staging_folder(place, asked.command != "plan") as staging:
            if asked.command == "delivered":
                deliver(place, staging, asked.destination, asked.set)
                purge(place, asked.destination, settings["export_keep_sets"])
                print(f"{asked.destination} has {asked.set}")
                return DONE
            if asked.command == "purge":
                for name in asked.to or [n for n in place.names() if not n.startswith(".")]:
                    count = purge(place, name, settings["export_keep_sets"])
                    print(f"{name}: {count} sets have lost their rows")
                return DONE
            build = Build(asked.engine, staging)
            with build.opened:
                return export(
                    place,
                    build,
                    asked.command == "write",
                    today,
                    settings["export_max_age_days"],
                    set(asked.to),
                    set(asked.override),
                )
    except WrongUseError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    except Exception as error:
        print(f"Failed, and wrote no set but those named above. {cause(error)}", file=sys.stderr)
        return FAILED


def cause(error: Exception) -> str:
    """Why something failed, without a value of a row: an error may quote one."""
    says_no_value = (duckdb.IOException, duckdb.CatalogException, duckdb.BinderException)
    if isinstance(error, (*says_no_value, RuntimeError, load_raw.LoadError)):
        return str(error).splitlines()[0]
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__} ({error.filename})."
    return f"The reason was a {type(error).__name__}."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
