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
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[1]
DONE, FAILED, WRONG_USE, REFUSED = range(4)
MANIFEST, DELIVERED, KNOWN, ERASE = "manifest.json", "delivered", "known.csv", "erase.csv"
# beside the sets of a destination: the last number that one was given
LAST = "last"
SET = re.compile(r"\d{6}")
# what goes into a label, a destination and so into a file's name
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
# the packages that fsspec needs to write to a place
PACKAGES = {"s3": "s3fs", "sftp": "paramiko", "gs": "gcsfs", "abfs": "adlfs"}

# by the transform of seed export_columns: SQL of a text; what is empty stays nothing
TRANSFORMS = {
    "text": "{0}",
    "value": "{0}",
    "joined": "array_to_string({0}, '; ')",
    "lower_sha256": "hashed(lower({0}))",
    "google_email_sha256": "hashed(google_email({0}))",
    "plus_phone_sha256": "hashed('+' || digits({0}))",
    "digits_sha256": "hashed(digits({0}))",
    "letters_sha256": "hashed(regexp_replace(lower({0}), '[^\\p{{L}}\\p{{M}}]', '', 'g'))",
    "zip_sha256": "hashed(split_part(lower(regexp_replace({0}, '\\s', '', 'g')), '-', 1))",
}
# an address of which a part is missing is none
ADDRESS = ("first_name", "last_name", "country_code", "postal_code")
TEXT_FIELDS = (
    *("email", "first_name", "last_name", "city", "postal_code", "country_code"),
    *("birth_day_month", "stage", "stage_from", "favorite_category", "last_order_on"),
    *("buys_at_discount", "expected_next_order_on"),
)
LIST_FIELDS = ("last_viewed_products", "low_stock_favorites")

MACROS = r"""
    create macro digits(x) as regexp_replace(x, '[^0-9]', '', 'g');
    create macro hashed(x) as case
        when ltrim(trim(x), '+') <> '' then sha256(nfc_normalize(trim(x)))
    end;
    create macro google_email(x) as case
        when lower(trim(x)) similar to '[^@]+@(gmail|googlemail)\.com'
            then replace(regexp_extract(lower(trim(x)), '^[^@+]*'), '.', '')
                || regexp_extract(lower(trim(x)), '@.*$')
        else lower(trim(x))
    end;
    create macro cut(x, most) as case
        when strlen(x) <= most then x
        else left(x, list_max(list_filter(
            range(most + 1), lambda n: strlen(left(x, n)) <= most
        )))
    end;
    -- one line, and no formula for a spreadsheet
    create macro clean(x) as nullif(regexp_replace(
        trim(regexp_replace(nfc_normalize(x), '[\s\p{Cc}\p{Zl}\p{Zp}]+', ' ', 'g')),
        '^[=+@ -]+', ''
    ), '');
    create macro csv_field(x) as case
        when regexp_matches(x, '[",\r\n]|^\s|\s$') then '"' || replace(x, '"', '""') || '"'
        else coalesce(x, '')
    end;
"""

# one row per contact: all that a column may ask for
CONTACTS = """
    create table permissions as
    select person_id, channel, is_allowed is true as is_allowed, reason
    from build.activation.contact_permissions;

    create table contacts as
    with viewed as (
        select
            viewers.person_id,
            list(clean(coalesce(products.product_name, viewers.segment_value))
                order by viewers.evidence, viewers.segment_value) as last_viewed_products
        from shop.segments.recent_viewers as viewers
        left join build.staging.stg_shop__products as products
            on viewers.segment_value = products.product_id
        group by viewers.person_id
    ),
    low_stock as (
        select
            favorites.person_id,
            list(clean(coalesce(products.product_name, favorites.segment_value))
                order by favorites.evidence, favorites.segment_value) as low_stock_favorites
        from shop.segments.favorites_low_stock as favorites
        left join build.staging.stg_shop__products as products
            on favorites.segment_value = products.product_id
        group by favorites.person_id
    ),
    keys as (
        select person_id, list(key_type || ':' || key_value order by all) as keys
        from build.intermediate.int_person_keys
        where person_id is not null
        group by person_id
    )
    select
        points.person_id,
        points.email,
        points.email_reason,
        points.phone,
        points.first_name,
        points.last_name,
        points.city,
        points.postal_code,
        points.country_code,
        points.birth_day_month,
        people.stage,
        people.stage_from,
        clean(people.favorite_category) as favorite_category,
        people.last_order_on,
        case when people.last_order_on is not null then dependent.person_id is not null end
            as buys_at_discount,
        predictions.expected_next_order_on,
        viewed.last_viewed_products,
        low_stock.low_stock_favorites,
        coalesce(keys.keys, []) as keys
    from build.activation.contact_points as points
    left join shop.core.people as people on points.person_id = people.person_id
    left join shop.core.person_predictions as predictions
        on points.person_id = predictions.person_id
    left join shop.segments.promotion_dependent_buyers as dependent
        on points.person_id = dependent.person_id
    left join viewed on points.person_id = viewed.person_id
    left join low_stock on points.person_id = low_stock.person_id
    left join keys on points.person_id = keys.person_id;

    create table erased_keys as
    select 'customer:' || customer_id as key
    from build.staging.stg_crm__erasure_requests where customer_id is not null
    union
    select 'email:' || email_key
    from build.staging.stg_crm__erasure_requests where email_key is not null
    union
    -- whoever is one person with somebody who is named
    select key_type || ':' || key_value
    from build.intermediate.int_person_keys where person_id is null;
"""


