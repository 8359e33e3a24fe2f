"""What the tables about groups rest on: who is who on D, in which stage and in which segment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from .entities import Facts, Order, World
from .raw import read_raw, rounded
from .settings import Settings
from .stages import history_of
from .staging import stage_tables
from .world import build_world

Rows = list[tuple]

# what the oracle judges elsewhere, or what earlier days left behind
GIVEN = {
    "members": """
        select segment, person_id, segment_value, expires_on from membership.segment_memberships
    """,
    "definitions": """
        select segment, family, known_by, scenarios, owner, objective
        from membership.segment_definitions
    """,
    "log": """
        select as_of_date, person_id, segment, segment_value, change
        from membership.segment_membership_log
    """,
    "rules": "select segment, as_of_date from membership.segment_rule_changes",
    "reachable": "select person_id from core.people where is_reachable_by_email",
    "allowed": "select person_id from activation.contact_permissions where is_allowed",
    "people": """
        select person_id, acquisition_source, city, climate_zone, country_code, gender, region
        from core.people
    """,
}


@dataclass
class Group:
    """A shop's people on D, its settings, and what is given of them, by the names of GIVEN."""

    world: World
    vars: dict[str, object]
    given: dict[str, Rows]
    spans: dict[str, list[tuple[str, date, date | None]]] = field(default_factory=dict)

    @cached_property
    def contacts(self) -> list[Facts]:
        """Everybody known."""
        return [facts for facts in self.world.people.values() if facts.is_contact]

    @cached_property
    def members(self) -> dict[str, set[str]]:
        """The contacts in each segment; nobody in some."""
        known = {facts.person_id for facts in self.contacts}
        people: dict[str, set[str]] = {segment: set() for segment, *_ in self.given["definitions"]}
        for segment, person, *_ in self.given["members"]:
            people[segment] |= {person} & known
        return people

    def stage_on(self, person: str, day: date) -> str | None:
        """The stage of a contact on a day up to D; None who did not exist."""
        for stage, since, until in self.spans[person]:
            if since <= day and (until is None or day < until):
                return stage
        return None

    def in_stage(self, *stages: str) -> list[Facts]:
        """The contacts who are in one of the stages on D."""
        return [f for f in self.contacts if self.stage_on(f.person_id, self.world.day) in stages]


def group_of(raw_folder: Path, variables: dict[str, object], ask: Callable[[str], Rows]) -> Group:
    """Read a raw folder.

    Arguments: raw_folder (CSV files), variables (all vars), ask (answers the queries of GIVEN).
    """
    settings = Settings.of(variables)
    world = build_world(stage_tables(read_raw(raw_folder, settings), settings), settings)
    group = Group(world, variables, {name: ask(query) for name, query in GIVEN.items()})
    for facts in group.contacts:
        group.spans[facts.person_id] = [span[1:] for span in history_of(world, facts)]
    return group


def share(part: Decimal | Fraction | int, whole: Decimal | Fraction | int) -> Decimal | None:
    """A quotient with 4 decimals; None of nothing."""
    return rounded(Fraction(part) / Fraction(whole), 4) if whole else None


def revenue(orders: Iterable[Order]) -> Decimal:
    """Net revenue of some orders."""
    return sum((order.net_revenue_amount for order in orders), Decimal(0))
