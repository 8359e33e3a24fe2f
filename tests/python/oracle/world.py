"""Who is who, and every fact up to the as-of date D by person."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from .entities import DAY, Facts, World, local_day
from .identity import Identity
from .orders import value_orders
from .raw import CONTRACT, OWN_TIME, Row, raw_rows
from .sessions import counted_purchases, make_sessions
from .settings import Settings
from .stages import gaps_of
from .staging import Staged, is_future, stage_tables

# what people did, by its name in their facts: the raw table
KINDS = {
    "consents": "consents",
    "messages": "message_events",
    "reviews": "reviews",
    "tickets": "support_tickets",
    "attributes": "customer_attributes",
}


def as_of_day(staged: Staged, settings: Settings, zone: ZoneInfo) -> date | None:
    """Return D, or None where `latest` has neither an order nor an event to go by."""
    if settings.as_of == "today":
        return date.fromisoformat(settings.today) - DAY
    if settings.as_of != "latest":
        return date.fromisoformat(settings.as_of)
    times = [r["ordered_at"] for r in staged.tables["orders"]]
    times += [r["occurred_at"] for r in staged.tables["events"]]
    return local_day(max(times), zone) if times else None


def build_world(staged: Staged, settings: Settings) -> World | None:
    """Gather every fact up to D, by person; None where there is no D."""
    zone = ZoneInfo(settings.reporting_time_zone)
    day = as_of_day(staged, settings, zone)
    if day is None:
        return None
    identity = Identity(staged, settings)

    def until_day(table: str) -> list[Row]:
        # what carries no date is older than anything that does
        own = OWN_TIME[table]
        rows = [r for r in staged.tables[table] if r[own] is None or local_day(r[own], zone) <= day]
        first = CONTRACT[table][0].name
        return sorted(rows, key=lambda r: (r[own] or datetime.min, r[first] or ""))

    def alive(person_id: str | None) -> str | None:
        return None if person_id in identity.erased else person_id

    orders = value_orders(staged, until_day("orders"), until_day("refunds"), settings, zone)
    for order in orders:
        order.person_id = alive(identity.owner(order.row))

    events = until_day("events")
    counted = counted_purchases(events, orders)
    longest_gap = timedelta(minutes=settings["session_timeout_minutes"])
    sessions, owner_of_event = make_sessions(events, counted, identity, zone, longest_gap)
    for session in sessions:
        session.person_id = alive(session.person_id)

    # Every dated fact by person, then who exists at D.
    facts: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    times: dict[str, list[datetime]] = defaultdict(list)
    undated: set[str] = set()

    def note(person_id: str | None, kind: str, fact: object, time: datetime | None) -> None:
        if alive(person_id) is not None:
            facts[person_id][kind].append(fact)
            times[person_id] += [time] if time else []
            if time is None:
                undated.add(person_id)

    for row in staged.tables["customers"]:
        note(identity.owner(row), "customers", row, row["created_at"])
    for order in orders:
        note(order.person_id, "orders", order, order.ordered_at)
    for row, person_id in owner_of_event:
        note(person_id, "events", row, row["occurred_at"])
    for kind, table in KINDS.items():
        for row in until_day(table):
            note(identity.owner(row), kind, row, row[OWN_TIME[table]])
    for session in sessions:
        if session.person_id is not None:
            facts[session.person_id]["sessions"].append(session)

    # What can't be read makes nobody and is no fact of a life. Without a time it is the last word.
    unread = defaultdict(list)
    for row in staged.unread:
        at = row[OWN_TIME[row.table]]
        if at is None or is_future(at, settings):
            unread[alive(identity.owner(row))].append((datetime.max, row))
        elif local_day(at, zone) <= day:
            unread[alive(identity.owner(row))].append((at, row))

    people = {}
    for person_id in sorted(facts):
        # of whom nothing up to D is dated exists from D
        first_at = min(times[person_id], default=None)
        if first_at is None or local_day(first_at, zone) > day:
            if person_id not in undated:
                continue
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            first_at = midnight.astimezone(UTC).replace(tzinfo=None)
        created_at = first_at
        kinds = facts[person_id]
        valid = [o for o in kinds["orders"] if o.is_valid]
        people[person_id] = Facts(
            person_id=person_id,
            is_contact=not person_id.startswith("v:"),
            created_at=created_at,
            first_day=local_day(created_at, zone),
            customers=sorted(kinds["customers"], key=deciding),
            orders=valid,
            all_orders=kinds["orders"],
            purchases=sorted({o.ordered_on for o in valid}),
            unread=unread[person_id],
            has_email=person_id in identity.of_email.values(),
            **{kind: kinds[kind] for kind in ("sessions", "events", *KINDS)},
        )

    gaps = [gap for f in people.values() for gap in gaps_of(f.purchases)]
    mean_gap = Fraction(sum(gaps), len(gaps)) if gaps else None
    products = {row["product_id"]: row for row in staged.tables["products"]}
    return World(settings, zone, day, orders, sessions, people, mean_gap, products, counted)


def deciding(row: Row) -> tuple:
    """The first row in this order decides an attribute: the newest, nulls last, then the id."""
    updated_at = row["updated_at"]
    age = datetime.max - updated_at if updated_at else timedelta.max
    return age, row["customer_id"] is None, (row["customer_id"] or "").encode()


def world_of(shop: dict[str, list[dict[str, str | None]]], chosen: Settings) -> World | None:
    """Return what a shop of records is on its as-of date."""
    return build_world(stage_tables(raw_rows(shop, chosen), chosen), chosen)
