"""What several families' rules need from the facts: windows, averages, sessions, consent, carts.

A rule is `(world, facts, day) -> [Found]` and reads its sentence with `day` for D. Averages over
all persons, the mean gap, ranks, attributes, stock and predictions are those of `world.day`
whatever `day` is; so are the facts, as the world holds none after D.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from .entities import Facts, Order, Session, World, local_day
from .raw import CONSENT_CHANNELS, Row


@dataclass(frozen=True)
class Found:
    """One membership by one rule on one day."""

    segment_value: str
    evidence: Decimal | Fraction
    evidence_at: datetime


Rule = Callable[[World, Facts, date], list[Found]]

Days = Callable[[World, Facts], list[date]]
Horizon = Callable[[World, Facts], date]


@dataclass(frozen=True)
class Segment:
    """A rule, and when time alone may end what it gives.

    It holds contacts only, unless `visitors`. Time ends nothing where neither of these is given:
    fades  the last day on which it may; what time ends never comes back (found by halving)
    days   all days on which the answer may differ from the day before's
    """

    rule: Rule
    visitors: bool = False
    fades: Horizon | None = None
    days: Days | None = None

    def __call__(self, world: World, facts: Facts, day: date) -> list[Found]:
        """Return the person's memberships on a day."""
        return self.rule(world, facts, day) if self.visitors or facts.is_contact else []


def window(days: int | str) -> Horizon:
    """Return the horizon of a window of this many days, a number or a var: all facts are older."""
    return lambda world, facts: (
        world.day + timedelta(days=world.settings[days] if isinstance(days, str) else days)
    )


SIX_MONTHS = window(6 * 31)
TWELVE_MONTHS = window(12 * 31)
LOOKBACK = window("session_lookback_days")


def days_after(dates: Iterable[date], *windows: int) -> list[date]:
    """Return the days that are this many days after any of the dates."""
    return [on + timedelta(days=days) for on in dates for days in windows]


def band_of(number: int, steps: list[int]) -> str:
    """Return the name of the band that a whole number is in; all but the first begin at a step."""
    if number >= steps[-1]:
        return f"{steps[-1]}+"
    edges = [0, *steps]
    return next(
        f"{low}-{high - 1}" for low, high in zip(edges, steps, strict=False) if number < high
    )


def exact(number: object) -> Fraction:
    """Return a var that is a number, however it is written."""
    return Fraction(str(number))


def once(world: World, name: str, make: Callable[[], object]) -> object:
    """Return what `make` returned when it was first asked for in this world."""
    if name not in world.kept:
        world.kept[name] = make()
    return world.kept[name]


def found(evidence: Decimal | Fraction | int, evidence_at: datetime, value: str = "") -> Found:
    """Return a membership."""
    return Found(value, Decimal(evidence) if isinstance(evidence, int) else evidence, evidence_at)


def newest(found: list[Found]) -> list[Found]:
    """Return the one whose fact is the newest, ties the greater evidence; none of none."""
    return sorted(found, key=lambda f: (f.evidence_at, f.evidence))[-1:]


def mean(amounts: list[Decimal]) -> Fraction | None:
    """Return the exact mean, or None of nothing."""
    return sum(map(Fraction, amounts), Fraction(0)) / len(amounts) if amounts else None


def is_like(text: str, pattern: str) -> bool:
    """Return whether a text matches a SQL LIKE pattern, without escapes."""
    parts = {"%": ".*", "_": "."}
    return (
        re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text, re.S) is not None
    )


@lru_cache(maxsize=100_000)
def months_before(day: date, months: int) -> date:
    """Return the day this many calendar months before, clamped at the month's end."""
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


def day_of(world: World, row: Row) -> date:
    """Return the local day of an event or message event."""
    return local_day(row["occurred_at"], world.zone)


def within(
    orders: Iterable[Order], day: date, *, days: int | None = None, months: int | None = None
) -> list[Order]:
    """Return those of the orders that are of a window up to `day`, or all up to it."""
    return [
        o
        for o in orders
        if o.ordered_on <= day
        and (days is None or in_days(o.ordered_on, day, days))
        and (months is None or in_months(o.ordered_on, day, months))
    ]


def orders_in(facts: Facts, day: date, **window: int) -> list[Order]:
    """Return a person's orders of a window up to `day`, or ever, by time."""
    return within(facts.orders, day, **window)


def last_order_at(world: World, facts: Facts, day: date) -> datetime:
    """Return the time of the last order up to `day`, else the contact's created_at."""
    return max((o.ordered_at for o in orders_in(facts, day)), default=facts.created_at)


def newest_of(orders: Iterable[Order]) -> datetime:
    """Return the time of the newest order."""
    return max(o.ordered_at for o in orders)


