"""What a shop consists of on the as-of date D: orders, sessions, people and their facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from .raw import Row
from .settings import Settings

DAY = timedelta(days=1)


@lru_cache(maxsize=100_000)
def local_day(time: datetime, zone: ZoneInfo) -> date:
    """Return the local day of a naive UTC time."""
    return time.replace(tzinfo=UTC).astimezone(zone).date()


@dataclass
class Line:
    """A staged line of an order; a product not in `products` is null, and so is its category.

    `amount` is quantity × unit price − discount, converted and rounded once.
    """

    product_id: str | None
    product: Row | None
    quantity: Decimal
    amount: Decimal
    row: Row

    @property
    def category(self) -> str | None:
        """The category of its product."""
        return self.product["category"] if self.product else None


@dataclass
class Order:
    """A staged order up to D; amounts in the reporting currency, those in `row` in its own."""

    order_id: str
    person_id: str | None
    ordered_at: datetime
    ordered_on: date
    status: str
    currency: str
    is_valid: bool
    gross_amount: Decimal
    discount_amount: Decimal
    order_value_amount: Decimal
    refund_amount: Decimal
    net_revenue_amount: Decimal
    row: Row
    lines: list[Line]


@dataclass
class Session:
    """A session up to D; its events by (occurred_at, event_id), also those that name others."""

    person_id: str | None
    visitor_id: str
    session_id: str | None
    started_at: datetime
    ended_at: datetime
    started_on: date
    duration_seconds: Decimal
    events: list[Row]
    page_views: int
    product_page_views: int
    searches: int
    purchases: int


@dataclass
class Facts:
    """All that is known of one person up to D; every list is ordered by time.

    `orders` are the valid ones, `all_orders` those of any status. `customers` are the person's
    rows, the one that decides an attribute first. `events` are those that are the person's own.
    `unread` are the rejected rows about consent, each with its time, or the last of all times.
    """

    person_id: str
    is_contact: bool
    created_at: datetime
    first_day: date
    customers: list[Row]
    orders: list[Order]
    all_orders: list[Order]
    purchases: list[date]
    sessions: list[Session]
    events: list[Row]
    consents: list[Row]
    messages: list[Row]
    reviews: list[Row]
    tickets: list[Row]
    attributes: list[Row]
    unread: list[tuple[datetime, Row]]
    has_email: bool


# Columns of predictions by person: doubles and a date, each or all of them null.
Predictions = dict[str, dict[str, float | date | None]]


@dataclass
class World:
    """A shop as known on D: the facts of every person, and what holds for all of them.

    `orders` and `sessions` are all of them, also those of erased persons. `counted_purchases`
    are the ids of the purchase events that count. `kept` holds what is reckoned once for all.
    `predictions` are given, by person; there are none where no model may be fitted. What the
    build's own checks found is given, too: whether ranks were no better than chance, and whether
    those predicted lost come back.
    """

    settings: Settings
    zone: ZoneInfo
    day: date
    orders: list[Order]
    sessions: list[Session]
    people: dict[str, Facts]
    mean_gap: Fraction | None
    products: dict[str, Row]
    counted_purchases: set[str]
    kept: dict = field(default_factory=dict)
    predictions: Predictions = field(default_factory=dict)
    ranks_no_better: bool = False
    lost_come_back: bool = False
