"""Input that real shops hand over is read right, or a sentence says what is wrong with it."""

import gzip
import os
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import load_raw
import pytest
import raw_files
from engines import postgres_connection
from harness import Compiled, ask
from oracle.oracle import run
from oracle.settings import Settings
from quick_dbt import quick_dbt

# staging reads a seed
STAGING = ("build", "--select", "staging", "resource_type:seed", "--exclude-resource-type", "test")
CONTRACT = load_raw.raw_contract()
CUSTOMERS = "customer_id,email,created_at;1,ann@example.com,2024-01-01;2,bob@example.com,2024-01-01"
ORDER = "order_id,customer_id,ordered_at,status,currency,subtotal_amount"
SETTINGS = {"loaded_until": "2025-12-31 00:00:00"}
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


@pytest.fixture(scope="module")
def project(compiled: Callable[..., Compiled]) -> Compiled:
    """The project compiled with its default settings."""
    return compiled(also=["test"], **SETTINGS)


@pytest.fixture
def ask_of(project: Compiled) -> Iterator[Callable[..., list[Rows]]]:
    """The answers to queries on a shop that is built in memory."""
    connections = []

    def get(raw: Path, *queries: str, rooms: Collection[str] = ("core", "staging")) -> list[Rows]:
        connections.append(project.run(raw, optimise=False, rooms=rooms))
        return [sorted(connections[-1].execute(query).fetchall(), key=str) for query in queries]

    yield get
    for connection in connections:
        connection.close()


REJECTED = "select raw_table, record_key, rejection_reason from staging.rejected_records"


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


# -- placeholders -------------------------------------------------------------------------------

PLACEHOLDERS = [
    "NULL",
    "(null)",
    "None",
    "N/A",
    " na ",
    "NaN",
    "undefined",
    "(Not Set)",
    "\\N",
    "-",
]


def test_a_placeholder_is_nobodys_email_id_or_word(
    tmp_path: Path, ask_of: Callable[..., list[Rows]]
) -> None:
    customers = [f"c{n},{word},2024-01-01,{word},{word}" for n, word in enumerate(PLACEHOLDERS)]
    orders = [
        # the customer counts, nothing else is known
        f"o{n},c{n},{word},2024-02-01,paid,EUR,10,{word},{word},{word}"
        for n, word in enumerate(PLACEHOLDERS)
    ]
    others = [
        "g1,NULL,ann@example.com,2024-02-01,paid,EUR,10,,,",
        "n1,n/a,-,2024-02-01,paid,EUR,10,,,",
        "n2,c1,,none,paid,EUR,10,,,",
        "n3,c1,,2024-02-01,paid,EUR,nan,,,",
        "undefined,c1,,2024-02-01,paid,EUR,10,,,",
    ]
    header = "order_id,customer_id,email,ordered_at,status,currency,subtotal_amount"
    header += ",discount_amount,coupon_code,shipping_country_code"
    write(
        tmp_path,
        customers=";".join(["customer_id,email,created_at,city,country_code", *customers]),
        orders=";".join([header, *orders, *others]),
    )
    people, promoted, rejected = ask_of(
        tmp_path,
        "select count(*), count(distinct person_id) from core.people where purchases = 1",
        "select coupon_code, shipping_country_code, discount_amount from staging.stg_shop__orders",
        f"{REJECTED} order by 2",
    )
    assert people == [(11, 11)]
    assert {row[:2] for row in promoted} == {(None, None)}
    assert {int(row[2]) for row in promoted} == {0}
    assert rejected == [
        ("orders", "n1", "no_owner"),
        ("orders", "n2", "missing_required"),
        ("orders", "n3", "missing_required"),
        ("orders", None, "missing_key"),
    ]


def test_a_text_that_only_holds_a_placeholder_stays(
    tmp_path: Path, ask_of: Callable[..., list[Rows]]
) -> None:
    cities = ["Nana", "n/a n/a", "nullable", "null|none", "--", "Na-", "undefined1", "N"]
    customers = [f"c{n},2024-01-01,{city}" for n, city in enumerate(cities)]
    write(tmp_path, customers=";".join(["customer_id,created_at,city", *customers]))
    [found] = ask_of(tmp_path, "select city from staging.stg_shop__customers", rooms=["staging"])
    assert [city for (city,) in found] == sorted(cities)


