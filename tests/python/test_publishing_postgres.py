"""On PostgreSQL, what people open is replaced in one step, and each role reads only its rooms.

They build a toy: the project's macros and hooks around a model or two per room. The user who builds
may create schemas and read raw, no more. `test_parity` builds and reads the project itself.
"""

import contextlib
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from engines import (
    BUILDER,
    add_role,
    database_for_builder,
    everything_that_works,
    need,
    postgres_connection,
    postgres_missing,
    relations,
    run_sql,
)
from quick_dbt import QuickDbt, Run
from toy import MODELS, PUBLISHED, replace, toy_project

TOY = "toy_publishing"
# names that have to be quoted
BI, ESP = "Dashboards' reader", 'exporter "1"'
SETTINGS = {"bi_reader_role": BI, "esp_exporter_role": ESP, "as_of": "2024-03-31"}
EARLIER = "2024-03-30"
OWN = {"insights.publication", "insights.start_here"}
OPENED = [
    name.replace("/", ".") for name in MODELS if name.split("/")[0] in PUBLISHED | {"activation"}
]


def toy_on_postgres(project: Path) -> None:
    """Put the toy's models in the place of the project's, in a database of their own."""
    toy_project(project)
    database = {"env_var('PGDATABASE', 'shop')": f"'{TOY}'"}
    replace(project / "profiles.yml", database)


@pytest.fixture(scope="module")
def toy() -> Iterator[QuickDbt]:
    need(postgres_missing())
    started = QuickDbt(toy_on_postgres, engine="postgres")
    yield started
    started.close()


@pytest.fixture(scope="module")
def admin(postgres_server: dict[str, str]) -> dict[str, str]:
    """The toy's database, for a user who may do everything."""
    for role in (BI, ESP):
        add_role(postgres_server, role)
    return database_for_builder(postgres_server, TOY)


Build = Callable[..., Run]


