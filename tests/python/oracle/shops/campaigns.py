"""Campaigns to many contacts, and single dealings with the shop."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from hypothesis import strategies as st

from .rows import Maker, decoded, numbers

CLOCKS = ("12:00:00", "22:30:00", "23:30:00", "04:59:59", "05:00:00")

CAMPAIGN_DAYS = (0, 1, 5, 6, 7, 8, 27, 28, 29, 30, 31, 45, 60, 88, 89, 90, 91, 200)

CHANNELS = (None, "email", "Email ", "sms")

# What a contact does with a message: nothing, mostly.
REACTIONS = (
    "",
    "",
    "",
    "opened=0",
    "opened",
    "clicked",
    "opened clicked",
    "bounced:soft",
    "bounced",
    "bounced:Hard",
    "complained",
    "unsubscribed",
)

DEALINGS = (
    "consent:opted_out",
    "consent:opted_in",
    "consent:pending",
    "consent:opted_in consent:opted_out",
    "consent:opted_out consent:opted_in",
    "consent:opted_in message:unsubscribed",
    "message:unsubscribed consent:opted_in=1",
    "sms:opted_out",
    "message:complained consent:opted_in=1",
    "message:bounced",
    "ticket ticket",
    "ticket ticket ticket",
    "ticket=360 ticket ticket",
    "ticket ticket=365 ticket",
    "ticket ticket=366 ticket",
    "photo",
    "review photo",
    "review",
    "attribute:household=a",
    "attribute:household=a attribute:household=b",
    "attribute:household=b attribute:household=a=1",
    "attribute:Interest=é attribute:interest=z",
)

_CAMPAIGN_POOLS = (CAMPAIGN_DAYS, CHANNELS, (1, 1, 2, 3), CLOCKS, range(20))

_DEALING_POOLS = (DEALINGS, range(24), (10, 0, 1, 100, 364, 365, 366), CLOCKS)

_CAMPAIGNS = numbers(_CAMPAIGN_POOLS, 8)

_DEALINGS = numbers(_DEALING_POOLS, 10)


def add_rows(draw: st.DrawFn, maker: Maker) -> None:
    """Add campaigns and dealings."""
    for number in draw(_CAMPAIGNS):
        add_campaign(maker, *decoded(number, _CAMPAIGN_POOLS))
    for number in draw(_DEALINGS) + draw(_DEALINGS):
        add_dealing(maker, *decoded(number, _DEALING_POOLS))


def steps_of(text: str) -> list[tuple[str, str, int | None]]:
    """Return what, of what, and after how long (None: not said), for every word of a story."""
    steps = []
    for word in text.split():
        what, _, rest = word.partition(":")
        name, _, gap = (rest or what).rpartition("=")
        if not gap.isdigit():  # the only equals sign, or none, is part of the name
            name, gap = rest or what, ""
        if not rest:
            what, name = name, ""
        steps.append((what, name, int(gap) if gap else None))
    return steps


def add_campaign(
    maker: Maker, days: int, channel: str | None, every: int, clock: str, seed: int
) -> None:
    """Send a message to every contact, or every second or third; some react a day later."""
    random = Random(seed)
    at = datetime.fromisoformat(maker.time(days, clock))
    campaign = len(maker.shop["message_events"])
    for place, (customer_id, email) in enumerate(maker.owners):
        steps = [("sent", "", 0), *steps_of(random.choice(REACTIONS))]
        for what, name, gap in steps[: 0 if place % every else None]:
            maker.add(
                "message_events",
                message_event_id=f"f{len(maker.shop['message_events'])}",
                message_id=f"k{campaign}" if seed % 2 else f"k{campaign}-{place}",
                customer_id=customer_id,
                email=email,
                channel=channel,
                event_type=what,
                bounce_type=name or None,
                occurred_at=str(at + timedelta(days=min(days, 1) if gap is None else 0)),
            )


def add_dealing(maker: Maker, story: str, who: int, days: int, clock: str) -> None:
    """Add consents, tickets, reviews or declarations of one contact, all at once unless said."""
    customer_id, email = maker.owners[who % len(maker.owners)] if maker.owners else ("nobody", None)
    for what, name, gap in steps_of(story):
        at = maker.time(days + (gap or 0), clock)
        named = {"customer_id": customer_id, "email": email}
        number = sum(len(records) for records in maker.shop.values())
        if what in ("consent", "sms"):
            maker.add(
                "consents",
                consent_id=f"f{number}",
                **named,
                channel="sms" if what == "sms" else "email",
                status=name,
                changed_at=at,
            )
        elif what == "message":
            maker.add(
                "message_events",
                message_event_id=f"f{number}",
                message_id=f"f{number}",
                **named,
                event_type=name,
                occurred_at=at,
            )
        elif what == "ticket":
            maker.add(
                "support_tickets",
                ticket_id=f"f{number}",
                customer_id=customer_id or "nobody",
                opened_at=at,
            )
        elif what == "attribute":
            attribute, _, value = name.partition("=")
            maker.add(
                "customer_attributes",
                customer_id=customer_id or "nobody",
                attribute=attribute,
                value=value,
                recorded_at=at,
            )
        else:
            maker.add(
                "reviews",
                review_id=f"f{number}",
                customer_id=customer_id,
                product_id="p1",
                has_photo="true" if what == "photo" else "false",
                reviewed_at=at,
            )
