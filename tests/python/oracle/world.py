"""What a shop is on the as-of date D, read naively: raw rows, staging, people and their facts.

`stage_tables` reads and judges the raw rows; `build_world` finds out who is who and gathers the
facts up to D. What several families of segments ask of the facts stands at the end: windows,
averages, sessions, attributes, consent, carts.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import floor
from pathlib import Path
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
SESSION_GAP = timedelta(minutes=30)
EXACT = Context(prec=100)
BLANKS = " \t\n\r"


class ContractError(ValueError):
    """The raw folder lacks a table or a column that no build can do without."""


# --------------------------------------------------------------------------------- settings


# The thresholds of the segments: the vars that the rows of the specification name, as printed.
DEFAULTS: dict[str, object] = {
    # B
    "session_lookback_days": 30,
    "loyal_buyers_min_orders": 7,
    "frequent_buyers_min_orders": 5,
    "top_monthly_buyers_min_orders": 3,
    "discount_10_min_percent": 10,
    "discount_15_min_percent": 15,
    "discount_20_min_percent": 20,
    "category_repeat_min_units": 2,
    "big_basket_uplift": Decimal("0.15"),
    "recommendation_min_clicks": 2,
    "search_converters_min_searches": 1,
    "search_abandoners_min_searches": 2,
    "vip_min_lifetime_value": 500,
    "cart_days": 7,
    "fast_decider_max_minutes": 15,
    "browser_min_seconds": 270,
    "researcher_max_pages": 3,
    "researcher_min_product_seconds": 60,
    "psychological_owner_min_adds": 2,
    "impulse_max_product_pages": 2,
    "email_campaign_pattern": "%",
    "headquarters_city": "Paris",
    "mobile_app_min_orders": 1,
    # C
    "pareto_share": Decimal("0.20"),
    "home_country_code": "FR",
    "cold_days": 90,
    "frequent_small_min_orders": 3,
    "large_basket_multiple": 2,
    "low_stock_max_units": 5,
    "birthday_days": 7,
    "active_days": 90,
    "lead_days": 30,
    "email_days": 30,
    "email_sleeper_min_messages": 5,
    "email_sleeper_days": 90,
    "recent_view_days": 14,
    "costly_refund_share": Decimal("0.30"),
    "costly_min_tickets": 3,
    "promotion_min_orders": 3,
    "promotion_share": Decimal("0.80"),
    "lost_after_days": 30,
    "page_patterns": {},
    # D
    "rfm_frequency": "purchases",
    "rfm_cut_points": None,
    # E
    "predicted_loyal_min_alive": Decimal("0.8"),
    "predicted_loyal_min_orders": 4,
    "high_future_value_share": Decimal("0.10"),
    "churn_risk_min": Decimal("0.5"),
    "predicted_lost_min": Decimal("0.9"),
    "likely_to_buy_share": Decimal("0.10"),
    "likely_second_share": Decimal("0.20"),
    "due_days": 14,
    "win_back_share": Decimal("0.20"),
    "rising_multiple": Decimal("1.25"),
}


@dataclass(frozen=True)
class Settings:
    """The vars of one build; multipliers and weights are numbers as text or int.

    `loaded_until` is a UTC time `YYYY-MM-DD HH:MM:SS`; `today` (YYYY-MM-DD, local) is the current
    date, read only when `as_of` is `today`. `vars` holds the thresholds that differ from DEFAULTS.
    """

    as_of: str = "latest"
    loaded_until: str = "2100-01-01 00:00:00"
    reporting_time_zone: str = "Europe/Paris"
    reporting_currency: str = "EUR"
    valid_order_statuses: tuple[str, ...] = (
        "paid",
        "processing",
        "shipped",
        "delivered",
        "completed",
        "partially_refunded",
    )
    other_order_statuses: tuple[str, ...] = (
        "pending",
        "cancelled",
        "failed",
        "refunded",
        "voided",
    )
    interval_prior_weight: str = "2"
    interval_basis: str = "blended"
    at_risk_multiplier: str = "1.5"
    inactive_multiplier: str = "3"
    loyal_min_purchases: int = 3
    loyal_days: int = 90
    person_salt: str = ""
    today: str = ""
    vars: dict[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> object:
        """Return a threshold by the name of its var."""
        default = DEFAULTS[name]
        return self.vars.get(name, default)


# ------------------------------------------------------------------------------ raw contract

# One word per column: its name, * if it is required, and its type after a colon (else text).
CONTRACT_TEXT = {
    "customers": "customer_id* email phone first_name last_name gender:word birth_date:date city "
    "postal_code region country_code:code created_at*:time account_created_at:time "
    "acquisition_source updated_at:time",
    "customer_attributes": "customer_id* attribute* value* source recorded_at*:time",
    "orders": "order_id* customer_id email ordered_at*:time status*:word currency*:code "
    "subtotal_amount*:amount discount_amount:amount shipping_amount:amount tax_amount:amount "
    "total_amount:amount coupon_code payment_method shipping_method sales_channel:word "
    "shipping_city shipping_country_code:code delivered_at:time updated_at:time",
    "order_lines": "order_line_id* order_id* product_id* quantity*:quantity unit_price*:amount "
    "discount_amount:amount",
    "refunds": "refund_id* order_id* refunded_at*:time amount*:amount",
    "products": "product_id* product_name category collection unit_price:amount "
    "unit_cost:amount stock_quantity:quantity updated_at:time",
    "reviews": "review_id* customer_id product_id rating:quantity has_photo:flag reviewed_at*:time",
    "exchange_rates": "currency*:code rate_on*:date rate*:rate",
    "events": "event_id* event_name*:word occurred_at*:time visitor_id* customer_id session_id "
    "page_url page_type:word product_id search_term order_id traffic_source:word "
    "traffic_medium:word traffic_campaign device_type:word platform:word loaded_at:time",
    "consents": "consent_id* customer_id email channel*:word status*:word changed_at*:time "
    "source:word",
    "message_events": "message_event_id* message_id* customer_id email channel:word campaign_id "
    "event_type*:word bounce_type:word occurred_at*:time",
    "campaigns": "campaign_id* campaign_name channel:word segment scenario",
    "support_tickets": "ticket_id* customer_id* opened_at*:time topic",
    "erasure_requests": "request_id* customer_id email requested_at*:time",
}
REQUIRED_TABLES = ("customers", "orders")
OWN_TIME = {
    "customers": "created_at",
    "customer_attributes": "recorded_at",
    "orders": "ordered_at",
    "refunds": "refunded_at",
    "reviews": "reviewed_at",
    "exchange_rates": "rate_on",
    "events": "occurred_at",
    "consents": "changed_at",
    "message_events": "occurred_at",
    "support_tickets": "opened_at",
    "erasure_requests": "requested_at",
}
KEYS = {
    "exchange_rates": ("currency", "rate_on"),
    "customer_attributes": ("customer_id", "attribute", "value", "recorded_at"),
}
OWNED = ("orders", "consents", "message_events", "erasure_requests")
CONSENT_STATUSES = ("opted_in", "pending", "opted_out")
CONSENT_CHANNELS = ("email", "sms", "ads", "post")
MESSAGE_EVENT_TYPES = (
    "sent",
    "delivered",
    "opened",
    "clicked",
    "bounced",
    "complained",
    "unsubscribed",
)
REASONS = (
    "missing_key",
    "missing_required",
    "unparseable_timestamp",
    "unparseable_number",
    "future_timestamp",
    "negative_amount",
    "unknown_status",
    "unknown_currency",
    "orphan_reference",
    "no_owner",
    "duplicate",
)


@dataclass(frozen=True)
class Column:
    """A column of the raw contract."""

    name: str
    required: bool
    kind: str


def _columns(text: str) -> tuple[Column, ...]:
    columns = []
    for word in text.split():
        name, _, kind = word.partition(":")
        columns.append(Column(name.rstrip("*"), name.endswith("*"), kind or "text"))
    return tuple(columns)


CONTRACT = {table: _columns(text) for table, text in CONTRACT_TEXT.items()}


# ------------------------------------------------------------------------- reading raw values

TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
    r"(?: ?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?))?)?",
    re.ASCII,
)
NUMBER = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))")
# kind: (most digits before the point, decimals kept)
NUMBER_KINDS = {"amount": (12, 6), "quantity": (12, 3), "rate": (6, 12)}
TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")


def trimmed(text: str | None) -> str | None:
    """Return `text` without the blanks around it, or None where nothing is left."""
    return (text or "").strip(BLANKS) or None


def read_time(text: str) -> datetime | None:
    """Return a trimmed text as a naive UTC time, or None where it does not read as one."""
    match = TIME.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second, part, _, sign, ahead, ahead_minutes = match.groups()
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((part or "").ljust(6, "0")[:6]),
        )
        if sign is None:
            return local
        if int(ahead) > 23 or int(ahead_minutes or 0) > 59:
            return None
        offset = timedelta(hours=int(ahead), minutes=int(ahead_minutes or 0))
        return local - offset if sign == "+" else local + offset
    except (ValueError, OverflowError):
        return None


def read_number(text: str, kind: str) -> Decimal | None:
    """Return a trimmed text as a decimal of a kind of `NUMBER_KINDS`, or None."""
    match = NUMBER.fullmatch(text)
    if not match:
        return None
    sign, whole, decimals, bare = match.groups()
    most, kept = NUMBER_KINDS[kind]
    if len((whole or "").lstrip("0")) > most:
        return None
    plain = Decimal(f"{sign}{whole or '0'}.{decimals or bare or '0'}")
    return rounded(plain, kept)


def rounded(number: Decimal | Fraction, decimals: int) -> Decimal:
    """Round half away from zero, exactly."""
    if isinstance(number, Fraction):
        whole = floor(abs(number) * 10**decimals + Fraction(1, 2))
        return Decimal(whole if number >= 0 else -whole).scaleb(-decimals, EXACT)
    with localcontext(EXACT):
        return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def money(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in the reporting currency, rounded half up to 4 decimals."""
    with localcontext(EXACT):
        return rounded(amount * rate, 4)


