"""Input that real shops hand over is read right, or a sentence says what is wrong with it."""

import contextlib
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


def write(folder: Path, **contents: str | list[str]) -> Path:
    """Write a shop: CSV files by table name, lists of lines or lines with `;` between them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in ({"customers": CUSTOMERS, "orders": ORDERS} | contents).items():
        text = "\n".join(lines if isinstance(lines, list) else lines.split(";")) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
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


# values as numbers, and the texts that they are; none: the run stops
NUMBERS = [
    ("double", "1042", "1042"),
    ("double", "9007199254740991", "9007199254740991"),
    ("double", "-0.0", "0"),
    ("double", "9007199254740992", None),
    ("double", "1042.5", None),
    ("double", "'infinity'", None),
    ("double", "'nan'", ""),
    ("float", "16777215", "16777215"),
    ("float", "16777216", None),
    ("decimal(38,10)", "1042.00", "1042"),
    ("decimal(38,10)", "12345678901234567890.0", "12345678901234567890"),
    ("decimal(38,10)", "1042.5", None),
    ("decimal(38,10)", "null", ""),
]


@pytest.mark.parametrize("place", ["city", "country_code", "email"])
def test_an_id_that_is_a_number_is_a_whole_one_or_stops_the_run(tmp_path: Path, place: str) -> None:
    path = write(tmp_path) / "customers.parquet"
    (tmp_path / "customers.csv").unlink()
    id_ = "65432109876543210"
    for kind, value, text in [*NUMBERS, ("bigint", id_, id_), ("decimal(9,2)", "1042.5", None)]:
        number = f"cast({value} as {kind}) as {place}"
        write_parquet(path, f"select 1 as customer_id, '2024-01-01' as created_at, {number}")
        if text is None:
            assert problem_of(tmp_path) == (
                f"The raw file {path} can't be read ({place} is a number and not always a whole one"
                " that is exact: write it as text): mend or remove it."
            )
        else:
            assert column(look(tmp_path)[1], f"customers.{place}") == [text or None], (kind, value)


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


ON_POSTGRES = {"double": "double precision", "float": "real", "decimal(38,10)": "numeric"}


def check_whole_numbers(engine: str, cases: list[tuple], run: Callable[[str], Rows]) -> None:
    """Assert what an engine makes of numbers in the place of texts."""
    manifest, selected = quick_dbt().manifest, []
    for kind, value, _ in cases:
        whole = ask(manifest, f"{engine}__whole_number", f"cast({value} as {kind})", kind)
        selected += [whole["text"], whole["is_whole"]]
    [found] = run(f"select {', '.join(selected)}")
    expected = [(text or None, text is not None) for *_, text in cases]
    assert list(zip(found[::2], found[1::2], strict=True)) == expected
    assert not ask(manifest, f"{engine}__whole_number", "x", "bigint")


def test_postgres_reads_ids_that_are_numbers_and_shows_times_that_are_none(
    postgres_server: dict[str, str],
) -> None:
    """What PostgreSQL alone can hold too: infinite decimals, times before Christ."""
    cases = [(ON_POSTGRES[kind], value, text) for kind, value, text in NUMBERS]
    cases += [("numeric", "'infinity'", None), ("numeric", "'nan'", "")]
    shown = [
        # a float beyond 15 digits keeps them all
        ("double precision", "6543210987654321.5", "6543210987654322"),
        ("timestamp without time zone", "infinity", "infinity"),
        ("timestamp with time zone", "-infinity", "-infinity"),
        ("date", "infinity", "infinity"),
        ("date", "0044-03-15 BC", "0044-03-15 BC"),
        ("timestamp without time zone", "0044-03-15 BC", "0044-03-15 00:00:00 BC"),
        ("timestamp without time zone", "2024-03-15 10:20:30.5", "2024-03-15 10:20:30.5"),
        ("date", "2024-03-15", "2024-03-15"),
    ]
    texts = [
        ask(quick_dbt().manifest, "postgres__typed_as_text", f"cast('{value}' as {kind})", kind)
        for kind, value, _ in shown
    ]
    connection = postgres_connection(postgres_server)
    with contextlib.closing(connection), connection.cursor() as cursor:

        def run(query: str) -> Rows:
            cursor.execute(query)
            return cursor.fetchall()

        check_whole_numbers("postgres", cases, run)
        assert run(f"select {', '.join(texts)}") == [tuple(text for *_, text in shown)]


def test_spark_reads_ids_that_are_numbers(spark_session: Any) -> None:
    def run(query: str) -> Rows:
        return [tuple(row) for row in spark_session.sql(query).collect()]

    check_whole_numbers("spark", NUMBERS, run)


# -- files, their headers and lines -------------------------------------------------------------


def lay(folder: Path, files: dict[str, object]) -> Path:
    """Write a shop's files by path: texts, links (Path), folders or pipes (callables)."""
    write(folder)
    (folder / "orders.csv").unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        elif isinstance(content, Path):
            path.symlink_to(content)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def surplus(text: str, line: int) -> dict[str, object]:
    """Orders with something more at the end of a line."""
    lines = LINES.splitlines()
    lines[line] += text
    return {"orders.csv": "\n".join(lines)}


