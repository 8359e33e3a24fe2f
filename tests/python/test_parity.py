"""The engines agree: each builds the same shops, and what comes out is compared row by row."""

import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import load_raw
import pytest
from conftest import EDGE_SHOP_SETTINGS
from engines import new_database, postgres_connection
from family_shops import LEAP_DAY, folder_of_the_day, settings_of_the_day
from harness import ROOT, build, copy_project, run_dbt

ROOMS = ("core", "segments", "membership", "insights", "activation", "reference")
PUBLISHED_ROOMS = ("core", "segments", "membership", "insights")
SHOPS = {
    "sample": (ROOT / "sample_shop", {}),
    "edge": (ROOT / "tests" / "edge_shop" / "raw", EDGE_SHOP_SETTINGS),
    "families": (folder_of_the_day() / "raw", settings_of_the_day(LEAP_DAY)),
}
# how far two doubles may lie apart, relative to the greater one
TOLERANCE = 1e-9
NOBODY_IS_LET_IN = {"bi_reader_role": "", "esp_exporter_role": ""}

Say = Callable[[str], object]


@dataclass(frozen=True)
class Table:
    """A table of the project, as the manifest names it."""

    room: str
    name: str

    @property
    def place(self) -> str:
        """Name of the copy that a test compares."""
        return f"{self.room}.{self.name}"


def compared_tables(target_path: Path) -> list[Table]:
    """Name every table that people may open, and what was rejected.

    Arguments: target_path (of a dbt run).
    Returns: tables, sorted; a new model is among them without being added to a list.
    """
    manifest = json.loads((target_path / "manifest.json").read_text(encoding="utf-8"))
    return sorted(
        (
            Table(node["config"]["schema"], node["alias"])
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
            and (node["config"]["schema"] in ROOMS or node["name"] == "rejected_records")
        ),
        key=lambda table: table.place,
    )


@pytest.fixture(scope="session")
def on_duckdb(
    shared_folder: Callable[..., Path], request: pytest.FixtureRequest
) -> Callable[[str], Path]:
    """A shop as DuckDB builds it: the folder with build.duckdb and target/. Each is built once."""

    def get(shop: str) -> Path:
        if shop == "edge":
            return request.getfixturevalue("built_edge_shop")
        raw, settings = SHOPS[shop]
        return shared_folder(f"duckdb_{shop}", lambda folder: build(raw, folder, **settings))

    return get


@pytest.fixture(scope="session")
def projects(shared_folder: Callable[..., Path]) -> Callable[[bool], Path]:
    """The project with all its data tests, or a copy without the proof.

    It has passed on DuckDB, on the very rows with which a server's are compared; `make test-full`
    runs it on each server.
    """

    def get(recounts: bool) -> Path:
        if recounts:
            return ROOT
        return shared_folder(
            "project_without_recounts",
            lambda folder: copy_project(folder, "a_recount_finds_*", "proof"),
        )

    return get


@pytest.fixture
def comparison(on_duckdb: Callable[[str], Path]) -> Iterator[Callable[[str], "Comparison"]]:
    """A shop of DuckDB, ready to be compared with another engine's tables."""
    opened = []

    def get(shop: str) -> Comparison:
        opened.append(Comparison(on_duckdb(shop)))
        return opened[-1]

    yield get
    for comparison in opened:
        comparison.connection.close()


