"""The workbook: its numbers are the tables', its formulas are alive, and it gives nobody away.

It is read as the text that it is; LibreOffice, where it is installed, calculates it anew.
"""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import duckdb
import pytest
from workbook import write_workbook
from workbook_page import STAGES, visible
from workbook_sheets import ranks

SHEETS = ["Start", "Sizes", "RFM", "Objectives", "Repeat", "Pareto", "Calendar"]
MINIMUM = 5
# another calculation than at the last closing
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"
oor:op="fuse"><value>0</value></prop></item></oor:items>"""
HOSTILE = '=HYPERLINK("file:///etc/passwd","x")'


class Cell(NamedTuple):
    """A cell's formula, if any, and what it shows."""

    formula: str | None
    value: object


def read(path: Path) -> dict[str, dict[str, Cell]]:
    """The cells of a workbook that are not empty, by sheet and place."""
    with zipfile.ZipFile(path) as file:
        parts = {name: ElementTree.fromstring(file.read(name)) for name in file.namelist()}
    texts = ["".join(item.itertext()) for item in parts["xl/sharedStrings.xml"]]
    sheets = {}
    for number, sheet in enumerate(parts["xl/workbook.xml"].findall(".//{*}sheet"), 1):
        cells = sheets[sheet.get("name")] = {}
        for cell in parts[f"xl/worksheets/sheet{number}.xml"].findall(".//{*}c"):
            formula, value, kind = cell.findtext("{*}f"), cell.findtext("{*}v"), cell.get("t", "n")
            if value and kind in "sn":
                value = texts[int(value)] if kind == "s" else float(value)
            if formula or value not in (None, ""):
                cells[cell.get("r")] = Cell(formula, None if value == "" else value)
    return sheets


def column(cells: dict[str, Cell], letter: str, first: int, last: int = 200) -> list[object]:
    """What the cells of a column show, None for those that are empty."""
    return [cells.get(f"{letter}{row}", Cell(None, None)).value for row in range(first, last + 1)]


@pytest.fixture(scope="module")
def published(built_edge_shop: Path) -> Path:
    """A published shop that has segments of many and of few."""
    return built_edge_shop / "shop.duckdb"


