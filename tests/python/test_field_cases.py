"""Input that real shops hand over is read right, or a sentence says what is wrong with it."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import load_raw
import pytest
import raw_files
from engines import postgres_connection
from harness import ask
from quick_dbt import quick_dbt

CONTRACT = load_raw.raw_contract()
CUSTOMERS = "customer_id,email,created_at;1,ann@example.com,2024-01-01;2,bob@example.com,2024-01-01"
ORDER = "order_id,customer_id,ordered_at,status,currency,subtotal_amount"
ORDERS = f"{ORDER};o1,1,2024-02-01,paid,EUR,10.00;o2,2,2024-02-02,paid,EUR,20.00"
LINES = ORDERS.replace(";", "\n") + "\n"

Rows = list[tuple[Any, ...]]


def write(folder: Path, **contents: str) -> Path:
    """Write a shop: CSV files by table name, lines with `;` between them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in ({"customers": CUSTOMERS, "orders": ORDERS} | contents).items():
        (folder / f"{name}.csv").write_text(lines.replace(";", "\n") + "\n", encoding="utf-8")
    return folder


def write_parquet(path: Path, query: str) -> None:
    """Write a query's rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")


def look(location: Path | str) -> tuple[raw_files.Findings, dict[str, Rows]]:
    """What a build finds in a location, and the rows of its tables where nothing is in the way."""
    with duckdb.connect() as connection:
        found = raw_files.find(connection, str(location), list(CONTRACT.values()))
        for table in found.tables if not found.problems else []:
            if table.files:
                raw_files.read_through(connection, table, raw_files.EVERY_VALUE, found)
        rows = {}
        for table in found.tables if not found.problems else []:
            if table.files:
                rows[table.name] = connection.execute(f"{table.query()} order by 1").fetchall()
        return found, rows


def column(rows: dict[str, Rows], place: str) -> list[object]:
    """The values of `table.column`."""
    table, _, name = place.partition(".")
    names = [each["name"] for each in CONTRACT[table]["columns"]]
    return [row[names.index(name)] for row in rows[table]]


def problem_of(location: Path | str) -> str:
    """The one thing that stops a build of a location."""
    found, _ = look(location)
    [problem] = found.problems
    return problem


# -- ids that come as numbers -------------------------------------------------------------------

INEXACT = "is a number and not always a whole one that is exact: write it as text"


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        (["1042", "1043", None], "double", ["1042", "1043", None]),
        # what some write where an id is missing
        (["1042", "nan", None], "double", ["1042", None, None]),
        (["9007199254740991", "-0.0"], "double", ["9007199254740991", "0"]),
        (["16777215", "7"], "float", ["16777215", "7"]),
        (["1042", "1" + "0" * 20], "decimal(38, 10)", ["1042", "1" + "0" * 20]),
        (["1042"], "decimal(9, 2)", ["1042"]),
        (["65432109876543210"], "bigint", ["65432109876543210"]),
    ],
)
def test_an_id_that_is_a_whole_number_reads_as_one(
    tmp_path: Path, values: list[str | None], kind: str, texts: list[str | None]
) -> None:
    write_parquet(
        write(tmp_path) / "products.parquet",
        f"select unnest(range(9))::varchar as product_id, unnest(?)::{kind} as category".replace(
            "?", str(values).replace("None", "null")
        )
        + f" limit {len(values)}",
    )
    assert column(look(tmp_path)[1], "products.category") == texts


@pytest.mark.parametrize("place", ["city", "country_code", "email"])
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1042.5", "double"),
        ("9007199254740992", "double"),
        ("-infinity", "double"),
        ("16777216", "float"),
        ("1042.5", "decimal(9, 2)"),
    ],
)
def test_an_id_that_is_no_whole_number_stops_the_run(
    tmp_path: Path, value: str, kind: str, place: str
) -> None:
    path = write(tmp_path) / "customers.parquet"
    (tmp_path / "customers.csv").unlink()
    write_parquet(
        path,
        "select 1 as customer_id, '2024-01-01' as created_at,"
        f" unnest(['7', '{value}'])::{kind} as {place}",
    )
    assert problem_of(tmp_path) == (
        f"The raw file {path} can't be read ({place} {INEXACT}): mend or remove it."
    )


def test_only_one_of_a_tables_files_may_have_ids_as_floats(tmp_path: Path) -> None:
    write(tmp_path, customers=CUSTOMERS)
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders.csv").rename(tmp_path / "orders" / "1.csv")
    write_parquet(
        tmp_path / "orders" / "2.parquet",
        "select 7::double as order_id, 2::float as customer_id, '2024-02-02' as ordered_at,"
        " 'paid' as status, 'EUR' as currency, 12.5::double as subtotal_amount",
    )
    _, rows = look(tmp_path)
    assert column(rows, "orders.order_id") == ["7", "o1", "o2"]
    assert column(rows, "orders.customer_id") == ["2", "1", "2"]
    assert column(rows, "orders.subtotal_amount") == ["12.5", "10.00", "20.00"]


def test_a_load_to_a_server_reads_ids_alike(tmp_path: Path) -> None:
    write_parquet(
        tmp_path / "customers.parquet", "select 1042::double as customer_id, 1.5 as score"
    )
    with duckdb.connect() as connection:
        found = load_raw.raw_tables(connection, tmp_path, lambda _: None)
        assert connection.execute(found.tables[0].query()).fetchall() == [("1042", "1.5")]


# values as an engine has them, and the texts that they are; none: the run stops
ON_SERVERS = {
    "postgres": [
        ("double precision", "1042", "1042"),
        ("double precision", "6543210987654321", "6543210987654321"),
        ("double precision", "9007199254740992", None),
        ("double precision", "1042.5", None),
        ("double precision", "'infinity'", None),
        ("real", "16777215", "16777215"),
        ("real", "16777216", None),
        ("numeric", "1042.00", "1042"),
        ("numeric", "12345678901234567890.0", "12345678901234567890"),
        ("numeric", "'infinity'", None),
        ("numeric", "1042.5", None),
        ("double precision", "'nan'", ""),
        ("numeric", "'nan'", ""),
        ("numeric", "null", ""),
    ],
    "spark": [
        ("double", "1042", "1042"),
        ("double", "6543210987654321", "6543210987654321"),
        ("double", "9007199254740992", None),
        ("double", "1042.5", None),
        ("double", "'infinity'", None),
        ("float", "16777215", "16777215"),
        ("float", "16777216", None),
        ("decimal(10,2)", "1042.00", "1042"),
        ("decimal(38,10)", "12345678901234567890.0", "12345678901234567890"),
        ("decimal(10,2)", "1042.5", None),
        ("double", "'nan'", ""),
        ("decimal(10,2)", "null", ""),
    ],
}


def check_whole_numbers(engine: str, run: Callable[[str], Rows]) -> None:
    """Assert what an engine makes of numbers in the place of texts."""
    manifest = quick_dbt().manifest
    for kind, value, text in ON_SERVERS[engine]:
        whole = ask(manifest, f"{engine}__whole_number", f"cast({value} as {kind})", kind)
        [(found, is_whole)] = run(f"select {whole['text']}, {whole['is_whole']}")
        assert (found, is_whole) == (text or None, text is not None), (kind, value)
    assert not ask(manifest, f"{engine}__whole_number", "x", "bigint")


def test_postgres_reads_ids_that_are_numbers(postgres_server: dict[str, str]) -> None:
    connection = postgres_connection(postgres_server)
    with connection, connection.cursor() as cursor:

        def run(query: str) -> Rows:
            cursor.execute(query)
            return cursor.fetchall()

        check_whole_numbers("postgres", run)
        # a float beyond 15 digits keeps them all
        plain = ask(
            quick_dbt().manifest,
            "postgres__typed_as_text",
            "cast(6543210987654321.5 as double precision)",
            "double precision",
        )
        assert run(f"select {plain}") == [("6543210987654322",)]
    connection.close()


def test_spark_reads_ids_that_are_numbers(spark_session: Any) -> None:
    check_whole_numbers(
        "spark", lambda query: [tuple(r) for r in spark_session.sql(query).collect()]
    )


# -- lines of a CSV -----------------------------------------------------------------------------


@pytest.mark.parametrize("surplus", [",", ",,", ',""', ",x", ", "])
@pytest.mark.parametrize("line", [1, 2])
def test_a_line_with_more_values_than_the_header_stops_the_run(
    tmp_path: Path, surplus: str, line: int
) -> None:
    lines = ORDERS.split(";")
    lines[line] += surplus
    write(tmp_path, orders=";".join(lines))
    reason = f"line {line + 1}: Expected Number of Columns: 6 Found: 7"
    assert f"orders.csv can't be read ({reason})" in problem_of(tmp_path)


def test_a_comma_at_the_end_of_every_line_is_fine(tmp_path: Path) -> None:
    write(tmp_path, orders=ORDERS.replace(";", ",;") + ",")
    found, rows = look(tmp_path)
    assert column(rows, "orders.subtotal_amount") == ["10.00", "20.00"]
    assert not found.warnings


def test_a_surplus_in_a_zipped_part_of_a_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders.csv").rename(tmp_path / "orders" / "1.csv")
    short = LINES.replace(",subtotal_amount", ",subtotal_amount,coupon_code", 1)
    (tmp_path / "orders" / "2.csv.gz").write_bytes(gzip.compress(short.encode()))
    assert "2.csv.gz can't be read (line 2: Expected Number of Columns: 7 Found: 6)" in problem_of(
        tmp_path
    )


# -- headers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_header_may_have_line_ends_inside_quotes(tmp_path: Path, line_end: str) -> None:
    write(tmp_path)
    text = '"note\nof ""staff""",' + LINES.replace("\no", "\nx,o")
    (tmp_path / "orders.csv").write_bytes(text.replace("\n", line_end).encode())
    found, rows = look(tmp_path)
    assert column(rows, "orders.order_id") == ["o1", "o2"]
    assert found.warnings == [
        'The raw table orders has columns that are not read: note of "staff".'
    ]