def test_customer_zero_and_visitor_undefined_are_nobody(
    tmp_path: Path, ask_of: Callable[..., list[Rows]]
) -> None:
    write(
        tmp_path,
        customers="customer_id,email,created_at;0,,2024-01-01;1,ann@example.com,2024-01-01",
        orders="order_id,customer_id,email,ordered_at,status,currency,subtotal_amount"
        ";o1,0,x@example.com,2024-02-01,paid,EUR,10;o2,0,y@example.com,2024-02-01,paid,EUR,10"
        ";0,1,,2024-02-01,paid,EUR,10",
        events="event_id,event_name,occurred_at,visitor_id,customer_id,order_id"
        ";e1,page_view,2024-02-01T10:00:00Z,undefined,1,;e2,page_view,2024-02-01T10:00:00Z,0,,"
        ";e3,page_view,2024-02-01T10:00:00Z,v1,0,"
        # no id of an order: two purchases, not one
        ";e4,purchase,2024-02-01T11:00:00Z,v2,,(not set);e5,purchase,2024-02-01T11:00:00Z,v3,,NULL",
    )
    people, purchases, rejected = ask_of(
        tmp_path,
        "select left(person_id, 2), count(*) from core.people where is_contact group by 1",
        "select visitor_id, purchases from core.sessions",
        REJECTED,
    )
    assert people == [("c:", 1), ("g:", 2)]
    assert purchases == [("v1", 0), ("v2", 1), ("v3", 1)]
    assert rejected == [
        ("customers", None, "missing_key"),
        ("events", "e1", "missing_required"),
        ("events", "e2", "missing_required"),
    ]


def test_a_shop_has_placeholders_of_its_own(tmp_path: Path) -> None:
    """Also such as would read as a time, a number or a boolean."""
    raw = write(
        tmp_path / "raw",
        customers="customer_id,created_at,city,birth_date;0,2024-01-01,na,1900-01-01"
        ";1,2024-01-01,Keine,1980-05-05",
        orders="order_id,customer_id,ordered_at,status,currency,subtotal_amount,tax_amount"
        ";o1,0,2024-02-01,paid,EUR,10,9999;o2,1,1900-01-01,paid,EUR,10,",
        reviews="review_id,customer_id,reviewed_at,has_photo;r1,1,2024-02-01,N",
    )
    settings = {
        "raw_location": str(raw),
        "placeholder_values": ["keine", "1900-01-01", "9999", "n"],
        "placeholder_customer_ids": [],
    }
    quick_dbt().run(*STAGING, folder=tmp_path / "run", variables=SETTINGS | settings)
    with duckdb.connect(str(tmp_path / "run" / "build.duckdb"), read_only=True) as connection:

        def rows(query: str) -> Rows:
            return connection.execute(query).fetchall()

        assert rows(
            "select customer_id, city, birth_date::varchar from staging.stg_shop__customers"
            " order by 1"
        ) == [("0", "na", None), ("1", None, "1980-05-05")]
        assert rows("select order_id, tax_amount from staging.stg_shop__orders") == [("o1", None)]
        assert rows("select has_photo from staging.stg_shop__reviews") == [(None,)]
        assert rows(REJECTED) == [("orders", "o2", "missing_required")]
        assert rows("select distinct unreadable_columns from staging.base_shop__customers") == [
            ("",)
        ]


def test_a_typed_time_keeps_its_offset_where_the_shop_has_a_clock_of_its_own(
    tmp_path: Path,
) -> None:
    times = ("timestamp '2024-07-01 12:00:00'", "timestamptz '2024-07-01 12:00:00+02'")
    for number, time in enumerate(times):
        query = f"select {number} as id, {time} as ordered_at"
        write_parquet(tmp_path / "orders" / f"{number}.parquet", query)
    for zone, expected in (
        ("UTC", ["2024-07-01 12:00:00", "2024-07-01 10:00:00"]),
        ("Europe/Paris", ["2024-07-01 12:00:00", "2024-07-01 10:00:00.000000Z"]),
    ):
        columns = [{"name": "id", "type": "text"}]
        columns += [{"name": "ordered_at", "type": "timestamp", "time_zone": zone}]
        contract = {"name": "orders", "required": True, "columns": columns}
        with duckdb.connect() as connection:
            [table] = raw_files.find(connection, str(tmp_path), [contract]).tables
            query = f"select cast(ordered_at as varchar) from ({table.query()}) order by id"
            assert [text for (text,) in connection.execute(query).fetchall()] == expected


