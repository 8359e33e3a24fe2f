"""Rows for the random shops that parts C and D of the segment rules need.

`add_rows` takes few draws: a number says which value each existing row gets (0 leaves them as they
are), and lists of numbers stand for visits, campaigns and dealings with the shop, so that a
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

if TYPE_CHECKING:
    from .random_shops import _Maker

# What the settings of the pool are besides, in its order.
PATTERNS = {"search": "/search%", "one": "%/product/_", "upper": "/P%", "all": "%"}
VARS_POOL: tuple[dict[str, object], ...] = (
    {"page_patterns": PATTERNS},
    {
        "page_patterns": PATTERNS,
        "rfm_frequency": "orders",
        "pareto_share": Decimal("0.3333"),
        "costly_refund_share": Decimal("0.5"),
    },
    {
        "page_patterns": {"one": "%/product/_"},
        "rfm_cut_points": {
            "recency": [3, 30, 44.5, 90],
            "frequency": [2, 3, 4, 5],
            "monetary": [5.5, 44.9507, 100, 145.5],
        },
        "promotion_share": Decimal("0.6666"),
        "cold_days": 45,
    },
    {
        "page_patterns": PATTERNS,
        "vip_min_lifetime_value": 100,
        "home_country_code": "BE",
        "lost_after_days": 7,
    },
    {
        "page_patterns": PATTERNS,
        "rfm_frequency": "orders",
        "rfm_cut_points": {
            "recency": [30, 31, 90, 91],
            "frequency": [2, 3, 4, 6],
            "monetary": [8, 45, 100, 200],
        },
        "email_sleeper_min_messages": 3,
        "frequent_small_min_orders": 2,
        "large_basket_multiple": 1,
        "birthday_days": 30,
    },
    {
        "page_patterns": PATTERNS,
        "session_lookback_days": 14,
        "cart_days": 30,
        "recent_view_days": 30,
        "low_stock_max_units": 0,
        "active_days": 30,
        "lead_days": 7,
        "email_days": 90,
        "costly_min_tickets": 2,
    },
    {
        "page_patterns": PATTERNS,
        "lost_after_days": 29,
        "email_sleeper_days": 30,
        "promotion_min_orders": 2,
        "pareto_share": Decimal("0.5"),
    },
)

COUNTRIES = ("fr", "FR ", "Fr", "be", "BE", "it", "US", "CH", None)
REGIONS = (None, "Île-de-France", " Bretagne", "Corse", "corse", "Occitanie", "Lombardia", "Ticino")
SOURCES = ("ads", "Ads", " ads\t", "word of mouth", None)
# Years and days from the birth to the last day: the edges of the age bands and of the next days.
AGES = (0, 1, 17, 18, 24, 25, 34, 35, 49, 50, 64, 65, 70, 130, -1)
AGE_DAYS = (0, 1, -1, -2, -6, -7, -8, -9, 100, 250)
PRODUCT_VALUES = {
    "category": ("Shoes", " Shoes", "shoes", "Bags", None),
    "collection": ("été", "hiver ", None),
    "unit_price": ("5.25", "100", "49.90", "45.00004999", "1000", "200000000", None),
    "stock_quantity": ("-2", "0", "0.001", "5", "5.001", "6", None),
}
LINE_PRODUCTS = ("p1", "p2", "p3", "p4", "p5", "p9")
LINE_QUANTITIES = ("1", "0", "0.5", "0.999", "2")
REFUND_SHARES = ("0.3", "0.300001", "0.5", "0.500001", "0.9", "0.1")

DAYS = (0, 1, 2, 3, 5, 6, 7, 8, 12, 13, 14, 15, 28, 29, 30, 31, 60, 89, 90, 91)
CLOCKS = ("12:00:00", "22:30:00", "23:30:00", "04:59:59", "05:00:00")
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
CAMPAIGN_DAYS = (0, 1, 5, 6, 7, 8, 27, 28, 29, 30, 31, 45, 60, 88, 89, 90, 91, 200)
CHANNELS = (None, "email", "Email ", "sms")
# What a contact does with a message: nothing, mostly.
REACTIONS = (
    "",
    "",
    "",
    "opened=0",
    "opened",
    "clicked",
    "opened clicked",
    "bounced:soft",
    "bounced",
    "bounced:Hard",
    "complained",
    "unsubscribed",
)
DEALINGS = (
    "consent:opted_out",
    "consent:opted_in",
    "consent:pending",
    "consent:opted_in consent:opted_out",
    "consent:opted_out consent:opted_in",
    "consent:opted_in message:unsubscribed",
    "message:unsubscribed consent:opted_in=1",
    "sms:opted_out",
    "message:complained consent:opted_in=1",
    "message:bounced",
    "ticket ticket",
    "ticket ticket ticket",
    "ticket=360 ticket ticket",
    "ticket ticket=365 ticket",
    "ticket ticket=366 ticket",
    "photo",
    "review photo",
    "review",
    "attribute:household=a",
    "attribute:household=a attribute:household=b",
    "attribute:household=b attribute:household=a=1",
    "attribute:Interest=é attribute:interest=z",
)

# What a new contact buys: =days before the last day, for so much.
BASKETS = (
    "5=0 5=10 5=29",
    "5=1 5=10 5=30",
    "20=3 30=3 900=4",
    "100=2 100=5 100=6",
    "300000000=29 5=30",
    "1000=29",
    "900=30",
    "400=0 5=29",
    "250=12",
    "3=0",
    "0.5=0",
    "0.00001=0",
    "2=0",
    "8=20",
    "300=100 300=101 300=102 300=103 300=104",
    "300=45 300=46 300=47 300=48 300=50",
    "30=200 30=201",
    "30=130 30=131 30=132 30=133 30=134",
    "30=160 20=161 10=163",
    "1=1",
    "0.5=4",
    "40=364",
    "40=365 1=366",
)

_SEEDS = st.integers(0, 9999)
_BASKET_POOLS = (BASKETS, CLOCKS)
_VISIT_POOLS = (STORIES, tuple(range(12)), DAYS, CLOCKS, DEVICES, range(7))
# Carts count for some days only: more of them at the edges of that window.
_CART_POOLS = (
    ("cart:p1 cart:p2 cart:p4", "cart:p2", "cart:p3 cart:p5", "checkout", "cart: checkout"),
    tuple(range(12)),
    (6, 7, 8, 0, 29, 30, 31),
    *_VISIT_POOLS[3:],
)
_CAMPAIGN_POOLS = (CAMPAIGN_DAYS, CHANNELS, (1, 1, 2, 3), CLOCKS, range(20))
_DEALING_POOLS = (DEALINGS, range(24), (10, 0, 1, 100, 364, 365, 366), CLOCKS)


def _numbers(pools: Sequence[Sequence], most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, prod(len(pool) for pool in pools) - 1), max_size=most)


_BASKETS = _numbers(_BASKET_POOLS, 5)
_VISITS = _numbers(_VISIT_POOLS, 14)
_CARTS = _numbers(_CART_POOLS, 8)
_CAMPAIGNS = _numbers(_CAMPAIGN_POOLS, 8)
_DEALINGS = _numbers(_DEALING_POOLS, 10)


def _decoded(number: int, pools: Sequence[Sequence]) -> list:
    """Return one of each pool, as a number says."""
    picks = []
    for pool in pools:
        number, pick = divmod(number, len(pool))
        picks.append(pool[pick])
    return picks


def add_rows(draw: st.DrawFn, maker: _Maker) -> None:
    """Add the rows of parts C and D to a shop whose contacts, orders and products are there."""
    people, orders, goods, returns = draw(st.tuples(_SEEDS, _SEEDS, _SEEDS, _SEEDS))
    for number in draw(_BASKETS) + draw(_BASKETS):
        add_baskets(maker, *_decoded(number, _BASKET_POOLS))
    if people:
        vary_customers(maker, Random(people))
    if goods:
        vary_products(maker, Random(goods))
    if orders:
        vary_orders(maker, Random(orders))
    if returns:
        win_back(maker, Random(returns))
    for number in draw(_VISITS) + draw(_VISITS):
        add_visit(maker, *_decoded(number, _VISIT_POOLS))
    for number in draw(_CARTS):
        add_visit(maker, *_decoded(number, _CART_POOLS))
    for number in draw(_CAMPAIGNS):
        add_campaign(maker, *_decoded(number, _CAMPAIGN_POOLS))
    for number in draw(_DEALINGS) + draw(_DEALINGS):
        add_dealing(maker, *_decoded(number, _DEALING_POOLS))


def vary_customers(maker: _Maker, random: Random) -> None:
    """Say where customers live, where they came from and when they were born."""
    for record in maker.shop["customers"]:
        record["country_code"] = random.choice(COUNTRIES)
        record["region"] = random.choice(REGIONS)
        record["acquisition_source"] = random.choice(SOURCES)
        born = maker.last_day - timedelta(days=round(365.25 * random.choice(AGES)))
        born = born.replace(day=min(maker.last_day.day, 28), month=maker.last_day.month)
        born -= timedelta(days=random.choice(AGE_DAYS))
        record["birth_date"] = random.choice((str(born), str(born), "2004-02-29", None))


def vary_products(maker: _Maker, random: Random) -> None:
    """Give products a category, a collection, a price and a stock, and add two products."""
    for product_id in ("p4", "p5"):
        maker.add("products", product_id=product_id)
    for record in maker.shop["products"]:
        record |= {name: random.choice(pool) for name, pool in PRODUCT_VALUES.items()}


def vary_orders(maker: _Maker, random: Random) -> None:
    """Send orders abroad, take discounts off, and add lines and part refunds."""
    refunded = {record["order_id"] for record in maker.shop["refunds"]}
    plain = set()
    for number, record in enumerate(maker.shop["orders"]):
        record["shipping_country_code"] = random.choice((None, None, "FR", "fr ", "BE", "de"))
        if random.random() < 0.4:
            plain.add(record["order_id"])
            record["coupon_code"] = random.choice((None, None, None, "TEN"))
            if record["subtotal_amount"] != "10":
                record["discount_amount"] = None
        if random.random() < 0.3:
            maker.add(
                "order_lines",
                order_line_id=f"x{number}",
                order_id=record["order_id"],
                product_id=random.choice(LINE_PRODUCTS),
                quantity=random.choice(LINE_QUANTITIES),
                unit_price="5",
            )
        if record["order_id"] not in refunded and random.random() < 0.25:
            value = Decimal(record["subtotal_amount"]) - Decimal(record["discount_amount"] or 0)
            amount = value * Decimal(random.choice(REFUND_SHARES))
            maker.add(
                "refunds",
                refund_id=f"x{number}",
                order_id=record["order_id"],
                refunded_at=record["ordered_at"],
                amount=f"{amount:f}",
            )
    for record in maker.shop["order_lines"]:
        if record["order_id"] in plain:
            record["discount_amount"] = None


def add_baskets(maker: _Maker, story: str, clock: str) -> None:
    """Add a customer and its orders."""
    number = len(maker.owners)
    customer_id, email = f"basket{number}", f"basket{number}@shop.fr"
    maker.owners.append((customer_id, email))
    first = max(int(word.partition("=")[2]) for word in story.split())
    maker.add(
        "customers", customer_id=customer_id, email=email, created_at=maker.time(first, clock)
    )
    for place, word in enumerate(story.split()):
        amount, _, days = word.partition("=")
        at = maker.time(int(days), clock)
        kinds = ("paid", "EUR", (amount, None), None)
        maker.add_order(f"b{number}-{place}", customer_id, None, at, kinds)


def win_back(maker: _Maker, random: Random) -> None:
    """Write to most contacts who have not ordered for a month; few react."""
    last: dict[str, str] = {}
    for record in maker.shop["orders"]:
        owner = record["customer_id"] or record["email"].strip().lower()
        last[owner] = max(record["ordered_at"], last.get(owner, ""))
    for customer_id, email in maker.owners:
        ordered_at = last.get(customer_id) or last.get(email)
        days = random.choice((6, 7, 8, 28, 29, 29, 30, 30, 31))
        sent_at = maker.time(days, random.choice(CLOCKS))
        if ordered_at is None or ordered_at > sent_at or random.random() < 0.1:
            continue
        for what in ("sent", random.choice(("sent", "sent", "delivered", "bounced", "opened"))):
            number = len(maker.shop["message_events"])
            maker.add(
                "message_events",
                message_event_id=f"r{number}",
                message_id=f"r{number}",
                customer_id=customer_id,
                email=email,
                channel=random.choice(CHANNELS),
                event_type=what,
                occurred_at=sent_at,
            )


def _steps(text: str) -> list[tuple[str, str, int | None]]:
    """Return what, of what, and after how long (None: unsaid), of every word of a story."""
    steps = []
    for word in text.split():
        what, _, rest = word.partition(":")
        name, _, gap = (rest or what).rpartition("=")
        if not gap.isdigit():  # the only equals sign, or none, is part of the name
            name, gap = rest or what, ""
        if not rest:
            what, name = name, ""
        steps.append((what, name, int(gap) if gap else None))
    return steps


def add_visit(
    maker: _Maker, story: str, who: int, days: int, clock: str, device: str | None, url: int
) -> None:
    """Add a session of its own: of one of three visitors whom nobody knows, or of a contact."""
    at = datetime.fromisoformat(maker.time(days, clock))
    visitor_id, customer_id = f"w{who}", None
    if who > 2 and maker.owners:
        customer_id = maker.owners[(who - 3) % len(maker.owners)][0]
        visitor_id = f"u{(who - 3) % len(maker.owners)}"
    steps = _steps(story)
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


def add_campaign(
    maker: _Maker, days: int, channel: str | None, every: int, clock: str, seed: int
) -> None:
    """Send a message to every contact, or every second or third; some react a day later."""
    random = Random(seed)
    at = datetime.fromisoformat(maker.time(days, clock))
    campaign = len(maker.shop["message_events"])
    for place, (customer_id, email) in enumerate(maker.owners):
        steps = [("sent", "", 0), *_steps(random.choice(REACTIONS))]
        for what, name, gap in steps[: 0 if place % every else None]:
            maker.add(
                "message_events",
                message_event_id=f"f{len(maker.shop['message_events'])}",
                message_id=f"k{campaign}" if seed % 2 else f"k{campaign}-{place}",
                customer_id=customer_id,
                email=email,
                channel=channel,
                event_type=what,
                bounce_type=name or None,
                occurred_at=str(at + timedelta(days=min(days, 1) if gap is None else 0)),
            )


def add_dealing(maker: _Maker, story: str, who: int, days: int, clock: str) -> None:
    """Add consents, tickets, reviews or declarations of one contact, all at once unless said."""
    customer_id, email = maker.owners[who % len(maker.owners)] if maker.owners else ("nobody", None)
    for what, name, gap in _steps(story):
        at = maker.time(days + (gap or 0), clock)
        named = {"customer_id": customer_id, "email": email}
        number = sum(len(records) for records in maker.shop.values())
        if what in ("consent", "sms"):
            maker.add(
                "consents",
                consent_id=f"f{number}",
                **named,
                channel="sms" if what == "sms" else "email",
                status=name,
                changed_at=at,
            )
        elif what == "message":
            maker.add(
                "message_events",
                message_event_id=f"f{number}",
                message_id=f"f{number}",
                **named,
                event_type=name,
                occurred_at=at,
            )
        elif what == "ticket":
            maker.add(
                "support_tickets",
                ticket_id=f"f{number}",
                customer_id=customer_id or "nobody",
                opened_at=at,
            )
        elif what == "attribute":
            attribute, _, value = name.partition("=")
            maker.add(
                "customer_attributes",
                customer_id=customer_id or "nobody",
                attribute=attribute,
                value=value,
                recorded_at=at,
            )
        else:
            maker.add(
                "reviews",
                review_id=f"f{number}",
                customer_id=customer_id,
                product_id="p1",
                has_photo="true" if what == "photo" else "false",
                reviewed_at=at,
            )
