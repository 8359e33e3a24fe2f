"""The sheets that tell and reckon: sizes, RFM, objectives, repeat purchases, Pareto."""

from collections.abc import Sequence

from workbook_page import STAGES, Formula, Page, Rows, is_small, visible
from xlsxwriter.utility import xl_rowcol_to_cell as at

# which objective's worth is measured against those who were lost (insights.objectives)
KEEPING, LOST = 3, ["at_risk_customers", "inactive_customers"]
# of the example in the calculator
MOVED_SHARE = 0.1


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
