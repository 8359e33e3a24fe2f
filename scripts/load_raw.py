"""Copy a folder of raw files to a server, as an extract tool would land them.

The files are read as a build on DuckDB reads them. Each becomes a table of the same name in schema
`raw`, with the columns it has, all as text, or with --typed as what their values are. The exports
of systems that var `sources` names become the tables that their adapters read, in the schemas that
vars name, as text too.
"""

import argparse
import contextlib
import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import raw_files
import yaml
from raw_files import literal, quoted

ROOT = Path(__file__).resolve().parents[1]
# digits before and after the point, as staging keeps them
DIGITS = {"amount": (12, 6), "price": (12, 6), "quantity": (12, 3), "rate": (6, 12)}
DAY = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
TIME = (
    f"{DAY}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{{1,6}})?)?"
    "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?)?"
)
BOOLEANS = {"true": ("true", "t", "yes", "y", "1"), "false": ("false", "f", "no", "n", "0")}
ROWS_AT_ONCE = {"postgres": 5_000, "spark": 100_000}


class LoadError(Exception):
    """What is in the way, and what to do about it."""


@dataclass
class Column:
    """A column of a raw table: its name there, and the type of its values."""

    name: str
    contract_type: str = "text"
    # type name on DuckDB; servers have their own word for VARCHAR
    type: str = "VARCHAR"

    @property
    def natural_type(self) -> str:
        """The type that values of the contract's type have where all of them are plain."""
        if self.contract_type in DIGITS:
            before, after = DIGITS[self.contract_type]
            return f"DECIMAL({before + after},{after})"
        named = {"timestamp": "TIMESTAMP", "date": "DATE", "boolean": "BOOLEAN"}
        return named.get(self.contract_type, "VARCHAR")

    @property
    def trimmed(self) -> str:
        """SQL expression: the text without white space at its ends, null where nothing is left."""
        return f"nullif(trim({quoted(self.name)}, e' \\t\\r\\n'), '')"

    @property
    def natural_value(self) -> str:
        """SQL expression: the value as its natural type, null where it is not plainly one."""
        text = self.trimmed
        if self.natural_type == "TIMESTAMP":
            plain, value = TIME, f"timezone('UTC', try_cast({text} as timestamptz))"
        elif self.natural_type == "DATE":
            plain, value = DAY, f"try_cast({text} as date)"
        elif self.natural_type == "BOOLEAN":
            cases = [
                f"when lower({text}) in {words} then {value}" for value, words in BOOLEANS.items()
            ]
            return f"case {' '.join(cases)} end"
        else:
            # a cast does not lose trailing zeros
            before, after = DIGITS[self.contract_type]
            plain = f"[+-]?0*[0-9]{{1,{before}}}([.][0-9]{{1,{after}}}0*)?"
            value = f"try_cast({text} as {self.natural_type})"
        return f"case when regexp_full_match({text}, '{plain}') then {value} end"

    @property
    def value(self) -> str:
        """SQL expression: the value as it is copied."""
        is_own = self.type in ("VARCHAR", "INTEGER") or self.is_nested
        return quoted(self.name) if is_own else self.natural_value

    @property
    def is_nested(self) -> bool:
        """Whether it is a record or a list."""
        return self.type.upper().startswith("STRUCT")


@dataclass
class Table:
    """A raw table to copy: its columns, and the query that reads all of it as text.

    Its schema is the system's that exports it, or none of its own.
    """

    name: str
    columns: list[Column]
    query: str
    rows: int = 0
    schema: str | None = None

    @property
    def place(self) -> str:
        """What it is called among all tables."""
        return f"{self.schema}.{self.name}" if self.schema else self.name


# -- the files ----------------------------------------------------------------------------------


