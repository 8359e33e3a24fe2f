"""Each system's tiny export becomes the rows of the raw contract that SOURCES says by hand.

An export under tests/edge_exports/<system>/raw has a row for each quirk; expected/<table>.csv has
the rows that staging makes of it, all of them, in some columns.
"""

import csv
import json
import os
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import load_raw
import pytest
import yaml
from engines import new_database, postgres_connection
from harness import ROOT, copy_project
from quick_dbt import QuickDbt, parsed_once
from test_parity import run_in_process
from toy import replace

EXPORTS = ROOT / "tests" / "edge_exports"
SYSTEMS = sorted(path.name for path in EXPORTS.iterdir())
# the others' are read in the long tests: each system has a project of its own
QUICK = ("ga4", "shopify_csv")
STAGING = (
    "build",
    "--indirect-selection",
    "cautious",
    "--select",
    "path:models/staging",
    "resource_type:seed",
)
DATABASE = "all_exports"
ONLY_TABLES = ("--exclude-resource-type", "test", "unit_test")
LAWS = ("path:tests/laws/every_raw_row_is_staged_or_rejected.sql", "path:tests/sources")
CONTRACT_SOURCES = ("shop", "web", "crm")


def adapted(*systems: str, engine: str = "duckdb", whole: bool = True) -> QuickDbt:
    """The project with var sources set, which dbt reads while it parses.

    Arguments: systems, engine (a target), whole (else only staging is left of it).
    """

    def change(project: Path) -> None:
        set_sources(project, *systems)
        # a table's name begins with its database's
        replace(project / "profiles.yml", {"env_var('PGDATABASE', 'shop')": f"'{DATABASE}'"})
        if not whole:
            leave_staging(project)

    return QuickDbt(change, whole=True, engine=engine)


def leave_staging(project: Path) -> None:
    """Take from a copy of the project what is not staging: that is quicker to parse."""
    gone = {*(project / "models").rglob("*.sql"), *(project / "models").rglob("*.yml")}
    gone -= {*(project / "models" / "staging").rglob("*")}
    gone |= {*project.rglob("*unit_tests.yml"), project / "models/staging/rejected_records.sql"}
    for path in gone:
        path.unlink()
    for folder in (project / "analyses", *(project / "tests").iterdir()):
        if folder.name != "generic":
            shutil.rmtree(folder)


def set_sources(project: Path, *systems: str) -> None:
    """Set var sources in a copy of the project, even to several that have orders."""
    sources = f"  sources: [{', '.join(systems)}]\n"
    replace(project / "dbt_project.yml", {"  sources: []\n": sources})
    check = project / "macros" / "run" / "check_settings.sql"
    replace(check, {"if sellers | length > 1": "if sellers | length > 9"})


def settings_of(system: str) -> dict:
    """The vars that a system's edge export needs."""
    settings = yaml.safe_load((EXPORTS / system / "settings.yml").read_text(encoding="utf-8"))
    raw = {"raw_location": str(EXPORTS / system / "raw")}
    return {key: value for key, value in (settings | raw).items() if key != "sources"}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The build file with the staged edge export of a system, its laws tested."""
    built: dict[str, Path] = {}

    def get(system: str) -> Path:
        if system not in built:
            dbt = adapted(system)
            folder = tmp_path_factory.mktemp(system)
            only = ("--exclude", "resource_type:unit_test")
            settings = {"folder": folder, "variables": settings_of(system)}
            try:
                dbt.run(*STAGING, *LAWS, *only, **settings)
            finally:
                dbt.close()
            built[system] = folder / "build.duckdb"
        return built[system]

    return get


def as_text(value: object) -> str:
    """A value as the expected files have it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(
    ("system", "table"),
    [
        pytest.param(
            *(path.parts[-3], path.stem),
            marks=[] if path.parts[-3] in QUICK else [pytest.mark.full],
        )
        for path in sorted(EXPORTS.glob("*/expected/*.csv"))
    ],
)
def test_an_export_becomes_the_contracts_rows(
    staged: Callable[[str], Path], system: str, table: str
) -> None:
    with (EXPORTS / system / "expected" / f"{table}.csv").open(encoding="utf-8") as file:
        header, *expected = list(csv.reader(file))
    with duckdb.connect(str(staged(system)), read_only=True) as connection:
        [(base,)] = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'staging'"
            " and table_name in (?, ?, ?)",
            [f"base_{source}__{table}" for source in CONTRACT_SOURCES],
        ).fetchall()
        rows = connection.execute(f"select {', '.join(header)} from staging.{base}").fetchall()
    assert sorted([as_text(value) for value in row] for row in rows) == sorted(expected)


