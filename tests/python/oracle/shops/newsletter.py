"""What contacts say about the newsletter."""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st

from .regulars import CLOCKS
from .rows import Maker, decoded, numbers
from .visits import later, steps_of

# What is said about the newsletter: a consent, a message event or an event of the tracker.
WORDS = (
    "in:newsletter",
    "in:Newsletter\t",
    "in:form",
    "in",
    "out",
    "pending:newsletter",
    "in:newsletter out",
    "in:newsletter out=0",
    "out in:newsletter",
    "out in:newsletter=0",
    "in:newsletter pending",
    "in:newsletter pending=0",
    "pending in:newsletter",
    "in:newsletter in:form",
    "in:newsletter in:newsletter=0",
    "in:newsletter unsub",
    "in:newsletter unsub=0",
    "unsub in:form",
    "complain in:newsletter",
    "in:newsletter complain",
    "in:newsletter sms:unsub",
    "sms:in",
    "in:newsletter sms:out",
    "signup",
    "signup out",
    "signup out=0",
    "signup unsub=86400",
    "signup pending",
    "signup out signup",
    "out signup",
    "in signup",
)

_WORD_POOLS = (WORDS, range(24), (1, 0, 2, 100, 364), CLOCKS, range(2))

_WORDS = numbers(_WORD_POOLS, 10)


def add_rows(draw: st.DrawFn, maker: Maker) -> None:
    """Add such statements."""
    for number in draw(_WORDS):
        add_words(maker, *decoded(number, _WORD_POOLS))


def add_words(maker: Maker, story: str, who: int, days: int, clock: str, by_email: int) -> None:
    """Add what a contact said about the newsletter, each a minute after the one before it."""
    contact = who % max(1, len(maker.owners))
    customer_id, email = maker.owners[contact] if maker.owners else (None, "new@shop.fr")
    at = datetime.fromisoformat(maker.time(days, clock))
    owner = {"customer_id": customer_id, "email": email}
    if by_email and email:
        owner["customer_id"] = None
    for place, (what, of, gap) in enumerate(steps_of(story)):
        at = later(at, (60 if gap is None else gap) * bool(place))
        channel = "sms" if what == "sms" else "email"
        what, of = (of, None) if what == "sms" else (what, of)
        number = sum(len(records) for records in maker.shop.values())
        if what == "signup":
            if not maker.may_be_later:
                at = min(at, datetime.combine(maker.last_day, datetime.max.time()))
            maker.add(
                "events",
                event_id=f"h{number}",
                event_name="newsletter_signup",
                occurred_at=str(at),
                visitor_id=f"u{contact}",
                customer_id=customer_id,
                session_id=f"h{number}",
            )
        elif what in ("unsub", "complain"):
            maker.add(
                "message_events",
                message_event_id=f"h{number}",
                message_id=f"h{number}",
                **owner,
                channel=channel,
                event_type={"unsub": "unsubscribed", "complain": "complained"}[what],
                occurred_at=str(at),
            )
        else:
            maker.add(
                "consents",
                consent_id=f"h{number}",
                **owner,
                channel=channel,
                status={"in": "opted_in", "out": "opted_out"}.get(what, what),
                changed_at=str(at),
                source=of,
            )
