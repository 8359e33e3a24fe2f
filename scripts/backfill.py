"""Fill the membership log with days before its first, as if the shop had been built on each.

Each day is a daily build with today's data and settings, beside the build file; what is published
is replaced in one step once all are there. Only on DuckDB.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[1]
LOG = "membership.segment_membership_log"
# of segments with values, those that the log held from the beginning
MERGE = f"""
    create temp table earlier as
    from past.{LOG}
    where
        segment_value = ''
        or segment in (select segment from {LOG} where as_of_date = ? and segment_value <> '');

    create temp table first_day as
    select
        ? as as_of_date, person_id, segment, segment_value,
        if(sum(is_in) = 1, 'entered', 'exited') as change
    from (
        select
            person_id, segment, segment_value,
            if(change = 'entered', 1, -1) as was_in, 0 as is_in
        from earlier
        where person_id is not null
        union all
        select person_id, segment, segment_value, 0, 1
        from {LOG}
        where as_of_date = ? and person_id is not null
    )
    group by all
    having sum(was_in) <> sum(is_in);

    delete from {LOG} where as_of_date = ? and person_id is not null;
    insert into {LOG} from first_day;
    insert into {LOG} from earlier;
    update publication set row_count = (select count(*) from {LOG})
    where table_schema || '.' || table_name = '{LOG}';
"""


class WrongUseError(Exception):
    """A sentence that says why nothing is done, and what to do."""


def log_of(published: Path) -> tuple[str, date]:
    """What the published log is of, and its first day.

    Raises: WrongUseError where there is none.
    """
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            query = (
                f"select (select min(raw_location) from publication), min(as_of_date) from {LOG}"
            )
            shop, first = connection.execute(query).fetchone()
    except duckdb.Error:
        first = None
    if not first:
        raise WrongUseError(f"{published} holds no membership log that could be read: build first.")
    return shop, first


def days_to_build(published: Path, past: Path, first: str, last: str) -> list[date]:
    """The days that are still missing from the past.

    Arguments: published and past (files), first and last (days as text).
    Raises: WrongUseError where these are no days before the first of the log.
    """
    days = []
    for name, text in {"FROM": first, "TO": last}.items():
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            raise WrongUseError(f"{name} is {text!r}: set it to a day as 2025-01-31.") from None
    begins_on = log_of(published)[1]
    if days[0] > days[1]:
        raise WrongUseError("FROM is after TO.")
    if days[1] >= begins_on:
        raise WrongUseError(
            f"The log begins on {begins_on} and is not built again: set TO to an earlier day."
        )
    if past.exists():
        with duckdb.connect(str(past), read_only=True) as connection:
            [(built,)] = connection.execute("select max(as_of_on) from publication").fetchall()
        days[0] = built + timedelta(days=1)
    return [days[0] + timedelta(days=n) for n in range((days[1] - days[0]).days + 1)]


def build_day(folder: Path, day: date, settings: dict) -> None:
    """Build the shop as of a day in a folder of its own.

    Raises: WrongUseError with the end of what dbt said where it fails.
    """
    environment = os.environ | {
        "BUILD_FILE": str(folder / "build.duckdb"),
        "PUBLISHED_FILE": str(folder / "shop.duckdb"),
        "DUCKDB_TEMP_DIRECTORY": str(folder / "spill"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_USE_COLORS": "false",
    }
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--selector", "daily"]
    command += ["--vars", json.dumps({"accept_shrink": True} | settings | {"as_of": str(day)})]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        output = done.stdout + done.stderr
        raise WrongUseError(f"{output[-3000:]}\nThe build of {day} failed, as said above.")


def merge(published: Path, past: Path) -> int:
    """Put the past into the published log; on its first day, only changes stay.

    Arguments: published and past (files).
    Returns: how many rows the log has now.
    """
    first = log_of(published)[1]
    new = Path(f"{published}.backfill.new")
    try:
        shutil.copyfile(published, new)
        with duckdb.connect(str(new)) as connection:
            connection.execute(f"attach '{past}' as past (read_only)")
            connection.execute("begin")
            for statement in filter(str.strip, MERGE.split(";\n")):
                connection.execute(statement, [first] * statement.count("?"))
            connection.execute("commit")
            [(rows,)] = connection.execute(f"select count(*) from {LOG}").fetchall()
        new.replace(published)
    finally:
        new.unlink(missing_ok=True)
    return rows


def backfill(
    published: Path, first: str, last: str, settings: dict, build: Callable = build_day
) -> None:
    """Build the days, then fill the log.

    Arguments: published (file), first and last (days as text), settings (vars), build (builds one).
    Raises: WrongUseError where nothing is published.
    """
    settings = settings | {"raw_location": log_of(published)[0]}
    folder = published.with_name(f"backfill_from_{first}")
    past = folder / "shop.duckdb"
    days = days_to_build(published, past, first, last)
    began = time.monotonic()
    for number, day in enumerate(days, 1):
        build(folder, day, settings)
        seconds = (time.monotonic() - began) / number
        print(
            f"{day}: built ({number} of {len(days)}, about"
            f" {seconds * (len(days) - number) / 60:.0f} minutes to go)",
            flush=True,
        )
    rows = merge(published, past)
    shutil.rmtree(folder)
    print(f"The membership log begins on {first} now and has {rows:,} rows.")


def main() -> int:
    """Read the command line. Returns: exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", help="first day, as 2025-01-01")
    parser.add_argument("last", help="last day, before the first of the log")
    parser.add_argument("--vars", default="{}", help="settings as for dbt")
    options = parser.parse_args()
    published = PROJECT / os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb")
    try:
        backfill(published, options.first, options.last, yaml.safe_load(options.vars))
    except WrongUseError as problem:
        print(f"{problem} What is published is unchanged.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