class WrongUseError(Exception):
    """What was asked for, or set, can't be: the message says what to do."""


class Place:
    """The folder that the sets go to: local, or anything that fsspec can write.

    Names are relative to it.
    """

    def __init__(self, location: str) -> None:
        """Arguments: location, a path or a URL such as s3://bucket/folder."""
        self.remote = None
        protocol, is_url, _ = location.partition("://")
        if is_url:
            package = PACKAGES.get(protocol.split("+")[0], f"the one that {protocol}:// needs")
            try:
                import fsspec

                self.remote, path = fsspec.url_to_fs(location)
            except ImportError as error:
                raise WrongUseError(
                    f"Files for {protocol}:// need the packages fsspec and {package}:"
                    f" .venv/bin/python -m pip install fsspec {package}"
                ) from error
            self.root = PurePosixPath(path)
        else:
            self.root = PROJECT / location

    def folders(self, name: str = "") -> list[str]:
        """Names of what is in a folder, sorted; none where there is no such folder."""
        path = self.root / name
        if self.remote:
            self.remote.invalidate_cache()
            if not self.remote.isdir(str(path)):
                return []
            return sorted(PurePosixPath(found).name for found in self.remote.ls(str(path), False))
        return sorted(found.name for found in path.iterdir()) if path.is_dir() else []

    def exists(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        path = self.root / name
        return self.remote.exists(str(path)) if self.remote else path.exists()

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        path = self.root / name
        return self.remote.cat_file(str(path)) if self.remote else path.read_bytes()

    def local(self, name: str, staging: Path) -> Path:
        """A path at which a program on this machine can read the file."""
        if not self.remote:
            return self.root / name
        copy = staging / "read" / name
        private_folder(copy.parent)
        with private_file(copy) as file:
            file.write(self.read(name))
        return copy

    def publish(self, folder: Path, name: str) -> None:
        """Put a finished local folder there under a name; its manifest comes last."""
        if not self.remote:
            private_folder((self.root / name).parent)
            folder.rename(self.root / name)
            flush(self.root / name)
            flush((self.root / name).parent)
            return
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in sorted(files, key=lambda file: file.name == MANIFEST):
            goal = self.root / name / path.relative_to(folder)
            self.remote.makedirs(str(goal.parent), exist_ok=True)
            self.remote.put_file(str(path), str(goal))
            # where the place knows such rights
            for client in filter(None, [getattr(self.remote, "ftp", None)]):
                client.chmod(str(goal), 0o600)
                client.chmod(str(goal.parent), 0o700)

    def write(self, name: str, data: bytes = b"") -> None:
        """Write a small file."""
        if self.remote:
            self.remote.makedirs(str((self.root / name).parent), exist_ok=True)
            self.remote.pipe_file(str(self.root / name), data)
        else:
            private_folder((self.root / name).parent)
            with private_file(self.root / name) as file:
                file.write(data)
            flush((self.root / name).parent)

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        path = self.root / name
        if self.remote:
            self.remote.rm(str(path), recursive=True)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it, that nobody else can look into."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def private_file(path: Path) -> "os.PathLike":
    """Open a new file for writing bytes that nobody else can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def flush(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# -- sets ------------------------------------------------------------------------------------------


def sets(place: Place, destination: str) -> list[str]:
    """Names of the sets of a destination, oldest first: one without a manifest does not exist."""
    return [
        name
        for name in place.folders(destination)
        if SET.fullmatch(name) and place.exists(f"{destination}/{name}/{MANIFEST}")
    ]


def delivered_sets(place: Place, destination: str) -> list[str]:
    """Names of those sets that the destination has, oldest first."""
    return [
        name
        for name in sets(place, destination)
        if place.exists(f"{destination}/{name}/{DELIVERED}")
    ]


def tidy(place: Place, destination: str) -> None:
    """Remove what is no set: begun and not finished, or written and replaced since."""
    found = sets(place, destination)
    done = delivered_sets(place, destination)
    for name in place.folders(destination):
        is_replaced = name in found[:-1] and name not in done
        if is_replaced:
            # first what makes it a set
            place.remove(f"{destination}/{name}/{MANIFEST}")
        if is_replaced or (SET.fullmatch(name) and name not in found):
            place.remove(f"{destination}/{name}")


def drop_rows(place: Place, destination: str, name: str) -> None:
    """Remove all of a delivered set but its manifest."""
    for inside in place.folders(f"{destination}/{name}"):
        if inside not in (MANIFEST, DELIVERED):
            place.remove(f"{destination}/{name}/{inside}")


def purge(place: Place, destination: str, keep_sets: int) -> int:
    """Remove what is no set, and the rows of delivered sets beyond the newest.

    Arguments: keep_sets (how many keep their rows; the last one always does).
    Returns: how many sets have lost their rows.
    """
    tidy(place, destination)
    purged = 0
    for name in delivered_sets(place, destination)[: -max(keep_sets, 1)]:
        purged += place.exists(f"{destination}/{name}/{KNOWN}")
        drop_rows(place, destination, name)
    return purged


def deliver(place: Place, staging: Path, destination: str, name: str) -> None:
    """Remember that the destination has a set: the next deltas build on it.

    Sets that hold people whom this one erases lose their rows, and no set before it asks to erase.
    Raises: WrongUseError where it is not the newest set.
    """
    found = sets(place, destination)
    if name not in found:
        raise WrongUseError(
            f"{destination} has no set {name}"
            + (f": the newest is {found[-1]}." if found else ": nothing was written yet.")
        )
    if name != found[-1]:
        raise WrongUseError(f"{destination} has a newer set than {name}: deliver {found[-1]}.")
    place.write(f"{destination}/{name}/{DELIVERED}")
    erased = f"{destination}/{name}/{ERASE}"
    older = [folder for folder in delivered_sets(place, destination) if folder != name]
    for folder in older:
        known = f"{destination}/{folder}/{KNOWN}"
        if not place.exists(known):
            continue
        with duckdb.connect() as connection:
            [(holds,)] = connection.execute(
                "select exists (from read_csv(?, header = true, all_varchar = true) as known"
                " semi join read_csv(?, header = true, auto_detect = false, quote = '\"',"
                " columns = {'identifier': 'varchar'}) as erased using (identifier))",
                [str(place.local(known, staging)), str(place.local(erased, staging))],
            ).fetchall()
        if holds:
            drop_rows(place, destination, folder)
        elif place.exists(f"{destination}/{folder}/{ERASE}"):
            place.remove(f"{destination}/{folder}/{ERASE}")


# -- what goes into the files ----------------------------------------------------------------------


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def column_value(column: dict, channel: str) -> str:
    """SQL of what a column of a file holds, over `contacts` and `labels`.

    Raises: WrongUseError where the seed asks for what there is not.
    """
    field, transform = column["field"], column["transform"]
    if transform not in TRANSFORMS:
        raise WrongUseError(
            f"seeds/export_columns.csv: transform {transform} of {column['header']} is none of"
            f" {', '.join(TRANSFORMS)}."
        )
    address = field.removeprefix("address_")
    if field.startswith("fixed:"):
        value = text(field.removeprefix("fixed:"))
    elif field == "segments":
        value = "labels"
    elif field == "phone":
        # a number is for messages to it, unless it only says who somebody is
        asked = "may_call" if channel == "email" else "true"
        value = f"case when {asked} then phone end"
    elif field in LIST_FIELDS:
        value = field
    elif field in TEXT_FIELDS:
        value = field if transform == "value" else f"cast({field} as varchar)"
    elif field != address and address in ADDRESS:
        whole = " and ".join(f"{part} is not null" for part in ADDRESS)
        value = f"case when {whole} then {address} end"
    else:
        raise WrongUseError(
            f"seeds/export_columns.csv: there is no field {field} for {column['header']}."
        )
    value = TRANSFORMS[transform].format(value)
    return f"cut({value}, {column['max_bytes']})" if column["max_bytes"] else value


def values(destination: dict, columns: list[dict], keep: set[str] | None = None) -> str:
    """SQL of what the columns of a file hold, as v0, v1, …, over `contacts` and `labels`.

    Arguments: keep (headers of the columns that are not empty; none: all).
    """

    def value(column: dict) -> str:
        if column["header"] == destination["identifier"]:
            return "identifier"
        if column["field"].startswith("unset:") or not (keep is None or column["header"] in keep):
            return "cast(null as varchar)"
        return column_value(column, destination["channel"])

    return ", ".join(f"{value(column)} as v{n}" for n, column in enumerate(columns))


def line(destination: dict, columns: list[dict]) -> str:
    """SQL of a line of a file, over what `values` returns."""
    if destination["format"] == "csv":
        return " || ',' || ".join(f"csv_field(v{n})" for n in range(len(columns)))
    tree: dict = {}
    found = {
        column["header"]: f"v{n}"
        for n, column in enumerate(columns)
        if not column["field"].startswith("unset:")
    }
    for column in columns:
        *path, leaf = column["header"].split(".")
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
        if column["field"].startswith("unset:"):
            # the names of what is gone, as nothing clears it
            inside = column["field"].removeprefix("unset:") + "."
            gone = [
                f"case when {value} is null then {text(name.removeprefix(inside))} end"
                for name, value in found.items()
                if name.startswith(inside)
            ]
            named = f"list_filter([{', '.join(gone)}], lambda name: name is not null)"
            branch[leaf] = f"nullif({named}, [])"
        else:
            branch[leaf] = found[column["header"]]

    def leaves(branch: dict | str) -> list[str]:
        if isinstance(branch, str):
            return [branch]
        return [leaf for inner in branch.values() for leaf in leaves(inner)]

    def json_of(branch: dict | str) -> str:
        if isinstance(branch, str):
            return branch
        pairs = ", ".join(f"{text(key)}, {json_of(inner)}" for key, inner in branch.items())
        some = " or ".join(f"({leaf}) is not null" for leaf in leaves(branch))
        return f"case when {some} then json_object({pairs}) end"

    return f"cast(json_merge_patch('{{}}', {json_of(tree)}) as varchar)"


def header(columns: list[dict]) -> str:
    """The first line of a CSV file."""
    quoted = (
        f'"{name}"' if re.search(r'[",]', name) else name
        for name in (column["header"] for column in columns)
    )
    return ",".join(quoted)


def open_sources(staging: Path, build: Path, published: Path) -> duckdb.DuckDBPyConnection:
    """A connection to an empty database beside the build (`build`) and what is published (`shop`).

    Arguments: staging (a folder of this run alone, where the database may spill).
    Raises: WrongUseError where one of the files is not there.
    """
    for name, path in (("BUILD_FILE", build), ("PUBLISHED_FILE", published)):
        if not path.exists():
            raise WrongUseError(f"{name} is {path}, which does not exist: run make build.")
    connection = duckdb.connect()
    connection.execute(
        "set memory_limit = '600MB'; set preserve_insertion_order = false;"
        f"set temp_directory = {text(str(staging / 'spill'))}"
    )
    for name, path in (("build", build), ("shop", published)):
        connection.execute(f"attach {text(str(path))} as {name} (read_only)")
    connection.execute(MACROS)
    return connection


def rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> list[dict]:
    """The rows of a query, each as a dict."""
    found = connection.execute(query, list(parameters))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def read_seeds(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[dict, list, list]]:
    """The destinations that something is exported to.

    Returns: by name the destination, its columns and its exports (with `label`), as the seeds say.
    Raises: WrongUseError where the seeds contradict each other or the segments there are.
    """
    seeds = {}
    for destination in rows(connection, "from build.reference.destinations order by destination"):
        name = destination["destination"]
        columns = rows(
            connection,
            "from build.reference.export_columns where destination = ? order by position",
            name,
        )
        exports = rows(
            connection,
            "select exports.* replace (coalesce(exports.label, case when ? = 'list'"
            " then definitions.external_name"
            " else exports.segment || coalesce(':' || exports.segment_value, '') end) as label),"
            " definitions.segment is not null as is_known"
            " from build.reference.exports as exports"
            " left join shop.membership.segment_definitions as definitions"
            " on exports.segment = definitions.segment"
            " where exports.destination = ? order by label",
            destination["kind"],
            name,
        )
        if not exports:
            continue
        if destination["kind"] not in ("profiles", "list"):
            raise WrongUseError(f"seeds/destinations.csv: {name} is neither profiles nor list.")
        if destination["format"] not in ("csv", "jsonl"):
            raise WrongUseError(f"seeds/destinations.csv: {name} is neither csv nor jsonl.")
        if destination["identifier"] not in [column["header"] for column in columns]:
            raise WrongUseError(
                f"seeds/export_columns.csv: {name} has no column {destination['identifier']},"
                " which it knows people by."
            )
        for export in exports:
            if not export["is_known"]:
                raise WrongUseError(
                    f"seeds/exports.csv: {export['segment']} of {name} is no published segment."
                )
        labels = [export["label"] for export in exports]
        for label in [name, *labels]:
            if not NAME.fullmatch(label) or labels.count(label) > 1:
                raise WrongUseError(
                    f"seeds/exports.csv: {label} of {name} is there twice, or has other characters"
                    " than letters, digits and _ . : -. Give it a label of its own."
                )
        seeds[name] = destination, columns, exports
    return seeds


def read_base(
    connection: duckdb.DuckDBPyConnection, place: Place, destination: dict, staging: Path
) -> str | None:
    """Read what the destination has: table `base` from the last delivered set.

    Returns: name of that set, none where nothing was delivered.
    """
    name = destination["destination"]
    done = delivered_sets(place, name)
    connection.execute(
        "create or replace table base (list varchar, identifier varchar, labels varchar[],"
        " row_hash varchar, keys varchar[])"
    )
    if not done:
        return None
    connection.execute(
        "insert into base select list, identifier, cast(from_json(labels, '[\"varchar\"]')"
        " as varchar[]), nullif(row_hash, ''), cast(from_json(keys, '[\"varchar\"]') as varchar[])"
        " from read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"',"
        " escape = '\"', nullstr = '\\N', auto_detect = false, columns = {'list': 'varchar',"
        " 'identifier': 'varchar', 'labels': 'varchar', 'row_hash': 'varchar', 'keys': 'varchar'})",
        [str(place.local(f"{name}/{done[-1]}/{KNOWN}", staging))],
    )
    return done[-1]


def build_problem(
    connection: duckdb.DuckDBPyConnection, today: date, max_age_days: int
) -> tuple[date, str, str | None]:
    """Whether the segments may change anything that is out there.

    Returns: as-of date and run of the publication, and the reason why not.
    """
    [(as_of_on, run_id)] = connection.execute(
        "select distinct as_of_on, run_id from shop.publication"
    ).fetchall()
    marked = connection.execute(
        "select table_name from duckdb_tables()"
        " where database_name = 'build' and table_name = 'published_run'"
    ).fetchall()
    runs = (
        connection.execute("select run_id from build.main.published_run").fetchall()
        if marked
        else []
    )
    if runs != [(run_id,)]:
        return as_of_on, run_id, "the build file is not the one that was published"
    if (today - as_of_on).days > max_age_days:
        return as_of_on, run_id, f"the as-of date is more than {max_age_days} days ago"
    return as_of_on, run_id, None


def find_members(
    connection: duckdb.DuckDBPyConnection, destination: dict, columns: list, exports: list
) -> None:
    """Say who is who to the destination, and who is meant.

    Makes the tables `standing` (contact: `identifier`, `owner` of it, and `no`, the reason to leave
    it out), `members` (label, person_id), `erased` (identifier) and `wanted` (label, identifier).
    """
    [column] = [column for column in columns if column["header"] == destination["identifier"]]
    reason = "contacts.email_reason" if column["field"] == "email" else "null"
    value = column_value(column, destination["channel"])
    connection.execute(
        f"""
        create or replace table standing as
        with known as (
            select
                contacts.person_id,
                coalesce(calls.is_allowed, false) as may_call,
                nullif({value}, '') as identifier,
                {reason} as address_reason,
                coalesce(asked.is_allowed, false) as is_allowed,
                coalesce(asked.reason, 'no_consent') as reason
            from contacts
            left join permissions as asked
                on contacts.person_id = asked.person_id and asked.channel = $channel
            left join permissions as calls
                on contacts.person_id = calls.person_id and calls.channel = 'sms'
        )
        select
            person_id,
            identifier,
            may_call,
            min(person_id) over (partition by identifier) as owner,
            case
                when not is_allowed then reason
                when identifier is null then coalesce(address_reason, 'no_address')
                -- one mailbox, two people: the no of one is a no
                when not bool_and(is_allowed) over (partition by identifier) then 'shared_address'
            end as no
        from known
        """,
        {"channel": destination["channel"]},
    )
    connection.execute(
        """
        create or replace table erased as
        with named as (
            select distinct identifier, unnest(keys) as key from base
        )
        select distinct named.identifier
        from named inner join erased_keys on named.key = erased_keys.key
        """
    )
    selects = " union all ".join(
        f"select distinct {text(export['label'])} as label, person_id"
        f' from shop.segments."{export["segment"]}"'
        + (
            f" where segment_value = {text(export['segment_value'])}"
            if export["segment_value"]
            else ""
        )
        for export in exports
    )
    connection.execute(f"create or replace table members as {selects}")
    connection.execute(
        """
        create or replace table wanted as
        select distinct members.label, standing.identifier
        from members
        inner join standing on members.person_id = standing.person_id
        left join erased on standing.identifier = erased.identifier
        where standing.no is null and erased.identifier is null
        """
    )


def judge(
    connection: duckdb.DuckDBPyConnection,
    exports: list,
    build_reason: str | None,
    overrides: set[str],
) -> list[dict]:
    """Count each segment, and refuse those that a guardrail stops.

    Makes the tables `kept` (identifier, of the base and without a no) and `pairs` (label,
    identifier: what goes out).
    Returns: per export its label, `members`, `eligible`, `left_out` by reason, `base`, `come`,
    `gone`, `exported`, and why it was `refused`, or would have been and is `overridden`.
    """
    connection.execute(
        """
        create or replace table base_pairs as
        select distinct identifier, unnest(labels) as label from base;

        create or replace table kept as
        with asked as (
            select identifier, bool_and(no is null) as is_allowed
            from standing where identifier is not null group by identifier
        )
        select
            base.identifier,
            asked.identifier is null as is_unknown
        from (select distinct identifier from base_pairs) as base
        left join asked on base.identifier = asked.identifier
        left join erased on base.identifier = erased.identifier
        where asked.is_allowed is not false and erased.identifier is null
        """
    )
    left_out = rows(
        connection,
        """
        with judged as (
            select
                members.label,
                case
                    when standing.person_id is null and members.person_id like 'v:%'
                        then 'anonymous'
                    when standing.person_id is null then 'unknown'
                    when erased.identifier is not null then 'erased'
                    when standing.no is not null then standing.no
                    when row_number() over (
                        partition by members.label, standing.identifier, standing.no
                        order by members.person_id
                    ) > 1 then 'same_address'
                end as reason
            from members
            left join standing on members.person_id = standing.person_id
            left join erased on standing.identifier = erased.identifier
        )
        select label, reason, count(*) as people from judged group by all order by all
        """,
    )
    moves = {
        found["label"]: found
        for found in rows(
            connection,
            """
            with matched as (
                select
                    coalesce(wanted.label, base_pairs.label) as label,
                    wanted.identifier is not null as is_wanted,
                    base_pairs.identifier is not null as is_base,
                    kept.identifier is not null as is_kept
                from wanted
                full join base_pairs
                    on wanted.label = base_pairs.label
                    and wanted.identifier = base_pairs.identifier
                left join kept on base_pairs.identifier = kept.identifier
            )
            select
                label,
                count(*) filter (where is_base) as base,
                count(*) filter (where is_wanted and not is_base) as come,
                -- a no is not held against a segment
                count(*) filter (where is_base and is_kept and not is_wanted) as moved_on
            from matched group by label
            """,
        )
    }
    report = []
    for export in exports:
        label = export["label"]
        reasons = {
            found["reason"]: found["people"] for found in left_out if found["label"] == label
        }
        members = sum(reasons.values())
        move = moves.get(label, {"base": 0, "come": 0, "moved_on": 0})

        def exceeds(count: int, share: int | None, base: int = move["base"]) -> bool:
            return bool(base) and share is not None and 100 * count > share * base

        least, most = export["min_members"], export["max_members"]
        if build_reason:
            reason = build_reason
        elif least is not None and members < least:
            reason = f"fewer members than {least}"
        elif most is not None and members > most:
            reason = f"more members than {most}"
        elif exceeds(move["come"], export["max_come_percent"]):
            reason = f"more than {export['max_come_percent']}% would come"
        elif exceeds(move["moved_on"], export["max_gone_percent"]):
            reason = f"more than {export['max_gone_percent']}% would go"
        else:
            reason = None
        is_overridden = reason is not None and export["segment"] in overrides
        report.append(
            {
                "segment": export["segment"],
                "segment_value": export["segment_value"],
                "label": label,
                "members": members,
                "eligible": reasons.pop(None, 0),
                "left_out": reasons,
                "refused": None if is_overridden else reason,
                "overridden": reason if is_overridden else None,
            }
        )
    refused = [entry["label"] for entry in report if entry["refused"]]
    connection.execute(
        """
        create or replace table pairs as
        select label, identifier from wanted where label not in (select unnest($refused))
        union
        select base_pairs.label, base_pairs.identifier
        from base_pairs
        inner join kept on base_pairs.identifier = kept.identifier
        inner join base on base_pairs.identifier = base.identifier
            and list_contains(base.labels, base_pairs.label)
        where
            base_pairs.label in (select unnest($refused))
            -- of whom the build knows nothing any more, the row stays whole or goes
            and (not kept.is_unknown or list_has_all($refused::varchar[], base.labels))
        """,
        {"refused": refused},
    )
    counts = {
        found["label"]: found
        for found in rows(
            connection,
            "select coalesce(pairs.label, base_pairs.label) as label,"
            " count(pairs.identifier) as exported, count(base_pairs.identifier) as base,"
            " count(pairs.identifier) filter (where base_pairs.identifier is null) as come,"
            " count(base_pairs.identifier) filter (where pairs.identifier is null) as gone"
            " from pairs full join base_pairs on pairs.label = base_pairs.label"
            " and pairs.identifier = base_pairs.identifier group by 1",
        )
    }
    for entry in report:
        found = counts.get(entry["label"], {})
        for count in ("base", "come", "gone", "exported"):
            entry[count] = found.get(count, 0)
    return report


def make_rows(
    connection: duckdb.DuckDBPyConnection,
    destination: dict,
    columns: list,
    base_lines: list[str],
) -> None:
    """Make the rows of the files.

    Arguments: base_lines (paths of the files of the base in full).
    Makes the tables `full` (list, identifier, labels, line, row_hash, keys, `change`: new,
    different or none) and `removed` (list, identifier, line).
    """
    is_list = destination["kind"] == "list"
    connection.execute("create or replace table base_lines (line varchar, row_hash varchar)")
    [(unknown,)] = connection.execute(
        "select count(*) from kept semi join pairs using (identifier) where is_unknown"
    ).fetchall()
    if unknown and base_lines:
        connection.execute(
            "insert into base_lines select distinct line, md5(line) from read_csv(?,"
            " header = false, auto_detect = false, delim = chr(1), quote = '', escape = '',"
            " nullstr = '', max_line_size = 10000000, columns = {'line': 'varchar'})",
            [base_lines],
        )
    grouped = (
        "select label as list, identifier, [label] as labels from pairs"
        if is_list
        else "select '' as list, identifier, list(label order by label) as labels"
        " from pairs group by identifier"
    )
    connection.execute(
        f"""
        create or replace table full_rows as
        with grouped as ({grouped}),
        owners as (
            select
                identifier,
                owner,
                bool_and(may_call) as may_call
            from standing where no is null group by identifier, owner
        ),
        known_keys as (
            select standing.identifier, list_distinct(flatten(list(contacts.keys))) as keys
            from standing inner join contacts on standing.person_id = contacts.person_id
            where standing.no is null
            group by standing.identifier
        )
        select
            list,
            identifier,
            labels,
            {line(destination, columns)} as line,
            keys
        from (
            select
                grouped.list,
                grouped.identifier,
                grouped.labels,
                list_sort(known_keys.keys) as keys,
                {values(destination, columns)}
            from grouped
            inner join owners using (identifier)
            inner join contacts on owners.owner = contacts.person_id
            inner join known_keys using (identifier)
        )
        union all
        select base.list, base.identifier, base.labels, base_lines.line, base.keys
        from grouped
        inner join kept on grouped.identifier = kept.identifier and kept.is_unknown
        inner join base on grouped.identifier = base.identifier and grouped.list = base.list
        inner join base_lines on base.row_hash = base_lines.row_hash;

        create or replace table full_set as
        select
            full_rows.*,
            md5(full_rows.line) as row_hash,
            case
                when base.row_hash is null then 'new'
                when base.row_hash <> md5(full_rows.line) then 'different'
            end as change
        from full_rows
        left join base
            on full_rows.list = base.list and full_rows.identifier = base.identifier;

        create or replace table removed as
        select
            base.list,
            base.identifier,
            {line(destination, columns)} as line
        from (
            select
                list,
                identifier,
                row_hash,
                {values(destination, columns, kept_when_removed(columns))}
            from (select * replace (cast([] as varchar[]) as labels) from base)
        ) as base
        anti join full_set as now
            on base.list = now.list and base.identifier = now.identifier
        anti join erased on base.identifier = erased.identifier
        where base.row_hash is not null
        """
    )
    [(pairs, made)] = connection.execute(
        "select (select count(*) from "
        + ("pairs" if is_list else "(select distinct identifier from pairs)")
        + "), (select count(*) from full_set)"
    ).fetchall()
    if pairs != made:
        raise RuntimeError(
            f"{pairs} rows should go to {destination['destination']}, and {made} were made:"
            " a file of its last delivered set was changed."
        )


def kept_when_removed(columns: list) -> set[str]:
    """Headers of what a row that empties somebody still says."""
    return {
        column["header"]
        for column in columns
        if column["field"] == "segments" or column["field"].startswith("fixed:")
    }


# -- writing ---------------------------------------------------------------------------------------


def escaped_bytes(row: str) -> int:
    """Bytes of a row whose sender writes every letter beyond ASCII as \\uXXXX."""
    if row.isascii():
        return len(row)
    plain = len(row.encode("ascii", "ignore"))
    return plain + 6 * (len(row.encode("utf-16-le")) // 2 - plain)


def stream(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple]:
    """The rows of a query, some at a time."""
    found = connection.execute(query)
    while some := found.fetchmany(10_000):
        yield from some


class Files:
    """The files of one set, each cut where the destination's limits are reached."""

    def __init__(self, folder: Path) -> None:
        """Arguments: folder, which is not there yet."""
        self.folder = private_folder(folder)
        self.written: list[dict] = []
        self.file = None

    def begin(self, name: str, first: str | None) -> None:
        """Begin a file, with its header."""
        self.end()
        private_folder((self.folder / name).parent)
        self.file = private_file(self.folder / name)
        self.hash = hashlib.sha256()
        self.entry = {"name": name, "rows": 0, "bytes": 0}
        self.put(first)

    def put(self, row: str | None) -> None:
        """Write a line."""
        if row is not None:
            data = row.encode() + b"\n"
            self.file.write(data)
            self.hash.update(data)
            self.entry["bytes"] += len(data)

    def end(self) -> None:
        """Put the file on the disk."""
        if self.file:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            self.written.append(self.entry | {"sha256": self.hash.hexdigest()})
            self.file = None

    def write(self, name: str, first: str | None, lines: Iterator[tuple]) -> None:
        """Write one file."""
        self.begin(name, first)
        for (row,) in lines:
            self.put(row)
            self.entry["rows"] += 1
        self.end()

    def write_parts(
        self, part: str, destination: dict, first: str | None, found: Iterator[tuple]
    ) -> None:
        """Write rows of (list, line), sorted by list, as files of at most the limits' size."""
        extension = destination["format"]
        most_rows = destination["max_file_rows"] or sys.maxsize
        most_bytes = destination["max_file_bytes"] or sys.maxsize
        row_limit = destination["max_row_bytes"] or sys.maxsize
        is_escaped = destination["bytes_counted"] == "escaped"
        now, number, size = None, 0, 0
        for name, row in found:
            row_size = 1 + (escaped_bytes(row) if is_escaped else len(row.encode()))
            if row_size > row_limit:
                raise RuntimeError(
                    f"A row for {destination['destination']} has {row_size} bytes, more than"
                    f" {row_limit}: set max_bytes in seeds/export_columns.csv."
                )
            is_full = self.file and (
                self.entry["rows"] == most_rows or size + row_size > most_bytes
            )
            if name != now or is_full:
                number = number + 1 if name == now else 1
                now = name
                self.begin(f"{part}/{name or 'profiles'}-{number:04}.{extension}", first)
                size = len(first or "") + 1
            self.put(row)
            self.entry["rows"] += 1
            size += row_size
        self.end()


def write_set(
    connection: duckdb.DuckDBPyConnection,
    destination: dict,
    columns: list,
    facts: dict,
    folder: Path,
) -> None:
    """Write the files of a set into a folder, its manifest last.

    Arguments: facts (what the manifest says beside its counts and files).
    """
    files = Files(folder)
    first = header(columns) if destination["format"] == "csv" else None
    changed = "added" if destination["kind"] == "list" else "changed"
    for part, query in (
        ("full", "select list, line from full_set order by list, identifier"),
        (
            changed,
            "select list, line from full_set where change is not null order by list, identifier",
        ),
        ("removed", "select list, line from removed order by list, identifier"),
    ):
        files.write_parts(part, destination, first, stream(connection, query))
    [column] = [column for column in columns if column["header"] == destination["identifier"]]
    files.write(
        ERASE,
        column["header"].rpartition(".")[2],
        stream(connection, "select csv_field(identifier) from erased order by identifier"),
    )
    # what the next set needs to know, and nobody else
    files.write(
        KNOWN,
        "list,identifier,labels,row_hash,keys",
        stream(
            connection,
            """
            with known as (
                select list, identifier, labels, row_hash, keys from full_set
                union all
                -- whom the destination had once may still ask to be erased
                select '', identifier, cast([] as varchar[]), null, list_sort(
                    list_distinct(flatten(list(keys))))
                from base
                anti join full_set as now on base.identifier = now.identifier
                anti join erased on base.identifier = erased.identifier
                group by identifier
            )
            select
                csv_field(list) || ',' || csv_field(identifier)
                || ',' || csv_field(cast(to_json(labels) as varchar))
                || ',' || coalesce(row_hash, '')
                || ',' || csv_field(cast(to_json(keys) as varchar))
            from known order by list, identifier
            """,
        ),
    )
    manifest = facts | {"files": sorted(files.written, key=lambda entry: entry["name"])}
    with private_file(folder / MANIFEST) as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False, default=str).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    for inside in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        flush(inside)


