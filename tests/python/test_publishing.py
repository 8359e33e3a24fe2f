"""What people open is replaced in one step, and only by a whole green build.

What is in a published file is read from a build of the whole project. When one is published, and in
one step, is tried with real builds of a toy with the project's macros and hooks; the macro says
which results are those of a whole green build.
"""

import contextlib
import datetime as dt
import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import pytest
import yaml
from conftest import EDGE_SHOP_SETTINGS
from harness import ROOT, ask
from quick_dbt import QuickDbt, Run, quick_dbt
from toy import MANY, MODELS, toy_project

EDGE_SHOP = ROOT / "tests" / "edge_shop" / "raw"
EARLIER, LATER = "2024-03-30", "2024-04-01"
SETTINGS = EDGE_SHOP_SETTINGS | {"raw_location": str(EDGE_SHOP)}
PERSONAL = {"email", "phone", "first_name", "last_name", "postal_code", "birth_date"}
READ_IT = """
import sys
import duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    for schema, name, rows in connection.execute(
        "select table_schema, table_name, row_count from publication"
    ).fetchall():
        assert connection.execute(f"select count(*) from {schema}.{name}").fetchall() == [(rows,)]
    print(duckdb.__version__)
"""


@pytest.fixture(scope="module")
def dbt() -> Iterator[QuickDbt]:
    started = QuickDbt(lambda project: toy_project(project, MODELS | MANY))
    yield started
    started.close()


