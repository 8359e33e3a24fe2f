"""The stages of the lifecycle, judged day by day."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from math import ceil

from .entities import DAY, Facts, World
from .rules import exact

STAGES = (
    "prospects",
    "first_time_buyers",
    "repeat_customers",
    "loyal_customers",
    "at_risk_customers",
    "inactive_customers",
)


def gaps_of(purchases: list[date]) -> list[int]:
    """Return the whole days between consecutive purchases."""
    return [(later - day).days for day, later in pairwise(purchases)]


def expected_gap(world: World, gaps: list[int]) -> Fraction:
    """Return e in days: own gaps as known on the day, m as at D."""
    settings = world.settings
    if settings.interval_basis == "shop":
        return world.mean_gap
    k = exact(settings.interval_prior_weight)
    if settings.interval_basis == "person":
        k = Fraction(0)
    return (sum(gaps) + k * world.mean_gap) / (len(gaps) + k)


def limits(world: World, purchases: list[date]) -> tuple[int, int]:
    """Return A and I, in whole days, of a person with these purchases (at least two)."""
    gaps = gaps_of(purchases)
    known = (sum(gaps), len(gaps))
    if known not in world.kept:
        e = expected_gap(world, gaps)
        at_risk = max(1, ceil(exact(world.settings.at_risk_multiplier) * e))
        inactive = max(at_risk + 1, ceil(exact(world.settings.inactive_multiplier) * e))
        world.kept[known] = (at_risk, inactive)
    return world.kept[known]


def stage_on(world: World, facts: Facts, day: date) -> tuple[str, int]:
    """Return a contact's stage, and the number it rests on, with `day` for D."""
    purchases = [p for p in facts.purchases if p <= day]
    count = len(purchases)
    if count == 0:
        return "prospects", 0
    if count == 1:
        return "first_time_buyers", 1
    since = (day - purchases[-1]).days
    at_risk, inactive = limits(world, purchases)
    start = day - timedelta(days=world.settings.loyal_days)
    recent = len([p for p in purchases if start < p <= day])
    if since < at_risk and recent >= world.settings.loyal_min_purchases:
        return "loyal_customers", recent
    if at_risk <= since < inactive:
        return "at_risk_customers", since
    if since >= inactive:
        return "inactive_customers", since
    return "repeat_customers", count


def settled_day(world: World, facts: Facts) -> date:
    """Return a day from which time alone can no longer change the stage.

    Below two purchases, time plays no part. Otherwise the rule compares days since the last
    purchase with A, I and loyal_days only, and from last purchase + I on the answer is inactive.
    """
    if len(facts.purchases) < 2:
        return world.day
    _, inactive = limits(world, facts.purchases)
    return max(world.day, facts.purchases[-1] + timedelta(days=inactive))


def history_of(world: World, facts: Facts) -> list[tuple[str, str, date, date | None]]:
    """Return (person_id, stage, valid_from, valid_to) of every stay in a stage, day by day."""
    spans: list[tuple[str, str, date, date | None]] = []
    stage, since = None, facts.first_day
    day = facts.first_day
    while day <= world.day:
        today, _ = stage_on(world, facts, day)
        if today != stage:
            if stage is not None:
                spans.append((facts.person_id, stage, since, day))
            stage, since = today, day
        # Nothing can happen before the first purchase, however long ago the contact was created.
        ahead = facts.purchases[0] if facts.purchases else world.day
        day = max(day + DAY, min(ahead, world.day)) if today == "prospects" else day + DAY
    ends_on = None
    settled = settled_day(world, facts)
    while day <= settled:
        if stage_on(world, facts, day)[0] != stage:
            ends_on = day
            break
        day += DAY
    spans.append((facts.person_id, stage, since, ends_on))
    return spans