def _read(text: str | None, kind: str) -> object:
    """Return the typed value of a trimmed text, or None where it is null or does not read."""
    if text is None:
        return None
    if kind == "time":
        return read_time(text)
    if kind == "date":
        time = read_time(text)
        return time and time.date()
    if kind in NUMBER_KINDS:
        return read_number(text, kind)
    if kind == "word":
        return text.lower()
    if kind == "code":
        return text.upper()
    if kind == "flag":
        word = text.lower()
        return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None
    return text


# ------------------------------------------------------------------------------- raw to staged


@dataclass
class Row:
    """A raw row: its trimmed texts and its typed values, both by column."""

    table: str
    text: dict[str, str | None]
    value: dict[str, object]

    def __getitem__(self, column: str) -> object:
        """Return the typed value of a column."""
        return self.value[column]


def read_raw(raw_folder: Path) -> dict[str, list[Row]]:
    """Return every raw table of a folder of CSV files; a missing table is an empty one.

    Raises ContractError where a required table or column is missing.
    """
    tables = {}
    for table, columns in CONTRACT.items():
        files = list(_files(raw_folder, table))
        if not files and table in REQUIRED_TABLES:
            raise ContractError(f"{table} is missing")
        rows = []
        for file in files:
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream)
                header = reader.fieldnames or ()
                lacking = [c.name for c in columns if c.required and c.name not in header]
                if lacking:
                    raise ContractError(f"{file.name} lacks {', '.join(lacking)}")
                for record in reader:
                    rows.append(raw_row(table, record))
        tables[table] = rows
    return tables