@pytest.mark.parametrize("value", ["n/a", None, [None, "n/a"], [0], [""], [" x"], {"a": "b"}])
def test_wrong_placeholders_are_named(value: object) -> None:
    said = ask(
        quick_dbt().manifest,
        "setting_problem",
        "placeholder_values",
        {"kind": "words"},
        var={"placeholder_values": value}.get,
    )
    assert said.strip().endswith(
        'set it to a list of texts in quotes, such as ["n/a", "0"], or to [].'
    )


# -- times that are none ------------------------------------------------------------------------


def test_infinite_and_very_old_times_are_none(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", customers=CUSTOMERS)
    (raw / "customers.csv").unlink()
    (raw / "orders.csv").unlink()
    write_parquet(
        raw / "customers.parquet",
        "select unnest(range(1, 8))::varchar as customer_id, unnest(['-infinity', 'infinity',"
        " '0001-01-01', '0001-12-31 23:59:59', '0002-01-01', '0044-03-15 (BC)', '2024-01-01'])"
        "::timestamp as created_at",
    )
    write_parquet(
        raw / "orders.parquet",
        "select unnest(range(5))::varchar as order_id, '7' as customer_id, 'paid' as status,"
        " '2024-02-01' as ordered_at, 'EUR' as currency, 1 as subtotal_amount,"
        " unnest(['infinity', '-infinity', '0001-06-01', '20000-01-01', '2024-02-03'])"
        "::timestamptz as delivered_at, date '-infinity' as updated_at",
    )
    quick_dbt().run(
        *STAGING,
        folder=tmp_path / "run",
        # a day before that of UTC
        variables=SETTINGS | {"raw_location": str(raw), "reporting_time_zone": "America/New_York"},
    )
    with duckdb.connect(str(tmp_path / "run" / "build.duckdb"), read_only=True) as connection:

        def rows(query: str) -> Rows:
            return connection.execute(query).fetchall()

        assert rows(
            "select customer_id, created_on::varchar from staging.stg_shop__customers order by 1"
        ) == [("5", "0001-12-31"), ("7", "2023-12-31")]
        assert rows(f"{REJECTED} order by 2") == [
            ("customers", number, "unparseable_timestamp") for number in "12346"
        ]
        assert rows(
            "select unreadable_columns, delivered_at is not null from staging.base_shop__orders"
            " order by order_id"
        ) == [("delivered_at;updated_at;", False)] * 4 + [("updated_at;", True)]


def test_postgres_shows_times_that_are_none(postgres_server: dict[str, str]) -> None:
    connection = postgres_connection(postgres_server)
    cases = [
        ("timestamp without time zone", "infinity", "infinity"),
        ("timestamp with time zone", "-infinity", "-infinity"),
        ("date", "infinity", "infinity"),
        ("date", "0044-03-15 BC", "0044-03-15 BC"),
        ("timestamp without time zone", "0044-03-15 BC", "0044-03-15 00:00:00 BC"),
        ("timestamp without time zone", "2024-03-15 10:20:30.5", "2024-03-15 10:20:30.5"),
        ("date", "2024-03-15", "2024-03-15"),
    ]
    with connection, connection.cursor() as cursor:
        for kind, value, text in cases:
            shown = ask(
                *(quick_dbt().manifest, "postgres__typed_as_text"),
                *(f"cast('{value}' as {kind})", kind),
            )
            cursor.execute(f"select {shown}")
            assert cursor.fetchall() == [(text,)], (kind, value)
    connection.close()


# -- RFM where all are alike --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "scores"),
    [
        # one buyer
        (["1,2024-02-01,10"], {"c:1": (3, 3, 3, "need_attention")}),
        # all on one day, but not of one value
        (
            ["1,2024-02-01,10", "2,2024-02-01,20"],
            {"c:1": (3, 3, 1, "about_to_sleep"), "c:2": (3, 3, 3, "need_attention")},
        ),
        # a day apart, of one value
        (
            ["1,2024-02-01,10", "2,2024-02-02,10"],
            {"c:1": (1, 3, 3, "at_risk"), "c:2": (3, 3, 3, "need_attention")},
        ),
        # only the number of purchases differs
        (
            ["1,2024-02-01,10", "1,2024-02-02,10", "2,2024-02-02,20"],
            {"c:1": (3, 3, 3, "need_attention"), "c:2": (3, 1, 3, "about_to_sleep")},
        ),
    ],
)
def test_a_measure_on_which_all_buyers_are_equal_scores_three(
    tmp_path: Path,
    ask_of: Callable[..., list[Rows]],
    orders: list[str],
    scores: dict[str, tuple],
) -> None:
    lines = [
        f"o{n},{order.split(',')[0]},{order.split(',')[1]},paid,EUR,{order.split(',')[2]}"
        for n, order in enumerate(orders)
    ]
    write(tmp_path, orders=";".join([ORDER, *lines]))
    columns = "person_id, recency_score, frequency_score, monetary_score, rfm_segment"
    built, recounted = ask_of(
        tmp_path,
        f"select {columns} from core.rfm_scores",
        f"select {columns} from proof.proof_rfm",
        rooms=["core", "proof_rfm"],
    )
    assert {row[0]: row[1:] for row in built} == scores
    assert recounted == built
    expected = run(tmp_path, Settings.of(SETTINGS), None).rfm_scores
    assert {row[0]: row[-4:] for row in expected} == scores