def raw_contract() -> dict[str, dict[str, Any]]:
    """The contract of each raw table by name, with nothing required: what is there is copied."""
    contract = {}
    for path in sorted((ROOT / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                if "files" in table["config"]["meta"]:
                    continue
                columns = [
                    {"name": column["name"], "type": column["config"]["meta"]["type"]}
                    for column in table["columns"]
                ]
                contract[table["name"]] = {"name": table["name"], "columns": columns}
    return dict(sorted(contract.items()))


def settings() -> dict[str, Any]:
    """The vars of the project."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    return project["vars"]


def export_contracts(sources: list[str]) -> list[dict[str, Any]]:
    """The contracts of what systems export, as `raw_files` wants them.

    Arguments: sources (systems, as in the var).
    Raises: LoadError where a system has no adapter.
    """
    contracts, known, named = [], [], settings()
    for path in sorted((ROOT / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            about_system = source.get("config", {}).get("meta", {})
            known += [source["name"]] * ("title" in about_system)
            for table in source["tables"] if source["name"] in sources else []:
                columns = []
                for column in table["columns"]:
                    meta = column.get("config", {}).get("meta", {})
                    also = [*meta.get("also", []), named.get(meta.get("named_by"))]
                    about = {"type": meta.get("type", "text"), "time_zone": "none"}
                    about |= {"native": meta.get("native"), "also": [name for name in also if name]}
                    columns.append({"name": column["name"]} | about)
                meta = table["config"]["meta"]
                contracts.append(
                    {
                        "name": table["name"],
                        "system": source["name"],
                        "schema": named[f"{source['name']}_schema"],
                        "sells": about_system.get("sells", False),
                        "files": meta["files"],
                        "numbered": meta.get("numbered", False),
                        "columns": columns,
                    }
                )
    if not set(sources) <= set(known):
        raise LoadError(f"sources is {sources}: set it to a list of {', '.join(known)}.")
    return contracts


def raw_tables(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    say: Callable[[str], object],
    sources: list[str] | None = None,
) -> raw_files.Findings:
    """Find the raw tables of a folder that have files.

    Arguments: connection, folder, say (is told what is worth a warning), sources (systems).
    Raises: LoadError where the folder is missing or empty, or a file can't be read.
    """
    if not folder.is_dir():
        raise LoadError(f"{folder} is no folder: name the one that holds the raw files.")
    contracts, exports = raw_contract(), export_contracts(sources or [])
    # a file of such a name is the system's
    sellers = sorted({contract["system"] for contract in exports if contract["sells"]})
    for name in ("customers", "orders"):
        contracts[name] |= {"required": bool(sellers), "suppliers": sellers}
    found = raw_files.find(connection, str(folder), [*contracts.values(), *exports], is_whole=True)
    for warning in found.warnings:
        say(warning)
    refuse(found)
    found.tables = [table for table in found.tables if table.files]
    if not found.tables:
        raise LoadError(
            f"{folder} holds no raw table: put customers.csv, orders.csv and others there."
        )
    return found


def refuse(found: raw_files.Findings) -> None:
    """Raise LoadError where something is in the way."""
    if found.problems:
        raise LoadError("\n".join(found.problems))


def read_through(
    connection: duckdb.DuckDBPyConnection,
    found: raw_files.Findings,
    typed: bool,
    engine: str,
    say: Callable[[str], object],
) -> list[Table]:
    """Read every value once: what can't be copied is found before anything is replaced.

    Arguments: connection, found, typed (give columns their natural type), engine, say (is told
    which columns stay text).
    Raises: LoadError where a file can't be read or holds what the engine can't store.
    """
    tables = []
    for raw in found.tables:
        if raw.system:
            tables.append(exported(connection, raw, found, engine))
            continue
        types = {column["name"]: column["type"] for column in raw.contract["columns"]}
        columns = [Column(name, types.get(name, "text")) for name in raw.columns.values()]
        measures = ["count(*)"]
        for column in columns:
            measures.append(f"count(*) filter (where contains({quoted(column.name)}, chr(0)))")
            odd = "null"
            if typed and column.natural_type != "VARCHAR":
                is_odd = f"{column.trimmed} is not null and {column.natural_value} is null"
                odd = f"count(*) filter (where {is_odd})"
            measures.append(odd)
        row = raw_files.read_through(connection, raw, ", ".join(measures), found)
        refuse(found)
        rows, *counts = row
        for column, nuls, odd in zip(columns, counts[::2], counts[1::2], strict=True):
            name = f"{raw.name}.{column.name}"
            refuse_nuls(name, nuls, engine)
            if odd:
                values = "1 value is" if odd == 1 else f"{odd:,} values are"
                say(f"{name} stays text: {values} no plain {column.contract_type}.")
            elif odd is not None:
                column.type = column.natural_type
        tables.append(Table(raw.name, columns, raw.query(), rows))
    return tables


def refuse_nuls(name: str, rows: int, engine: str) -> None:
    """Raise LoadError where a column has values that PostgreSQL can't store."""
    if rows and engine == "postgres":
        raise LoadError(
            f"{name} holds NUL characters ({rows:,} rows), which PostgreSQL can't store:"
            " remove them from its files."
        )


def exported(
    connection: duckdb.DuckDBPyConnection,
    raw: raw_files.Table,
    found: raw_files.Findings,
    engine: str,
) -> Table:
    """A table that a system exports, with the columns that its adapter reads, as text.

    What is nested is JSON on PostgreSQL, and stays nested on Spark.

    Arguments: connection, raw, found (gets what is wrong), engine.
    Raises: LoadError where a file can't be read or holds what the engine can't store.
    """
    columns, values, measures = [], [], ["count(*)"]
    for name in raw.columns.values():
        native, value = raw.natives.get(name), quoted(name)
        if native and engine == "postgres":
            native, value = None, f"cast(to_json({value}) as varchar)"
        columns.append(Column(name, type=native or "VARCHAR"))
        values.append(f"{value} as {quoted(name)}")
        measures.append("any_value(null)" if native else f"count_if(contains({value}, chr(0)))")
    if raw.contract["numbered"]:
        columns.append(Column("file_number", type="INTEGER"))
        values.append("file_number")
    row = raw_files.read_through(connection, raw, ", ".join(measures), found)
    refuse(found)
    for column, nuls in zip(columns, row[1:], strict=False):
        refuse_nuls(f"{raw.place}.{column.name}", nuls, engine)
    query = f"select {', '.join(values)} from ({raw.query()})"
    return Table(raw.name, columns, query, row[0], raw.contract["schema"])


# -- PostgreSQL ---------------------------------------------------------------------------------


class Lines:
    """The rows of a table as PostgreSQL's COPY wants them, read in batches."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table) -> None:
        """Begin to read; nothing else may run on the connection until the end."""
        values = []
        for column in table.columns:
            text = column.value
            if column.type == "VARCHAR":
                for sign, code in (("\\", 92), ("t", 9), ("n", 10), ("r", 13)):
                    text = f"replace({text}, chr({code}), '\\{sign}')"
            values.append(f"coalesce(cast({text} as varchar), '\\N')")
        line = f"concat_ws(chr(9), {', '.join(values)}) || chr(10)"
        self.result = connection.execute(f"select {line} from ({table.query})")

    def read(self, size: int = -1) -> bytes:
        """Return some rows, and nothing at the end."""
        rows = self.result.fetchmany(ROWS_AT_ONCE["postgres"])
        return "".join(row for (row,) in rows).encode()


def postgres_type(column: Column) -> str:
    """Say a column's type as PostgreSQL's catalog does."""
    named = {"VARCHAR": "text", "TIMESTAMP": "timestamp without time zone"}
    return named.get(column.type, column.type.lower().replace("decimal", "numeric"))


def open_postgres() -> Any:
    """Connect psycopg2 to the server that libpq's variables name; defaults as in profiles.yml."""
    try:
        import psycopg2
    except ImportError:
        raise LoadError(missing_package("postgres")) from None
    try:
        return psycopg2.connect(
            host=os.environ.get("PGHOST", "localhost"),
            port=os.environ.get("PGPORT", "5432"),
            user=os.environ.get("PGUSER", "postgres"),
            dbname=os.environ.get("PGDATABASE", "shop"),
            connect_timeout=10,
        )
    except psycopg2.OperationalError as error:
        raise LoadError(
            f"The server can't be reached ({' '.join(str(error).split())}): check PGHOST, PGPORT,"
            " PGUSER, PGPASSWORD, PGDATABASE and PGSSLMODE."
        ) from None


def load_postgres(
    source: duckdb.DuckDBPyConnection,
    tables: list[Table],
    schema: str,
    connection: Any,
    say: Callable[[str], object],
) -> None:
    """Replace tables on PostgreSQL, all of them or none; the connection is without autocommit.

    A table whose columns stay as they are keeps the views that read it.
    """
    import psycopg2

    connection.set_client_encoding("UTF8")
    try:
        with connection, connection.cursor() as cursor:
            # whoever may not create schemas may still fill one
            for name in dict.fromkeys(table.schema or schema for table in tables):
                cursor.execute("select to_regnamespace(%s)", [quoted(name)])
                if cursor.fetchone() == (None,):
                    cursor.execute(f"create schema {quoted(name)}")
            for table in tables:
                own = table.schema or schema
                replace_in_postgres(cursor, table, own)
                target = f"{quoted(own)}.{quoted(table.name)}"
                cursor.copy_expert(f"copy {target} from stdin", Lines(source, table))
                cursor.execute(f"analyze {target}")
                say(f"{own}.{table.name}: {table.rows:,} rows")
    except psycopg2.Error as error:
        # the details would quote values
        message = error.diag.message_primary or str(error).strip()
        raise LoadError(f"PostgreSQL refused, and nothing was replaced: {message}.") from None


def replace_in_postgres(cursor: Any, table: Table, schema: str) -> None:
    """Make an empty table in the place of one of its name, but not of a view."""
    target = f"{quoted(schema)}.{quoted(table.name)}"
    cursor.execute(
        "select relkind, array(select attname || ' ' || format_type(atttypid, atttypmod)"
        " from pg_attribute where attrelid = pg_class.oid and attnum > 0 and not attisdropped"
        " order by attnum) from pg_class where oid = to_regclass(%s)",
        [target],
    )
    kind, old = cursor.fetchone() or (None, None)
    if kind not in (None, "r"):
        raise LoadError(f"{schema}.{table.name} is no table on the server: rename or remove it.")
    types = {column.name: postgres_type(column) for column in table.columns}
    if old == [f"{name} {kind}" for name, kind in types.items()]:
        cursor.execute(f"truncate {target}")
        return
    cursor.execute(f"drop table if exists {target} cascade")
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
    cursor.execute(f"create table {target} ({columns})")


# -- Spark --------------------------------------------------------------------------------------


def open_spark() -> Any:
    """Open the session that dbt would: one of this process, or of the cluster in SPARK_REMOTE."""
    remote = os.environ.get("SPARK_REMOTE", "")
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise LoadError(missing_package("spark")) from None
    if remote.startswith("sc://"):
        # the client itself would try for minutes
        try:
            place = urlsplit(remote)
            socket.create_connection((place.hostname, place.port or 15002), 10).close()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise LoadError(
                f"The cluster can't be reached ({reason}): check SPARK_REMOTE."
            ) from None
    elif not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise LoadError("There is no Java: install version 17, or set SPARK_REMOTE to a cluster.")
    builder = SparkSession.builder
    try:
        return (builder if remote else builder.enableHiveSupport()).getOrCreate()
    except PySparkException as error:
        raise LoadError(f"Spark does not start: {first_line(error)}") from None


def spark_type(column: Column) -> str:
    """Say a column's type in Spark's words."""
    if column.is_nested:
        return spark_nested(duckdb.type(column.type))
    return {"VARCHAR": "string"}.get(column.type, column.type.lower())


def spark_nested(kind: Any) -> str:
    """Say a type of DuckDB in Spark's words, with all that it holds."""
    if kind.id == "list":
        return f"array<{spark_nested(kind.children[0][1])}>"
    if kind.id == "struct":
        fields = [f"{quoted(name, '`')}:{spark_nested(child)}" for name, child in kind.children]
        return f"struct<{','.join(fields)}>"
    return {"varchar": "string"}.get(kind.id, kind.id)


def selection(table: Table) -> str:
    """Query that reads a table's rows as they are copied; times carry their zone."""
    values = []
    for column in table.columns:
        value = column.value
        if column.type == "TIMESTAMP":
            value = f"timezone('UTC', {value})"
        values.append(f"{value} as {quoted(column.name)}")
    return f"select {', '.join(values)} from ({table.query})"


def own_folder(session: Any, name: str) -> str | None:
    """Folder of a table, where Spark runs in this process and keeps it on this machine's disk."""
    from pyspark.sql import SparkSession

    # a session of Spark Connect is none of these
    is_here = isinstance(session, SparkSession)
    if not is_here or not session.conf.get("spark.master").startswith("local"):
        return None
    rows = session.sql(f"describe extended {name}").collect()
    described = {row.col_name: row.data_type for row in rows}
    place = urlsplit(described["Location"])
    return unquote(place.path) if place.scheme == "file" else None


def fill_in_spark(source: duckdb.DuckDBPyConnection, table: Table, session: Any, name: str) -> None:
    """Write a table's rows: into its folder where that is here, else through the session."""
    import pyarrow

    folder = own_folder(session, name)
    if folder:
        file = literal(f"{folder}/part.parquet")
        source.execute(f"copy ({selection(table)}) to {file} (format parquet)")
        session.sql(f"refresh table {name}")
        return
    for batch in source.sql(selection(table)).to_arrow_reader(ROWS_AT_ONCE["spark"]):
        rows = session.createDataFrame(pyarrow.Table.from_batches([batch]))
        rows.coalesce(1).write.insertInto(name)


def load_spark(
    source: duckdb.DuckDBPyConnection,
    tables: list[Table],
    schema: str,
    session: Any,
    say: Callable[[str], object],
) -> None:
    """Replace tables on Spark: all are written under another name first, then renamed."""
    from pyspark.errors import PySparkException

    def names(table: Table) -> tuple[str, str]:
        place = quoted(table.schema or schema, "`")
        return f"{place}.{quoted(table.name, '`')}", f"{place}.{quoted(table.name + '__new', '`')}"

    started = False
    try:
        session.conf.set("spark.sql.session.timeZone", "UTC")
        for name in dict.fromkeys(table.schema or schema for table in tables):
            session.sql(f"create schema if not exists {quoted(name, '`')}")
        for table in tables:
            _, new = names(table)
            columns = [f"{quoted(c.name, '`')} {spark_type(c)}" for c in table.columns]
            session.sql(f"drop table if exists {new}")
            session.sql(f"create table {new} ({', '.join(columns)}) using parquet")
            fill_in_spark(source, table, session, new)
            say(f"{table.schema or schema}.{table.name}: {table.rows:,} rows")
        started = True
        for table in tables:
            old, new = names(table)
            session.sql(f"drop table if exists {old}")
            session.sql(f"alter table {new} rename to {old}")
    except PySparkException as error:
        if started:
            raise LoadError(
                f"Spark stopped while replacing, load again: {first_line(error)}"
            ) from None
        for table in tables:
            with contextlib.suppress(PySparkException):
                session.sql(f"drop table if exists {names(table)[1]}")
        raise LoadError(f"Spark refused, and nothing was replaced: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """Return what an error of Spark says, without the plan that follows."""
    return str(error).strip().split("\n")[0]


# -- all of it ----------------------------------------------------------------------------------


def missing_package(engine: str) -> str:
    """Say how to install what an engine needs."""
    return (
        f"The packages for {engine} are not installed: run `make load ENGINE={engine}`, which does"
        f" it, or `pip install --require-hashes -r requirements-{engine}.txt`."
    )


def load(
    folder: str | Path,
    engine: str,
    typed: bool = False,
    schema: str = "raw",
    connection: Any = None,
    say: Callable[[str], object] = print,
    sources: list[str] | None = None,
) -> dict[str, int]:
    """Copy a folder of raw files to a server.

    Arguments: folder, engine (postgres or spark), typed (give the contract's columns their natural
    type where all their values are plain), schema (to load into), connection (of psycopg2, or a
    SparkSession; without it one is opened and closed), say (is told what is done), sources
    (systems; without it those of the var).
    Returns: dict from each table's name, a system's with its schema, to its number of rows.
    Raises: LoadError; nothing has then been replaced, unless it says so.
    """
    opened = None
    with duckdb.connect() as source:
        source.execute("set TimeZone = 'UTC'")
        sources = (settings()["sources"] or []) if sources is None else sources
        found = raw_tables(source, Path(folder), say, sources)
        if connection is None:
            opened = connection = {"postgres": open_postgres, "spark": open_spark}[engine]()
        try:
            tables = read_through(source, found, typed, engine, say)
            copy = {"postgres": load_postgres, "spark": load_spark}[engine]
            copy(source, tables, schema, connection, say)
        finally:
            if opened:
                opened.close() if engine == "postgres" else opened.stop()
    left = sorted(set(raw_contract()) - {table.place for table in tables})
    if left:
        say(f"Not in {folder}, and left on the server as they are: {', '.join(left)}.")
    return {table.place: table.rows for table in tables}


def main() -> None:
    """Load what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", help="folder of raw files, one or a folder of them per table")
    parser.add_argument("--engine", required=True, choices=("postgres", "spark"))
    parser.add_argument(
        "--typed", action="store_true", help="times, days, numbers and booleans as such, not text"
    )
    parser.add_argument("--schema", default="raw", help="schema to load into (default: raw)")
    parser.add_argument(
        "--sources", nargs="*", help="systems whose exports are there (default: var sources)"
    )
    options = parser.parse_args()
    try:
        load(
            options.folder,
            options.engine,
            options.typed,
            options.schema,
            sources=options.sources,
        )
    except LoadError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