def counted(orders: list[Order], value: str = "") -> list[Found]:
    """Return a membership that rests on the number of these orders; none without any."""
    if not orders:
        return []
    return [found(len(orders), newest_of(orders), value)]


def by_value(orders: Iterable[Order], value_of: Callable[[Order], str | None]) -> list[Found]:
    """Return a membership for every known value that orders have, with their number."""
    groups = defaultdict(list)
    for order in orders:
        if value_of(order) is not None:
            groups[value_of(order)].append(order)
    return [found for value, group in sorted(groups.items()) for found in counted(group, value)]


def net_revenue(facts: Facts) -> Fraction:
    """Return a person's order values less refunds, ever."""
    return sum((Fraction(o.net_revenue_amount) for o in facts.orders), Fraction(0))


def buyers(world: World) -> list[Facts]:
    """Return every contact with an order."""
    people = world.people.values()
    return once(world, "buyers", lambda: [f for f in people if f.is_contact and f.orders])


def aov(world: World, **window: int) -> Fraction | None:
    """Return the order value ÷ orders of all persons in the window up to D, or None.

    Averages are held as at D; orders of erased persons count.
    """
    orders = [o for o in world.orders if o.is_valid]
    return once(
        world,
        f"aov {window}",
        lambda: mean([o.order_value_amount for o in within(orders, world.day, **window)]),
    )


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


def bought_since(world: World, facts: Facts, time: datetime) -> bool:
    """Return whether an order of the person or a purchase of theirs came at or after a time."""
    purchases = purchases_of(world, facts.events)
    return any(o.ordered_at >= time for o in facts.orders) or any(
        e["occurred_at"] >= time for e in purchases
    )


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


def messages_of(facts: Facts, *event_types: str) -> list[Row]:
    """Return a person's message events of these types, of any channel, oldest first."""
    return [m for m in facts.messages if m["event_type"] in event_types]


def email_messages(facts: Facts, *event_types: str) -> list[Row]:
    """Return those of them in the channel `email`, which is also that of no channel."""
    return [m for m in messages_of(facts, *event_types) if m["channel"] in (None, "email")]


def email_consents(facts: Facts, *statuses: str) -> list[Row]:
    """Return the person's consents of these statuses in the channel `email`."""
    return [c for c in facts.consents if c["channel"] == "email" and c["status"] in statuses]


def unread_email(facts: Facts) -> list[datetime]:
    """Return when rows that can't be read may have said no to e-mail."""

    def may_be_no(row: Row) -> bool:
        if row.table == "message_events":
            leaves = row["event_type"] in ("unsubscribed", "complained")
            return leaves and row["channel"] in (None, "email")
        if row["channel"] in CONSENT_CHANNELS:
            return row["channel"] == "email"
        # of a channel that can't be read: any, but an opt-in takes nothing away
        return row["status"] not in ("opted_in", "not_asked")

    return [time for time, row in facts.unread if may_be_no(row)]


def is_unclear(facts: Facts) -> bool:
    """Return whether no word on e-mail that can be read is newer than one that can't."""
    unread = unread_email(facts)
    words = [time for time, _ in email_words(facts)]
    return bool(unread) and max(unread) >= max(words, default=datetime.min)


def email_state(facts: Facts) -> tuple[str | None, datetime | None]:
    """Return `opted_in`, `pending` or `opted_out` and since when it was last said, or nothing.

    It is `unclear` where the last word can't be read, but who is out stays out.
    """
    state, last = last_email_word(facts)
    return ("unclear", last) if is_unclear(facts) and state != "opted_out" else (state, last)


# what says something of a consent
SAID = ("opted_in", "pending", "opted_out")


def said_at(consent: Row) -> datetime:
    """Return when a consent was said; one without a time is older than any that has one."""
    return consent["changed_at"] or datetime.min


def since_created(facts: Facts, time: datetime) -> datetime:
    """Return a time, or for what has none the contact's first."""
    return facts.created_at if time == datetime.min else time


def email_words(facts: Facts) -> list[tuple[datetime, str]]:
    """Return what was said about e-mail, and when."""
    said = [(said_at(c), c["status"]) for c in email_consents(facts, *SAID)]
    return said + [
        (m["occurred_at"], "opted_out") for m in email_messages(facts, "unsubscribed", "complained")
    ]


def last_email_word(facts: Facts) -> tuple[str | None, datetime | None]:
    """Return the last word on e-mail that can be read, out where there are several, and when."""
    said = email_words(facts)
    if not said:
        return None, None
    last = max(time for time, _ in said)
    states = {state for time, state in said if time == last}
    return states.pop() if len(states) == 1 else "opted_out", last
