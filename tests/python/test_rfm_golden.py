"""RFM by fixed cut points, built from published orders, gives the published table.

The data are found through the environment variable SHARED_DATA; without it the tests are skipped.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from harness import Compiled
from oracle.oracle import run
from oracle.settings import Settings
from oracle.shops.files import write
from predictions import shared_data
from test_oracle import QUERIES

CUT_POINTS = {
    "recency": [115, 181, 297.4, 482],
    "frequency": [4, 5, 6, 8],
    "monetary": [255.8, 382, 506.4, 666],
}
SETTINGS = {
    "as_of": "2006-12-31",
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


@pytest.fixture(scope="module")
def project(compiled: Callable[..., Compiled]) -> Compiled:
    """The project with the published cut points."""
    return compiled(also=["test"], **SETTINGS)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published orders as raw tables."""
    path = shared_data("rfm_golden", "rfm_data_orders.csv")
    if path is None:
        pytest.skip("SHARED_DATA is not set")
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["order_date"])
    first_days = {row["customer_id"]: row["order_date"] for row in reversed(rows)}
    plain = {"status": "paid", "currency": "EUR"}
    folder = tmp_path_factory.mktemp("rfm_golden")
    write(
        {
            "customers": [
                {"customer_id": who, "created_at": day} for who, day in first_days.items()
            ],
            "orders": [
                {"order_id": str(number), "customer_id": row["customer_id"], **plain}
                | {"ordered_at": row["order_date"], "subtotal_amount": row["revenue"]}
                for number, row in enumerate(rows)
            ],
        },
        folder,
    )
    return folder


@pytest.fixture(scope="module")
def shop(raw: Path, project: Compiled) -> Iterator[duckdb.DuckDBPyConnection]:
    """The orders, built."""
    with project.run(raw) as connection:
        yield connection


def test_every_customer_is_scored_as_the_oracle_reads_the_cut_points(
    shop: duckdb.DuckDBPyConnection, raw: Path
) -> None:
    built = shop.execute(QUERIES["rfm_scores"]).fetchall()
    assert len(built) == 995
    assert sorted(built) == sorted(run(raw, Settings.of(SETTINGS)).rfm_scores)


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