def test_each_system_is_proved_by_an_edge_export() -> None:
    adapters = {path.parent.name for path in ROOT.glob("models/staging/*/_*__sources.yml")}
    assert adapters - set(CONTRACT_SOURCES) <= set(SYSTEMS)


@pytest.mark.skipif(not os.environ.get("SHARED_DATA"), reason="SHARED_DATA is not set")
def test_a_real_day_of_ga4_has_as_many_pages_as_were_viewed(tmp_path: Path) -> None:
    raw, built = tmp_path / "raw", tmp_path / "built"
    raw.mkdir()
    shutil.copy(Path(os.environ["SHARED_DATA"], "ga4", "events_20210101.parquet"), raw)
    (raw / "customers.csv").write_text("customer_id,email\n", encoding="utf-8")
    header = "order_id,customer_id,ordered_at,status,currency,subtotal_amount\n"
    (raw / "orders.csv").write_text(header, encoding="utf-8")
    dbt = adapted("ga4")
    models = ("run", "--select", "+base_web__events")
    try:
        dbt.run(*models, folder=built, variables={"raw_location": str(raw)})
    finally:
        dbt.close()
    with duckdb.connect(str(built / "build.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "select event_name, count(*), count(product_id) from staging.base_web__events"
            " group by 1"
        ).fetchall()
    # every view_item but one came with its page_view; 127 additions name the item that was added
    found = {name: (events, products) for name, events, products in counts}
    assert found["page_view"][0] == 7906 + 1
    assert found["add_to_cart"] == (295, 127)
    assert found["purchase"][0] == 14


DAY = 86_400_000_000


def write_day(raw: Path, day: int, shards: int = 1, without: str = "") -> None:
    """Write the edge export's first day of GA4 as another day of March 2025.

    Arguments: raw (folder), day, shards (files that have every so manieth event), without (the
    name of events that are left out).
    """
    lines = (EXPORTS / "ga4" / "raw" / "events_20250303.json").read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        event["event_date"] = f"202503{day:02}"
        event["event_timestamp"] = str(int(event["event_timestamp"]) + (day - 3) * DAY)
    events = [event for event in events if event["event_name"] != without]
    for shard in range(shards):
        name = f"events_202503{day:02}" + f"_{shard:012}" * (shards > 1)
        text = "".join(json.dumps(event) + "\n" for event in events[shard::shards])
        (raw / f"{name}.json").write_text(text, encoding="utf-8")


def overwrite(path: Path, content: bytes) -> None:
    """Write a file that looks as if nobody had."""
    state = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def kept_events(folder: Path) -> list[tuple]:
    """All that is kept of the events, but not when a row was loaded."""
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select * exclude load_number from staging.base_web__events order by all"
        ).fetchall()
        logged = connection.execute("select sum(raw_rows) from staging.loaded_files").fetchone()
    assert logged == (len(rows),)
    return rows


def test_of_what_systems_supply_only_new_days_are_opened(tmp_path: Path) -> None:
    """Old files are made unreadable, which only their content shows; then some change."""
    raw, kept = tmp_path / "raw", tmp_path / "kept"
    shutil.copytree(EXPORTS / "shopify_csv" / "raw", raw)
    (raw / "events.csv").write_text(
        "event_id,event_name,occurred_at,visitor_id\n1,login,2025-03-01T10:00:00Z,v\n", "utf-8"
    )
    write_day(raw, 3)
    write_day(raw, 5, shards=2)
    settings = settings_of("shopify_csv") | {"raw_location": str(raw), "batch_megabytes": 0.003}
    dbt = adapted("shopify_csv", "ga4", whole=False)

    def run(folder: Path) -> list[tuple]:
        dbt.run("run", "--select", "base_web__events", folder=folder, variables=settings)
        return kept_events(folder)

    try:
        first = run(kept)
        per_day = {day: sum(f"202503{day:02}" in str(row) for row in first) for day in (3, 5)}
        # two shards of a day are one day
        assert per_day[3] == per_day[5] > 0
        files = [*raw.glob("events*"), *raw.glob("checkouts*")]
        was = {path: path.read_bytes() for path in files}
        for path, content in was.items():
            overwrite(path, b"\xff" * len(content))
        write_day(raw, 6)
        second = run(kept)
        assert len(second) == len(first) + per_day[3]
        for path, content in was.items():
            overwrite(path, content)
        # a shard of a day, and the carts, are handed over anew, and a day is gone
        write_day(raw, 5, shards=2, without="page_view")
        (raw / "events_20250305_000000000001.json").unlink()
        (raw / "events_20250303.json").unlink()
        shutil.copy(raw / "checkouts_export_1.csv", raw / "checkouts_export_2.csv")
        third = run(kept)
        assert third != second
        assert third == run(tmp_path / "anew")
    finally:
        dbt.close()