def _files(raw_folder: Path, table: str) -> Iterator[Path]:
    for suffix in (".csv", ".csv.gz"):
        file = raw_folder / f"{table}{suffix}"
        if file.is_file():
            yield file
    folder = raw_folder / table
    if folder.is_dir():
        yield from sorted(f for f in folder.iterdir() if f.name.endswith((".csv", ".csv.gz")))


def raw_row(table: str, record: dict[str, str | None]) -> Row:
    """Return a record of column texts as a row; columns that it lacks are null."""
    text = {c.name: trimmed(record.get(c.name)) for c in CONTRACT[table]}
    value = {c.name: _read(text[c.name], c.kind) for c in CONTRACT[table]}
    if value.get("email") is not None:
        value["email"] = value["email"].lower()
    return Row(table, text, value)


@dataclass
class Staged:
    """What staging leaves: the usable rows of every table, and the rejected with a reason."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    rejected: list[tuple[str, str | None, str, tuple[str | None, ...]]] = field(
        default_factory=list
    )


def stage_tables(raw: dict[str, list[Row]], settings: Settings) -> Staged:
    """Judge every raw row by the bad-row rules, in their order of precedence."""
    staged = Staged()
    zone = ZoneInfo(settings.reporting_time_zone)
    rates: list[tuple[str, date]] = []
    order_ids: set[str] = set()
    first = ("exchange_rates", "orders")  # what the judgement of other rows needs
    for table in (*first, *(t for t in CONTRACT if t not in first)):
        usable = []
        for row in raw[table]:
            reason = _reason(row, settings, zone, rates, order_ids)
            if reason is None:
                usable.append(row)
            else:
                _reject(staged, row, reason)
        by_key = defaultdict(list)
        key = KEYS.get(table, (CONTRACT[table][0].name,))
        for row in usable:
            by_key[tuple(row[column] for column in key)].append(row)
        kept = []
        for rows in by_key.values():
            rows.sort(key=_standing, reverse=True)
            kept.append(rows[0])
            for row in rows[1:]:
                _reject(staged, row, "duplicate")
        staged.tables[table] = kept
        if table == "exchange_rates":
            rates = [(r["currency"], r["rate_on"]) for r in kept if r["rate"] > 0]
        if table == "orders":
            order_ids = {r["order_id"] for r in kept}
    staged.rejected.sort(key=lambda r: (*r[:1], r[1] or "", r[2], [t or "" for t in r[3]]))
    return staged


def _reject(staged: Staged, row: Row, reason: str) -> None:
    texts = tuple(row.text[c.name] for c in CONTRACT[row.table])
    staged.rejected.append((row.table, texts[0], reason, texts))


def _standing(row: Row) -> tuple:
    """Among rows of one key the greatest stays; a null is less than anything."""
    times = [row.value.get("updated_at"), row.value.get("loaded_at")]
    texts = [row.text[c.name] for c in CONTRACT[row.table]]
    return tuple(
        [(t is not None, t or datetime.min) for t in times]
        + [(t is not None, (t or "").encode()) for t in texts]
    )


def _is_amount(name: str) -> bool:
    return name == "amount" or name.endswith("_amount")


def _reason(
    row: Row,
    settings: Settings,
    zone: ZoneInfo,
    rates: list[tuple[str, date]],
    order_ids: set[str],
) -> str | None:
    """Return the first reason why a row cannot be used, duplicates aside, or None."""
    table, columns = row.table, CONTRACT[row.table]
    if row.text[columns[0].name] is None:
        return "missing_key"
    if any(c.required and row.text[c.name] is None for c in columns):
        return "missing_required"
    for c in columns:
        if c.kind in ("time", "date") and c.required and row[c.name] is None:
            return "unparseable_timestamp"
    for c in columns:
        judged = c.kind in NUMBER_KINDS and (c.required or _is_amount(c.name))
        if judged and row.text[c.name] is not None and row[c.name] is None:
            return "unparseable_number"
    if table in OWN_TIME:
        own = row[OWN_TIME[table]]
        if not isinstance(own, datetime):
            own = datetime(own.year, own.month, own.day)
        if own > read_time(settings.loaded_until):
            return "future_timestamp"
    if _is_negative(row):
        return "negative_amount"
    if not _status_is_known(row, settings):
        return "unknown_status"
    if table == "orders" and row["currency"] != settings.reporting_currency:
        day = local_day(row["ordered_at"], zone)
        if not any(code == row["currency"] and on <= day for code, on in rates):
            return "unknown_currency"
    if table in ("order_lines", "refunds") and row["order_id"] not in order_ids:
        return "orphan_reference"
    if table in OWNED and row["customer_id"] is None and row["email"] is None:
        return "no_owner"
    return None


def _is_negative(row: Row) -> bool:
    for c in CONTRACT[row.table]:
        judged = _is_amount(c.name) or c.name in ("unit_price", "unit_cost", "rate", "rating")
        judged = judged or (row.table, c.name) == ("order_lines", "quantity")
        if judged and row[c.name] is not None and row[c.name] < 0:
            return True
    with localcontext(EXACT):
        if row.table == "orders":
            return (row["discount_amount"] or 0) > row["subtotal_amount"]
        if row.table == "order_lines":
            return (row["discount_amount"] or 0) > row["quantity"] * row["unit_price"]
    return False


def _status_is_known(row: Row, settings: Settings) -> bool:
    if row.table == "orders":
        return row["status"] in settings.valid_order_statuses + settings.other_order_statuses
    if row.table == "consents":
        return row["status"] in CONSENT_STATUSES and row["channel"] in CONSENT_CHANNELS
    if row.table == "message_events":
        return row["event_type"] in MESSAGE_EVENT_TYPES
    return True


# --------------------------------------------------------------------------------- the facts


@lru_cache(maxsize=100_000)
def local_day(time: datetime, zone: ZoneInfo) -> date:
    """Return the local day of a naive UTC time."""
    return time.replace(tzinfo=UTC).astimezone(zone).date()


@dataclass
class Line:
    """A staged line of an order; a product that `products` lacks is null, and so is its category.

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


