"""RFM by fixed cut points, built from published orders, gives the published table.

The data are found through the environment variable SHARED_DATA; without it the tests are skipped.
"""

import csv
import os
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from harness import Compiled
from oracle.rfm import rfm_name

AS_OF = date(2006, 12, 31)
CUT_POINTS = {
    "recency": [115, 181, 297.4, 482],
    "frequency": [4, 5, 6, 8],
    "monetary": [255.8, 382, 506.4, 666],
}
SETTINGS = {
    "as_of": str(AS_OF),
    "loaded_until": "2007-01-02 00:00:00",
    "rfm_frequency": "orders",
    "rfm_cut_points": CUT_POINTS,
}

# The published map: the first of these ranges of R, F and M that fits, and how many it holds.
PUBLISHED = (
    ("Champions", (5, 5), (5, 5), (5, 5), 35),
    ("Potential Loyalist", (3, 5), (3, 5), (2, 5), 342),
    ("Loyal", (2, 4), (2, 4), (2, 4), 170),
    ("Promising", (3, 4), (1, 3), (3, 5), 9),
    ("New", (4, 5), (1, 3), (1, 5), 104),
    ("Can't Lose", (1, 2), (3, 4), (4, 5), 47),
    ("At Risk", (1, 2), (2, 5), (4, 5), 28),
    ("Need Attention", (1, 3), (3, 5), (3, 5), 10),
    ("About To Sleep", (2, 3), (1, 3), (1, 4), 102),
    ("Lost", (1, 1), (1, 5), (1, 5), 148),
)

Row = tuple[str, int, int, Decimal, int, int, int, str]


@pytest.fixture(scope="module")
def published_orders() -> list[dict[str, str]]:
    """The published orders, as they are."""
    if not os.environ.get("SHARED_DATA"):
        pytest.skip("SHARED_DATA is not set")
    path = Path(os.environ["SHARED_DATA"], "rfm_golden", "rfm_data_orders.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def project(compiled: Callable[..., Compiled]) -> Compiled:
    """The project with the published cut points."""
    return compiled(also=["test"], **SETTINGS)


@pytest.fixture(scope="module")
def shop(
    published_orders: list[dict[str, str]],
    project: Compiled,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The orders as raw tables, built."""
    raw = tmp_path_factory.mktemp("rfm_golden")
    first_days: dict[str, str] = {}
    for row in sorted(published_orders, key=lambda row: row["order_date"]):
        first_days.setdefault(row["customer_id"], row["order_date"])
    write_csv(raw / "customers.csv", ["customer_id", "created_at"], first_days.items())
    columns = ["order_id", "customer_id", "ordered_at", "status", "currency", "subtotal_amount"]
    orders = (
        (number, row["customer_id"], row["order_date"], "paid", "EUR", row["revenue"])
        for number, row in enumerate(published_orders, 1)
    )
    write_csv(raw / "orders.csv", columns, orders)
    with project.run(raw) as connection:
        yield connection


def write_csv(path: Path, columns: list[str], rows: object) -> None:
    """Write a raw table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def scored(published_orders: list[dict[str, str]]) -> list[Row]:
    """Score each customer: a value that is a cut point belongs to the values above it."""
    orders = defaultdict(list)
    for row in published_orders:
        orders[row["customer_id"]].append((row["order_date"], Decimal(row["revenue"])))
    rows = []
    for customer, bought in orders.items():
        recency = (AS_OF - date.fromisoformat(max(day for day, _ in bought))).days
        amount = sum(revenue for _, revenue in bought)
        cell = (
            5 - bisect_right(CUT_POINTS["recency"], recency),
            1 + bisect_right(CUT_POINTS["frequency"], len(bought)),
            1 + bisect_right([Decimal(str(cut)) for cut in CUT_POINTS["monetary"]], amount),
        )
        rows.append((f"c:{customer}", recency, len(bought), amount, *cell, rfm_name(*cell)))
    return sorted(rows)


def test_every_customer_is_scored_as_published(
    shop: duckdb.DuckDBPyConnection, published_orders: list[dict[str, str]]
) -> None:
    built = shop.execute(
        "select person_id, recency_days, frequency, monetary_amount, recency_score,"
        " frequency_score, monetary_score, rfm_segment from core.rfm_scores order by person_id"
    ).fetchall()
    assert len(built) == 995
    assert built == scored(published_orders)


def test_the_published_segments_have_the_published_sizes(shop: duckdb.DuckDBPyConnection) -> None:
    cells = shop.execute(
        "select recency_score, frequency_score, monetary_score from core.rfm_scores"
    ).fetchall()

    def first_match(cell: tuple[int, ...]) -> str:
        for name, *ranges, _ in PUBLISHED:
            if all(low <= n <= high for n, (low, high) in zip(cell, ranges, strict=True)):
                return name
        raise AssertionError(cell)

    assert Counter(map(first_match, cells)) == {name: size for name, *_, size in PUBLISHED}


def test_the_recount_agrees_by_cut_points_too(
    shop: duckdb.DuckDBPyConnection, project: Compiled
) -> None:
    assert project.failing_tests(shop) == {}
