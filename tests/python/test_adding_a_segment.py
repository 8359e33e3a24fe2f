"""README's worked example of a segment, taken literally, works.

Each code block is applied to a copy of the project, to the file that a line above it begins with:
the path alone is a new file, "At the end of" it appends, "In the list of" it goes before the end of
the file's list.
"""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from family_shops import LEAP_DAY, read_family, settings_of_the_day
from harness import ROOT, Compiled, run_dbt
from test_analyses import difference
from test_edge_shop import SEGMENT_COLUMNS, differences
from test_segments_are_complete import SEGMENTS, lacks

NAME = "cold_vip_customers"
CASES = Path("tests/families/spend/cases.yml")
COPIED = ("analyses", "macros", "models", "seeds", "tests")
FILES = ("dbt_project.yml", "profiles.yml")
PLACE = re.compile(r"(At the end of |In the list of |)`(\w+/[\w/.]+)`")
# the end of a list in Jinja
END_OF_LIST = re.compile(r"^\s*\](?:\) \}\}| -%\})$", re.MULTILINE)


def example() -> list[tuple[str, str, str]]:
    """How each block of the example is applied, the file, and its text."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [section] = re.findall(r"^## Adding a segment$(.*?)^## ", readme, re.MULTILINE | re.DOTALL)
    prose_and_code = re.split(r"^```\w*\n", section, flags=re.MULTILINE)
    blocks = []
    for prose, text in zip(prose_and_code[::2], prose_and_code[1::2], strict=False):
        places = [found for line in prose.splitlines() if (found := PLACE.match(line))]
        blocks.append((places[-1][1], places[-1][2], text))
    return blocks


def apply(project: Path, how: str, path: str, text: str) -> None:
    """Apply one block."""
    file = project / path
    if not how:
        assert not file.exists(), path
        file.write_text(text, encoding="utf-8")
        return
    old = file.read_text(encoding="utf-8")
    end = END_OF_LIST.search(old).start() if how.startswith("In") else len(old)
    assert old[:end].endswith("\n"), path
    file.write_text(old[:end] + text + old[end:], encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example in it."""
    project = tmp_path_factory.mktemp("example")
    for folder in COPIED:
        ignored = shutil.ignore_patterns("python", "*unit_tests.yml", "__pycache__")
        shutil.copytree(ROOT / folder, project / folder, ignore=ignored)
    for name in FILES:
        shutil.copyfile(ROOT / name, project / name)
    for how, path, text in example():
        apply(project, how, path, text)
    return project


@pytest.fixture(scope="module")
def compiled_example(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The copy, compiled."""
    folder = tmp_path_factory.mktemp("compiled_example")
    places = ("--project-dir", str(project), "--profiles-dir", str(project))
    run_dbt("compile", "--quiet", *places, folder=folder, variables=settings_of_the_day(LEAP_DAY))
    return Compiled(json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def shop(project: Path, compiled_example: Compiled) -> Iterator[duckdb.DuckDBPyConnection]:
    """The family's shop of the copy, in memory."""
    written, *_ = read_family(project / CASES, project)
    with compiled_example.run(written.write(project / "shop"), optimise=False) as shop:
        yield shop


def test_every_block_of_the_example_has_its_file() -> None:
    files = [path for _, path, _ in example()]
    assert len(files) == len(set(files)) == 9


def test_the_example_has_all_that_belongs_to_a_segment(project: Path) -> None:
    assert not (ROOT / SEGMENTS / "spend" / f"{NAME}.sql").exists()
    assert [sentence for sentence in lacks(project) if NAME in sentence] == []


def test_the_members_are_those_that_the_example_expects(
    project: Path, shop: duckdb.DuckDBPyConnection
) -> None:
    written, *_ = read_family(project / CASES, project)
    expected = [row for row in written.members if row["segment"] == NAME]
    query = f"select {', '.join(SEGMENT_COLUMNS)} from segments.{NAME}"
    built = shop.execute(query).fetchall()
    assert expected
    assert differences(expected, built, SEGMENT_COLUMNS, ["person_id"], ("evidence",)) == ""


def test_all_data_tests_pass_with_the_example(
    compiled_example: Compiled, shop: duckdb.DuckDBPyConnection
) -> None:
    about_it = [test["name"] for test in compiled_example.data_tests if NAME in test["name"]]
    assert len(about_it) >= 2, about_it
    assert compiled_example.failing_tests(shop) == {}


def test_everything_else_follows_by_itself(
    compiled_example: Compiled, shop: duckdb.DuckDBPyConnection
) -> None:
    [(members,)] = shop.execute(f"select count(*) from segments.{NAME}").fetchall()
    where = f"where segment = '{NAME}'"
    for query, expected in {
        f"select members from insights.segment_sizes {where}": members,
        f"select count(*) from membership.segment_memberships {where}": members,
        f"select count(*) from core.people where segments like '%{NAME}%'": members,
        f"select family from membership.segment_definitions {where}": "spend",
    }.items():
        assert shop.execute(query).fetchall() == [(expected,)], query
    [why] = [n for n in compiled_example.manifest["nodes"].values() if n["name"] == "why_spend"]
    shop.execute(f"create view main.why_spend as {why['compiled_code']}")
    assert difference(shop, "why_spend", [NAME]) == []
    [(conditions,)] = shop.execute(f"select count(distinct asks) from why_spend {where}").fetchall()
    assert conditions == 2