class Comparison:
    """DuckDB's build of a shop (database `ours`) beside another engine's (database `theirs`).

    Arguments: folder (of `on_duckdb`).
    """

    def __init__(self, folder: Path) -> None:
        """Open the build, and make room for the other engine's tables."""
        self.tables = compared_tables(folder / "target")
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{folder / 'build.duckdb'}' as ours (read_only)")
        self.connection.execute("attach ':memory:' as theirs")
        for room in {table.room for table in self.tables}:
            self.connection.execute(f"create schema theirs.{room}")

    def columns(self, table: Table, database: str = "ours") -> dict[str, str]:
        """Types of a table's columns, by name and in order."""
        rows = self.connection.execute(f"describe {database}.{table.place}").fetchall()
        return {name: type_name for name, type_name, *_ in rows}

    def count(self, table: Table) -> int:
        """Rows of DuckDB's table."""
        rows = self.connection.execute(f"select count(*) from ours.{table.place}").fetchall()
        return rows[0][0]

    def add_csv(self, table: Table, file: Path) -> None:
        """Take another engine's table from a CSV file, read as DuckDB's types."""
        types = ", ".join(f"'{name}': '{type_}'" for name, type_ in self.columns(table).items())
        self.connection.execute(
            f"create table theirs.{table.place} as select * from read_csv('{file}', header=true,"
            f" auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='\\N',"
            f" columns={{{types}}})"
        )

    def add_arrow(self, table: Table, rows: Any) -> None:
        """Take another engine's table from Arrow; its times carry their zone."""
        selected = [
            f"timezone('UTC', {field.name}) as {field.name}"
            if str(field.type).startswith("timestamp") and field.type.tz
            else field.name
            for field in rows.schema
        ]
        self.connection.register("arrived", rows)
        self.connection.execute(
            f"create table theirs.{table.place} as select {', '.join(selected)} from arrived"
        )
        self.connection.unregister("arrived")

    def differences(self, table: Table) -> list[str]:
        """Compare one table both ways, as bags of rows.

        Returns: what differs, in a few lines; empty where the engines agree.
        """
        ours, theirs = self.columns(table), self.columns(table, "theirs")
        if ours != theirs:
            return [f"{table.place}: columns {ours} here, {theirs} there"]
        doubles = [name for name, type_name in ours.items() if type_name in ("DOUBLE", "FLOAT")]
        if doubles:
            return self.differing_doubles(table, doubles)
        found = []
        for side, one, other in (("here", "ours", "theirs"), ("there", "theirs", "ours")):
            rows = self.connection.execute(
                f"from {one}.{table.place} except all from {other}.{table.place} limit 3"
            ).fetchall()
            found += [f"{table.place}, only {side}: {row}" for row in rows]
        return found

    def differing_doubles(self, table: Table, doubles: list[str]) -> list[str]:
        """Compare a table with floating numbers: all else exactly, these to `TOLERANCE`."""
        exact = [name for name in self.columns(table) if name not in doubles]
        names = ", ".join([*exact, *doubles])
        ours, theirs = (
            self.connection.execute(
                f"select {names} from {database}.{table.place} order by all"
            ).fetchall()
            for database in ("ours", "theirs")
        )
        if len(ours) != len(theirs):
            return [f"{table.place}: {len(ours)} rows here, {len(theirs)} there"]
        differing = [
            f"{table.place}: {one} here, {other} there"
            for one, other in zip(ours, theirs, strict=True)
            if one[: len(exact)] != other[: len(exact)]
            or not all(map(nearly_equal, one[len(exact) :], other[len(exact) :]))
        ]
        return differing[:3]

    def check(self, raw_texts: bool = True) -> None:
        """Compare every table.

        Arguments: raw_texts (whether rejected rows came as the same texts, too).
        Raises: AssertionError that shows a few differing rows of each table.
        """
        assert self.tables
        if not raw_texts:
            for database in ("ours", "theirs"):
                self.connection.execute(
                    f"create or replace temp table {database}_rejected as select raw_table,"
                    f" record_key, rejection_reason from {database}.staging.rejected_records"
                )
        found = [
            line
            for table in self.tables
            if raw_texts or table.name != "rejected_records"
            for line in self.differences(table)
        ]
        if not raw_texts:
            found += self.connection.execute(
                "from ours_rejected except all from theirs_rejected"
            ).fetchall()
            found += self.connection.execute(
                "from theirs_rejected except all from ours_rejected"
            ).fetchall()
        assert not found, "\n".join(map(str, found))


