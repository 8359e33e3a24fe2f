"""The contract of the raw tables, and how their texts are read."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from math import floor
from pathlib import Path

from .settings import DEFAULTS

BLANKS = " \t\n\r\0"

# what stands for nothing, and for nobody
PLACEHOLDERS = tuple(DEFAULTS["placeholder_values"])

PLACEHOLDER_IDS = tuple(DEFAULTS["placeholder_customer_ids"])

EXACT = Context(prec=100)


class ContractError(ValueError):
    """The raw folder is missing a table or a column that every build needs."""


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


def _known(text: str | None, column: str) -> str | None:
    """Return a trimmed text, or None where it is a placeholder of its column."""
    words = PLACEHOLDERS
    if column in ("customer_id", "visitor_id"):
        words += PLACEHOLDER_IDS
    return None if text and text.lower() in [word.lower() for word in words] else text


def read_time(text: str) -> datetime | None:
    """Return a trimmed text as a naive UTC time, or None where it can't be read as one."""
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
        if sign is not None:
            if int(ahead) > 23 or int(ahead_minutes or 0) > 59:
                return None
            offset = timedelta(hours=int(ahead), minutes=int(ahead_minutes or 0))
            local = local - offset if sign == "+" else local + offset
        return local if local.year > 1 else None
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
    """Return the typed value of a trimmed text, or None where it is null or can't be read."""
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
    """Return a record of column texts as a row; missing columns are null."""
    text = {c.name: _known(trimmed(record.get(c.name)), c.name) for c in CONTRACT[table]}
    value = {c.name: _read(text[c.name], c.kind) for c in CONTRACT[table]}
    if value.get("email") is not None:
        value["email"] = value["email"].lower()
    return Row(table, text, value)
