"""Rows for the random shops that part B of the segment rules needs.

As in `further_shops`: a number says which value each existing row gets (0 leaves them as they
are), and lists of numbers stand for regular buyers, visits and words about newsletters, so that a
failing example shrinks to few of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import prod
from random import Random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from .world import months_before

if TYPE_CHECKING:
    from .random_shops import _Maker

# What the settings of the pool are besides, in its order.
VARS_POOL: tuple[dict[str, object], ...] = (
    {},
    {
        "loyal_buyers_min_orders": 3,
        "frequent_buyers_min_orders": 2,
        "category_repeat_min_units": 1,
        "researcher_min_product_seconds": 0,
        "email_campaign_pattern": "spring%",
    },
    {
        "top_monthly_buyers_min_orders": 4,
        "big_basket_uplift": Decimal("0"),
        "recommendation_min_clicks": 1,
        "headquarters_city": "SAINT-ÉTIENNE",
        "mobile_app_min_orders": 2,
    },
    {
        "frequent_buyers_min_orders": 4,
        "big_basket_uplift": Decimal("0.5"),
        "search_converters_min_searches": 2,
        "search_abandoners_min_searches": 1,
        "fast_decider_max_minutes": 5,
        "email_campaign_pattern": "%ring_1",
    },
    {
        "category_repeat_min_units": 3,
        "browser_min_seconds": 60,
        "researcher_max_pages": 2,
        "psychological_owner_min_adds": 1,
        "impulse_max_product_pages": 0,
    },
    {
        "loyal_buyers_min_orders": 4,
        "discount_10_min_percent": 5,
        "discount_15_min_percent": 10,
        "discount_20_min_percent": 15,
        "headquarters_city": "l haÿ les roses",
        "fast_decider_max_minutes": 0,
    },
    {
        "vip_min_lifetime_value": 100,
        "psychological_owner_min_adds": 3,
        "impulse_max_product_pages": 3,
        "researcher_max_pages": 1,
    },
)

GENDERS = ("Female", " f", "Mme", "W", "male", "M", "Monsieur\t", "HOMME", "other", "x", None)
CITIES = (
    "Paris",
    " PARIS\t",
    "Pâris!",
    "Paris 15e",
    "Lyon",
    "Saint-Étienne",
    "saint  etienne",
    "Saint-E\u0301tienne",
    "L'Haÿ-les-Roses",
    "Αθήνα",
    "--",
    None,
)
ACCOUNT_DAYS = (None, None, 0, 1, 100, -1)
CHANNELS = ("web", "mobile_app", "Mobile_App ", "mobile app", "store", None)
PAYMENTS = ("Card", "card", " PayPal\t", None)
SHIPPINGS = ("home", "Relay", "relay ", "", None)
COUPONS = (None, None, "TEN", "ten ", "\t")
# Subtotal and discount of an order: at, above and below each threshold.
AMOUNTS = (
    ("100", None),
    ("115", None),
    ("85", None),
    ("115.01", None),
    ("150", None),
    ("500", None),
    ("500.01", None),
    ("100", "10"),
    ("100", "9.999999"),
    ("60", "9"),
    ("60", "8.99"),
    ("33.333335", "6.666667"),
    ("200", "39.99"),
    ("20", "1"),
    ("0", "0"),
)
# Lines of an order: product, quantity, unit price, discount.
LINES = (
    (),
    (("p1", "1", "10", None),),
    (("p1", "2", "10", "2"),),
    (("p1", "1", "10", None), ("p2", "1", "10", "0.99")),
    (("p2", "1", "23", None),),
    (("p2", "1", "23.01", None), ("p3", "1", "0", "0")),
    (("p3", "3", "20", "9"),),
    (("p3", "1", "20", "2.999999"), ("p9", "5", "20", None)),
    (("p9", "1", "10", "2"),),
    (("p1", "0", "10", None), ("p3", "0.5", "0.333333", None)),
    (("p3", "1.5", "10", "3"), ("p3", "0.5", "10", None)),
    (("p1", "1", "123456", None),),
)
CATEGORIES = ("Shoes", "Shoes ", "Bags", "shoes", None)

WINDOWS = ("30 days", "3 months", "6 months", "12 months")
PAYING = ("paid", "Shipped ", "delivered", "completed")

DAYS = (0, 1, 2, 5, 6, 7, 13, 14, 28, 29, 29, 29, 30, 30, 30, 31)
CLOCKS = ("12:00:00", "09:59:59.999999", "22:30:00", "23:30:00", "04:30:00")
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
# What is said about the newsletter: a consent, a message event or an event of the tracker.
WORDS = (
    "in:newsletter",
    "in:Newsletter\t",
    "in:form",
    "in",
    "out",
    "pending:newsletter",
    "in:newsletter out",
    "in:newsletter out=0",
    "out in:newsletter",
    "out in:newsletter=0",
    "in:newsletter pending",
    "in:newsletter pending=0",
    "pending in:newsletter",
    "in:newsletter in:form",
    "in:newsletter in:newsletter=0",
    "in:newsletter unsub",
    "in:newsletter unsub=0",
    "unsub in:form",
    "complain in:newsletter",
    "in:newsletter complain",
    "in:newsletter sms:unsub",
    "sms:in",
    "in:newsletter sms:out",
    "signup",
    "signup out",
    "signup out=0",
    "signup unsub=86400",
    "signup pending",
    "signup out signup",
    "out signup",
    "in signup",
)

_SEEDS = st.integers(0, 9999)
_SERIES_POOLS = (WINDOWS, (1, 1, 1, *range(1, 9)), (0, 1), (0, 1, 5, 40), CLOCKS, range(4))
_VISIT_POOLS = (STORIES, range(30), DAYS, CLOCKS, SOURCES, range(3), range(5), range(6))
_WORD_POOLS = (WORDS, range(24), (1, 0, 2, 100, 364), CLOCKS, range(2))


def _numbers(pools: Sequence[Sequence], most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, prod(len(pool) for pool in pools) - 1), max_size=most)


_SERIES = _numbers(_SERIES_POOLS, 6)
_VISITS = _numbers(_VISIT_POOLS, 14)
_WORDS = _numbers(_WORD_POOLS, 10)


def _decoded(number: int, pools: Sequence[Sequence]) -> list:
    """Return one of each pool, as a number says."""
    picks = []
    for pool in pools:
        number, pick = divmod(number, len(pool))
        picks.append(pool[pick])
    return picks


def add_buyers(draw: st.DrawFn, maker: _Maker) -> None:
    """Add regular buyers to a shop, before anything that draws on its contacts."""
    for number in draw(_SERIES):
        add_series(maker, *_decoded(number, _SERIES_POOLS))


def add_rows(draw: st.DrawFn, maker: _Maker) -> None:
    """Add the rows of part B to a shop whose contacts, orders and products are there."""
    people, orders, goods = draw(st.tuples(_SEEDS, _SEEDS, _SEEDS))
    if people:
        vary_customers(maker, Random(people))
    if goods:
        vary_products(maker, Random(goods))
    if orders:
        vary_orders(maker, Random(orders))
    for number in draw(_VISITS) + draw(_VISITS):
        add_visit(maker, *_decoded(number, _VISIT_POOLS))
    for number in draw(_WORDS):
        add_words(maker, *_decoded(number, _WORD_POOLS))


def add_series(
    maker: _Maker, window: str, orders: int, outside: int, newest: int, clock: str, style: int
) -> None:
    """Add a buyer whose oldest order is on a window's first day, or the day before, by number."""
    number = len(maker.owners)
    customer_id, email = f"n{number}", f"n{number}@shop.fr"
    if style == 3:
        customer_id = None
    else:
        maker.add(
            "customers",
            customer_id=customer_id,
            email=email if style == 2 else None,
            created_at=maker.time(500, "12:00:00"),
        )
    maker.owners.append((customer_id, email))
    size, unit = window.split()
    start = (
        maker.last_day - timedelta(days=int(size))
        if unit == "days"
        else months_before(maker.last_day, int(size))
    )
    oldest = (maker.last_day - start).days - 1 + outside
    newest = min(newest, oldest)
    for place in range(orders):
        # The oldest one at the edge, the others evenly up to the newest.
        days = oldest - (oldest - newest) * place // max(1, orders - 1)
        maker.add_order(
            f"n{number}-{place}",
            customer_id,
            None if customer_id else email,
            maker.time(days, clock),
            (PAYING[(number + place) % 4], "EUR", AMOUNTS[(number + place) % len(AMOUNTS)], None),
        )


