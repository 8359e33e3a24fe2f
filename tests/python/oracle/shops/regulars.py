"""Regular buyers at the edges of windows; where, how and what people buy."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import strategies as st

from ..rules import months_before
from .rows import Maker, decoded, numbers

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

CLOCKS = ("12:00:00", "09:59:59.999999", "22:30:00", "23:30:00", "04:30:00")

_SEEDS = st.integers(0, 9999)

_SERIES_POOLS = (WINDOWS, (1, 1, 1, *range(1, 9)), (0, 1), (0, 1, 5, 40), CLOCKS, range(4))

_SERIES = numbers(_SERIES_POOLS, 6)


def add_buyers(draw: st.DrawFn, maker: Maker) -> None:
    """Add regular buyers to a shop, before anything that draws on its contacts."""
    for number in draw(_SERIES):
        add_series(maker, *decoded(number, _SERIES_POOLS))


def add_series(
    maker: Maker, window: str, orders: int, outside: int, newest: int, clock: str, style: int
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


def add_rows(draw: st.DrawFn, maker: Maker) -> None:
    """Say more of the contacts, orders and products that are there."""
    people, orders, goods = draw(st.tuples(_SEEDS, _SEEDS, _SEEDS))
    if people:
        vary_customers(maker, Random(people))
    if goods:
        vary_products(maker, Random(goods))
    if orders:
        vary_orders(maker, Random(orders))


def vary_customers(maker: Maker, random: Random) -> None:
    """Say the customers' genders, cities and accounts."""
    for record in maker.shop["customers"]:
        record["gender"] = random.choice(GENDERS)
        record["city"] = random.choice(CITIES)
        days = random.choice(ACCOUNT_DAYS)
        record["account_created_at"] = None if days is None else maker.time(days, "12:00:00")


def vary_products(maker: Maker, random: Random) -> None:
    """Give products a category."""
    for record in maker.shop["products"]:
        record["category"] = random.choice(CATEGORIES)


def vary_orders(maker: Maker, random: Random) -> None:
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
