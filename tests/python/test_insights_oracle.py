"""The tables about groups are what a naive reading of their page in Python gives.

The oracle has never seen their SQL; see oracle/insights.py. The shops are those on which mutants of
these tables are tried, so every recount has to pass there: one that fails would kill none.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import duckdb
import pytest
from harness import Compiled
from insight_shop import EDGES, INSIGHT_SETTINGS, PAIRS, folder_of_insights
from mutants import INSIGHT_SHOPS, LOG, RULES, with_a_past, with_changed_rules
from oracle.groups import group_of
from oracle.insights import TABLES
from test_oracle import PROJECT_VARS, differences

# one full of people, and those of what no chance brings about
QUICK = (1, EDGES, PAIRS)
SHOPS = [
    pytest.param(name, number, marks=[] if number in QUICK else [pytest.mark.full])
    for name in INSIGHT_SETTINGS
    for number in range(INSIGHT_SHOPS)
]
RECOUNTS = "tests/insights/"
VIEWS = {"membership.person_recommendations": "intermediate.int_recommended_products"}

Connection = duckdb.DuckDBPyConnection
Build = Callable[[str, int], tuple[Compiled, Connection]]


@pytest.fixture(scope="module")
def build(compiled: Callable[..., Compiled]) -> Iterator[Build]:
    """Builds a shop with a past, the last one only once."""
    kept: dict[tuple[str, int], tuple[Compiled, Connection]] = {}

    def get(name: str, number: int) -> tuple[Compiled, Connection]:
        if (name, number) not in kept:
            project = compiled(also=["test"], **INSIGHT_SETTINGS[name])
            project = project.changed(LOG, with_a_past).changed(RULES, with_changed_rules)
            nodes = {node["unique_id"]: node["name"] for node in project.nodes}
            recounts = recounts_of(project)
            read = {nodes.get(key) for test in recounts for key in test["depends_on"]["nodes"]}
            close()
            raw = folder_of_insights(name, number)
            kept[name, number] = project, project.run(raw, optimise=False, rooms=read)
        return kept[name, number]

    def close() -> None:
        for _, connection in kept.values():
            connection.close()
        kept.clear()

    yield get
    close()


@pytest.fixture(scope="module")
def filled() -> dict[tuple[str, int], set[str]]:
    """The tables with rows of each shop that was looked at."""
    return {}


def recounts_of(project: Compiled) -> list[dict]:
    """The data tests of the tables about groups."""
    tests = project.data_tests
    return [test for test in tests if test["original_file_path"].startswith(RECOUNTS)]


def failing_recounts(project: Compiled, connection: Connection) -> list[str]:
    """The first rows that they find, as sentences."""
    return [
        f"{test['name']}: {row}"
        for test in recounts_of(project)
        for row in connection.execute(test["compiled_code"]).fetchmany(3)
    ]


def disagreements(connection: Connection, name: str, number: int) -> tuple[list[str], set[str]]:
    """In what a build and the oracle differ, and which tables have rows."""

    def ask(query: str) -> list[tuple]:
        return connection.execute(query).fetchall()

    variables = PROJECT_VARS | INSIGHT_SETTINGS[name]
    group = group_of(folder_of_insights(name, number), variables, ask)
    found, with_rows = [], set()
    for table, (columns, rule) in TABLES.items():
        expected = rule(group)
        found += differences(expected, ask(f"select {columns} from {table}"), table)
        with_rows |= {table} if expected else set()
    return found, with_rows


@pytest.mark.parametrize(("name", "number"), SHOPS)
def test_tables_about_groups_are_as_the_oracle_reads_them_and_recounts_pass(
    name: str, number: int, build: Build, filled: dict[tuple[str, int], set[str]]
) -> None:
    project, connection = build(name, number)
    found, filled[name, number] = disagreements(connection, name, number)
    found += failing_recounts(project, connection)
    assert not found, "\n".join(found[:40])


def test_every_table_about_groups_has_rows_in_some_shop(
    filled: dict[tuple[str, int], set[str]],
) -> None:
    """Or the tables above could be equal for lack of rows."""
    if len(filled) < len(QUICK) * len(INSIGHT_SETTINGS):
        pytest.skip("only some of the shops were looked at")
    assert not TABLES.keys() - set().union(*filled.values())


def test_a_row_that_is_gone_is_told_by_the_oracle_and_by_the_recount(build: Build) -> None:
    name = list(INSIGHT_SETTINGS)[-1]
    project, connection = build(name, EDGES)
    found, filled = disagreements(connection, name, EDGES)
    assert not found
    connection.execute("begin")
    for table in filled:
        place = VIEWS.get(table, table)
        connection.execute(f"delete from {place} where rowid = (select min(rowid) from {place})")
    found, _ = disagreements(connection, name, EDGES)
    failing = failing_recounts(project, connection)
    connection.execute("rollback")
    assert Counter(sentence.split(" ")[0] for sentence in found) == {f"{t}:": 1 for t in filled}
    assert all(": missing (" in sentence for sentence in found)
    recounts = {f"a_recount_finds_the_same_{table.split('.')[1]}" for table in filled}
    assert recounts <= {sentence.split(":")[0] for sentence in failing}
