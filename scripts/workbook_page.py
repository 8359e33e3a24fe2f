"""A sheet of the workbook, how it is written to, and what its numbers rest on."""

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import yaml
from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

PROJECT = Path(__file__).resolve().parents[1]
STAGES = [
    "prospects",
    "first_time_buyers",
    "repeat_customers",
    "loyal_customers",
    "at_risk_customers",
    "inactive_customers",
]

Rows = Callable[..., list[dict]]


class Formula(NamedTuple):
    """A formula, and what it comes to for whoever does not recalculate."""

    text: str
    value: object


@dataclass
class Page:
    """A sheet, and how it is written to. Places are row and column, from 0."""

    sheet: Worksheet
    formats: dict[str, Format]
    minimum: int
    say: Callable[[str, str], str]
    workbook: Workbook
    width: dict[int, int] = field(default_factory=dict)

    def put(self, row: int, column: int, value: object, style: str = "text") -> None:
        """Write a cell; a text is never read as a formula, and what is None is left empty."""
        kind, form = self.sheet, self.formats[style]
        if isinstance(value, Formula):
            shown = "" if value.value is None else value.value
            shown = printable(shown) if isinstance(shown, str) else shown
            kind.write_formula(row, column, f"={value.text}", form, shown)
        elif value is None:
            kind.write_blank(row, column, None, form)
        elif isinstance(value, str):
            kind.write_string(row, column, printable(value), form)
        elif isinstance(value, datetime.date):
            kind.write_datetime(row, column, value, form)
        else:
            kind.write_number(row, column, float(value), form)

    def line(self, row: int, values: Sequence[object], styles: Sequence[str]) -> None:
        """Write cells beside each other, from the first column on."""
        for column, (value, style) in enumerate(zip(values, styles, strict=True)):
            self.put(row, column, value, style)

    def head(self, title: str, note: str, row: int, names: Sequence[str]) -> None:
        """Write title and note of the sheet, and the head of a table in a row; freeze it."""
        self.put(0, 0, title, "title")
        self.put(1, 0, note, "note")
        self.line(row, names, ["head"] * len(names))
        self.sheet.set_row(row, 30)
        self.sheet.freeze_panes(row + 1, 1)

    def chart(self, kind: str, subtype: str | None = None) -> Chart:
        """A chart without its series."""
        return self.workbook.add_chart({"type": kind, "subtype": subtype})

    def hidden(self) -> str:
        """What stands where too few people are."""
        return f"< {self.minimum}"


def printable(text: str) -> str:
    """A text without the characters that XML can't hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", " ", text)


def visible(people: Iterable[int], minimum: int) -> list[bool]:
    """Which groups of a whole may be shown.

    Arguments: people (how many are in each), minimum (people). Groups with nobody are shown. Where
    a single one is too small, the next larger one is hidden too, or the rest would give it away.
    """
    counts = list(people)
    shown = [count == 0 or count >= minimum for count in counts]
    if shown.count(False) == 1:
        others = [place for place, count in enumerate(counts) if shown[place] and count]
        if others:
            shown[min(others, key=lambda place: (counts[place], place))] = False
    return shown


def is_small(people: int, minimum: int) -> bool:
    """Whether a group has somebody in it, but fewer people than may be shown."""
    return 0 < people < minimum


def settings_in_force(rows: Rows) -> dict:
    """The vars of dbt_project.yml, and in their place what the published build says of its own."""
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return settings | rows("select * from insights.shop_settings")[0]


def caps_of(rows: Rows) -> tuple[dict[str, float], float]:
    """How many e-mails a week each stage may get, and how many a month go to everybody."""
    caps = {
        row["stage"]: row["max_messages"] / row["in_days"]
        for row in rows("from insights.messaging_caps where channel = 'email'")
    }
    weekly = {stage: 7 * caps.get(stage, 0) for stage in STAGES}
    return weekly, round(30 * caps.get("all_customers", 0))
