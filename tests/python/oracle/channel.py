"""Where people come from, and how they buy."""

from __future__ import annotations

from datetime import date

from .entities import Facts, Session, World
from .rules import (
    LOOKBACK,
    Found,
    Rule,
    Segment,
    attribute,
    by_value,
    counted,
    found,
    is_like,
    sessions_in,
)


def mobile_app_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """This many orders ever in the channel `mobile_app`."""
    orders = [o for o in facts.orders if o.row["sales_channel"] == "mobile_app"]
    return counted(orders) if len(orders) >= world.settings["mobile_app_min_orders"] else []


def method_buyers(column: str) -> Rule:
    """Per method, an order ever."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        return by_value(facts.orders, lambda order: order.row[column])

    return rule


def comes_from(session: Session, word: str) -> bool:
    """Return whether the session's first event has this source or medium."""
    first = session.events[0]
    return word in (first["traffic_source"], first["traffic_medium"])


def counted_sessions(sessions: list[Session]) -> list[Found]:
    """Return a membership that rests on the number of these sessions; none without any."""
    return [found(len(sessions), sessions[-1].started_at)] if sessions else []


def email_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """A session from an e-mail whose campaign matches."""
    pattern = str(world.settings["email_campaign_pattern"])

    def matches(session: Session) -> bool:
        campaign = session.events[0]["traffic_campaign"]
        return pattern == "%" if campaign is None else is_like(campaign, pattern)

    sessions = sessions_in(world, facts, day)
    return counted_sessions([s for s in sessions if comes_from(s, "email") and matches(s)])


def affiliate_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """A session from an affiliate."""
    sessions = sessions_in(world, facts, day)
    return counted_sessions([s for s in sessions if comes_from(s, "affiliate")])


def acquisition_source_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per acquisition source, contacts."""
    value = attribute(facts, "acquisition_source")
    return [] if value is None else [found(1, facts.created_at, value)]


RULES = {
    "acquisition_source_customers": Segment(acquisition_source_customers),
    "affiliate_visitors": Segment(affiliate_visitors, visitors=True, fades=LOOKBACK),
    "email_visitors": Segment(email_visitors, visitors=True, fades=LOOKBACK),
    "mobile_app_buyers": Segment(mobile_app_buyers),
    "payment_method_buyers": Segment(method_buyers("payment_method")),
    "shipping_method_buyers": Segment(method_buyers("shipping_method")),
}
