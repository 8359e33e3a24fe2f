"""Raw files arrive on a server as they are, or nothing is replaced."""

import gzip
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import load_raw
import pytest
from engines import need, new_database, postgres_connection, postgres_missing, spark_missing
from harness import ROOT
from raw_files import literal

ON_EACH = pytest.mark.parametrize("engine", ["postgres", "spark"])
ON_POSTGRES = pytest.mark.parametrize("engine", ["postgres"])

Rows = list[tuple[str | None, ...]]


class Server:
    """An engine with a schema of its own, and what can be asked of it."""

    def __init__(self, engine: str, connection: Any, schema: str) -> None:
        """Keep what to ask."""
        self.engine, self.connection, self.schema = engine, connection, schema
        self.said: list[str] = []

    def load(self, folder: Path, **options: Any) -> dict[str, int]:
        """Load a folder; what is said is kept."""
        self.said = []
        options = {"schema": self.schema, "connection": self.connection} | options
        return load_raw.load(folder, self.engine, say=self.said.append, **options)

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query."""
        if self.engine == "spark":
            return [tuple(row) for row in self.connection.sql(sql).collect()]
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def columns(self, table: str) -> dict[str, str]:
        """Name and type of each column, types as PostgreSQL calls them."""
        if self.engine == "spark":
            fields = self.connection.table(f"{self.schema}.{table}").schema.fields
            named = {"string": "text", "timestamp": "timestamp without time zone"}
            types = {field.name: field.dataType.simpleString() for field in fields}
            return {
                name: named.get(kind, kind.replace("decimal", "numeric"))
                for name, kind in types.items()
            }
        return dict(
            self.query(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                f" where attrelid = '{self.schema}.{table}'::regclass and attnum > 0"
                " and not attisdropped order by attnum"
            )
        )

    def rows(self, table: str) -> Rows:
        """All rows, each value as text, sorted."""
        mark = "`" if self.engine == "spark" else '"'
        kind = "string" if self.engine == "spark" else "text"
        values = [f"cast({mark}{name}{mark} as {kind})" for name in self.columns(table)]
        return in_order(self.query(f"select {', '.join(values)} from {self.schema}.{table}"))

    def tables(self) -> set[str]:
        """Names of the schema's tables."""
        if self.engine == "spark":
            return {name for _, name, _ in self.query(f"show tables in {self.schema}")}
        found = self.query(f"select tablename from pg_tables where schemaname = '{self.schema}'")
        return {name for (name,) in found}


@pytest.fixture(scope="module")
def servers() -> dict[str, Any]:
    """Connections by engine, opened on first use."""
    return {}


