"""The shop generator: same options, same shop; the committed sample is what it makes."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from generate_shop import Options, Shop, dirt, generate
from harness import Compiled
from load_raw import raw_contract

SAMPLE = Path(__file__).parents[2] / "sample_shop"
OF_350_DAYS = {"contacts": 50, "years": 1, "end": date(2024, 8, 15)}
COLUMNS = {
    name: [column["name"] for column in table["columns"]] for name, table in raw_contract().items()
}


def content(path: Path) -> bytes:
    """Return a file's bytes, unzipped: gzip may pack the same bytes in another way elsewhere."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of a folder by its name."""
    return {path.name: content(path) for path in folder.iterdir()}


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a raw table that is one plain CSV file."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small shop without deliberate dirt."""
    folder = tmp_path_factory.mktemp("clean")
    generate(Options(out=folder, contacts=300, dirt_rate=0, gzip=()))
    return folder


def test_defaults_make_the_committed_sample_byte_for_byte(tmp_path: Path) -> None:
    generate(Options(out=tmp_path, threads=1))  # the sample was made on two
    made, committed = contents(tmp_path), contents(SAMPLE)
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


def test_committed_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 5_000_000


def test_shuffled_shop_holds_the_same_rows_in_another_order(tmp_path: Path) -> None:
    generate(Options(out=tmp_path, shuffle_seed=1))
    for path in SAMPLE.iterdir():
        shuffled, straight = content(tmp_path / path.name), content(path)
        assert shuffled != straight, path.name
        assert Counter(shuffled.splitlines()) == Counter(straight.splitlines()), path.name


def test_another_seed_draws_other_numbers(tmp_path: Path) -> None:
    draws = {
        Shop(Options(tmp_path, contacts=1, seed=seed), tmp_path)
        .db.execute("select u('a draw', 1)")
        .fetchall()[0]
        for seed in (7, 8)
    }
    assert len(draws) == 2


def test_every_table_has_the_columns_of_the_contract(clean: Path) -> None:
    headers = {
        table: (clean / f"{table}.csv").read_text("utf-8").split("\n")[0].split(",")
        for table in COLUMNS
    }
    assert headers == COLUMNS


def test_dirt_of_every_reason_is_in_some_table() -> None:
    reasons = {name for rules in dirt().values() for name, _ in rules}
    assert reasons == {
        *("missing_key", "missing_required", "unparseable_timestamp", "unparseable_number"),
        *("future_timestamp", "negative_amount", "test_order", "unknown_status"),
        *("unknown_currency", "orphan_reference", "no_owner", "duplicate", "awkward"),
    }


def test_without_dirt_nothing_is_rejected(clean: Path, compiled: Callable[..., Compiled]) -> None:
    """No order is worth less than nothing, or lies outside the two years, either."""
    with compiled(loaded_until="2025-07-02 00:00:00").run(clean) as shop:
        # in its last second somebody may give the same answer twice
        rejected = "from staging.rejected_records where raw_table <> 'customer_attributes'"
        assert shop.execute(rejected).fetchall() == []
        [(least, first, last)] = shop.execute(
            "select min(order_value_amount), min(ordered_on), max(ordered_on) from core.orders"
        ).fetchall()
    assert least >= 0
    assert date(2023, 7, 1) <= first < last <= date(2025, 6, 30)


def test_without_dirt_an_order_is_the_sum_of_its_lines(clean: Path) -> None:
    sums: Counter[str] = Counter()
    for row in rows(clean, "order_lines"):
        cents = round(100 * float(row["unit_price"]))
        sums[row["order_id"]] += int(row["quantity"]) * cents
    subtotals = {
        row["order_id"]: round(100 * float(row["subtotal_amount"])) for row in rows(clean, "orders")
    }
    assert dict(sums) == subtotals


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small shop of 350 days in Parquet, made on one thread."""
    folder = tmp_path_factory.mktemp("parquet")
    generate(Options(folder, threads=1, format="parquet", **OF_350_DAYS))
    return folder


def test_parquet_has_the_same_bytes_on_any_number_of_threads(parquet: Path, tmp_path: Path) -> None:
    generate(Options(tmp_path, threads=3, format="parquet", **OF_350_DAYS))
    one, three = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
        for folder in (parquet, tmp_path)
    )
    assert len(one) == len(COLUMNS) - 1 + 350
    assert one == three


def test_events_in_parquet_are_a_file_per_utc_day(parquet: Path, tmp_path: Path) -> None:
    files = sorted((parquet / "events").iterdir())
    days = [str(date(2023, 9, 1) + timedelta(n)) for n in range(350)]
    assert [path.stem for path in files] == days
    generate(Options(tmp_path, gzip=(), **OF_350_DAYS))
    written = []
    with duckdb.connect() as db:
        for path in files:
            of_day = db.execute(f"select * from '{path}'").fetchall()
            inside = [row for row in of_day if row[2] and days[0] < row[2][:10] < days[-1]]
            assert {row[2][:10] for row in inside if row[2][-1] == "Z"} <= {path.stem}
            written += of_day
    assert [tuple(value or "" for value in row) for row in written] == [
        tuple(row.values()) for row in rows(tmp_path, "events")
    ]
