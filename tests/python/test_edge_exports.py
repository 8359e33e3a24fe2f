"""Each system's tiny export becomes the rows of the raw contract that SOURCES says by hand.

An export under tests/edge_exports/<system>/raw has a row for each quirk; expected/<table>.csv has
the rows that staging makes of it, all of them, in some columns.
"""

import csv
import os
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from harness import ROOT
from quick_dbt import QuickDbt
from toy import replace

EXPORTS = ROOT / "tests" / "edge_exports"
SYSTEMS = sorted(path.name for path in EXPORTS.iterdir())
STAGING = (
    "build",
    "--indirect-selection",
    "cautious",
    "--select",
    "path:models/staging",
    "resource_type:seed",
)
LAWS = ("path:tests/laws/every_raw_row_is_staged_or_rejected.sql", "path:tests/sources")
CONTRACT_SOURCES = ("shop", "web", "crm")


def adapted(*systems: str) -> QuickDbt:
    """The project with var sources set, which dbt reads while it parses."""
    sources = f"  sources: [{', '.join(systems)}]\n"
    return QuickDbt(
        lambda project: replace(project / "dbt_project.yml", {"  sources: []\n": sources}),
        whole=True,
    )


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
    [(path.parts[-3], path.stem) for path in sorted(EXPORTS.glob("*/expected/*.csv"))],
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
