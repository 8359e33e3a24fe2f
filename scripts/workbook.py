"""Write what is published as a workbook to calculate with: sizes, RFM, objectives, a calendar.

Cells with a frame are inputs; what depends on them is a formula. It names nobody, and groups of
fewer than `book_min_people` people (var) are left out.
"""

import argparse
import csv
import datetime
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import yaml
from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell as at
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
WEEKS = 4
# the weeks that a base-wide campaign falls into, the first one first
BASE_WEEKS = (0, 2, 1, 3)
# which objective's worth is measured against those who were lost (insights.objectives)
KEEPING, LOST = 3, ["at_risk_customers", "inactive_customers"]
# of the example in the calculator
MOVED_SHARE = 0.1

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


# -- the sheets -----------------------------------------------------------------------------------


def write_sizes(page: Page, rows: Rows, language: str) -> None:
    """A line per segment: how many, how many e-mail reaches, what they bring in."""
    say = page.say
    names = [
        *(say("Segment", "Segment"), say("Name", "Nom"), say("Family", "Famille")),
        *(say("Members", "Membres"), say("Share of contacts", "Part des contacts")),
        *(say("Reachable by e-mail", "Joignables par e-mail"), say("Reachable share", "Part")),
        *(say("Net revenue, 12 months", "CA net, 12 mois"), say("Share", "Part")),
        *(say("Net revenue ever", "CA net total"), say("Mean per member", "Moyenne par membre")),
    ]
    page.head(
        say("Sizes and value", "Tailles et valeur"),
        say(
            "Members overlap: never add segments up, except for the six stages.",
            "Un contact est dans plusieurs segments : ne les additionnez pas, sauf les six étapes.",
        ),
        3,
        names,
    )
    found = rows(
        f"select s.*, d.family, d.label_{language} as label from insights.segment_sizes s"
        " join membership.segment_definitions d on d.segment = s.segment"
        " where s.segment_value = '' order by d.family <> 'lifecycle', s.members desc, s.segment"
    )
    shown = {row["segment"]: not is_small(row["members"], page.minimum) for row in found}
    stages = [row for row in found if row["segment"] in STAGES]
    whole = visible([row["members"] for row in stages], page.minimum)
    shown |= dict(zip([row["segment"] for row in stages], whole, strict=True))
    styles = ["text"] * 3 + ["count", "share", "count", "share", "money", "share", "money", "money"]
    for number, row in enumerate(found, 4):
        known = [row["segment"], row["label"], row["family"]]
        if not shown[row["segment"]]:
            page.line(number, [*known, page.hidden(), *[None] * 7], styles)
            continue
        reachable, members = row["reachable_contacts"], row["members"]
        parts = (reachable, row["contacts"] - reachable)
        mail = None if any(is_small(part, page.minimum) for part in parts) else reachable
        ratio = None if mail is None or not members else mail / members
        mail_cell, members_cell = at(number, 5), at(number, 3)
        values = [
            *(members, row["share_of_contacts"], page.hidden() if mail is None else mail),
            Formula(f'IF(N({mail_cell})*{members_cell}=0,"",{mail_cell}/{members_cell})', ratio)
            if ratio
            else None,
            *(row["net_revenue_12_months_amount"], row["share_of_revenue_12_months"]),
            *(row["net_revenue_amount"], row["mean_net_revenue_amount"]),
        ]
        page.line(number, known + values, styles)
    page.sheet.autofilter(3, 0, 3 + max(len(found), 1), len(names) - 1)
    page.width.update({0: 28, 1: 36, 2: 16})


