"""The contract of the raw tables, and how their texts are read."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor
from pathlib import Path
from zoneinfo import ZoneInfo

from .settings import DEFAULTS, Settings

BLANKS = " \t\n\r\0"

# what stands for nothing, and for nobody
PLACEHOLDERS = tuple(DEFAULTS["placeholder_values"])

PLACEHOLDER_IDS = tuple(DEFAULTS["placeholder_customer_ids"])

EXACT = Context(prec=100)

SEEDS = Path(__file__).resolve().parents[3] / "seeds"


# One word per column: its name, * if it is required, and its type after a colon (else text).
CONTRACT_TEXT = {
    "customers": "customer_id email phone first_name last_name gender:word birth_date:date city "
    "postal_code region country_code:code created_at:time account_created_at:time "
    "acquisition_source updated_at:time",
    "customer_attributes": "customer_id email attribute* value* source recorded_at*:time",
    "orders": "order_id* customer_id email phone ordered_at*:time status*:status currency*:code "
    "subtotal_amount*:amount discount_amount:amount shipping_amount:amount tax_amount:amount "
    "total_amount:amount coupon_code payment_method shipping_method sales_channel:word "
    "shipping_city shipping_country_code:code delivered_at:time refunded_amount:amount "
    "is_test:flag updated_at:time",
    "order_lines": "order_line_id* order_id* product_id quantity*:quantity unit_price*:amount "
    "discount_amount:amount",
    "refunds": "refund_id* order_id* refunded_at*:time amount*:amount",
    "products": "product_id* product_name category collection unit_price:amount "
    "unit_cost:amount stock_quantity:quantity updated_at:time",
    "reviews": "review_id* customer_id email product_id rating:quantity has_photo:flag "
    "reviewed_at*:time",
    "exchange_rates": "currency*:code rate_on*:date rate*:rate",
    "events": "event_id* event_name*:word occurred_at*:time visitor_id* customer_id email "
    "session_id page_url page_type:word product_id search_term order_id traffic_source:word "
    "traffic_medium:word traffic_campaign device_type:word platform:word loaded_at:time",
    "consents": "consent_id* customer_id email channel*:word status*:consent changed_at:time "
    "source:word",
    "message_events": "message_event_id* message_id customer_id email channel:word campaign_id "
    "event_type*:word bounce_type:word occurred_at*:time",
    "campaigns": "campaign_id* campaign_name channel:word segment scenario",
    "support_tickets": "ticket_id* customer_id email opened_at*:time topic",
    "erasure_requests": "request_id* customer_id email requested_at:time",
}

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
}

# what a row may be about instead, where its first column is empty
OR_EMAIL = ("customers", "customer_attributes")

KEYS = {
    "customers": ("customer_id", "email"),
    "exchange_rates": ("currency", "rate_on"),
    "customer_attributes": ("customer_id", "email", "attribute", "value", "recorded_at"),
    "erasure_requests": ("request_id", "customer_id", "email"),
}

OWNED = ("consents", "message_events", "erasure_requests")

# what is not here is the shop's
SYSTEMS = {"events": "web"} | dict.fromkeys(
    ("consents", "message_events", "campaigns", "support_tickets", "erasure_requests"), "crm"
)

# the last says nothing
CONSENT_STATUSES = ("opted_in", "pending", "opted_out", "not_asked")

CONTACT_CHANNELS = ("email", "sms", "ads", "post", "phone")
CONSENT_CHANNELS = (*CONTACT_CHANNELS, "tracking")

MESSAGE_EVENT_TYPES = (
    *("sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed"),
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

TIME = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?))?)?",
    re.ASCII,
)

NUMBER = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))")

# kind: (most digits before the point, decimals kept)
NUMBER_KINDS = {"amount": (12, 6), "quantity": (12, 3), "rate": (6, 12)}

FLAGS = dict.fromkeys(("true", "t", "yes", "y", "1"), True) | dict.fromkeys(
    ("false", "f", "no", "n", "0"), False
)


def trimmed(text: str | None) -> str | None:
    """Return `text` without the blanks around it, or None where nothing is left."""
    return (text or "").strip(BLANKS) or None


def _known(text: str | None, column: str) -> str | None:
    """Return a trimmed text, or None where it is a placeholder of its column."""
    words = PLACEHOLDERS
    if column in ("customer_id", "visitor_id"):
        words += PLACEHOLDER_IDS
    return None if text and text.lower() in [word.lower() for word in words] else text


@lru_cache(maxsize=1)
def consent_spellings() -> dict[str, str]:
    """Return the seed that maps the words for a consent."""
    with (SEEDS / "consent_spellings.csv").open(encoding="utf-8", newline="") as stream:
        return {row["spelling"]: row["status"] for row in csv.DictReader(stream)}


def read_time(text: str, clock: str = "UTC") -> datetime | None:
    """Return a trimmed text as a naive UTC time, or None where it can't be read as one.

    A time without an offset is by the clock of a zone: in the hour that comes twice it is the
    first, and in the hour that does not exist it is an hour later (what `fold=0` means).
    """
    if not TIME.fullmatch(text):
        return None
    try:
        time = datetime.fromisoformat(text[:11] + text[11:].replace(" ", ""))
        time = time if time.tzinfo else time.replace(tzinfo=ZoneInfo(clock), fold=0)
        time = time.astimezone(UTC).replace(tzinfo=None)
        return time if time.year > 1 else None
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
    number = rounded(plain, kept)
    # rounding up may need one digit more
    return number if abs(number) < 10**most else None


def rounded(number: Decimal | Fraction, decimals: int) -> Decimal:
    """Round half away from zero, exactly."""
    whole = floor(abs(Fraction(number)) * 10**decimals + Fraction(1, 2))
    return Decimal(whole if number >= 0 else -whole).scaleb(-decimals, EXACT)


def money(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in the reporting currency, rounded half up to 4 decimals."""
    return rounded(Fraction(amount) * Fraction(rate), 4)


