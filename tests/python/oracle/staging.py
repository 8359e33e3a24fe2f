"""Which raw rows can be used, and for what reason the others are rejected."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import localcontext
from zoneinfo import ZoneInfo

from .entities import local_day
from .raw import (
    CONSENT_CHANNELS,
    CONSENT_STATUSES,
    CONTRACT,
    EXACT,
    KEYS,
    MESSAGE_EVENT_TYPES,
    NUMBER_KINDS,
    OWN_TIME,
    OWNED,
    Row,
    read_time,
)
from .settings import Settings

REASONS = (
    *("missing_key", "missing_required", "unparseable_timestamp", "unparseable_number"),
    *("future_timestamp", "negative_amount", "unknown_status", "unknown_currency"),
    *("orphan_reference", "no_owner", "duplicate"),
)


@dataclass
class Staged:
    """What staging leaves: the usable rows of every table, and the rejected with a reason.

    `unread` are the rejected consents and message events that name somebody and are no copy of
    another row: they may have meant a no.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    rejected: list[tuple[str, str | None, str]] = field(default_factory=list)
    unread: list[Row] = field(default_factory=list)


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
    staged.rejected.sort(key=lambda r: (r[0], r[1] or "", r[2]))
    return staged


def _reject(staged: Staged, row: Row, reason: str) -> None:
    staged.rejected.append((row.table, row.text[CONTRACT[row.table][0].name], reason))
    if row.table in ("consents", "message_events") and reason not in ("duplicate", "no_owner"):
        staged.unread.append(row)


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


def _reason(
    row: Row, settings: Settings, zone: ZoneInfo, rates: list[tuple[str, date]], order_ids: set[str]
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
        if is_future(own, settings):
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
