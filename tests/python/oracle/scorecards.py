"""How far segments hold the same contacts, and whether each is worth working with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from .entities import Facts
from .groups import Group, Rows, revenue, share
from .promotion import is_promoted
from .raw import rounded
from .rules import SAID, attribute, exact, in_days, in_months, mean

# value, limits, second value, its limit, grade
Verdict = tuple[Decimal | int | None, object, object, Decimal | None, object, str]


def segment_overlaps(group: Group) -> Rows:
    """How far two segments hold the same contacts."""
    people = group.members
    names = sorted(people)
    return [(a, b, *overlap(people[a], people[b], group)) for a in names for b in names if a < b]


def overlap(a: set[str], b: set[str], group: Group) -> tuple:
    """The numbers of a pair of segments, and how to read them."""
    both, either = len(a & b), len(a | b)
    reading = None
    if a and b:
        merge = Fraction(both, either) >= exact(group.vars["overlap_merge_min"])
        readings = {"same": a == b, "contains": a <= b or b <= a, "disjoint": not both}
        reading = next((r for r, is_so in (readings | {"merge?": merge}).items() if is_so), None)
    return (
        *(len(a), len(b), both),
        *(share(both, either), share(both, len(a)), share(both, len(b)), reading),
    )


def segment_scorecards(group: Group) -> Rows:
    """Each segment judged by seven criteria."""
    return [
        (definition[0], criterion, *judge(group, definition))
        for definition in group.given["definitions"]
        for criterion, judge in CRITERIA.items()
    ]


def by_limits(value: Fraction | int, pass_limit: Fraction, warn_limit: Fraction) -> str:
    """The grade of a value that has two limits."""
    return "pass" if value >= pass_limit else "warn" if value >= warn_limit else "fail"


def of_share(group: Group, name: str, part: int, whole: int, at_best: str = "pass") -> Verdict:
    """The verdict on a share, by the limits of its name.

    Arguments: group, name (of the criterion), part, whole, at_best (the best grade to be had).
    """
    limits = [exact(group.vars[f"{name}_{grade}_share"]) for grade in ("pass", "warn")]
    grade = "unknown"
    if whole:
        grade = by_limits(Fraction(part, whole), *limits)
        grade = at_best if grade == "pass" else grade
    return (share(part, whole), *(rounded(limit, 4) for limit in limits), None, None, grade)


def identifiable(group: Group, definition: tuple) -> Verdict:
    """Of how many contacts what the rule rests on is known.

    Readings: who was not asked has said no word, so nothing is known; of nobody all are known, and
    none is.
    """
    known_by = definition[2]
    columns = ("acquisition_source", "city", "climate_zone", "country_code", "gender", "region")
    facts_of: dict[str, Callable[[Facts], object]] = {
        "birth_date": lambda facts: attribute(facts, "birth_date"),
        "customer_attributes": lambda facts: facts.attributes,
        "events": lambda facts: facts.events,
        "message_events": lambda facts: facts.messages,
        "consents": lambda facts: [c for c in facts.consents if c["status"] in SAID],
    }
    if not known_by:
        known = len(group.contacts)
    elif known_by in facts_of:
        known = sum(bool(facts_of[known_by](facts)) for facts in group.contacts)
    else:
        values = {who: row[columns.index(known_by)] for who, *row in group.given["people"]}
        known = sum(values[facts.person_id] is not None for facts in group.contacts)
    return of_share(group, "identifiable", known, len(group.contacts))


def year_revenue(group: Group, facts: Facts) -> Decimal:
    """What a contact brought in in 12 months."""
    return revenue(o for o in facts.orders if in_months(o.ordered_on, group.world.day, 12))


def revenue_of(group: Group, people: set[str]) -> Decimal:
    """What some contacts brought in in 12 months."""
    return sum((year_revenue(group, f) for f in group.contacts if f.person_id in people), Decimal())


def both_or_one(*passed: bool) -> str:
    """The grade of two values, each of which passes or does not."""
    return ("fail", "warn", "pass")[sum(passed)]


def substantial(group: Group, definition: tuple) -> Verdict:
    """Enough members, who bring in enough."""
    people = group.members[definition[0]]
    everybody = {facts.person_id for facts in group.contacts}
    least = group.vars["substantial_min_members"]
    least_part = exact(group.vars["substantial_min_revenue_share"])
    earned, whole = revenue_of(group, people), revenue_of(group, everybody)
    is_enough = bool(whole) and Fraction(earned) / Fraction(whole) >= least_part
    grade = both_or_one(len(people) >= least, is_enough)
    limit = exact(group.vars["everybody_share"]) * len(everybody)
    grade = "warn" if grade == "pass" and len(people) > limit else grade
    return (len(people), least, None, share(earned, whole), rounded(least_part, 4), grade)


def accessible(group: Group, definition: tuple) -> Verdict:
    """How many members may be written to on some channel."""
    people = group.members[definition[0]]
    allowed = people & {person for (person,) in group.given["allowed"]}
    return of_share(group, "accessible", len(allowed), len(people))


def earlier_members(group: Group, definition: tuple, day: date) -> set[str]:
    """Who was in a segment on an earlier day, of those who are contacts; nobody if unknown."""
    segment, family, *_ = definition
    contacts = {facts.person_id for facts in group.contacts}
    if family == "lifecycle":
        stages = {person: group.stage_on(person, day) for person in contacts}
        return {p for p, s in stages.items() if s and segment in (s, "all_customers")}
    log = group.given["log"]
    if not log or min(on for on, *_ in log) > day:
        return set()
    moves = [row for row in log if row[2] == segment and row[0] <= day]
    came = [row[1] for row in moves if row[4] == "entered"]
    left = [row[1] for row in moves if row[4] == "exited"]
    return {person for person in contacts if came.count(person) > left.count(person)}


def stable(group: Group, definition: tuple) -> Verdict:
    """How many of the members of some days ago still are, by the same rule."""
    day, segment = group.world.day, definition[0]
    before = earlier_members(group, definition, day - timedelta(days=group.vars["stable_days"]))
    changes = sorted(on for name, on in group.given["rules"] if name == segment)[1:]
    is_changed = changes and in_days(changes[-1], day, group.vars["rule_change_days"])
    still = before & group.members[segment]
    return of_share(
        group, "stable", len(still), len(before), at_best="warn" if is_changed else "pass"
    )


def measures(group: Group, facts: Facts) -> list[Fraction | int | None]:
    """Orders, net revenue of 12 months, recency and share of promoted orders of a contact."""
    year = Fraction(year_revenue(group, facts))
    if not facts.orders:
        return [0, year, None, None]
    promoted = sum(is_promoted(order) for order in facts.orders)
    recency = (group.world.day - facts.purchases[-1]).days
    return [len(facts.orders), year, recency, Fraction(promoted, len(facts.orders))]


def difference(own: list[Fraction | int], others: list[Fraction | int]) -> float | None:
    """How many standard deviations the means are apart; None where nobody differs."""
    if not own or not others:
        return None
    means = [mean(values) for values in (own, others)]
    spread = sum(
        mean([(value - average) ** 2 for value in values])
        for values, average in zip((own, others), means, strict=True)
    )
    return abs(float(means[0] - means[1])) / sqrt(spread / 2) if spread else None


def differentiable(group: Group, definition: tuple) -> Verdict:
    """Unlike every other segment, and unlike the other contacts."""
    own = group.members[definition[0]]
    limit = exact(group.vars["differentiable_max_jaccard"])
    least = exact(group.vars["differentiable_min_difference"])
    shown = (rounded(limit, 4), None)
    if not own:
        return (None, *shown, None, rounded(least, 4), "unknown")
    nearest = max(
        (
            Fraction(len(own & people), len(own | people))
            for segment, people in group.members.items()
            if segment != definition[0] and not own < people
        ),
        default=Fraction(0),
    )
    of_own = [measures(group, f) for f in group.contacts if f.person_id in own]
    of_others = [measures(group, f) for f in group.contacts if f.person_id not in own]
    found = [
        difference(
            *([row[n] for row in rows if row[n] is not None] for rows in (of_own, of_others))
        )
        for n in range(4)
    ]
    greatest = max((apart for apart in found if apart is not None), default=None)
    grade = both_or_one(nearest < limit, greatest is not None and greatest >= least)
    second = None if greatest is None else rounded(Fraction(greatest), 4)
    return (rounded(nearest, 4), *shown, second, rounded(least, 4), grade)


def actionable(group: Group, definition: tuple) -> Verdict:
    """Scenarios, an owner and an objective."""
    has = sum(map(bool, definition[3:]))
    return (has, 3, 1, None, None, by_limits(has, Fraction(3), Fraction(1)))


def profitable(group: Group, definition: tuple) -> Verdict:
    """What a member leaves in a year."""
    people = group.members[definition[0]]
    if not people:
        return (None, Decimal(0), None, None, None, "unknown")
    goods, cost, times = (
        exact(group.vars[name]) for name in ("gross_margin", "contact_cost", "contacts_per_year")
    )
    left = Fraction(share(revenue_of(group, people), len(people))) * goods - cost * times
    return (rounded(left, 4), Decimal(0), None, None, None, "pass" if left > 0 else "fail")


CRITERIA: dict[str, Callable[[Group, tuple], Verdict]] = {
    "identifiable": identifiable,
    "substantial": substantial,
    "accessible": accessible,
    "stable": stable,
    "differentiable": differentiable,
    "actionable": actionable,
    "profitable": profitable,
}
