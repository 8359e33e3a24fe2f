"""What people do on the site: in one session, and in carts and favorites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from .entities import Facts, Session, World
from .raw import Row, money
from .rules import (
    LOOKBACK,
    SIX_MONTHS,
    Days,
    Found,
    Rule,
    Segment,
    aov,
    bought_since,
    counted,
    day_of,
    days_after,
    events_of,
    found,
    in_days,
    is_like,
    newest,
    orders_in,
    purchases_of,
    sessions_in,
    standing_products,
    window,
)

Evidence = Decimal | Fraction | int | None


def session_rule(evidence_of: Callable[[World, Session], Evidence]) -> Rule:
    """Return a rule of one session: its evidence, or None where the session does not qualify."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        judged = [(s, evidence_of(world, s)) for s in sessions_in(world, facts, day)]
        return newest([found(e, s.started_at) for s, e in judged if e is not None])

    return rule


# By segment: the event that a session must have, how often at least (a number or a var), and when
# a purchase must or must not be in it. Reading: at the time of the first event is "after" it,
# whichever event_id is the lesser.
EVENT_RULES: dict[str, tuple[str, str | int, str]] = {
    "chat_converters": ("chat_started", 1, "after the first"),
    "recommendation_browsers": ("recommendation_click", "recommendation_min_clicks", "never"),
    "recommendation_converters": ("recommendation_click", "recommendation_min_clicks", "ever"),
    "search_abandoners": ("search", "search_abandoners_min_searches", "never"),
    "search_converters": ("search", "search_converters_min_searches", "after the first"),
    "wishlist_users": ("add_to_favorites", 1, "or not"),
}


def event_rule(name: str, least: str | int, bought: str) -> Callable[[World, Session], Evidence]:
    """Return the rule of a row of EVENT_RULES; evidence: the number of these events."""

    def evidence_of(world: World, session: Session) -> Evidence:
        events = [e for e in session.events if e["event_name"] == name]
        enough = len(events) >= (world.settings[least] if isinstance(least, str) else least)
        purchases = [e["occurred_at"] for e in purchases_of(world, session.events)]
        holds = {
            "ever": bool(purchases),
            "never": not purchases,
            "after the first": bool(events and purchases)
            and purchases[-1] >= events[0]["occurred_at"],
            "or not": True,
        }
        return len(events) if enough and holds[bought] else None

    return evidence_of


