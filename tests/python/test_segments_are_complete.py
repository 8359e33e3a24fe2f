"""Every segment has all that belongs to it; what is missing is named, with the file to write."""

import shutil
from pathlib import Path

import pytest
import yaml
from harness import ROOT

SEGMENTS, PROOF = Path("models/marts/segments"), Path("tests/families")
META_FIELDS = ("label_en", "label_fr", "rule_fr", "evidence", "evidence_fr", "kind", "objective")
META_FIELDS += ("objective_fr", "source", "external_name", "asks")


def lacks(root: Path) -> list[str]:
    """What is missing from the segments of a project.

    Arguments: root (the project's folder).
    Returns: one sentence per thing to write, with its file; empty where nothing is missing.
    """
    missing = []
    for folder in sorted(path for path in (root / SEGMENTS).iterdir() if path.is_dir()):
        family = folder.name
        stack, described = f"{family}_memberships.sql", f"_{family}.yml"
        recount = PROOF / family / f"a_recount_finds_the_same_{family}_members.sql"
        cases = PROOF / family / "cases.yml"
        models = yaml.safe_load((folder / described).read_text(encoding="utf-8"))["models"]
        meta = {model["name"]: segment_of(model) for model in models}
        stacked = (folder / stack).read_text(encoding="utf-8")
        recounted = (root / recount).read_text(encoding="utf-8")
        shops = yaml.load((root / cases).read_text(encoding="utf-8"), yaml.BaseLoader)
        in_cases = {segment for shop in shops.values() for segment in shop["cases"]}
        for name in sorted({path.stem for path in folder.glob("*.sql")} - {Path(stack).stem}):
            if f"    '{name}',\n" not in stacked:
                missing.append(f"{SEGMENTS / family / stack}: add the line `    '{name}',`")
            absent = [field for field in META_FIELDS if field not in meta.get(name, {})]
            if absent:
                path = SEGMENTS / family / described
                missing.append(f"{path}: give {name} a meta.segment with {', '.join(absent)}")
            if f"'{name}'" not in recounted:
                missing.append(f"{recount}: find the members of {name} in the proof")
            if name not in in_cases:
                missing.append(f"{cases}: say who is in {name}, and who is just not in it")
    return missing


def segment_of(model: dict) -> dict:
    """The `meta.segment` of a model's YAML entry; empty where there is none."""
    return model.get("config", {}).get("meta", {}).get("segment", {})


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The part of the project that is looked at, to be damaged."""
    for folder in (SEGMENTS, PROOF):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_no_segment_lacks_anything() -> None:
    assert "\n".join(lacks(ROOT)) == ""


def test_a_new_model_lacks_its_companions(copied: Path) -> None:
    (copied / SEGMENTS / "spend" / "brand_new.sql").write_text("select 1", encoding="utf-8")
    assert [sentence.split(": ")[0] for sentence in lacks(copied)] == [
        "models/marts/segments/spend/spend_memberships.sql",
        "models/marts/segments/spend/_spend.yml",
        "tests/families/spend/a_recount_finds_the_same_spend_members.sql",
        "tests/families/spend/cases.yml",
    ]


def test_a_segment_without_a_label_lacks_it(copied: Path) -> None:
    path = copied / SEGMENTS / "spend" / "_spend.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("label_fr: Clients VIP", "label_de: VIP"), encoding="utf-8")
    assert any("give vip_customers a meta.segment with label_fr" in s for s in lacks(copied))
