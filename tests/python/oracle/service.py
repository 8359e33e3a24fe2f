"""Reviews, refunds and tickets."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from .entities import DAY, Facts, World, local_day
from .rules import Found, Segment, exact, found, in_months, newest_of


def photo_reviewers(world: World, facts: Facts, day: date) -> list[Found]:
    """A review with a photo ever."""
    times = [r["reviewed_at"] for r in facts.reviews if r["has_photo"]]
    return [found(len(times), max(times))] if times else []


def costly_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """A large share of several orders refunded, or several tickets in 12 months.

    The orders are those whose status is valid or `refunded`, also where all of it was refunded.
    """
    statuses = (*world.settings.valid_order_statuses, "refunded")
    orders = [o for o in facts.all_orders if o.status in statuses]
    value = sum(Fraction(o.order_value_amount) for o in orders)
    share = sum(Fraction(o.refund_amount) for o in orders) / value if value else Fraction(0)
    tickets = [
        t["opened_at"]
        for t in facts.tickets
        if in_months(local_day(t["opened_at"], world.zone), day, 12)
    ]
    times = []
    enough = len(orders) >= world.settings["costly_min_orders"]
    if enough and share > exact(world.settings["costly_refund_share"]):
        times.append(newest_of(orders))
    if tickets and len(tickets) >= world.settings["costly_min_tickets"]:
        times += tickets
    return [found(share * 100, max(times))] if times else []


def _ticket_days(world: World, facts: Facts) -> list[date]:
    found_days = []
    for ticket in facts.tickets:
        opened_on = local_day(ticket["opened_at"], world.zone)
        # Twelve months later, or a day or two more at a clamped month's end.
        day = opened_on + timedelta(days=364)
        while in_months(opened_on, day, 12):
            day += DAY
        found_days.append(day)
    return found_days


RULES = {
    "costly_customers": Segment(costly_customers, days=_ticket_days),
    "photo_reviewers": Segment(photo_reviewers),
}
