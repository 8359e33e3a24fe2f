"""Which purchase events count, and how events make sessions with an owner."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from .entities import Order, Session, local_day
from .raw import Row
from .world import Identity


def counted_purchases(events: list[Row], orders: list[Order]) -> set[str]:
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


def make_sessions(
    events: list[Row], counted: set[str], identity: Identity, zone: ZoneInfo, longest_gap: timedelta
) -> tuple[list[Session], list[tuple[Row, str | None]]]:
    """Return the sessions of the events up to D, and every event with its person.

    `events` are ordered by (occurred_at, event_id); those without a session id that are farther
    apart than the longest gap are of two sessions.
    """
    identified: dict[str, str] = {}
    keyed = defaultdict(list)
    streams = defaultdict(list)
    for event in events:
        visitor_id = event["visitor_id"]
        if (named := identity.owner(event)) is not None:
            identified[visitor_id] = named
        if event["session_id"] is not None:
            keyed[visitor_id, event["session_id"]].append(event)
        else:
            stream = streams[visitor_id]
            if not stream or event["occurred_at"] - stream[-1][-1]["occurred_at"] > longest_gap:
                stream.append([])
            stream[-1].append(event)
    groups = list(keyed.values()) + [group for stream in streams.values() for group in stream]

    sessions = []
    owner_of_event = []
    for group in groups:
        first, last = group[0], group[-1]
        owner = identified.get(first["visitor_id"], "v:" + first["visitor_id"])
        for event in group:
            owner = identity.owner(event) or owner
        for event in group:
            owner_of_event.append((event, identity.owner(event) or owner))
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
