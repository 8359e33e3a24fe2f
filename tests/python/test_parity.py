"""The engines agree: each builds the same shops, and what comes out is compared row by row."""

import contextlib
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import export
import load_raw
import pytest
from conftest import EDGE_SHOP_SETTINGS
from contact_cases import OPTIONS
from engines import (
    BUILDER,
    add_role,
    database_for_builder,
    everything_that_works,
    need,
    postgres_connection,
    relations,
    run_sql,
    spark_cluster,
    spark_missing,
)
from family_shops import LEAP_DAY, folder_of_the_day, settings_of_the_day
from harness import ROOT, build, copy_project, run_dbt
from insight_shop import INSIGHT_SETTINGS, folder_of_insights
from quick_dbt import QuickDbt, parsed_once
from toy import replace

ROOMS = ("core", "segments", "membership", "insights", "activation", "reference")
PUBLISHED_ROOMS = ("core", "segments", "membership", "insights")
# when services were told of somebody is the run's clock, unless this is set
LOADED = {"loaded_until": "2026-01-02 00:00:00"}
SHOPS = {
    "sample": (
        ROOT / "sample_shop",
        {"holdouts": {"loyal_customers": 20, "all_customers": 10}} | LOADED,
    ),
    "edge": (ROOT / "tests" / "edge_shop" / "raw", EDGE_SHOP_SETTINGS),
    "families": (
        folder_of_the_day() / "raw",
        settings_of_the_day(LEAP_DAY)
        | OPTIONS
        | {"holdouts": {"all_customers": 30, "prospects": 5}}
        | LOADED,
    ),
    # DuckDB finds its recommendations in slices of three requests, a server all at once
    "insights": (
        folder_of_insights(),
        INSIGHT_SETTINGS["within a month"] | {"batch_megabytes": 0.003},
    ),
}
# what is the same of a rejected row where its texts are not
REJECTED = "raw_table, record_key, rejection_reason"
# insights of what the shop of insights has too few of: buyers of a category, and buyers to predict
OF_MANY_BUYERS = {
    *("insights.category_affinities", "insights.segment_expectations"),
    "insights.prediction_backtest",
}
# how far apart two doubles may be, relative to the greater one
TOLERANCE = 1e-9
WITHOUT_UNIT_TESTS = ("build", "--exclude-resource-type", "unit_test")
# every model and data test, and the cases of the engines
EVERYTHING = ("--selector", "all")
DATABASE = "parity"
BUILT = (("build", "build"), ("published", "shop"))
ROLES = ("bi_reader", "esp_exporter")
# a small one
SPARK_FAMILY = "spend"

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


@pytest.fixture
def comparison(on_duckdb: Callable[[str], Path]) -> Iterator[Callable[[str], "Comparison"]]:
    """A shop of DuckDB, ready to be compared with another engine's tables."""
    with contextlib.ExitStack() as opened:

        def get(shop: str) -> Comparison:
            compared = Comparison(on_duckdb(shop))
            opened.enter_context(compared.connection)
            return compared

        yield get


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

    def differences(self, table: Table, chosen: str = "*") -> list[str]:
        """Compare one table both ways, as bags of rows.

        Arguments: table, chosen (select list of the columns whose values are compared).
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
                f"select {chosen} from {one}.{table.place} except all"
                f" select {chosen} from {other}.{table.place} limit 3"
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
        found = []
        for table in self.tables:
            is_rewritten = table.name == "rejected_records" and not raw_texts
            found += self.differences(table, REJECTED if is_rewritten else "*")
        assert not found, "\n".join(map(str, found))


def nearly_equal(one: float | None, other: float | None) -> bool:
    """Whether two doubles are equal but for their last digits; nulls equal each other."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE)


# -- DuckDB -------------------------------------------------------------------------------------


@pytest.mark.full
def test_no_table_is_empty_in_both_shops(comparison: Callable[[str], Comparison]) -> None:
    sample, edge = comparison("sample"), comparison("edge")
    empty = [t.place for t in sample.tables if sample.count(t) == 0 and edge.count(t) == 0]
    assert not empty, f"nothing is compared in {empty}: give sample or edge shop rows for them"
    insights = comparison("insights")
    empty = [t.place for t in insights.tables if t.room == "insights" and not insights.count(t)]
    assert set(empty) <= OF_MANY_BUYERS, f"the shop of insights has no {empty}"


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


@pytest.fixture(scope="session")
def on_postgres() -> Iterator[QuickDbt]:
    """The project, parsed for PostgreSQL, where a table's name begins with its database's."""

    def change(project: Path) -> None:
        replace(project / "profiles.yml", {"env_var('PGDATABASE', 'shop')": f"'{DATABASE}'"})

    started = QuickDbt(change, whole=True, engine="postgres")
    yield started
    started.close()


