"""Lines and flows of the segment book as SVG; colours and words come from the page."""

import datetime as dt

from markupsafe import Markup

HEIGHT = 40
FLOW_WIDTH, FLOW_HEIGHT, FLOW_BAR, FLOW_GAP = 680, 380, 8, 12


def stretched(parts: list[str]) -> Markup:
    """An SVG that fills its place, whatever its shape; lines keep their width."""
    shape = f'viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none"'
    return Markup(f'<svg {shape} aria-hidden="true">{"".join(parts)}</svg>')


def place(value: float) -> str:
    """A coordinate as text, short."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def line_chart(
    points: list[tuple[dt.date, int]], first: dt.date, last: dt.date, marks: list[dt.date]
) -> Markup:
    """Sizes by day; what held before a day holds until it.

    Arguments: points (day and size, by day), first and last (days at the ends), marks (days that
    get one).
    """
    days = max((last - first).days, 1)
    most = max((size for _, size in points), default=0) or 1
    x = [100 * (day - first).days / days for day, _ in points]
    y = [HEIGHT - 1 - (HEIGHT - 3) * size / most for _, size in points]
    path = f"M{place(x[0])} {place(y[0])}"
    for one, two, old in zip(x[1:], y[1:], y[:-1], strict=True):
        path += f"H{place(one)}" + (f"V{place(two)}" if two != old else "")
    parts = [
        f'<path class="area" d="{path}V{HEIGHT}H{place(x[0])}Z"/><path class="line" d="{path}"/>'
    ]
    for day in marks:
        where = place(100 * (day - first).days / days)
        parts.append(f'<path class="mark" d="M{where} 0V{HEIGHT}"/>')
    return stretched(parts)


def pareto_chart(points: list[tuple[int, float]], goal: float, vital: int | None) -> Markup:
    """The share of revenue that the best buyers bring.

    Arguments: points (percent of the buyers, share of revenue), goal (share to mark), vital
    (percent of the buyers that reach it; none where it may not be told).
    """
    across = [(0, 0.0), *points]
    top = max(1.0, *(share for _, share in points))

    def up(share: float) -> str:
        return place(HEIGHT - HEIGHT * share / top)

    path = "M" + "L".join(f"{percent} {up(share)}" for percent, share in across)
    parts = [
        f'<path class="even" d="M0 {HEIGHT}L100 {up(1)}"/>',
        f'<path class="area" d="{path}V{HEIGHT}Z"/><path class="line" d="{path}"/>',
    ]
    if vital is not None:
        parts.append(f'<path class="mark" d="M0 {up(goal)}H{vital}V{HEIGHT}"/>')
    return stretched(parts)


def band(left: float, start: float, right: float, end: float, thick: float) -> str:
    """The path of a flow from the top of one bar, (left, start), to that of another."""
    middle = place((left + right) / 2)

    def curve(*ends: tuple[float, float]) -> str:
        (_, one), (x, two) = ends
        return f"C{middle} {place(one)} {middle} {place(two)} {place(x)} {place(two)}"

    there = curve((left, start), (right, end))
    back = curve((right, end + thick), (left, start + thick))
    return f"M{place(left)} {place(start)}{there}V{place(end + thick)}{back}Z"


def sankey_chart(
    moves: list[dict], stages: tuple[str, ...], names: dict[str, str], left: str, came: str
) -> Markup:
    """Who left which stage for which, without those who stayed.

    Arguments: moves (`from`, `to` and `people`), stages (in order), names (of stages), left and
    came (patterns of a label, with `name` and `people`).
    """
    ends = {}
    for side in ("from", "to"):
        sums = {s: sum(m["people"] for m in moves if m[side] == s) for s in stages}
        ends[side] = {stage: people for stage, people in sums.items() if people}
    most = max(len(found) for found in ends.values())
    total = sum(move["people"] for move in moves)
    unit = (FLOW_HEIGHT - FLOW_GAP * (most - 1) - 20) / total
    x = {"from": 190.0, "to": FLOW_WIDTH - 190.0}
    starts: dict[tuple[str, str], float] = {}
    parts = []
    for side, found in ends.items():
        y = 10.0
        for stage, people in found.items():
            starts[side, stage] = y
            text = (left if side == "from" else came).format(name=names[stage], people=people)
            anchor, label_x = ("end", x[side] - 8) if side == "from" else ("start", x[side] + 16)
            parts.append(
                Markup(
                    '<rect class="stage-{}" x="{}" y="{}" width="{}" height="{}"/>'
                    '<text x="{}" y="{}" text-anchor="{}">{}</text>'
                ).format(
                    *(stage, place(x[side]), place(y), FLOW_BAR, place(max(people * unit, 1))),
                    *(place(label_x), place(y + people * unit / 2 + 4), anchor, text),
                )
            )
            y += people * unit + FLOW_GAP
    order = {stage: number for number, stage in enumerate(stages)}
    for move in sorted(moves, key=lambda m: (order[m["from"]], order[m["to"]])):
        thick = move["people"] * unit
        one, two = starts["from", move["from"]], starts["to", move["to"]]
        starts["from", move["from"]] += thick
        starts["to", move["to"]] += thick
        path = band(x["from"] + FLOW_BAR, one, x["to"], two, thick)
        parts.append(f'<path class="flow stage-{move["from"]}" d="{path}"/>')
    body = Markup("").join(Markup(part) for part in parts)
    return Markup('<svg viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        FLOW_WIDTH, FLOW_HEIGHT, body
    )