def seconds_between(earlier: datetime, later: datetime) -> Fraction:
    """Return the exact seconds from one time to the other."""
    return Fraction((later - earlier) // timedelta(microseconds=1), 1_000_000)


def fast_deciders(world: World, session: Session) -> Evidence:
    """The first purchase came within this many minutes of the start."""
    bought = purchases_of(world, session.events)
    if not bought:
        return None
    minutes = seconds_between(session.started_at, bought[0]["occurred_at"]) / 60
    return minutes if minutes <= Fraction(world.settings["fast_decider_max_minutes"]) else None


def browsers(world: World, session: Session) -> Evidence:
    """No purchase, and at least this long."""
    is_long = session.duration_seconds >= world.settings["browser_min_seconds"]
    return session.duration_seconds if is_long and not session.purchases else None


def product_researchers(world: World, session: Session) -> Evidence:
    """Few page views, one of a product page, and at least this long on one such view."""
    if session.page_views > world.settings["researcher_max_pages"]:
        return None
    least = Fraction(world.settings["researcher_min_product_seconds"])
    for event, after in zip(session.events, [*session.events[1:], session.events[-1]], strict=True):
        is_product = event["event_name"] == "page_view" and event["page_type"] == "product"
        if is_product and seconds_between(event["occurred_at"], after["occurred_at"]) >= least:
            return session.page_views
    return None


def impulse_buyers(world: World, session: Session) -> Evidence:
    """A purchase, and few product pages."""
    pages = session.product_page_views
    is_short = pages <= world.settings["impulse_max_product_pages"]
    return pages if is_short and session.purchases else None


def one_shot_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Orders in the last 6 months and exactly one session ever.

    Reading: evidence and its time are those of the orders, whenever the session was.
    """
    return counted(orders_in(facts, day, months=6)) if len(facts.sessions) == 1 else []


# ------------------------------------------------------------------- several sessions, carts


def device_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """Per device type of a session's first event, a session."""
    by_device = defaultdict(list)
    for session in sessions_in(world, facts, day):
        if session.events[0]["device_type"] is not None:
            by_device[session.events[0]["device_type"]].append(session)
    return [found(len(s), s[-1].started_at, device) for device, s in by_device.items()]


def page_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """Per named pattern, a session with a page whose address matches."""
    by_name = defaultdict(list)
    for session in sessions_in(world, facts, day):
        urls = [e["page_url"] for e in session.events if e["page_url"]]
        for name, pattern in world.settings["page_patterns"].items():
            if any(is_like(url, pattern) for url in urls):
                by_name[name].append(session)
    return [found(len(s), s[-1].started_at, name) for name, s in by_name.items()]


def left_in_cart(world: World, facts: Facts, day: date) -> list[Row]:
    """Return the newest adds in the last days, not removed, nothing bought at or after the add.

    Reading: a purchase is one of the person's own events. Of an add and a remove at one time the
    event_id decides which is the later.
    """
    return [
        add
        for add in standing_products(world, facts, "add_to_cart", "remove_from_cart").values()
        if in_days(day_of(world, add), day, world.settings["cart_days"])
        and not bought_since(world, facts, add["occurred_at"])
    ]


def cart_abandoners(world: World, facts: Facts, day: date) -> list[Found]:
    """Products left in the cart."""
    left = left_in_cart(world, facts, day)
    return [found(len(left), max(add["occurred_at"] for add in left))] if left else []


def psychological_owners(world: World, facts: Facts, day: date) -> list[Found]:
    """No order ever, and this many adds to the cart ever."""
    adds = events_of(facts, "add_to_cart")
    if facts.orders or not adds or len(adds) < world.settings["psychological_owner_min_adds"]:
        return []
    return [found(len(adds), adds[-1]["occurred_at"])]


def checkout_abandoners(world: World, facts: Facts, day: date) -> list[Found]:
    """A checkout begun in the window, and nothing bought at or after it."""
    begun = [
        e["occurred_at"]
        for e in events_of(facts, "begin_checkout")
        if in_days(day_of(world, e), day, world.settings["cart_days"])
        and not bought_since(world, facts, e["occurred_at"])
    ]
    return [found(len(begun), max(begun))] if begun else []


def valuable_cart_abandoners(world: World, facts: Facts, day: date) -> list[Found]:
    """Products left in the cart whose prices, one unit of each, come to AOV(12 months)."""
    average = aov(world, months=12)
    left = left_in_cart(world, facts, day)
    if not left or average is None:
        return []
    prices = [world.products[add["product_id"]]["unit_price"] or Decimal(0) for add in left]
    value = sum((Fraction(money(price, Decimal(1))) for price in prices), Fraction(0))
    if value < average:
        return []
    return [found(value, max(add["occurred_at"] for add in left))]


def favorites_low_stock(world: World, facts: Facts, day: date) -> list[Found]:
    """Per product, a favorite with little stock left; an unknown stock does not count."""
    most = world.settings["low_stock_max_units"]
    left = standing_products(world, facts, "add_to_favorites", "remove_from_favorites")
    stocks = {product_id: world.products[product_id]["stock_quantity"] for product_id in left}
    return [
        found(stocks[product_id], event["occurred_at"], product_id)
        for product_id, event in left.items()
        if stocks[product_id] is not None and stocks[product_id] <= most
    ]


def recent_viewers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per product, those viewed last that were not bought at or after that view."""
    last_view: dict[str, Row] = {}
    for event in events_of(facts, "page_view"):
        in_window = in_days(day_of(world, event), day, world.settings["recent_view_days"])
        if in_window and event["page_type"] == "product" and event["product_id"] in world.products:
            last_view[event["product_id"]] = event
    ranked = sorted(
        last_view.values(), key=lambda e: (e["occurred_at"], e["event_id"]), reverse=True
    )
    rows = []
    for rank, view in enumerate(ranked[: world.settings["recent_view_products"]], start=1):
        since = [o for o in facts.orders if o.ordered_at >= view["occurred_at"]]
        bought = {line.product_id for o in since for line in o.lines if line.quantity > 0}
        if view["product_id"] not in bought:
            rows.append(found(rank, view["occurred_at"], view["product_id"]))
    return rows


def _session_days(world: World, facts: Facts) -> list[date]:
    return days_after(
        [s.started_on for s in facts.sessions], world.settings["session_lookback_days"]
    )


def _event_days(var: str, *names: str) -> Days:
    return lambda world, facts: days_after(
        [day_of(world, e) for e in events_of(facts, *names)], world.settings[var]
    )


RULES = {
    "cart_abandoners": Segment(cart_abandoners, visitors=True, fades=window("cart_days")),
    "checkout_abandoners": Segment(
        checkout_abandoners, visitors=True, days=_event_days("cart_days", "begin_checkout")
    ),
    "device_visitors": Segment(device_visitors, visitors=True, days=_session_days),
    "favorites_low_stock": Segment(favorites_low_stock, visitors=True),
    "one_shot_buyers": Segment(one_shot_buyers, fades=SIX_MONTHS),
    "page_visitors": Segment(page_visitors, visitors=True, days=_session_days),
    "psychological_owners": Segment(psychological_owners, visitors=True),
    "recent_viewers": Segment(
        recent_viewers, visitors=True, days=_event_days("recent_view_days", "page_view")
    ),
    "valuable_cart_abandoners": Segment(
        valuable_cart_abandoners, visitors=True, days=_event_days("cart_days", "add_to_cart")
    ),
    **{
        name: Segment(session_rule(evidence_of), visitors=True, fades=LOOKBACK)
        for name, evidence_of in {
            "browsers": browsers,
            "fast_deciders": fast_deciders,
            "impulse_buyers": impulse_buyers,
            "product_researchers": product_researchers,
            **{name: event_rule(*row) for name, row in EVENT_RULES.items()},
        }.items()
    },
}
