"""Say what a folder of raw files holds, how a build would read it, and what to set first.

It stages the raw tables as a build does, in a project of its own that has nothing else, in a
temporary folder: nothing is built, nothing that was built is touched. Large tables are read whole
once, as before a build, but typed and judged in part. What dbt parses is kept for the next check:
settings and raw files are no part of it.
"""

import contextlib
import gc
import hashlib
import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import duckdb
import raw_files
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

# what dbt makes of a project stays until the end, so there is nothing to collect
gc.disable()

PROJECT = Path(__file__).resolve().parents[1]
SETTINGS = "dbt_project.yml"
# what dbt has parsed for the last check, after the mark of what it was parsed from
PARSED = PROJECT / "target/check_parsed"
# what the staging models of all raw tables need
COPIED = [
    *(("macros/dialect", "*.sql"), ("macros/raw", "*.sql"), ("macros/run", "*.sql")),
    *(("models/staging/*", "base_*.sql"), ("models/staging/shop", "stg_shop__exchange_rates.sql")),
    *(("seeds", "consent_spellings.csv"), (".", "profiles.yml")),
    *(("scripts", "duckdb_plugin.py"), ("scripts", "raw_files.py")),
]
# macros of servers, and of tables that are kept from run to run
LEFT_OUT = ("publish_postgres.sql", "publish_spark.sql", "batches.sql")
# a table of more rows is judged by a part of them
LARGEST = 100_000
# lines that dbt puts around a sentence
NOISE = r"\s*($|> |\w+ Error in |-+$)"
# what the report counts word by word
WORDS = [
    ("Currencies", "currency", "base_shop__orders"),
    ("Order statuses", "status", "base_shop__orders"),
    ("Consents", "status", "base_crm__consents"),
    ("Message events", "event_type", "base_crm__message_events"),
    ("Events", "event_name", "base_web__events"),
]
OWN_TIMES = (
    *("created_at", "ordered_at", "refunded_at", "reviewed_at", "recorded_at", "rate_on"),
    *("occurred_at", "changed_at", "opened_at", "requested_at"),
)