@pytest.fixture
def server(
    engine: str, servers: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[Server]:
    """An engine with an empty schema."""
    if engine == "spark":
        servers[engine] = request.getfixturevalue("spark_session")
    elif engine not in servers:
        environment = request.getfixturevalue("postgres_server")
        servers[engine] = postgres_connection(new_database(environment, "load_raw"))
    server = Server(engine, servers[engine], "landed")
    yield server
    server.query(f"drop schema if exists {server.schema} cascade")


def in_order(rows: list[tuple]) -> Rows:
    return sorted(rows, key=str)


def raw_files(folder: Path, **contents: str) -> Path:
    """Write CSV files by table name: lines with `;` between them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in contents.items():
        text = "\n".join([*lines.split(";"), ""])
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def parquet_file(path: Path, query: str) -> None:
    """Write a query's rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Asia/Tokyo'")
        connection.execute(f"copy ({query}) to '{path}' (format parquet)")


# -- what arrives -------------------------------------------------------------------------------


# What a delimiter, a quote or an escape could break, on either engine.
TEXTS = [
    *("", " a ", "\t", "a\tb", "a\nb", "a\r\nb", "\r", '"', 'a"b', "a,b", "\\", "\\N", "\\."),
    *("\\n", "a\\tb", "null", "NULL", "é", "e\u0301", "🛒", "\u00a0", "'", "a\n\\.\nb", "$1", "%s"),
]


@ON_EACH
def test_texts_arrive_unchanged(server: Server, tmp_path: Path) -> None:
    rows = [*((str(number), text) for number, text in enumerate(TEXTS)), ("none", None)]
    values = ", ".join(
        f"('{number}', {'null' if text is None else literal(text)})" for number, text in rows
    )
    parquet_file(
        tmp_path / "customers.parquet", f"select * from (values {values}) as t (customer_id, city)"
    )
    server.load(tmp_path)
    assert server.rows("customers") == in_order(rows)


@ON_EACH
def test_columns_and_files_of_any_kind_land_in_one_table(server: Server, tmp_path: Path) -> None:
    """Names in any case, columns beyond the contract, files of several shapes."""
    folder = tmp_path / "Customers"
    folder.mkdir()
    (folder / "1.csv").write_text(
        ' CUSTOMER_ID ,email,"Loyal, since","order",\n1,ada@example.com,2020,"a ""b""",x\n'
    )
    with gzip.open(folder / "2.CSV.GZ", "wt") as file:
        file.write("phone,customer_id\n0123,2\n")
    parquet_file(
        folder / "day=1" / "3.parquet",
        "select 3 as customer_id, timestamptz '2024-03-01 09:30:00.5+09' as created_at,"
        " 1e-7::double as \"Order\", 'x'::blob as email, date '1980-02-29' as birth_date,"
        " 12.50::decimal(9, 2) as score, true as is_known",
    )
    (folder / "_SUCCESS").touch()
    (tmp_path / "README.md").write_text("An extract.")
    (tmp_path / "newsletter.csv").write_text("a\n1\n")
    assert server.load(tmp_path) == {"customers": 3}
    assert server.columns("customers") == dict.fromkeys(
        [
            *("customer_id", "email", "Loyal, since", "order", "column5"),
            *("phone", "created_at", "birth_date", "score", "is_known"),
        ],
        "text",
    )
    nothing = (None,) * 5
    assert server.rows("customers") == [
        ("1", "ada@example.com", "2020", 'a "b"', "x", *nothing),
        ("2", None, None, None, None, "0123", *nothing[1:]),
        (
            *("3", "x", None, "0.000000100000000000", None, None, "2024-03-01 00:30:00.500000Z"),
            *("1980-02-29", "12.50", "true"),
        ),
    ]
    ignored = (
        f"The file {tmp_path / 'newsletter.csv'} is ignored: no raw table is called newsletter."
    )
    assert ignored in server.said


@ON_EACH
def test_plain_values_get_their_type_and_others_stay_text(server: Server, tmp_path: Path) -> None:
    raw_files(
        tmp_path,
        orders="order_id,ordered_at,delivered_at,updated_at,subtotal_amount,discount_amount,"
        "shipping_amount,tax_amount,total_amount,note"
        ";1,2024-03-31T23:30:00.25-01:00,2024-02-29,,123456789012.123456,1.2345670,1e1,12.,1,7"
        ";2, 2024-04-01 00:30 ,2024-02-30,, -0.10 ,0.0000001,1e2,3,1.000000000000,8",
        reviews="review_id,rating,has_photo,reviewed_at"
        ";1,4.5,Yes,2024-01-01 24:00:00;2,,0,2024-01-01",
        customers="customer_id,birth_date,created_at;1,1980-02-29,2024-01-01 10:00:00+0200"
        ";2,,2024-01-01T10:00:00.123456Z",
        exchange_rates="currency,rate_on,rate;usd,2024-01-01T00:00:00Z,0.123456789012",
    )
    server.load(tmp_path, typed=True)
    assert server.columns("orders") == {
        "order_id": "text",
        "ordered_at": "timestamp without time zone",
        # there is no 30 February
        "delivered_at": "text",
        "updated_at": "timestamp without time zone",
        "subtotal_amount": "numeric(18,6)",
        # the last digit of a value would be lost
        "discount_amount": "text",
        "shipping_amount": "text",
        "tax_amount": "text",
        "total_amount": "numeric(18,6)",
        # not in the contract
        "note": "text",
    }
    assert server.rows("orders") == [
        (
            *("1", "2024-04-01 00:30:00.25", "2024-02-29", None, "123456789012.123456"),
            *("1.2345670", "1e1", "12.", "1.000000", "7"),
        ),
        (
            *("2", "2024-04-01 00:30:00", "2024-02-30", None, "-0.100000"),
            *("0.0000001", "1e2", "3", "1.000000", "8"),
        ),
    ]
    assert server.columns("reviews") == {
        "review_id": "text",
        "rating": "numeric(15,3)",
        "has_photo": "boolean",
        "reviewed_at": "text",
    }
    assert server.rows("reviews") == [
        ("1", "4.500", "true", "2024-01-01 24:00:00"),
        ("2", None, "false", "2024-01-01"),
    ]
    assert server.rows("customers") == [
        ("1", "1980-02-29", "2024-01-01 08:00:00"),
        ("2", None, "2024-01-01 10:00:00.123456"),
    ]
    assert server.columns("customers")["birth_date"] == "date"
    assert server.rows("exchange_rates") == [("usd", "2024-01-01T00:00:00Z", "0.123456789012")]
    assert server.columns("exchange_rates")["rate"] == "numeric(18,12)"
    assert [line for line in server.said if "stays text" in line] == [
        "exchange_rates.rate_on stays text: 1 value is no plain date.",
        "orders.delivered_at stays text: 1 value is no plain timestamp.",
        "orders.discount_amount stays text: 1 value is no plain amount.",
        "orders.shipping_amount stays text: 2 values are no plain amount.",
        "orders.tax_amount stays text: 1 value is no plain amount.",
        "reviews.reviewed_at stays text: 1 value is no plain timestamp.",
    ]


# -- what is replaced ---------------------------------------------------------------------------


@ON_EACH
def test_a_table_is_replaced_and_those_not_given_stay(server: Server, tmp_path: Path) -> None:
    first = raw_files(
        tmp_path / "first", customers="customer_id,city;1,Lyon;2,Nice", orders="order_id;A"
    )
    second = raw_files(tmp_path / "second", customers="customer_id,phone", refunds="refund_id;R")
    server.load(first)
    assert server.load(second) == {"customers": 0, "refunds": 1}
    assert server.columns("customers") == {"customer_id": "text", "phone": "text"}
    assert server.rows("customers") == []
    assert server.rows("orders") == [("A",)]
    assert server.tables() == {"customers", "orders", "refunds"}
    [left] = [line for line in server.said if line.startswith("Not in")]
    assert "orders" in left and "customers" not in left and "refunds" not in left


@ON_EACH
def test_nothing_is_replaced_where_one_file_is_broken(server: Server, tmp_path: Path) -> None:
    server.load(raw_files(tmp_path, customers="customer_id;1", orders="order_id,email;A,x"))
    raw_files(tmp_path, customers="customer_id;2", orders="order_id,email;B,b@example.com;C")
    with pytest.raises(load_raw.LoadError) as error:
        server.load(tmp_path)
    assert f"{tmp_path / 'orders.csv'} can't be read (line 3: Expected" in str(error.value)
    assert "b@example.com" not in str(error.value)
    assert server.rows("customers") == [("1",)]
    assert server.rows("orders") == [("A", "x")]


@ON_EACH
def test_nothing_is_replaced_where_the_server_refuses(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_files(tmp_path, customers="customer_id;1", orders="order_id,ordered_at;A,2024-01-01")
    server.load(tmp_path)
    raw_files(tmp_path, customers="customer_id;2", orders="order_id,ordered_at;B,2024-01-02")
    for name in ("postgres_type", "spark_type"):
        real = getattr(load_raw, name)
        monkeypatch.setattr(
            load_raw, name, lambda c, real=real: "odd" if c.name == "ordered_at" else real(c)
        )
    with pytest.raises(load_raw.LoadError, match="refused, and nothing was replaced: "):
        server.load(tmp_path)
    assert server.rows("customers") == [("1",)]
    assert server.tables() == {"customers", "orders"}


@ON_POSTGRES
def test_views_on_a_table_of_the_same_columns_stay(server: Server, tmp_path: Path) -> None:
    server.load(raw_files(tmp_path, customers="customer_id;1"))
    server.query("create view landed.ids as select customer_id from landed.customers")
    server.load(raw_files(tmp_path, customers="customer_id;2;3"))
    assert server.query("select * from landed.ids order by 1") == [("2",), ("3",)]
    server.load(raw_files(tmp_path, customers="customer_id,city;4,Lyon"))
    assert server.rows("customers") == [("4", "Lyon")]
    assert server.query("select to_regclass('landed.ids')") == [(None,)]


@ON_POSTGRES
def test_a_view_of_a_raw_tables_name_is_left_alone(server: Server, tmp_path: Path) -> None:
    server.query("create schema landed")
    server.query("create view landed.customers as select 1 as one")
    with pytest.raises(load_raw.LoadError, match=r"landed\.customers is no table on the server"):
        server.load(raw_files(tmp_path, customers="customer_id;1"))
    assert server.query("select * from landed.customers") == [(1,)]


@ON_EACH
def test_a_nul_character_stops_only_postgresql(server: Server, tmp_path: Path) -> None:
    parquet_file(tmp_path / "customers.parquet", "select 'a' || chr(0) as customer_id")
    if server.engine == "spark":
        server.load(tmp_path)
        assert server.rows("customers") == [("a\0",)]
        return
    with pytest.raises(load_raw.LoadError, match=r"customers\.customer_id holds NUL characters"):
        server.load(tmp_path)


# -- what is said before a server is asked ------------------------------------------------------


def given_twice(folder: Path) -> None:
    raw_files(folder, customers="customer_id;1")
    parquet_file(folder / "customers.parquet", "select 1 as customer_id")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder.rmdir(), "is no folder: name the one that holds the raw files"),
        (lambda folder: None, "holds no raw table: put customers.csv, orders.csv"),
        (given_twice, "customers is given twice (customers.csv and customers.parquet in"),
        (
            lambda folder: raw_files(folder, orders="email,Email ;a@example.com,"),
            "orders.csv has the column email twice: keep one of them",
        ),
        (
            lambda folder: raw_files(folder, orders='order_id,email;1,"a@example.com'),
            "orders.csv can't be read (",
        ),
    ],
)
def test_a_folder_that_cannot_be_loaded_is_refused(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    make(folder)
    with pytest.raises(load_raw.LoadError) as error:
        # the connection is not used before the files are known to be whole
        load_raw.load(folder, "postgres", connection=object(), say=pytest.fail)
    assert message in str(error.value)
    assert "a@example.com" not in str(error.value)


@pytest.mark.parametrize(
    ("engine", "package"), [("postgres", "psycopg2"), ("spark", "pyspark.errors")]
)
def test_an_engine_that_is_not_installed_is_named(
    engine: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(load_raw.LoadError, match=f"make load ENGINE={engine}"):
        load_raw.load(raw_files(tmp_path, customers="customer_id"), engine)


@pytest.mark.parametrize(
    ("engine", "remote"),
    [("postgres", ""), ("spark", "sc://127.0.0.1:1"), ("spark", "sc://127.0.0.1:port")],
)
def test_a_server_that_cannot_be_reached_is_named(
    engine: str, remote: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need({"postgres": postgres_missing, "spark": spark_missing}[engine]())
    # no server listens on port 1
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("SPARK_REMOTE", remote)
    with pytest.raises(load_raw.LoadError) as error:
        load_raw.load(raw_files(tmp_path, customers="customer_id"), engine)
    name = {"postgres": "PGHOST, PGPORT", "spark": "SPARK_REMOTE"}[engine]
    assert "can't be reached (" in str(error.value) and f"check {name}" in str(error.value)


def test_the_command_loads_into_postgres_and_says_what_it_did(
    postgres_server: dict[str, str], tmp_path: Path
) -> None:
    environment = new_database(postgres_server, "command")
    raw_files(tmp_path, customers="customer_id,created_at;1,2024-01-01;2,2024-01-02")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "scripts" / "load_raw.py"), *map(str, arguments)]
        path = {"PATH": "/usr/bin:/bin"}
        return subprocess.run(
            command, env=path | environment, capture_output=True, text=True, check=False
        )

    done = run(tmp_path, "--engine", "postgres", "--typed", "--schema", "raw")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == "raw.customers: 2 rows"
    assert second.startswith(f"Not in {tmp_path}, and left on the server as they are: campaigns, ")
    connection = postgres_connection(environment)
    with connection, connection.cursor() as cursor:
        cursor.execute("select max(created_at) from raw.customers")
        assert cursor.fetchone() == (datetime(2024, 1, 2),)
    connection.close()
    done = run(tmp_path / "nowhere", "--engine", "postgres")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"{tmp_path / 'nowhere'} is no folder: name the one that holds the raw files."
    )
