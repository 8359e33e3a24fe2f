"""The same shop gives the same tables, whatever the order of its rows and the number of threads."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
from generate_shop import Options, generate
from harness import ROOT, Compiled


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Counter]:
    """All rows of all tables and views that the project makes."""
    names = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
        " where table_catalog = 'build' and table_schema <> 'raw' order by 1"
    ).fetchall()
    return {
        name: Counter(connection.execute(f"select * from build.{name}").fetchall())
        for (name,) in names
    }


def test_row_order_and_threads_change_no_table(
    compiled: Callable[..., Compiled], tmp_path: Path
) -> None:
    project = compiled(loaded_until="2025-07-02 00:00:00")
    with project.run(ROOT / "sample_shop", threads=1) as connection:
        one = tables(connection)
    generate(Options(out=tmp_path, shuffle_seed=1))
    with project.run(tmp_path, threads=4) as connection:
        four = tables(connection)
    assert one.keys() == four.keys()
    assert [name for name in one if one[name] != four[name]] == []
    assert all(one[f"segments.{name}"] for name in ("prospects", "loyal_customers"))
