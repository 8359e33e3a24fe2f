"""What is predicted of buyers.

The predictions are given, as doubles; what they are worth is not judged here. A threshold is
compared with the prediction as it is written, unrounded; a multiple with the prediction as a
decimal of 9 places; evidence is rounded from one of 12; ranks are those of the doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

from .entities import Facts, World
from .raw import rounded
from .rules import Found, Rule, Segment, exact, last_order_at, once, orders_in, window
from .stages import stage_on

VALUE = "predicted_value_365_days"

CHURN = "churn_probability"

ORDERS = "expected_orders_365_days"

NEXT = "expected_next_order_on"


def prediction(world: World, facts: Facts, column: str) -> float | date | None:
    """Return what is predicted of a person, or None."""
    return world.predictions.get(facts.person_id, {}).get(column)


def decimal_of(number: float, places: int = 12) -> Decimal:
    """Return a double as a decimal, of as many places as evidence is rounded from."""
    return rounded(Decimal(number), places)


def written(number: float) -> Decimal:
    """Return a double as the decimal that it is written as: 0.7, though it is a little less."""
    return Decimal(repr(number))


def has(world: World, facts: Facts, column: str) -> bool:
    """Return whether something is predicted of a contact with an order."""
    is_buyer = facts.is_contact and bool(facts.orders)
    return is_buyer and prediction(world, facts, column) is not None


def one(world: World, facts: Facts, evidence: Decimal | Fraction, day: date) -> list[Found]:
    """Return a membership dated by the last order."""
    return [Found("", evidence, last_order_at(world, facts, day))]


def predicted_loyal(world: World, facts: Facts, day: date) -> list[Found]:
    """Alive likely enough, and with enough orders to come."""
    if not (has(world, facts, "p_alive") and has(world, facts, ORDERS)):
        return []
    p_alive, orders = (prediction(world, facts, column) for column in ("p_alive", ORDERS))
    if written(p_alive) < exact(world.settings["predicted_loyal_min_alive"]):
        return []
    if written(orders) < exact(world.settings["predicted_loyal_min_orders"]):
        return []
    return one(world, facts, decimal_of(orders), day)


def churn_risk(world: World, facts: Facts, day: date) -> list[Found]:
    """Two purchases, and a churn probability from one limit to below another."""
    if not has(world, facts, CHURN) or len(facts.purchases) < 2:
        return []
    churn = prediction(world, facts, CHURN)
    least, lost = (exact(world.settings[v]) for v in ("churn_risk_min", "predicted_lost_min"))
    is_risk = least <= written(churn) < lost
    return one(world, facts, decimal_of(churn), day) if is_risk else []


def predicted_lost(world: World, facts: Facts, day: date) -> list[Found]:
    """A churn probability from the limit; one purchase is enough."""
    if not has(world, facts, CHURN):
        return []
    churn = prediction(world, facts, CHURN)
    is_lost = written(churn) >= exact(world.settings["predicted_lost_min"])
    return one(world, facts, decimal_of(churn), day) if is_lost else []


def due_to_reorder(world: World, facts: Facts, day: date) -> list[Found]:
    """The next order is expected after the day, within this many days."""
    if not has(world, facts, NEXT):
        return []
    days = (prediction(world, facts, NEXT) - day).days
    is_due = 0 < days <= world.settings["due_days"]
    return one(world, facts, Decimal(days), day) if is_due else []


def rising_value(world: World, facts: Facts, day: date) -> list[Found]:
    """Two purchases, and more to come in a year than a multiple of what the last one brought."""
    if not has(world, facts, VALUE) or len(facts.purchases) < 2:
        return []
    orders = orders_in(facts, world.day, months=12)
    revenue = sum((Fraction(o.net_revenue_amount) for o in orders), Fraction(0))
    value = Fraction(decimal_of(prediction(world, facts, VALUE), 9))
    if revenue <= 0 or value <= exact(world.settings["rising_multiple"]) * revenue:
        return []
    return one(world, facts, value / revenue, day)


def top(name: str, var: str, column: str, group: Callable[[World, Facts], bool]) -> Rule:
    """Return the rule of the share of a group that is first by a prediction, ties by person."""

    def first(world: World) -> set[str]:
        people = [f for f in world.people.values() if has(world, f, column) and group(world, f)]
        people.sort(key=lambda f: (-prediction(world, f, column), f.person_id.encode()))
        share = exact(world.settings[var])
        return {f.person_id for f in people[: ceil(share * len(people))]}

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        if facts.person_id not in once(world, name, lambda: first(world)):
            return []
        return one(world, facts, decimal_of(prediction(world, facts, column)), day)

    return rule


def anybody(world: World, facts: Facts) -> bool:
    """Every contact with an order."""
    return True


def bought_once(world: World, facts: Facts) -> bool:
    """Exactly one purchase."""
    return len(facts.purchases) == 1


def is_leaving(world: World, facts: Facts) -> bool:
    """At risk or inactive on D."""
    return stage_on(world, facts, world.day)[0] in ("at_risk_customers", "inactive_customers")


# By segment: the var of its share, what it ranks by, and among whom.
SHARES: dict[str, tuple[str, str, Callable[[World, Facts], bool]]] = {
    "high_future_value": ("high_future_value_share", VALUE, anybody),
    "likely_to_buy_30_days": ("likely_to_buy_share", "order_probability_30_days", anybody),
    "likely_second_purchase": ("likely_second_share", "order_probability_90_days", bought_once),
    "win_back_worthwhile": ("win_back_share", VALUE, is_leaving),
}

RULES = {
    "churn_risk": Segment(churn_risk),
    "due_to_reorder": Segment(due_to_reorder, fades=window("due_days")),
    "predicted_lost": Segment(predicted_lost),
    "predicted_loyal": Segment(predicted_loyal),
    "rising_value": Segment(rising_value),
    **{name: Segment(top(name, *spec)) for name, spec in SHARES.items()},
}