TO_NOTHING = Path("not_mounted")
SHORT = LINES.replace(",subtotal_amount", ",subtotal_amount,coupon_code", 1)
SEVEN, DANGLING = "Expected Number of Columns: 6 Found: 7", "(it is a link to nothing)"
OTHER_FORMAT = "is neither CSV nor Parquet: hand orders over as orders.csv, .csv.gz or .parquet"
# the files, and the sentence about one of them
STOPPED: dict[str, tuple[dict[str, object], str]] = {
    # `test_errors` has one with a value
    **{
        f"a line with {text!r} too much": (
            surplus(text, line),
            f"orders.csv can't be read (line {line + 1}: {SEVEN})",
        )
        for text, line in ((",", 1), (",,", 2), (',""', 1), (", ", 2))
    },
    "a line too short in a zipped part": (
        {"orders/1.csv": LINES, "orders/2.csv.gz": gzip.compress(SHORT.encode())},
        "orders/2.csv.gz can't be read (line 2: Expected Number of Columns: 7 Found: 6)",
    ),
    **{
        f"a part called {name}": (
            {"orders/1.csv": "", f"orders/{name}": ""},
            f"{name} {OTHER_FORMAT}",
        )
        for name in ("2.tsv", "2.gz", "2.csv.zst", "2.parq", "y=2024/2.json", "2")
    },
    "parts of other formats": (
        {"orders/1.csv": "", "orders/2.txt": "", "orders/3.tsv": ""},
        f"orders/2.txt (and 1 more) {OTHER_FORMAT}",
    ),
    "a table without an ending": ({"orders": LINES}, f"orders {OTHER_FORMAT}"),
    **{
        f"{link} is a link to nothing": (
            {"orders.csv": LINES, link: TO_NOTHING},
            f"The raw file {{raw}}/{link} can't be read {DANGLING}: mend or remove it.",
        )
        for link in ("events.csv", "events", "events/2024", "events/1.csv")
    },
    "a pipe, which is not waited for": (
        {"orders.csv": LINES, "events.csv": os.mkfifo},
        "events.csv can't be read (it is no file)",
    ),
    "a folder in which nothing can be read": (
        {"orders.csv": LINES, "events/_SUCCESS": "", "events/2024": Path.mkdir},
        "The folder {raw}/events/2024 holds no CSV or Parquet file: fill or remove it.",
    ),
}
NOTE = '"note\nof ""staff""",' + LINES.replace("\no", "\nx,o")
UNREAD = 'The raw table orders has columns that are not read: note of "staff".'
# the files, and the warning about them
READ: dict[str, tuple[dict[str, object], str]] = {
    "a comma at the end of every line": ({"orders.csv": LINES.replace("\n", ",\n")}, ""),
    "a line end in the header": ({"orders.csv": NOTE}, UNREAD),
    "two characters as line end": ({"orders.csv": NOTE.replace("\n", "\r\n")}, UNREAD),
    **{
        f"a column called {name!r}": ({"orders.csv": LINES.replace("order_id", name)}, "")
        for name in ('"Order ID"', ' "order_id"', "Order-Id", "order_id\0", "OrderID", "ORDER.I.D")
    },
    # as Spark and Dask call it
    "a folder with an ending": ({"orders.parquet/part-0.csv": LINES}, ""),
    "a link to nothing that is no table": ({"orders.csv": LINES, "notes.txt": TO_NOTHING}, ""),
    "an empty folder": ({"orders.csv": LINES, "events/_SUCCESS": ""}, ""),
}


