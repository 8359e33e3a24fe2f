"""The example of docs/adding_a_segment.md, taken literally, works, and moves no other segment.

Each code block is applied to a copy of the project, to the file that the line above it names: a
path alone is a new file, "At the end of" appends to it, and a list grows at its end.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from family_shops import LEAP_DAY, Shop, read_family, segments_of, settings_of_the_day
from harness import ROOT, Compiled, compile_project, copy_project
from test_analyses import difference
from test_edge_shop import SEGMENT_COLUMNS, differences
from test_segments_are_complete import SEGMENTS, lacks

NAME = "active_vip_customers"
PLACE = re.compile(
    r"^(At the end of the list in |At the end of |In the list of |)`([\w/.]+)`"
    r"\n\n```\w+\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
# where a list ends: one of Jinja, and the last CTE of a recount
END_OF_LIST = re.compile(r"^(\]\) \}\}|\)\n\n\{\{ members_that_differ)", re.MULTILINE)


def example() -> list[tuple[str, str, str]]:
    """How each block of the example is applied, the file, and its text."""
    page = (ROOT / "docs" / "adding_a_segment.md").read_text(encoding="utf-8")
    return PLACE.findall(page)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the example in it."""
    project = tmp_path_factory.mktemp("example") / "project"
    copy_project(project)
    for path in (ROOT / "tests" / "families").glob("*/cases.yml"):
        (project / path.relative_to(ROOT)).write_text(path.read_text("utf-8"), "utf-8")
    for how, path, text in example():
        file = project / path
        assert file.exists() == bool(how), path
        old = file.read_text(encoding="utf-8") if how else ""
        end = END_OF_LIST.search(old).start() if "list" in how else len(old)
        file.write_text(old[:end] + text + old[end:], encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def compiled_example(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The copy, compiled."""
    folder = tmp_path_factory.mktemp("compiled_example")
    return compile_project(
        folder, project=project, also=("analysis", "test"), **settings_of_the_day(LEAP_DAY)
    )


def shops(project: Path) -> Iterator[Shop]:
    """The shops of all families in the copy, of the day for which it is compiled."""
    for path in sorted((project / "tests" / "families").glob("*/cases.yml")):
        yield from (s for s in read_family(path, project) if s.settings["as_of"] == LEAP_DAY)


def test_the_example_is_five_files_in_two_folders_of_one_name() -> None:
    folders = {str(Path(path).parent) for _, path, _ in example()}
    assert len(example()) == 5
    assert folders == {"models/marts/segments/spend", "tests/families/spend"}
    assert not (ROOT / SEGMENTS / "spend" / f"{NAME}.sql").exists()


def test_the_example_has_all_that_belongs_to_a_segment(project: Path) -> None:
    assert lacks(project) == []


def test_with_the_example_every_family_has_the_members_of_its_cases(
    project: Path, compiled_example: Compiled, tmp_path: Path
) -> None:
    """In all shops, including the example's, for the segments that were there before."""
    seen = set()
    for number, shop in enumerate(shops(project)):
        folder = tmp_path / str(number)
        raw, segments = shop.write(folder), segments_of(shop.family, project)
        statements = compiled_example.given(folder / "predictions.csv")
        with statements.run(raw, optimise=False, rooms=segments) as built:
            for segment in segments:
                query = f"select {', '.join(SEGMENT_COLUMNS)} from segments.{segment}"
                rows = built.execute(query).fetchall()
                expected = [row for row in shop.members if row["segment"] == segment]
                wrong = differences(expected, rows, SEGMENT_COLUMNS, ["person_id"], ("evidence",))
                assert not wrong, f"{shop.name}, {segment}\n{wrong}"
                seen.add(segment)
    assert NAME in seen
    assert len(seen) > 80


def test_with_the_example_all_data_tests_pass_and_everything_else_follows(
    project: Path, compiled_example: Compiled, tmp_path: Path
) -> None:
    [written] = [shop for shop in shops(project) if shop.name == "active_vips"]
    with compiled_example.run(written.write(tmp_path), optimise=False) as shop:
        assert compiled_example.failing_tests(shop) == {}
        where = f"where segment = '{NAME}'"
        for query, expected in {
            f"select members from insights.segment_sizes {where}": 1,
            f"select count(*) from membership.segment_memberships {where}": 1,
            f"select count(*) from core.people where segments like '%{NAME}%'": 1,
            f"select family from membership.segment_definitions {where}": "spend",
        }.items():
            assert shop.execute(query).fetchall() == [(expected,)], query
        [why] = [n for n in compiled_example.manifest["nodes"].values() if n["name"] == "why_spend"]
        shop.execute(f"create view main.why_spend as {why['compiled_code']}")
        assert difference(shop, "why_spend", [NAME]) == []
        asked = shop.execute(f"select count(distinct asks) from why_spend {where}").fetchall()
        assert asked == [(2,)]
        shop.execute(f"delete from segments.{NAME}")
        assert "a_recount_finds_the_same_spend_members" in compiled_example.failing_tests(shop)