@pytest.fixture(scope="module")
def folder(dbt: QuickDbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a build of the toy and what it published."""
    place = tmp_path_factory.mktemp("published")
    run = dbt.run("build", folder=place, variables=SETTINGS)
    assert f"Published {place / 'shop.duckdb'} as of {SETTINGS['as_of']}." in run.output
    return place


@contextlib.contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Assert that the published file stays as it is, with nothing beside it."""
    published = folder / "shop.duckdb"
    before = published.read_bytes(), published.stat().st_ino, published.stat().st_mtime_ns
    yield
    assert (published.read_bytes(), published.stat().st_ino, published.stat().st_mtime_ns) == before
    assert leftovers(folder) == []


def leftovers(folder: Path) -> list[str]:
    """Names of files beside the published one that begin like it."""
    return [path.name for path in folder.glob("shop.duckdb?*")]


def read(path: Path, query: str) -> list[tuple]:
    """Rows of a query on a file that is opened read-only."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def shown_day(folder: Path) -> str:
    """The as-of date that is published."""
    [(day,)] = read(folder / "shop.duckdb", "select distinct as_of_on from publication")
    return str(day)


def test_publication_says_what_is_in_the_file(built_edge_shop: Path) -> None:
    with duckdb.connect(str(built_edge_shop / "shop.duckdb"), read_only=True) as published:
        rows = published.execute("from publication").fetchall()
        relations = published.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema <> 'main'"
        ).fetchall()
        counted = {
            (schema, name): published.execute(f"select count(*) from {schema}.{name}").fetchall()
            for schema, name in relations
        }
    assert {(schema, name): [(count,)] for *_, schema, name, count in rows} == counted
    assert len(rows) == len(counted) > 10
    assert {row[0] for row in rows} == {dt.date.fromisoformat(SETTINGS["as_of"])}
    assert len({row[1] for row in rows}) == 1
    version = f'version: &version "{rows[0][2]}"'
    assert version in (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    assert {schema for schema, _ in relations} == {"core", "segments", "membership", "insights"}


def test_what_is_published_equals_the_build(built_edge_shop: Path) -> None:
    with duckdb.connect() as connection:
        for name, path in (("build_file", "build.duckdb"), ("published", "shop.duckdb")):
            connection.execute(f"attach '{built_edge_shop / path}' as {name} (read_only)")
        relations = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'published' and table_name <> 'publication' union all"
            " select schema_name || '.' || view_name from duckdb_views()"
            " where database_name = 'published' and not internal and schema_name <> 'main'"
        ).fetchall()
        for (name,) in relations:
            for one, other in (("build_file", "published"), ("published", "build_file")):
                missing = f"from {one}.{name} except all from {other}.{name}"
                assert connection.execute(missing).fetchall() == [], name
    assert ("membership.segment_memberships",) in relations


def test_memberships_are_published_as_a_view_on_the_segments(built_edge_shop: Path) -> None:
    views = read(
        built_edge_shop / "shop.duckdb",
        "select schema_name, view_name from duckdb_views() where not internal",
    )
    assert ("membership", "segment_memberships") in views
    # also where the file is attached under another name, beside others
    with duckdb.connect() as connection:
        connection.execute(f"attach '{built_edge_shop / 'shop.duckdb'}' as another (read_only)")
        [(through_the_view, stacked)] = connection.execute(
            "select (select count(*) from another.membership.segment_memberships),"
            " (select sum(row_count) from another.publication where table_schema = 'segments')"
        ).fetchall()
    assert through_the_view == stacked > 0


def test_every_published_table_and_column_is_described(built_edge_shop: Path) -> None:
    for query in (
        "select schema_name, table_name from duckdb_tables() where comment is null",
        "select schema_name, view_name from duckdb_views() where not internal and comment is null",
        "select table_name, column_name from duckdb_columns()"
        " where not internal and comment is null",
    ):
        assert read(built_edge_shop / "shop.duckdb", query) == []


def test_published_tables_keep_what_their_contracts_promise(built_edge_shop: Path) -> None:
    manifest = json.loads((built_edge_shop / "target" / "manifest.json").read_text("utf-8"))
    promised = {
        (node["config"]["schema"], node["alias"], name)
        for node in manifest["nodes"].values()
        for name, column in node["columns"].items()
        if any(constraint["type"] == "not_null" for constraint in column["constraints"])
    }
    published = built_edge_shop / "shop.duckdb"
    tables = read(published, "select schema_name, table_name from duckdb_tables()")
    columns = "select schema_name, table_name, constraint_column_names[1] from duckdb_constraints()"
    keys = read(published, f"{columns} where constraint_type = 'PRIMARY KEY'")
    kept = read(published, f"{columns} where constraint_type = 'NOT NULL'")
    assert ("core", "people", "person_id") in keys
    assert ("membership", "segment_definitions", "segment") in keys
    assert {*kept} == {place for place in promised if place[:2] in tables} | {*keys}


def test_whoever_opens_the_file_finds_where_to_start(built_edge_shop: Path) -> None:
    manifest = json.loads((built_edge_shop / "target" / "manifest.json").read_text())
    places = [
        (node["config"]["meta"]["start_here"], node["name"], node["description"])
        for node in manifest["nodes"].values()
        if node["config"].get("meta", {}).get("start_here")
    ]
    assert len({place for place, *_ in places}) == len(places)
    rows = read(built_edge_shop / "shop.duckdb", "from start_here")
    names = [name.split(".")[-1] for name, _ in rows]
    assert names == [*(name for _, name, _ in sorted(places)), "publication"]
    for (name, sentence), (*_, description) in zip(rows, sorted(places), strict=False):
        assert description.startswith(sentence)
        assert sentence[-1] in ".?"
        assert read(built_edge_shop / "shop.duckdb", f"select count(*) from {name}")
    assert rows[0][0] == "core.contacts"
    # a sentence each
    assert not [sentence for _, sentence in rows if ". " in sentence]


def test_no_personal_data_is_published(built_edge_shop: Path) -> None:
    with duckdb.connect(str(built_edge_shop / "shop.duckdb"), read_only=True) as published:
        columns = published.execute(
            "select table_schema, table_name, column_name, data_type"
            " from information_schema.columns"
        ).fetchall()
        texts = set()
        for schema, table, column, data_type in columns:
            assert column not in PERSONAL, table
            if data_type == "VARCHAR" and table != "segment_definitions":
                found = published.execute(f"select distinct lower({column}) from {schema}.{table}")
                texts |= {text for (text,) in found.fetchall() if text}
    with duckdb.connect() as connection:
        personal = connection.execute(
            f"""
            with customers as (from read_csv('{EDGE_SHOP}/customers.csv', all_varchar=true))
            select unnest([email, phone, first_name, last_name, postal_code]) from customers
            union select email from read_csv('{EDGE_SHOP}/orders.csv', all_varchar=true)
            union select email from read_csv('{EDGE_SHOP}/consents.csv', all_varchar=true)
            union select email from read_csv('{EDGE_SHOP}/message_events.csv', all_varchar=true)
            """
        ).fetchall()
    secrets = {text.strip().lower() for (text,) in personal if text and text.strip()}
    assert len(secrets) > 20
    assert len(texts) > 200
    assert {text for text in texts if text in secrets} == set()
    # nor as part of a longer text
    emails = {secret for secret in secrets if "@" in secret}
    assert [text for text in texts if any(email in text for email in emails)] == []
    assert [text for text in texts if "@" in text] == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("build", "--select", "as_of"), "did not run or did not pass ("),
        (("build",), "did not run or did not pass (a_rule_is_broken"),
    ],
    ids=["one model", "a test that fails"],
)
def test_what_is_not_a_whole_green_build_publishes_nothing(
    dbt: QuickDbt, folder: Path, arguments: tuple[str, ...], reason: str
) -> None:
    # the last one is whole, but has a test that fails
    fails = arguments == ("build",)
    with unchanged(folder):
        run = dbt.run(
            *arguments, folder=folder, variables=SETTINGS, check=False, BREAK="test" * fails
        )
    assert run.exit_code == fails
    [line] = [line for line in run.output.splitlines() if "Not published" in line]
    assert reason in line
    assert line.endswith("What was published before is unchanged.")


def reason(
    project: dict, which: str = "build", left_out: str = "", said: str = "", **statuses: str
) -> str:
    """Why a run would not publish, by the macro; empty where it would.

    Arguments: project (manifest), which (command), left_out (name of what has no result), said (the
    message of what has a status), statuses (by name; of all else they are those of success).
    """
    nodes = {
        name: node
        for name, node in project["nodes"].items()
        if node["resource_type"] in ("model", "seed", "test") and node["config"]["enabled"]
    }
    unit_test = {"unit_test.one": {"unique_id": "unit_test.one", "name": "one"}}
    results = [
        {
            "node": node,
            "status": statuses.get(node["name"], "success"),
            "message": said if node["name"] in statuses else None,
        }
        for node in (nodes | unit_test).values()
        if node["name"] != left_out
    ]
    flags = SimpleNamespace(WHICH=which)
    graph = SimpleNamespace(nodes=project["nodes"])
    return ask(project, "reason_not_to_publish", flags=flags, graph=graph, results=results)


@pytest.mark.parametrize("status", ["error", "fail", "skipped", "runtime error", "partial success"])
def test_a_result_other_than_success_is_named(status: str) -> None:
    project = quick_dbt(whole=True).manifest
    for name in ("people", "unique_key_people_person_id", "rfm_map", "one"):
        expected = f"1 model or test did not run or did not pass ({name})."
        assert reason(project, **{name: status}) == expected


def test_whatever_has_no_result_keeps_a_build_from_being_whole() -> None:
    project = quick_dbt(whole=True).manifest
    for name in ("people", "unique_key_people_person_id", "rfm_map"):
        expected = f"1 model or test did not run or did not pass ({name})."
        assert reason(project, left_out=name) == expected
    # a run need not test the project itself
    assert reason(project, left_out="one") == ""
    assert reason(project, left_out="ratios_are_exact") == ""
    broken = reason(project, ratios_are_exact="fail")
    assert broken == "1 model or test did not run or did not pass (ratios_are_exact)."


def test_a_whole_green_build_publishes_and_no_other_command_does() -> None:
    project = quick_dbt(whole=True).manifest
    assert reason(project) == ""
    assert reason(project, people="no-op", rfm_map="warn", one="pass") == ""
    for which in ("run", "test", "seed", "compile", "clone", "retry"):
        assert reason(project, which) == f"only a whole dbt build publishes, not dbt {which}."
    four = dict.fromkeys(("people", "orders", "lifecycle_history", "rfm_map"), "error")
    assert reason(project, **four) == (
        "4 models or tests did not run or did not pass (lifecycle_history, orders, people, …)."
    )


def test_a_build_that_ran_out_of_memory_says_what_to_set() -> None:
    project = quick_dbt(whole=True).manifest
    said = "Runtime Error\n  Out of Memory Error: failed to pin block of size 256.0 KiB"
    assert reason(project, people="error", said=said) == (
        "1 model or test did not run or did not pass (people). DuckDB ran out of memory: build one"
        " model at a time (DBT_THREADS=1) or allow it more (DUCKDB_MEMORY_LIMIT)."
    )


@pytest.mark.parametrize(
    ("limit", "threads"),
    [
        *(("2GB", "1"), ("3.5 GiB", "1"), ("0.5gb", "1"), ("325MB", "1"), ("3900 mb", "1")),
        *(("4GB", "2"), ("12GB", "2"), ("8000MB", "2"), ("60%", "2")),
    ],
)
def test_below_4_gb_one_model_is_built_at_a_time(limit: str, threads: str) -> None:
    profile = yaml.safe_load((ROOT / "profiles.yml").read_text(encoding="utf-8"))
    template = profile["shop_segments"]["outputs"]["duckdb"]["threads"]
    environment = jinja2.Environment()
    environment.filters["as_number"] = str
    given = {"DUCKDB_MEMORY_LIMIT": limit}
    rendered = environment.from_string(template).render(env_var=given.get, modules={"re": re})
    assert rendered == threads


def test_an_older_day_is_not_published_and_the_same_day_is(dbt: QuickDbt, folder: Path) -> None:
    published = folder / "shop.duckdb"
    with unchanged(folder):
        run = dbt.run("build", folder=folder, variables=SETTINGS | {"as_of": EARLIER})
    older = f"Not published: {EARLIER} is an older day than {SETTINGS['as_of']}, which is published"
    assert older in run.output
    before = read(published, "select distinct run_id from publication")
    dbt.run("build", folder=folder, variables=SETTINGS)
    assert shown_day(folder) == SETTINGS["as_of"]
    assert read(published, "select distinct run_id from publication") != before


def test_a_publication_says_when_the_proof_last_passed(dbt: QuickDbt, tmp_path: Path) -> None:
    published, daily = tmp_path / "shop.duckdb", ("build", "--selector", "daily")
    query = "select distinct proved_at, proved_as_of_on::varchar from publication"
    dbt.run("build", folder=tmp_path, variables=SETTINGS)
    [(at, day)] = before = read(published, query)
    assert abs(dt.datetime.now(dt.UTC).replace(tzinfo=None) - at) < dt.timedelta(minutes=10)
    assert day == SETTINGS["as_of"]
    # a build without the proof is whole, and hands on what the last one said
    dbt.run(*daily, folder=tmp_path, variables=SETTINGS | {"as_of": LATER})
    assert shown_day(tmp_path) == LATER
    assert read(published, query) == before
    # a rule that is refuted keeps a build from being published
    with unchanged(tmp_path):
        later = SETTINGS | {"as_of": LATER}
        run = dbt.run("build", folder=tmp_path, variables=later, check=False, BREAK="proof")
    assert "did not run or did not pass (a_recount_differs)" in run.output
    # of other raw tables nothing is proved
    other = {"as_of": LATER, "raw_location": str(EDGE_SHOP.parent)}
    dbt.run(*daily, folder=tmp_path, variables=SETTINGS | other)
    assert read(published, query) == [(None, None)]


def test_a_file_that_is_no_published_build_stops_the_build(
    dbt: QuickDbt, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "somebody_elses.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("create table mine as select 1 as one")
    content = other.read_bytes()
    run = dbt.run(
        "build", folder=folder, variables=SETTINGS, check=False, PUBLISHED_FILE=str(other)
    )
    assert run.exit_code != 0
    assert f"PUBLISHED_FILE is {other}, which is there, but is no published build;" in run.output
    assert "START sql" not in run.output
    assert other.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [other.name]


def built_nodes(run: Run) -> int:
    """How many models and tests a run under way has finished."""
    return run.output.count(" OK created ") + run.output.count(" PASS ")


def test_a_killed_build_leaves_the_last_good_file(dbt: QuickDbt, folder: Path) -> None:
    published = folder / "shop.duckdb"
    before = published.read_bytes()
    moments: dict[str, Callable[[Run], bool]] = {
        "at the first models": lambda run: built_nodes(run) >= 1,
        "half-way": lambda run: built_nodes(run) >= 5,
        "when the new file is begun": lambda run: leftovers(folder) != [],
        "when the new file has tables": lambda run: any(
            path.stat().st_size > 300_000 for path in folder.glob("shop.duckdb.*.new*")
        ),
    }
    left = []
    for name, moment in moments.items():
        run = dbt.start("build", folder=folder, variables=SETTINGS)
        run.wait_until(lambda run=run, moment=moment: moment(run))
        run.kill()
        assert run.exit_code == -9, f"{name}: {run.output}"
        assert published.read_bytes() == before, name
        assert shown_day(folder) == SETTINGS["as_of"], name
        left.append(leftovers(folder))
    # the last two died while they published
    assert left[0] == left[1] == []
    assert left[2] != [] and left[3] != []
    dbt.run("build", folder=folder, variables=SETTINGS)
    assert published.read_bytes() != before
    assert leftovers(folder) == []


# reads the published file again and again: the as-of date, and the day of its rows
POLL = """
import sys
import time
import duckdb
while True:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        days, runs, = connection.execute(
            "select list(distinct as_of_on::varchar), count(distinct run_id) from publication"
        ).fetchall()[0]
        assert len(days) == runs == 1, days
        counts = connection.execute(
            "select table_schema || '.' || table_name, row_count from publication"
        ).fetchall()
        for name, rows in counts:
            assert connection.execute(f"select count(*) from {name}").fetchall() == [(rows,)], name
        newest = connection.execute("select max(as_of_on)::varchar from insights.many")
        print(days[0], newest.fetchall()[0][0], flush=True)
    time.sleep(0.02)
"""


def test_a_reader_never_sees_an_error_a_lock_or_two_days(
    dbt: QuickDbt, folder: Path, tmp_path: Path
) -> None:
    published, output, complaints = folder / "shop.duckdb", tmp_path / "out", tmp_path / "errors"
    first_day = shown_day(folder)
    # with less of the future in it, `latest` is an earlier day, which is published all the same
    corrected = SETTINGS | {"as_of": "latest", "loaded_until": "2024-03-30 12:00:00"}
    command = [sys.executable, "-c", POLL, str(published)]
    with duckdb.connect(str(published), read_only=True) as long_open:
        with output.open("w") as stdout, complaints.open("w") as stderr:
            reader = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        try:
            dbt.run("build", folder=folder, variables=SETTINGS | {"as_of": LATER})
            dbt.run("build", folder=folder, variables=corrected)
            seen = len(output.read_text().splitlines())
            deadline = time.monotonic() + 30
            while len(output.read_text().splitlines()) < seen + 3 and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            reader.terminate()
            reader.wait()
        # who keeps the file open goes on reading the day that was there
        [(still,)] = long_open.execute("select distinct as_of_on from publication").fetchall()
        rows = long_open.execute(
            "select table_schema || '.' || table_name, row_count from publication"
        ).fetchall()
        for name, count in rows:
            assert long_open.execute(f"select count(*) from {name}").fetchall() == [(count,)]
    assert complaints.read_text() == ""
    assert str(still) == first_day
    # each day goes with its own rows, and the days come one after the other
    states = output.read_text().splitlines()
    assert [day for day, _ in itertools.groupby(state.split()[0] for state in states)] == [
        *(first_day, LATER, "2024-03-30")
    ]
    assert len(set(states)) == 3
    assert len(states) > 50


def test_what_opens_the_file_is_said() -> None:
    macro = (ROOT / "macros" / "run" / "publish.sql").read_text(encoding="utf-8")
    [version] = re.findall(r"storage_version 'v([0-9]+[.][0-9]+)[.]", macro)
    for file in ("README.md", "scripts/summary.py"):
        assert f"DuckDB {version} or newer" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.full
@pytest.mark.parametrize("version", ["1.4.4", "1.5.6"])
def test_older_clients_open_what_is_published(
    built_edge_shop: Path, tmp_path: Path, version: str
) -> None:
    """DuckDB 1.4 is its long-term release; BI tools ship such versions."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tmp_path)]
    subprocess.run([*install, "--no-deps", f"duckdb=={version}"], check=True)
    done = subprocess.run(
        [sys.executable, "-c", READ_IT, str(built_edge_shop / "shop.duckdb")],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == version, done.stderr
