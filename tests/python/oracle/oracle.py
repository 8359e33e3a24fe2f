"""A naive reading of the segment rules, with the standard library only.

Nothing here is clever: every person is judged by the rule's sentence, shares are exact fractions,
money is `Decimal`. It exists to be compared with the models, which it has never seen.

`raw` reads the raw texts and `staging` judges the rows; `world` finds out who is who and gathers
the facts up to the as-of date D. There is one module per family of segments; its `RULES` hold, by
segment, a rule `(world, facts, day) -> [Found]`. `expires_on` is found by asking the rule for one
day after the other, as far as the answer may change (see `rules.Segment`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path

from .engagement import unsubscribed_contacts
from .entities import DAY, Facts, Predictions, World
from .permissions import permissions_and_points
from .raw import CONTRACT, Row, raw_rows, read_raw, rounded
from .rfm import rfm_scores
from .rules import Segment, email_state
from .settings import Settings
from .stages import history_of, stage_on
from .staging import stage_tables
from .world import build_world

FAMILIES = (
    *("channel", "engagement", "lifecycle", "place", "predictive", "product", "profile"),
    *("promotion", "purchase_timing", "rfm", "service", "session", "spend"),
)
RULES: dict[str, Segment] = {
    name: rule
    for family in FAMILIES
    for name, rule in sorted(import_module(f".{family}", __package__).RULES.items())
}
# No window is longer than a year, but of stages and ages, which say their days themselves.
LONGEST = timedelta(days=400)


def expires_on(
    name: str, world: World, facts: Facts, segment_value: str, *, one_by_one: bool = False
) -> date | None:
    """Return the first day after D without the membership if nothing new happens, or None.

    With `one_by_one` every day is asked.
    """
    segment = RULES[name]

    def holds(day: date) -> bool:
        return segment_value in [f.segment_value for f in segment(world, facts, day)]

    days = sorted(segment.days(world, facts)) if segment.days else []
    if one_by_one:
        last = max([world.day + LONGEST, *days])
        days = [world.day + n * DAY for n in range(1, (last - world.day).days + 1)]
    elif segment.fades:
        held, ended = world.day, segment.fades(world, facts)
        if holds(ended):
            return None
        while ended - held > DAY:
            middle = held + (ended - held) // 2
            held, ended = (middle, ended) if holds(middle) else (held, middle)
        return ended
    return next((day for day in days if day > world.day and not holds(day)), None)


SegmentRow = tuple[str, str, Decimal, datetime, date | None]


def members(name: str, world: World) -> list[SegmentRow]:
    """Return the rows of one segment table: the columns of the interface, in order."""
    rows = []
    for facts in world.people.values():
        for found in RULES[name](world, facts, world.day):
            ends = expires_on(name, world, facts, found.segment_value)
            evidence = rounded(found.evidence, 4)
            rows.append((facts.person_id, found.segment_value, evidence, found.evidence_at, ends))
    return rows


ORDER_COLUMNS = (
    *("order_id", "person_id", "ordered_at", "ordered_on", "status", "currency", "is_valid"),
    *("gross_amount", "discount_amount", "order_value_amount", "refund_amount"),
    "net_revenue_amount",
)
REJECTED_COLUMNS = ("raw_table", "record_key", "rejection_reason", "is_blank")
SESSION_COLUMNS = (
    *("visitor_id", "session_id", "started_at", "ended_at", "started_on", "duration_seconds"),
    *("events", "page_views", "product_page_views", "searches", "purchases", "person_id"),
)


@dataclass
class Result:
    """What one build must come to; every list is sorted, dates are local, times naive UTC.

    as_of           D, or None where `latest` finds neither an order nor an event
    rejected        REJECTED_COLUMNS
    staged          staged rows by raw table
    orders          ORDER_COLUMNS
    sessions        SESSION_COLUMNS
    purchases       person_id, purchased_on, orders
    people          person_id, is_contact, created_at, stage, purchases, orders, consent by e-mail
                    and whether it can be used
    lifecycle_history  person_id, stage, valid_from, valid_to
    segments        by name: person_id, segment_value, evidence, evidence_at, expires_on
    rfm_scores      person_id, recency in days, frequency, monetary value, the three scores,
                    rfm_segment
    permissions, points  the columns of contact_permissions and contact_points
    """

    as_of: date | None
    staged: dict[str, int]
    rejected: list[tuple[str, str | None, str, bool]]
    orders: list[tuple] = field(default_factory=list)
    sessions: list[tuple] = field(default_factory=list)
    purchases: list[tuple[str, date, int]] = field(default_factory=list)
    people: list[tuple] = field(default_factory=list)
    lifecycle_history: list[tuple[str, str, date, date | None]] = field(default_factory=list)
    segments: dict[str, list[SegmentRow]] = field(
        default_factory=lambda: {name: [] for name in RULES}
    )
    rfm_scores: list[tuple] = field(default_factory=list)
    permissions: list[tuple] = field(default_factory=list)
    points: list[tuple] = field(default_factory=list)


def run(raw_folder: Path, settings: Settings, predictions: Predictions | None = None) -> Result:
    """Read a raw folder (CSV files) and return everything that a build of it must come to.

    Without predictions no model is fitted, as in any shop with few buyers.
    """
    return run_rows(read_raw(raw_folder, settings), settings, predictions)


def run_records(
    shop: dict[str, list[dict[str, str | None]]],
    settings: Settings,
    predictions: Predictions | None = None,
) -> Result:
    """Do the same for tables held in memory: lists of column texts by raw table."""
    return run_rows(raw_rows(shop, settings), settings, predictions)


def run_rows(
    raw: dict[str, list[Row]], settings: Settings, predictions: Predictions | None = None
) -> Result:
    """Do the same for raw rows."""
    staged = stage_tables(raw, settings)
    world = build_world(staged, settings)
    result = Result(
        as_of=world and world.day,
        staged={table: len(staged.tables[table]) for table in CONTRACT},
        rejected=staged.rejected,
    )
    if world is None:
        return result
    world.predictions = predictions or {}
    result.orders = [
        tuple(getattr(order, column) for column in ORDER_COLUMNS)
        for order in sorted(world.orders, key=lambda o: o.order_id)
    ]
    for visit in world.sessions:
        values = {column: getattr(visit, column) for column in SESSION_COLUMNS}
        values["events"] = len(visit.events)
        # an erased person's browser is nobody's
        values["visitor_id"] = visit.person_id and visit.visitor_id
        result.sessions.append(tuple(values.values()))
    for facts in world.people.values():
        stage = stage_on(world, facts, world.day)[0] if facts.is_contact else "anonymous"
        if facts.is_contact:
            result.lifecycle_history += history_of(world, facts)
            orders = Counter(order.ordered_on for order in facts.orders)
            result.purchases += [(facts.person_id, *found) for found in sorted(orders.items())]
        known = (facts.person_id, facts.is_contact, facts.created_at, stage)
        consent, _ = email_state(facts)
        said_no = bool(unsubscribed_contacts(world, facts, world.day))
        may_mail = facts.is_contact and facts.has_email and consent == "opted_in" and not said_no
        counts = (len(facts.purchases), len(facts.orders))
        result.people.append((*known, *counts, consent, may_mail))
    result.segments = {name: members(name, world) for name in RULES}
    result.rfm_scores = rfm_scores(world)
    result.permissions, result.points = permissions_and_points(staged, world)
    return result
