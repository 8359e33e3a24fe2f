"""Write the files that leave: who is in which segment, for those alone who may be written to.

Nothing printed, logged or raised here holds a contact field; the files of a set do.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import fsspec
import load_raw
import yaml

PROJECT = Path(__file__).resolve().parents[1]
SQL = PROJECT / "scripts" / "export_sql"
DONE, FAILED, WRONG_USE, REFUSED = range(4)
MANIFEST, DELIVERED, ERASE = "manifest.json", "delivered", "erase.csv"
# what the next set must know of this one; nobody loads it
KNOWN = "known.parquet"
# beside the sets of a destination: the last number that one was given
LAST = "last"
SET = re.compile(r"\d{6}")
# what goes into a file's name
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:-]*")
# what fsspec needs to write to a place
PACKAGES = {"s3": "s3fs", "sftp": "paramiko", "ssh": "paramiko", "gs": "gcsfs", "abfs": "adlfs"}
ROWS_AT_ONCE = 10_000

# what is read of a build beside the segments that are exported, by name: the room
RELATIONS = {
    **dict.fromkeys(("destinations", "export_columns", "exports"), "reference"),
    **dict.fromkeys(("contact_permissions", "contact_points"), "activation"),
    "int_person_keys": "intermediate",
    **dict.fromkeys(("stg_crm__erasure_requests", "stg_shop__products"), "staging"),
    **dict.fromkeys(("people", "person_predictions"), "core"),
    "segment_definitions": "membership",
    **dict.fromkeys(
        ("recent_viewers", "favorites_low_stock", "promotion_dependent_buyers"), "segments"
    ),
}
PUBLISHED_ROOMS = ("core", "segments", "membership")


class WrongUseError(Exception):
    """What was asked for, or set, can't be: the message says what to do."""


# -- where the sets are ----------------------------------------------------------------------------


