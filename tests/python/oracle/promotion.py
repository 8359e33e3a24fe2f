"""Who buys with coupons and discounts."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import partial

from .entities import Facts, Order, World
from .rules import (
    TWELVE_MONTHS,
    Found,
    Rule,
    Segment,
    counted,
    exact,
    found,
    newest,
    newest_of,
    once,
    orders_in,
    window,
)


def coupon_lovers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order in the last 30 days that itself carries a coupon."""
    return counted([o for o in orders_in(facts, day, days=30) if o.row["coupon_code"] is not None])


def deepest_discount(order: Order) -> Fraction | None:
    """Return the deepest discount of an order in percent, or None where there is nothing to take.

    Reading: percents are of the amounts as the shop wrote them, before any conversion or rounding.
    """
    pairs = [(order.row["discount_amount"], Fraction(order.row["subtotal_amount"]))]
    for line in order.lines:
        price = Fraction(line.row["quantity"]) * Fraction(line.row["unit_price"])
        pairs.append((line.row["discount_amount"], price))
    percents = [100 * Fraction(discount or 0) / base for discount, base in pairs if base > 0]
    return max(percents, default=None)


def discount_buyers(threshold: str) -> Rule:
    """An order in the last 12 months with a discount this deep."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        found = []
        for order in orders_in(facts, day, months=12):
            percent = once(world, f"discount {order.order_id}", partial(deepest_discount, order))
            if percent is not None and percent >= Fraction(world.settings[threshold]):
                found.append(Found("", percent, order.ordered_at))
        return newest(found)

    return rule


def is_promoted(order: Order) -> bool:
    """Return whether an order has an order discount, a line discount or a coupon."""
    return (
        (order.row["discount_amount"] or 0) > 0
        or order.row["coupon_code"] is not None
        or any((line.row["discount_amount"] or 0) > 0 for line in order.lines)
    )


def promotion_dependent_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Most of several orders promoted."""
    orders = facts.orders
    if not orders or len(orders) < world.settings["promotion_min_orders"]:
        return []
    promoted = [order for order in orders if is_promoted(order)]
    share = Fraction(len(promoted), len(orders))
    if share < exact(world.settings["promotion_share"]):
        return []
    return [found(share * 100, newest_of(orders))]


RULES = {
    "coupon_lovers": Segment(coupon_lovers, fades=window(30)),
    "promotion_dependent_buyers": Segment(promotion_dependent_buyers),
    **{
        f"discount_{percent}_buyers": Segment(
            discount_buyers(f"discount_{percent}_min_percent"), fades=TWELVE_MONTHS
        )
        for percent in (10, 15, 20)
    },
}
