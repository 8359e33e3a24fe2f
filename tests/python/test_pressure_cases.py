"""How much somebody may be written to, and what is queued, is what `pressure.yml` says."""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta

import duckdb
import pytest
from harness import ROOT, Compiled
from pressure_cases import pressure_cases

SHOPS = pressure_cases()
CASES = [(name, case["person_id"]) for name, (_, cases) in SHOPS.items() for case in cases]
TABLES = ("contactability", "campaign_candidates", "campaign_queue", "campaign_held_back")
COLUMNS = {
    "left": "messages_left",
    "next": "next_on",
    "sent": "sent_7_days",
    "unanswered": "unanswered_messages",
}


@pytest.fixture(scope="module")
def built(
    compiled: Callable[..., Compiled], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    """The build of each shop."""
    with ExitStack() as stack:
        found = {}
        for name, (shop, _) in SHOPS.items():
            folder = tmp_path_factory.mktemp("shop")
            raw = shop.write(folder)
            project = compiled(**shop.settings).given(folder / "predictions.csv")
            found[name] = stack.enter_context(project.run(raw, optimise=False, rooms=TABLES))
        yield found


@pytest.mark.parametrize(("name", "person_id"), CASES)
def test_a_contact_gets_what_its_case_says(
    built: dict[str, duckdb.DuckDBPyConnection], name: str, person_id: str
) -> None:
    [case] = [case for case in SHOPS[name][1] if case["person_id"] == person_id]

    def ask(columns: str, table: str) -> list[tuple]:
        query = f"select {columns} from activation.{table} where person_id = ?"
        return built[name].execute(query, [person_id]).fetchall()

    if "nobody" in case:
        assert [ask("*", table) for table in TABLES] == [[]] * len(TABLES)
        return
    for channel in {"email", "sms", "phone"} & case.keys():
        reason, *facts = case[channel].split()
        said = dict(fact.split("=") for fact in facts)
        names = ", ".join(f"coalesce({COLUMNS[key]}::varchar, '')" for key in said)
        rows = ask(f"channel, reason{names and ', '}{names}", "contactability")
        assert [row[1:] for row in rows if row[0] == channel] == [(reason, *said.values())]
    due = ask("scenario, channel, coalesce(held_back_by, 'goes'), is_queued", "campaign_candidates")
    assert {
        scenario if channel == "email" else f"{scenario}/{channel}": reason
        for scenario, channel, reason, _ in due
    } == case.get("queue", {})
    assert sorted(row[:2] for row in due if row[3]) == sorted(ask("scenario, channel", TABLES[2]))
    assert len(ask("scenario", TABLES[3])) == sum(not row[3] for row in due)


@pytest.mark.parametrize("name", SHOPS)
def test_the_queue_holds_no_more_than_the_cap_leaves_and_contacts_alone(
    built: dict[str, duckdb.DuckDBPyConnection], name: str
) -> None:
    [[queued, too_many, strangers]] = (
        built[name]
        .execute(
            """
            with queued as (
                select person_id, channel, count(*) filter (not is_service_message) as messages
                from activation.campaign_queue group by all
            )
            select
                count(*),
                -- what fell due within the month of the inactive may go after it
                count(*) filter (messages > greatest(messages_left, (reason = 'month_over')::int)),
                count(*) filter (not is_allowed or points.person_id is null)
            from queued
            left join activation.contactability using (person_id, channel)
            left join activation.contact_points as points using (person_id)
            """
        )
        .fetchall()
    )
    assert queued > 0 and not too_many and not strangers


def easter(year: int) -> date:
    """Easter Sunday (Meeus, Jones and Butcher: the anonymous Gregorian algorithm)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - moon + 15) % 30
    letter = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * letter) // 451
    month, day = divmod(epact + letter - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def test_the_holidays_of_france_are_those_of_the_law() -> None:
    """Code du travail, L3133-1: eight days of the calendar, and three that follow Easter."""
    with (ROOT / "seeds" / "public_holidays.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["country_code"] == "FR"]
    found = {date.fromisoformat(row["holiday_on"]) for row in rows}
    years = {day.year for day in found}
    assert years == set(range(min(years), max(years) + 1))
    assert {easter(2024), easter(2025), easter(2038)} == {
        *(date(2024, 3, 31), date(2025, 4, 20), date(2038, 4, 25)),
    }
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    assert found == {
        day
        for year in years
        for day in (
            *(date(year, *each) for each in fixed),
            *(easter(year) + timedelta(days) for days in (1, 39, 50)),
        )
    }
    assert len(rows) == len(found)
