"""The same shop in every form that raw data may have gives the same staging rows."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from harness import ROOT
from quick_dbt import QuickDbt, quick_dbt

EDGE_SHOP = ROOT / "tests" / "edge_shop" / "raw"
# Staging reads the seed; its tests are for other test modules.
STAGING = ("build", "--select", "staging", "resource_type:seed", "--exclude-resource-type", "test")
SETTINGS = EDGE_SHOP_SETTINGS
CSV = "header=true, all_varchar=true, delim=',', quote='\"', escape='\"', auto_detect=true"
# A row of a typed extract: by table and column the typed value, and the text that is the same.
TYPED = {
    "customers": {
        "customer_id": ("'c1'::blob", "c1"),
        "created_at": ("timestamptz '2024-01-02 03:04:05+09'", "2024-01-01T18:04:05Z"),
        "account_created_at": ("timestamp_s '2024-01-03 04:05:06'", "2024-01-03 04:05:06"),
        "updated_at": ("timestamp_ns '2024-01-04 05:06:07.5'", "2024-01-04 05:06:07.5"),
        "birth_date": ("date '1980-02-29'", "1980-02-29"),
    },
    "orders": {
        "order_id": ("1::bigint", "1"),
        "customer_id": ("'c1'", "c1"),
        "ordered_at": ("timestamp '2024-01-05 06:07:08.25'", "2024-01-05 06:07:08.25"),
        "status": ("'paid'", "paid"),
        "currency": ("'EUR'", "EUR"),
        "subtotal_amount": ("1e11::double", "100000000000"),
        "discount_amount": ("0.25::float", "0.25"),
        "shipping_amount": ("0.00001::double", "0.00001"),
        "tax_amount": ("12345678901.25::double", "12345678901.25"),
        "total_amount": ("19.9::decimal(12, 2)", "19.90"),
        "delivered_at": ("timestamp_ms '2024-01-06 07:08:09'", "2024-01-06 07:08:09"),
    },
    "order_lines": {
        "order_line_id": ("'l1'", "l1"),
        "order_id": ("1::utinyint", "1"),
        "product_id": ("'p1'", "p1"),
        "quantity": ("3::integer", "3"),
        "unit_price": ("19.25::double", "19.25"),
    },
    "products": {
        "product_id": ("'p1'", "p1"),
        "unit_cost": ("1.5::float", "1.5"),
        "stock_quantity": ("7::hugeint", "7"),
    },
    "reviews": {
        "review_id": ("'r1'", "r1"),
        "customer_id": ("'c1'", "c1"),
        "reviewed_at": ("date '2024-01-07'", "2024-01-07"),
        "rating": ("4::tinyint", "4"),
        "has_photo": ("true", "true"),
    },
    "exchange_rates": {
        "rate_on": ("date '2024-01-01'", "2024-01-01"),
        "currency": ("'USD'", "USD"),
        "rate": ("0.9::double", "0.9"),
    },
}

# of a staging table, but not when an event was loaded
ROWS = "select columns(lambda name: name <> 'load_number') from staging."

Staged = dict[str, list[tuple]]


@pytest.fixture(scope="module")
def dbt() -> QuickDbt:
    return quick_dbt()


@pytest.fixture(scope="module")
def staged(dbt: QuickDbt, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Staged]:
    """The rows of every staging table for a raw folder."""

    def get(raw: Path | str) -> Staged:
        folder = tmp_path_factory.mktemp("staged")
        variables = SETTINGS | {"raw_location": str(raw)}
        dbt.run(*STAGING, folder=folder, variables=variables)
        with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
            names = connection.execute(
                "select table_name from information_schema.tables"
                " where table_schema = 'staging' and table_name not like 'base_%'"
                # noes among the rejected rows: the edge shop has none
                " and table_name not in ('loaded_files', 'stg_crm__set_aside_words') order by 1"
            ).fetchall()
            return {
                name: sorted(connection.execute(ROWS + name).fetchall(), key=str)
                for (name,) in names
            }

    return get


@pytest.fixture(scope="module")
def expected(staged: Callable[..., Staged]) -> Staged:
    """The staging rows of the edge shop as it is: one CSV file per table."""
    rows = staged(EDGE_SHOP)
    assert len(rows) == 17
    assert all(rows.values()), "each table has rows, so that a difference would show"
    return rows


def tables() -> list[Path]:
    return sorted(EDGE_SHOP.glob("*.csv"))


def rewrite(source: Path, target: Path, select: str = "*", options: str = "") -> None:
    """Write a CSV's rows in another form, as texts unless the select casts them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {select} from read_csv('{source}', {CSV})) to '{target}'{options}"
        )


