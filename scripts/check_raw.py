"""Say what a folder of raw files holds, how a build would read it, and what to set first.

It stages the raw tables as a build does, in a project of its own that has nothing else, in a
temporary folder: nothing is built, nothing that was built is touched. Large tables are read whole
once, as before a build, but typed and judged in part.
"""

import os
import re
import shutil
import sys
import tempfile
import textwrap
from collections import defaultdict
from pathlib import Path

import duckdb
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[1]
SETTINGS = "dbt_project.yml"
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


def staging_project(folder: Path) -> None:
    """Write a project that has the staging models of this one, and its settings.

    Arguments: folder (empty).
    """
    for name in ("macros/dialect", "macros/raw", "macros/run", "seeds", "scripts"):
        shutil.copytree(PROJECT / name, folder / name)
    for place in (PROJECT / "models/staging").glob("*/"):
        (folder / "models" / place.name).mkdir(parents=True)
        # orders are rated by what is staged of the rates
        for pattern in (
            "base_*.sql",
            "stg_shop__exchange_rates.sql",
            "*__sources.yml",
            "*__docs.md",
        ):
            for file in place.glob(pattern):
                shutil.copyfile(file, folder / "models" / place.name / file.name)
    for file in ("profiles.yml", "models/_shared__docs.md"):
        shutil.copyfile(PROJECT / file, folder / file)
    shutil.move(folder / "scripts/check_sample.sql", folder / "macros/check_sample.sql")
    project = yaml.safe_load((PROJECT / SETTINGS).read_text(encoding="utf-8"))
    project["models"] = {"shop_segments": {"+schema": "staging"}}
    project["on-run-start"].append(f"{{{{ sample_raw({LARGEST}) }}}}")
    project["on-run-end"] = []
    (folder / SETTINGS).write_text(yaml.dump(project), encoding="utf-8")


def stage(location: str, folder: Path) -> tuple[list[str], list[str]]:
    """Stage the raw tables of a location in the file check.duckdb.

    Arguments: location (as var raw_location), folder (of the project that stages them).
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
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    if "://" not in location:
        location = str(Path(location).expanduser().resolve())
    quietly = ["--quiet", "--log-level", "none", "--log-level-file", "none"]
    places = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    what = ["--exclude-resource-type", "test", "--vars", yaml.dump({"raw_location": location})]
    outcome = dbtRunner(callbacks=[listen]).invoke([*quietly, "build", *places, *what])
    DuckDBConnectionManager.close_all_connections()
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
        staging_project(folder)
        problems, warnings = stage(location, folder)
        build = folder / "check.duckdb"
        settings = yaml.safe_load((folder / SETTINGS).read_text(encoding="utf-8"))["vars"]
        lines = [f"{location}, as a build would read it (nothing was built)", ""]
        if not problems:
            lines += report(build, settings)
        for what, sentences in (("Stops a build", problems), ("Warning", warnings)):
            for sentence in sentences:
                lines += ["", *wrapped(what, sentence)]
        nothing = "Nothing stops a build: set raw_location to this folder and run make build."
        return "\n".join([*lines, "", f"  {nothing}"] if not problems else lines)


if __name__ == "__main__":
    print(check(sys.argv[1] if len(sys.argv) > 1 else "sample_shop"))
