"""Which raw rows can be used, and for what reason the others are rejected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from .entities import local_day
from .phones import phone_digits
from .raw import (
    CONSENT_CHANNELS,
    CONSENT_STATUSES,
    CONTRACT,
    EXACT,
    KEYS,
    MESSAGE_EVENT_TYPES,
    NUMBER,
    NUMBER_KINDS,
    OR_EMAIL,
    OWN_TIME,
    OWNED,
    Column,
    Row,
    money,
    read_time,
)
from .settings import Settings

REASONS = (
    *("missing_key", "missing_required", "unparseable_timestamp", "unparseable_number"),
    *("future_timestamp", "negative_amount", "test_order", "unknown_status", "unknown_currency"),
    *("orphan_reference", "no_owner", "amount_too_large", "duplicate"),
)


@dataclass
class Staged:
    """What staging leaves: the usable rows of every table, and the rejected with a reason.

    `rejected` says of each its table, key and reason, and whether its content is blank, as it is of
    an erased person. `unread` are the rejected consents and message events that name somebody and
    are no copy of another row: they may have meant a no. `repeated` are those whose id another has.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    rejected: list[tuple[str, str | None, str, bool]] = field(default_factory=list)
    unread: list[Row] = field(default_factory=list)
    repeated: list[Row] = field(default_factory=list)


def stage_tables(raw: dict[str, list[Row]], settings: Settings) -> Staged:
    """Judge every raw row by the bad-row rules, in their order of precedence."""
    staged = Staged()
    zone = ZoneInfo(settings.reporting_time_zone)
    rates: list[tuple[str, date, Decimal]] = []
    # by order: reporting currency per unit of its currency, on its day
    order_rates: dict[str, Decimal] = {}
    rejected: list[tuple[Row, str]] = []
    first = ("exchange_rates", "orders")  # what the judgement of other rows needs
    for table in (*first, *(t for t in CONTRACT if t not in first)):
        usable = []
        for row in raw[table]:
            reason = _reason(row, settings, zone, rates, order_rates)
            if reason is None:
                usable.append(row)
            else:
                _reject(staged, rejected, row, reason)
        by_key = defaultdict(list)
        key = KEYS.get(table, (CONTRACT[table][0].name,))
        for row in usable:
            by_key[key_of(row, key)].append(row)
        kept = []
        for rows in by_key.values():
            rows.sort(key=_standing, reverse=True)
            kept.append(rows[0])
            for row in rows[1:]:
                _reject(staged, rejected, row, "duplicate")
        staged.tables[table] = kept
        if table == "exchange_rates":
            rates = [(r["currency"], r["rate_on"], r["rate"]) for r in kept if r["rate"] > 0]
        if table == "orders":
            order_rates = {r["order_id"]: _rate(r, settings, zone, rates) for r in kept}
    is_erased = _erasure(staged, raw, settings)
    for row, reason in rejected:
        first_column, is_blank = CONTRACT[row.table][0].name, is_erased(row)
        # a key that is the person's own id goes, too
        key = row.text[first_column]
        if row.table in OR_EMAIL:
            key = None if is_blank else key or row["email"]
        staged.rejected.append((row.table, key, reason, is_blank))
    staged.rejected.sort(key=lambda r: (r[0], r[1] or "", *r[2:]))
    return staged


def _erasure(
    staged: Staged, raw: dict[str, list[Row]], settings: Settings
) -> Callable[[Row], bool]:
    """Return what tells whether a raw row names an erased person or comes from its browser.

    A person is all customers of one e-mail, and a browser an erased customer's if any row says so.
    """
    ids = {r["customer_id"] for r in staged.tables["erasure_requests"]} - {None}
    emails = {r["email"] for r in staged.tables["erasure_requests"]} - {None}
    phones = set()
    for _ in range(2):  # from an id to its e-mail, and on to the others who have it
        for row in staged.tables["customers"]:
            if row["customer_id"] in ids or row["email"] in emails:
                ids |= {row["customer_id"]} - {None}
                emails |= {row["email"]} - {None}
                phones |= {phone_digits(row, settings)} - {None}
    browsers = {
        r["visitor_id"] for r in raw["events"] if r["customer_id"] in ids or r["email"] in emails
    } - {None}

    def is_erased(row: Row) -> bool:
        named = [row.value.get(name) for name in ("customer_id", "email", "visitor_id")]
        if row.table in ("customers", "orders") and named[:2] == [None, None]:
            return phone_digits(row, settings) in phones
        return named[0] in ids or named[1] in emails or named[2] in browsers

    return is_erased


def _reject(staged: Staged, rejected: list[tuple[Row, str]], row: Row, reason: str) -> None:
    rejected.append((row, reason))
    if row.table in ("consents", "message_events") and reason != "no_owner":
        (staged.repeated if reason == "duplicate" else staged.unread).append(row)


def key_of(row: Row, key: tuple[str, ...]) -> tuple:
    """Return the key of a row; an e-mail is part of it only where there is no customer_id."""
    has_id = row.table in OR_EMAIL and row["customer_id"] is not None
    return tuple(None if has_id and column == "email" else row[column] for column in key)