@pytest.mark.parametrize(("files", "sentence"), STOPPED.values(), ids=STOPPED.keys())
def test_what_can_not_be_read_whole_stops_the_run(
    tmp_path: Path, files: dict[str, object], sentence: str
) -> None:
    assert sentence.replace("{raw}", str(tmp_path)) in problem_of(lay(tmp_path, files))


@pytest.mark.parametrize(("files", "warning"), READ.values(), ids=READ.keys())
def test_what_has_another_form_is_read(
    tmp_path: Path, files: dict[str, object], warning: str
) -> None:
    found, rows = look(lay(tmp_path, files))
    assert column(rows, "orders.order_id") == ["o1", "o2"]
    assert column(rows, "orders.subtotal_amount") == ["10.00", "20.00"]
    assert found.warnings == [warning] * bool(warning)


@pytest.mark.parametrize("other", ["Customer_ID", "customer id"])
def test_a_column_that_a_parquet_file_has_twice_stops_the_run(tmp_path: Path, other: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    # DuckDB writes no two names that differ only in case; a nested column comes before them
    rows = {"note": [{"a": 1, "b": [1]}], "customer_id": ["1"], other: ["2"], "created_at": ["x"]}
    path = write(tmp_path) / "customers.parquet"
    (tmp_path / "customers.csv").unlink()
    parquet.write_table(pyarrow.table(rows), path)
    sentence = f"The raw file {path} has the column customer_id twice: keep one of them."
    assert problem_of(tmp_path) == sentence


def test_at_most_twenty_unknown_columns_are_listed_the_likely_mistakes_first(
    tmp_path: Path,
) -> None:
    header = ORDER.replace("customer_id", "customer_no") + ",weather,voucher_code,Discount,email,"
    header += ",".join(f"w{place:02}" for place in range(30))
    write(tmp_path, orders=f"{header};o1,1,2024-02-01,paid,EUR,10.00,,,,a@example.com{',' * 30}")
    assert look(tmp_path)[0].warnings == [
        "The raw table orders has columns that are not read: Discount (is it discount_amount?),"
        " customer_no (is it customer_id?), voucher_code, "
        + "".join(f"w{place:02}, " for place in range(17))
        + "14 more."
    ]


def test_servers_find_the_same_nearest_name() -> None:
    for name, known, nearest in (
        ("customerid", ["customer_id", "coupon_code"], "customer_id"),
        ("E-Mail", ["phone", "email"], "email"),
        ("order_date", ["updated_at", "ordered_at"], "ordered_at"),
        ("weather", ["email", "status"], None),
        ("x", ["email"], None),
        ("x", [], None),
    ):
        assert raw_files.nearest_name(name, known) == nearest
        assert ask(quick_dbt().manifest, "nearest_name", name, known) == nearest


@pytest.mark.parametrize(
    ("link", "folder"),
    [("orders", "y=2024/m=01"), ("orders/old", "."), ("orders/a/b", "y=2024")],
)
def test_links_are_followed_at_any_depth_and_never_in_circles(
    tmp_path: Path, link: str, folder: str
) -> None:
    """A folder may link to one above it, and two to each other."""
    raw, elsewhere = write(tmp_path / "raw"), tmp_path / "elsewhere"
    (elsewhere / folder).mkdir(parents=True)
    (raw / "orders.csv").rename(elsewhere / folder / "1.csv")
    (raw / link).parent.mkdir(parents=True, exist_ok=True)
    (raw / link).symlink_to(elsewhere)
    (elsewhere / "above").symlink_to(raw)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "back").symlink_to(elsewhere)
    (elsewhere / "other").symlink_to(tmp_path / "other")
    assert column(look(raw)[1], "orders.order_id") == ["o1", "o2"]


@pytest.mark.parametrize(
    "spelling",
    [
        "./shop",
        "shop/.",
        "shop//",
        "a/../shop",
        "./a/.././shop/./",
        "~/shop",
        "shop/../shop",
        "b/..",
    ],
)
def test_a_location_may_be_spelt_in_many_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """Also where its name is twice in the path; two dots lead up from where a link does."""
    home = tmp_path / "shop"
    write(home / "shop")
    (home / "shop" / "inside").mkdir()
    (home / "b").symlink_to(home / "shop" / "inside")
    (home / "a").mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    assert column(look(spelling)[1], "orders.order_id") == ["o1", "o2"]
    assert column(look(f"file://{home}/shop")[1], "orders.order_id") == ["o1", "o2"]


