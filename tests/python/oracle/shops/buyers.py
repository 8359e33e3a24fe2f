"""Contacts of every kind, what they buy, and what is said of them, their orders and products."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from ..rules import months_before
from .rows import PRODUCTS, SHARED_EMAILS, Maker, Record

CUSTOMER_IDS = ("b", "B", "a9", "a10", "é1", "0", "c d", "C", "b1", "-1", *"klmnopqrstuvwxy")
# when the contact is known and by what
KINDS = (
    *("customer", "customer_without_email", "customer_with_shared_email"),
    *("guest", "order_only_customer", "customer_and_guest", "guest_with_shared_email"),
    "customer_of_two_spellings",
)
CREATED = (400, 30, 0, 1, 800, -1)  # days before the last day
GAPS = (30, 1, 2, 7, 10, 14, 44, 45, 89, 90, 120, 200)
ORDER_GAPS = (None, None, None, 0, 1, 29, 45, 180)  # None: the contact's own gap
# days from the last order to the last day: times the contact's gap, plus days
RECENCIES = (
    *((0, days) for days in (0, 1, 3, 29, 30, 44, 45, 89, 90, 200, -1, -40)),
    *((Fraction(times), days) for times in ("1.5", "3") for days in (-1, 0, 1)),
    *((1, 0), (2, 0)),
)
STATUSES = (
    *("paid", "paid", "paid", "delivered", "completed", "processing", "shipped", "Paid "),
    *("partially_refunded", "pending", "cancelled", "failed", "refunded", "voided"),
)
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "usd", "GBP", "CHF")
# subtotal and discount
MONEY = (
    *(("100", None), ("49.90", "4.90"), ("33.333333", "0.000049"), ("0", None), ("10", "10")),
    *(("0.00005", "0"), ("123456789.123455", "0.5")),
)
# the same, at, above and below each threshold
AMOUNTS = (
    *((text, None) for text in ("100", "115", "85", "115.01", "150", "500", "500.01")),
    *(("100", "10"), ("100", "9.999999"), ("60", "9"), ("60", "8.99"), ("33.333335", "6.666667")),
    *(("200", "39.99"), ("20", "1"), ("0", "0")),
)
# what is refunded of an order: shares of its value; "-0.01" is so much less than all of it
REFUNDS = (
    *(("1",), ("-0.01",), ("+0.01",), ("-0.000001",), ("0.5", "0.5"), ("0",)),
    *((share,) for share in ("0.3", "0.300001", "0.5", "0.500001", "0.9", "0.1")),
)
# lines of an order: product, quantity, unit price, discount
LINES = (
    *((), (("p1", "1", "10", None),), (("p1", "2", "10", "2"),), (("p2", "1", "23", None),)),
    *((("p3", "3", "20", "9"),), (("p9", "1", "10", "2"),), (("p1", "1", "123456", None),)),
    (("p1", "1", "10", None), ("p2", "1", "10", "0.99")),
    (("p2", "1", "23.01", None), ("p3", "1", "0", "0")),
    (("p3", "1", "20", "2.999999"), ("p9", "5", "20", None)),
    (("p1", "0", "10", None), ("p3", "0.5", "0.333333", None)),
    (("p3", "1.5", "10", "3"), ("p3", "0.5", "10", None)),
    (("p4", "0.999", "5", None), ("p5", "2", "5", None)),
    (("p2", "0", "5", None), ("p4", "0", "5", None)),
)
WINDOWS = ("30 days", "3 months", "6 months", "12 months")
# What a new contact buys: for this much, =days before the last day.
BASKETS = (
    *("5=0 5=10 5=29", "5=1 5=10 5=30", "20=3 30=3 900=4", "100=2 100=5 100=6"),
    *("300000000=29 5=30", "1000=29", "900=30", "400=0 5=29", "250=12", "3=0", "0.5=0"),
    *("0.00001=0", "2=0", "8=20", "1=1", "0.5=4", "40=364", "40=365 1=366"),
    *("50=179", "50=180", "4000=380 20=300"),
    "300=100 300=101 300=102 300=103 300=104",
    "300=45 300=46 300=47 300=48 300=50",
    "30=130 30=131 30=132 30=133 30=134",
    *("30=200 30=201", "30=160 20=161 10=163"),
)
CITIES = (
    *("Paris", " PARIS\t", "Pâris!", "Paris 15e", "Lyon", "Saint-Étienne", "saint  etienne"),
    *("Saint-E\u0301tienne", "L'Haÿ-les-Roses", "Αθήνα", "--", None),
)
DETAILS = {
    "customers": {
        "gender": ("Female", " f", "Mme", "W", "male", "M", "Monsieur\t", "HOMME", "x", None),
        "city": CITIES,
        "country_code": ("fr", "FR ", "Fr", "be", "BE", "it", "US", "CH", None),
        "region": (
            *("Île-de-France", " Bretagne", "Corse", "corse", "Occitanie", "Lombardia", "Ticino"),
            None,
        ),
        "acquisition_source": ("ads", "Ads", " ads\t", "word of mouth", None),
    },
    "products": {
        "category": ("Shoes", " Shoes", "shoes", "Bags", None),
        "collection": ("été", "hiver ", None),
        "unit_price": ("5.25", "100", "49.90", "45.00004999", "1000", "200000000", None),
        "stock_quantity": ("-2", "0", "0.001", "5", "5.001", "6", None),
    },
    "orders": {
        "shipping_city": (None, None, *CITIES),
        "shipping_country_code": (None, None, "FR", "fr ", "BE", "de"),
        "sales_channel": ("web", "mobile_app", "Mobile_App ", "mobile app", "store", None),
        "payment_method": ("Card", "card", " PayPal\t", None),
        "shipping_method": ("home", "Relay", "relay ", "", None),
        "coupon_code": (None, None, None, "TEN", "ten ", "\t"),
        "updated_at": (None, None, "2024-01-05 10:00", "2024-01-05 11:00"),
    },
}
# what else is said of customers, whatever else is drawn
CONTACTS = {
    "phone": (
        *("06 12 34 56 78", "+33 (0)6.12.34.56.78", "0033612345678", "33612345679", "612345670"),
        *("0612", "+999 1234", "call me", "+44 7700 900123", "07700 900123", "(212) 555-0113"),
        *("1-212-555-0113", "06 6982 0112", "+", "\u202f06-12", None, None),
    ),
    "first_name": ("Zoe\u0308", "=Ann\u0007a", "Ana \t  Lo", "-@", " \u0001", "王", None),
    "last_name": ("@Li", "Nguye\u0302\u0303n", "Le\u0085\u00a0Gall", "O'Neil", None),
    "postal_code": ("75011", "+2A", " ", "=", None),
}
# years and days from the birth to the last day: the edges of the age bands and of the next days
AGES = (0, 1, 17, 18, 24, 25, 34, 35, 49, 50, 64, 65, 70, 130, -1)
AGE_DAYS = (0, 1, -1, -2, -6, -7, -8, -9, 100, 250)
RATES = (
    *(("USD", 1200, "0.92"), ("usd", 30, "0.9215000000005"), ("USD", 1, "0.93")),
    *(("GBP", 200, "1.17"), ("EUR", 1200, "1.08"), ("EUR", 2, "2")),
    *(("CHF", 900, "0"), ("CHF", 150, "1.05"), ("CHF", 20, "0")),
)


def add_reference_rows(maker: Maker) -> None:
    """Add rates (some of zero, some of the reporting currency), products, a campaign."""
    for currency, days_before, rate in RATES:
        day = maker.last_day - timedelta(days=days_before)
        maker.add("exchange_rates", currency=currency, rate_on=day, rate=rate)
    for product_id in PRODUCTS[:-1]:
        maker.add("products", product_id=product_id, unit_price="5.25", stock_quantity="-2")
    maker.add("campaigns", campaign_id="news", campaign_name="News")


def new_owner(maker: Maker) -> tuple[str, str]:
    """Return a new customer_id and e-mail."""
    number = len(maker.owners)
    return CUSTOMER_IDS[number] if number < len(CUSTOMER_IDS) else f"n{number}", f"{number}@shop.fr"


def add_contact(maker: Maker) -> None:
    """Add a contact and its orders, newest first, each a gap before the one after it."""
    kind = maker.one(KINDS)
    customer_id, email = new_owner(maker)
    if kind.endswith("shared_email"):
        email = maker.one(SHARED_EMAILS)
    spelt = maker.one((email, email.upper() if email.isascii() else email, f" {email}\t"))
    created = maker.one(CREATED)
    if kind.startswith("customer"):
        maker.add(
            "customers",
            customer_id=customer_id,
            email=None if kind == "customer_without_email" else spelt,
            first_name='Ann "A", the\nfirst',
            created_at=maker.time(created, "12:00:00"),
            updated_at=maker.one((None, maker.time(created, "13:00:00"))),
        )
    if kind == "customer_of_two_spellings":
        bis = {"customer_id": f"{customer_id} bis", "email": f"{email.upper()} "}
        maker.add("customers", **bis, created_at=maker.time(created - 1, "23:30:00"))
    is_guest = kind.startswith("guest")
    maker.owners.append((None if is_guest else customer_id, email))
    gap, (times, plus) = maker.one(GAPS), maker.one(RECENCIES)
    days = int(times * gap) + plus
    for index in maker.up_to(6):
        own_gap = maker.one(ORDER_GAPS)
        days += (gap if own_gap is None else own_gap) if index else 0
        if is_guest or (kind == "customer_and_guest" and index % 2):
            owner = {"email": spelt}
        else:
            # an e-mail beside a customer_id links nobody, not even a shared one
            owner = {"customer_id": customer_id, "email": maker.one((None, SHARED_EMAILS[0]))}
        add_order(
            maker,
            owner,
            days,
            maker.one(AMOUNTS if maker.is_plain else MONEY),
            maker.one(STATUSES),
            "EUR" if maker.is_plain else maker.one(CURRENCIES),
        )


def add_buyer(maker: Maker) -> None:
    """Add a customer or guest who buys a basket, or regularly from the first day of a window on."""
    customer_id, email = new_owner(maker)
    customer_id = maker.one((customer_id, customer_id, customer_id, None))
    maker.owners.append((customer_id, email))
    if maker.chance(0.5):
        pairs = [word.split("=") for word in maker.one(BASKETS).split()]
        orders = [(int(days), (amount, None)) for amount, days in pairs]
    else:
        orders = regular_orders(maker)
    if customer_id:
        created = maker.time(max(days for days, _ in orders), "12:00:00")
        maker.add("customers", customer_id=customer_id, email=email, created_at=created)
    owner = {"customer_id": customer_id, "email": None if customer_id else email}
    for days, money in orders:
        add_order(maker, owner, days, money, maker.one(("paid", "Shipped ", "completed")))


def regular_orders(maker: Maker) -> list[tuple[int, tuple]]:
    """Return days and money of orders, the oldest on a window's first day or the day before."""
    size, unit = maker.one(WINDOWS).split()
    start = months_before(maker.last_day, int(size))
    oldest = (int(size) if unit == "days" else (maker.last_day - start).days) - maker.one((0, 1))
    newest = min(oldest, maker.one((0, 1, 5, 40)))
    orders = maker.one((1, 1, 1, *range(1, 9)))
    return [
        (oldest - (oldest - newest) * place // max(1, orders - 1), maker.one(AMOUNTS))
        for place in range(orders)
    ]


def add_order(
    maker: Maker,
    owner: Record,
    days: int,
    money: tuple[str, str | None],
    status: str = "paid",
    currency: str = "EUR",
) -> None:
    """Add an order, its lines, and in some cases its refunds."""
    subtotal, discount = money
    at = maker.time(days)
    order = maker.add(
        "orders",
        order_id=f"{maker.one('oO')}{len(maker.shop['orders'])}",
        **owner,
        ordered_at=at,
        status=status,
        currency=currency,
        subtotal_amount=subtotal,
        discount_amount=discount,
        total_amount=subtotal,
    )
    of = {"order_id": order["order_id"]}
    for product_id, quantity, price, discount in maker.one(LINES):
        quantity = "0" if discount is None and maker.chance(0.15) else quantity
        values = {"quantity": quantity, "unit_price": price, "discount_amount": discount}
        maker.add("order_lines", **of, product_id=product_id, **values)
    if maker.chance(0.25):
        value = Decimal(subtotal) - Decimal(money[1] or 0)
        day = maker.one((at, at, at, maker.last_day + timedelta(days=1)))
        for share in maker.one(REFUNDS):
            amount = value + Decimal(share) if share[0] in "+-" else value * Decimal(share)
            maker.add("refunds", **of, refunded_at=f"{day:%Y-%m-%d} 21:30:00", amount=f"{amount:f}")


def add_details(maker: Maker) -> None:
    """Say more of the customers, products and orders that are there."""
    for table, columns in DETAILS.items():
        for record in maker.shop[table]:
            record |= {name: maker.one(pool) for name, pool in columns.items()}
    for record in maker.shop["customers"]:
        days = maker.one((None, None, 0, 1, 100, -1))
        record["account_created_at"] = None if days is None else str(maker.time(days, "12:00:00"))
        born = maker.last_day - timedelta(days=round(365.25 * maker.one(AGES)))
        born = born.replace(day=min(maker.last_day.day, 28), month=maker.last_day.month)
        born -= timedelta(days=maker.one(AGE_DAYS))
        record["birth_date"] = maker.one((str(born), str(born), "2004-02-29", None))
        drawn = Random(str(record))
        record |= {name: drawn.choice(pool) for name, pool in CONTACTS.items()}
