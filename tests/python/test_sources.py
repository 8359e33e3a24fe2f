"""Who is lost with exports is told where to go, before anything is built."""

import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import check_raw
import duckdb
import pytest
import raw_files
import yaml
from harness import ROOT, ask
from quick_dbt import QuickDbt, quick_dbt

SHOPIFY = ROOT / "tests" / "edge_exports" / "shopify_csv" / "raw"
CUSTOMERS = "customer_id,email,created_at\n1,ann@example.com,2024-01-01\n"
HEADER = "order_id,customer_id,ordered_at,status,currency,subtotal_amount\n"
ROW = "1,1,2024-02-01,paid,EUR,10.00\n"
LOOKS = "looks like a Shopify export: set `sources: [shopify_csv]` in dbt_project.yml."


def contracts(*systems: str) -> list[dict]:
    """The contracts as the macro raw_contract gives them, where sources are these systems."""
    found = []
    for path in sorted(ROOT.glob("models/staging/*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                meta = table["config"]["meta"]
                if "files" in meta and source["name"] not in systems:
                    continue
                columns = [
                    {"name": column["name"], "type": "text", "or": None}
                    | column.get("config", {}).get("meta", {})
                    for column in table["columns"]
                ]
                is_sold = systems and table["name"] in ("orders", "customers")
                about = {
                    "name": table["name"],
                    "system": source["name"] if "files" in meta else None,
                    "suppliers": list(systems) if is_sold and "files" not in meta else [],
                }
                found.append(meta | about | {"columns": columns})
    return found


def found(folder: Path, *systems: str) -> raw_files.Findings:
    """What a build finds in a folder."""
    with duckdb.connect() as connection:
        return raw_files.find(connection, str(folder), contracts(*systems))


def write(folder: Path, **files: str) -> Path:
    """Write CSV files by name."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["orders_export_1", "orders_export (3)", "orders", "Sales March"])
def test_an_export_without_its_setting_stops_and_says_which(tmp_path: Path, name: str) -> None:
    text = (SHOPIFY / "orders_export_1.csv").read_text(encoding="utf-8")
    (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    assert found(tmp_path).problems == [f"{name}.csv {LOOKS}"]


def test_an_export_beside_tables_of_the_contract_is_only_a_warning(tmp_path: Path) -> None:
    write(tmp_path, customers=CUSTOMERS, orders=HEADER + ROW, orders_export="Name,Email\n")
    findings = found(tmp_path)
    assert findings.problems == []
    assert findings.warnings == [f"orders_export.csv {LOOKS}"]


def test_an_export_that_lacks_its_columns_stops(tmp_path: Path) -> None:
    write(tmp_path, orders_export="Name,Email,Currency\n#1,ann@example.com,EUR\n")
    (problem,) = found(tmp_path, "shopify_csv").problems
    assert "orders_export.csv lacks the columns financial_status, subtotal, created_at" in problem


def test_a_system_whose_export_is_missing_stops(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, "shopify_csv").problems
    assert problem.startswith("The export orders_export of shopify_csv is missing: put")


@pytest.mark.parametrize(
    ("orders", "sentence"),
    [
        ((HEADER + ROW).replace(",", ";"), "is separated by semicolons: save it as a CSV that is"),
        ((HEADER + ROW).replace(",", "\t"), "is separated by tabs: save it as a CSV that is"),
        (f'"{HEADER.strip()}"\n"{ROW.strip()}"\n', "is in quotes as a whole, as a spreadsheet"),
        (
            HEADER + ROW.replace("1,1", "5.37518E+12,1", 1),
            "has numbers that a spreadsheet has rounded, such as 5.37518E+12: export the file",
        ),
        (HEADER + ROW.replace("10.00", '"10,00"'), "has decimal commas: write its numbers with a"),
        (HEADER + ROW.replace("2024-02-01", "31/03/2024"), "has the day first, then the month:"),
        (HEADER + ROW.replace("2024-02-01", "03/31/2024"), "has the month first, then the day:"),
        (
            HEADER + ROW.replace("2024-02-01", "02/01/2024"),
            "dates of which nobody can tell the day",
        ),
    ],
)
def test_what_a_spreadsheet_has_done_is_said_in_one_sentence(
    tmp_path: Path, orders: str, sentence: str
) -> None:
    findings = found(write(tmp_path, customers=CUSTOMERS, orders=orders))
    (problem,) = findings.problems
    assert sentence in problem
    assert "orders.csv" in problem
    assert findings.warnings == []


def test_one_row_of_many_stops_nothing(tmp_path: Path) -> None:
    odd = '2,1,03/01/2024,paid,EUR,10.00\n3,1,2024-01-01,paid,EUR,"10,00"\n'
    assert found(write(tmp_path, customers=CUSTOMERS, orders=HEADER + ROW + odd)).problems == []


@pytest.mark.parametrize(("memory", "is_enough"), [("100MB", True), ("20MB", False)])
def test_a_packed_file_needs_little_memory_and_is_not_blamed_for_less(
    tmp_path: Path, memory: str, is_enough: bool
) -> None:
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROW).encode()))
    write(tmp_path, customers=CUSTOMERS)
    with duckdb.connect(config={"memory_limit": memory}) as connection:
        findings = raw_files.find(connection, str(tmp_path), contracts())
        [orders] = [table for table in findings.tables if table.name == "orders"]
        if is_enough:
            assert raw_files.read_through(connection, orders, "max(order_id)", findings) == ("1",)
    sentence = f"DuckDB has too little memory to read {path}: allow it more (DUCKDB_MEMORY_LIMIT)."
    assert findings.problems == ([] if is_enough else [sentence])


def test_a_later_export_has_the_greater_number() -> None:
    names = [
        *("orders_export.csv", "orders_export_1.csv", "orders_export_2.csv"),
        *("orders_export_10.csv", "orders_export (1).csv", "orders_export_1 (3).csv"),
    ]
    files = [raw_files.File(name) for name in reversed(names)]
    assert [file.path for file in sorted(files, key=raw_files.later)] == names


def test_files_of_a_systems_folder_are_its_own(tmp_path: Path) -> None:
    for name in ("klaviyo/events.jsonl", "klaviyo/metric.csv", "events.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text('{"id": "1"}\n' if "jsonl" in name else "id\n1\n")
    tables = {table.place for table in found(tmp_path, "klaviyo").tables if table.files}
    assert tables == {"events", "klaviyo.events", "klaviyo.metrics"}


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ("shopify_csv", 'sources is "shopify_csv"; set it to a list of shopify_csv, ga4'),
        (["shopify_cvs"], "set it to a list of shopify_csv, ga4"),
        (["ga4", "ga4"], "set it to a list of shopify_csv, ga4"),
        (
            ["shopify_csv", "ga4", "prestashop"],
            "sources names shopify_csv and prestashop, which both supply customers and orders:",
        ),
    ],
)
def test_sources_that_contradict_each_other_are_named(sources: object, sentence: str) -> None:
    dbt = quick_dbt()
    settings = yaml.safe_load((dbt.project / "dbt_project.yml").read_text("utf-8"))["vars"]
    problems = ask(
        dbt.manifest,
        "setting_problems",
        var=(settings | {"sources": sources}).get,
        invocation_args_dict={"vars": {"sources": sources}},
        adapter=SimpleNamespace(dispatch=lambda *_: list),
    )
    assert any(sentence in problem for problem in problems)


@pytest.mark.full
def test_an_adapter_can_be_deleted_and_nothing_else_notices() -> None:
    def change(project: Path) -> None:
        for system in ("klaviyo", "shopify_csv"):
            shutil.rmtree(project / "models" / "staging" / system)

    without = QuickDbt(change, whole=True)
    try:
        assert without.manifest["nodes"].keys() == quick_dbt(whole=True).manifest["nodes"].keys()
    finally:
        without.close()


@pytest.fixture
def own_environment() -> Iterator[None]:
    """Keep the places of the check from later tests."""
    with mock.patch.dict(os.environ):
        yield


@pytest.mark.usefixtures("own_environment")
def test_a_check_says_which_system_it_is_and_what_that_cannot_say() -> None:
    text = " ".join(check_raw.check(str(SHOPIFY)).split())
    assert f"Stops a build: orders_export_1 (1).csv {LOOKS}" in text
    assert "What Shopify can't say: no day of a refund without the transactions export" in text
