"""Who is active, responds, or has gone silent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .entities import Facts, World, local_day
from .raw import Row
from .rules import (
    Days,
    Found,
    Rule,
    Segment,
    day_of,
    days_after,
    email_consents,
    email_messages,
    email_state,
    events_of,
    found,
    in_days,
    is_unclear,
    messages_of,
    said_at,
    since_created,
)
from .stages import limits, stage_on


def _visits_and_clicks(world: World, facts: Facts) -> list[tuple[datetime, date]]:
    clicks = messages_of(facts, "clicked")
    return [(s.started_at, s.started_on) for s in facts.sessions] + [
        (c["occurred_at"], day_of(world, c)) for c in clicks
    ]


def active_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order, session or click in the window."""
    days = world.settings["active_days"]
    active = [(o.ordered_at, o.ordered_on) for o in facts.orders]
    active += _visits_and_clicks(world, facts)
    active = [(time, on) for time, on in active if in_days(on, day, days)]
    if not active:
        return []
    time, on = max(active)
    return [found((day - on).days, time)]


def lead_maturity(world: World, facts: Facts, day: date) -> list[Found]:
    """Prospects: hot, else engaged, else known."""
    if facts.orders:
        return []
    days = world.settings["lead_days"]
    carts = [
        e["occurred_at"]
        for e in events_of(facts, "add_to_cart", "begin_checkout")
        if in_days(day_of(world, e), day, days)
    ]
    if carts:
        return [found(3, max(carts), "hot")]
    visits = [time for time, on in _visits_and_clicks(world, facts) if in_days(on, day, days)]
    if visits:
        return [found(2, max(visits), "engaged")]
    return [found(1, facts.created_at, "known")]


def unsubscribed_contacts(world: World, facts: Facts, day: date) -> list[Found]:
    """Out of e-mail now, or a complaint or hard bounce ever."""
    state, said_at = email_state(facts)
    times = [said_at] if state == "opted_out" else []
    times += [
        m["occurred_at"]
        for m in email_messages(facts, "complained", "bounced")
        if m["event_type"] == "complained" or m["bounce_type"] != "soft"
    ]
    return [found(1, since_created(facts, max(times)))] if times else []


def recent_messages(kind: str) -> Rule:
    """Messages opened, or clicked, in the window."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        days = world.settings["email_days"]
        messages = [m for m in email_messages(facts, kind) if in_days(day_of(world, m), day, days)]
        return [found(len(messages), messages[-1]["occurred_at"])] if messages else []

    return rule


def message_of(event: Row) -> tuple[str | None, str | None]:
    """Return which of a person's messages an event is about; without an id, the campaign's."""
    return event["message_id"], None if event["message_id"] else event["campaign_id"]


def email_sleepers(world: World, facts: Facts, day: date) -> list[Found]:
    """Several messages sent in the window, and none of them opened or clicked."""
    days = world.settings["email_sleeper_days"]
    sent = [m for m in email_messages(facts, "sent") if in_days(day_of(world, m), day, days)]
    ids = {message_of(m) for m in sent}
    awake = {message_of(m) for m in email_messages(facts, "opened", "clicked")}
    if not ids or len(ids) < world.settings["email_sleeper_min_messages"] or ids & awake:
        return []
    return [found(len(ids), max(m["occurred_at"] for m in sent))]


def newsletter_subscribers(world: World, facts: Facts, day: date) -> list[Found]:
    """Signed up, and has not opted out, unsubscribed or complained at or after the newest.

    Reading: all sign-ups up to D count, including those before an older opt-out; `pending` is not
    an opt-out. A word that can't be read and that none follows is no subscription.
    """
    signed_up = [e["occurred_at"] for e in events_of(facts, "newsletter_signup")]
    signed_up += [
        said_at(c) for c in email_consents(facts, "opted_in") if c["source"] == "newsletter"
    ]
    left = [said_at(c) for c in email_consents(facts, "opted_out")]
    left += [m["occurred_at"] for m in email_messages(facts, "unsubscribed", "complained")]
    if not signed_up or is_unclear(facts) or (left and max(left) >= max(signed_up)):
        return []
    return [found(len(signed_up), since_created(facts, max(signed_up)))]


def lost_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Inactive, written to since, and no sign of life since the first of those messages."""
    if stage_on(world, facts, day)[0] != "inactive_customers":
        return []
    inactive_from = facts.purchases[-1] + timedelta(days=limits(world, facts.purchases)[1])
    sent = [m for m in messages_of(facts, "sent") if day_of(world, m) >= inactive_from]
    if not sent:
        return []
    first = min(m["occurred_at"] for m in sent)
    since = (day - local_day(first, world.zone)).days
    signs = [m["occurred_at"] for m in messages_of(facts, "opened", "clicked")]
    signs += [s.started_at for s in facts.sessions]
    signs += [o.ordered_at for o in facts.orders]
    if since < world.settings["lost_after_days"] or any(time >= first for time in signs):
        return []
    return [found(since, first)]


def _message_days(var: str, kind: str) -> Days:
    return lambda world, facts: days_after(
        [day_of(world, m) for m in email_messages(facts, kind)], world.settings[var]
    )


def _active_days(world: World, facts: Facts) -> list[date]:
    visits = [on for _, on in _visits_and_clicks(world, facts)]
    return days_after([*facts.purchases, *visits], world.settings["active_days"])


def _lead_days(world: World, facts: Facts) -> list[date]:
    visits = [on for _, on in _visits_and_clicks(world, facts)]
    carts = [day_of(world, e) for e in events_of(facts, "add_to_cart", "begin_checkout")]
    return days_after([*carts, *visits], world.settings["lead_days"])


RULES = {
    "active_customers": Segment(active_customers, days=_active_days),
    "email_clickers": Segment(
        recent_messages("clicked"), days=_message_days("email_days", "clicked")
    ),
    "email_openers": Segment(recent_messages("opened"), days=_message_days("email_days", "opened")),
    "email_sleepers": Segment(email_sleepers, days=_message_days("email_sleeper_days", "sent")),
    "lead_maturity": Segment(lead_maturity, days=_lead_days),
    "lost_customers": Segment(lost_customers),
    "newsletter_subscribers": Segment(newsletter_subscribers, visitors=True),
    "unsubscribed_contacts": Segment(unsubscribed_contacts),
}
