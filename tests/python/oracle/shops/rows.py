"""Raw rows from small draws, so that a failing example shrinks to few rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from math import prod

from hypothesis import strategies as st

from ..raw import CONTRACT, OWN_TIME, OWNED

Record = dict[str, str | None]

Shop = dict[str, list[Record]]

CUSTOMER_IDS = ("b", "B", "a9", "a10", "é1", "0", "c d", "C", "b1", "-1", *"klmnopqrstuvwxy")

SHARED_EMAILS = ("ana@shop.fr", "bo@shop.fr", "zoé@shop.fr")

PRODUCTS = ("p1", "p2", "p3", "p9")  # p9 is in no products table


def mixed(*pools: Iterable) -> st.SearchStrategy[tuple]:
    """Draw one of each pool with a single choice, the first of each being the simplest.

    Hypothesis deletes an element of a list well only where it is made of few choices.
    """
    return st.sampled_from(list(product(*pools)))


def numbers(pools: Sequence[Sequence], most: int) -> st.SearchStrategy[list[int]]:
    """Return a strategy of at most this many numbers, each of which picks one from each pool."""
    return st.lists(st.integers(0, prod(len(pool) for pool in pools) - 1), max_size=most)


def decoded(number: int, pools: Sequence[Sequence]) -> list:
    """Return one of each pool, as a number says."""
    picks = []
    for pool in pools:
        number, pick = divmod(number, len(pool))
        picks.append(pool[pick])
    return picks


class Maker:
    """Turns the small draws into raw rows."""

    def __init__(self, last_day: date, *, may_be_later: bool) -> None:
        """Begin an empty shop; `may_be_later` allows rows after the last day."""
        self.last_day = last_day
        self.may_be_later = may_be_later
        self.shop: Shop = {table: [] for table in CONTRACT}
        self.owners: list[tuple[str | None, str | None]] = []
        self.last_added: tuple[str, int] | None = None

    def time(self, days_before: int, clock: str) -> str:
        """Return the UTC time text of a day counted back from the last day."""
        if not self.may_be_later:
            days_before = max(0, days_before)
        return f"{self.last_day - timedelta(days=days_before)} {clock}"

    def add(self, table: str, **values: str | None) -> Record:
        """Append a row; columns not given are null."""
        record = {c.name: values.get(c.name) for c in CONTRACT[table]}
        self.shop[table].append(record)
        return record

    def add_contact(
        self,
        number: int,
        kind: str,
        spelling: int,
        created: int,
        gap: int,
        recency: tuple[Decimal, int],
        orders: list[tuple],
    ) -> None:
        """Append a contact and its orders, newest first, each a gap before the one after it."""
        customer_id = CUSTOMER_IDS[number]
        email = f"own{number}@shop.fr"
        if kind.endswith("shared_email"):
            email = SHARED_EMAILS[spelling % 3]
        spelt = (email, email.upper() if email.isascii() else email, f" {email}\t")[spelling % 3]
        is_customer = kind.startswith("customer")
        if is_customer:
            self.add(
                "customers",
                customer_id=customer_id,
                email=None if kind == "customer_without_email" else spelt,
                first_name='Ann "A", the\nfirst',
                gender="Female",
                birth_date="2000-02-29",
                country_code="fr",
                created_at=self.time(created, "12:00:00"),
                updated_at=self.time(created, "13:00:00") if spelling > 2 else None,
            )
        if kind == "customer_of_two_spellings":
            self.add(
                "customers",
                customer_id=f"{customer_id} bis",
                email=f"{email.upper()} ",
                created_at=self.time(created - 1, "23:30:00"),
            )
        owner = (None if kind.startswith("guest") else customer_id, email)
        self.owners.append(owner)
        times, plus = recency
        days_before = int(times * gap) + plus
        for index, ((order_gap, clock), (status, currency), (money, refund)) in enumerate(orders):
            if index:
                days_before += gap if order_gap is None else order_gap
            if kind.startswith("guest") or (kind == "customer_and_guest" and index % 2):
                named, written = None, spelt
            else:
                # An e-mail beside a customer_id links nobody, not even a shared one.
                named, written = customer_id, SHARED_EMAILS[0] if index % 3 == 2 else None
            self.add_order(
                f"o{number}-{index}",
                named,
                written,
                self.time(days_before, clock),
                (status, currency, money, refund),
            )

    def add_order(
        self,
        order_id: str,
        customer_id: str | None,
        email: str | None,
        ordered_at: str,
        kinds: tuple[str, str, tuple[str, str | None], str | None],
    ) -> None:
        """Append an order, two lines of it, and its refunds."""
        status, currency, (subtotal, discount), refund = kinds
        self.add(
            "orders",
            order_id=order_id,
            customer_id=customer_id,
            email=email,
            ordered_at=ordered_at,
            status=status,
            currency=currency,
            subtotal_amount=subtotal,
            discount_amount=discount,
            total_amount=subtotal,
            sales_channel="Web",
            coupon_code="TEN" if discount else None,
        )
        for line in (1, 2):
            self.add(
                "order_lines",
                order_line_id=f"{order_id}-{line}",
                order_id=order_id,
                product_id=PRODUCTS[len(order_id) % 4],
                quantity=str(line),
                unit_price="5.25",
                discount_amount="0.5" if line == 1 else None,
            )
        if refund is None:
            return
        value = Decimal(subtotal) - Decimal(discount or 0)
        day = ordered_at[:10]
        if refund == "halves":
            half = value / 2
            amounts = [half, value - half]
        elif refund == "later":
            amounts = [value]
            day = str(self.last_day + timedelta(days=1))
        elif refund == "zero":
            amounts = [Decimal(0)]
        else:
            amounts = [value + Decimal(refund)]
        for number, amount in enumerate(amounts):
            self.add(
                "refunds",
                refund_id=f"r{order_id}-{number}",
                order_id=order_id,
                refunded_at=f"{day} 21:30:00",
                amount=f"{amount:f}",
            )

    def add_session(
        self,
        visitor_id: str,
        session_id: str | None,
        days_before: int,
        clock: str,
        events: list[tuple],
    ) -> None:
        """Append the events of a visit, each some seconds after the one before it."""
        at = datetime.fromisoformat(self.time(days_before, clock))
        for index, (gap, name, (who, order)) in enumerate(events):
            if index:
                seconds, _, part = gap.partition(".")
                at += timedelta(seconds=int(seconds), microseconds=int(part or 0))
            number = len(self.shop["events"])
            customer_id = None
            if who == 6:
                customer_id = "nobody"
            elif who > 6 and self.owners:
                customer_id = self.owners[(who - 7) % len(self.owners)][0]
            order_id = None
            if order == 2:
                order_id = "unknown"
            elif order > 2 and self.shop["orders"]:
                order_id = self.shop["orders"][(order - 3) % len(self.shop["orders"])]["order_id"]
            if not self.may_be_later and at.date() > self.last_day:
                at = datetime.fromisoformat(self.time(0, clock))
            self.add(
                "events",
                # Later events with lesser ids, so that ties go by id and not by row.
                event_id=f"e{999 - number}" if number % 2 else f"e{number}",
                event_name=name,
                occurred_at=str(at),
                visitor_id=visitor_id,
                customer_id=customer_id,
                session_id=session_id,
                page_url=f"/{name}",
                page_type=("product", "Product ", "category", None)[number % 4],
                product_id=PRODUCTS[number % 4],
                order_id=order_id if name == "purchase" else None,
                device_type="mobile",
            )

    def add_extra(self, table: str, who: int, days_before: int, clock: str, value: int) -> None:
        """Append a row of one of the tables that only make a contact known, or erase it."""
        customer_id, email = self.owners[who] if who < len(self.owners) else ("nobody", None)
        number = len(self.shop[table])
        at = self.time(days_before, clock)
        named: dict[str, str | None] = {"customer_id": customer_id}
        if table in OWNED:
            # By id, by e-mail, by both, by an unknown id with an e-mail, by a new e-mail.
            named = (
                {"customer_id": customer_id, "email": None if customer_id else email},
                {"customer_id": None, "email": email or "new@shop.fr"},
                {"customer_id": customer_id, "email": SHARED_EMAILS[1]},
                {"customer_id": "nobody", "email": email or SHARED_EMAILS[0]},
                {"customer_id": None, "email": f" NEW{who % 3}@shop.fr"},
                {"customer_id": "nobody", "email": None},
            )[value]
        rest: dict[str, dict[str, str | None]] = {
            "consents": {
                "channel": ("email", "Email ", "sms", "ads", "post", "email")[value],
                "status": ("opted_in", "opted_out", "pending", "OPTED_IN")[value % 4],
            },
            "message_events": {
                "message_id": "m1",
                "channel": (None, "email", "pigeon")[value % 3],
                "event_type": ("sent", "opened", "Clicked", "bounced", "complained", "delivered")[
                    value
                ],
            },
            "reviews": {"product_id": "p1", "rating": "4.5", "has_photo": ("yes", "0")[value % 2]},
            "support_tickets": {"topic": "late"},
            "customer_attributes": {"attribute": "household", "value": str(value)},
            "erasure_requests": {},
        }
        if table in ("support_tickets", "customer_attributes"):
            named["customer_id"] = customer_id or "nobody"
        keys = {CONTRACT[table][0].name: f"{table}{number}"}
        self.add(table, **{**keys, **named, **rest[table], OWN_TIME[table]: at})

    def add_reference_rows(self) -> None:
        """Append rates (one of them zero, one of the reporting currency), products, a campaign."""
        for currency, days_before, rate in (
            ("USD", 1200, "0.92"),
            ("usd", 30, "0.9215000000005"),
            ("USD", 1, "0.93"),
            ("GBP", 200, "1.17"),
            ("EUR", 1200, "1.08"),
            ("EUR", 2, "2"),
            ("CHF", 900, "0"),
            ("CHF", 150, "1.05"),
            ("CHF", 20, "0"),
        ):
            day = str(self.last_day - timedelta(days=days_before))
            self.add("exchange_rates", currency=currency, rate_on=day, rate=rate)
        for product_id in PRODUCTS[:3]:
            self.add("products", product_id=product_id, unit_price="5.25", stock_quantity="-2")
        self.add("campaigns", campaign_id="news", campaign_name="News")
