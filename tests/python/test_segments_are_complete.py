"""Every segment has all that belongs to it; what is missing is named, with the file to write."""

import csv
import shutil
from pathlib import Path

import pytest
import yaml
from harness import ROOT

SEGMENTS = Path("models/marts/segments")
STACK = Path("models/marts/membership/segment_memberships.sql")
RECOUNTS = Path("tests/segments")
# members at the edge, of the lifecycle and of all other families
EXPECTED_STAGES = Path("tests/edge_shop/expected/segments.csv")
EXPECTED = Path("tests/edge_shop_segments/every_rule/expected/segments.csv")
NEAR_MISSES = EXPECTED.with_name("near_misses.csv")
MACROS = Path("macros/schema/segment_definitions.sql")
META_FIELDS = (
    *("label_en", "label_fr", "rule", "grain", "evidence_unit", "vars", "source_article"),
    *("objective", "owner", "external_name"),
)


def segments_in(path: Path) -> set[str]:
    """Name the segments that have rows in an expected file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["segment"] for row in csv.DictReader(file)}


def lacks(root: Path) -> list[str]:
    """What the segments of a project lack.

    Arguments: root (the project's folder).
    Returns: one sentence per thing to write, with its file; empty where nothing is missing.
    """
    models = sorted((root / SEGMENTS).rglob("*.sql"))
    names = {path.stem for path in models}
    stack = (root / STACK).read_text(encoding="utf-8")
    expected = {path: segments_in(root / path) for path in (EXPECTED_STAGES, EXPECTED, NEAR_MISSES)}

    missing = []
    for path in models:
        name, family = path.stem, path.parent
        if f"    '{name}',\n" not in stack:
            missing.append(f"{STACK}: add the line `    '{name}',` to the list of segments")
        recount = RECOUNTS / f"a_recount_finds_the_same_{name}.sql"
        if not (root / recount).is_file():
            missing.append(f"{recount}: write the members a second time, from orders or sessions")
        elif f"members_that_differ(ref('{name}'))" not in (root / recount).read_text("utf-8"):
            missing.append(f"{recount}: end with `{{{{ members_that_differ(ref('{name}')) }}}}`")
        described = family / f"_{family.name}__models.yml"
        meta = definition(described, name)
        absent = [field for field in META_FIELDS if meta.get(field) is None]
        if absent:
            missing.append(
                f"{described.relative_to(root)}: give {name} a config.meta.segment with "
                f"{', '.join(absent)}"
            )
        members = EXPECTED_STAGES if family.name == "lifecycle" else EXPECTED
        if name not in expected[members]:
            missing.append(f"{members}: add the members that the edge shop has of {name}")
        if members == EXPECTED and name not in expected[NEAR_MISSES]:
            missing.append(f"{NEAR_MISSES}: add who is just not what the edge shop has of {name}")
    for path, written in expected.items():
        for name in sorted(written - names):
            missing.append(f"{path}: {name} is no model under {SEGMENTS}; remove its rows")
    return missing


def definition(described: Path, name: str) -> dict:
    """The `meta.segment` of one segment in its family's YAML file; empty where there is none."""
    if not described.is_file():
        return {}
    models = yaml.safe_load(described.read_text(encoding="utf-8")).get("models") or []
    for model in models:
        if model["name"] == name:
            return model.get("config", {}).get("meta", {}).get("segment") or {}
    return {}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The part of the project that is looked at, to be damaged."""
    for folder in (
        *(SEGMENTS, STACK.parent, RECOUNTS),
        *(EXPECTED_STAGES.parent, EXPECTED.parent),
    ):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_no_segment_lacks_anything() -> None:
    assert "\n".join(lacks(ROOT)) == ""


def test_the_fields_are_those_that_a_build_asks_for() -> None:
    text = (ROOT / MACROS).read_text(encoding="utf-8")
    assert f"[{', '.join(repr(field) for field in META_FIELDS)}]" in text


def test_a_new_model_lacks_its_companions(copied: Path) -> None:
    (copied / SEGMENTS / "spend").mkdir(exist_ok=True)
    (copied / SEGMENTS / "spend" / "brand_new.sql").write_text("select 1", encoding="utf-8")
    about_it = [sentence for sentence in lacks(copied) if "brand_new" in sentence]
    assert [sentence.split(": ")[0] for sentence in about_it] == [
        "models/marts/membership/segment_memberships.sql",
        "tests/segments/a_recount_finds_the_same_brand_new.sql",
        "models/marts/segments/spend/_spend__models.yml",
        "tests/edge_shop_segments/every_rule/expected/segments.csv",
        "tests/edge_shop_segments/every_rule/expected/near_misses.csv",
    ]


@pytest.mark.parametrize(
    ("path", "old", "new", "named"),
    [
        (STACK, "    'prospects',\n", "", "`    'prospects',`"),
        (
            RECOUNTS / "a_recount_finds_the_same_prospects.sql",
            "ref('prospects')",
            "ref('all_customers')",
            "members_that_differ(ref('prospects'))",
        ),
        (
            SEGMENTS / "lifecycle" / "_lifecycle__models.yml",
            "objective: Win the first order",
            "aim: Win the first order",
            "give prospects a config.meta.segment with objective",
        ),
        (EXPECTED_STAGES, "\nprospects,", "\nprospect,", "that the edge shop has of prospects"),
        (EXPECTED_STAGES, "\nprospects,", "\nprospect,", "prospect is no model under"),
        (EXPECTED, "\nbrowsers,", "\nbrowser,", "that the edge shop has of browsers"),
        (EXPECTED, "\nbrowsers,", "\nbrowser,", "browser is no model under"),
        (NEAR_MISSES, "\nbrowsers,", "\nbrowser,", "what the edge shop has of browsers"),
    ],
)
def test_what_is_missing_is_named(copied: Path, path: Path, old: str, new: str, named: str) -> None:
    text = (copied / path).read_text(encoding="utf-8")
    assert old in text
    (copied / path).write_text(text.replace(old, new), encoding="utf-8")
    found = lacks(copied)
    assert any(sentence.startswith(f"{path}: ") and named in sentence for sentence in found), found
