"""Every way in which a row can be unusable, or odd."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import strategies as st

from ..raw import CONTRACT, NUMBER_KINDS, OWN_TIME, OWNED
from .rows import CUSTOMER_IDS, SHARED_EMAILS, Maker, Record, mixed

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


def add_dirt(maker: Maker, dirt: tuple[str, str], where: int, how: int, variant: int) -> None:
    """Make one row dirty: a fresh copy of a row, the row itself, or the row dirtied last."""
    table, kind = dirt
    rows = maker.shop[table]
    if not rows:
        maker.add(table, **_template(maker, table))
    if how == 2 and maker.last_added and maker.last_added[0] == table:
        record = rows[maker.last_added[1]]
    elif how == 1 and kind != "duplicate":
        record = rows[where % len(rows)]
    else:
        record = dict(rows[where % len(rows)])
        rows.append(record)
        maker.last_added = (table, len(rows) - 1)
        if kind != "duplicate":
            key = "attribute" if table == "customer_attributes" else CONTRACT[table][0].name
            # A rate is not a copy of another if it has a day of its own.
            if table == "exchange_rates":
                record["rate_on"] = str(date(2022, 1, 1) + timedelta(days=len(rows)))
            else:
                record[key] = f"x{len(rows)}"
    _DIRT_MAKERS[kind](record, table, variant)


def _template(maker: Maker, table: str) -> Record:
    at = maker.time(20, "12:00:00")
    values: Record = {}
    for c in CONTRACT[table]:
        if c.kind in ("time", "date") and c.required:
            values[c.name] = at
        elif c.kind in NUMBER_KINDS and c.required:
            values[c.name] = "1"
        elif c.required:
            values[c.name] = "t1"
    customer_id, email = maker.owners[0] if maker.owners else ("t1", None)
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


# Every raw table with every reason that can happen, and two kinds that no reason names.
DIRTS = tuple((table, kind) for table in CONTRACT for kind in _dirt_kinds(table))

DIRTY = st.lists(
    st.tuples(
        st.sampled_from(DIRTS),
        st.integers(0, 60),  # which row
        # Which variant; and a copy of the row, the row itself, or the row dirtied last.
        mixed(range(1000), range(3)),
    ),
    max_size=12,
)

_OPTIONAL_TABLES = tuple(t for t in CONTRACT if t not in ("customers", "orders"))

LACKING = st.one_of(
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
