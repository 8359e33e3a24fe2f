"""The same shop gives the same tables, whatever the order of its rows and the number of threads."""

import csv
import gzip
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
from harness import ROOT, Compiled

SAMPLE = ROOT / "sample_shop"


def shuffled(raw_folder: Path, folder: Path, seed: int) -> Path:
    """Copy a raw folder of CSV files with the rows of each file in another order."""
    folder.mkdir()
    for path in sorted(raw_folder.iterdir()):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        random.Random(seed).shuffle(rows)
        with (folder / path.name.removesuffix(".gz")).open(
            "w", encoding="utf-8", newline=""
        ) as file:
            csv.writer(file).writerows([header, *rows])
    return folder


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
    with project.run(SAMPLE, threads=1) as connection:
        one = tables(connection)
    with project.run(shuffled(SAMPLE, tmp_path / "shuffled", seed=1), threads=4) as connection:
        four = tables(connection)
    assert one.keys() == four.keys()
    assert [name for name in one if one[name] != four[name]] == []
    assert all(one[f"segments.{name}"] for name in ("prospects", "loyal_customers"))
