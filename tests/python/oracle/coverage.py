"""Count what the random shops cover: `python -m oracle.coverage`."""

from __future__ import annotations

from collections import Counter
from functools import cache

from .oracle import REASONS, STAGES, Result, Settings, run_records
from .random_shops import BATCHES, POSSIBLE_REASONS, SETTINGS_POOL, Shop, check_batch

MIN_STAGE_MEMBERS = 50
MIN_REASON_ROWS = 20


@cache
def examples() -> list[tuple[Shop, Settings]]:
    """Return all random shops with their settings, the same ones every time."""
    found: list[tuple[Shop, Settings]] = []
    for number in range(BATCHES):
        check_batch(number, lambda shop, chosen: found.append((shop, chosen)))
    return found


def coverage(results: list[Result]) -> tuple[Counter, Counter, Counter]:
    """Count members by stage at D, rejected rows by reason, and by (raw_table, reason)."""
    stages: Counter = Counter()
    reasons: Counter = Counter()
    cells: Counter = Counter()
    for result in results:
        stages.update({stage: len(result.segments.get(stage, ())) for stage in STAGES})
        reasons.update(reason for _, _, reason in result.rejected)
        cells.update((table, reason) for table, _, reason in result.rejected)
    return stages, reasons, cells


def shortfalls(results: list[Result]) -> list[str]:
    """Return a sentence for everything that the results show too rarely."""
    stages, reasons, cells = coverage(results)
    lacking = [f"{s}: {stages[s]} members" for s in STAGES if stages[s] < MIN_STAGE_MEMBERS]
    lacking += [f"{r}: {reasons[r]} rows" for r in REASONS if reasons[r] < MIN_REASON_ROWS]
    lacking += [
        f"{table}, {reason}: never" for table, reason in sorted(POSSIBLE_REASONS - set(cells))
    ]
    return lacking


def main() -> None:
    """Print the counts."""
    worlds_found = examples()
    results = [run_records(shop, chosen) for shop, chosen in worlds_found]
    stages, reasons, cells = coverage(results)
    by_settings = Counter(SETTINGS_POOL.index(chosen) for _, chosen in worlds_found)
    print(f"{len(results)} examples, by settings: {sorted(by_settings.items())}")
    print(f"without an as-of date: {sum(r.as_of is None for r in results)}")
    print(f"contacts: {sum(stages.values())}, people: {sum(len(r.people) for r in results)}")
    print(f"orders: {sum(len(r.orders) for r in results)}")
    print(f"sessions: {sum(len(r.sessions) for r in results)}")
    for stage in STAGES:
        print(f"{stages[stage]:7} {stage}")
    for reason in REASONS:
        print(f"{reasons[reason]:7} {reason}")
    for (table, reason), count in sorted(cells.items()):
        print(f"{count:7} {table} {reason}")
    for sentence in shortfalls(results):
        print("TOO FEW", sentence)


if __name__ == "__main__":
    main()