def count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The counts of a set: base - removed - erased_rows + new = full."""
    [counts] = rows(
        connection,
        """
        select
            (select count(*) from base where row_hash is not null) as base,
            (select count(*) from removed) as removed,
            (select count(*) from base semi join erased using (identifier)
             where row_hash is not null) as erased_rows,
            count(*) filter (where change = 'new') as new,
            count(*) filter (where change = 'different') as different,
            count(*) as full,
            (select count(*) from erased) as erase
        from full_set
        """,
    )
    return counts


def describe(name: str, report: list[dict], erased: int) -> list[str]:
    """Lines that say what a set of a destination holds, and why not more."""
    lines = [f"{name}"]
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
    if erased:
        lines.append(f"  to erase: {erased}")
    return lines


def export(
    place: Place,
    staging: Path,
    writes: bool,
    build: Path,
    published: Path,
    today: date,
    max_age_days: int,
    only: set[str],
    overrides: set[str],
) -> int:
    """Plan the next set of each destination, and write it.

    Arguments: staging (an empty folder to write in), writes (or only says what it would), only
    (destinations; empty: all), overrides (segments that no guardrail stops).
    Returns: the exit code.
    """
    written, is_refused = [], False
    with contextlib.closing(open_sources(staging, build, published)) as connection:
        seeds = read_seeds(connection)
        if unknown := only - set(seeds):
            raise WrongUseError(f"Nothing is exported to {', '.join(sorted(unknown))}.")
        segments = {item["segment"] for *_, exports in seeds.values() for item in exports}
        if unknown := overrides - segments:
            raise WrongUseError(f"No exported segment is called {', '.join(sorted(unknown))}.")
        connection.execute(CONTACTS)
        as_of_on, run_id, problem = build_problem(connection, today, max_age_days)
        for name, (destination, columns, exports) in seeds.items():
            if only and name not in only:
                continue
            base = read_base(connection, place, destination, staging)
            find_members(connection, destination, columns, exports)
            report = judge(connection, exports, problem, overrides)
            is_refused = is_refused or any(entry["refused"] for entry in report)
            [(erased,)] = connection.execute("select count(*) from erased").fetchall()
            print("\n".join(describe(name, report, erased)))
            if not writes:
                continue
            lines = [
                str(place.local(f"{name}/{base}/full/{file}", staging))
                for file in (place.folders(f"{name}/{base}/full") if base else [])
            ]
            make_rows(connection, destination, columns, lines)
            counts = count_rows(connection)
            if not any(counts[part] for part in ("new", "different", "removed", "erase")):
                print("  nothing to do")
                written.append((name, None))
                continue
            facts = {
                "destination": name,
                "kind": destination["kind"],
                "base": base,
                "as_of_on": as_of_on,
                "run_id": run_id,
                "rows": counts,
                "segments": report,
            }
            number = next_number(place, name)
            write_set(connection, destination, columns, facts, staging / "sets" / name)
            written.append((name, number))
    for name, number in written:
        if number is None:
            # what was written and not delivered is out of date
            drop_undelivered(place, name)
        else:
            place.write(f"{name}/{LAST}", number.encode())
            place.publish(staging / "sets" / name, f"{name}/{number}")
            tidy(place, name)
            print(f"written: {name}/{number}")
    return REFUSED if is_refused else DONE


def next_number(place: Place, destination: str) -> str:
    """The name of the next set.

    None is given twice: whoever has loaded a set that was replaced since can't mistake another for
    it.
    """
    name = f"{destination}/{LAST}"
    last = int(place.read(name) or 0) if place.exists(name) else 0
    return f"{max([last, *map(int, sets(place, destination))]) + 1:06}"


def drop_undelivered(place: Place, destination: str) -> None:
    """Remove the sets that were not delivered."""
    for name in set(sets(place, destination)) - set(delivered_sets(place, destination)):
        place.remove(f"{destination}/{name}/{MANIFEST}")
    tidy(place, destination)


@contextlib.contextmanager
def staging_folder(place: Place) -> Iterator[Path]:
    """A folder beside the sets that nobody else can look into, for one run at a time.

    What a killed run left there is removed first. Raises: WrongUseError while another run writes.
    """
    root = private_folder((PROJECT / "exports" if place.remote else place.root) / ".writing")
    with private_file(root.parent / ".lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongUseError(
                "Another export is being written: wait until it is done."
            ) from error
        shutil.rmtree(root)
        try:
            yield private_folder(root)
        finally:
            shutil.rmtree(root, ignore_errors=True)


def main(arguments: list[str], today: date | None = None) -> int:
    """Run the command.

    Arguments: arguments (of the command line), today (none: by the clock).
    Returns: the exit code: 0 done, or nothing to do; 1 failed, nothing written; 2 wrong use; 3 a
    guardrail has refused a segment.
    """
    parser = argparse.ArgumentParser(prog="export.py", description=__doc__)
    parser.add_argument("--location", help="where the sets are (else EXPORT_LOCATION, or the var)")
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
    asked = parser.parse_args(arguments)
    command = asked.command or "plan"
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    today = today or datetime.now(ZoneInfo(settings["reporting_time_zone"])).date()
    try:
        place = Place(
            asked.location or os.environ.get("EXPORT_LOCATION") or settings["export_location"]
        )
        with contextlib.ExitStack() as stack:
            if command == "plan":
                staging = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            else:
                staging = stack.enter_context(staging_folder(place))
            if command == "delivered":
                deliver(place, staging, asked.destination, asked.set)
                purge(place, asked.destination, settings["export_keep_sets"])
                print(f"{asked.destination} has {asked.set}")
                return DONE
            if command == "purge":
                for name in asked.to or place.folders():
                    if not name.startswith("."):
                        count = purge(place, name, settings["export_keep_sets"])
                        print(f"{name}: {count} sets have lost their rows")
                return DONE
            return export(
                place,
                staging,
                command == "write",
                PROJECT / os.environ.get("BUILD_FILE", "warehouse/build.duckdb"),
                PROJECT / os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb"),
                today,
                settings["export_max_age_days"],
                set(getattr(asked, "to", [])),
                set(getattr(asked, "override", [])),
            )
    except WrongUseError as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    except (duckdb.Error, OSError, RuntimeError) as error:
        print(f"Nothing was exported. {reason_of(error)}", file=sys.stderr)
        return FAILED


# errors about files and SQL
SAYS_NO_VALUE = (
    duckdb.IOException,
    duckdb.CatalogException,
    duckdb.BinderException,
    duckdb.ParserException,
)


def reason_of(error: Exception) -> str:
    """Why something failed, without a value of a row: an engine's error may quote one."""
    if isinstance(error, SAYS_NO_VALUE):
        return str(error).splitlines()[0]
    if isinstance(error, duckdb.Error):
        return f"DuckDB raised {type(error).__name__}."
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__} ({error.filename})."
    return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
