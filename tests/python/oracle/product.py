"""What people buy."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from .entities import Facts, Order, World
from .rules import (
    TWELVE_MONTHS,
    Found,
    Rule,
    Segment,
    found,
    mean,
    newest,
    newest_of,
    once,
    orders_in,
    within,
)


def buyers_of(column: str) -> Rule:
    """Per product, category or collection, a unit bought ever."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        units: dict[str, Decimal] = defaultdict(Decimal)
        orders = defaultdict(list)
        for order in facts.orders:
            for line in order.lines:
                value = line.product and line.product[column]
                if value is not None and line.quantity > 0:
                    units[value] += line.quantity
                    orders[value].append(order)
        bought = [(value, count) for value, count in units.items() if count >= 1]
        return [found(count, newest_of(orders[value]), value) for value, count in bought]

    return rule


def category_repeat_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per category, this many units in the last 12 months.

    Reading: a line of 0 units buys nothing, so it sets no evidence_at.
    """
    units: dict[str, Decimal] = defaultdict(Decimal)
    times: dict[str, datetime] = {}
    for order in orders_in(facts, day, months=12):
        for line in order.lines:
            if line.category is not None and line.quantity > 0:
                units[line.category] += line.quantity
                times[line.category] = order.ordered_at
    least = world.settings["category_repeat_min_units"]
    return [Found(c, units[c], times[c]) for c in sorted(units) if units[c] >= least]


def category_amounts(order: Order) -> dict[str, Decimal]:
    """Return what an order spends in each category that it has."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in order.lines:
        if line.category is not None:
            amounts[line.category] += line.amount
    return amounts


def mean_category_amounts(world: World) -> dict[str, Fraction]:
    """Return, per category, the mean amount of the orders of 12 months that have it, as at D.

    Reading: as in AOV, orders of erased persons count: it is an average over orders.
    """

    def means() -> dict[str, Fraction]:
        amounts = defaultdict(list)
        for order in within([o for o in world.orders if o.is_valid], world.day, months=12):
            for category, amount in category_amounts(order).items():
                amounts[category].append(amount)
        return {category: mean(found) for category, found in amounts.items()}

    return once(world, "category means", means)


def category_top_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per category, an order whose amount in it is well above the mean such amount."""
    found = defaultdict(list)
    factor = 1 + Fraction(world.settings["big_basket_uplift"])
    for order in orders_in(facts, day, months=12):
        for category, amount in category_amounts(order).items():
            if Fraction(amount) > factor * mean_category_amounts(world)[category]:
                found[category].append(Found(category, amount, order.ordered_at))
    return [one for _, several in sorted(found.items()) for one in newest(several)]


RULES = {
    "category_buyers": Segment(buyers_of("category")),
    "category_repeat_buyers": Segment(category_repeat_buyers, fades=TWELVE_MONTHS),
    "category_top_buyers": Segment(category_top_buyers, fades=TWELVE_MONTHS),
    "collection_buyers": Segment(buyers_of("collection")),
    "product_buyers": Segment(buyers_of("product_id")),
}