# -- money that needs room ----------------------------------------------------------------------

# the most that the contract admits
MOST = "999999999999.99"


def many_large_amounts(folder: Path) -> Path:
    """A shop in which sums and products of money have up to 30 digits, each row admitted."""
    days = [f"2025-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(150)]
    days += [f"2025-12-{20 + n % 10}" for n in range(50)]
    orders = [ORDER + ",discount_amount,coupon_code"]
    lines = ["order_line_id,order_id,product_id,quantity,unit_price,discount_amount"]
    refunds = ["refund_id,order_id,refunded_at,amount"]
    for n, day in enumerate(days):
        discount = MOST if n % 3 == 0 else "1000000000"
        orders.append(f"o{n},{1 + n % 2},{day},paid,EUR,{MOST},{discount},X")
        lines.append(f"a{n},o{n},p1,1,{MOST},{discount}")
        lines.append(f"b{n},o{n},p2,999999999999.999,1,0")
        # any number of what costs nothing
        lines += [f"{part}{n},o{n},p3,999999999999.999,0,0" for part in "cd"]
        refunds += [f"r{n}_{part},o{n},{day},{MOST}" for part in range(3 if n % 5 == 0 else 0)]
    # ratios to the smallest value there is
    for n, status in enumerate(["paid", "refunded", "paid", "paid"]):
        orders.append(f"q{n},{3 + n // 2},2025-12-{29 + n % 2},{status},EUR,0.0001,,")
    refunds += [f"q1_{part},q1,2025-12-30,{MOST}" for part in range(150)]
    adds = [
        f"e{n},add_to_cart,2025-12-30T20:{n // 60:02}:{n % 60:02}Z,v,1,p{n}" for n in range(200)
    ]
    return write(
        folder,
        orders=";".join(orders),
        order_lines=";".join(lines),
        refunds=";".join(refunds),
        products=";".join(
            ["product_id,category,collection,unit_price", *(f"p{n},a,b,{MOST}" for n in range(200))]
        ),
        events=";".join(
            ["event_id,event_name,occurred_at,visitor_id,customer_id,product_id", *adds]
        ),
    )


def test_no_admitted_amount_stops_a_shop(project: Compiled, tmp_path: Path) -> None:
    """Neither the models nor the project's own tests."""
    raw = many_large_amounts(tmp_path)
    with project.run(raw, optimise=False) as connection:
        assert not project.failing_tests(connection)

        def rows(query: str) -> Rows:
            return connection.execute(query).fetchall()

        assert rows("select count(*) from staging.rejected_records") == [(0,)]
        # of each order with a value that no refunds exceed
        [(paid,)] = rows("select sum(net_revenue_amount) from core.people")
        [(valid,)] = rows("select count(*) from core.orders where net_revenue_amount > 1")
        assert paid == valid * Decimal("998999999999.99") + Decimal("0.0003")
        assert paid > 10**14
        # evidence has 14 digits before the point
        most = Decimal("99999999999999.9999")
        assert rows(
            "select evidence from segments.product_buyers where segment_value = 'p3' and"
            " person_id = 'c:1'"
        ) == [(most,)]
        assert rows("select evidence from segments.valuable_cart_abandoners") == [(most,)]
        assert rows("select evidence from segments.costly_customers where person_id = 'c:3'") == [
            (most,)
        ]


def test_what_is_larger_is_rejected(tmp_path: Path, ask_of: Callable[..., list[Rows]]) -> None:
    header = f"{ORDER},discount_amount,shipping_amount"
    orders = {
        "ok": "EUR,999999999999.99,,",
        "amount": "EUR,1000000000000,,",
        "digits_after_rounding": "EUR,999999999999.9999999,,",
        # 4 decimals when converted
        "converted_rounding": "EUR,999999999999.99995,,",
        "converted": "VND,5000000000,,",
        "converted_ok": "VND,37000000,,",
        "shipping": "EUR,1,,1000000000000",
        "discount": "EUR,1,1000000000000,",
        "negative": "EUR,-1000000000000,,",
        "no_number": "EUR,1e13,,",
        "too_large_but_cancelled": "EUR,1000000000000,,",
    }
    rows = [
        f"{name},1,2024-02-02,{'odd' if 'cancel' in name else 'paid'},{rest}"
        for name, rest in orders.items()
    ]
    lines = {
        "price": "ok,4006381333931,1",
        "product": "ok,1000000,1000000",
        "product_ok": "ok,999999,1000000",
        "quantity": "ok,1,4006381333931",
        "both_largest": "ok,999999999999.999,999999999999.999999",
        "converted": "converted_ok,50000000,1",
        "converted_largest": "converted_ok,999999999999,1",
    }
    write(
        tmp_path,
        orders=";".join([header, *rows, "ok,1,2024-02-01,paid,EUR,1000000000000,,"]),
        exchange_rates="currency,rate_on,rate;VND,2024-02-01,1;VND,2024-02-02,27000"
        ";VND,2024-02-03,1",
        order_lines=";".join(
            [
                "order_line_id,order_id,unit_price,quantity,product_id",
                *(f"{name},{rest},p" for name, rest in lines.items()),
            ]
        ),
        refunds="refund_id,order_id,refunded_at,amount;amount,ok,2024-02-03,1000000000000"
        ";converted,converted_ok,2024-02-03,40000000;fine,converted_ok,2024-02-03,1000000",
    )
    [rejected] = ask_of(tmp_path, REJECTED, rooms=["staging"])
    large = "amount_too_large"
    assert rejected == sorted(
        [
            ("orders", "amount", large),
            ("orders", "digits_after_rounding", large),
            ("orders", "converted_rounding", large),
            ("orders", "converted", large),
            ("orders", "shipping", large),
            ("orders", "discount", "negative_amount"),
            ("orders", "negative", "negative_amount"),
            ("orders", "no_number", "unparseable_number"),
            ("orders", "too_large_but_cancelled", "unknown_status"),
            ("orders", "ok", large),
            ("order_lines", "price", large),
            ("order_lines", "product", large),
            ("order_lines", "quantity", large),
            ("order_lines", "both_largest", large),
            ("order_lines", "converted", large),
            ("order_lines", "converted_largest", large),
            ("refunds", "amount", large),
            ("refunds", "converted", large),
        ],
        key=str,
    )
    expected = run(tmp_path, Settings.of(SETTINGS), None).rejected
    assert sorted((row[:3] for row in expected), key=str) == rejected