def staging_project(folder: Path) -> bytes:
    """Write a project that has the staging models of this one and what they need, and its settings.

    Arguments: folder (empty).
    Returns: a mark (32 bytes) of all that dbt parses of it.
    """
    project = yaml.safe_load((PROJECT / SETTINGS).read_text(encoding="utf-8"))
    sources = project["vars"].get("sources") or []
    for place, names in [*COPIED, *((f"models/staging/{system}", "*.sql") for system in sources)]:
        for file in PROJECT.glob(f"{place}/{names}"):
            if file.name not in LEFT_OUT:
                copy = folder / file.relative_to(PROJECT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
    adapters = [PROJECT / f"models/staging/{name}/_{name}__models.yml" for name in sources]
    for file in [*PROJECT.glob("models/staging/*/*__sources.yml"), *adapters]:
        properties = undescribed(yaml.safe_load(file.read_text(encoding="utf-8")))
        (folder / "models" / file.name).write_text(yaml.dump(properties), encoding="utf-8")
    shutil.copyfile(PROJECT / "scripts/check_sample.sql", folder / "macros/check_sample.sql")
    project["models"] = {"shop_segments": {"+schema": "staging"}}
    project["on-run-start"].append(f"{{{{ sample_raw({LARGEST}) }}}}")
    project["on-run-end"] = []
    versions = [version(name) for name in ("dbt-core", "dbt-duckdb")]
    mark = hashlib.sha256(repr((versions, sources, project | {"vars": None})).encode())
    for file in sorted(folder.rglob("*.*")):
        mark.update(f"{file.relative_to(folder)}\n".encode() + file.read_bytes())
    (folder / SETTINGS).write_text(yaml.dump(project), encoding="utf-8")
    return mark.digest()


def undescribed(properties: object) -> object:
    """Leave the descriptions out of properties, as they need all the docs."""
    if isinstance(properties, list):
        return [undescribed(each) for each in properties]
    if isinstance(properties, dict):
        return {k: undescribed(each) for k, each in properties.items() if k != "description"}
    return properties


def parsed_before(mark: bytes, folder: Path) -> Manifest | None:
    """What an earlier check has parsed, if of the same project.

    Arguments: mark (of the project), folder (that the project is in now).
    """
    kept = PARSED.read_bytes() if PARSED.exists() else b""
    if not kept.startswith(mark):
        return None
    manifest = Manifest.from_msgpack(kept[len(mark) :], decoder=extended_mashumuro_decoder)
    for node in manifest.nodes.values():
        if node.resource_type == "seed":
            node.root_path = str(folder)
    manifest.build_flat_graph()
    return manifest


def keep_parsed(mark: bytes, folder: Path) -> None:
    """Keep what dbt has parsed for the next check, in one step.

    Arguments: mark (of the project), folder (that the project is in).
    """
    parsed, new = folder / "target/partial_parse.msgpack", PARSED.with_name(f"{folder.name}.new")
    with contextlib.suppress(OSError):
        PARSED.parent.mkdir(exist_ok=True)
        new.write_bytes(mark + parsed.read_bytes())
        new.replace(PARSED)


def stage(location: str, folder: Path, mark: bytes) -> tuple[list[str], list[str]]:
    """Stage the raw tables of a location in the file check.duckdb.

    Arguments: location (as var raw_location), folder (of the project that stages them), mark (of
    that project).
    Returns: the sentences that stop a build, and its warnings.
    """
    warnings: list[str] = []

    def listen(event: object) -> None:
        if event.info.level == "warn" and not event.info.code.startswith(("D", "I")):
            warnings.append(event.info.msg)

    os.environ |= {
        "BUILD_FILE": str(folder / "check.duckdb"),
        "PUBLISHED_FILE": str(folder / "published.duckdb"),
        "DUCKDB_TEMP_DIRECTORY": str(folder / "spill"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    if "://" not in location:
        location = str(Path(location).expanduser().resolve())
    quietly = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"]
    places = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    what = ["--exclude-resource-type", "test", "--vars", yaml.dump({"raw_location": location})]
    parsed = parsed_before(mark, folder)
    outcome = dbtRunner(parsed, [listen]).invoke([*quietly, "build", *places, *what])
    DuckDBConnectionManager.close_all_connections()
    if not parsed:
        keep_parsed(mark, folder)
    if outcome.success:
        return [], warnings
    if outcome.exception:
        reasons = [str(outcome.exception)]
    else:
        failed = [result for result in outcome.result.results if result.status == "error"]
        reasons = [result.message for result in failed]
    # dbt says around it where the sentence comes from
    kept = [line for line in "\n".join(reasons).splitlines() if not re.match(NOISE, line)]
    return [re.sub("^(Raw data|Settings): ", "", line.strip()) for line in kept], warnings


def report(build: Path, settings: dict) -> list[str]:
    """Describe staged raw tables.

    Arguments: build (the file they are staged in), settings (vars in force).
    Returns: lines: a line per table, currencies, status words, what would be set aside and why.
    """
    with duckdb.connect(str(build), read_only=True) as connection:

        def rows(query: str) -> list[tuple]:
            return connection.execute(query).fetchall()

        contracts = rows(
            "select samples.*, list(column_name order by column_index) from samples"
            " join duckdb_columns() using (table_name) where schema_name = 'raw'"
            " group by all order by all"
        )
        bases = dict(
            rows(
                "select split_part(table_name, '__', 2), table_name from duckdb_tables()"
                " where schema_name = 'staging' and table_name like 'base_%'"
            )
        )
        tables, lacking, set_aside, texts, parts = [], [], defaultdict(list), [], {}
        for name, row_count, part, columns in contracts:
            base = bases[name]
            parts[base] = part
            own = next((c for c in columns if c in OWN_TIMES), "null")
            [(aside, first, last, *filled)] = rows(
                f"select count(rejection_reason),"
                f" min({own}) filter (where rejection_reason is null)::date,"
                f" max({own}) filter (where rejection_reason is null)::date,"
                f" {', '.join(f'count({column})' for column in columns)} from staging.{base}"
            )
            # of what systems supply there is no raw table of the name
            row_count = row_count or rows(f"select count(*) from staging.{base}")[0][0]
            if not row_count:
                lacking.append(name)
                continue
            times = f"{first} to {last}" if first else ""
            tables.append(f"  {name:<20}{row_count:>12,}{of_all(aside, part):>18}   {times}")
            empty = [c for c, n in zip(columns, filled, strict=True) if not n]
            if empty:
                texts.append(f"{name} has nothing in {', '.join(empty)}.")
            for reason, number in rows(
                f"select rejection_reason, count(*) from staging.{base}"
                " where rejection_reason is not null group by 1 order by 2 desc, 1"
            ):
                set_aside[reason].append(f"{of_all(number, part)} of {name}")
        words = {
            what: rows(
                f"select coalesce({column}, '(none)'), count(*), count(rejection_reason),"
                f" {parts[base]} from staging.{base} group by 1 order by 2 desc, 1 limit 30"
            )
            for what, column, base in WORDS
        }
        advice = {reason: texts for reason, *texts in rows("from advice")}
        reporting = settings["reporting_currency"]
    lines = [f"  {'Raw table':<20}{'rows':>12}{'set aside':>18}", *tables]
    lines += wrapped("Not there", ", ".join(lacking) or "nothing")
    for what, found in words.items():
        if found:
            # another column under this name may hold what must not be shown
            shown = [
                "(a longer text, or one with digits or an @)"
                if len(word) > 30 or re.search("[0-9@]", word)
                else word
                for word, *_ in found
            ]
            lines += wrapped(
                what,
                ", ".join(
                    f"{word} {of_all(count, part)}" + (" (all set aside)" if count == aside else "")
                    for word, (_, count, aside, part) in zip(shown, found, strict=True)
                ),
            )
    if max(parts.values()) > 1:
        about = f"estimated, from a part of each table of more than {LARGEST:,} rows"
        lines += wrapped("About", f"{about}; what is rare there may be missing")
    lines += wrapped("Amounts are converted to", reporting)
    lines += [line for text in texts for line in wrapped("Note", text)]
    if set_aside:
        lines += ["", "  A build would set aside, because they"]
    for reason, where in set_aside.items():
        met, mends = advice[reason]
        lines += wrapped(f"  {met}", f"{', '.join(where)} ({mends})")
    return lines


def of_all(count: int, part: int) -> str:
    """Say how many rows of a table there are, where this many were found in every part-th row."""
    return f"{count:,}" if part == 1 else f"about {count * part:,}"


def wrapped(what: str, text: str) -> list[str]:
    """Lines of at most 100 characters that say something of something."""
    return textwrap.wrap(f"{what}: {text}", 100, initial_indent="  ", subsequent_indent="      ")


def check(location: str) -> str:
    """Describe a raw location, and say what a build would stop at.

    Arguments: location (as var raw_location).
    Returns: text of some lines.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        mark = staging_project(folder)
        problems, warnings = stage(location, folder, mark)
        build = folder / "check.duckdb"
        settings = yaml.safe_load((folder / SETTINGS).read_text(encoding="utf-8"))["vars"]
        lines = [f"{location}, as a build would read it (nothing was built)", ""]
        if not problems:
            lines += report(build, settings)
        for what, sentences in (("Stops a build", problems), ("Warning", warnings)):
            for sentence in sentences:
                lines += ["", *wrapped(what, sentence)]
        for system in raw_files.systems():
            looks_like = f" {system['title']} export: "
            if system["name"] in settings["sources"] or looks_like in " ".join(problems):
                what = f"What {system['title']} can't say"
                lines += ["", *wrapped(what, system["cannot_say"])]
        nothing = "Nothing stops a build: set raw_location to this folder and run make build."
        return "\n".join([*lines, "", f"  {nothing}"] if not problems else lines)


if __name__ == "__main__":
    print(check(sys.argv[1] if len(sys.argv) > 1 else "sample_shop"))