def vary_customers(maker: _Maker, random: Random) -> None:
    """Say the customers' genders, cities and accounts."""
    for record in maker.shop["customers"]:
        record["gender"] = random.choice(GENDERS)
        record["city"] = random.choice(CITIES)
        days = random.choice(ACCOUNT_DAYS)
        record["account_created_at"] = None if days is None else maker.time(days, "12:00:00")


def vary_products(maker: _Maker, random: Random) -> None:
    """Give products a category."""
    for record in maker.shop["products"]:
        record["category"] = random.choice(CATEGORIES)


def vary_orders(maker: _Maker, random: Random) -> None:
    """Say how and where to orders went; give some other lines, and in plain shops amounts."""
    is_plain = random.random() < 0.7
    others: set[str | None] = set()
    for record in maker.shop["orders"]:
        record["shipping_city"] = random.choice((None, None, *CITIES))
        record["sales_channel"] = random.choice(CHANNELS)
        record["payment_method"] = random.choice(PAYMENTS)
        record["shipping_method"] = random.choice(SHIPPINGS)
        record["coupon_code"] = random.choice(COUPONS)
        if is_plain:
            record["subtotal_amount"], record["discount_amount"] = random.choice(AMOUNTS)
            record["currency"] = "EUR"
        if random.random() < 0.7:
            others.add(record["order_id"])
    maker.shop["order_lines"] = [
        record for record in maker.shop["order_lines"] if record["order_id"] not in others
    ]
    for order_id in sorted(others):
        for place, (product_id, quantity, price, discount) in enumerate(random.choice(LINES)):
            maker.add(
                "order_lines",
                order_line_id=f"b{order_id}-{place}",
                order_id=order_id,
                product_id=product_id,
                quantity=quantity,
                unit_price=price,
                discount_amount=discount,
            )


