"""Who may be written to by which channel, and how to reach them."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from .entities import Facts, World, local_day
from .identity import Identity
from .phones import countries, read_phone
from .raw import CONSENT_CHANNELS, CONTACT_CHANNELS, Row
from .staging import Staged, is_future
from .world import deciding

SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-")


@dataclass
class Word:
    """What somebody said, or what came back.

    One without a time is as new as the newest yes, but a consent without one is the oldest of all.
    """

    reason: str
    at: datetime | None
    consent_id: str | None = None
    source: str | None = None
    is_oldest: bool = False

    def counts_from(self, yes: datetime) -> datetime:
        """Return since when it counts.

        Arguments: yes (time of the newest yes, which one without a time may be as new as).
        """
        return datetime.min if self.is_oldest else self.at or yes


def permissions_and_points(staged: Staged, world: World) -> tuple[list[tuple], list[tuple]]:
    """Return the rows of `contact_permissions` and of `contact_points`."""
    identity = Identity(staged, world.settings)
    words = words_of(staged, world, identity)
    emails = {person: email for email, person in identity.of_email.items()}
    customers = customers_of(staged, identity)
    phones = {person_id: phone_of(rows) for person_id, rows in customers.items()}
    holders = Counter(number for number, _ in phones.values())
    permissions, points = [], []
    for facts in world.people.values():
        if not facts.is_contact:
            continue
        person_id = facts.person_id
        rows = customers[person_id]
        email = email_of(emails.get(person_id))
        phone = phones.get(person_id, (None, "no_address"))
        if phone[0] and holders[phone[0]] > 1:
            phone = (None, "shared_number")
        place = [first(rows, column, tidy) for column in ("city", "postal_code")]
        due = retention_due_on(world, facts)
        for channel in CONTACT_CHANNELS:
            word = last_word(words[person_id, channel])
            reason = word.reason if word else "no_consent"
            is_soft = channel == "email" and word is None and is_softly_asked(world, facts, rows)
            if reason == "opted_in" and must_confirm(world, rows):
                reason = reason if is_confirmed(words[person_id, channel]) else "unconfirmed"
            if reason == "opted_in" and channel == "ads" and is_too_young(world, rows):
                reason = "too_young"
            if reason == "opted_in" or is_soft:
                reason = no_address(channel, email, phone, place)
                if reason is None:
                    reason = "retention_due" if world.day > due else "allowed"
            basis = ("soft_opt_in" if is_soft else "consent") if reason == "allowed" else None
            proof = (word.consent_id, word.at, word.source) if word else (None, None, None)
            permissions.append((person_id, channel, basis is not None, reason, basis, *proof, due))
        names = [first(rows, column, tidy) for column in ("first_name", "last_name")]
        born = first(rows, "birth_date")
        country = country_of(rows)
        points.append(
            (
                *(person_id, person_id[2:] if person_id.startswith("c:") else None),
                *(*email, *phone, *names, *place, country and country["country_code"]),
                born and f"{born:%m-%d}",
            )
        )
    return permissions, points


def is_softly_asked(world: World, facts: Facts, rows: list[Row]) -> bool:
    """Return whether somebody who has said nothing may be told of similar products."""
    country = country_of(rows)
    countries_asked = world.settings["soft_opt_in_countries"]
    return bool(facts.orders and country and country["country_code"] in countries_asked)


def must_confirm(world: World, rows: list[Row]) -> bool:
    """Return whether a yes must be confirmed: an unknown country may be one where it must."""
    asked = world.settings["double_opt_in_countries"]
    country = country_of(rows)
    return bool(asked) and (country is None or country["country_code"] in asked)


def is_confirmed(words: list[Word]) -> bool:
    """Return whether the last that was said before the newest yes, if not yes, is pending."""
    others = [word for word in words if word.reason != "opted_in"]
    yes = newest_yes(words)
    newest = max((word.counts_from(yes) for word in others), default=None)
    return bool(others) and all(
        word.reason == "pending" for word in others if word.counts_from(yes) == newest
    )


def is_too_young(world: World, rows: list[Row]) -> bool:
    """Return whether a birth date is known by which somebody is too young for ads."""
    years = world.settings["ads_min_age"]
    born = [row["birth_date"] for row in rows if row["birth_date"]]
    if not years or not born:
        return False
    year, month = max(born).year + years, max(born).month
    return date(year, month, min(max(born).day, monthrange(year, month)[1])) > world.day


def customers_of(staged: Staged, identity: Identity) -> dict[str, list[Row]]:
    """Return the rows of everybody who is loaded and not erased, the one that decides first."""
    rows = defaultdict(list)
    for row in sorted(staged.tables["customers"], key=deciding):
        if (person_id := identity.owner(row)) not in identity.erased:
            rows[person_id].append(row)
    return rows


def first(rows: list[Row], column: str, read: Callable = lambda value: value) -> object:
    """Return the first value of a column that is there and of which something is left."""
    values = (read(row[column]) for row in rows if row[column] is not None)
    return next((value for value in values if value is not None), None)


def words_of(
    staged: Staged, world: World, identity: Identity
) -> dict[tuple[str | None, str], list[Word]]:
    """Return all that was said or came back, by person and channel.

    A yes counts up to D, all else once it is loaded, even where another row has its id.
    """
    words: dict[tuple[str | None, str], list[Word]] = defaultdict(list)

    def add(row: Row, channels: tuple[str, ...], word: Word) -> None:
        for channel in channels:
            words[identity.owner(row), channel].append(word)

    said_nothing = ("opted_in", "not_asked")
    repeated = [row for row in staged.repeated if row.value.get("status") not in said_nothing]
    for row in chain(staged.tables["consents"], staged.tables["message_events"], repeated):
        if row.table == "consents":
            at = row["changed_at"]
            is_yes = row["status"] == "opted_in"
            if row["status"] == "not_asked" or (
                is_yes and at is not None and local_day(at, world.zone) > world.day
            ):
                continue
            word = Word(row["status"], at, row["consent_id"], row["source"], is_oldest=at is None)
            add(row, (row["channel"],), word)
        elif row.table == "message_events" and (channels := channels_of(row)):
            kind = {"bounced": "hard_bounced"}.get(row["event_type"], row["event_type"])
            kind = kind if len(channels) == 1 else "unclear"
            at = row["occurred_at"]
            add(row, channels, Word(kind, at, row["message_event_id"], "message_events"))
    for row in staged.unread:
        at = row["changed_at" if row.table == "consents" else "occurred_at"]
        at = None if at is None or is_future(at, world.settings) else at
        if row.table == "message_events":
            add(row, channels_of(row), Word("unclear", at))
        elif row["channel"] in CONSENT_CHANNELS:
            add(row, (row["channel"],), Word("unclear", at))
        elif row["status"] not in said_nothing:
            add(row, CONSENT_CHANNELS, Word("unclear", at))
    return words


def channels_of(row: Row) -> tuple[str, ...]:
    """Return the channels that a message event ends: any where nobody knows its own."""
    channel = row["channel"] or "email"
    if row["event_type"] == "bounced":
        is_hard = row["bounce_type"] != "soft"
        return ("email",) if is_hard and channel == "email" else ()
    if row["event_type"] not in ("unsubscribed", "complained"):
        return ()
    return (channel,) if channel in CONSENT_CHANNELS else CONSENT_CHANNELS


def newest_yes(words: list[Word]) -> datetime:
    """Return the time of the newest yes that has one."""
    return max((w.at for w in words if w.reason == "opted_in" and w.at), default=datetime.min)


def last_word(words: list[Word]) -> Word | None:
    """Return the newest word; of one time a no, of several the first in the alphabet."""
    yes = newest_yes(words)
    newest = max((w.counts_from(yes) for w in words), default=None)
    last = [w for w in words if w.counts_from(yes) == newest]
    last.sort(
        key=lambda w: (
            *(w.reason == "opted_in", w.reason, (w.consent_id or "~").encode(), w.at is None),
        )
    )
    return last[0] if last else None


def no_address(
    channel: str,
    email: tuple[str | None, str | None],
    phone: tuple[str | None, str | None],
    place: list[str | None],
) -> str | None:
    """Return why somebody can't be reached by a channel, or None."""
    phone_reason = phone[1]
    if phone_reason in ("wrong_characters", "unknown_country", "wrong_length"):
        phone_reason = "unusable_address"
    if channel == "email":
        return email[1]
    if channel in ("sms", "phone"):
        return phone_reason
    if channel == "post":
        return None if all(place) else "no_address"
    if email[0] or phone[0]:
        return None
    return phone_reason if email[1] == "no_address" else email[1]


