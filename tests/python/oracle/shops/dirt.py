"""Every way in which a row can be unusable, or odd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache

from ..raw import CONTRACT, NUMBER_KINDS, OR_EMAIL, OWN_TIME, OWNED
from .rows import SHARED_EMAILS, Maker, Record

BAD_TIMES = (
    *("soon", "2024-02-30", "2023-02-29 10:00:00", "2024-13-01", "2024-01-05 24:00:00"),
    *("2024-01-05 23:60:00", "2024-01-05 23:59:60", "2024-1-5", "20240105", "2024-01-05t10:00:00"),
    *("2024-01-05T10:00:00z", "2024-01-05  10:00:00", "2024-01-05 10", "2024-01-05Z"),
    *("2024-01-05 10:00:00.", "2024-01-05 10:00:00.1234567890", "2024-01-05 10:00:00 UTC"),
    *("2024-01-05 10:00:00+2", "2024-01-05 10:00:00  Z", "0000-01-01", "05/01/2024", "1704448800"),
    *("infinity", "epoch", "٢٠٢٤-٠١-٠٥"),
)

BAD_NUMBERS = (
    *("many", "1e3", "1,000", "1,5", "1_000", "NaN", "inf", "0x10", "--1", "+", ".", "1.2.3"),
    *("1 000", "€5", "5-", "1234567890123", "١٢", "1234567890123.00"),
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
    # hours that come twice or never, in New York and in Paris
    *(
        lambda _, at=at: at
        for at in (
            *("2023-11-05 01:30:00", "2023-11-05T01:59:59.999999", "2023-03-12 02:00"),
            *("2023-03-12 02:30:00", "2023-10-29 02:00:00", "2023-03-26 02:59:59"),
        )
    ),
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

# what a copy of a row says instead, by the column or its kind
OTHER_VALUES = {
    "customer_id": ("b", "B", "a9"),
    "order_id": ("o0", "o1"),
    "email": (*SHARED_EMAILS, None),
    "status": ("shipped", "failed", "opted_out"),
    "amount": ("9", "10", "200.5"),
    "quantity": ("9", "10", "2.50"),
    "rate": ("9", "10", "1.1"),
    "time": ("2024-01-05 10:00", "2023-12-05", "2024-01-05 11:00"),
    "date": ("2024-01-05", "2023-12-05"),
    "code": ("EUR", "usd"),
}
AGES = ("2024-01-05 10:00", "2024-01-05T12:00+02:00", "soon")
FUTURE = ("2024-11-15 12:00:01", "2099-01-01", "2024-11-15 12:00:00.000001", "2024-11-16")
NEGATIVE = ("-0.01", "-5", "-.001", "-0.0000001")
STATUSES = ("status", "channel", "event_type")
UNKNOWN = ("mislaid", "paid!", "opted  in", "sent_")

# columns that are written, each as one of these texts or as a function changes its own
Change = dict[str, Sequence[str | Callable[[str], str] | None]]


@lru_cache
def changes(table: str) -> dict[str, list[Change]]:
    """Return what can be done to a row of a table, by the reason for which it is then rejected.

    Of `odd` and `duplicate` no reason is told: the row may stay.
    """
    columns, own = CONTRACT[table], OWN_TIME.get(table)
    key = columns[0].name
    numbers = [c for c in columns if c.kind in NUMBER_KINDS]
    times = [c.name for c in columns if c.kind in ("time", "date")]
    age = {age: (lambda text: text, *AGES) for age in ("updated_at", "loaded_at") if age in times}
    # the moment of loading, but where it would be the last day of all
    loaded = () if table in ("orders", "events") else ("2024-11-15 12:00:00",)
    # a discount of all, or of a little more than all that it is taken from
    discounts: dict[str, list[Change]] = {
        "orders": [{"subtotal_amount": ("100",), "discount_amount": ("100", "100.01")}],
        "order_lines": [
            {"quantity": ("2",), "unit_price": ("5.25",), "discount_amount": ("10.5", "10.501")}
        ],
    }
    or_email = table in OR_EMAIL
    dated = [c for c in columns if c.name == own and (c.required or table == "consents")]
    statuses = [c.name for c in columns if c.required and c.name in STATUSES]
    return {
        "missing_key": [{key: (None, "", " \t"), **({"email": (None, " ")} if or_email else {})}],
        "missing_required": [{c.name: (None, "  ")} for c in columns[1:] if c.required],
        "unparseable_timestamp": [{own: BAD_TIMES}] if dated else [],
        "unparseable_number": [
            {c.name: BAD_NUMBERS} for c in numbers if c.required or "amount" in c.name
        ],
        "future_timestamp": [{own: FUTURE}] if own else [],
        "negative_amount": [{c.name: NEGATIVE} for c in numbers if c.name != "stock_quantity"]
        + discounts.get(table, []) * 3,
        "test_order": [{"is_test": ("true", " Yes", "T", "1")}] * (table == "orders"),
        "unknown_status": [{name: UNKNOWN} for name in statuses],
        "unknown_currency": [{"currency": ("JPY", "E", "XAU", "CHF")}] * (table == "orders"),
        "orphan_reference": [{"order_id": ("nowhere", "O0-0", "o0-0x")}]
        * (table in ("order_lines", "refunds")),
        "no_owner": [{"customer_id": (None, " "), "email": (None, "", "\n")}] * (table in OWNED),
        "duplicate": [
            {key: (lambda text: f" {text}\t",)},
            *(
                {
                    **age,
                    c.name: OTHER_VALUES.get(c.name) or OTHER_VALUES.get(c.kind, ("é", "z", "A")),
                }
                for c in columns[1:]
            ),
        ],
        "odd": [
            *({name: (*ODD_TIMES, *loaded * 3)} for name in (*times, *[own] * 3) if name),
            *[{"requested_at": (None, *BAD_TIMES, *FUTURE)}] * (table == "erasure_requests"),
            *[{"customer_id": (None, " "), "email": (None, "\n")}] * (table == "orders") * 2,
            *({c.name: ODD_NUMBERS} for c in numbers),
            *(
                {c.name: ("?", "maybe", "2024-02-30", "1e5")}
                for c in columns
                if not c.required and c.kind != "text"
            ),
            *({c.name: (lambda text: f"\t {text} \n",)} for c in columns if c.kind == "text"),
        ],
    }


# orders, customers and events are more often odd than others
DIRTS = tuple(
    (table, reason)
    for table in (*CONTRACT, "orders", "customers", "events")
    for reason, found in changes(table).items()
    if found
)


def add_dirt(maker: Maker) -> None:
    """Make rows dirty: fresh copies of rows, rows themselves, or once more a row made so."""
    last: dict[str, Record] = {}
    for _ in maker.up_to(36):
        table, reason = maker.one(DIRTS)
        rows = maker.shop[table]
        if not rows:
            continue
        record, how = maker.one(rows), maker.random.random()
        if how < 0.2 and table in last:
            record = last[table]
        elif how < 0.8 or reason == "duplicate":
            record = last[table] = dict(record)
            if reason != "duplicate":
                record |= new_key(table, len(rows))
            rows.append(record)
        for name, pool in maker.one(changes(table)[reason]).items():
            text = maker.one(pool)
            old = record.get(name)
            record[name] = (old and text(old)) if callable(text) else text


def new_key(table: str, number: int) -> Record:
    """Return a key that no other row of the table has."""
    if table == "exchange_rates":
        return {"rate_on": str(date(2022, 1, 1) + timedelta(days=number))}
    key = "attribute" if table == "customer_attributes" else CONTRACT[table][0].name
    return {key: f"x{number}"}


def leave_out(maker: Maker) -> None:
    """Take away some optional tables and columns."""
    for _ in range(maker.one((0, 0, 0, 0, 0, 1, 2, 3))):
        table = maker.one([*CONTRACT][1:])
        if table != "orders" and maker.chance(0.5):
            maker.shop.pop(table, None)
        optional = [c.name for c in CONTRACT[table] if not c.required]
        name = maker.one(optional or [""])
        for record in maker.shop.get(table, ()):
            record.pop(name, None)