@pytest.mark.parametrize(
    "name", ['"Order ID"', ' "order_id"', "Order-Id", "order_id\0", "ORDER ID"]
)
def test_headers_match_whatever_their_case_and_punctuation(tmp_path: Path, name: str) -> None:
    write(tmp_path, orders=ORDERS.replace("order_id", name))
    found, rows = look(tmp_path)
    assert column(rows, "orders.order_id") == ["o1", "o2"]
    assert not found.warnings


@pytest.mark.parametrize("other", ["Customer_ID", "CUSTOMER_ID", "customer id"])
def test_a_column_that_a_parquet_file_has_twice_stops_the_run(tmp_path: Path, other: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    # DuckDB writes no two names that differ only in case; a nested column comes before them
    rows = {"note": [{"a": 1, "b": [1]}], "customer_id": ["1"], other: ["2"], "created_at": ["x"]}
    path = write(tmp_path) / "customers.parquet"
    (tmp_path / "customers.csv").unlink()
    parquet.write_table(pyarrow.table(rows), path)
    assert problem_of(tmp_path) == (
        f"The raw file {path} has the column customer_id twice: keep one of them."
    )


def test_unknown_columns_are_listed_with_the_nearest_known_name(tmp_path: Path) -> None:
    header = ORDER.replace("customer_id", "customerid") + ",Discount,voucher_code,weather,email"
    write(tmp_path, orders=f"{header};o1,1,2024-02-01,paid,EUR,10.00,,,,a@example.com")
    found, _ = look(tmp_path)
    assert found.warnings == [
        "The raw table orders has columns that are not read: Discount (is it discount_amount?),"
        " customerid (is it customer_id?), voucher_code, weather."
    ]


def test_a_warning_lists_at_most_twenty_unknown_columns(tmp_path: Path) -> None:
    others = ",".join(f"w{place}" for place in range(30))
    write(tmp_path, orders=f"{ORDER},{others};o1,1,2024-02-01,paid,EUR,10.00{',' * 30}")
    [warning] = look(tmp_path)[0].warnings
    assert warning.endswith(", 10 more.")
    assert warning.count(", w") == 19


@pytest.mark.parametrize(
    ("name", "known", "nearest"),
    [
        ("customerid", ["customer_id", "coupon_code"], "customer_id"),
        ("E-Mail", ["phone", "email"], "email"),
        ("order_date", ["updated_at", "ordered_at"], "ordered_at"),
        ("weather", ["email", "status"], None),
        ("x", ["email"], None),
        ("x", [], None),
    ],
)
def test_servers_find_the_same_nearest_name(name: str, known: list[str], nearest: str) -> None:
    assert raw_files.nearest_name(name, known) == nearest
    assert ask(quick_dbt().manifest, "nearest_name", name, known) == nearest


# -- files and folders --------------------------------------------------------------------------

OTHER_FORMAT = "is neither CSV nor Parquet: hand orders over as orders.csv, .csv.gz or .parquet"


@pytest.mark.parametrize(
    "name",
    ["2.tsv", "2.txt", "2.gz", "2.csv.zst", "2.parq", "y=2024/2.json", "2.csv.bz2", "2", "2.xlsx"],
)
def test_a_file_of_another_format_in_a_tables_folder_stops_the_run(
    tmp_path: Path, name: str
) -> None:
    folder = write(tmp_path) / "orders"
    (folder / name).parent.mkdir(parents=True)
    (tmp_path / "orders.csv").rename(folder / "1.csv")
    (folder / name).write_text(LINES)
    assert problem_of(tmp_path).startswith(f"The raw file {folder / name} {OTHER_FORMAT}")
    (folder / "3.tsv").write_text(LINES)
    assert f" (and 1 more) {OTHER_FORMAT}" in problem_of(tmp_path)


def test_a_table_without_an_ending_stops_the_run(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "orders.csv").rename(tmp_path / "orders")
    assert f"The raw file {tmp_path / 'orders'} {OTHER_FORMAT}" in problem_of(tmp_path)


def test_marks_of_a_writer_are_no_data(tmp_path: Path) -> None:
    folder = write(tmp_path) / "orders"
    (folder / "_temporary").mkdir(parents=True)
    (tmp_path / "orders.csv").rename(folder / "1.csv")
    for name in ("_SUCCESS", ".part.csv.crc", "_temporary/2.json", ".DS_Store"):
        (folder / name).write_text("x")
    found, rows = look(tmp_path)
    assert (len(rows["orders"]), found.problems, found.warnings) == (2, [], [])


def test_a_folder_may_have_the_name_that_a_writer_gives_it(tmp_path: Path) -> None:
    """Spark and Dask make a folder `orders.parquet`."""
    write(tmp_path)
    (tmp_path / "orders.parquet").mkdir()
    (tmp_path / "orders.csv").rename(tmp_path / "orders.parquet" / "part-0.csv")
    assert column(look(tmp_path)[1], "orders.order_id") == ["o1", "o2"]


@pytest.mark.parametrize("folder", ["elsewhere", "elsewhere/y=2024/m=01"])
@pytest.mark.parametrize("link", ["orders", "orders/old", "orders/a/b"])
def test_linked_folders_are_read_at_any_depth(tmp_path: Path, folder: str, link: str) -> None:
    write(tmp_path / "raw")
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "raw" / "orders.csv").rename(tmp_path / folder / "1.csv")
    (tmp_path / "raw" / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "raw" / link).symlink_to(tmp_path / "elsewhere")
    assert column(look(tmp_path / "raw")[1], "orders.order_id") == ["o1", "o2"]


