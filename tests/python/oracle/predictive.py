"""A naive reading of part E: what somebody is predicted is given, by person, in the world.

Every rule is `(world, facts, day) -> [Found]` and reads its printed sentence with `day` for D.
Shares are of those who have the number, on `world.day` whatever `day` is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from .further import exact, found, once
from .lifecycle import stage_on
from .world import Facts, Found, Prediction, Rule, World, last_order_at, orders_in

VALUE = "predicted_value_365_days"
LAPSED = ("at_risk_customers", "inactive_customers")


def prediction_of(world: World, facts: Facts) -> Prediction:
    """Return what a contact is predicted; without a prediction, nothing."""
    return world.predictions.get(facts.person_id, {})


def number_of(world: World, facts: Facts, name: str) -> Decimal | None:
    """Return one number that a contact is predicted, or None."""
    return prediction_of(world, facts).get(name)


def best(world: World, name: str, var: str, asked: Callable[[Facts], bool]) -> set[str]:
    """Return the first share of those who are asked and have the number, ties by person_id."""
    having = [
        facts
        for facts in world.people.values()
        if number_of(world, facts, name) is not None and asked(facts)
    ]
    ranked = sorted(having, key=lambda f: (-number_of(world, f, name), f.person_id))
    chosen = ranked[: ceil(exact(world.settings[var]) * len(ranked))]
    return {facts.person_id for facts in chosen}


def one_of_the_best(name: str, var: str, asked: Callable[[World, Facts], bool]) -> Rule:
    """Return the rule of a share."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        key = f"best {var}"
        chosen = once(world, key, lambda: best(world, name, var, lambda f: asked(world, f)))
        if facts.person_id not in chosen:
            return []
        return [found(number_of(world, facts, name), last_order_at(world, facts, day))]

    return rule


def if_so(name: str, holds: Callable[[World, Facts, Prediction], bool]) -> Rule:
    """Return the rule of a condition on a prediction; its evidence is one of the numbers."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        prediction = prediction_of(world, facts)
        if not prediction or not holds(world, facts, prediction):
            return []
        return [found(prediction[name], last_order_at(world, facts, day))]

    return rule


def is_loyal(world: World, facts: Facts, prediction: Prediction) -> bool:
    """E1: alive with a high probability, and many orders expected."""
    return (
        prediction["p_alive"] >= exact(world.settings["predicted_loyal_min_alive"])
        and prediction["expected_orders_365_days"] >= world.settings["predicted_loyal_min_orders"]
    )


def is_at_risk(world: World, facts: Facts, prediction: Prediction) -> bool:
    """E3: at least two purchases, and a churn probability in the range."""
    least, below = (exact(world.settings[v]) for v in ("churn_risk_min", "predicted_lost_min"))
    return len(facts.purchases) >= 2 and least <= prediction["churn_probability"] < below


def is_lost(world: World, facts: Facts, prediction: Prediction) -> bool:
    """E9: a churn probability of at least the limit."""
    return prediction["churn_probability"] >= exact(world.settings["predicted_lost_min"])


def has_bought_once(world: World, facts: Facts) -> bool:
    """E5: exactly one purchase."""
    return len(facts.purchases) == 1


def has_lapsed(world: World, facts: Facts) -> bool:
    """E7: at risk or inactive on D."""
    return stage_on(world, facts, world.day)[0] in LAPSED


def due_to_reorder(world: World, facts: Facts, day: date) -> list[Found]:
    """E6: the next order is expected after the day, at most so many days."""
    expected_on = prediction_of(world, facts).get("expected_next_order_on")
    until = day + timedelta(days=world.settings["due_days"])
    if expected_on is None or not day < expected_on <= until:
        return []
    return [found((expected_on - day).days, last_order_at(world, facts, day))]


def rising_value(world: World, facts: Facts, day: date) -> list[Found]:
    """E8: two purchases, and more to come than the last 12 months brought, which is something."""
    value = number_of(world, facts, VALUE)
    # as at D: a segment with a prediction has no end
    bought = orders_in(facts, world.day, months=12)
    brought = sum((Fraction(o.net_revenue_amount) for o in bought), Fraction(0))
    if value is None or len(facts.purchases) < 2 or brought <= 0:
        return []
    if not value > exact(world.settings["rising_multiple"]) * brought:
        return []
    return [found(Fraction(value) / brought, last_order_at(world, facts, day))]


RULES: dict[str, Rule] = {
    "predicted_loyal": if_so("expected_orders_365_days", is_loyal),
    "high_future_value": one_of_the_best(VALUE, "high_future_value_share", lambda w, f: True),
    "churn_risk": if_so("churn_probability", is_at_risk),
    "likely_to_buy_30_days": one_of_the_best(
        "order_probability_30_days", "likely_to_buy_share", lambda w, f: True
    ),
    "likely_second_purchase": one_of_the_best(
        "order_probability_90_days", "likely_second_share", has_bought_once
    ),
    "due_to_reorder": due_to_reorder,
    "win_back_worthwhile": one_of_the_best(VALUE, "win_back_share", has_lapsed),
    "rising_value": rising_value,
    "predicted_lost": if_so("churn_probability", is_lost),
}


def _expected_day(world: World, facts: Facts) -> date:
    """The day on which a due order is due no more; for all other rules, no day is special."""
    return max(prediction_of(world, facts).get("expected_next_order_on") or world.day, world.day)


HORIZONS = {
    name: _expected_day if name == "due_to_reorder" else lambda world, facts: world.day
    for name in RULES
}