# Columns of predictions by person: doubles and a date, each or all of them null.
Predictions = dict[str, dict[str, float | date | None]]


@dataclass
class World:
    """A shop as known on D: the facts of every person, and what holds for all of them.

    `orders` and `sessions` are all of them, also those of erased persons. `counted_purchases`
    are the ids of the purchase events that count. `kept` holds what is reckoned once for all.
    `predictions` are given, by person; there are none where no model may be fitted.
    """

    settings: Settings
    zone: ZoneInfo
    day: date
    staged: Staged
    orders: list[Order]
    sessions: list[Session]
    people: dict[str, Facts]
    mean_gap: Fraction | None
    products: dict[str, Row]
    counted_purchases: set[str]
    kept: dict = field(default_factory=dict)
    predictions: Predictions = field(default_factory=dict)


def as_of_day(staged: Staged, settings: Settings, zone: ZoneInfo) -> date | None:
    """Return D, or None where `latest` has neither an order nor an event to go by."""
    if settings.as_of == "today":
        return date.fromisoformat(settings.today) - DAY
    if settings.as_of != "latest":
        return date.fromisoformat(settings.as_of)
    times = [r["ordered_at"] for r in staged.tables["orders"]]
    times += [r["occurred_at"] for r in staged.tables["events"]]
    return local_day(max(times), zone) if times else None