def columns(source: Path) -> list[str]:
    return source.read_text(encoding="utf-8").splitlines()[0].split(",")


def test_gzip_with_other_order_case_and_more_columns(
    staged: Callable[..., Staged], expected: Staged, tmp_path: Path
) -> None:
    for source in tables():
        names = [f'{name} as " {name.upper()}"' for name in reversed(columns(source))]
        select = ", ".join(["'ignored' as note", *names, '\'ignored, "too"\' as "order"'])
        rewrite(source, tmp_path / f"{source.name}.gz", select)
    assert staged(tmp_path) == expected


def test_folders_of_csv_gzip_and_parquet_files(
    staged: Callable[..., Staged], expected: Staged, tmp_path: Path
) -> None:
    for source in tables():
        folder = tmp_path / source.stem
        select = "* exclude (number) from (select *, row_number() over () as number"
        parts = [
            f"{select} from read_csv('{source}', {CSV})) where number % 3 = {part}"
            for part in range(3)
        ]
        with duckdb.connect() as connection:
            for part, place in enumerate(("part-0.csv", "day=2024-01-01/part.csv.gz", "x.PARQUET")):
                (folder / place).parent.mkdir(parents=True, exist_ok=True)
                ending = " (format parquet)" if part == 2 else ""
                connection.execute(f"copy (select {parts[part]}) to '{folder / place}'{ending}")
    # marks of a writer, and a note of a person
    (tmp_path / "orders" / "_SUCCESS").touch()
    (tmp_path / "orders" / ".part-0.csv.crc").write_bytes(b"\0")
    (tmp_path / "orders" / "_temporary").mkdir()
    (tmp_path / "orders" / "_temporary" / "half.csv").write_text("half")
    (tmp_path / "README.md").write_text("Extract of the shop.")
    assert staged(f"{tmp_path}/") == expected


