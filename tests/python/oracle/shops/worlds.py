"""Small random dirty shops, made so that edges, collisions and every bad row occur.

A shop is a dict of raw table -> list of {column: text}. Batches of them are always the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from random import Random

from ..settings import Settings
from .buyers import add_buyer, add_contact, add_details, add_reference_rows
from .dirt import add_dirt, leave_out
from .names import leave_open
from .rows import Maker, Shop
from .settings import SETTINGS_POOL
from .stories import add_late_stories, add_stories

BATCHES = 21
EXAMPLES_PER_BATCH = 11
# Where `as_of` is `latest`, the last day is one of these: month ends, a leap day, clock changes.
LAST_DAYS = ("2024-03-31", "2024-02-29", "2024-10-27", "2024-04-30", "2023-03-26")

Check = Callable[[Shop, Settings], None]


def random_shop(random: Random, chosen: Settings, *, is_empty: bool) -> Shop:
    """Make a shop that suits the given settings; an empty one has reference rows only."""
    is_latest = chosen.as_of == "latest"
    last_day = date.fromisoformat(random.choice(LAST_DAYS) if is_latest else chosen.as_of)
    maker = Maker(random, last_day, may_be_later=not is_latest)
    add_reference_rows(maker)
    if not is_empty:
        for _ in maker.up_to(18):
            add_contact(maker)
        for _ in maker.up_to(18):
            add_buyer(maker)
        add_details(maker)
        add_stories(maker)
        leave_open(maker)
    add_dirt(maker)
    if not is_empty:
        add_late_stories(maker)
    leave_out(maker)
    return maker.shop


def check_batch(
    number: int, check: Check, examples: Iterable[int] = range(EXAMPLES_PER_BATCH)
) -> None:
    """Call `check` on random shops of a batch; one that fails is told with its fewest rows.

    `number` (0 to BATCHES - 1) also chooses the settings, `examples` (0 to EXAMPLES_PER_BATCH - 1)
    which shops.
    """
    chosen = SETTINGS_POOL[number % len(SETTINGS_POOL)]
    for example in examples:
        random = Random(f"{number}: {example}")
        shop = random_shop(random, chosen, is_empty=example == 0)
        try:
            check(shop, chosen)
            continue
        except AssertionError:
            shop = fewest_rows(shop, chosen, check)
        check(shop, chosen)


def fewest_rows(shop: Shop, chosen: Settings, check: Check) -> Shop:
    """Take rows away, many at a time and then fewer, as long as the check fails without them."""
    rows = [(table, record) for table, records in shop.items() for record in records]

    def of(some: list) -> Shop:
        return {table: [r for name, r in some if name == table] for table in shop}

    def fails(some: list) -> bool:
        try:
            check(of(some), chosen)
        except AssertionError:
            return True
        return False

    size = len(rows) // 2
    while size:
        for start in range(0, len(rows), size):
            fewer = rows[:start] + rows[start + size :]
            if fails(fewer):
                rows = fewer
        size //= 2
    return of(rows)