@pytest.fixture(scope="module")
def all_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edge exports of all systems, each in its folder."""
    folder = tmp_path_factory.mktemp("all_exports")
    for system in SYSTEMS:
        raw = EXPORTS / system / "raw"
        own = raw / system if (raw / system).exists() else raw
        # GA4's lie beside an empty shop
        shop = shutil.ignore_patterns("customers.csv", "orders.csv")
        shutil.copytree(own, folder / system, ignore=shop if system == "ga4" else None)
    return folder


def all_settings(folder: Path) -> dict:
    """The vars that the edge exports need, all at once."""
    settings = {}
    for system in SYSTEMS:
        settings |= settings_of(system)
    nobody = {"bi_reader_role": "", "esp_exporter_role": ""}
    return settings | nobody | {"raw_location": str(folder)}


def load_all(folder: Path, engine: str, connection: Any) -> None:
    """Load the edge exports of all systems onto a server, with the vars that they need."""
    settings = load_raw.settings() | all_settings(folder) | {"sources": SYSTEMS}
    with mock.patch.object(load_raw, "settings", lambda: settings):
        load_raw.load(folder, engine, connection=connection, say=lambda _: None)


def staged_rows(query: Callable[[str], list[tuple]], schema: str) -> dict[str, list]:
    """What is staged of all systems: of each table its rows, in the columns that are expected."""
    columns: dict[str, dict[str, None]] = {}
    for path in sorted(EXPORTS.glob("*/expected/*.csv")):
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        columns.setdefault(path.stem, {}).update(dict.fromkeys(header))
    sources = {path.stem[5:]: path for path in (ROOT / "models" / "staging").glob("*/base_*.sql")}
    found = {}
    for name in sources:
        if name.split("__")[1] in columns:
            chosen = ", ".join(columns[name.split("__")[1]])
            rows = query(f"select {chosen} from {schema}.base_{name}")
            found[name] = sorted([as_text(value) for value in row] for row in rows)
    assert len(found) == len(columns)
    return found


@pytest.fixture(scope="module")
def staged_on_duckdb(
    all_exports: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list]:
    """What DuckDB stages of all systems."""
    folder, dbt = tmp_path_factory.mktemp("duckdb"), adapted(*SYSTEMS, whole=False)
    try:
        dbt.run(*STAGING, *ONLY_TABLES, folder=folder, variables=all_settings(all_exports))
    finally:
        dbt.close()
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        return staged_rows(lambda sql: connection.execute(sql).fetchall(), "staging")


@pytest.mark.full
def test_postgres_stages_what_is_loaded_of_all_systems_as_duckdb_does(
    all_exports: Path,
    staged_on_duckdb: dict[str, list],
    postgres_server: dict[str, str],
    tmp_path: Path,
) -> None:
    database = new_database(postgres_server, DATABASE)
    connection = postgres_connection(database)
    load_all(all_exports, "postgres", connection)
    dbt = adapted(*SYSTEMS, engine="postgres", whole=False)
    try:
        settings = all_settings(all_exports)
        dbt.run(*STAGING, *ONLY_TABLES, folder=tmp_path, variables=settings, **database)
    finally:
        dbt.close()

    def query(sql: str) -> list[tuple]:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    assert staged_rows(query, "build_staging") == staged_on_duckdb
    connection.close()


@pytest.mark.full
def test_spark_stages_what_is_loaded_of_all_systems_as_duckdb_does(
    all_exports: Path, staged_on_duckdb: dict[str, list], spark_session: Any, tmp_path: Path
) -> None:
    from dbt.cli.main import dbtRunner

    load_all(all_exports, "spark", spark_session)
    copy_project(tmp_path / "project")
    set_sources(tmp_path / "project", *SYSTEMS)
    leave_staging(tmp_path / "project")
    with parsed_once(tmp_path / "project", tmp_path / "target", "spark"):
        assert run_in_process(dbtRunner(), tmp_path, "parse").success
    settings = ("--vars", json.dumps(all_settings(all_exports)))
    done = run_in_process(dbtRunner(), tmp_path, *STAGING, *ONLY_TABLES, "--quiet", *settings)
    assert done.success, [str(result.message) for result in done.result or []]

    def query(sql: str) -> list[tuple]:
        return [tuple(row) for row in spark_session.sql(sql).collect()]

    assert staged_rows(query, "build_staging") == staged_on_duckdb
