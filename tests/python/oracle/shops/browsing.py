"""Visits that look at products, and leave them in carts and favorites."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from .campaigns import CLOCKS, steps_of
from .rows import Maker, decoded, numbers

DAYS = (0, 1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 15, 28, 29, 30, 31, 60, 89, 90, 91)

DEVICES = ("mobile", "Desktop ", "tablet", None)

# Each word: what, of which product, and =seconds after the one before it (60 unless it says so).
STORIES = (
    "view:p1",
    "view:p1 view:p2 view:p3 view:p4",
    "view:p4 view:p1=0 view:p2=0 view:p3=0 view:p5=0",
    "view:p2 view:p1 view:p2",
    "view:p9 view: view:p5",
    "fav:p1",
    "fav:p1 fav:p2 unfav:p1",
    "fav:p3 unfav:p3=0 fav:p3",
    "fav:p4 unfav:p4=0",
    "unfav:p5 fav:p5 fav:p9 fav:",
    "fav:p1 fav:p2 fav:p3 fav:p4 fav:p5",
    "cart:p1",
    "cart:p1 cart:p2 cart:p4",
    "cart:p3 cart:p5 uncart:p3",
    "cart:p1 uncart:p1=0 cart:p2 cart:p9",
    "cart:p2 buy=0",
    "buy cart:p2",
    "cart:p4 buy:known",
    "cart: cart:p9",
    "checkout",
    "checkout checkout",
    "checkout buy=0",
    "buy checkout",
    "checkout buy:known",
    "cart:p1 checkout cart:p2",
    "page",
    "page:p1",
)

EVENT_NAMES = {
    "view": "page_view",
    "page": "page_view",
    "fav": "add_to_favorites",
    "unfav": "remove_from_favorites",
    "cart": "add_to_cart",
    "uncart": "remove_from_cart",
    "checkout": "begin_checkout",
    "buy": "purchase",
}

URLS = ("/product/1", "/product/12", "/search?q=a", "/Panier", "/product\n/x", None)

_VISIT_POOLS = (STORIES, tuple(range(12)), DAYS, CLOCKS, DEVICES, range(7))

# Carts count only for some days: more of them at the edges of that window.
_CART_POOLS = (
    ("cart:p1 cart:p2 cart:p4", "cart:p2", "cart:p3 cart:p5", "checkout", "cart: checkout"),
    tuple(range(12)),
    (6, 7, 8, 0, 29, 30, 31),
    *_VISIT_POOLS[3:],
)

_VISITS = numbers(_VISIT_POOLS, 14)

_CARTS = numbers(_CART_POOLS, 8)


def add_rows(draw: st.DrawFn, maker: Maker) -> None:
    """Add such visits."""
    for number in draw(_VISITS) + draw(_VISITS):
        add_visit(maker, *decoded(number, _VISIT_POOLS))
    for number in draw(_CARTS):
        add_visit(maker, *decoded(number, _CART_POOLS))


def add_visit(
    maker: Maker, story: str, who: int, days: int, clock: str, device: str | None, url: int
) -> None:
    """Add a separate session: of one of three unknown visitors, or of a contact."""
    at = datetime.fromisoformat(maker.time(days, clock))
    visitor_id, customer_id = f"w{who}", None
    if who > 2 and maker.owners:
        customer_id = maker.owners[(who - 3) % len(maker.owners)][0]
        visitor_id = f"u{(who - 3) % len(maker.owners)}"
    steps = steps_of(story)
    number = len(maker.shop["events"])
    for place, (what, name, gap) in enumerate(steps):
        at += timedelta(seconds=(60 if gap is None else gap) if place else 0)
        order_id = None
        if what == "buy" and name == "known" and maker.shop["orders"]:
            order_id = maker.shop["orders"][number % len(maker.shop["orders"])]["order_id"]
        maker.add(
            "events",
            # Times tie, so that ids decide: some run against the story.
            event_id=f"f{number}-{place if who % 2 else 9 - place}",
            event_name=EVENT_NAMES[what],
            occurred_at=str(at),
            visitor_id=visitor_id,
            customer_id=customer_id if place == len(steps) - 1 else None,
            session_id=f"f{number}",
            page_url=URLS[(url + place) % len(URLS)],
            page_type="product" if what == "view" else "category",
            product_id=name if what != "buy" else None,
            order_id=order_id,
            device_type=device if place == 0 else "watch",
        )