class Place:
    """The folder that the sets go to: local, or anything that fsspec writes to.

    Names are relative to it.
    """

    def __init__(self, location: str) -> None:
        """Arguments: location, a path or a URL such as s3://bucket/folder."""
        protocol, is_url, _ = location.partition("://")
        options = {}
        try:
            if protocol in ("sftp", "ssh") and is_url:
                options["host_key_policy"] = known_hosts()
            self.files, root = fsspec.url_to_fs(
                location if is_url else str(PROJECT / location), **options
            )
        except ImportError as error:
            package = PACKAGES.get(protocol, f"the one that {protocol}:// needs")
            raise WrongUseError(
                f"{protocol}:// needs the package {package}:"
                f" .venv/bin/python -m pip install {package}"
            ) from error
        self.root = PurePosixPath(root)
        self.is_local = not is_url
        # who may look is said where the place knows such rights
        self.chmod = os.chmod if self.is_local else getattr(self.files, "ftp", self).chmod

    def chmod(self, path: str, mode: int) -> None:
        """Nothing: this place says otherwise who may look."""

    def path(self, name: str) -> str:
        """The whole path of a name."""
        return str(self.root / name)

    def names(self, folder: str = "") -> list[str]:
        """Names of what is in a folder, sorted; none where there is no such folder."""
        self.files.invalidate_cache()
        if not self.files.isdir(self.path(folder)):
            return []
        found = self.files.ls(self.path(folder), detail=False)
        return sorted(PurePosixPath(path).name for path in found)

    def exists(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        return self.files.exists(self.path(name))

    def local(self, name: str, staging: Path) -> str:
        """A path at which DuckDB can read the file."""
        if self.is_local:
            return self.path(name)
        copy = Path(tempfile.mkdtemp(dir=staging)) / PurePosixPath(name).name
        self.files.get_file(self.path(name), str(copy))
        return str(copy)

    def put(self, source: Path, name: str) -> None:
        """Move a local file there, for its owner alone."""
        folders = [*reversed(PurePosixPath(name).parents)]
        self.files.makedirs(self.path(str(folders[-1])), exist_ok=True)
        for folder in folders:
            self.chmod(self.path(str(folder)), 0o700)
        # a file is there whole, or not at all
        if self.is_local:
            source.rename(self.path(name))
        else:
            self.files.put_file(str(source), self.path(f"{name}.part"))
            self.files.mv(self.path(f"{name}.part"), self.path(name))
        self.chmod(self.path(name), 0o600)

    def write(self, name: str, text: str, staging: Path) -> None:
        """Write a small file, which is on the disk when this returns."""
        source = staging / "small"
        with source.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.put(source, name)

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        self.files.rm(self.path(name), recursive=True)


def known_hosts() -> Any:
    """What paramiko asks about a server: nobody but those in ~/.ssh/known_hosts is trusted."""
    import paramiko

    class KnownHosts(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, _: object, hostname: str, key: object) -> None:
            known = Path.home() / ".ssh" / "known_hosts"
            if not (known.exists() and paramiko.HostKeys(str(known)).check(hostname, key)):
                raise WrongUseError(
                    f"{hostname} shows a key that is not in {known}: ask who runs it for the key."
                )

    return KnownHosts


def sets(place: Place, destination: str) -> list[str]:
    """Names of the sets of a destination, oldest first: one without a manifest does not exist."""
    return [
        name
        for name in place.names(destination)
        if SET.fullmatch(name) and place.exists(f"{destination}/{name}/{MANIFEST}")
    ]


def delivered_sets(place: Place, destination: str) -> list[str]:
    """Names of those sets that the destination has, oldest first."""
    return [
        name
        for name in sets(place, destination)
        if place.exists(f"{destination}/{name}/{DELIVERED}")
    ]


def tidy(place: Place, destination: str, newest: str | None = None) -> None:
    """Remove what is no set, and every set that is neither delivered nor the newest."""
    kept = [newest, *delivered_sets(place, destination)]
    for name in place.names(destination):
        if SET.fullmatch(name) and name not in kept:
            # first what makes it a set
            if place.exists(f"{destination}/{name}/{MANIFEST}"):
                place.remove(f"{destination}/{name}/{MANIFEST}")
            place.remove(f"{destination}/{name}")


def drop_rows(place: Place, destination: str, name: str) -> None:
    """Remove all of a delivered set but its manifest."""
    for inside in place.names(f"{destination}/{name}"):
        if inside not in (MANIFEST, DELIVERED):
            place.remove(f"{destination}/{name}/{inside}")


def purge(place: Place, destination: str, keep_sets: int) -> int:
    """Remove what is no set, and the rows of delivered sets beyond the newest.

    Arguments: keep_sets (how many keep their rows; the last one always does).
    Returns: how many sets have lost their rows.
    """
    tidy(place, destination, max(sets(place, destination), default=None))
    old = delivered_sets(place, destination)[: -max(keep_sets, 1)]
    purged = sum(place.exists(f"{destination}/{name}/{KNOWN}") for name in old)
    for name in old:
        drop_rows(place, destination, name)
    return purged


def deliver(place: Place, staging: Path, destination: str, name: str) -> None:
    """Remember that the destination has a set: the next deltas build on it.

    Sets that hold people whom this one erases lose their rows, and no set before it asks to erase.
    Raises: WrongUseError where it is not the newest set.
    """
    newest = max(sets(place, destination), default=None)
    if name != newest:
        raise WrongUseError(
            f"{name} is not the newest set of {destination}, "
            + (f"which is {newest}." if newest else "to which nothing was written yet.")
        )
    place.write(f"{destination}/{name}/{DELIVERED}", "", staging)
    erased = place.local(f"{destination}/{name}/{ERASE}", staging)
    for older in delivered_sets(place, destination):
        known = f"{destination}/{older}/{KNOWN}"
        if older == name or not place.exists(known):
            continue
        [(holds,)] = duckdb.execute(
            "select exists (from read_parquet(?) semi join read_csv(?, header = true,"
            " auto_detect = false, quote = '\"', columns = {'identifier': 'varchar'})"
            " using (identifier))",
            [place.local(known, staging), erased],
        ).fetchall()
        if holds:
            drop_rows(place, destination, older)
        elif place.exists(f"{destination}/{older}/{ERASE}"):
            place.remove(f"{destination}/{older}/{ERASE}")


# -- what is read ----------------------------------------------------------------------------------


class Build:
    """What a build holds, as relations of an empty database in memory."""

    def __init__(self, engine: str, staging: Path) -> None:
        """Arguments: engine, staging (a folder of this run alone)."""
        self.staging, self.opened = staging, contextlib.ExitStack()
        self.connection = self.opened.enter_context(duckdb.connect())
        self.connection.execute(
            # one thread writes the same bytes again
            "set threads = 1; set memory_limit = '600MB'; set preserve_insertion_order = false;"
            f"set temp_directory = {text(str(staging / 'spill'))}"
        )
        self.run("macros")
        # `published` (as-of date and run), the run that built what is read, and how to read it
        self.published: dict
        self.run_id: str | None
        self.read: Callable[[str, str], object]
        getattr(self, f"open_{engine}")()

    def run(self, name: str) -> None:
        """Run a file of export_sql."""
        self.connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))

    def rows(self, query: str, *parameters: object) -> list[dict]:
        """The rows of a query, each as a dict."""
        found = self.connection.execute(query, list(parameters))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def open_duckdb(self) -> None:
        """Attach the build's file and the published one, whose segments are those that count."""
        for database, variable in (("build", "BUILD_FILE"), ("shop", "PUBLISHED_FILE")):
            path = PROJECT / os.environ.get(variable, f"warehouse/{database}.duckdb")
            if not path.exists():
                raise WrongUseError(f"{variable} is {path}, which does not exist: run make build.")
            self.connection.execute(f"attach {text(str(path))} as {database} (read_only)")
        [self.published] = self.rows("select distinct as_of_on, run_id from shop.publication")
        marked = "duckdb_tables() where database_name = 'build' and table_name = 'published_run'"
        is_marked = self.rows(f"from {marked}")
        self.run_id = self.rows("from build.main.published_run")[0]["run_id"] if is_marked else None

        def read(room: str, name: str) -> None:
            database = "shop" if room in PUBLISHED_ROOMS else "build"
            self.connection.execute(f'create view "{name}" as from {database}.{room}."{name}"')

        self.read = read

    def open_postgres(self) -> None:
        """Read what is published, which has changed names in one step, in one transaction."""
        cursor = self.opened.enter_context(contextlib.closing(load_raw.open_postgres())).cursor()
        cursor.connection.set_client_encoding("UTF8")
        # a build that wants to publish waits from here on
        cursor.execute("select distinct as_of_on, run_id from insights.publication")
        self.published = dict(zip(("as_of_on", "run_id"), cursor.fetchone(), strict=True))
        self.run_id = self.published["run_id"]

        def read(room: str, name: str) -> None:
            path = self.staging / f"{name}.csv"
            with path.open("wb") as file:
                cursor.copy_expert(
                    f'copy (select * from {room}."{name}") to stdout (format csv, header)', file
                )
            cursor.execute(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                [f'{room}."{name}"'],
            )
            casts = ", ".join(
                f'cast("{column}" as {kind}) as "{column}"' for column, kind in cursor.fetchall()
            )
            self.connection.execute(
                f'create table "{name}" as select {casts} from read_csv(?, all_varchar = true,'
                " header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
                " allow_quoted_nulls = false)",
                [str(path)],
            )

        self.read = read

    def open_spark(self) -> None:
        """Read the schemas of the build, which are the published ones if that is marked."""
        session = load_raw.open_spark()
        self.opened.callback(session.stop)
        [row] = session.sql("select as_of_on, run_id from publication.current").collect()
        self.published = {"as_of_on": date.fromisoformat(row["as_of_on"]), "run_id": row["run_id"]}
        is_marked = session.catalog.tableExists("publication.of_build")
        self.run_id = session.table("publication.of_build").first()[0] if is_marked else None
        self.read = lambda room, name: self.connection.register(
            name, session.table(f"build_{room}.{name}").toArrow()
        )

    def problem(self, today: date, max_age_days: int) -> str | None:
        """Why its segments may change nothing that is out there; none where they may."""
        if self.run_id != self.published["run_id"]:
            return "the build file is not the one that was published"
        if (today - self.published["as_of_on"]).days > max_age_days:
            return f"the as-of date is more than {max_age_days} days ago"
        return None


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


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

    def header(self) -> str | None:
        """The first line of a file; none in JSON."""
        if self.facts["format"] != "csv":
            return None
        headers = (column["header"] for column in self.columns)
        return ",".join(f'"{name}"' if re.search('[",]', name) else name for name in headers)


