"""Customers and orders alone build cleanly; what needs more is empty, and the summary says so."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from family_shops import LEAP_DAY, folder_of_the_day, settings_of_the_day
from harness import ROOT, Compiled
from quick_dbt import quick_dbt
from summary import PREDICTION_WARNINGS, summary

CUSTOMERS = """customer_id,email,created_at
1,ada@example.com,2025-01-03T09:00:00Z
2,ben@example.com,2025-02-10
"""
ORDERS = """order_id,customer_id,email,ordered_at,status,currency,subtotal_amount
A1,1,,2025-01-03T09:05:00Z,paid,EUR,49.90
A2,1,,2025-03-01T18:30:00Z,delivered,EUR,25.00
A3,,cleo@example.com,2025-03-02T08:00:00Z,paid,EUR,80.00
"""
SETTINGS = {"loaded_until": "2025-03-03 00:00:00"}
SAMPLE = ROOT / "sample_shop"
REQUIRED = {"customers", "orders"}
MEMBERS = "select segment, count(*) from membership.segment_memberships group by segment"
NEEDS = "select segment, needs from membership.segment_definitions"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a real build of the two tables, whose output is kept as `output.txt`."""
    folder = tmp_path_factory.mktemp("first_build")
    raw = folder / "raw"
    raw.mkdir()
    (raw / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (raw / "orders.csv").write_text(ORDERS, encoding="utf-8")
    run = quick_dbt(whole=True).run(
        "build",
        folder=folder,
        variables=SETTINGS | {"raw_location": str(raw)},
        PERSON_SALT="a long random text",
    )
    (folder / "output.txt").write_text(run.output, encoding="utf-8")
    return folder


@pytest.fixture
def published(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What was published."""
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        yield connection


def needs_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """What each segment says that it needs."""
    needs = dict(connection.execute(NEEDS).fetchall())
    return {segment: [need for need in text.split("; ") if need] for segment, text in needs.items()}


def needy(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The segments with a need that neither customers nor orders meet."""
    return {
        segment
        for segment, needs in needs_of(connection).items()
        if any(REQUIRED.isdisjoint(need.split(" or ")) for need in needs)
    }


def test_two_tables_build_without_a_warning(folder: Path) -> None:
    output = (folder / "output.txt").read_text(encoding="utf-8")
    assert re.search(r"PASS=\d+ WARN=0 ERROR=0 SKIP=0", output), output


def test_who_is_known_from_two_tables_is_in_the_segments(
    published: duckdb.DuckDBPyConnection,
) -> None:
    members = dict(published.execute(MEMBERS).fetchall())
    wanted = ("all_customers", "repeat_customers", "prospects", "first_time_buyers")
    assert [members[segment] for segment in wanted] == [3, 1, 1, 1]


def test_what_needs_another_table_is_there_and_empty(published: duckdb.DuckDBPyConnection) -> None:
    members = dict(published.execute(MEMBERS).fetchall())
    sizes = published.execute(
        "select segment, members from insights.segment_sizes where segment_value = ''"
    ).fetchall()
    assert dict(sizes) == {segment: members.get(segment, 0) for segment in needs_of(published)}
    assert {"browsers", "category_buyers", "unsubscribed_contacts"} <= needy(published)
    for segment in needy(published):
        assert published.execute(f"select count(*) from segments.{segment}").fetchall() == [(0,)]


def test_the_summary_names_the_missing_tables_and_what_is_empty_for_it(
    folder: Path, published: duckdb.DuckDBPyConnection
) -> None:
    text = re.sub(r"\s+", " ", summary(folder / "shop.duckdb"))
    [tables] = re.findall(r"Raw tables that are missing or have no usable row: (.*?)\.", text)
    [segments] = re.findall(r"Segments that are empty without them: (.*?)\.", text)
    expected = {path.name.split(".")[0] for path in SAMPLE.iterdir()} - REQUIRED
    assert tables.split(", ") == sorted(expected)
    assert segments.split(", ") == sorted(needy(published))
    assert "for want of orders" not in text


def told(folder: Path, copy: Path, status: str, warnings: str) -> str:
    """What the summary says of a build whose models have this status and these warnings."""
    shutil.copyfile(folder / "shop.duckdb", copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update core.model_fits set status = ?, warnings = ? where predicts = 'orders'",
            [status, warnings],
        )
    return re.sub(r"\s+", " ", summary(copy))


def test_the_summary_says_what_the_check_of_the_predictions_found(
    folder: Path, tmp_path: Path
) -> None:
    room = ROOT / "models" / "intermediate" / "predictions"
    check = (room / "int_prediction_check.sql").read_text(encoding="utf-8")
    codes = re.findall(r"then '(\w+) '", check)
    assert set(PREDICTION_WARNINGS) == set(codes)
    text = told(folder, tmp_path / "all.duckdb", "fitted", ", ".join(codes))
    places = [text.index(f"{PREDICTION_WARNINGS[code]}.") for code in codes]
    assert places == sorted(places)
    assert "Of the predictions:" not in told(folder, tmp_path / "none.duckdb", "fitted", "")
    text = told(folder, tmp_path / "empty.duckdb", "ranks_no_better", "year_not_proven")
    assert "segments are empty: the predictions of 90 days ago ranked" in text
    assert "Of the predictions:" not in text


# a whole shop for each table that may be missing
@pytest.mark.full
def test_segments_need_what_they_say_and_nothing_else(
    published: duckdb.DuckDBPyConnection, compiled: Callable[..., Compiled], tmp_path: Path
) -> None:
    """Nobody is in a segment one of whose needs is not met; any table of a need meets it."""
    # every segment has members in it
    full = folder_of_the_day()
    predicts = compiled(**settings_of_the_day(LEAP_DAY))
    project = predicts.given(full / "predictions.csv")

    def without(missing: frozenset[str]) -> set[str]:
        """The segments that have members where some raw tables are missing."""
        raw = tmp_path / ("without_" + "_".join(sorted(missing)))
        raw.mkdir()
        for path in (full / "raw").iterdir():
            if path.stem not in missing:
                (raw / path.name).symlink_to(path)
        # without orders nobody has the predictions that are given
        statements = predicts if "orders" in missing else project
        with statements.run(raw, optimise=False) as shop:
            return {segment for segment, _ in shop.execute(MEMBERS).fetchall()}

    def tables_of(need: str) -> frozenset[str]:
        """The raw tables, any one of which meets a need."""
        return frozenset(need.split(" or "))

    needs = needs_of(published)
    # a shop may be without orders that count too
    optional = {path.name.split(".")[0] for path in SAMPLE.iterdir()} - {"customers"}
    declared = {tables_of(need) for texts in needs.values() for need in texts}
    assert frozenset().union(*declared) <= optional
    filled = without(frozenset())
    assert filled == set(needs)
    all_but_one = {need - {table} for need in declared for table in need if len(need) > 1}
    one = {frozenset({table}) for table in optional}
    for missing in {frozenset(optional)} | one | declared | all_but_one:
        starved = {
            segment
            for segment in filled
            if any(tables_of(need) <= missing for need in needs[segment])
        }
        assert filled - without(missing) == starved, sorted(missing)