def test_typed_parquet(staged: Callable[..., Staged], tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    (tmp_path / "parquet").mkdir()
    with duckdb.connect() as connection:
        for table, row in TYPED.items():
            lines = [",".join(row), ",".join(text for _, text in row.values()), ""]
            (tmp_path / "csv" / f"{table}.csv").write_text("\n".join(lines))
            selected = ", ".join(f"{value} as {name}" for name, (value, _) in row.items())
            connection.execute(
                f"copy (select {selected}) to '{tmp_path / 'parquet' / table}.parquet'"
            )
    from_csv = staged(tmp_path / "csv")
    assert staged(tmp_path / "parquet") == from_csv
    assert from_csv["rejected_records"] == []
    assert sum(len(rows) for rows in from_csv.values()) == len(TYPED)


def test_missing_optional_columns_are_null_and_missing_tables_empty(
    staged: Callable[..., Staged], tmp_path: Path
) -> None:
    required_columns = {
        "customers": ["customer_id", "created_at"],
        "orders": [
            "order_id",
            "customer_id",
            "ordered_at",
            "status",
            "currency",
            "subtotal_amount",
        ],
    }
    for source in tables():
        kept = required_columns.get(source.stem)
        if kept:
            rewrite(source, tmp_path / "short" / source.name, ", ".join(kept))
            others = [f"null as {name}" for name in columns(source) if name not in kept]
            rewrite(source, tmp_path / "long" / source.name, ", ".join([*kept, *others]))
        else:
            header = ",".join(columns(source))
            # with and without a line end
            (tmp_path / "long").mkdir(exist_ok=True)
            (tmp_path / "long" / source.name).write_text(header + "\n" * (len(header) % 2))
    short = staged(tmp_path / "short")
    assert short == staged(tmp_path / "long")
    assert len(short["stg_shop__orders"]) > 50
    assert short["stg_web__events"] == short["stg_crm__consents"] == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_quotes_line_ends_and_a_byte_order_mark_in_csv(
    staged: Callable[..., Staged], tmp_path: Path, line_end: str
) -> None:
    customers = [
        "customer_id,city,created_at",
        'c1,"Paris, 5e",2024-01-01 10:00:00',
        'c2,"a ""quoted"" name",2024-01-01 10:00:00',
        'c3,"two\nlines",2024-01-01 10:00:00',
        'c4,"",2024-01-01 10:00:00',
        '"c5",  spaces  ,"2024-01-01 10:00:00"',
        "c6,6\" disc,2024-01-01 10:00:00",
        "",
        "c7,Zoë,2024-01-01 10:00:00",
        "",
    ]  # fmt: skip
    (tmp_path / "customers.csv").write_bytes(b"\xef\xbb\xbf" + line_end.join(customers).encode())
    shutil.copyfile(EDGE_SHOP / "orders.csv", tmp_path / "orders.csv")
    rows = staged(tmp_path)["stg_shop__customers"]
    cities = {row[0]: [value for value in row[1:] if isinstance(value, str)] for row in rows}
    assert cities == {
        "c1": ["Paris, 5e"],
        "c2": ['a "quoted" name'],
        "c3": ["two\nlines"],
        "c4": [],
        "c5": ["spaces"],
        "c6": ['6" disc'],
        "c7": ["Zoë"],
    }


def test_an_odd_folder_name_is_read_and_an_unknown_file_ignored_with_a_warning(
    dbt: QuickDbt, tmp_path: Path
) -> None:
    raw = tmp_path / "a shop's [raw] *data*" / "sho\u00e9.b"
    shutil.copytree(EDGE_SHOP, raw)
    (raw / "customers").mkdir()
    (raw / "customers.csv").rename(raw / "customers" / "Customers [1].CSV")
    (raw / "orders.csv.gz").write_bytes(gzip.compress((raw / "orders.csv").read_bytes()))
    (raw / "orders.csv").unlink()
    (raw / "event.csv").write_text("a\n1\n")
    chosen = ("run", "--select", "base_shop__customers")
    settings = SETTINGS | {"raw_location": str(raw)}
    run = dbt.run(*chosen, folder=tmp_path / "run", variables=settings)
    with duckdb.connect(str(tmp_path / "run" / "build.duckdb"), read_only=True) as connection:
        [(read,)] = connection.execute("select count(*) from raw.orders").fetchall()
    assert read == len((EDGE_SHOP / "orders.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert f"The file {raw / 'event.csv'} is ignored: no raw table is called event." in run.output


@pytest.mark.full
def test_an_object_store_prefix(expected: Staged, tmp_path: Path) -> None:
    """A file system that DuckDB does not have itself acts as an object store."""
    pytest.importorskip("fsspec")

    def change(project: Path) -> None:
        profile = project / "profiles.yml"
        text = profile.read_text(encoding="utf-8")
        assert "      plugins:\n" in text
        text = text.replace(
            "      plugins:\n", "      filesystems: [{fs: local}]\n      plugins:\n"
        )
        profile.write_text(text, encoding="utf-8")

    bucket = tmp_path / "bucket" / "shop"
    shutil.copytree(EDGE_SHOP, bucket)
    rewrite(bucket / "events.csv", bucket / "events" / "part.parquet", options=" (format parquet)")
    (bucket / "events.csv").unlink()
    (bucket / "orders.csv.gz").write_bytes(gzip.compress((bucket / "orders.csv").read_bytes()))
    (bucket / "orders.csv").unlink()
    started = QuickDbt(change)
    settings = SETTINGS | {"raw_location": f"local://{bucket}"}
    try:
        started.run(*STAGING, folder=tmp_path / "run", variables=settings)
        (bucket / "orders.csv.gz").write_bytes((bucket / "orders.csv.gz").read_bytes()[:500])
        run = started.run(*STAGING, folder=tmp_path / "run", variables=settings, check=False)
        assert run.exit_code != 0
        assert "/bucket/shop/orders.csv.gz can't be read (" in run.output
    finally:
        started.close()
    with duckdb.connect(str(tmp_path / "run" / "build.duckdb"), read_only=True) as connection:
        for name in ("stg_shop__orders", "stg_web__events", "stg_shop__customers"):
            rows = connection.execute(ROWS + name).fetchall()
            assert sorted(rows, key=str) == expected[name]