# -- placeholders -------------------------------------------------------------------------------

PLACEHOLDERS = ["NULL", "(null)", "None", "N/A", " na ", "NaN"]
PLACEHOLDERS += ["undefined", "(Not Set)", "\\N", "-"]
NO_PLACEHOLDERS = ["Nana", "n/a n/a", "nullable", "null|none", "--", "Na-", "undefined1", "N"]


def test_a_placeholder_is_nobodys_email_id_or_word(
    tmp_path: Path, ask_of: Callable[..., list[Rows]]
) -> None:
    """Nor are customer 0 and visitor undefined somebody."""
    words = [*enumerate(PLACEHOLDERS)]
    customers = [f"c{n},{word},2024-01-01,{word},{word}" for n, word in words]
    customers += [f"t{n},,2024-01-01,{city}," for n, city in enumerate(NO_PLACEHOLDERS)]
    # the customer counts, nothing else is known
    orders = [f"o{n},c{n},{word},2024-02-01,paid,EUR,10,{word},{word},{word}" for n, word in words]
    orders += [
        "g1,NULL,ann@example.com,2024-02-01,paid,EUR,10,,,",
        "g2,0,x@example.com,2024-02-01,paid,EUR,10,,,",
        "g3,0,y@example.com,2024-02-01,paid,EUR,10,,,",
        # an order of nobody, and one whose own id is 0
        "n1,n/a,-,2024-02-01,paid,EUR,10,,,",
        "0,t0,,2024-02-01,paid,EUR,10,,,",
        "n2,c1,,none,paid,EUR,10,,,",
        "n3,c1,,2024-02-01,paid,EUR,nan,,,",
        "undefined,c1,,2024-02-01,paid,EUR,10,,,",
    ]
    header = "order_id,customer_id,email,ordered_at,status,currency,subtotal_amount"
    header += ",discount_amount,coupon_code,shipping_country_code"
    write(
        tmp_path,
        customers=["customer_id,email,created_at,city,country_code", "0,,2024-01-01,,", *customers],
        orders=[header, *orders],
        events="event_id,event_name,occurred_at,visitor_id,customer_id,order_id"
        ";e1,page_view,2024-02-01T10:00:00Z,undefined,1,;e2,page_view,2024-02-01T10:00:00Z,0,,"
        ";e3,page_view,2024-02-01T10:00:00Z,v1,0,"
        # no id of an order: two purchases, not one
        ";e4,purchase,2024-02-01T11:00:00Z,v2,,(not set);e5,purchase,2024-02-01T11:00:00Z,v3,,NULL",
    )
    buyers, cities, known, sessions, rejected = ask_of(
        tmp_path,
        "select left(person_id, 2), count(*) from core.people where purchases = 1 group by 1",
        "select city from staging.stg_shop__customers where city is not null",
        "select order_id, coupon_code, shipping_country_code, discount_amount"
        " from staging.stg_shop__orders where coupon_code is not null"
        " or shipping_country_code is not null or discount_amount <> 0 or order_id in ('0', 'n1')",
        "select visitor_id, purchases from core.sessions",
        REJECTED,
    )
    assert buyers == [("c:", 11), ("g:", 3)]
    assert [city for (city,) in cities] == sorted(NO_PLACEHOLDERS)
    assert known == [("0", None, None, 0), ("n1", None, None, 0)]
    assert sessions == [("v1", 0), ("v2", 1), ("v3", 1)]
    assert rejected == [
        ("customers", None, "missing_key"),
        ("events", "e1", "missing_required"),
        ("events", "e2", "missing_required"),
        ("orders", "n2", "missing_required"),
        ("orders", "n3", "missing_required"),
        ("orders", None, "missing_key"),
    ]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Rows]]:
    """Staging as built of a shop with placeholders of its own and times that are none."""
    folder = tmp_path_factory.mktemp("staged")
    raw = write(
        folder / "raw",
        customers="customer_id,created_at,city,birth_date;0,2024-01-01,na,1900-01-01"
        ";1,2024-01-01,Keine,1980-05-05",
        orders=f"{ORDER},tax_amount;o1,0,2024-02-01,paid,EUR,10,9999;o2,1,1900-01-01,paid,EUR,10,",
        reviews="review_id,customer_id,reviewed_at,has_photo;r1,1,2024-02-01,N",
    )
    for table in ("customers", "orders"):
        (raw / table).mkdir()
        (raw / f"{table}.csv").rename(raw / table / "1.csv")
    write_parquet(
        raw / "customers" / "2.parquet",
        "select unnest(range(2, 9))::varchar as customer_id, unnest(['-infinity', 'infinity',"
        " '0001-01-01', '0001-12-31 23:59:59', '0002-01-01', '0044-03-15 (BC)', '2024-01-01'])"
        "::timestamp as created_at",
    )
    write_parquet(
        raw / "orders" / "2.parquet",
        "select unnest(range(5))::varchar as order_id, '8' as customer_id, 'paid' as status,"
        " '2024-02-01' as ordered_at, 'EUR' as currency, 1 as subtotal_amount,"
        " unnest(['infinity', '-infinity', '0001-06-01', '20000-01-01', '2024-02-03'])"
        "::timestamptz as delivered_at, date '-infinity' as updated_at",
    )
    settings = {
        "raw_location": str(raw),
        "placeholder_values": ["keine", "1900-01-01", "9999", "n"],
        "placeholder_customer_ids": [],
        # a day before that of UTC
        "reporting_time_zone": "America/New_York",
    }
    quick_dbt().run(*STAGING, folder=folder, variables=SETTINGS | settings)
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


