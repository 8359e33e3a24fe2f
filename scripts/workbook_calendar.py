"""The sheet of the workbook that plans four weeks of messages within the caps."""

import csv
import datetime

from workbook_page import PROJECT, STAGES, Formula, Page, Rows, caps_of, is_small
from xlsxwriter.utility import xl_rowcol_to_cell as at

WEEKS = 4
# the weeks that a base-wide campaign falls into, the first one first
BASE_WEEKS = (0, 2, 1, 3)


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
