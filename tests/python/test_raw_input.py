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
# What a typed extract holds, by column; one type of each kind is enough.
TYPES = {
    "created_at": "timestamptz",
    "account_created_at": "timestamp_s",
    "updated_at": "timestamp_ns",
    "birth_date": "date",
    "ordered_at": "timestamp",
    "refunded_at": "timestamptz",
    "delivered_at": "timestamp_ms",
    "occurred_at": "timestamp",
    "reviewed_at": "date",
    "recorded_at": "timestamptz",
    "changed_at": "timestamp",
    "opened_at": "timestamp",
    "requested_at": "timestamp",
    "rate_on": "date",
    "rate": "double",
    "subtotal_amount": "double",
    "discount_amount": "float",
    "total_amount": "decimal(12, 2)",
    "amount": "decimal(18, 4)",
    "unit_price": "double",
    "unit_cost": "float",
    "quantity": "integer",
    "stock_quantity": "hugeint",
    "rating": "tinyint",
    "has_photo": "boolean",
    "customer_id": "blob",
}

Staged = dict[str, list[tuple]]


@pytest.fixture(scope="module")
def dbt() -> QuickDbt:
    return quick_dbt()


@pytest.fixture(scope="module")
def staged(dbt: QuickDbt, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Staged]:
    """The rows of every staging table for a raw folder; raw rows of rejected ones on request."""

    def get(raw: Path | str, with_raw_rows: bool = True) -> Staged:
        folder = tmp_path_factory.mktemp("staged")
        variables = SETTINGS | {"raw_location": str(raw)}
        dbt.run(*STAGING, folder=folder, variables=variables)
        with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
            names = connection.execute(
                "select table_name from information_schema.tables"
                " where table_schema = 'staging' and table_name not like 'base_%' order by 1"
            ).fetchall()
            left_out = "" if with_raw_rows else " exclude (raw_row)"
            return {
                name: sorted(
                    connection.execute(
                        f"select *{left_out if name == 'rejected_records' else ''}"
                        f" from staging.{name}"
                    ).fetchall(),
                    key=str,
                )
                for (name,) in names
            }

    return get


@pytest.fixture(scope="module")
def expected(staged: Callable[..., Staged]) -> Staged:
    """The staging rows of the edge shop as it is: one CSV file per table."""
    rows = staged(EDGE_SHOP)
    assert len(rows) == 15
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
    """Rows that can't be typed are left out of both: a typed extract can't hold them."""
    for source in tables():
        typed = {name: TYPES[name] for name in columns(source) if name in TYPES}
        values = {name: f"nullif(trim({name}), '')" for name in typed}
        times = {name for name, kind in typed.items() if kind.startswith(("time", "date"))}
        reads = ["true"]
        for name, value in values.items():
            kind = "timestamptz" if name in times else typed[name]
            if kind != "blob":
                reads.append(f"({value} is null or try_cast({value} as {kind}) is not null)")
            if kind in ("double", "float"):
                reads.append(f"coalesce({value}, '') not like '%e%'")
        # a date at its day, a number as the text that its type gives
        texts = []
        for name, value in values.items():
            if typed[name] in ("blob", "double", "float"):
                continue
            if typed[name] == "date":
                texts.append(f"left({value}, 10) as {name}")
            elif name in times:
                at = f"timezone('UTC', {value}::timestamptz)"
                texts.append(f"date_trunc('second', {at})::varchar as {name}")
            else:
                texts.append(f"{value}::{typed[name]}::varchar as {name}")
        clean = tmp_path / "csv" / source.name
        replaced = f"* replace ({', '.join(texts)})" if texts else "*"
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            clean.parent.mkdir(exist_ok=True)
            (tmp_path / "parquet").mkdir(exist_ok=True)
            connection.execute(
                f"copy (select {replaced} from read_csv('{source}', {CSV})"
                f" where {' and '.join(reads)}) to '{clean}'"
            )
            casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in typed.items())
            connection.execute(
                f"copy (select {f'* replace ({casts})' if typed else '*'}"
                f" from read_csv('{clean}', {CSV}))"
                f" to '{tmp_path / 'parquet' / source.stem}.parquet' (format parquet)"
            )
    from_csv = staged(tmp_path / "csv", with_raw_rows=False)
    from_parquet = staged(tmp_path / "parquet", with_raw_rows=False)
    assert from_parquet == from_csv
    assert len(from_csv["stg_shop__orders"]) > 100
    assert len(from_csv["rejected_records"]) > 10


def test_floats_with_exponents_are_plain_numbers(
    staged: Callable[..., Staged], tmp_path: Path
) -> None:
    rewrite(EDGE_SHOP / "customers.csv", tmp_path / "customers.csv")
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 'o' || row_number() over () as order_id, 'c' as customer_id,"
            " timestamp '2024-01-02 03:04:05' as ordered_at, 'paid' as status, 'EUR' as currency,"
            " value as subtotal_amount"
            " from (select unnest([0.00001, 12345678901.25, 19.99, 1e11, 0.1]::double[]) as value))"
            f" to '{tmp_path / 'orders.parquet'}' (format parquet)"
        )
    rows = staged(tmp_path)["stg_shop__orders"]
    amounts = sorted(
        str(value) for row in rows for value in row if type(value).__name__ == "Decimal"
    )
    assert len(rows) == 5
    assert {"0.000010", "12345678901.250000", "19.990000", "100000000000.000000"} < set(amounts)


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


@pytest.mark.parametrize("name", ["a shop's [raw] *data*", "a.b", "sho\u00e9"])
def test_odd_folder_names(dbt: QuickDbt, tmp_path: Path, name: str) -> None:
    raw = tmp_path / name
    shutil.copytree(EDGE_SHOP, raw)
    (raw / "customers").mkdir()
    (raw / "customers.csv").rename(raw / "customers" / "Customers [1].CSV")
    (raw / "orders.csv.gz").write_bytes(gzip.compress((raw / "orders.csv").read_bytes()))
    (raw / "orders.csv").unlink()
    settings = SETTINGS | {"raw_location": str(raw)}
    dbt.run("run", "--select", "base_shop__customers", folder=tmp_path / "run", variables=settings)
    with duckdb.connect(str(tmp_path / "run" / "build.duckdb"), read_only=True) as connection:
        [(read,)] = connection.execute("select count(*) from raw.orders").fetchall()
    assert read == len((EDGE_SHOP / "orders.csv").read_text(encoding="utf-8").splitlines()) - 1


def test_a_file_with_an_unknown_name_is_ignored_with_a_warning(
    dbt: QuickDbt, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(EDGE_SHOP, raw)
    (raw / "event.csv").write_text("a\n1\n")
    run = dbt.run(
        *("run", "--select", "base_shop__customers"),
        folder=tmp_path / "run",
        variables=SETTINGS | {"raw_location": str(raw)},
    )
    assert f"The file {raw / 'event.csv'} is ignored: no raw table is called event." in run.output


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
            rows = connection.execute(f"from staging.{name}").fetchall()
            assert sorted(rows, key=str) == expected[name]