@pytest.mark.parametrize(
    ("shop", "typed"),
    [
        pytest.param("families", False, marks=pytest.mark.full),
        pytest.param("edge", False, marks=pytest.mark.full),
        pytest.param("insights", False, marks=pytest.mark.full),
        pytest.param("sample", False, marks=pytest.mark.full),
        pytest.param("sample", True, marks=pytest.mark.full),
    ],
)
def test_postgres_builds_what_duckdb_builds(
    shop: str,
    typed: bool,
    on_postgres: QuickDbt,
    comparison: Callable[[str], Comparison],
    on_duckdb: Callable[[str], Path],
    postgres_server: dict[str, str],
    tmp_path: Path,
) -> None:
    """A user who may create schemas and read raw builds it, with every data test."""
    raw, settings = SHOPS[shop]
    run_sql(postgres_server, f"drop database if exists {DATABASE} with (force)")
    database = database_for_builder(postgres_server, DATABASE)
    run_sql(database, "drop table raw.customers")
    for role in ROLES:
        add_role(database, role)
    connection = postgres_connection(database)
    load_raw.load(raw, "postgres", typed=typed, connection=connection, say=lambda _: None)
    builder = database | {"PGUSER": BUILDER}
    run = on_postgres.run(
        *WITHOUT_UNIT_TESTS, *EVERYTHING, folder=tmp_path, variables=settings, **builder
    )
    assert "Published the schemas core, segments, membership, insights" in run.output
    compared = comparison(shop)
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
    check_what_roles_read(database)
    check_what_leaves("postgres", shop, on_duckdb(shop), tmp_path / "exports", builder)


def check_what_leaves(
    engine: str, shop: str, folder: Path, exports: Path, environment: dict
) -> None:
    """Assert that an engine writes the files that DuckDB does, byte for byte.

    Arguments: engine, shop (its name), folder (of DuckDB's build), exports (to write to),
    environment (variables).
    """
    files = {f"{name.upper()}_FILE": str(folder / f"{file}.duckdb") for name, file in BUILT}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (files | environment).items():
            patch.setenv(name, value)
        with duckdb.connect(files["BUILD_FILE"], read_only=True) as connection:
            [(day,)] = connection.execute("select as_of_on from intermediate.as_of").fetchall()
        for source in ("duckdb", engine):
            place = str(exports / source)
            arguments = ["--location", place, "--engine", source, "write"]
            assert export.main(arguments, day) == export.DONE
    written = [
        {
            str(path.relative_to(exports / source)): re.sub(
                rb'"run_id": ".*"', b"", path.read_bytes()
            )
            for path in (exports / source).rglob("*")
            if path.is_file()
        }
        for source in ("duckdb", engine)
    ]
    assert written[0] == written[1]
    # in the other two nobody in a segment that is exported may be written to
    assert any("/full/" in name for name in written[0]) == (shop in {"sample", "families"})


def check_what_roles_read(database: dict[str, str]) -> None:
    """Assert that each role reads only its rooms, and finds a description of every column."""
    reader = database | {"PGUSER": "bi_reader"}
    query = "select table_schema || '.' || table_name, row_count from insights.publication"
    published = dict(run_sql(reader, query))
    assert len(published) > 10
    for name, rows in published.items():
        assert run_sql(reader, f"select count(*) from {name}") == [(rows,)]
    own = ["insights.publication", "insights.start_here"]
    readable = {f"select * from {name}" for name in [*published, *own]}
    assert everything_that_works(database, "bi_reader") == readable
    lists = {name for name in relations(database) if name.startswith("activation.")}
    assert lists >= {"activation.contact_permissions", "activation.contact_points"}
    assert everything_that_works(database, "esp_exporter") == {f"select * from {n}" for n in lists}
    rooms = ", ".join(f"'{room}'" for room in (*PUBLISHED_ROOMS, "activation"))
    undescribed = (
        "select attrelid::regclass from pg_attribute"
        " join pg_class on attrelid = pg_class.oid join pg_namespace on relnamespace ="
        f" pg_namespace.oid where nspname in ({rooms}) and attnum > 0"
        " and (col_description(attrelid, attnum) is null or obj_description(attrelid) is null)"
        " and relkind in ('r', 'v')"
    )
    assert run_sql(database, undescribed) == []


