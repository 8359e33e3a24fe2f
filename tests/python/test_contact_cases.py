"""Who may be written to, and how to reach them, is what `tests/activation/cases.yml` says."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from contact_cases import CHANNELS, contact_cases, raw_row
from harness import ROOT, Compiled
from oracle.oracle import Result, run
from oracle.settings import Settings
from test_oracle import QUERIES, differences

SHOPS = contact_cases()
CASES = [(name, case["person_id"]) for name, (_, cases) in SHOPS.items() for case in cases]
TABLES = ("contact_permissions", "contact_points")
EDGE_SHOP = "edge_shop"

Builds = dict[str, tuple[duckdb.DuckDBPyConnection, Result]]


@pytest.fixture(scope="module")
def builds(
    compiled: Callable[..., Compiled], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Builds]:
    """The build of each shop, and of the edge shop, and what the oracle makes of it."""
    shops: dict[str, tuple[Any, dict[str, Any]]] = {
        name: (shop.write(tmp_path_factory.mktemp("shop")), shop.settings)
        for name, (shop, _) in SHOPS.items()
    }
    shops[EDGE_SHOP] = (ROOT / "tests" / EDGE_SHOP / "raw", EDGE_SHOP_SETTINGS)
    found: Builds = {}
    with ExitStack() as stack:
        for name, (raw, settings) in shops.items():
            build = compiled(**settings).run(raw, optimise=False, rooms=TABLES)
            stack.callback(build.close)
            found[name] = (build, run(raw, Settings.of(settings)))
        yield found


@pytest.fixture(scope="module")
def built(builds: Builds) -> dict[str, dict[str, list[dict]]]:
    """The rows of both tables by shop and table."""
    return {name: {table: rows_of(builds[name][0], table) for table in TABLES} for name in SHOPS}


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict]:
    """The rows of a table of the room, every value as text."""
    found = connection.execute(f"select columns(*)::varchar from activation.{table}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def expected_permission(name: str, case: dict, channel: str) -> dict:
    """What one row of contact_permissions must be, but for the day on which retention is due."""
    reason, _, consent_id = case.get(channel, "no_consent").partition(" by ")
    proof = {"changed_at": None, "source": None}
    if consent_id:
        proof = raw_row(SHOPS[name][0], consent_id, case.get("who"))
        proof["changed_at"] = proof["changed_at"].replace("T", " ").removesuffix("Z") or None
    return {
        "person_id": case["person_id"],
        "channel": channel,
        "is_allowed": str(reason == "allowed").lower(),
        "reason": reason,
        # whoever may be written to without a word has bought something
        "basis": ("consent" if consent_id else "soft_opt_in") if reason == "allowed" else None,
        "consent_id": consent_id or None,
        **proof,
    }


@pytest.mark.parametrize(("name", "person_id"), CASES)
def test_a_contact_is_written_to_as_its_case_says(
    built: dict[str, dict[str, list[dict]]], name: str, person_id: str
) -> None:
    [case] = [case for case in SHOPS[name][1] if case["person_id"] == person_id]
    rows = {
        table: [row for row in built[name][table] if row["person_id"] == person_id]
        for table in TABLES
    }
    if "nobody" in case:
        assert rows == {table: [] for table in TABLES}
        return
    found = {row["channel"]: row for row in rows["contact_permissions"]}
    dates = {row.pop("retention_due_on") for row in found.values()}
    unclear = [
        row for row in found.values() if row["reason"] == "unclear" and not row["consent_id"]
    ]
    for row in unclear:
        row["changed_at"] = None
    assert found == {channel: expected_permission(name, case, channel) for channel in CHANNELS}
    assert len(rows["contact_permissions"]) == len(CHANNELS)
    assert dates == {case["until"]} if "until" in case else len(dates) == 1
    [point] = rows["contact_points"]
    expected = {column: None if v == "none" else v for column, v in case.get("points", {}).items()}
    assert {column: point[column] for column in expected} == expected


@pytest.mark.parametrize("name", [*SHOPS, EDGE_SHOP])
def test_both_tables_are_as_the_oracle_reads_the_rules(builds: Builds, name: str) -> None:
    """All rows and columns, of everybody."""
    connection, expected = builds[name]
    assert len(expected.permissions) == len(CHANNELS) * len(expected.points) > 0
    for table in ("permissions", "points"):
        rows = connection.execute(QUERIES[table]).fetchall()
        assert not differences(getattr(expected, table), rows, table)


def test_nothing_of_an_erased_person_is_kept(built: dict[str, dict[str, list[dict]]]) -> None:
    shop, cases = SHOPS["leap_day"]
    erased = {case["person_id"] for case in cases if case.get("nobody") == "erased"}
    emails = {
        row["email"].lower()
        for rows in shop.tables.values()
        for row in rows
        if row.get("email") and f"c:{row.get('customer_id')}" in erased
    }
    assert len(erased) > 1
    assert emails
    kept = {value for row in built["leap_day"]["contact_points"] for value in row.values()}
    assert kept & (emails | {person.removeprefix("c:") for person in erased}) == set()
