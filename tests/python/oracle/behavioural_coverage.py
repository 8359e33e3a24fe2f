"""Count what the random shops show of part B: `python -m oracle.behavioural_coverage`."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

from . import behavioural
from .behavioural import HORIZONS, RULES
from .coverage import examples
from .random_shops import Shop
from .world import CONTRACT, DAY, Row, Settings, Staged, World, aov, build_world, raw_row
from .world import stage_tables as stage

MIN_MEMBERS = 50
MIN_NEAR_MISSES = 50
# Of a segment that has a window: who leaves tomorrow, and who left today, by time alone.
MIN_AT_THE_EDGE = 2
WINDOWED = [name for name, horizon in HORIZONS.items() if horizon is not behavioural.never]
# What is done to one row of every person at once, and to how many different rows of theirs.
CHANGES = (
    ("orders", "gone", 2),
    ("events", "gone", 4),
    ("words", "gone", 1),
    ("orders", "again", 1),
    ("events", "again", 2),
)

FAR = 10**18

Memberships = set[tuple[str, str, str]]


def worlds_of(shops: list[tuple[Shop, Settings]]) -> list[World]:
    """Return the shops as they are on their D; those without a D are left out."""
    worlds = []
    for shop, chosen in shops:
        raw = {table: [raw_row(table, r) for r in shop.get(table, ())] for table in CONTRACT}
        worlds.append(build_world(stage(raw, chosen), chosen))
    return [world for world in worlds if world is not None]


def memberships(world: World, days: int = 0) -> Memberships:
    """Return person, segment and value of all memberships, so many days after D."""
    return {
        (facts.person_id, name, found.segment_value)
        for facts in world.people.values()
        for name, rule in RULES.items()
        for found in rule(world, facts, world.day + days * DAY)
    }


def near_misses(worlds: list[World]) -> Counter:
    """Count, by segment, who joins or leaves it as one row is taken away or added.

    To be cheap, every person loses (or gains a copy of) a row of its own at the same time, and D
    and the averages over orders stay as they were: that is nearly what so many single changes
    would show, at a fraction of the time. Only usable rows are changed.
    """
    counts: Counter = Counter()
    for world in worlds:
        held = replace(world.settings, as_of=str(world.day))
        before = memberships(world)
        for kind, change, times in CHANGES:
            for turn in range(times):
                other = build_world(changed(world, _one_each(world, kind, turn), change), held)
                other.kept = _averages(world)
                counts.update(name for _, name, _ in before ^ memberships(other))
    return counts


def edges(worlds: list[World]) -> tuple[Counter, Counter]:
    """Count, by segment with a window, who leaves tomorrow and who left today, by time alone."""
    tomorrow: Counter = Counter()
    today: Counter = Counter()
    for world in worlds:
        world.kept |= _averages(world)
        past, now, ahead = (memberships(world, days) for days in (-1, 0, 1))
        tomorrow.update(name for _, name, _ in now - ahead)
        # A rule that is read with the day before knows no order of D: who lacks one has not left.
        today.update(name for person_id, name, _ in past - now if _rests(world, person_id))
    return tomorrow, today


def _rests(world: World, person_id: str) -> bool:
    facts = world.people[person_id]
    return world.day not in facts.purchases


def _averages(world: World) -> dict:
    """Return the averages over orders, to be held; one of no orders is out of reach."""
    means = defaultdict(lambda: FAR, behavioural.mean_category_amounts(world))
    return {("aov", 30, None): aov(world, days=30) or FAR, "category means": means}


def _one_each(world: World, kind: str, turn: int) -> list[Row]:
    """Return one row of every person that has such rows, another one each turn."""
    chosen = []
    for number, facts in enumerate(world.people.values()):
        rows = {
            "orders": [order.row for order in facts.all_orders],
            "events": facts.events,
            "words": [*facts.consents, *facts.messages],
        }[kind]
        if rows:
            chosen.append(rows[-1 - (number + 1) * turn % len(rows)])
    return chosen


def changed(world: World, rows: list[Row], change: str) -> Staged:
    """Return what is staged without these rows, or with a slightly later copy of each."""
    tables = dict(world.staged.tables)
    if change == "gone":
        gone = {id(row) for row in rows}
        tables = {t: [r for r in kept if id(r) not in gone] for t, kept in tables.items()}
    else:
        for row in rows:
            key = CONTRACT[row.table][0].name
            own = {"orders": "ordered_at", "events": "occurred_at"}[row.table]
            later = row[own] + timedelta(microseconds=1)
            value = row.value | {key: f"{row[key]} again", own: later}
            tables[row.table] = [*tables[row.table], Row(row.table, row.text, value)]
    return Staged(tables, world.staged.rejected)


def shortfalls(shops: list[tuple[Shop, Settings]]) -> list[str]:
    """Return a sentence for every segment that too few are in, nearly in, or about to leave."""
    worlds = worlds_of(shops)
    members: Counter = Counter()
    for world in worlds:
        members.update(name for _, name, _ in memberships(world))
    # Half of the shops show enough of what takes the most time.
    misses = near_misses(worlds[::2])
    tomorrow, today = edges(worlds)
    asked = (
        (members, RULES, MIN_MEMBERS, "members"),
        (misses, RULES, MIN_NEAR_MISSES, "near misses"),
        (tomorrow, WINDOWED, MIN_AT_THE_EDGE, "leave tomorrow"),
        (today, WINDOWED, MIN_AT_THE_EDGE, "left today"),
    )
    return [
        f"{name}: {counts[name]} {what}"
        for counts, names, least, what in asked
        for name in names
        if counts[name] < least
    ]


def main() -> None:
    """Print the counts."""
    worlds = worlds_of(examples())
    members: Counter = Counter()
    for world in worlds:
        members.update(name for _, name, _ in memberships(world))
    misses = near_misses(worlds[::2])
    tomorrow, today = edges(worlds)
    print("members, near misses, leave tomorrow, left today")
    for name in RULES:
        counts = (members[name], misses[name], tomorrow[name], today[name])
        print("".join(f"{count:7}" for count in counts), name)


if __name__ == "__main__":
    main()