# -- who goes out ----------------------------------------------------------------------------------


def read_base(build: Build, place: Place, name: str) -> str | None:
    """Read what a destination has: table `base` from the last delivered set.

    Returns: name of that set, none where nothing was delivered.
    """
    done = max(delivered_sets(place, name), default=None)
    build.connection.execute(
        "create or replace table base"
        " (identifier varchar, labels varchar[], line varchar, keys varchar[])"
    )
    if done:
        build.connection.execute(
            "insert into base from read_parquet(?)",
            [place.local(f"{name}/{done}/{KNOWN}", build.staging)],
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
        f"select reason, {to.counts('labels')} as people from judged group by reason"
        " order by reason"
    )
    [moved] = build.rows(
        f"""
        select
            {to.counts("wanted")} as eligible,
            {to.counts("had")} as base,
            {to.counts("wanted & ~had")} as come,
            -- a no is not held against a segment
            {to.counts("had & ~wanted", "may_stay")} as moved_on
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

        reason = problem
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


def make_rows(build: Build, to: Destination) -> dict[str, int]:
    """Make the rows of the files: one line per person, whatever the number of its lists.

    Makes the tables `now` (identifier, labels, line) and `lines` (identifier, line, and the
    lists of each part of the set that it stands in).
    Returns: the counts of the set: base - removed - erased_rows + new = full.
    """
    build.connection.execute(
        f"""
        create or replace table now as
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


def stream(build: Build, query: str) -> Iterator[tuple]:
    """The rows of a query, some at a time."""
    found = build.connection.execute(query)
    while some := found.fetchmany(ROWS_AT_ONCE):
        yield from some


def write_part(
    folder: Path, part: str, facts: dict, first: str | None, found: Iterator[tuple]
) -> Iterator[dict]:
    """Write rows of (list, line, bytes), sorted by list, as files within the limits.

    Arguments: facts (of seed destinations), first (line of each file, or none).
    Yields: name and rows of each file that is done.
    """
    most_rows, most_bytes, row_limit = (
        facts[limit] or sys.maxsize
        for limit in ("max_file_rows", "max_file_bytes", "max_row_bytes")
    )
    now, number, rows, size, file, file_name = None, 0, 0, 0, None, ""
    with contextlib.ExitStack() as opened:
        for name, line, row_size in found:
            if row_size > row_limit:
                raise RuntimeError(
                    f"A row for {facts['destination']} has {row_size} bytes, more than"
                    f" {row_limit}: set max_bytes in seeds/export_columns.csv"
                )
            if name != now or rows == most_rows or size + row_size > most_bytes:
                if file:
                    yield {"name": file_name, "rows": rows}
                    opened.close()
                number = number + 1 if name == now else 1
                file_name = f"{part}/{name}-{number:04}.{facts['format']}"
                now, rows, size = name, 0, len(first.encode()) + 1 if first else 0
                (folder / part).mkdir(parents=True, exist_ok=True)
                file = opened.enter_context((folder / file_name).open("wb"))
                if first:
                    file.write(first.encode() + b"\n")
            file.write(line.encode() + b"\n")
            rows, size = rows + 1, size + row_size
    if file:
        yield {"name": file_name, "rows": rows}


def write_set(build: Build, to: Destination, folder: Path) -> list[dict]:
    """Write the files of a set into a folder.

    Returns: name, rows, bytes and checksum of each.
    """
    build.connection.execute(
        f"""
        create or replace view removed as
        select identifier, lists, {to.line()} as line
        from (
            select identifier, removed_lists as lists, {to.values(is_removed=True)}
            from (select *, cast([] as varchar[]) as labels from lines)
            where len(removed_lists) > 0
        )
        """
    )
    written = []
    size = "escaped_bytes(line)" if to.facts["bytes_counted"] == "escaped" else "strlen(line)"
    for part, lists in (
        ("full", "full_lists as lists from lines"),
        ("added" if to.is_list else "changed", "changed_lists as lists from lines"),
        ("removed", "lists from removed"),
    ):
        found = stream(
            build,
            f"select list, line, {size} + 1 from (select unnest(lists) as list, identifier, line"
            f" from (select identifier, line, {lists})) order by list, identifier",
        )
        written += write_part(folder, part, to.facts, to.header(), found)
    folder.mkdir(parents=True, exist_ok=True)
    erase = [
        to.identifier["header"].rpartition(".")[2],
        *(
            row
            for (row,) in stream(
                build, "select csv_field(identifier) from erased order by identifier"
            )
        ),
    ]
    (folder / ERASE).write_text("\n".join([*erase, ""]), encoding="utf-8")
    written.append({"name": ERASE, "rows": len(erase) - 1})
    [(known,)] = build.connection.execute(
        f"copy (from known order by identifier) to {text(str(folder / KNOWN))}"
        " (format parquet, compression zstd)"
    ).fetchall()
    written.append({"name": KNOWN, "rows": known})
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
        counts = make_rows(build, to)
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


def publish(place: Place, staging: Path, destination: str, facts: dict) -> None:
    """Put a written set where the sets are, its manifest last, in the place of one not delivered.

    No number is given twice: whoever has loaded a set that was replaced since can't mistake another
    for it.
    """
    counter = f"{destination}/{LAST}"
    last = place.files.cat_file(place.path(counter)) if place.exists(counter) else b"0"
    name = f"{max(int(last), *map(int, sets(place, destination)), 0) + 1:06}"
    place.write(counter, name, staging)
    for entry in facts["files"]:
        place.put(
            staging / "sets" / destination / entry["name"], f"{destination}/{name}/{entry['name']}"
        )
    manifest = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
    place.write(f"{destination}/{name}/{MANIFEST}", manifest + "\n", staging)
    tidy(place, destination, name)
    print(f"written: {destination}/{name}")


# -- the command -----------------------------------------------------------------------------------


@contextlib.contextmanager
def staging_folder(place: Place, is_alone: bool) -> Iterator[Path]:
    """A folder that nobody else can look into, for one run at a time.

    Arguments: is_alone (whether what it does bears no other run).
    What a killed run left there is removed first. Raises: WrongUseError while another run writes.
    """
    if not is_alone:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    root = Path(place.root) if place.is_local else PROJECT / "exports"
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        (root / ".lock").chmod(0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongUseError("Another export is running: wait until it is done.") from error
        shutil.rmtree(root / ".writing", ignore_errors=True)
        (root / ".writing").mkdir(mode=0o700)
        try:
            yield root / ".writing"
        finally:
            shutil.rmtree(root / ".writing", ignore_errors=True)


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