def test_links_in_circles_end(tmp_path: Path) -> None:
    """Of two folders that link to each other neither is above the other."""
    write(tmp_path / "raw")
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "other").symlink_to(tmp_path / other)
    (tmp_path / "raw" / "orders.csv").rename(tmp_path / "b" / "1.csv")
    (tmp_path / "raw" / "orders").symlink_to(tmp_path / "a")
    assert column(look(tmp_path / "raw")[1], "orders.order_id") == ["o1", "o2"]


@pytest.mark.parametrize("link", ["events.csv", "events", "events/2024", "events/1.csv"])
def test_a_dangling_link_stops_the_run(tmp_path: Path, link: str) -> None:
    (write(tmp_path) / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "not_mounted")
    assert problem_of(tmp_path) == (
        f"The raw file {tmp_path / link} can't be read (it is a link to nothing): mend or remove"
        " it."
    )


def test_a_dangling_link_that_is_no_table_is_nothing(tmp_path: Path) -> None:
    (write(tmp_path) / "notes.txt").symlink_to(tmp_path / "not_there")
    assert not look(tmp_path)[0].problems


def test_what_is_no_file_stops_the_run_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(write(tmp_path) / "events.csv")
    assert "events.csv can't be read (it is no file)" in problem_of(tmp_path)


def test_a_tables_folder_without_a_file_stops_the_run_unless_it_is_empty(tmp_path: Path) -> None:
    folder = write(tmp_path) / "events"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    assert not look(tmp_path)[0].problems
    (folder / "2024").mkdir()
    assert problem_of(tmp_path) == (
        f"The folder {folder / '2024'} holds no CSV or Parquet file: fill or remove it."
    )


@pytest.mark.parametrize(
    "spelling",
    [
        "./shop",
        "shop/.",
        "shop/",
        "shop//",
        "a/../shop",
        "./a/.././shop/./",
        "~/shop",
        "shop/../shop",
    ],
)
def test_a_location_may_be_spelt_in_many_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """Also where the folder's name is twice in its path."""
    home = tmp_path / "shop"
    write(home / "shop")
    (home / "a").mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    assert column(look(spelling)[1], "orders.order_id") == ["o1", "o2"]
    assert column(look(f"file://{home}/shop")[1], "orders.order_id") == ["o1", "o2"]


def test_two_dots_after_a_link_lead_where_the_link_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "sub").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "elsewhere" / "sub")
    monkeypatch.chdir(tmp_path)
    assert column(look("here/..")[1], "orders.order_id") == ["o1", "o2"]
