"""Recency, frequency and monetary value of buyers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from fractions import Fraction
from math import ceil, floor

from .entities import Facts, World
from .raw import rounded
from .rules import (
    Found,
    Segment,
    buyers,
    days_after,
    exact,
    found,
    last_order_at,
    net_revenue,
    once,
)

RFM_TABLE = {
    5: ("new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    4: ("promising", "potential_loyalists", "potential_loyalists", "loyal", "champions"),
    3: ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "lost", "at_risk", "at_risk", "cannot_lose"),
}

RFM_NAMES = tuple(sorted({name for row in RFM_TABLE.values() for name in row}))


def rfm_name(r: int, f: int, m: int) -> str:
    """Return the name of one of the 125 cells."""
    return RFM_TABLE[r][ceil(Fraction(f + m, 2)) - 1]


def rfm_values(world: World, facts: Facts, day: date) -> tuple[int, int, Fraction]:
    """Return a buyer's recency in days, frequency and monetary value."""
    by_orders = world.settings["rfm_frequency"] == "orders"
    frequency = len(facts.orders if by_orders else facts.purchases)
    return (day - facts.purchases[-1]).days, frequency, net_revenue(facts)


def rfm_scores_of(world: World, facts: Facts, day: date) -> tuple[int, int, int]:
    """Return a buyer's three scores.

    Ranks among the buyers are those at D. Fixed cut points are the least values of a bin: who
    reaches the first boundary of recency no longer scores 5, who reaches the last of the others
    does; with them the recency of `day` counts.
    """
    cuts = world.settings["rfm_cut_points"]
    if cuts is not None:
        scores = []
        values = rfm_values(world, facts, day)
        for name, value in zip(("recency", "frequency", "monetary"), values, strict=True):
            reached = len([cut for cut in cuts[name] if value >= exact(cut)])
            scores.append(5 - reached if name == "recency" else 1 + reached)
        return tuple(scores)

    def ranked() -> tuple[list, ...]:
        values = [rfm_values(world, f, world.day) for f in buyers(world)]
        return tuple(sorted(v[place] for v in values) for place in range(3))

    recencies, frequencies, amounts = once(world, "rfm", ranked)
    recency, frequency, amount = rfm_values(world, facts, world.day)
    count = len(recencies)
    worse = (
        count - bisect_right(recencies, recency),
        bisect_left(frequencies, frequency),
        bisect_left(amounts, amount),
    )
    # a measure on which all are equal says nothing about anybody
    return tuple(
        3 if values[0] == values[-1] else 1 + floor(5 * Fraction(number, count))
        for number, values in zip(worse, (recencies, frequencies, amounts), strict=True)
    )


def rfm_segments(world: World, facts: Facts, day: date) -> list[Found]:
    """Per name of the map, its buyers."""
    if not facts.orders:
        return []
    r, f, m = rfm_scores_of(world, facts, day)
    return [found(r * 100 + f * 10 + m, last_order_at(world, facts, day), rfm_name(r, f, m))]


def rfm_scores(world: World) -> list[tuple]:
    """Return person_id, the three values, the three scores and the name, of every buyer."""
    rows = []
    for facts in buyers(world):
        scores = rfm_scores_of(world, facts, world.day)
        recency, frequency, amount = rfm_values(world, facts, world.day)
        values = (recency, frequency, rounded(amount, 4))
        rows.append((facts.person_id, *values, *scores, rfm_name(*scores)))
    return rows


def _rfm_days(world: World, facts: Facts) -> list[date]:
    cuts = world.settings["rfm_cut_points"]
    if cuts is None or not facts.purchases:
        return []
    return days_after(facts.purchases[-1:], *(ceil(exact(c)) for c in cuts["recency"]))


RULES = {"rfm_segments": Segment(rfm_segments, days=_rfm_days)}
