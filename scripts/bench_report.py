"""What bench.py writes of its measurements: a table in Markdown, and a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from bench_rivals import MODELS
from prediction_pictures import BLUE, GREY, ORANGE, text

EMPTY = 10  # contacts of the shop whose build is all fixed cost: a build needs an order
WEB_ROOMS = ("staging/web", "intermediate/web")
RUNS = {
    "models": "models alone, in full",
    "tests": "with the daily tests, in full",
    "day": "with the daily tests, one more day",
}
OTHERS = {
    "other models": "models alone ÷ the other's",
    "other build": "with the daily tests ÷ its dbt build",
}
COSTS = ("seconds", "cpu_seconds", "model_seconds")


@dataclass
class Run:
    """One dbt process: what it took, and by room its models' seconds and rows."""

    seconds: float
    cpu_seconds: float
    peak_gb: float
    rooms: dict[str, tuple[float, int]] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    model_seconds: float = 0

    def __post_init__(self) -> None:
        """Add up the models' seconds, as if one had followed the other."""
        self.model_seconds = sum(self.models.values())

    def of(self, room: str) -> tuple[float, int]:
        """The seconds and rows of a room."""
        return self.rooms.get(room, (0.0, 0))


def number(size: str) -> int:
    """The number of contacts that a size such as 10k or 1m stands for."""
    return int(float(size.rstrip("km")) * {"k": 1_000, "m": 1_000_000}.get(size[-1], 1))


def exponent(small: float, large: float, fixed: float, times: float) -> float:
    """How fast a cost grows beyond its fixed part: 1 is in proportion.

    Arguments: small and large (cost of two sizes), fixed (of an empty shop), times (as large).
    """
    if min(small, large) <= fixed:
        return math.nan
    return math.log((large - fixed) / (small - fixed)) / math.log(times)


def ratios(runs: dict[str, Run]) -> dict[str, float]:
    """What the runs of a size say of each other, in words."""
    models, tests, day = (runs[kind] for kind in RUNS)
    web_day, web = (sum(run.of(room)[0] for room in WEB_ROOMS) for run in (day, tests))
    found = {
        "daily tests ÷ models alone": tests.seconds / models.seconds - 1,
        "one more day ÷ in full": day.seconds / tests.seconds,
        f"{' and '.join(WEB_ROOMS)}, one more day ÷ in full": web_day / web,
    }
    for kind, run in runs.items():
        if kind.startswith("models at"):
            found[f"{kind} ÷ models alone"] = run.seconds / models.seconds
    for kind, mine in (("other models", models), ("other build", tests)):
        if kind in runs:
            found[OTHERS[kind]] = mine.seconds / runs[kind].seconds
            found[f"{OTHERS[kind]}, CPU"] = mine.cpu_seconds / runs[kind].cpu_seconds
    return found


def table(head: str, rows: Iterable[Iterable[object]]) -> list[str]:
    """The lines of a Markdown table; a number that is not whole has two digits."""
    lines = ["", f"| {head} |", "|" + " --- |" * (head.count("|") + 1)]
    for row in rows:
        cells = (f"{c:.2f}" if isinstance(c, float) else str(c) for c in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def report(machine: str, sizes: dict[str, dict]) -> str:
    """All that was measured, in Markdown. Arguments: machine (in words), sizes (of `measure`)."""
    lines = ["# What a build takes", "", machine]
    for size, found in sizes.items():
        runs: dict[str, Run] = found["runs"]
        lines += ["", f"## {size} contacts"]
        took = [
            (RUNS.get(kind, kind), *(getattr(run, cost) for cost in COSTS), run.peak_gb)
            for kind, run in runs.items()
        ]
        lines += table("what | seconds | CPU seconds | model seconds | peak, GB", took)
        if number(size) == EMPTY:
            lines += ["", "This is the fixed cost."]
            continue
        lines += table("ratio | ", ratios(runs).items())
        head = "room | rows | " + " | ".join(f"{words}, s" for words in RUNS.values())
        lines += table(
            head,
            (
                (room, runs["tests"].of(room)[1], *(runs[kind].of(room)[0] for kind in RUNS))
                for room in sorted(runs["tests"].rooms)
            ),
        )
        seconds = runs["models"].models
        models = {step: sum(seconds[name] for name in names) for step, names in MODELS.items()}
        rivals = {"models of this project": models} | found["rivals"]
        steps = ("read", *MODELS, "peak_gb")
        lines += table(
            f"by | {' | '.join(steps)}",
            (
                (by, *(took.get(step, "") if took else "not installed" for step in steps))
                for by, took in rivals.items()
            ),
        )
        lines += ["", f"Every input column hashed once: {found['floor']:.1f} s."]
    lines += ["", "## How the cost grows, net of the fixed cost (1: in proportion)"]
    empty, *sized = sizes
    lines += table(
        "sizes | run | seconds | CPU seconds | model seconds",
        (
            (
                f"{a} to {b}",
                words,
                *(
                    exponent(
                        *(getattr(sizes[s]["runs"][kind], cost) for s in (a, b, empty)),
                        number(b) / number(a),
                    )
                    for cost in COSTS
                ),
            )
            for a, b in pairwise(sized)
            for kind, words in RUNS.items()
        ),
    )
    return "\n".join([*lines, ""])


def picture(size: str, runs: dict[str, Run]) -> str:
    """An SVG of the models' seconds by room: in full beside one more day."""
    rooms = {r: s for r, (s, _) in runs["tests"].rooms.items() if r != "tests"}
    most, height = max(rooms.values()), 60 + 26 * len(rooms)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" role="img"'
        ' font-family="sans-serif" font-size="13" fill="#1f2937">',
        f'<rect width="720" height="{height}" fill="#ffffff"/>',
        text(16, 24, f"{size} contacts: seconds by room", style=' font-size="16"'),
        text(420, 24, "in full", style=f' fill="{BLUE}"'),
        text(490, 24, "one more day", style=f' fill="{ORANGE}"'),
    ]
    for n, room in enumerate(sorted(rooms)):
        parts.append(text(190, 60 + 26 * n, room, "end"))
        for below, kind, colour in ((0, "tests", BLUE), (10, "day", ORANGE)):
            seconds, y = runs[kind].rooms.get(room, (0.0, 0))[0], 46 + 26 * n + below
            width = round(seconds / most * 440, 1)
            parts.append(f'<rect x="200" y="{y}" width="{width}" height="9" fill="{colour}"/>')
            label = f' font-size="10" fill="{GREY}"'
            parts.append(text(206 + width, y + 8, f"{seconds:.1f}", style=label))
    return "\n".join([*parts, "</svg>", ""])
