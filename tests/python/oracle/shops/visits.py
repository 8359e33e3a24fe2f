"""Visits of every story that a session can tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from .regulars import CLOCKS
from .rows import Maker, decoded, numbers

DAYS = (0, 1, 2, 5, 6, 7, 13, 14, 28, 29, 29, 29, 30, 30, 30, 31)

# Source, medium and campaign of one event, and which event has them.
SOURCES = (
    (None, None, None),
    ("email", None, "spring_1"),
    ("email", None, "spring_1"),
    ("news", "Email ", "spring 12"),
    ("news", "email", "springs"),
    ("email", "email", None),
    ("google", "cpc", "springs"),
    ("affiliate", "cpc", None),
    ("x", "AFFILIATE", "Spring_1"),
    (" Affiliate", "email", "spring_12"),
    ("affiliate", "affiliate", None),
    ("affiliate", None, "x"),
    ("Affiliate", "cpc", "x"),
    ("e-mail", "affiliates", "spring"),
)

# Each word: what, of which product or order, and =seconds after the one before it (else 20).
STORIES = (
    "page",
    "rec rec",
    "rec rec search",
    "rec rec rec view",
    "rec",
    "rec rec rec buy",
    "rec rec buy:known",
    "rec rec buy:known buy:known",
    "rec rec buy:twice",
    "rec buy:none",
    "buy rec rec",
    "chat buy",
    "chat chat buy:known",
    "buy chat",
    "chat buy=0",
    "buy chat=0",
    "chat buy:twice",
    "buy:twice chat buy:twice",
    "chat",
    "search buy",
    "search buy:known",
    "page search buy=0",
    "search search",
    "search search buy:known",
    "search",
    "buy search",
    "search buy:none search",
    "search search search",
    "search search page",
    "page buy=900",
    "page buy=900.000001",
    "page page=100 buy=200 buy",
    "buy:known buy=1000",
    "page buy=300",
    "page buy=60",
    "page page=270",
    "page page=269.999999",
    "page search=200 page=70.0001",
    "page page=270 buy:known",
    "page rec=60",
    "view page=60",
    "view search=60",
    "view page=59.999999",
    "view page=30 page=30",
    "view page=60 page",
    "view page=60 page page",
    "page page=60 view",
    "view",
    "view view view=60",
    "view view buy",
    "view view view buy:known",
    "view view view view buy",
    "buy",
    "fav",
    "fav fav:p9 fav:",
    "fav unfav",
    "unfav",
    "cart:p1 cart:p2",
    "cart:p1",
    "cart:p1 cart:p1 cart:p1",
    "cart:p9 cart:",
    "cart:p1 uncart:p1",
    "cart:p1 cart:p2 uncart:p1",
    "cart:p1 uncart:p1=0",
    "uncart:p1 cart:p1",
    "cart:p1 uncart:p1 cart:p1",
    "cart:p1 uncart:p2",
    "cart:p1 buy=0",
    "buy cart:p1",
    "cart:p1 buy:known",
    "buy:twice cart:p1 buy:twice",
    "account",
    "account account=100000",
    "signup",
    "signup signup",
)

EVENTS = {
    "page": "page_view",
    "view": "page_view",
    "rec": "recommendation_click",
    "chat": "chat_started",
    "search": "search",
    "buy": "purchase",
    "fav": "add_to_favorites",
    "unfav": "remove_from_favorites",
    "cart": "add_to_cart",
    "uncart": "remove_from_cart",
    "account": "account_created",
    "signup": "newsletter_signup",
}

_VISIT_POOLS = (STORIES, range(30), DAYS, CLOCKS, SOURCES, range(3), range(5), range(6))

_VISITS = numbers(_VISIT_POOLS, 14)


def add_rows(draw: st.DrawFn, maker: Maker) -> None:
    """Add visits."""
    for number in draw(_VISITS) + draw(_VISITS):
        add_visit(maker, *decoded(number, _VISIT_POOLS))


def steps_of(text: str) -> list[tuple[str, str | None, Decimal | None]]:
    """Return what, of what, and after how many seconds (None: unsaid), for each word of a story."""
    steps = []
    for word in text.split(" "):
        word, _, seconds = word.partition("=")
        what, colon, of = word.partition(":")
        steps.append((what, of if colon else None, Decimal(seconds) if seconds else None))
    return steps


def later(at: datetime, seconds: Decimal) -> datetime:
    """Return the time this many seconds later."""
    return at + timedelta(microseconds=int(seconds * 1_000_000))


def add_visit(
    maker: Maker,
    story: str,
    who: int,
    days: int,
    clock: str,
    source: tuple[str | None, str | None, str | None],
    sourced: int,
    naming: int,
    keyed: int,
) -> None:
    """Add a session of one of six unknown visitors, or of a contact, named in one event or none."""
    at = datetime.fromisoformat(maker.time(days, clock))
    visitor_id, customer_id = f"b{who}", None
    if who > 5 and maker.owners:
        contact = (who - 6) % len(maker.owners)
        visitor_id, customer_id = f"u{contact}", maker.owners[contact][0]
    steps = steps_of(story)
    number = len(maker.shop["events"])
    named_at = (0, len(steps) - 1, 1, None, 0)[naming]
    for place, (what, of, gap) in enumerate(steps):
        at = later(at, (20 if gap is None else gap) * bool(place))
        if not maker.may_be_later:
            at = min(at, datetime.combine(maker.last_day, datetime.max.time()))
        order_id = None
        if what == "buy":
            order_id = {"none": None, "twice": f"t{number}"}.get(of or "", "unknown")
            if of == "known" and maker.shop["orders"]:
                order = maker.shop["orders"][number % len(maker.shop["orders"])]
                order_id = order["order_id"]
            elif of is None:
                order_id = f"unknown{number}-{place}"
        # With naming 4 another contact is named in the middle.
        named = customer_id if place == named_at else None
        if naming == 4 and place == 1 and maker.owners:
            named = maker.owners[number % len(maker.owners)][0]
        has_source = place == (1 if sourced == 2 else 0)
        first_source = source if has_source else (None, None, None)
        maker.add(
            "events",
            # Times tie, so that ids decide: some run against the story.
            event_id=f"g{number}-{9 - place if number % 3 == 0 else place}",
            event_name=EVENTS[what],
            occurred_at=str(at),
            visitor_id=visitor_id,
            customer_id=named,
            session_id=f"g{number}" if keyed else None,
            page_type="product" if what == "view" else "home",
            product_id=of or ("p1" if of is None else None),
            order_id=order_id,
            traffic_source=first_source[0],
            traffic_medium=first_source[1],
            traffic_campaign=first_source[2],
        )
