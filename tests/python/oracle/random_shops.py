"""Small random dirty shops, made so that edges, collisions and every bad row occur.

`worlds()` is a hypothesis strategy of `(shop, settings)`: a shop is a dict of raw table -> list
of {column: text}, the settings are one of `SETTINGS_POOL` (few, so that a project can be compiled
once for each). Everything is derived from small draws, so that a failing example shrinks to few
rows. `write` puts a shop into a folder of CSV files.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import behavioural_shops, further_shops
from .world import CONTRACT, NUMBER_KINDS, OWN_TIME, OWNED, Settings

Record = dict[str, str | None]
Shop = dict[str, list[Record]]

# ------------------------------------------------------------------------------ settings

LOADED_UNTIL = "2024-11-15 12:00:00"

_LIFECYCLE_POOL: tuple[Settings, ...] = (
    Settings(loaded_until=LOADED_UNTIL),
    Settings(loaded_until=LOADED_UNTIL, as_of="2024-02-29"),
    Settings(loaded_until=LOADED_UNTIL, as_of="2024-03-31", interval_basis="person"),
    Settings(
        loaded_until=LOADED_UNTIL,
        interval_basis="shop",
        at_risk_multiplier="1",
        inactive_multiplier="2",
    ),
    Settings(
        loaded_until=LOADED_UNTIL,
        as_of="2024-10-27",
        interval_prior_weight="0",
        loyal_min_purchases=2,
        loyal_days=30,
    ),
    Settings(
        loaded_until=LOADED_UNTIL,
        interval_prior_weight="0.5",
        at_risk_multiplier="2.25",
        inactive_multiplier="4",
        loyal_min_purchases=2,
        loyal_days=365,
        person_salt="pepper",
    ),
    Settings(
        loaded_until=LOADED_UNTIL,
        as_of="2023-12-31",
        reporting_time_zone="America/New_York",
        reporting_currency="USD",
        at_risk_multiplier="0.01",
        inactive_multiplier="0.02",
        loyal_min_purchases=1,
    ),
)
# Each with thresholds of its own for the other parts.
SETTINGS_POOL: tuple[Settings, ...] = tuple(
    replace(chosen, vars=behavioural | further)
    for chosen, behavioural, further in zip(
        _LIFECYCLE_POOL, behavioural_shops.VARS_POOL, further_shops.VARS_POOL, strict=True
    )
)
BATCHES = 21
EXAMPLES_PER_BATCH = 11
# Where `as_of` is `latest`, the last day is one of these: month ends, a leap day, clock changes.
LAST_DAYS = tuple(
    date.fromisoformat(day)
    for day in ("2024-03-31", "2024-02-29", "2024-10-27", "2024-04-30", "2023-03-26")
)

# --------------------------------------------------------------------------------- pools

CUSTOMER_IDS = ("b", "B", "a9", "a10", "é1", "0", "c d", "C", "b1", "-1", *"klmnopqrstuvwxy")
SHARED_EMAILS = ("ana@shop.fr", "bo@shop.fr", "zoé@shop.fr")
VISITORS = ("v1", "v2", "V1", "v3")
SESSION_IDS = (None, "s1", "s2", "s3")
PRODUCTS = ("p1", "p2", "p3", "p9")  # p9 is in no products table

# When the contact is known and by what; see `_contact_rows`.
KINDS = (
    "customer",
    "customer_without_email",
    "customer_with_shared_email",
    "guest",
    "order_only_customer",
    "customer_and_guest",
    "guest_with_shared_email",
    "customer_of_two_spellings",
)
GAPS = (30, 1, 2, 7, 10, 14, 44, 45, 89, 90, 120, 200)
ORDER_GAPS = (None, None, None, 0, 1, 29, 45, 180)  # None: the contact's own gap
# Days from the last order to the last day: (times the contact's gap, plus days).
RECENCIES = (
    (Decimal(0), 0),
    (Decimal(0), 1),
    (Decimal(0), 3),
    (Decimal(0), 29),
    (Decimal(0), 30),
    (Decimal(0), 44),
    (Decimal(0), 45),
    (Decimal(0), 89),
    (Decimal(0), 90),
    (Decimal(0), 200),
    (Decimal(0), -1),
    (Decimal(0), -40),
    (Decimal(1), 0),
    (Decimal("1.5"), -1),
    (Decimal("1.5"), 0),
    (Decimal("1.5"), 1),
    (Decimal(2), 0),
    (Decimal(3), -1),
    (Decimal(3), 0),
    (Decimal(3), 1),
)
CREATED = (400, 30, 0, 1, 800, -1)  # days before the last day
TIMES = (
    "12:00:00",
    "21:59:59",
    "22:00:00",
    "22:59:59.999999",
    "23:00:00",
    "23:59:59",
    "00:00:00",
    "00:59:59",
    "01:00:00",
    "04:59:59",
    "05:00:00",
)
STATUSES = (
    "paid",
    "paid",
    "paid",
    "delivered",
    "completed",
    "processing",
    "shipped",
    "partially_refunded",
    "Paid ",
    "pending",
    "cancelled",
    "failed",
    "refunded",
    "voided",
)
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "usd", "GBP", "CHF")
MONEY = (
    ("100", None),
    ("49.90", "4.90"),
    ("33.333333", "0.000049"),
    ("0", None),
    ("10", "10"),
    ("0.00005", "0"),
    ("123456789.123455", "0.5"),
)
# What is refunded: nothing, or the order value plus this, or halves of the value.
REFUNDS = (None, None, None, None, "0", "-0.01", "0.01", "-0.000001", "halves", "later", "zero")
EVENT_NAMES = (
    "page_view",
    "page_view",
    "search",
    "purchase",
    "purchase",
    "recommendation_click",
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "chat_started",
    "add_to_favorites",
    "remove_from_favorites",
    "account_created",
    "newsletter_signup",
    "login",
    "Page_View ",
    "scrolled",
)
# Seconds since the event before: at, below and above the 30 minutes, ties, and across midnight.
EVENT_GAPS = ("60", "0", "1800", "1801", "1799.999999", "1800.000001", "300", "7200", "90000")
EXTRA_TABLES = (
    "consents",
    "message_events",
    "reviews",
    "support_tickets",
    "customer_attributes",
    "erasure_requests",
)

BAD_TIMES = (
    "soon",
    "2024-02-30",
    "2023-02-29 10:00:00",
    "2024-13-01",
    "2024-01-05 24:00:00",
    "2024-01-05 23:60:00",
    "2024-01-05 23:59:60",
    "2024-1-5",
    "20240105",
    "2024-01-05t10:00:00",
    "2024-01-05T10:00:00z",
    "2024-01-05  10:00:00",
    "2024-01-05 10",
    "2024-01-05Z",
    "2024-01-05 10:00:00.",
    "2024-01-05 10:00:00.1234567890",
    "2024-01-05 10:00:00 UTC",
    "2024-01-05 10:00:00+2",
    "2024-01-05 10:00:00  Z",
    "0000-01-01",
    "05/01/2024",
    "1704448800",
    "infinity",
    "epoch",
    "٢٠٢٤-٠١-٠٥",
)
BAD_NUMBERS = (
    "many",
    "1e3",
    "1,000",
    "1,5",
    "1_000",
    "NaN",
    "inf",
    "0x10",
    "--1",
    "+",
    ".",
    "1.2.3",
    "1 000",
    "€5",
    "5-",
    "1234567890123",
    "١٢",
    "1234567890123.00",
)
ODD_TIMES: tuple[Callable[[str], str], ...] = (
    lambda t: t.replace(" ", "T") + "Z",
    lambda t: t[:10],
    lambda t: t[:16],
    lambda t: t[:16].replace(" ", "T") + "+02:00",
    lambda t: t[:19] + ".5",
    lambda t: t[:19] + ".999999999",
    lambda t: t[:19] + ".1234567Z",
    lambda t: t[:19] + " +0200",
    lambda t: t[:19] + "-05",
    lambda t: t[:19] + "-05:30",
    lambda t: t[:19] + " Z",
    lambda t: f" \t{t}\r\n ",
)
ODD_NUMBERS: tuple[Callable[[str], str], ...] = (
    lambda n: f"+{n}",
    lambda n: f"00{n}",
    lambda n: f" {n}\t",
    lambda n: n.partition(".")[0] + ".",
    lambda n: n.partition(".")[0] + ".0000004999",
    lambda n: n.partition(".")[0] + ".0000005",
    lambda n: n.partition(".")[0] + ".1234565",
    lambda n: "." + (n.partition(".")[2] or "5"),
    lambda n: "0000000000000" + n,
    lambda n: "-0.0",
)


# ---------------------------------------------------------------------------- the strategies


def _mixed(*pools: Iterable) -> st.SearchStrategy[tuple]:
    """Draw one of each pool with a single choice, the first of each being the simplest.

    Hypothesis deletes an element of a list well only where it is made of few choices.
    """
    return st.sampled_from(list(product(*pools)))


_ORDERS = st.lists(
    st.tuples(
        _mixed(ORDER_GAPS, TIMES),
        _mixed(STATUSES, CURRENCIES),
        _mixed(MONEY, REFUNDS),
    ),
    max_size=6,
)
_CONTACTS = st.lists(
    st.tuples(
        _mixed(KINDS, range(6)),  # the spelling of the e-mail, and which shared one
        _mixed(CREATED, GAPS, RECENCIES),
        _ORDERS,
    ),
    max_size=8,
)
_SESSIONS = st.lists(
    st.tuples(
        _mixed(VISITORS, SESSION_IDS),
        _mixed((1, 0, 2, 3, 4, 5, 8, -1), TIMES),  # days before the last day
        st.lists(
            st.tuples(
                st.sampled_from(EVENT_GAPS),
                st.sampled_from(EVENT_NAMES),
                # Who: 0-5 nobody, 6 unknown, else one of the first contacts.
                # Order: 0-1 null, 2 unknown, else one of the orders.
                _mixed(range(12), range(8)),
            ),
            max_size=6,
        ),
    ),
    max_size=10,
)
_EXTRAS = st.lists(
    st.tuples(
        st.sampled_from(EXTRA_TABLES),
        st.integers(0, 24),  # the contact, or an unknown one
        # Days before the last day, and which owner columns and value.
        _mixed((10, 0, 500, 60, -1, 1000), TIMES, range(6)),
    ),
    max_size=8,
)


@st.composite
def worlds(draw: st.DrawFn, chosen: Settings | None = None) -> tuple[Shop, Settings]:
    """Draw a shop and the settings to build it with (those given, else one of the pool)."""
    chosen = chosen or draw(st.sampled_from(SETTINGS_POOL))
    is_latest = chosen.as_of == "latest"
    last_day = draw(st.sampled_from(LAST_DAYS)) if is_latest else date.fromisoformat(chosen.as_of)
    maker = _Maker(last_day, may_be_later=not is_latest)
    # Lists are short on average: several of them make a shop.
    contacts = draw(_CONTACTS) + draw(_CONTACTS) + draw(_CONTACTS)
    for number, (who, when, orders) in enumerate(contacts):
        maker.add_contact(number, *who, *when, orders)
    behavioural_shops.add_buyers(draw, maker)
    for visit, start, events in draw(_SESSIONS):
        maker.add_session(*visit, *start, events)
    for table, who, rest in draw(_EXTRAS) + draw(_EXTRAS):
        maker.add_extra(table, who, *rest)
    maker.add_reference_rows()
    behavioural_shops.add_rows(draw, maker)
    further_shops.add_rows(draw, maker)
    for dirt, where, (variant, how) in draw(_DIRTS) + draw(_DIRTS) + draw(_DIRTS):
        maker.add_dirt(dirt, where, how, variant)
    shop = maker.shop
    for table, columns in draw(_LACKING):
        if not columns:
            shop.pop(table, None)
        for record in shop.get(table, ()):
            for column in columns:
                record.pop(column, None)
    return shop, chosen


def check_batch(number: int, check: Callable[[Shop, Settings], None]) -> None:
    """Call `check` on a batch of random shops, always the same ones; a failing one is shrunk.

    `number` (0 to BATCHES - 1) also chooses the settings. Batches are small on purpose: from the
    eleventh example on, hypothesis mostly repeats an example with little changes.
    """
    chosen = SETTINGS_POOL[number % len(SETTINGS_POOL)]

    @seed(number)
    @settings(
        max_examples=EXAMPLES_PER_BATCH,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(shops(chosen))
    def run_check(shop: Shop) -> None:
        check(shop, chosen)

    run_check()


def shops(chosen: Settings) -> st.SearchStrategy[Shop]:
    """Return a strategy of shops that suit the given settings."""
    return worlds(chosen).map(lambda world: world[0])


# ----------------------------------------------------------------------------- making the rows


class _Maker:
    """Turns the small draws into raw rows."""

    def __init__(self, last_day: date, *, may_be_later: bool) -> None:
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

    def add_dirt(self, dirt: tuple[str, str], where: int, how: int, variant: int) -> None:
        """Make one row dirty: a fresh copy of a row, the row itself, or the row dirtied last."""
        table, kind = dirt
        rows = self.shop[table]
        if not rows:
            self.add(table, **self._template(table))
        if how == 2 and self.last_added and self.last_added[0] == table:
            record = rows[self.last_added[1]]
        elif how == 1 and kind != "duplicate":
            record = rows[where % len(rows)]
        else:
            record = dict(rows[where % len(rows)])
            rows.append(record)
            self.last_added = (table, len(rows) - 1)
            if kind != "duplicate":
                key = "attribute" if table == "customer_attributes" else CONTRACT[table][0].name
                # A rate is no copy of another if its day is of its own.
                if table == "exchange_rates":
                    record["rate_on"] = str(date(2022, 1, 1) + timedelta(days=len(rows)))
                else:
                    record[key] = f"x{len(rows)}"
        _DIRT_MAKERS[kind](record, table, variant)

    def _template(self, table: str) -> Record:
        at = self.time(20, "12:00:00")
        values: Record = {}
        for c in CONTRACT[table]:
            if c.kind in ("time", "date") and c.required:
                values[c.name] = at
            elif c.kind in NUMBER_KINDS and c.required:
                values[c.name] = "1"
            elif c.required:
                values[c.name] = "t1"
        customer_id, email = self.owners[0] if self.owners else ("t1", None)
        values["customer_id"] = customer_id or "nobody"
        if table in OWNED:
            values["email"] = email
        values.update(
            {
                "orders": {"status": "paid", "currency": "EUR"},
                "consents": {"status": "opted_in", "channel": "email"},
                "message_events": {"event_type": "sent"},
                "events": {"event_name": "page_view"},
            }.get(table, {})
        )
        return values


# ------------------------------------------------------------------------------------- dirt


def _one(pool: list | tuple, variant: int) -> object:
    return pool[variant % len(pool)]


def _times(table: str) -> list[str]:
    return [c.name for c in CONTRACT[table] if c.kind in ("time", "date")]


def _numbers(table: str) -> list[str]:
    return [c.name for c in CONTRACT[table] if c.kind in NUMBER_KINDS]


def _missing_key(record: Record, table: str, variant: int) -> None:
    record[CONTRACT[table][0].name] = _one((None, "", " \t"), variant)


def _missing_required(record: Record, table: str, variant: int) -> None:
    names = [c.name for c in CONTRACT[table][1:] if c.required]
    record[_one(names, variant)] = _one((None, "  "), variant // len(names))


def _unparseable_timestamp(record: Record, table: str, variant: int) -> None:
    record[OWN_TIME[table]] = _one(BAD_TIMES, variant)


def _unparseable_number(record: Record, table: str, variant: int) -> None:
    names = _judged_numbers(table)
    record[_one(names, variant)] = _one(BAD_NUMBERS, variant // len(names))


def _judged_numbers(table: str) -> list[str]:
    return [
        c.name
        for c in CONTRACT[table]
        if c.kind in NUMBER_KINDS and (c.required or "amount" in c.name)
    ]


def _future(record: Record, table: str, variant: int) -> None:
    record[OWN_TIME[table]] = _one(
        ("2024-11-15 12:00:01", "2099-01-01", "2024-11-15 12:00:00.000001", "2024-11-16")
        + (("2024-11-15 12:00:00",) if table not in ("orders", "events") else ()),
        variant,
    )


def _negative(record: Record, table: str, variant: int) -> None:
    names = [n for n in _numbers(table) if n != "stock_quantity"]
    name = _one(names, variant)
    if table in ("orders", "order_lines") and variant % 3 == 0:
        # A discount of all, or of a little more than all that it is taken from.
        base = "100" if table == "orders" else "10.5"
        if table == "orders":
            record["subtotal_amount"] = base
        else:
            record["quantity"], record["unit_price"] = "2", "5.25"
        record["discount_amount"] = base if variant % 2 else base + ("01" if "." in base else ".01")
    else:
        record[name] = _one(("-0.01", "-5", "-.001", "-0.0000001"), variant // len(names))


def _unknown_status(record: Record, table: str, variant: int) -> None:
    names = {"consents": ("status", "channel"), "message_events": ("event_type",)}
    name = _one(names.get(table, ("status",)), variant)
    record[name] = _one(("mislaid", "paid!", "opted in", "sent_"), variant // 2)


def _unknown_currency(record: Record, table: str, variant: int) -> None:
    record["currency"] = _one(("JPY", "E", "XAU", "CHF"), variant)


def _orphan(record: Record, table: str, variant: int) -> None:
    record["order_id"] = _one(("nowhere", "O0-0", "o0-0x"), variant)


def _no_owner(record: Record, table: str, variant: int) -> None:
    record["customer_id"] = _one((None, " "), variant)
    record["email"] = _one((None, "", "\n"), variant)


def _duplicate(record: Record, table: str, variant: int) -> None:
    """Vary a copy of a row: its age, one other value, or the blanks around its key."""
    columns = CONTRACT[table]
    age = {"events": "loaded_at"}.get(table, "updated_at")
    variant, age_pick = divmod(variant, 4)
    if age in record and age_pick:
        record[age] = _one(("2024-01-05 10:00", "2024-01-05T12:00+02:00", "soon"), age_pick)
    value_pick, column_pick = divmod(variant, len(columns))
    if column_pick == 0:
        record[columns[0].name] = f" {record[columns[0].name] or ''}\t"
        return
    column = columns[column_pick]
    pools = {
        "email": (*SHARED_EMAILS, None),
        "status": ("shipped", "failed", "opted_out"),
        "amount": ("9", "10", "200.5"),
        "quantity": ("9", "10", "2.50"),
        "rate": ("9", "10", "1.1"),
        "time": ("2024-01-05 10:00", "2023-12-05", "2024-01-05 11:00"),
        "date": ("2024-01-05", "2023-12-05"),
        "code": ("EUR", "usd"),
    }
    pool = pools.get(column.name) or pools.get(column.kind) or ("é", "z", "A")
    if column.name == "customer_id":
        pool = CUSTOMER_IDS[:3]
    elif column.name == "order_id":
        pool = ("o0-0", "o1-0")
    pool = (*pool, record.get(column.name) if column.required else None)
    record[column.name] = _one(pool, value_pick)


def _odd(record: Record, table: str, variant: int) -> None:
    """Write a value in an odd way that still reads, or an optional one that does not."""
    pick, way = divmod(variant, 4)
    columns = CONTRACT[table]
    if way == 0 and _times(table):
        names = _times(table) + [OWN_TIME.get(table, "updated_at")] * 3
        pick, name_pick = divmod(pick, len(names))
        name = names[name_pick]
        record[name] = _one(ODD_TIMES, pick)(record.get(name) or "2024-01-05 23:30:00")
    elif way == 1 and _numbers(table):
        pick, name_pick = divmod(pick, len(_numbers(table)))
        name = _numbers(table)[name_pick]
        record[name] = _one(ODD_NUMBERS, pick)(record.get(name) or "7")
    elif way == 2:
        optional = [c.name for c in columns if not c.required and c.kind != "text"]
        if optional:
            pick, name_pick = divmod(pick, len(optional))
            record[optional[name_pick]] = _one(("?", "maybe", "2024-02-30", "1e5"), pick)
    else:
        name = _one(columns, pick).name
        if record.get(name) is not None:
            record[name] = f"\t {record[name]} \n"


_DIRT_MAKERS: dict[str, Callable[[Record, str, int], None]] = {
    "duplicate": _duplicate,
    "odd": _odd,
    "missing_key": _missing_key,
    "missing_required": _missing_required,
    "unparseable_timestamp": _unparseable_timestamp,
    "unparseable_number": _unparseable_number,
    "future_timestamp": _future,
    "negative_amount": _negative,
    "unknown_status": _unknown_status,
    "unknown_currency": _unknown_currency,
    "orphan_reference": _orphan,
    "no_owner": _no_owner,
}


def _dirt_kinds(table: str) -> list[str]:
    columns = CONTRACT[table]
    kinds = ["duplicate", "odd", "missing_key"]
    if table in ("orders", "customers", "events"):
        kinds += ["duplicate", "odd", "odd"]
    if any(c.required for c in columns[1:]):
        kinds.append("missing_required")
    if table in OWN_TIME:
        kinds += ["unparseable_timestamp", "future_timestamp"]
    if _judged_numbers(table):
        kinds.append("unparseable_number")
    if _numbers(table):
        kinds.append("negative_amount")
    if table in ("orders", "consents", "message_events"):
        kinds.append("unknown_status")
    if table == "orders":
        kinds.append("unknown_currency")
    if table in ("order_lines", "refunds"):
        kinds.append("orphan_reference")
    if table in OWNED:
        kinds.append("no_owner")
    return kinds


# Every (raw table, reason) that can happen, and the two kinds that a reason does not name.
DIRTS = tuple((table, kind) for table in CONTRACT for kind in _dirt_kinds(table))
POSSIBLE_REASONS = frozenset(dirt for dirt in DIRTS if dirt[1] != "odd")

_DIRTS = st.lists(
    st.tuples(
        st.sampled_from(DIRTS),
        st.integers(0, 60),  # which row
        # Which variant; and a copy of the row, the row itself, or the row dirtied last.
        _mixed(range(1000), range(3)),
    ),
    max_size=12,
)
_OPTIONAL_TABLES = tuple(t for t in CONTRACT if t not in ("customers", "orders"))
_LACKING = st.one_of(
    st.just([]),
    st.just([]),
    st.just([]),
    st.lists(
        st.one_of(
            st.sampled_from(_OPTIONAL_TABLES).map(lambda table: (table, ())),
            st.sampled_from(
                [
                    (t, (c.name,))
                    for t, columns in CONTRACT.items()
                    for c in columns
                    if not c.required
                ]
            ),
        ),
        max_size=3,
    ),
)


# ---------------------------------------------------------------------------------- writing


def write(shop: Shop, folder: Path, *, zipped: bool = False, parts: int = 1) -> None:
    """Write a shop as CSV files into a folder: one file per table, or a folder of `parts` files.

    A column that no row of a table has is left out of its header; a table not in the shop gets no
    file. With `zipped` the files are gzipped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".csv.gz" if zipped else ".csv"
    for table, records in shop.items():
        names = [
            c.name
            for c in CONTRACT[table]
            if not records or any(c.name in record for record in records)
        ]
        if parts > 1:
            (folder / table).mkdir(exist_ok=True)
        for part in range(parts):
            file = folder / table / f"{part}{suffix}" if parts > 1 else folder / (table + suffix)
            opened = gzip.open if zipped else open
            with opened(file, "wt", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, names, lineterminator="\n")
                writer.writeheader()
                writer.writerows(records[part::parts])


def readable(shop: Shop) -> str:
    """Return a shop as text, one line per row, nulls left out: for the message of a failed test."""
    lines = []
    for table, records in shop.items():
        for record in records:
            values = {name: text for name, text in record.items() if text is not None}
            lines.append(f"{table} {values}")
    return "\n".join(lines)
