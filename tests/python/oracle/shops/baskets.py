"""New buyers by their baskets; homes, prices, stocks and part refunds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from .campaigns import CHANNELS, CLOCKS
from .rows import Maker, decoded, numbers

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

# What a new contact buys: =days before the last day, for this much.
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

_BASKETS = numbers(_BASKET_POOLS, 5)


def add_rows(draw: st.DrawFn, maker: Maker) -> None:
    """Add baskets, and say more of the contacts, orders and products that are there."""
    people, orders, goods, returns = draw(st.tuples(_SEEDS, _SEEDS, _SEEDS, _SEEDS))
    for number in draw(_BASKETS) + draw(_BASKETS):
        add_baskets(maker, *decoded(number, _BASKET_POOLS))
    if people:
        vary_customers(maker, Random(people))
    if goods:
        vary_products(maker, Random(goods))
    if orders:
        vary_orders(maker, Random(orders))
    if returns:
        win_back(maker, Random(returns))


def vary_customers(maker: Maker, random: Random) -> None:
    """Say where customers live, where they came from and when they were born."""
    for record in maker.shop["customers"]:
        record["country_code"] = random.choice(COUNTRIES)
        record["region"] = random.choice(REGIONS)
        record["acquisition_source"] = random.choice(SOURCES)
        born = maker.last_day - timedelta(days=round(365.25 * random.choice(AGES)))
        born = born.replace(day=min(maker.last_day.day, 28), month=maker.last_day.month)
        born -= timedelta(days=random.choice(AGE_DAYS))
        record["birth_date"] = random.choice((str(born), str(born), "2004-02-29", None))


def vary_products(maker: Maker, random: Random) -> None:
    """Give products a category, a collection, a price and a stock, and add two products."""
    for product_id in ("p4", "p5"):
        maker.add("products", product_id=product_id)
    for record in maker.shop["products"]:
        record |= {name: random.choice(pool) for name, pool in PRODUCT_VALUES.items()}


def vary_orders(maker: Maker, random: Random) -> None:
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


def add_baskets(maker: Maker, story: str, clock: str) -> None:
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


def win_back(maker: Maker, random: Random) -> None:
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