def nearly_equal(one: float | None, other: float | None) -> bool:
    """Whether two doubles are equal but for their last digits; nulls equal each other."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE)


# -- DuckDB -------------------------------------------------------------------------------------


def test_no_table_is_empty_in_both_shops(
    comparison: Callable[[str], Comparison],
) -> None:
    sample, edge = comparison("sample"), comparison("edge")
    empty = [
        table.place
        for table in sample.tables
        if sample.count(table) == 0 and edge.count(table) == 0
    ]
    assert not empty, f"nothing is compared in {empty}: give sample or edge shop rows for them"


def test_a_difference_in_one_value_or_one_row_is_seen(tmp_path: Path) -> None:
    ours = tmp_path / "build.duckdb"
    (tmp_path / "target").mkdir()
    node = {"resource_type": "model", "config": {"schema": "core"}, "alias": "t", "name": "t"}
    (tmp_path / "target" / "manifest.json").write_text(json.dumps({"nodes": {"t": node}}))
    rows = "values (1, 0.1::double, 'a'), (1, 0.1::double, 'a'), (2, null, null)"
    with duckdb.connect(str(ours)) as connection:
        connection.execute("create schema core")
        connection.execute(f"create table core.t as from ({rows}) as t (i, d, s)")
    cases = {
        rows: False,
        rows.replace("0.1::double, 'a'), (2", "0.10000000001::double, 'a'), (2"): False,
        rows.replace("0.1::double, 'a'), (2", "0.100001::double, 'a'), (2"): True,
        rows.replace("(2, null, null)", "(2, null, '')"): True,
        rows.replace("(1, 0.1::double, 'a'), (1", "(1"): True,
        rows.replace("(2, null", "(2::bigint, null"): True,
    }
    for theirs, differs in cases.items():
        compared = Comparison(tmp_path)
        compared.connection.execute(f"create table theirs.core.t as from ({theirs}) as t (i, d, s)")
        assert bool(compared.differences(compared.tables[0])) == differs, theirs
        compared.connection.close()


# -- PostgreSQL ---------------------------------------------------------------------------------


def built_on_postgres(
    server: dict[str, str], project: Path, shop: str, folder: Path, typed: bool = False
) -> dict[str, str]:
    """Load and build a shop in a database of its own, with every data test of a project.

    Returns: the database's environment variables.
    """
    raw, settings = SHOPS[shop]
    database = new_database(server, f"parity_{shop}{'_typed' if typed else ''}")
    connection = postgres_connection(database)
    load_raw.load(raw, "postgres", typed=typed, connection=connection, say=lambda _: None)
    connection.close()
    run_dbt(
        *("build", "--target", "postgres", "--exclude-resource-type", "unit_test"),
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        folder=folder,
        variables=settings | NOBODY_IS_LET_IN,
        **database,
    )
    return database


@pytest.mark.parametrize(
    ("shop", "typed", "recounts"),
    [
        ("sample", False, False),
        ("families", False, False),
        pytest.param("edge", False, True, marks=pytest.mark.full),
        pytest.param("sample", True, True, marks=pytest.mark.full),
    ],
)
def test_postgres_builds_what_duckdb_builds(
    shop: str,
    typed: bool,
    recounts: bool,
    projects: Callable[[bool], Path],
    comparison: Callable[[str], Comparison],
    postgres_server: dict[str, str],
    tmp_path: Path,
) -> None:
    database = built_on_postgres(postgres_server, projects(recounts), shop, tmp_path / "dbt", typed)
    compared = comparison(shop)
    connection = postgres_connection(database)
    with connection, connection.cursor() as cursor:
        for table in compared.tables:
            file = tmp_path / f"{table.place}.csv"
            with file.open("wb") as output:
                # what was published has the plain names
                cursor.copy_expert(
                    f"copy (select * from {table.place}) to stdout"
                    " (format csv, header, null '\\N', force_quote *)",
                    output,
                )
            compared.add_csv(table, file)
    connection.close()
    # a typed table holds a rejected row's values, but not how they were written
    compared.check(raw_texts=not typed)


# -- Spark --------------------------------------------------------------------------------------


def built_on_spark(session: Any, project: Path, shop: str, folder: Path) -> None:
    """Load and build a shop in the running session, with every data test of a project.

    Raises: AssertionError with the messages of what failed.
    """
    from dbt.cli.main import dbtRunner

    raw, settings = SHOPS[shop]
    # what another shop published may be of a later day, which an earlier one does not replace
    for schema in ("raw", "publication"):
        session.sql(f"drop schema if exists {schema} cascade")
    load_raw.load(raw, "spark", connection=session, say=lambda _: None)
    before = dict(os.environ)
    os.environ |= {"PERSON_SALT": "", "DBT_USE_COLORS": "false"}
    try:
        done = dbtRunner().invoke(
            [
                *("build", "--target", "spark", "--exclude-resource-type", "unit_test", "--quiet"),
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--log-level-file", "none", "--vars", json.dumps(settings)),
            ]
        )
    finally:
        os.environ.clear()
        os.environ |= before
    assert done.exception is None, done.exception
    failed = [
        f"{result.node.name}: {result.message}"
        for result in done.result
        if str(result.status) in ("error", "fail", "skipped")
    ]
    assert done.success, "\n".join(failed)


@pytest.mark.parametrize(
    ("shop", "recounts"),
    [
        ("families", False),
        # each takes several minutes of two cores
        pytest.param("sample", True, marks=pytest.mark.full),
        pytest.param("edge", True, marks=pytest.mark.full),
    ],
)
def test_spark_builds_what_duckdb_builds(
    shop: str,
    recounts: bool,
    projects: Callable[[bool], Path],
    comparison: Callable[[str], Comparison],
    spark_session: Any,
    tmp_path: Path,
) -> None:
    # toy shops are faster interpreted; the long runs compile expressions as a cluster does
    factory = "FALLBACK" if recounts else "NO_CODEGEN"
    spark_session.conf.set("spark.sql.codegen.factoryMode", factory)
    built_on_spark(spark_session, projects(recounts), shop, tmp_path)
    compared = comparison(shop)
    [pointer] = spark_session.sql("select * from publication.current").collect()
    for table in compared.tables:
        place = f"build_{table.place}"
        if table.room in PUBLISHED_ROOMS:
            # the plain name is compared, and it reads the set that the pointer names
            place = table.place
            [[view]] = spark_session.sql(f"show create table {place}").collect()
            assert f" {table.room}_{pointer.set_name}.{table.name}" in view, view
        compared.add_arrow(table, spark_session.table(place).toArrow())
    compared.check()
