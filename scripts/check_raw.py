"""Say what a folder of raw files holds, how a build would read it, and what to set first.

It stages the raw tables as a build does, in a project of its own that has nothing else, in a
temporary folder: nothing is built, nothing that was built is touched.
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
# what to do about rows that are set aside, by their reason
ADVICE = {
    "missing_key": "give each row its key, the table's first column",
    "missing_required": "fill the required columns; see models/staging for each table's",
    "unparseable_timestamp": "write times as 2024-12-31 23:59:59",
    "unparseable_number": "write numbers with a point and without anything else: 1234.50",
    "future_timestamp": f"check the years, or set loaded_until in {SETTINGS}",
    "negative_amount": "hand returns over as refunds; no discount exceeds what it is taken from",
    "unknown_status": "add order statuses to valid_order_statuses or other_order_statuses in"
    f" {SETTINGS}, spellings of consent to seeds/consent_spellings.csv",
    "unknown_currency": f"hand over exchange_rates, or set reporting_currency in {SETTINGS}",
    "orphan_reference": "hand over the orders that these lines and refunds belong to; a credit"
    " note is a refund of an order",
    "no_owner": "name a customer_id or an email",
    "amount_too_large": "check the unit of the amounts",
    "duplicate": "nothing, if the same row was exported twice: the newest stays",
}

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
    for name in ("macros", "seeds", "scripts", "models/staging"):
        shutil.copytree(PROJECT / name, folder / name)
    for file in ("profiles.yml", SETTINGS, "models/_shared__docs.md"):
        shutil.copyfile(PROJECT / file, folder / file)


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
            "select table_name, list(column_name order by column_index) from duckdb_columns()"
            " where schema_name = 'raw' group by 1 order by 1"
        )
        bases = dict(
            rows(
                "select split_part(table_name, '__', 2), table_name from duckdb_tables()"
                " where schema_name = 'staging' and table_name like 'base_%'"
            )
        )
        tables, lacking, set_aside, texts = [], [], defaultdict(list), []
        for name, columns in contracts:
            base = bases[name]
            own = next((c for c in columns if c in OWN_TIMES), "null")
            [(count, aside, first, last, *filled)] = rows(
                f"select count(*), count(rejection_reason),"
                f" min({own}) filter (where rejection_reason is null)::date,"
                f" max({own}) filter (where rejection_reason is null)::date,"
                f" {', '.join(f'count({column})' for column in columns)} from staging.{base}"
            )
            if not count:
                lacking.append(name)
                continue
            times = f"{first} to {last}" if first else ""
            tables.append(f"  {name:<20}{count:>12,}{aside:>12,}   {times}")
            empty = [c for c, n in zip(columns, filled, strict=True) if not n]
            if empty:
                texts.append(f"{name} has nothing in {', '.join(empty)}.")
            for reason, number in rows(
                f"select rejection_reason, count(*) from staging.{base}"
                " where rejection_reason is not null group by 1 order by 2 desc, 1"
            ):
                set_aside[reason].append(f"{number:,} of {name}")
        words = {
            what: rows(
                f"select coalesce({column}, '(none)'), count(*), count(rejection_reason)"
                f" from staging.{base} group by 1 order by 2 desc, 1 limit 30"
            )
            for what, column, base in WORDS
        }
        reporting = settings["reporting_currency"]
    lines = [f"  {'Raw table':<20}{'rows':>12}{'set aside':>12}", *tables]
    lines += wrapped("Not there", ", ".join(lacking) or "nothing")
    for what, found in words.items():
        if found:
            # another column under this name may hold what must not be shown
            shown = [
                "(a longer text, or one with digits or an @)"
                if len(word) > 30 or re.search("[0-9@]", word)
                else word
                for word, _, _ in found
            ]
            lines += wrapped(
                what,
                ", ".join(
                    f"{word} {count:,}" + (" (all set aside)" if count == aside else "")
                    for word, (_, count, aside) in zip(shown, found, strict=True)
                ),
            )
    lines += wrapped("Amounts are converted to", reporting)
    lines += [line for text in texts for line in wrapped("Note", text)]
    if set_aside:
        lines += ["", "  A build would set aside:"]
    for reason, where in set_aside.items():
        lines += wrapped(f"  {reason}", f"{', '.join(where)}: {ADVICE.get(reason, '')}")
    return lines


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