# -- Spark --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def on_spark(spark_session: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The project, parsed for Spark, to be run in the session's process."""
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("spark_project")
    copy_project(folder / "project")
    with parsed_once(folder / "project", folder / "target", "spark"):
        parsed = run_in_process(dbtRunner(), folder, "parse")
    assert parsed.success, parsed.exception
    for node in parsed.result.nodes.values():
        if node.resource_type == "seed":
            node.root_path = str(folder / "project")

    def build(shop: str, *arguments: str) -> None:
        """Load and build a shop; fail with the messages of what failed."""
        raw, settings = SHOPS[shop]
        # what another shop published may be of a later day, which an earlier one does not replace
        for schema in ("raw", "publication"):
            spark_session.sql(f"drop schema if exists {schema} cascade")
        load_raw.load(raw, "spark", connection=spark_session, say=lambda _: None)
        runner = dbtRunner(manifest=parsed.result)
        options = ("--quiet", "--vars", json.dumps(settings))
        done = run_in_process(runner, folder, *WITHOUT_UNIT_TESTS, *arguments, *options)
        assert done.exception is None, done.exception
        failed = [
            f"{result.node.name}: {result.message}"
            for result in done.result
            if str(result.status) in ("error", "fail", "skipped")
        ]
        assert done.success, "\n".join(failed)

    return build


def run_in_process(runner: Any, folder: Path, *arguments: str) -> Any:
    """Run dbt in this process, for Spark, on the copy of the project in a folder."""
    before = dict(os.environ)
    os.environ |= {"PERSON_SALT": "", "DBT_USE_COLORS": "false"}
    project = str(folder / "project")
    try:
        return runner.invoke(
            [
                *(*arguments, "--target", "spark", "--log-level-file", "none"),
                *("--project-dir", project, "--profiles-dir", project),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            ]
        )
    finally:
        os.environ.clear()
        os.environ |= before


def test_spark_builds_a_family_as_duckdb_does(
    comparison: Callable[[str], Comparison],
    spark_session: Any,
    on_spark: Callable[..., None],
) -> None:
    """One family with all that it reads, its data tests and the engine's."""
    # a toy shop is faster interpreted
    spark_session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    chosen = ("--select", f"+{SPARK_FAMILY}_memberships", "path:tests/engines")
    on_spark("families", *chosen, "--indirect-selection", "cautious")
    compared = comparison("families")
    built = {
        f"{schema.namespace}.{table.tableName}".removeprefix("build_")
        for schema in spark_session.sql("show schemas like 'build_*'").collect()
        for table in spark_session.sql(f"show tables in {schema.namespace}").collect()
    }
    compared.tables = [table for table in compared.tables if table.place in built]
    assert f"membership.{SPARK_FAMILY}_memberships" in built
    assert len(compared.tables) > 5
    for table in compared.tables:
        compared.add_arrow(table, spark_session.table(f"build_{table.place}").toArrow())
    compared.check()


# each takes several minutes of two cores
@pytest.mark.full
@pytest.mark.parametrize("shop", SHOPS)
def test_spark_builds_what_duckdb_builds(
    shop: str,
    comparison: Callable[[str], Comparison],
    spark_session: Any,
    on_spark: Callable[..., None],
    on_duckdb: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # expressions are compiled as a cluster does it
    spark_session.conf.set("spark.sql.codegen.factoryMode", "FALLBACK")
    on_spark(shop, *EVERYTHING)
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
    monkeypatch.setattr(load_raw, "open_spark", lambda: spark_session)
    monkeypatch.setattr(spark_session, "stop", lambda: None)
    check_what_leaves("spark", shop, on_duckdb(shop), tmp_path / "exports", {})


@pytest.mark.full
def test_a_spark_cluster_builds_what_duckdb_builds(
    comparison: Callable[[str], Comparison], tmp_path: Path
) -> None:
    """A master, two workers and Spark Connect, each a process, reached as a user reaches them."""
    need(spark_missing())
    from pyspark.sql.connect.session import SparkSession

    raw, settings = SHOPS["edge"]
    compared = comparison("edge")
    with spark_cluster(tmp_path / "cluster") as address:
        loaded = subprocess.run(
            [sys.executable, ROOT / "scripts" / "load_raw.py", raw, "--engine", "spark"],
            env=os.environ | {"SPARK_REMOTE": address},
            capture_output=True,
            text=True,
            check=False,
        )
        assert loaded.returncode == 0, loaded.stderr
        models = ("--target", "spark", "--exclude-resource-type", "test", "unit_test")
        where = {"folder": tmp_path, "variables": settings, "SPARK_REMOTE": address}
        run_dbt("build", *models, **where)
        # the builder of pyspark.sql would find the session that other tests have in this process
        session = SparkSession.builder.remote(address).create()
        for table in compared.tables:
            compared.add_arrow(table, session.table(f"build_{table.place}").toArrow())
        session.stop()
    for worker in ("one", "two"):
        assert list((tmp_path / "cluster" / worker).glob("app-*/*/stderr")), f"{worker} was idle"
    compared.check()