def _read(text: str, kind: str, clock: str) -> object:
    """Return the typed value of a trimmed text, or None where it can't be read."""
    if kind == "time":
        return read_time(text, clock)
    if kind == "date":  # a day stays the day it is
        time = read_time(text)
        return time and time.date()
    if kind in NUMBER_KINDS:
        return read_number(text, kind)
    if kind == "flag":
        return FLAGS.get(text.lower())
    if kind == "consent":
        return consent_spellings().get(text.lower(), text.lower())
    if kind == "status":
        return text.lower().removeprefix("wc-")
    return {"word": text.lower(), "code": text.upper()}.get(kind, text)


@dataclass
class Row:
    """A raw row: its trimmed texts and its typed values, both by column."""

    table: str
    text: dict[str, str | None]
    value: dict[str, object]

    def __getitem__(self, column: str) -> object:
        """Return the typed value of a column."""
        return self.value[column]


def read_raw(raw_folder: Path, settings: Settings) -> dict[str, list[Row]]:
    """Return every raw table of a folder of CSV files, some gzipped; a missing one is empty."""
    tables: dict[str, list[Row]] = {table: [] for table in CONTRACT}
    for table, rows in tables.items():
        for file in raw_folder.glob(f"{table}.csv*"):
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt", encoding="utf-8-sig", newline="") as stream:
                rows += [raw_row(table, record, settings) for record in csv.DictReader(stream)]
    return tables


def raw_row(table: str, record: dict[str, str | None], settings: Settings) -> Row:
    """Return a record of column texts as a row; missing columns are null."""
    text = {c.name: _known(trimmed(record.get(c.name)), c.name) for c in CONTRACT[table]}
    clock = settings.raw_time_zones.get(SYSTEMS.get(table, "shop"), settings.raw_time_zone)
    value = {c.name: text[c.name] and _read(text[c.name], c.kind, clock) for c in CONTRACT[table]}
    if "email" in value:
        own = [value["email"]]
        if is_address(value["customer_id"]):
            own, value["customer_id"] = [value["customer_id"]], None
        elif is_address(value.get("visitor_id")):
            own.append(value["visitor_id"])
        value["email"] = next((email.lower() for email in own if email), None)
    if is_address(value.get("visitor_id")):
        value["visitor_id"] = hashed(value["visitor_id"].lower(), settings.person_salt)
    return Row(table, text, value)


def is_address(name: str | None) -> bool:
    """Return whether an id reads as an e-mail address: something, an @, and a dot in the rest."""
    return re.fullmatch(r".+@.+[.].+", name or "", re.DOTALL) is not None


def hashed(text: str, salt: str) -> str:
    """Return what stands for an e-mail or a phone in what is published."""
    return hashlib.sha256((salt + text).encode()).hexdigest()


def raw_rows(
    shop: dict[str, list[dict[str, str | None]]], settings: Settings
) -> dict[str, list[Row]]:
    """Return every raw table of records held in memory; a missing table is an empty one."""
    return {table: [raw_row(table, r, settings) for r in shop.get(table, ())] for table in CONTRACT}
