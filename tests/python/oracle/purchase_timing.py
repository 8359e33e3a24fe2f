"""How often and how recently people buy."""

from __future__ import annotations

from datetime import date
from math import ceil

from .entities import Facts, World
from .rules import (
    SIX_MONTHS,
    TWELVE_MONTHS,
    Found,
    Rule,
    Segment,
    band_of,
    counted,
    days_after,
    exact,
    found,
    last_order_at,
    orders_in,
    window,
)


def at_least(threshold: str | int, **window: int) -> Rule:
    """At least this many orders in the window; a threshold is a var or a number."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        least = world.settings[threshold] if isinstance(threshold, str) else threshold
        orders = orders_in(facts, day, **window)
        return counted(orders) if len(orders) >= least else []

    return rule


def lapsing_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Orders in the last 6 months, none in the last 3."""
    if orders_in(facts, day, months=3):
        return []
    return counted(orders_in(facts, day, months=6))


def cold_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Buyers without an order in the window."""
    if not facts.orders or orders_in(facts, day, days=world.settings["cold_days"]):
        return []
    return [found((day - facts.purchases[-1]).days, last_order_at(world, facts, day))]


def lapsed_first_time_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """One purchase, and no second for a multiple of the shop's mean gap."""
    if len(facts.purchases) != 1 or world.mean_gap is None:
        return []
    since = (day - facts.purchases[0]).days
    if since < ceil(exact(world.settings.inactive_multiplier) * world.mean_gap):
        return []
    return [found(since, last_order_at(world, facts, day))]


def recency_bands(world: World, facts: Facts, day: date) -> list[Found]:
    """Per band, days since the last order."""
    if not facts.orders:
        return []
    since = (day - facts.purchases[-1]).days
    band = band_of(since, world.settings["recency_band_days"])
    return [found(since, last_order_at(world, facts, day), band)]


def _band_days(world: World, facts: Facts) -> list[date]:
    return days_after(facts.purchases, *world.settings["recency_band_days"])


RULES = {
    "buyers_last_30_days": Segment(at_least(1, days=30), fades=window(30)),
    "buyers_last_6_months": Segment(at_least(1, months=6), fades=SIX_MONTHS),
    "buyers_last_year": Segment(at_least(1, months=12), fades=TWELVE_MONTHS),
    "cold_customers": Segment(cold_customers),
    "frequent_buyers": Segment(at_least("frequent_buyers_min_orders", months=6), fades=SIX_MONTHS),
    "lapsed_first_time_buyers": Segment(lapsed_first_time_buyers),
    "lapsing_buyers": Segment(lapsing_buyers, fades=SIX_MONTHS),
    "loyal_buyers": Segment(at_least("loyal_buyers_min_orders", months=12), fades=TWELVE_MONTHS),
    "multi_buyers_last_30_days": Segment(at_least(2, days=30), fades=window(30)),
    "multi_buyers_last_6_months": Segment(at_least(2, months=6), fades=SIX_MONTHS),
    "multi_buyers_last_year": Segment(at_least(2, months=12), fades=TWELVE_MONTHS),
    "recency_bands": Segment(recency_bands, days=_band_days),
    "top_monthly_buyers": Segment(
        at_least("top_monthly_buyers_min_orders", days=30), fades=window(30)
    ),
}
