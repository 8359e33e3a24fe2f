"""Random shops: hypothesis strategies, and batches of examples that are always the same.

A shop is a dict of raw table -> list of {column: text}. Everything is derived from small draws, so
that a failing example shrinks to few rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ..settings import Settings
from . import baskets, browsing, campaigns, newsletter, regulars, visits
from .dirt import DIRTY, LACKING, add_dirt
from .rows import Maker, Shop, mixed
from .settings import SETTINGS_POOL

BATCHES = 21

EXAMPLES_PER_BATCH = 11

# Where `as_of` is `latest`, the last day is one of these: month ends, a leap day, clock changes.
LAST_DAYS = tuple(
    date.fromisoformat(day)
    for day in ("2024-03-31", "2024-02-29", "2024-10-27", "2024-04-30", "2023-03-26")
)

VISITORS = ("v1", "v2", "V1", "v3")

SESSION_IDS = (None, "s1", "s2", "s3")

# When the contact is known and by what; see `Maker.add_contact`.
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

_ORDERS = st.lists(
    st.tuples(mixed(ORDER_GAPS, TIMES), mixed(STATUSES, CURRENCIES), mixed(MONEY, REFUNDS)),
    max_size=6,
)

_CONTACTS = st.lists(
    st.tuples(
        mixed(KINDS, range(6)),  # the spelling of the e-mail, and which shared one
        mixed(CREATED, GAPS, RECENCIES),
        _ORDERS,
    ),
    max_size=8,
)

_SESSIONS = st.lists(
    st.tuples(
        mixed(VISITORS, SESSION_IDS),
        mixed((1, 0, 2, 3, 4, 5, 8, -1), TIMES),  # days before the last day
        st.lists(
            st.tuples(
                st.sampled_from(EVENT_GAPS),
                st.sampled_from(EVENT_NAMES),
                # Who: 0-5 nobody, 6 unknown, else one of the first contacts.
                # Order: 0-1 null, 2 unknown, else one of the orders.
                mixed(range(12), range(8)),
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
        mixed((10, 0, 500, 60, -1, 1000), TIMES, range(6)),
    ),
    max_size=8,
)


@st.composite
def shops(draw: st.DrawFn, chosen: Settings) -> Shop:
    """Draw a shop that suits the given settings."""
    is_latest = chosen.as_of == "latest"
    last_day = draw(st.sampled_from(LAST_DAYS)) if is_latest else date.fromisoformat(chosen.as_of)
    maker = Maker(last_day, may_be_later=not is_latest)
    # Lists are short on average: several of them make a shop.
    contacts = draw(_CONTACTS) + draw(_CONTACTS) + draw(_CONTACTS)
    for number, (who, when, orders) in enumerate(contacts):
        maker.add_contact(number, *who, *when, orders)
    regulars.add_buyers(draw, maker)
    for visit, start, events in draw(_SESSIONS):
        maker.add_session(*visit, *start, events)
    for table, who, rest in draw(_EXTRAS) + draw(_EXTRAS):
        maker.add_extra(table, who, *rest)
    maker.add_reference_rows()
    for kind in (regulars, visits, newsletter, baskets, browsing, campaigns):
        kind.add_rows(draw, maker)
    for dirt, where, (variant, how) in draw(DIRTY) + draw(DIRTY) + draw(DIRTY):
        add_dirt(maker, dirt, where, how, variant)
    shop = maker.shop
    for table, columns in draw(LACKING):
        if not columns:
            shop.pop(table, None)
        for record in shop.get(table, ()):
            for column in columns:
                record.pop(column, None)
    return shop


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
