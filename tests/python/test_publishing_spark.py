"""On Spark, what is published says what it is: the sets, and the views that point to them.

It builds a toy: the project's macros and hooks around a model or two per room. `test_parity` builds
and reads the project itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import copy_project
from quick_dbt import leave_out_the_many, parsed_once
from test_parity import run_in_process
from toy import MODELS, PUBLISHED, replace, toy_project

LONG = "Which build made it: one after the other " * 10
Said = dict[str, dict[str, str]]


@pytest.fixture
def said(spark_session: Any, tmp_path: Path) -> Iterator[Said]:
    """By each published relation: its own comment, and that of each column."""
    from dbt.cli.main import dbtRunner

    def schemas() -> list[str]:
        return [row[0] for row in spark_session.sql("show schemas").collect()]

    def drop_all() -> None:
        for schema in schemas():
            if schema != "default":
                spark_session.sql(f"drop schema {schema} cascade")

    def comments(name: str) -> dict[str, str]:
        rows = spark_session.sql(f"describe extended {name}").collect()
        whole = {row.col_name: row.data_type for row in rows}["Comment"]
        columns = spark_session.table(name).columns
        return {"": whole} | {row[0]: row.comment for row in rows if row[0] in columns}

    copy_project(tmp_path / "project")
    leave_out_the_many(tmp_path / "project")
    toy_project(tmp_path / "project")
    replace(tmp_path / "project" / "models" / "_models.yml", {"Which build made it": f'"{LONG}"'})
    drop_all()
    with parsed_once(tmp_path / "project", tmp_path / "target", "spark"):
        parsed = run_in_process(dbtRunner(), tmp_path, "parse")
    settings = json.dumps({"as_of": "2024-03-31"})
    done = run_in_process(dbtRunner(parsed.result), tmp_path, "build", "--vars", settings)
    assert done.success, done.exception
    yield {
        name: comments(name)
        for schema in schemas()
        if schema.split("_")[0] in PUBLISHED
        for name in (
            f"{schema}.{table.tableName}"
            for table in spark_session.sql(f"show tables in {schema}").collect()
            if not table.isTemporary
        )
    }
    drop_all()


def test_every_published_table_and_column_is_described(said: Said) -> None:
    views = {name: texts for name, texts in said.items() if "_" not in name.split(".")[0]}
    rooms = [name.split("/")[0] for name in MODELS]
    assert len(views) == sum(room in PUBLISHED for room in rooms) + len(("publication", "start"))
    # all but start_here are in the set too
    assert len(said) == 2 * len(views) - 1
    assert views["core.people"][""] == "The people's 100 % description"
    for name, texts in said.items():
        if name.endswith((".publication", ".start_here")):
            assert all(texts.values()), name
        else:
            # no more than Hive's metastore holds
            start = texts["run_id"].removesuffix(" …")
            assert LONG.startswith(start), name
            assert 200 < len(start) < len(texts["run_id"]) <= 256
            assert texts[""], name
