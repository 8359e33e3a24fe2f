"""All contacts, and each in one stage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .entities import DAY, Facts, World
from .rules import Found, Rule, Segment, last_order_at
from .stages import STAGES, settled_day, stage_on


def all_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Every contact; evidence: purchases."""
    count = len([p for p in facts.purchases if p <= day])
    return [Found("", Decimal(count), last_order_at(world, facts, day))]


def stage_rule(stage: str) -> Rule:
    """Return the rule of one lifecycle stage; evidence: the number that the stage rests on."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        current, number = stage_on(world, facts, day)
        if current != stage:
            return []
        return [Found("", Decimal(number), last_order_at(world, facts, day))]

    return rule


def _every_day(world: World, facts: Facts) -> list[date]:
    left = (settled_day(world, facts) - world.day).days
    return [world.day + ahead * DAY for ahead in range(1, left + 1)]


RULES = {
    "all_customers": Segment(all_customers),
    **{stage: Segment(stage_rule(stage), days=_every_day) for stage in STAGES},
}