def write_rfm(page: Page, rows: Rows) -> None:
    """Buyers and what they brought in by recency and frequency; RFM's names below."""
    say, minimum = page.say, page.minimum
    cells = {
        (row["recency_score"], row["frequency_score"]): row
        for row in rows(
            "select recency_score, frequency_score, count(*) as buyers,"
            " sum(monetary_amount) as amount from core.rfm_scores group by all"
        )
    }
    places = [(recency, frequency) for recency in range(5, 0, -1) for frequency in range(1, 6)]
    buyers = [cells[place]["buyers"] if place in cells else 0 for place in places]
    shown = dict(zip(places, visible(buyers, minimum), strict=True))
    page.head(
        say("RFM grid", "Grille RFM"),
        say(
            "Recency from 5 (the latest) down, frequency from 1 (the fewest) to the right.",
            "Récence de 5 (la plus récente) vers le bas, fréquence de 1 (la plus faible) à droite.",
        ),
        3,
        [say("Buyers", "Acheteurs"), *(f"F{score}" for score in range(1, 6))],
    )
    worth = say("Net revenue per buyer", "CA net par acheteur")
    page.line(10, [worth, *(f"F{score}" for score in range(1, 6))], ["head"] * 6)
    for number, recency in enumerate(range(5, 0, -1)):
        for top in (4, 11):
            page.put(top + number, 0, f"R{recency}", "head")
        for frequency in range(1, 6):
            cell = cells.get((recency, frequency))
            count, mean = (cell["buyers"], cell["amount"] / cell["buyers"]) if cell else (0, None)
            if not shown[recency, frequency]:
                count, mean = page.hidden(), None
            page.put(4 + number, frequency, count, "count")
            page.put(11 + number, frequency, mean, "money")
    for top in (4, 11):
        heat = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#7FB7D6"}
        page.sheet.conditional_format(top, 1, top + 4, 5, heat)
    found = rows(
        "select segment_value, members, net_revenue_amount from insights.segment_sizes"
        " where segment = 'rfm_segments' and segment_value <> ''"
        " order by net_revenue_amount desc, segment_value"
    )
    names = say("RFM's name", "Nom RFM"), say("Buyers", "Acheteurs"), say("Net revenue", "CA net")
    page.line(17, [*names, worth], ["head"] * 4)
    named = visible([row["members"] for row in found], minimum)
    for number, (row, is_shown) in enumerate(zip(found, named, strict=True), 18):
        values = [page.hidden(), None, None]
        if is_shown:
            count, amount = row["members"], row["net_revenue_amount"]
            mean = Formula(f"{at(number, 2)}/{at(number, 1)}", amount / count)
            values = [count, amount, mean]
        page.line(number, [row["segment_value"], *values], ["text", "count", "money", "money"])
    page.width.update({0: 28})


def known_objectives(rows: Rows, settings: dict, minimum: int) -> list[dict]:
    """The objectives, without the numbers that rest on too few people."""
    people = {
        row["segment"]: row["members"]
        for row in rows("from insights.segment_sizes where segment_value = ''")
    }
    movers = {
        row["objective"]: row["movers"]
        for row in rows(
            "with last as (select max(month) as month from insights.stage_transitions"
            " where is_complete) select objective, sum(contacts) as movers"
            " from insights.stage_transitions as moves, last where is_complete"
            " and moves.month > last.month - to_months(?) group by objective",
            settings["objective_months"],
        )
    }
    found = rows("from insights.objectives order by objective")
    for row in found:
        groups = [row["from_stages"].split(", "), row["to_stages"].split(", ")]
        if row["objective"] == KEEPING:
            groups[1] = LOST
        sizes = [sum(people[stage] for stage in group) for group in groups]
        if is_small(sizes[0], minimum):
            row["contacts"] = None
        if any(is_small(size, minimum) for size in sizes):
            row["gap_amount"] = None
        if is_small(movers.get(row["objective"], 0), minimum) or is_small(sizes[0], minimum):
            row["monthly_share"] = None
    return found


def ranks(values: Sequence[float | None]) -> list[int | None]:
    """The place of each value, the greatest first and of equal ones the first; None has none."""
    known = sorted((-value, place) for place, value in enumerate(values) if value is not None)
    order = {place: rank for rank, (_, place) in enumerate(known, 1)}
    return [order.get(place) for place in range(len(values))]


