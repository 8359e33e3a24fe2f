"""How much people spend."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

from .entities import Facts, World
from .rules import (
    Found,
    Segment,
    aov,
    buyers,
    days_after,
    exact,
    found,
    last_order_at,
    mean,
    net_revenue,
    newest,
    newest_of,
    once,
    orders_in,
    window,
)


def big_spenders(world: World, facts: Facts, day: date) -> list[Found]:
    """An order in the last 30 days well above the average order value of those days."""
    factor = 1 + Fraction(world.settings["big_basket_uplift"])
    return newest(
        [
            Found("", order.order_value_amount, order.ordered_at)
            for order in orders_in(facts, day, days=30)
            if Fraction(order.order_value_amount) > factor * aov(world, days=30)
        ]
    )


def vip_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Net revenue ever above the threshold."""
    revenue = sum((o.net_revenue_amount for o in facts.orders), Decimal(0))
    if not facts.orders or revenue <= world.settings["vip_min_lifetime_value"]:
        return []
    return [Found("", revenue, last_order_at(world, facts, day))]


def low_value_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Buyers up to the threshold of the VIPs."""
    value = net_revenue(facts)
    if not facts.orders or value > exact(world.settings["vip_min_lifetime_value"]):
        return []
    return [found(value, last_order_at(world, facts, day))]


def top_20_percent_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """The first share of the buyers by net revenue, ties by person_id."""

    def top() -> set[str]:
        ranked = sorted(buyers(world), key=lambda f: (-net_revenue(f), f.person_id))
        share = exact(world.settings["pareto_share"])
        return {f.person_id for f in ranked[: ceil(share * len(ranked))]}

    if facts.person_id not in once(world, "top", top):
        return []
    return [found(net_revenue(facts), last_order_at(world, facts, day))]


def frequent_small_basket_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Several orders in 30 days whose mean is below AOV(12 months).

    The person's own mean is that of the orders in the window of `day`; AOV is as at D.
    """
    orders = orders_in(facts, day, days=30)
    if not orders or len(orders) < world.settings["frequent_small_min_orders"]:
        return []
    own_mean = mean([o.order_value_amount for o in orders])
    if own_mean >= aov(world, months=12):
        return []
    return [found(own_mean, newest_of(orders))]


def rare_large_basket_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """One order in 30 days, of more than a multiple of AOV(12 months)."""
    orders = orders_in(facts, day, days=30)
    if len(orders) != 1:
        return []
    value = orders[0].order_value_amount
    multiple = exact(world.settings["large_basket_multiple"])
    if Fraction(value) <= multiple * aov(world, months=12):
        return []
    return [found(value, newest_of(orders))]


def _order_days(world: World, facts: Facts) -> list[date]:
    return days_after(facts.purchases, 30)


RULES = {
    "big_spenders": Segment(big_spenders, fades=window(30)),
    "frequent_small_basket_buyers": Segment(frequent_small_basket_buyers, days=_order_days),
    "low_value_customers": Segment(low_value_customers),
    "rare_large_basket_buyers": Segment(rare_large_basket_buyers, days=_order_days),
    "top_20_percent_customers": Segment(top_20_percent_customers),
    "vip_customers": Segment(vip_customers),
}