def retention_due_on(world: World, facts: Facts) -> date | None:
    """Return the last day on which somebody may be written to, if nothing new happens."""
    days = [order.ordered_on for order in facts.orders]
    days += [session.started_on for session in facts.sessions]
    times = [m["occurred_at"] for m in facts.messages if m["event_type"] == "clicked"]
    times += [ticket["opened_at"] for ticket in facts.tickets]
    # a yes without a time is at least as new as its contact
    times += [
        c["changed_at"] or facts.created_at for c in facts.consents if c["status"] == "opted_in"
    ]
    days += [local_day(at, world.zone) for at in times]
    if not days:
        return None
    months = max(days).year * 12 + max(days).month - 1 + world.settings["retention_months"]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(max(days).day, monthrange(year, month + 1)[1]))


def email_of(email: str | None) -> tuple[str | None, str | None]:
    """Return an e-mail that can be used, or why there is none."""
    if email is None:
        return None, "no_address"
    local, _, domain = email.partition("@")
    labels = domain.split(".")
    is_good = (
        all(part and set(part) <= SIGNS for part in local.split("."))
        and re.match("[a-z0-9_]", local)
        and len(labels) > 1
        and all(re.fullmatch("[a-z0-9-]+", label) for label in labels)
        and not any(label[0] == "-" or label[-1] == "-" for label in labels)
        and (re.fullmatch("[a-z]{2,}", labels[-1]) or re.fullmatch("xn--.+", labels[-1]))
        and len(email) <= 254
    )
    return (email, None) if is_good else (None, "unusable_address")


def country_of(rows: list[Row]) -> dict[str, str] | None:
    """Return the country of a contact."""
    return countries().get(first(rows, "country_code"))


def phone_of(rows: list[Row]) -> tuple[str | None, str | None]:
    """Return the phone of a contact as E.164, or why there is none."""
    text = first(rows, "phone")
    if text is None:
        return None, "no_address"
    calling_code, digits, problem = read_phone(text, country_of(rows))
    return (None, problem) if problem else (f"+{calling_code}{digits}", None)


def tidy(text: str | None) -> str | None:
    """Return a text as another program may take it, or None where nothing is left."""
    spaced = re.sub(r"[\s\u0085]+", " ", re.sub("[\x1c-\x1f]", "", text or ""))
    plain = "".join(c for c in spaced if unicodedata.category(c) != "Cc")
    plain = re.sub(" +", " ", plain).rstrip(" ").lstrip(" =+-@")
    return unicodedata.normalize("NFC", plain) or None