class Identity:
    """Who is who: the person of a customer_id, of an e-mail, and the erased persons."""

    def __init__(self, staged: Staged, salt: str) -> None:
        """Read the staged rows; `salt` is the person salt, as text."""
        tables = staged.tables
        self.of_customer: dict[str, str] = {}
        self.of_email: dict[str, str] = {}
        ids_of_email = defaultdict(list)
        for row in tables["customers"]:
            if row["email"] is not None:
                ids_of_email[row["email"]].append(row["customer_id"])
        for row in tables["customers"]:
            ids = ids_of_email.get(row["email"]) or [row["customer_id"]]
            self.of_customer[row["customer_id"]] = "c:" + min(ids)
        for email, ids in ids_of_email.items():
            self.of_email[email] = "c:" + min(ids)
        for row in tables["orders"]:
            if row["customer_id"] is not None:
                self.of_customer.setdefault(row["customer_id"], "c:" + row["customer_id"])
        for table in ("orders", "consents", "message_events"):
            for row in tables[table]:
                if row["customer_id"] not in self.of_customer and row["email"] is not None:
                    digest = hashlib.sha256((salt + row["email"]).encode()).hexdigest()
                    self.of_email.setdefault(row["email"], "g:" + digest)
        self.erased = set()
        for row in tables["erasure_requests"]:
            self.erased.add(self.of_customer.get(row["customer_id"]))
            self.erased.add(self.of_email.get(row["email"]))
        self.erased.discard(None)

    def owner(self, row: Row) -> str | None:
        """Return the person of a row: its customer_id decides, else its e-mail."""
        if row["customer_id"] in self.of_customer:
            return self.of_customer[row["customer_id"]]
        return self.of_email.get(row.value.get("email"))


def build_world(staged: Staged, settings: Settings) -> World | None:
    """Gather every fact up to D, by person; None where there is no D."""
    zone = ZoneInfo(settings.reporting_time_zone)
    day = as_of_day(staged, settings, zone)
    if day is None:
        return None
    identity = Identity(staged, settings.person_salt)

    def until_day(table: str) -> list[Row]:
        own = OWN_TIME[table]
        first = CONTRACT[table][0].name
        rows = [r for r in staged.tables[table] if local_day(r[own], zone) <= day]
        return sorted(rows, key=lambda r: (r[own], r[first]))

    def alive(person_id: str | None) -> str | None:
        return None if person_id in identity.erased else person_id

    orders = _orders(staged, until_day("orders"), until_day("refunds"), settings, zone)
    for order in orders:
        order.person_id = alive(identity.owner(order.row))

    events = until_day("events")
    counted = _counted_purchases(events, orders)
    sessions, owner_of_event = _sessions(events, counted, identity, zone)
    for session in sessions:
        session.person_id = alive(session.person_id)

    # Every dated fact by person, then who exists at D.
    facts: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    times: dict[str, list[datetime]] = defaultdict(list)

    def note(person_id: str | None, kind: str, fact: object, time: datetime) -> None:
        if alive(person_id) is not None:
            facts[person_id][kind].append(fact)
            times[person_id].append(time)

    for row in staged.tables["customers"]:
        note(identity.owner(row), "customers", row, row["created_at"])
    for order in orders:
        note(order.person_id, "orders", order, order.ordered_at)
    for row, person_id in owner_of_event:
        note(person_id, "events", row, row["occurred_at"])
    for kind, table in (
        ("consents", "consents"),
        ("messages", "message_events"),
        ("reviews", "reviews"),
        ("tickets", "support_tickets"),
        ("attributes", "customer_attributes"),
    ):
        for row in until_day(table):
            note(identity.owner(row), kind, row, row[OWN_TIME[table]])
    for session in sessions:
        if session.person_id is not None:
            facts[session.person_id]["sessions"].append(session)

    people = {}
    for person_id in sorted(facts):
        is_contact = not person_id.startswith("v:")
        created_at = min(times[person_id])
        if local_day(created_at, zone) > day:
            continue
        kinds = facts[person_id]
        valid = [o for o in kinds["orders"] if o.is_valid]
        people[person_id] = Facts(
            person_id=person_id,
            is_contact=is_contact,
            created_at=created_at,
            first_day=local_day(created_at, zone),
            customers=sorted(kinds["customers"], key=_deciding),
            orders=valid,
            all_orders=kinds["orders"],
            purchases=sorted({o.ordered_on for o in valid}),
            sessions=kinds["sessions"],
            events=kinds["events"],
            consents=kinds["consents"],
            messages=kinds["messages"],
            reviews=kinds["reviews"],
            tickets=kinds["tickets"],
            attributes=kinds["attributes"],
        )

    gaps = [gap for f in people.values() for gap in gaps_of(f.purchases)]
    mean_gap = Fraction(sum(gaps), len(gaps)) if gaps else None
    products = {row["product_id"]: row for row in staged.tables["products"]}
    return World(settings, zone, day, staged, orders, sessions, people, mean_gap, products, counted)