@pytest.fixture(scope="module")
def build(toy: QuickDbt, admin: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A function that runs dbt on the toy, `dbt build` where nothing else is said.

    The first build publishes where nothing was published before.
    """
    folder = tmp_path_factory.mktemp("toy")

    def run(*arguments: str, start: bool = False, check: bool = True, **others: Any) -> Run:
        settings = SETTINGS | others.pop("variables", {})
        options = admin | {"PGUSER": BUILDER} | others
        run = toy.start(*(arguments or ["build"]), folder=folder, variables=settings, **options)
        if not start:
            run.wait()
            assert not check or run.exit_code == 0, run.output
        return run

    assert "Published the schemas " in run().output
    return run


def published_run(admin: dict[str, str]) -> str:
    """The run that made everything that is published."""
    selects = [f"select run_id from {name}" for name in [*OPENED, "insights.publication"]]
    [(run_id,)] = run_sql(admin, " union ".join(selects))
    return run_id


@contextlib.contextmanager
def unchanged(admin: dict[str, str]) -> Iterator[None]:
    """Assert that what is published stays as it is."""
    seen = (
        "select nspname, relname, pg_class.oid, nspacl, relacl from pg_class"
        " join pg_namespace on relnamespace = pg_namespace.oid"
        " where nspname = any(%s) order by 1, 2, 3"
    )  # fmt: skip
    query = seen.replace("%s", f"array{sorted(PUBLISHED | {'activation', 'staging'})}")
    before = published_run(admin), run_sql(admin, query)
    yield
    assert (published_run(admin), run_sql(admin, query)) == before


@contextlib.contextmanager
def holder(environment: dict[str, str], statement: str) -> Iterator[Any]:
    """A transaction that has run a statement and does not end."""
    connection = postgres_connection(environment)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        yield cursor


def wait_until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def swaps_under_way(admin: dict[str, str]) -> list[int]:
    """The server processes that are about to publish."""
    return [
        pid
        for (pid,) in run_sql(
            admin,
            "select pid from pg_stat_activity where query like '%do $swap' || '$%'"
            " and state = 'active' and pid <> pg_backend_pid() and query not like 'select pid%'",
        )
    ]


class Swap:
    """The statement that publishes, to be run without building anything."""

    def __init__(self, build: Build, admin: dict[str, str]) -> None:
        """Build twice, so that two builds can change places, and render the statement."""
        build()
        shown = build("run-operation", "show_swap", variables={"publish_wait_seconds": 60}).output
        run_id, self.statement = re.search(r"SWAP ([0-9a-f-]{36})(.*)END", shown, re.S).groups()
        self.environment = admin | {"PGUSER": BUILDER}
        run_sql(self.environment, f"comment on schema build is '{run_id}'")

    def __call__(self) -> None:
        """Publish the build that is not published."""
        run_sql(self.environment, self.statement)


@pytest.fixture
def swap(build: Build, admin: dict[str, str]) -> Swap:
    return Swap(build, admin)


# -- when it publishes --------------------------------------------------------------------------


def test_a_build_without_the_proof_says_when_it_last_passed(
    build: Build, admin: dict[str, str]
) -> None:
    query = "select distinct proved_at, proved_as_of_on from insights.publication"
    before, made = run_sql(admin, query), published_run(admin)
    assert str(before[0][1]) == "2024-03-31"
    # nothing of it need be there
    run_sql(admin, "drop schema build_proof cascade")
    build("build", "--selector", "daily", variables={"as_of": "2024-03-31"})
    assert published_run(admin) != made
    assert run_sql(admin, query) == before
    with unchanged(admin):
        run = build(check=False, BREAK="proof")
    assert "(a_recount_differs)" in run.output


@pytest.mark.full
def test_an_older_day_is_not_published_and_a_later_one_is(
    build: Build, admin: dict[str, str]
) -> None:
    with unchanged(admin):
        run = build(variables={"as_of": EARLIER})
    assert f"Not published: {EARLIER} is an older day than 2024-03-31" in run.output
    before = published_run(admin)
    build()
    assert published_run(admin) != before


# -- one step -----------------------------------------------------------------------------------


def test_readers_never_see_two_builds_or_an_error(swap: Swap, admin: dict[str, str]) -> None:
    for_bi = [name for name in OPENED if not name.startswith("activation")]

    def one_statement(names: list[str]) -> str:
        # many names make a long way from the first to the last
        tables = [f"(select run_id from {name}) as t{n}" for n, name in enumerate(names * 4)]
        ids = ", ".join(f"t{n}.run_id" for n in range(len(tables)))
        return f"select array[{ids}] from {' cross join '.join(tables)}"

    kinds = {
        "a statement": (BI, [one_statement(for_bi)]),
        "a statement on every room": (admin["PGUSER"], [one_statement(OPENED)]),
        "a prepared statement": (BI, ["execute prepared"]),
        "a transaction": (
            BI,
            ["begin isolation level repeatable read"]
            + [f"select array[run_id] from {name}" for name in for_bi]
            + ["commit"],
        ),
    }
    seen: dict[str, list[frozenset[str]]] = {kind: [] for kind in kinds}
    is_over = threading.Event()

    def read(kind: str) -> None:
        user, statements = kinds[kind]
        connection = postgres_connection(admin | {"PGUSER": user})
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(f"prepare prepared as {one_statement(for_bi)}")
            while not is_over.is_set():
                ids: set[str] = set()
                for statement in statements:
                    cursor.execute(statement)
                    if cursor.description:
                        ids |= {run_id for (row,) in cursor.fetchall() for run_id in row}
                seen[kind].append(frozenset(ids))

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read, kind) for kind in kinds]
        try:
            for _ in range(40):
                swap()
                time.sleep(0.02)
        finally:
            is_over.set()
        for reader in readers:
            reader.result()
    for kind, builds in seen.items():
        assert {len(ids) for ids in builds} == {1}, kind
        assert sum(one != other for one, other in itertools.pairwise(builds)) > 3, kind


def test_a_statement_that_waits_between_two_names_sees_one_build(
    swap: Swap, admin: dict[str, str]
) -> None:
    query = "select people.run_id, loyal.run_id from core.people cross join segments.loyal"
    before = published_run(admin)
    waiting = "select 1 from pg_locks where not granted and relation = 'segments.loyal'::regclass"
    with ThreadPoolExecutor() as pool:
        with holder(admin, "lock table segments.loyal in access exclusive mode"):
            found = pool.submit(run_sql, admin, query)
            wait_until(lambda: run_sql(admin, waiting))
            swapped = pool.submit(swap)
            # long enough for a swap that does not wait
            time.sleep(1)
        assert found.result() == [(before, before)]
        swapped.result()
    assert published_run(admin) != before


def test_a_reader_who_holds_on_is_waited_for_and_nobody_else_waits(
    build: Build, admin: dict[str, str]
) -> None:
    waits = []
    reader = admin | {"PGUSER": BI}
    with unchanged(admin), holder(reader, "select * from core.people") as held:
        run = build(start=True, variables={"publish_wait_seconds": 3})
        wait_until(lambda: swaps_under_way(admin))
        while swaps_under_way(admin):
            began_at = time.monotonic()
            # who would wait for the holder's end fails instead
            run_sql(reader, "set statement_timeout = '5s'", "select * from core.people")
            waits.append(time.monotonic() - began_at)
        run.wait()
        # the holder's second look, at a table that it did not hold, still finds the same build
        held.execute("select people.run_id, loyal.run_id from core.people, segments.loyal")
        [(one, other)] = held.fetchall()
        assert one == other
    assert run.exit_code != 0
    assert f"Not published: {BI} (process " in run.output
    assert "reads the published tables for longer than 3 s. Build again" in run.output
    assert len(waits) > 3
    assert max(waits) < 1.5


def test_a_build_that_is_cut_off_leaves_the_last_good_one(
    swap: Swap, build: Build, admin: dict[str, str]
) -> None:
    with unchanged(admin):
        # while it waits
        with holder(admin, "select * from insights.publication"), ThreadPoolExecutor() as pool:
            swapped = pool.submit(swap)
            wait_until(lambda: swaps_under_way(admin))
            [pid] = swaps_under_way(admin)
            run_sql(admin, f"select pg_terminate_backend({pid})")
            assert swapped.exception()
        # when all is done but the commit
        with holder(swap.environment, swap.statement) as cut_off:
            pid = cut_off.connection.info.backend_pid
            run_sql(admin, f"select pg_terminate_backend({pid}, 5000)")
    before = published_run(admin)
    build()
    assert published_run(admin) != before


def test_a_killed_run_that_still_waits_in_the_server_publishes_nothing(
    build: Build, admin: dict[str, str]
) -> None:
    before = published_run(admin)
    with holder(admin, "select * from core.people"):
        killed = build(start=True)
        wait_until(lambda: swaps_under_way(admin))
        killed.kill()
        second = build(start=True)
        wait_until(lambda: len(swaps_under_way(admin)) == 2)
    second.wait()
    wait_until(lambda: not swaps_under_way(admin))
    assert second.exit_code == 0, second.output
    [(shown,)] = run_sql(admin, "select distinct run_id from core.people")
    assert shown != before
    assert published_run(admin) == shown


# -- what is not the project's ------------------------------------------------------------------


def refused(build: Build, admin: dict[str, str], **others: Any) -> str:
    """What a build says that stops before it makes a table."""
    newest = "select max(oid::bigint) from pg_class where relkind in ('r', 'v')"
    before = run_sql(admin, newest)
    with unchanged(admin):
        run = build(check=False, **others)
    assert run.exit_code != 0
    assert "START sql" not in run.output
    assert run_sql(admin, newest) == before
    return run.output


def test_a_role_that_is_missing_stops_the_build(build: Build, admin: dict[str, str]) -> None:
    said = refused(build, admin, variables={"bi_reader_role": 'Nobody "here"'})
    assert (
        'The role Nobody "here" (var bi_reader_role) does not exist: create it'
        ' (create role "Nobody ""here"""), or set the var to an empty text to let nobody in.'
    ) in said
    said = refused(build, admin, variables={"bi_reader_role": ESP})
    assert f"bi_reader_role and esp_exporter_role are both {ESP}" in said