def _standing(row: Row) -> tuple:
    """Among rows of one key the greatest stays; a null is less than anything."""
    times = [row.value.get("updated_at"), row.value.get("loaded_at")]
    texts = [row.text[c.name] for c in CONTRACT[row.table]]
    return tuple(
        [(t is not None, t or datetime.min) for t in times]
        + [(t is not None, (t or "").encode()) for t in texts]
    )


def is_future(time: datetime, settings: Settings) -> bool:
    """Return whether a time is later than anything that can have been loaded."""
    return time > read_time(settings.loaded_until)


def _is_amount(name: str) -> bool:
    return name == "amount" or name.endswith("_amount")


def _is_judged(c: Column) -> bool:
    """Whether a number makes its row unusable where it can't be read."""
    return c.kind in NUMBER_KINDS and (c.required or _is_amount(c.name))


def _is_too_large(row: Row, c: Column) -> bool:
    """Whether a judged number, but for a rate, is one and has too many digits."""
    text = row.text[c.name]
    if not _is_judged(c) or c.kind == "rate" or text is None or row[c.name] is not None:
        return False
    return NUMBER.fullmatch(text) is not None


def _rate(
    row: Row, settings: Settings, zone: ZoneInfo, rates: list[tuple[str, date, Decimal]]
) -> Decimal | None:
    """Return what one unit of an order's currency is worth on its day, or None."""
    if row["currency"] == settings.reporting_currency:
        return Decimal(1)
    day = local_day(row["ordered_at"], zone)
    known = [(on, rate) for code, on, rate in rates if code == row["currency"] and on <= day]
    return max(known)[1] if known else None


def _is_beyond(row: Row, rate: Decimal) -> bool:
    """Whether an amount of a row has more than 12 digits before the point, converted or not."""
    with localcontext(EXACT):
        if row.table == "orders":
            amount = max(row["subtotal_amount"], row["refunded_amount"] or Decimal(0))
        elif row.table == "order_lines":
            amount = row["quantity"] * row["unit_price"]
        else:
            amount = row["amount"]
        return amount >= 10**12 or money(amount, rate) >= 10**12


def _reason(
    row: Row,
    settings: Settings,
    zone: ZoneInfo,
    rates: list[tuple[str, date, Decimal]],
    order_rates: dict[str, Decimal],
) -> str | None:
    """Return the first reason why a row cannot be used, duplicates aside, or None."""
    table, columns = row.table, CONTRACT[row.table]
    if row.text[columns[0].name] is None and not (table in OR_EMAIL and row["email"]):
        return "missing_key"
    if any(c.required and row.text[c.name] is None for c in columns):
        return "missing_required"
    for c in columns:
        must_read = c.required or (table == "consents" and row.text[c.name] is not None)
        if c.kind in ("time", "date") and must_read and row[c.name] is None:
            return "unparseable_timestamp"
    for c in columns:
        unread = row.text[c.name] is not None and row[c.name] is None
        if _is_judged(c) and unread and not _is_too_large(row, c):
            return "unparseable_number"
    if table in OWN_TIME:
        own = row[OWN_TIME[table]]
        if own is not None and not isinstance(own, datetime):
            own = datetime(own.year, own.month, own.day)
        if own is not None and is_future(own, settings):
            return "future_timestamp"
    if _is_negative(row):
        return "negative_amount"
    if table == "orders" and row["is_test"]:
        return "test_order"
    if not _status_is_known(row, settings):
        return "unknown_status"
    rate = order_rates.get(row["order_id"]) if table in ("order_lines", "refunds") else None
    if table == "orders":
        rate = _rate(row, settings, zone, rates)
        if rate is None:
            return "unknown_currency"
    if table in ("order_lines", "refunds") and rate is None:
        return "orphan_reference"
    if table in OWNED and row["customer_id"] is None and row["email"] is None:
        return "no_owner"
    if any(_is_too_large(row, c) for c in columns) or (rate and _is_beyond(row, rate)):
        return "amount_too_large"
    return None


def _is_negative(row: Row) -> bool:
    for c in CONTRACT[row.table]:
        judged = _is_amount(c.name) or c.name in ("unit_price", "unit_cost", "rate", "rating")
        judged = judged or (row.table, c.name) == ("order_lines", "quantity")
        if judged and row[c.name] is not None and row[c.name] < 0:
            return True
        if judged and _is_too_large(row, c) and row.text[c.name].startswith("-"):
            return True
    if row.table not in ("orders", "order_lines"):
        return False
    base = ["subtotal_amount"] if row.table == "orders" else ["quantity", "unit_price"]
    if any(row[name] is None for name in base):
        return False
    with localcontext(EXACT):
        whole = row[base[0]] * (row[base[1]] if len(base) > 1 else 1)
        discount = row["discount_amount"]
        if discount is None:
            # of 13 digits or more
            return row.text["discount_amount"] is not None and whole < 10**12
        return discount > whole


def _status_is_known(row: Row, settings: Settings) -> bool:
    if row.table == "orders":
        return row["status"] in settings.valid_order_statuses + settings.other_order_statuses
    if row.table == "consents":
        return row["status"] in CONSENT_STATUSES and row["channel"] in CONSENT_CHANNELS
    if row.table == "message_events":
        return row["event_type"] in MESSAGE_EVENT_TYPES
    return True