@pytest.fixture(scope="module")
def written(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its workbook."""
    path = tmp_path_factory.mktemp("workbook") / "shop.xlsx"
    write_workbook(published, path)
    return path


@pytest.fixture
def changed(published: Path, tmp_path: Path) -> Callable[[str], dict[str, dict[str, Cell]]]:
    """Read the workbook of the shop after some SQL."""

    def run(sql: str) -> dict[str, dict[str, Cell]]:
        copy = tmp_path / "changed.duckdb"
        shutil.copyfile(published, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute(sql)
        write_workbook(copy, tmp_path / "changed.xlsx")
        return read(tmp_path / "changed.xlsx")

    return run


def ask(published: Path, sql: str) -> list[tuple]:
    """Ask a published file; money as doubles."""
    with duckdb.connect(str(published), read_only=True) as connection:
        found = connection.execute(sql).fetchall()
    return [tuple(float(v) if type(v).__name__ == "Decimal" else v for v in row) for row in found]


def test_the_numbers_are_those_of_the_tables(published: Path, written: Path) -> None:
    sheets = read(written)
    assert list(sheets) == SHEETS
    cells = sheets["Sizes"]
    written_sizes = {
        row[0]: row[1:]
        for row in zip(*(column(cells, letter, 5) for letter in "ADHJ"), strict=True)
    }
    sizes = ask(
        published,
        "select segment, members, net_revenue_12_months_amount, net_revenue_amount"
        " from insights.segment_sizes where segment_value = ''",
    )
    hidden = 0
    for segment, *numbers in sizes:
        if written_sizes[segment][0] == "< 5":
            hidden += 1
            assert numbers[0] < MINIMUM or segment in STAGES
            assert written_sizes[segment][1:] == (None, None)
        else:
            assert written_sizes[segment] == pytest.approx(tuple(numbers), rel=1e-12)
    assert 10 < hidden < len(sizes) - 10
    buyers = [value for letter in "BCDEF" for value in column(sheets["RFM"], letter, 5, 9)]
    of_each = ask(
        published,
        "select count(*) from core.rfm_scores group by recency_score, frequency_score",
    )
    assert (
        sorted(n for n in buyers if n not in (0, "< 5"))[-3:] == sorted(n for (n,) in of_each)[-3:]
    )
    objectives = ask(
        published,
        "select contacts, gap_amount, monthly_share, expected_opportunity_amount, rank"
        " from insights.objectives order by objective",
    )
    found = list(
        zip(*(column(sheets["Objectives"], letter, 7, 11) for letter in "BCDFH"), strict=True)
    )
    whole = [pair for pair in zip(found, objectives, strict=True) if pair[0][3] is not None]
    assert len(whole) > 1
    for here, there in whole:
        assert here[:3] == pytest.approx(there[:3], rel=1e-12)
        assert here[3] == pytest.approx(there[3], abs=0.01)
    # those that are left out have no rank
    order = sorted(there[4] for _, there in whole)
    assert [here[4] for here, _ in whole] == [1 + order.index(there[4]) for _, there in whole]
    pareto = ask(published, "select buyers, net_revenue_amount from insights.pareto_curve")
    shown = list(zip(*(column(sheets["Pareto"], letter, 10, 110) for letter in "BC"), strict=True))
    shown = [row for row in shown if row[0] is not None]
    assert len(shown) > 10 and {buyers for buyers, _ in shown} <= {buyers for buyers, _ in pareto}


def test_nothing_is_of_fewer_people_than_may_be_shown(published: Path, written: Path) -> None:
    sheets = read(written)
    counts = {"Sizes": "DF", "RFM": "BCDEF", "Objectives": "B", "Pareto": "B", "Repeat": "B"}
    first = {"Sizes": 5, "RFM": 5, "Objectives": 7, "Pareto": 10, "Repeat": 22}
    for sheet, letters in counts.items():
        for letter in letters:
            last = {"RFM": 9, "Objectives": 11}.get(sheet, 200)
            numbers = column(sheets[sheet], letter, first[sheet], last)
            people = [number for number in numbers if isinstance(number, float)]
            assert [number for number in people if 0 < number < MINIMUM] == [], sheet
    steps = [n for n in column(sheets["Pareto"], "B", 10) if isinstance(n, float)]
    assert min(b - a for a, b in zip([0, *steps], steps, strict=False)) >= MINIMUM
    people = {person for (person,) in ask(published, "select person_id from core.people")}
    texts = {cell.value for cells in sheets.values() for cell in cells.values()}
    assert not people & texts and "@" not in "".join(map(str, texts))


def test_one_group_alone_is_never_hidden() -> None:
    """Or the whole, less those that are shown, would be it."""
    assert visible([3, 9, 0, 7, 20], 5) == [False, True, True, False, True]
    assert visible([3, 9, 0, 4], 5) == [False, True, True, False]
    assert visible([5, 9, 0], 5) == [True, True, True]
    assert visible([0, 2], 5) == [True, False]
    assert ranks([1.0, None, 3.0, 3.0, -2.0]) == [3, None, 1, 2, 4]


def test_inputs_are_numbers_and_results_formulas(written: Path) -> None:
    cells = read(written)["Objectives"]
    formulas = {
        place[0] for place, cell in cells.items() if cell.formula and 7 <= int(place[1:]) <= 11
    }
    assert formulas == set("EFGH")
    assert cells["B4"].formula is None and cells["E7"].formula == "$B$4"
    pages = read(written)
    assert sum(bool(c.formula) for c in pages["Repeat"].values()) > 12
    assert sum(bool(c.formula) for c in pages["Calendar"].values()) > 30
    assert "✗" not in {cell.value for cell in pages["Calendar"].values()}


def test_the_same_build_gives_the_same_bytes(
    published: Path, written: Path, tmp_path: Path
) -> None:
    again, french = tmp_path / "again.xlsx", tmp_path / "french.xlsx"
    write_workbook(published, again)
    write_workbook(published, french, "fr")
    assert again.read_bytes() == written.read_bytes()
    assert list(read(french)) == [
        *("Accueil", "Tailles", "RFM", "Objectifs", "Réachat", "Pareto", "Calendrier")
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"again.xlsx", "french.xlsx"}


def test_a_text_never_becomes_a_formula_or_a_link(
    changed: Callable[[str], dict[str, dict[str, Cell]]],
) -> None:
    sheets = changed(
        f"update membership.segment_definitions set label_en = '{HOSTILE}', family = '@SUM(1)';"
        "update insights.objectives set label_en = 'http://example.com/' || chr(11),"
        " from_stages = 'prospects'; update insights.segment_sizes set segment_value = '+1'"
        " where segment_value <> ''"
    )
    cells = [cell for sheet in sheets.values() for cell in sheet.values()]
    assert HOSTILE in {cell.value for cell in cells if cell.formula is None}
    assert not [cell for cell in cells if cell.formula and re.search("HYPER|SUM\\(1", cell.formula)]


def test_an_empty_shop_has_a_workbook(
    changed: Callable[[str], dict[str, dict[str, Cell]]],
) -> None:
    sheets = changed(
        "delete from core.rfm_scores; delete from insights.stage_transitions;"
        "delete from insights.new_and_repeat_by_month; delete from insights.pareto_curve;"
        "delete from insights.segment_sizes where segment_value <> '';"
        "update insights.segment_sizes set members = 0, contacts = 0, reachable_contacts = 0,"
        " share_of_contacts = null, mean_net_revenue_amount = null, net_revenue_amount = 0;"
        "update insights.objectives set contacts = 0, gap_amount = null, monthly_share = null"
    )
    assert column(sheets["Objectives"], "H", 7, 11) == [None] * 5
    assert set(column(sheets["Sizes"], "D", 5, 60)) == {0.0}
    assert column(sheets["Pareto"], "A", 10) == [None] * 191


def edited(written: Path, path: Path, inputs: dict[str, float]) -> Path:
    """Copy a workbook without what its formulas come to, and with other inputs.

    Arguments: written (the workbook), path (of the copy), inputs (by place, in the objectives).
    """
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.startswith("xl/worksheets/"):
                text = re.sub(r"(</f>)<v>[^<]*</v>", r"\1", text)
            if name == f"xl/worksheets/sheet{1 + SHEETS.index('Objectives')}.xml":
                for place, value in inputs.items():
                    text, changes = re.subn(
                        rf'(<c r="{place}"[^>]*><v>)[^<]*', rf"\g<1>{value}", text
                    )
                    assert changes == 1
            new.writestr(name, text)
    return path


@pytest.mark.full
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_another_program_calculates_the_same(written: Path, tmp_path: Path) -> None:
    """LibreOffice is optional, with REQUIRE_ENGINES=1 too: apt-get install libreoffice-calc."""
    said = read(written)
    places = column(said["Objectives"], "H", 7, 11)
    last = 7 + places.index(max(place for place in places if place))
    plain = edited(written, tmp_path / "plain.xlsx", {})
    # the last in rank is worth a million, and all of them make the move each month
    moved = edited(written, tmp_path / "moved.xlsx", {f"C{last}": 1e6, f"D{last}": 1})
    profile, out = tmp_path / "profile", tmp_path / "out"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", str(out), str(plain), str(moved)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    found = read(out / plain.name)
    formulas = [
        (sheet, place, cell.value)
        for sheet, cells in said.items()
        for place, cell in cells.items()
        if cell.formula
    ]
    assert len(formulas) > 100
    for sheet, place, value in formulas:
        expected = pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
        calculated = found[sheet].get(place, Cell(None, None)).value
        assert calculated == expected, (sheet, place)
    ranking = read(out / moved.name)["Objectives"]
    assert ranking[f"H{last}"].value == 1
    assert ranking["A14"].value == said["Objectives"][f"A{last}"].value