def test_a_schema_of_somebody_else_stops_the_build(build: Build, admin: dict[str, str]) -> None:
    run_sql(admin, "alter schema staging rename to aside", "create schema staging")
    try:
        run = build(check=False)
        assert "The schema staging is there, but was not made by a build of this project" in (
            run.output
        )
        assert "START sql" not in run.output
    finally:
        run_sql(admin, "drop schema staging", "alter schema aside rename to staging")
    run_sql(admin, f"alter schema staging owner to {admin['PGUSER']}")
    try:
        assert "The schema staging is there" in refused(build, admin)
    finally:
        run_sql(admin, f"alter schema staging owner to {BUILDER}")
    build()


@pytest.mark.full
@pytest.mark.parametrize("kind", ["view", "materialized view"])
def test_a_view_of_somebody_else_stops_the_build(
    build: Build, admin: dict[str, str], kind: str
) -> None:
    run_sql(
        admin,
        "create schema if not exists analyst",
        f"create {kind} analyst.mine as select run_id from core.people",
    )
    try:
        said = refused(build, admin)
        assert run_sql(admin, "select count(*) from analyst.mine") == [(1,)]
    finally:
        run_sql(admin, f"drop {kind} analyst.mine")
    assert "The view analyst.mine reads core.people." in said
    # a view that ends with its session is in nobody's way
    with holder(admin, "create temporary view mine as select run_id from core.people") as held:
        held.connection.commit()
        build()