def test_a_shop_has_placeholders_of_its_own(staged: Callable[[str], Rows]) -> None:
    """Also such as would read as a time, a number or a boolean."""
    assert staged(
        "select customer_id, city, birth_date::varchar from staging.stg_shop__customers"
        " where customer_id in ('0', '1') order by 1"
    ) == [("0", "na", None), ("1", None, "1980-05-05")]
    orders = "select order_id, tax_amount from staging.stg_shop__orders where order_id like 'o%'"
    assert staged(orders) == [("o1", None)]
    assert staged("select has_photo from staging.stg_shop__reviews") == [(None,)]
    assert staged(f"{REJECTED} where raw_table = 'orders'") == [
        ("orders", "o2", "missing_required")
    ]
    assert staged(
        "select distinct unreadable_columns from staging.base_shop__customers"
        " where customer_id < '2'"
    ) == [("",)]


def test_infinite_and_very_old_times_are_none(staged: Callable[[str], Rows]) -> None:
    assert staged(
        "select customer_id, created_on::varchar from staging.stg_shop__customers"
        " where customer_id > '1' order by 1"
    ) == [*((n, {"6": "0001-12-31", "8": "2023-12-31"}.get(n)) for n in "2345678")]
    assert staged(
        "select count(*) from staging.base_shop__customers where unreadable_columns = 'created_at;'"
    ) == [(5,)]
    assert staged(
        "select unreadable_columns, delivered_at is not null from staging.base_shop__orders"
        " where customer_id = '8' order by order_id"
    ) == [("delivered_at;updated_at;", False)] * 4 + [("updated_at;", True)]


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


def test_wrong_placeholders_are_named() -> None:
    for value in ("n/a", None, [None, "n/a"], [0], [""], [" x"], {"a": "b"}):
        said = ask(
            *(quick_dbt().manifest, "setting_problem", "placeholder_values", {"kind": "words"}),
            var={"placeholder_values": value}.get,
        )
        sentence = 'set it to a list of texts in quotes, such as ["n/a", "0"], or to [].'
        assert said.strip().endswith(sentence), value


