"""Count what the random shops show of part E.

A near miss is a person who would be a member if one number were another: `NEAR` says which vars
are loosened. An edge is a prediction that equals its threshold, or misses it by next to nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .further import exact
from .further_coverage import loosened
from .predictive import CHURN, NEXT, ORDERS, RULES, SHARES, has, prediction, written
from .world import World

MIN_MEMBERS = 25
MIN_NEAR_MISSES = 15
MIN_TIES = 3
MIN_AT_AN_EDGE = 5

# Vars that are loosened.
NEAR: dict[str, tuple[dict[str, object], ...]] = {
    "predicted_loyal": ({"predicted_loyal_min_alive": 0}, {"predicted_loyal_min_orders": 0}),
    "churn_risk": ({"churn_risk_min": 0}, {"predicted_lost_min": 2}),
    "predicted_lost": ({"predicted_lost_min": 0},),
    "due_to_reorder": ({"due_days": 1000},),
    "rising_value": ({"rising_multiple": 0},),
    **{name: ({var: 1},) for name, (var, *_) in SHARES.items()},
}
# By var, the prediction that it limits.
LIMITS = {
    "predicted_loyal_min_alive": "p_alive",
    "predicted_loyal_min_orders": ORDERS,
    "churn_risk_min": CHURN,
    "predicted_lost_min": CHURN,
}


# A little is less than 9 decimals show.
SIDES = ("on", "above", "below", "a little above", "a little below")


@dataclass
class Seen:
    """How often the shops show what."""

    shops: int = 0
    members: Counter = field(default_factory=Counter)
    near_misses: Counter = field(default_factory=Counter)
    ties: Counter = field(default_factory=Counter)
    edges: Counter = field(default_factory=Counter)


def _members(world: World, name: str) -> set[str]:
    people = world.people.values()
    return {f.person_id for f in people if RULES[name](world, f, world.day)}


def _side(world: World, var: str, number: float) -> str | None:
    """Return where a prediction is if it is on or beside its threshold."""
    away = exact(written(number)) - exact(world.settings[var])
    if away == 0:
        return "on"
    if abs(away) > exact("0.00001"):
        return None
    side = "above" if away > 0 else "below"
    return f"a little {side}" if abs(away) < exact("5e-10") else side


def look_at(world: World, seen: Seen) -> None:
    """Count the members, near misses, cut ties and edges of one world."""
    seen.shops += 1
    for name in RULES:
        own = _members(world, name)
        seen.members[name] += len(own)
        near: set[str] = set()
        for values in NEAR[name]:
            near |= _members(loosened(world, **values), name)
        seen.near_misses[name] += len(near - own)
        if name in SHARES and near - own:
            column = SHARES[name][1]
            within = {world.predictions[who][column] for who in own}
            without = {world.predictions[who][column] for who in near - own}
            seen.ties[name] += bool(within & without)
    for facts in world.people.values():
        for var, column in LIMITS.items():
            if has(world, facts, column):
                side = _side(world, var, prediction(world, facts, column))
                seen.edges.update([(var, side)] if side else [])
        if has(world, facts, NEXT):
            days = (prediction(world, facts, NEXT) - world.day).days
            due = world.settings["due_days"]
            seen.edges.update([("due_days", days - due)] if abs(days - due) < 2 else [])
            seen.edges.update([("due_days", "today")] if days == 0 else [])


def shortfalls(seen: Seen) -> list[str]:
    """Return a sentence for everything that is seen too rarely."""
    lacking = []
    for name in RULES:
        if seen.members[name] < MIN_MEMBERS:
            lacking.append(f"{name}: {seen.members[name]} members")
        if seen.near_misses[name] < MIN_NEAR_MISSES:
            lacking.append(f"{name}: {seen.near_misses[name]} near misses")
        if name in SHARES and seen.ties[name] < MIN_TIES:
            lacking.append(f"{name}: {seen.ties[name]} ties that the share cuts")
    edges = [(var, side) for var in LIMITS for side in SIDES]
    edges += [("due_days", side) for side in (-1, 0, 1, "today")]
    for edge in edges:
        if seen.edges[edge] < MIN_AT_AN_EDGE:
            lacking.append(f"{edge}: {seen.edges[edge]} predictions")
    return lacking