def test_a_model_that_is_gone_is_not_published(build: Build, admin: dict[str, str]) -> None:
    build()
    run_sql(
        admin | {"PGUSER": BUILDER},
        "create table build_segments.gone as select 1 as id",
        "create view build_core.gone as select id from build_segments.gone",
    )
    build()
    left = "select relname from pg_class where relname in ('people', 'gone')"
    assert set(run_sql(admin, left)) == {("people",)}


def test_what_is_published_says_what_it_is(build: Build, admin: dict[str, str]) -> None:
    build()
    query = (
        "select attrelid::regclass::text, obj_description(attrelid),"
        " col_description(attrelid, attnum) from pg_attribute join pg_class on attrelid ="
        " pg_class.oid where relkind in ('r', 'v') and attname = 'run_id' and"
        " relnamespace::regnamespace::text = any(array['core', 'segments', 'membership',"
        " 'insights', 'activation'])"
    )
    said = {name: texts for name, *texts in run_sql(admin, query)}
    assert said.pop("insights.publication")[1] == "The run of dbt that made it."
    assert said == {
        name: [f"The {name.split('.')[1]}'s 100 % description", "Which build made it"]
        for name in OPENED
    }
    [(name, sentence)] = run_sql(admin, "select * from insights.start_here")
    assert (name, sentence.split(":")[0]) == ("insights.publication", "What is published")


# -- who may read -------------------------------------------------------------------------------


def test_each_role_reads_its_rooms_and_may_do_nothing_else(
    build: Build, admin: dict[str, str]
) -> None:
    # with the build before beside what is published
    build()
    build()
    rooms = {name.split(".")[0] for name in relations(admin)}
    names = {name.split("/")[0] for name in MODELS}
    # the proof stays where it is built
    assert rooms == names - {"proof"} | {f"build_{name}" for name in names} | {"raw"}
    for_bi = {name for name in OPENED if not name.startswith("activation.")}
    allowed = {f"select * from {name}" for name in for_bi | OWN}
    assert everything_that_works(admin, BI) == allowed
    assert everything_that_works(admin, ESP) == {"select * from activation.lists"}


@pytest.mark.full
def test_a_role_no_longer_named_loses_access(build: Build, admin: dict[str, str]) -> None:
    build()
    build()
    # and so is whoever was let in by hand, or by default
    default = f"alter default privileges for role {BUILDER}"
    quoted = '"' + ESP.replace('"', '""') + '"'
    run_sql(
        admin,
        "grant usage on schema core, build_staging to public",
        "grant select on all tables in schema core, build_core to public",
        f"grant usage on schema intermediate to {quoted}",
        f"grant select, insert on intermediate.facts to {quoted} with grant option",
        f"{default} grant select on tables to {quoted}",
    )
    try:
        build(variables={"bi_reader_role": "", "esp_exporter_role": ""})
    finally:
        run_sql(admin, f"{default} revoke select on tables from {quoted}")
    for role in (BI, ESP):
        assert everything_that_works(admin, role) == set()
    others = (
        "select nspname, relname from pg_namespace"
        " left join pg_class on pg_namespace.oid = relnamespace"
        " cross join lateral (select * from aclexplode(nspacl) union all"
        " select * from aclexplode(relacl)) as grants"
        " where nspname !~ '^(pg_|information|public|raw)' and grantee <> nspowner"
    )
    assert run_sql(admin, others) == []
    build()
    assert len(everything_that_works(admin, BI)) == 6
