"""Who people are, as far as they say."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from .entities import Facts, World, local_day
from .raw import SEEDS, Row
from .rules import (
    Found,
    Rule,
    Segment,
    attribute,
    band_of,
    counted,
    email_state,
    events_of,
    found,
    since_created,
)


@lru_cache(maxsize=1)
def gender_spellings() -> dict[str, str]:
    """Return the seed that maps spellings of a gender."""
    with (SEEDS / "gender_spellings.csv").open(encoding="utf-8", newline="") as stream:
        return {row["spelling"]: row["gender"] for row in csv.DictReader(stream)}


def gender(facts: Facts) -> str | None:
    """Return `female`, `male`, or None where it is unknown."""
    return gender_spellings().get(attribute(facts, "gender"))


def gender_buyers(name: str) -> Rule:
    """An order ever and this gender."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        return counted(facts.orders) if gender(facts) == name else []

    return rule


def registered_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """An account, or opted in to e-mail now; the newest of these facts is the evidence's time.

    Reading: account_created_at is an attribute (the deciding row's), and a fact up to D only.
    """
    accounts = [e["occurred_at"] for e in events_of(facts, "account_created")]
    created_at = attribute(facts, "account_created_at")
    if created_at is not None and local_day(created_at, world.zone) <= world.day:
        accounts.append(created_at)
    state, since = email_state(facts)
    times = [*accounts, since] if state == "opted_in" else accounts
    if not times:
        return []
    return [Found("", Decimal(1 if accounts else 0), since_created(facts, max(times)))]


def attribute_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per attribute and value, contacts whose newest record has it; ties: the greater value.

    Attributes and values that read the same with the sign between them are one membership.
    """
    last: dict[str, Row] = {}
    for row in sorted(facts.attributes, key=lambda r: (r["recorded_at"], r["value"])):
        last[row["attribute"]] = row
    times: dict[str, datetime] = {}
    for row in sorted(last.values(), key=lambda r: r["recorded_at"]):
        times[f"{row['attribute']}={row['value']}"] = row["recorded_at"]
    return [found(1, time, value) for value, time in times.items()]


def birthday_in(born: date, year: int) -> date:
    """Return a person's birthday in a year; 29 February is 28 February in other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def upcoming_birthdays(world: World, facts: Facts, day: date) -> list[Found]:
    """A birthday in the days to come."""
    born = attribute(facts, "birth_date")
    if born is None:
        return []
    for ahead in range(1, world.settings["birthday_days"] + 1):
        on = day + timedelta(days=ahead)
        if on == birthday_in(born, on.year):
            return [found(ahead, facts.created_at)]
    return []


def age_bands(world: World, facts: Facts, day: date) -> list[Found]:
    """Per band, contacts of that age; those not yet born have none."""
    born = attribute(facts, "birth_date")
    if born is None or born > day:
        return []
    age = day.year - born.year - (day < birthday_in(born, day.year))
    return [found(age, facts.created_at, band_of(age, world.settings["age_band_years"]))]


def _birthdays(world: World, facts: Facts) -> list[date]:
    born = attribute(facts, "birth_date")
    years = (world.day.year, world.day.year + 1)
    return [birthday_in(born, year) for year in years] if born else []


def _band_birthdays(world: World, facts: Facts) -> list[date]:
    born = attribute(facts, "birth_date")
    steps = world.settings["age_band_years"]
    return [birthday_in(born, born.year + step) for step in steps] if born else []


RULES = {
    "age_bands": Segment(age_bands, days=_band_birthdays),
    "attribute_customers": Segment(attribute_customers),
    "female_buyers": Segment(gender_buyers("female")),
    "male_buyers": Segment(gender_buyers("male")),
    "registered_visitors": Segment(registered_visitors, visitors=True),
    "upcoming_birthdays": Segment(upcoming_birthdays, days=_birthdays),
}