def _deciding(row: Row) -> tuple:
    """The first row in this order decides an attribute: the newest, nulls last, then the id."""
    updated_at = row["updated_at"]
    age = datetime.max - updated_at if updated_at else timedelta.max
    return age, row["customer_id"].encode()


def gaps_of(purchases: list[date]) -> list[int]:
    """Return the whole days between consecutive purchases."""
    return [(later - day).days for day, later in pairwise(purchases)]


def _orders(
    staged: Staged,
    order_rows: list[Row],
    refund_rows: list[Row],
    settings: Settings,
    zone: ZoneInfo,
) -> list[Order]:
    """Value every order up to D; its person is filled in later."""
    rates = defaultdict(list)
    for row in staged.tables["exchange_rates"]:
        if row["rate"] > 0:
            rates[row["currency"]].append((row["rate_on"], row["rate"]))
    refunds = defaultdict(list)
    for row in refund_rows:
        refunds[row["order_id"]].append(row["amount"])
    products = {row["product_id"]: row for row in staged.tables["products"]}
    lines = defaultdict(list)
    for row in sorted(staged.tables["order_lines"], key=lambda r: r["order_line_id"]):
        lines[row["order_id"]].append(row)
    orders = []
    for row in order_rows:
        ordered_on = local_day(row["ordered_at"], zone)
        if row["currency"] == settings.reporting_currency:
            rate = Decimal(1)
        else:
            rate = max(pair for pair in rates[row["currency"]] if pair[0] <= ordered_on)[1]
        discount = row["discount_amount"] or Decimal(0)
        own_refunds = refunds[row["order_id"]]
        with localcontext(EXACT):
            own_value = row["subtotal_amount"] - discount
            own_refunded = sum(own_refunds, Decimal(0))
            refunded_away = own_refunded > 0 and own_refunded >= own_value
            is_valid = row["status"] in settings.valid_order_statuses and not refunded_away
            gross_amount = money(row["subtotal_amount"], rate)
            discount_amount = money(discount, rate)
            value = gross_amount - discount_amount
            refund_amount = sum((money(amount, rate) for amount in own_refunds), Decimal(0))
            net = value - refund_amount if is_valid else Decimal(0)
        orders.append(
            Order(
                order_id=row["order_id"],
                person_id=None,
                ordered_at=row["ordered_at"],
                ordered_on=ordered_on,
                status=row["status"],
                currency=row["currency"],
                is_valid=is_valid,
                gross_amount=gross_amount,
                discount_amount=discount_amount,
                order_value_amount=value,
                refund_amount=refund_amount,
                net_revenue_amount=net,
                row=row,
                lines=[_line(line, products, rate) for line in lines[row["order_id"]]],
            )
        )
    return orders


def _line(row: Row, products: dict[str, Row], rate: Decimal) -> Line:
    product = products.get(row["product_id"])
    with localcontext(EXACT):
        own_amount = row["quantity"] * row["unit_price"] - (row["discount_amount"] or 0)
    return Line(
        product_id=row["product_id"] if product else None,
        product=product,
        quantity=row["quantity"],
        amount=money(own_amount, rate),
        row=row,
    )