def write_objectives(page: Page, rows: Rows, settings: dict, language: str) -> None:
    """The five objectives: gap, rate and margin are inputs, the ranking follows."""
    say = page.say
    names = [
        *(say("Objective", "Objectif"), say("Contacts", "Contacts")),
        say("Gap per contact", "Écart par contact"),
        *(say("Monthly rate", "Taux mensuel"), say("Margin", "Marge")),
        say("Net revenue a month", "CA net par mois"),
        *(say("Margin a month", "Marge par mois"), say("Rank", "Rang")),
        *(say("Median days", "Jours médians"), say("From", "De"), say("To", "Vers")),
    ]
    page.head(
        say("Objectives", "Objectifs"),
        say(
            "Change framed cells: the gap, the share that makes the move in a month, the margin.",
            "Modifiez les cellules encadrées : l'écart, le taux mensuel, la marge.",
        ),
        5,
        names,
    )
    margin = float(settings["gross_margin"])
    page.line(3, [say("Gross margin", "Marge brute"), margin], ["text", "input_share"])
    found = known_objectives(rows, settings, page.minimum)
    first, last = 6, 5 + len(found)
    amounts = []
    for row in found:
        inputs = row["contacts"], row["gap_amount"], row["monthly_share"]
        known = None not in inputs
        amounts.append(float(inputs[0] * inputs[1] * inputs[2]) if known else None)
    margins = [None if amount is None else amount * margin for amount in amounts]
    places = ranks(margins)
    styles = ["text", "count", "input_money", "input_share", "input_share", "money", "money"]
    styles += ["count", "count", "text", "text"]
    for number, (row, amount, earned, place) in enumerate(
        zip(found, amounts, margins, places, strict=True), first
    ):
        cell = [at(number, column) for column in range(8)]
        all_margins = f"{at(first, 6, True, True)}:{at(last, 6, True, True)}"
        so_far = f"{at(first, 6, True, True)}:{cell[6]}"
        values = [
            row[f"label_{language}"],
            page.hidden() if row["contacts"] is None else row["contacts"],
            *(row["gap_amount"], row["monthly_share"], Formula("$B$4", margin)),
            Formula(f'IF(COUNT({cell[1]}:{cell[3]})<3,"",PRODUCT({cell[1]}:{cell[3]}))', amount),
            Formula(f'IF({cell[5]}="","",{cell[5]}*{cell[4]})', earned),
            Formula(
                f'IF({cell[6]}="","",RANK({cell[6]},{all_margins})+COUNTIF({so_far},{cell[6]})-1)',
                place,
            ),
            *(row["median_days_to_step"], row["from_stages"], row["to_stages"]),
        ]
        page.line(number, values, styles)
    page.line(last + 2, [say("In this order", "Dans cet ordre"), names[6]], ["head"] * 2)
    for rank in range(1, len(found) + 1):
        row = last + 2 + rank
        best = places.index(rank) if rank in places else None
        ranked = f"{at(first, 7, True, True)}:{at(last, 7, True, True)}"
        for column, source, style in ((0, 0, "text"), (1, 6, "money")):
            labels = f"{at(first, source, True, True)}:{at(last, source, True, True)}"
            known = [row[f"label_{language}"] for row in found] if column == 0 else margins
            text = f'IFERROR(INDEX({labels},MATCH({rank},{ranked},0)),"")'
            page.put(row, column, Formula(text, None if best is None else known[best]), style)
    chart = page.chart("bar")
    sheet = page.sheet.get_name()
    chart.add_series(
        {
            "name": names[6],
            "categories": [sheet, last + 3, 0, last + 2 + len(found), 0],
            "values": [sheet, last + 3, 1, last + 2 + len(found), 1],
        }
    )
    chart.set_legend({"none": True})
    chart.set_title({"name": names[6], "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True})
    page.sheet.insert_chart(last + 2, 3, chart)
    page.width.update({0: 40, 9: 36, 10: 36})


def write_repeat(page: Page, rows: Rows, settings: dict) -> None:
    """First purchases beside later ones, month by month, and what shifting effort would bring."""
    say = page.say
    names = [
        *(say("Month", "Mois"), say("New buyers", "Nouveaux acheteurs")),
        *(say("First purchases", "Premiers achats"), say("Later purchases", "Achats suivants")),
        say("Net revenue of first ones", "CA net des premiers"),
        say("Net revenue of later ones", "CA net des suivants"),
        say("Share of first ones", "Part des premiers"),
    ]
    page.head(
        say("Acquisition and repeat", "Acquisition et réachat"),
        say(
            "Change framed cells. They begin with the last 12 complete months, below.",
            "Modifiez les cellules encadrées. Elles partent des 12 derniers mois complets.",
        ),
        20,
        names,
    )
    page.sheet.freeze_panes(2, 0)
    found = rows("from insights.new_and_repeat_by_month where is_complete order by month desc")
    columns = ["first_buyers", "first_purchases", "later_purchases"]
    columns += ["first_net_revenue_amount", "later_net_revenue_amount"]
    kept = []
    for number, row in enumerate(found, 21):
        small = any(is_small(row[name], page.minimum) for name in ("first_buyers", "later_buyers"))
        numbers = [None if small else row[name] for name in columns]
        first, later = numbers[3:]
        whole = None if small else first + later
        text = f'IF(N({at(number, 4)})+N({at(number, 5)})=0,"",'
        text += f"{at(number, 4)}/({at(number, 4)}+{at(number, 5)}))"
        share = Formula(text, first / whole if whole else None)
        shown = [page.hidden() if small else numbers[0], *numbers[1:], share]
        styles = ["month", "count", "count", "count", "money", "money", "share"]
        page.line(number, [row["month"], *shown], styles)
        if number < 33:
            kept.append(numbers)

    def mean(column: int, over: int | None = None) -> Formula:
        cells = [
            f"{at(21, place + 1, True, True)}:{at(32, place + 1, True, True)}"
            for place in (column, column if over is None else over)
        ]
        values = [float(row[column]) for row in kept if row[column] is not None]
        below = [float(row[over]) for row in kept if row[over] is not None] if over else values
        text = f"SUM({cells[0]})/" + (f"SUM({cells[1]})" if over else f"COUNT({cells[0]})")
        base = sum(below) if over else len(below)
        return Formula(f"IFERROR({text},0)", sum(values) / base if base else 0.0)

    new, first_worth = mean(0), mean(3, 1)
    later, later_worth = mean(2), mean(4, 2)
    ratio, margin = float(settings["acquisition_cost_ratio"]), float(settings["gross_margin"])
    won = new.value * first_worth.value
    repeated = later.value * later_worth.value
    lost, gained = new.value * MOVED_SHARE, new.value * MOVED_SHARE * ratio
    change = gained * later_worth.value - lost * first_worth.value
    most = (
        margin * (first_worth.value + later.value / new.value * later_worth.value)
        if new.value
        else 0.0
    )
    lines = [
        (say("New buyers a month", "Nouveaux acheteurs par mois"), new, "input_money"),
        (say("Net revenue of a first purchase", "CA net d'un premier achat"), first_worth,
         "input_money"),
        (say("Later purchases a month", "Achats suivants par mois"), later, "input_money"),
        (say("Net revenue of a later one", "CA net d'un achat suivant"), later_worth,
         "input_money"),
        (say("A first purchase takes … times the effort", "Un premier achat coûte … fois plus"),
         ratio, "input_money"),
        (say("Gross margin", "Marge brute"), margin, "input_share"),
        (say("Example: share of the effort for new buyers that is moved",
             "Exemple : part de l'effort d'acquisition déplacée"), MOVED_SHARE, "input_share"),
        (say("Net revenue of first purchases a month", "CA net des premiers achats par mois"),
         Formula("B4*B5", won), "money"),
        (say("Net revenue of later purchases a month", "CA net des achats suivants par mois"),
         Formula("B6*B7", repeated), "money"),
        (say("Weight of acquisition", "Poids de l'acquisition"),
         Formula('IF(B11+B12=0,"",B11/(B11+B12))', won / (won + repeated) if won + repeated
                 else None), "share"),
        (say("Repeat revenue for each unit of first revenue, by effort",
             "CA de réachat par unité de CA d'acquisition, à effort égal"),
         Formula('IF(B11*B8=0,"",B12/(B11*B8))', repeated / (won * ratio) if won * ratio
                 else None), "money"),
        (say("First purchases lost by the move", "Premiers achats perdus"),
         Formula("B4*B10", lost), "money"),
        (say("Later purchases gained", "Achats suivants gagnés"),
         Formula("B15*B8", gained), "money"),
        (say("Change of margin a month", "Variation de la marge par mois"),
         Formula("(B16*B7-B15*B5)*B9", change * margin), "money"),
        (say("Most that a new buyer may cost, if later purchases stay what they are",
             "Coût maximal d'un nouvel acheteur, à réachat constant"),
         Formula("IF(B4=0,0,B9*(B5+B6/B4*B7))", most), "money"),
    ]  # fmt: skip
    for number, (label, value, style) in enumerate(lines, 3):
        page.line(number, [label, value], ["text", style])
    page.width.update({0: 58})


def write_pareto(page: Page, rows: Rows) -> None:
    """How much the best buyers bring in, and the answer for a percentage of one's own."""
    say = page.say
    names = [say("Best … percent", "Les … % meilleurs"), say("Buyers", "Acheteurs")]
    names += [say("Net revenue", "CA net"), say("Share of net revenue", "Part du CA net")]
    page.head(
        say("Pareto curve", "Courbe de Pareto"),
        say(
            "Change the framed cell. Steps of too few buyers are left out.",
            "Modifiez la cellule encadrée. Les pas de trop peu d'acheteurs sont omis.",
        ),
        8,
        names,
    )
    found = rows("from insights.pareto_curve order by percent")
    total = found[-1]["buyers"] if found else 0
    kept: list[dict] = []
    for row in found:
        step = row["buyers"] - (kept[-1]["buyers"] if kept else 0)
        if step >= page.minimum and not is_small(total - row["buyers"], page.minimum):
            kept.append(row)
    last = 8 + max(len(kept), 1)
    for number, row in enumerate(kept, 9):
        values = row["percent"] / 100, row["buyers"], row["net_revenue_amount"]
        page.line(
            number,
            [*values, row["share_of_net_revenue"]],
            ["percent", "count", "money", "share"],
        )
    asked = 0.2
    below = [row for row in kept if row["percent"] / 100 <= asked]
    table = f"{at(9, 0, True, True)}:{at(last, 3, True, True)}"
    page.line(3, [names[0], asked], ["text", "input_percent"])
    for number, (column, style) in enumerate(((2, "count"), (3, "money"), (4, "share")), 4):
        text = f'IFERROR(VLOOKUP($B$4+0.000001,{table},{column},TRUE),"")'
        key = ["buyers", "net_revenue_amount", "share_of_net_revenue"][column - 2]
        value = below[-1][key] if below else None
        page.line(number, [names[column - 1], Formula(text, value)], ["text", style])
    if kept:
        chart, sheet = page.chart("scatter", "straight"), page.sheet.get_name()
        places = [[sheet, 9, column, last, column] for column in (0, 3)]
        chart.add_series({"name": names[3], "categories": places[0], "values": places[1]})
        chart.set_legend({"none": True})
        chart.set_x_axis({"min": 0, "max": 1, "num_format": "0%", "name": names[0]})
        chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%"})
        page.sheet.insert_chart(3, 5, chart)
    page.width.update({0: 24, 3: 22})


def write_calendar(
    page: Page, rows: Rows, settings: dict, as_of_on: datetime.date, language: str
) -> None:
    """Who is written to in the next weeks: scenarios by priority, never more than the caps."""
    say = page.say
    monday = as_of_on + datetime.timedelta(7 - as_of_on.weekday())
    weeks = [monday + datetime.timedelta(7 * week) for week in range(WEEKS)]
    page.head(
        say("Calendar", "Calendrier"),
        say(
            "Choose scenarios, change caps and cost. Base-wide campaigns count in every stage; "
            "service messages do not.",
            "Choisissez les scénarios, modifiez plafonds et coût. Les campagnes à toute la base "
            "comptent dans chaque étape ; les messages de service, non.",
        ),
        5,
        [say("Stage", "Étape"), say("Messages a week", "Messages par semaine")],
    )
    for column, week in enumerate(weeks, 2):
        page.put(5, column, week, "head_date")
    tail = [say("Reachable contacts", "Contacts joignables"), say("Messages sent", "Messages")]
    tail += [say("Cost", "Coût"), say("Within the cap", "Sous le plafond")]
    for column, name in enumerate(tail, 2 + WEEKS):
        page.put(5, column, name, "head")
    cost = float(settings["contact_cost"])
    page.line(3, [say("Cost of a message", "Coût d'un message"), cost], ["text", "input_money"])

    scenarios = list_of_scenarios()
    name_of = "scenario" if language == "en" else "scenario_fr"
    by_stage: dict[str, list[str]] = {}
    for row in scenarios:
        if row["is_service_message"] == "false" and row["channel"] == "email":
            by_stage.setdefault(row["segment"], []).append(row[name_of])
    caps, a_month = caps_of(rows)
    slots_of = {stage: max(3, int(caps[stage])) for stage in STAGES}
    top = 9 + sum(slots + 2 for slots in slots_of.values())
    start = list_scenarios(page, scenarios, top, name_of)

    labels = {
        row["segment"]: (row["label"], row["reachable_contacts"])
        for row in rows(
            f"select s.*, d.label_{language} as label from insights.segment_sizes s"
            " join membership.segment_definitions d on d.segment = s.segment"
            " where s.segment_value = ''"
        )
    }
    # base-wide campaigns
    base = by_stage.get("all_customers", [])
    taken = {week: base[n] for n, week in enumerate(BASE_WEEKS[:a_month]) if n < len(base)}
    label = say("Everybody (a month)", "Toute la base (par mois)")
    page.line(6, [label, a_month], ["bold", "input_count"])
    for week in range(WEEKS):
        page.put(6, 2 + week, taken.get(week), "input")
    choose(page, start, "all_customers", 6, 6)
    sent = f"COUNTA({at(6, 2)}:{at(6, 1 + WEEKS)})"
    page.put(6, 5 + WEEKS, Formula(f'IF({sent}<=B7,"✓","✗")', "✓"), "center")

    row = 8
    for stage in STAGES:
        label, reachable, slots = *labels[stage], slots_of[stage]
        page.line(row, [label, caps[stage]], ["bold", "input_count"])
        waiting = list(by_stage.get(stage, []))
        counts = []
        for week in range(WEEKS):
            room = int(caps[stage]) - (week in taken)
            plan = [waiting.pop(0) for _ in range(min(room, len(waiting)))] if room > 0 else []
            for slot in range(slots):
                name = plan[slot] if slot < len(plan) else None
                page.put(row + 1 + slot, 2 + week, name, "input")
            used = f"COUNTA({at(row + 1, 2 + week)}:{at(row + slots, 2 + week)})"
            counts.append(len(plan) + (week in taken))
            text = f"{used}+COUNTA({at(6, 2 + week, True)})"
            page.put(row, 2 + week, Formula(text, counts[-1]), "count")
        choose(page, start, stage, row + 1, row + slots)
        hidden = is_small(reachable, page.minimum)
        all_weeks = f"{at(row, 2)}:{at(row, 1 + WEEKS)}"
        reached, messages = at(row, 2 + WEEKS), at(row, 3 + WEEKS)
        sent = None if hidden else sum(counts) * reachable
        text = f'IF(ISNUMBER({reached}),SUM({all_weeks})*{reached},"")'
        page.put(row, 2 + WEEKS, page.hidden() if hidden else reachable, "count")
        page.put(row, 3 + WEEKS, Formula(text, sent), "count")
        text = f'IF(ISNUMBER({messages}),{messages}*$B$4,"")'
        page.put(row, 4 + WEEKS, Formula(text, None if hidden else sent * cost), "money")
        fits = "✓" if max(counts) <= caps[stage] else "✗"
        text = f'IF(MAX({all_weeks})<={at(row, 1)},"✓","✗")'
        page.put(row, 5 + WEEKS, Formula(text, fits), "center")
        row += slots + 2
    red = {"type": "cell", "criteria": "==", "value": '"✗"', "format": page.formats["wrong"]}
    page.sheet.conditional_format(6, 5 + WEEKS, row, 5 + WEEKS, red)
    page.width.update({0: 28, 1: 14} | {2 + week: 30 for week in range(WEEKS)})


def list_of_scenarios() -> list[dict[str, str]]:
    """The seed campaign_scenarios, by stage and priority."""
    path = PROJECT / "seeds" / "campaign_scenarios.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    order = {name: place for place, name in enumerate(["all_customers", *STAGES])}
    known = [row for row in found if row["segment"] in order]
    return sorted(known, key=lambda row: (order[row["segment"]], int(row["priority"])))


def list_scenarios(
    page: Page, scenarios: list[dict[str, str]], top: int, name_of: str
) -> dict[str, tuple[int, int]]:
    """Write the scenarios below the calendar. Returns: first and last row of each segment's."""
    say, places = page.say, {}
    names = [say("Segment", "Segment"), say("Priority", "Priorité"), say("Scenario", "Scénario")]
    names += [say("Trigger", "Déclencheur"), say("When", "Quand"), say("Channel", "Canal")]
    names += [say("Service message", "Message de service")]
    page.line(top, names, ["head"] * len(names))
    for number, row in enumerate(scenarios, top + 1):
        service = "✓" if row["is_service_message"] == "true" else None
        values = [row["segment"], int(row["priority"]), row[name_of], row["trigger"]]
        values += [row["delay"], row["channel"], service]
        page.line(number, values, ["text", "count", *["text"] * 4, "center"])
        first, _ = places.get(row["segment"], (number, number))
        places[row["segment"]] = first, number
    return places


def choose(
    page: Page, places: dict[str, tuple[int, int]], segment: str, first: int, last: int
) -> None:
    """Let the cells of some rows of the calendar offer a segment's scenarios."""
    if segment in places:
        top, bottom = places[segment]
        source = f"={at(top, 2, True, True)}:{at(bottom, 2, True, True)}"
        rule = {"validate": "list", "source": source, "error_type": "warning"}
        page.sheet.data_validation(first, 2, last, 1 + WEEKS, rule)


# -- the workbook ---------------------------------------------------------------------------------


def write_front(page: Page, facts: list[tuple[str, object, str]], sheets: list[str]) -> None:
    """What this is, of which day, what is left out, and where what is."""
    say = page.say
    page.put(0, 0, say("Customer segments", "Segments de clients"), "title")
    for number, (label, value, style) in enumerate(facts, 2):
        page.line(number, [label, value], ["text", style])
    row = 3 + len(facts)
    page.line(row, [say("To change", "À modifier"), None], ["text", "input"])
    for number, name in enumerate(sheets, row + 2):
        page.sheet.write_url(number, 0, f"internal:'{name}'!A1", page.formats["link"], name)
    page.width.update({0: 40, 1: 60})


STYLES = {
    "text": {},
    "bold": {"bold": True},
    "title": {"bold": True, "font_size": 16},
    "note": {"italic": True, "font_color": "#555555"},
    "head": {"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "text_wrap": True, "valign": "top"},
    "head_date": {
        **{"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "align": "left", "valign": "top"},
        "num_format": "yyyy-mm-dd",
    },
    "link": {"font_color": "#0563C1", "underline": 1},
    "center": {"align": "center"},
    "wrong": {"font_color": "#B00020", "bold": True},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "month": {"num_format": "yyyy-mm", "align": "left"},
}
NUMBERS = {"count": "#,##0", "share": "0.0%", "percent": "0%", "money": "#,##0.00"}
INPUT = {"border": 1, "border_color": "#C77700", "bg_color": "#FFF7E6"}


def formats_of(workbook: Workbook) -> dict[str, Format]:
    """The formats of the workbook's cells, by name; those of inputs have a frame."""
    styles = STYLES | {
        name: {"num_format": form, "align": "right"} for name, form in NUMBERS.items()
    }
    styles |= {f"input_{name}": styles[name] | INPUT for name in NUMBERS}
    styles |= {"input": INPUT}
    return {name: workbook.add_format(style) for name, style in styles.items()}


def write_workbook(published: Path, target: Path, language: str = "en") -> None:
    """Write the workbook of a published build; the same build gives the same bytes.

    Arguments: published (path of a published DuckDB file), target (path of the workbook, replaced
    in one step), language (`en` or `fr`).
    Raises: duckdb.Error where it can't be opened or is no published build.
    """
    with duckdb.connect(str(published), read_only=True) as connection:

        def rows(query: str, *parameters: object) -> list[dict]:
            done = connection.execute(query, list(parameters))
            names = [column[0] for column in done.description]
            return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

        new = target.with_name(f".{target.name}.new")
        texts = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
        workbook = Workbook(str(new), dict.fromkeys(texts, False) | {"in_memory": True})
        as_of_on = rows("select distinct as_of_on from publication")[0]["as_of_on"]
        write_pages(workbook, rows, as_of_on, language)
        workbook.close()
        new.replace(target)


def write_pages(workbook: Workbook, rows: Rows, as_of_on: datetime.date, language: str) -> None:
    """Write all sheets.

    Arguments: workbook (open), rows (asks the published file), as_of_on (its day), language.
    """

    def say(english: str, french: str) -> str:
        return english if language == "en" else french

    created = datetime.datetime.combine(as_of_on, datetime.time())
    title = say("Customer segments", "Segments de clients")
    workbook.set_properties({"title": title, "created": created})
    workbook.set_calc_mode("auto")
    settings = settings_in_force(rows)
    minimum, formats = int(settings["book_min_people"]), formats_of(workbook)
    writers: list[tuple[str, Callable[[Page], None]]] = [
        (say("Sizes", "Tailles"), lambda page: write_sizes(page, rows, language)),
        (say("RFM", "RFM"), lambda page: write_rfm(page, rows)),
        (
            say("Objectives", "Objectifs"),
            lambda page: write_objectives(page, rows, settings, language),
        ),
        (say("Repeat", "Réachat"), lambda page: write_repeat(page, rows, settings)),
        (say("Pareto", "Pareto"), lambda page: write_pareto(page, rows)),
        (
            say("Calendar", "Calendrier"),
            lambda page: write_calendar(page, rows, settings, as_of_on, language),
        ),
    ]
    facts = [
        (say("As of", "À la date du"), as_of_on, "date"),
        (say("Currency", "Devise"), str(settings["reporting_currency"]), "text"),
        (
            say("Not shown", "Non montré"),
            say(
                f"groups of fewer than {minimum} people",
                f"les groupes de moins de {minimum} personnes",
            ),
            "text",
        ),
    ]
    pages = []
    for name in [say("Start", "Accueil"), *(name for name, _ in writers)]:
        page = Page(workbook.add_worksheet(name), formats, minimum, say, workbook)
        pages.append(page)
    write_front(pages[0], facts, [name for name, _ in writers])
    for page, (_, write) in zip(pages[1:], writers, strict=True):
        write(page)
    for page in pages:
        for column in range(12):
            page.sheet.set_column(column, column, page.width.get(column, 16))
        page.sheet.hide_gridlines(2)
        page.sheet.set_landscape()
        page.sheet.fit_to_pages(1, 0)


def main(arguments: list[str]) -> str | None:
    """Write the workbook beside the published file.

    Arguments: arguments (of the command line; see --help).
    Returns: a sentence that says why there is none; nothing where there is one.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=("en", "fr"), default="en")
    parser.add_argument("published", nargs="?", type=Path)
    asked = parser.parse_args(arguments)
    default = PROJECT / os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb")
    published = asked.published or default
    if not published.exists():
        return f"{published} does not exist: run `make build` first."
    target = published.with_suffix(".xlsx")
    try:
        write_workbook(published, target, asked.language)
    except duckdb.IOException as error:
        return f"{published} can't be read ({str(error).splitlines()[0]})."
    except duckdb.CatalogException:
        return f"{published} is no published build: name one, or run `make build`."
    print(f"Wrote {target}.")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