def _steps(text: str) -> list[tuple[str, str | None, Decimal | None]]:
    """Return what, of what, and after how many seconds (None: unsaid), of each word of a story."""
    steps = []
    for word in text.split(" "):
        word, _, seconds = word.partition("=")
        what, colon, of = word.partition(":")
        steps.append((what, of if colon else None, Decimal(seconds) if seconds else None))
    return steps


def _later(at: datetime, seconds: Decimal) -> datetime:
    return at + timedelta(microseconds=int(seconds * 1_000_000))


def add_visit(
    maker: _Maker,
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
    steps = _steps(story)
    number = len(maker.shop["events"])
    named_at = (0, len(steps) - 1, 1, None, 0)[naming]
    for place, (what, of, gap) in enumerate(steps):
        at = _later(at, (20 if gap is None else gap) * bool(place))
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


def add_words(maker: _Maker, story: str, who: int, days: int, clock: str, by_email: int) -> None:
    """Add what a contact said about the newsletter, each a minute after the one before it."""
    contact = who % max(1, len(maker.owners))
    customer_id, email = maker.owners[contact] if maker.owners else (None, "new@shop.fr")
    at = datetime.fromisoformat(maker.time(days, clock))
    owner = {"customer_id": customer_id, "email": email}
    if by_email and email:
        owner["customer_id"] = None
    for place, (what, of, gap) in enumerate(_steps(story)):
        at = _later(at, (60 if gap is None else gap) * bool(place))
        channel = "sms" if what == "sms" else "email"
        what, of = (of, None) if what == "sms" else (what, of)
        number = sum(len(records) for records in maker.shop.values())
        if what == "signup":
            if not maker.may_be_later:
                at = min(at, datetime.combine(maker.last_day, datetime.max.time()))
            maker.add(
                "events",
                event_id=f"h{number}",
                event_name="newsletter_signup",
                occurred_at=str(at),
                visitor_id=f"u{contact}",
                customer_id=customer_id,
                session_id=f"h{number}",
            )
        elif what in ("unsub", "complain"):
            maker.add(
                "message_events",
                message_event_id=f"h{number}",
                message_id=f"h{number}",
                **owner,
                channel=channel,
                event_type={"unsub": "unsubscribed", "complain": "complained"}[what],
                occurred_at=str(at),
            )
        else:
            maker.add(
                "consents",
                consent_id=f"h{number}",
                **owner,
                channel=channel,
                status={"in": "opted_in", "out": "opted_out"}.get(what, what),
                changed_at=str(at),
                source=of,
            )