# -- RFM where all are alike --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("orders", "scores"),
    [
        # one buyer
        (["o1,1,2024-02-01,paid,EUR,10"], {"c:1": (3, 3, 3, "need_attention")}),
        # all on one day, but not of one value
        (
            ["o1,1,2024-02-01,paid,EUR,10", "o2,2,2024-02-01,paid,EUR,20"],
            {"c:1": (3, 3, 1, "about_to_sleep"), "c:2": (3, 3, 3, "need_attention")},
        ),
        # a day apart, of one value
        (
            ["o1,1,2024-02-01,paid,EUR,10", "o2,2,2024-02-02,paid,EUR,10"],
            {"c:1": (1, 3, 3, "at_risk"), "c:2": (3, 3, 3, "need_attention")},
        ),
    ],
)
def test_a_measure_on_which_all_buyers_are_equal_scores_three(
    tmp_path: Path, ask_of: Callable[..., list[Rows]], orders: list[str], scores: dict[str, tuple]
) -> None:
    write(tmp_path, orders=[ORDER, *orders])
    columns = "person_id, recency_score, frequency_score, monetary_score, rfm_segment"
    built, recounted = ask_of(
        tmp_path,
        f"select {columns} from core.rfm_scores",
        f"select {columns} from proof.proof_rfm",
        rooms=["rfm_scores", "proof_rfm"],
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
    products = ["product_id,category,collection,unit_price"]
    products += [f"p{n},a,b,{MOST}" for n in range(200)]
    events = ["event_id,event_name,occurred_at,visitor_id,customer_id,product_id"]
    for n in range(200):
        events.append(f"e{n},add_to_cart,2025-12-30T20:{n // 60:02}:{n % 60:02}Z,v,1,p{n}")
    tables = {"order_lines": lines, "refunds": refunds, "products": products, "events": events}
    return write(folder, orders=orders, **tables)


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
        for segment, who in (
            ("product_buyers", "segment_value = 'p3' and person_id = 'c:1'"),
            ("valuable_cart_abandoners", "true"),
            ("costly_customers", "person_id = 'c:3'"),
        ):
            assert rows(f"select evidence from segments.{segment} where {who}") == [(most,)]


def test_what_is_larger_is_rejected(tmp_path: Path, ask_of: Callable[..., list[Rows]]) -> None:
    orders = {
        "ok": "EUR,999999999999.99,",
        "amount": "EUR,1000000000000,",
        "digits_after_rounding": "EUR,999999999999.9999999,",
        # 4 decimals when converted
        "converted_rounding": "EUR,999999999999.99995,",
        "converted": "VND,5000000000,",
        "converted_ok": "VND,37000000,",
        "shipping": "EUR,1,1000000000000",
    }
    rows = [f"{name},1,2024-02-02,paid,{rest}" for name, rest in orders.items()]
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
        orders=[f"{ORDER},shipping_amount", *rows, "ok,1,2024-02-01,paid,EUR,1000000000000,"],
        exchange_rates="currency,rate_on,rate;VND,2024-02-01,1;VND,2024-02-02,27000"
        ";VND,2024-02-03,1",
        order_lines=["order_line_id,order_id,unit_price,quantity,product_id"]
        + [f"{name},{rest},p" for name, rest in lines.items()],
        refunds="refund_id,order_id,refunded_at,amount;amount,ok,2024-02-03,1000000000000"
        ";converted,converted_ok,2024-02-03,40000000;fine,converted_ok,2024-02-03,1000000",
    )
    [rejected] = ask_of(tmp_path, REJECTED, rooms=["staging"])
    large = {
        "orders": [*orders.keys() - {"converted_ok"}],
        "order_lines": [*lines.keys() - {"product_ok"}],
        "refunds": ["amount", "converted"],
    }
    assert rejected == sorted(
        [(table, key, "amount_too_large") for table, keys in large.items() for key in keys],
        key=str,
    )
    expected = run(tmp_path, Settings.of(SETTINGS), None).rejected
    assert sorted((row[:3] for row in expected), key=str) == rejected


# -- amounts that do not add up -----------------------------------------------------------------

# subtotal, discount, shipping, tax and total
AMOUNTS = {
    "tax_within": "100,10,5,19,95",
    "tax_on_top": "100,10,5,19,114",
    "at_the_tolerance": "100,,5,0,105.02",
    "beyond_it": "100,,5,0,104.97",
    "of_unknown_tax": "100,,5,,999",
    "of_unknown_shipping": "100,,,0,999",
    "of_unknown_total": "100,,5,0,",
}


@pytest.mark.parametrize(("includes_tax", "beyond"), [(None, 1), (True, 2), (False, 2)])
def test_orders_that_do_not_add_up_are_counted(
    compiled: Callable[..., Compiled], tmp_path: Path, includes_tax: bool | None, beyond: int
) -> None:
    """Where it is not said whether prices include the tax, either will do."""
    header = f"{ORDER},discount_amount,shipping_amount,tax_amount,total_amount"
    orders = [f"{name},1,2024-02-01,paid,EUR,{amounts}" for name, amounts in AMOUNTS.items()]
    project = compiled(**SETTINGS, prices_include_tax=includes_tax)
    with project.run(
        write(tmp_path, orders=[header, *orders]), optimise=False, rooms=["data_health"]
    ) as connection:
        found = connection.execute(
            "select affected_rows, all_rows from insights.data_health"
            " where measure = 'orders that do not add up'"
        ).fetchall()
    assert found == [(beyond, 4)]
