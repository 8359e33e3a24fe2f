"""Each generic data test fails on a bad row and on a null, and passes on a good table."""

import re

import duckdb
import jinja2
import pytest
from harness import ROOT

# what the generic tests use of the project's macros: one as it is, one as it is on DuckDB
MACROS = (ROOT / "macros" / "raw" / "contract.sql").read_text(encoding="utf-8")
ON_DUCKDB = {"sql_text": lambda value: "'" + value.replace("'", "''") + "'"}
Shop = duckdb.DuckDBPyConnection


@pytest.fixture
def shop() -> Shop:
    return duckdb.connect()


def failing_rows(shop: Shop, test: str, **arguments: object) -> list[tuple]:
    """Render a generic test on tables of a connection and run it.

    Arguments: shop (connection), test (name of the test and of its file), arguments (its own).
    Returns: the failing rows.
    """
    text = (ROOT / "tests" / "generic" / f"{test}.sql").read_text(encoding="utf-8")
    macro = re.sub(r"{%-? test \w+\(", "{% macro rendered(", text).replace("endtest", "endmacro")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= ON_DUCKDB
    sql = environment.from_string(MACROS + macro).module.rendered(**arguments)
    return shop.execute(sql).fetchall()


def test_every_generic_test_is_tested_here() -> None:
    here = (ROOT / "tests" / "python" / "test_generic_tests.py").read_text(encoding="utf-8")
    names = {path.stem for path in (ROOT / "tests" / "generic").glob("*.sql")}
    assert names
    assert names == set(re.findall(r'failing_rows\(\s*shop,\s*"(\w+)"', here))


@pytest.mark.parametrize(
    ("rows", "failing"),
    [
        ("('a', 'x'), ('a', 'y'), ('b', 'x')", []),
        ("('a', 'x'), ('a', 'x'), ('b', 'x')", [("a", "x", 2)]),
        ("('a', 'x'), (null, 'x')", [(None, "x", 1)]),
        ("('a', 'x'), ('a', null)", [("a", None, 1)]),
        ("('a', 'x'), (null, null), (null, null)", [(None, None, 2)]),
    ],
)
def test_unique_key_fails_on_a_repeated_and_on_a_missing_key(
    shop: Shop, rows: str, failing: list[tuple]
) -> None:
    shop.execute(f"create table keyed as select * from (values {rows}) as v (first, second)")
    assert failing_rows(shop, "unique_key", model="keyed", columns=["first", "second"]) == failing


def test_unique_key_looks_at_a_single_column_too(shop: Shop) -> None:
    shop.execute("create table keyed as select * from (values ('a', 1), ('a', 2)) as v (first, n)")
    assert failing_rows(shop, "unique_key", model="keyed", columns=["first"]) == [("a", 2)]


@pytest.mark.parametrize(
    ("rows", "failing"),
    [
        ("(1, 'fine'), (2, 'fine')", []),
        ("(1, 'fine'), (-1, 'fine')", [("n > 0; ", -1, "fine")]),
        ("(1, 'fine'), (null, 'fine')", [("n > 0; ", None, "fine")]),
        ("(1, 'bad')", [("word = 'fine'; ", 1, "bad")]),
        ("(0, null)", [("n > 0; word = 'fine'; ", 0, None)]),
    ],
)
def test_row_rules_fail_where_a_rule_is_false_and_where_it_is_unknown(
    shop: Shop, rows: str, failing: list[tuple]
) -> None:
    shop.execute(f"create table ruled as select * from (values {rows}) as v (n, word)")
    rules = ["n > 0", "word = 'fine'"]
    assert failing_rows(shop, "row_rules", model="ruled", rules=rules) == failing


def test_row_rules_judge_each_rule_as_a_whole(shop: Shop) -> None:
    shop.execute("create table ruled as select 1 as n, null as word")
    rules = ["n = 1 or n = 2", "n = 2 or word is null"]
    assert failing_rows(shop, "row_rules", model="ruled", rules=rules) == []


@pytest.mark.parametrize(("rows", "failing"), [(0, [(0,)]), (1, []), (2, [(2,)])])
def test_row_count_is_fails_on_any_other_count(shop: Shop, rows: int, failing: list[tuple]) -> None:
    # rows of nulls count like others
    shop.execute(f"create table counted as select null as n from range({rows})")
    assert failing_rows(shop, "row_count_is", model="counted", rows=1) == failing