def _counted_purchases(events: list[Row], orders: list[Order]) -> set[str]:
    """Return the ids of the purchase events that count; of one order only the earliest does.

    `events` are ordered by (occurred_at, event_id).
    """
    is_valid = {o.order_id: o.is_valid for o in orders}
    counted: set[str] = set()
    bought: set[str] = set()
    for event in events:
        if event["event_name"] == "purchase":
            order_id = event["order_id"]
            if order_id is None or (order_id not in bought and is_valid.get(order_id, True)):
                counted.add(event["event_id"])
            bought.add(order_id)
    return counted


def _sessions(
    events: list[Row], counted: set[str], identity: Identity, zone: ZoneInfo
) -> tuple[list[Session], list[tuple[Row, str | None]]]:
    """Return the sessions of the events up to D, and every event with its person.

    `events` are ordered by (occurred_at, event_id).
    """
    known = identity.of_customer
    identified: dict[str, str] = {}
    keyed = defaultdict(list)
    streams = defaultdict(list)
    for event in events:
        visitor_id = event["visitor_id"]
        if event["customer_id"] in known:
            identified[visitor_id] = known[event["customer_id"]]
        if event["session_id"] is not None:
            keyed[visitor_id, event["session_id"]].append(event)
        else:
            stream = streams[visitor_id]
            if not stream or event["occurred_at"] - stream[-1][-1]["occurred_at"] > SESSION_GAP:
                stream.append([])
            stream[-1].append(event)
    groups = list(keyed.values()) + [group for stream in streams.values() for group in stream]

    sessions = []
    owner_of_event = []
    for group in groups:
        first, last = group[0], group[-1]
        owner = identified.get(first["visitor_id"], "v:" + first["visitor_id"])
        for event in group:
            owner = known.get(event["customer_id"], owner)
        for event in group:
            owner_of_event.append((event, known.get(event["customer_id"], owner)))
        views = [e for e in group if e["event_name"] == "page_view"]
        length = last["occurred_at"] - first["occurred_at"]
        sessions.append(
            Session(
                person_id=owner,
                visitor_id=first["visitor_id"],
                session_id=first["session_id"],
                started_at=first["occurred_at"],
                ended_at=last["occurred_at"],
                started_on=local_day(first["occurred_at"], zone),
                duration_seconds=Decimal(length // timedelta(microseconds=1)) / 1_000_000,
                events=group,
                page_views=len(views),
                product_page_views=len([e for e in views if e["page_type"] == "product"]),
                searches=len([e for e in group if e["event_name"] == "search"]),
                purchases=len([e for e in group if e["event_id"] in counted]),
            )
        )
    sessions.sort(key=lambda s: (s.started_at, s.visitor_id, s.session_id or ""))
    owner_of_event.sort(key=lambda pair: (pair[0]["occurred_at"], pair[0]["event_id"]))
    return sessions, owner_of_event


# --------------------------------------------------------------------- what rules ask of facts


@dataclass(frozen=True)
class Found:
    """One membership by one rule on one day."""

    segment_value: str
    evidence: Decimal | Fraction
    evidence_at: datetime


Rule = Callable[[World, Facts, date], list[Found]]


@lru_cache(maxsize=100_000)
def months_before(day: date, months: int) -> date:
    """Return the day so many calendar months before, clamped at the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


def in_days(fact_day: date, day: date, days: int) -> bool:
    """Return whether a day is one of the last `days` days up to `day`."""
    return day - timedelta(days=days) < fact_day <= day


def in_months(fact_day: date, day: date, months: int) -> bool:
    """Return whether a day is in the last `months` months up to `day`."""
    return months_before(day, months) < fact_day <= day


def newest(found: list[Found]) -> list[Found]:
    """Return the one whose fact is the newest, ties the greater evidence; none of none."""
    return sorted(found, key=lambda f: (f.evidence_at, f.evidence))[-1:]


def orders_in(
    facts: Facts, day: date, *, days: int | None = None, months: int | None = None
) -> list[Order]:
    """Return a person's orders of a window up to `day`, or ever, by time."""
    found = [o for o in facts.orders if o.ordered_on <= day]
    if days is not None:
        found = [o for o in found if in_days(o.ordered_on, day, days)]
    if months is not None:
        found = [o for o in found if in_months(o.ordered_on, day, months)]
    return found


def last_order_at(world: World, facts: Facts, day: date) -> datetime:
    """Return the time of the last order up to `day`, else the contact's created_at."""
    times = [o.ordered_at for o in facts.orders if o.ordered_on <= day]
    return max(times, default=facts.created_at)


def mean(amounts: list[Decimal]) -> Fraction | None:
    """Return the exact mean, or None of nothing."""
    return sum(map(Fraction, amounts), Fraction(0)) / len(amounts) if amounts else None


def aov(world: World, *, days: int | None = None, months: int | None = None) -> Fraction | None:
    """Return the order value ÷ orders of all persons in the window up to D, or None.

    Averages are held as at D; orders of erased persons count.
    """
    key = ("aov", days, months)
    if key not in world.kept:
        orders = [o for o in world.orders if o.is_valid]
        if days is not None:
            orders = [o for o in orders if in_days(o.ordered_on, world.day, days)]
        if months is not None:
            orders = [o for o in orders if in_months(o.ordered_on, world.day, months)]
        world.kept[key] = mean([o.order_value_amount for o in orders])
    return world.kept[key]


def sessions_in(world: World, facts: Facts, day: date, days: int | None = None) -> list[Session]:
    """Return a person's sessions of the last `days` days (default: session_lookback_days)."""
    days = int(world.settings["session_lookback_days"]) if days is None else days
    return [s for s in facts.sessions if in_days(s.started_on, day, days)]


def events_of(facts: Facts, *names: str) -> list[Row]:
    """Return the person's own events of these names, by (occurred_at, event_id)."""
    return [e for e in facts.events if e["event_name"] in names]


def purchases_of(world: World, events: list[Row]) -> list[Row]:
    """Return those of the events that are purchases that count."""
    return [e for e in events if e["event_id"] in world.counted_purchases]


def standing_products(world: World, facts: Facts, added: str, removed: str) -> dict[str, Row]:
    """Return the newest `added` event of every known product that no later `removed` cleared."""
    standing: dict[str, Row] = {}
    for event in events_of(facts, added, removed):
        if event["product_id"] not in world.products:
            continue
        if event["event_name"] == added:
            standing[event["product_id"]] = event
        else:
            standing.pop(event["product_id"], None)
    return standing


def attribute(facts: Facts, column: str) -> object:
    """Return a person's attribute: the first non-null of its rows of `customers`."""
    return next((row[column] for row in facts.customers if row[column] is not None), None)


SEEDS = Path(__file__).resolve().parents[3] / "seeds"


@lru_cache(maxsize=1)
def gender_spellings() -> dict[str, str]:
    """Return the seed that maps spellings of a gender."""
    with (SEEDS / "gender_spellings.csv").open(encoding="utf-8", newline="") as stream:
        return {row["spelling"]: row["gender"] for row in csv.DictReader(stream)}


def gender(facts: Facts) -> str | None:
    """Return `female`, `male`, or None where it is unknown."""
    return gender_spellings().get(attribute(facts, "gender"))


@lru_cache(maxsize=10_000)
def normalised_city(text: str | None) -> str | None:
    """Return a city in lower case, without accents, its words a space apart; None of no words."""
    plain = unicodedata.normalize("NFD", (text or "").lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return " ".join(words) or None


def city_of(facts: Facts, order: Order) -> str | None:
    """Return an order's normalised city: the shipping city, else the contact's."""
    own = (normalised_city(row["city"]) for row in facts.customers)
    return normalised_city(order.row["shipping_city"]) or next(filter(None, own), None)


def country_of(facts: Facts, order: Order) -> str | None:
    """Return an order's country code: the shipping country, else the contact's."""
    return order.row["shipping_country_code"] or attribute(facts, "country_code")


def email_messages(facts: Facts, *event_types: str) -> list[Row]:
    """Return the person's message events of these types in the channel `email` (null: `email`)."""
    return [
        m
        for m in facts.messages
        if (m["channel"] or "email") == "email" and m["event_type"] in event_types
    ]


def email_consents(facts: Facts, *statuses: str) -> list[Row]:
    """Return the person's consents of these statuses in the channel `email`."""
    return [c for c in facts.consents if c["channel"] == "email" and c["status"] in statuses]


def email_state(facts: Facts) -> tuple[str | None, datetime | None]:
    """Return `opted_in`, `pending` or `opted_out` and since when it was last said, or nothing."""
    said = [(c["changed_at"], c["status"]) for c in email_consents(facts, *CONSENT_STATUSES)]
    said += [
        (m["occurred_at"], "opted_out") for m in email_messages(facts, "unsubscribed", "complained")
    ]
    if not said:
        return None, None
    last = max(time for time, _ in said)
    states = {state for time, state in said if time == last}
    return states.pop() if len(states) == 1 else "opted_out", last


def is_like(text: str, pattern: str) -> bool:
    """Return whether a text matches a SQL LIKE pattern, without escapes."""
    parts = {"%": ".*", "_": "."}
    return (
        re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text, re.S) is not None
    )
