"""What the segment book shows of buyers together: movement, RFM, value over time."""

from book_charts import pareto_chart
from book_segments import Segments
from book_tables import FEW, STAGES, Row, by, ratio


class Buyers(Segments):
    """What the sections on movement, RFM and value show."""

    def movement(self) -> Row | None:
        """Moves between stages in the last twelve complete months."""
        rows = [r for r in self.read("stage_transitions", "month, from_stage") if r["is_complete"]]
        months = sorted({row["month"] for row in rows})[-12:]
        people: dict[tuple[str, str], int] = {
            (start, end): 0 for start in ("new", *STAGES) for end in STAGES
        }
        for row in rows:
            if row["month"] in months:
                people[row["from_stage"], row["to_stage"]] += row["contacts"]
        if not any(people.values()):
            return None
        lines = [{(start, end) for end in STAGES} for start in ("new", *STAGES)]
        lines += [{(start, end) for start in ("new", *STAGES)} for end in STAGES]
        shown = self.guard.cells(people, lines)
        totals = {start: sum(people[start, end] for end in STAGES) for start in ("new", *STAGES)}
        matrix = [
            {
                "stage": start,
                "total": self.guard.count(totals[start]),
                "cells": [
                    {
                        "stage": end,
                        "people": shown[start, end],
                        "share": ratio(shown[start, end], totals[start]),
                        "is_hidden": shown[start, end] is None,
                    }
                    for end in STAGES
                ],
            }
            for start in ("new", *STAGES)
        ]
        moves = [
            {"from": start, "to": end, "people": number, "share": ratio(number, totals[start])}
            for (start, end), number in shown.items()
            if number and start not in (end, "new")
        ]
        moves.sort(key=lambda move: (-move["people"], move["from"], move["to"]))
        return {"months": months, "matrix": matrix, "moves": moves}

    def rfm(self) -> Row | None:
        """Buyers by recency and frequency."""
        rows = self.read("rfm_grid", "recency_score desc, frequency_score")
        people = {(r["recency_score"], r["frequency_score"]): r["buyers"] for r in rows}
        total = sum(people.values())
        if self.guard.count(total) in (None, 0):
            return None
        # the names tell how many have the two lowest scores for recency
        lines = [set(people), {c for c in people if c[0] <= 2}, {c for c in people if c[0] > 2}]
        shown = self.guard.cells(people, lines)
        cells = {
            (r["recency_score"], r["frequency_score"]): {
                "people": shown[r["recency_score"], r["frequency_score"]],
                "is_hidden": shown[r["recency_score"], r["frequency_score"]] is None,
                "mean": ratio(r["monetary_amount"], r["buyers"])
                if shown[r["recency_score"], r["frequency_score"]]
                else None,
                "name": r["rfm_segment"],
            }
            for r in rows
        }
        found = [number for number in shown.values() if number]
        used = {score for (_, score), number in people.items() if number}
        return {
            "cells": cells,
            "most": max(found, default=0),
            "total": total,
            "unused": sorted(set(range(1, 6)) - used),
            "best": sum(shown[r, f] or 0 for r in (4, 5) for f in (4, 5)),
            "names": self.values("rfm_segments") if "rfm_segments" in self.whole else None,
        }

    def acquisition(self) -> Row | None:
        """What first and later purchases bring in, by month."""
        rows = self.read("new_and_repeat_by_month", "month")[-25:]
        months = []
        for row in rows:
            few_first = self.guard.is_small(row["first_buyers"])
            few_later = self.guard.is_small(row["later_buyers"])
            first = None if few_first else row["first_net_revenue_amount"]
            later = None if few_later else row["later_net_revenue_amount"]
            months.append(
                {
                    "month": row["month"],
                    "is_complete": row["is_complete"],
                    "first": first,
                    "later": later,
                    "share": None if few_first or few_later else row["first_share_of_net_revenue"],
                    "effort": None if few_first or few_later else row["repeat_revenue_per_effort"],
                }
            )
        complete = [month for month in months if month["is_complete"]]
        amounts = [abs(a) for m in months for a in (m["first"], m["later"]) if a]
        if not amounts or not complete:
            return None
        tops = [
            m for m in months if max(abs(m["first"] or 0), abs(m["later"] or 0)) == max(amounts)
        ]
        return {"months": months, "last": complete[-1], "most": max(amounts), "top": tops[0]}

    def pareto(self) -> Row | None:
        """The share of revenue of the best buyers, in steps of at least the minimum."""
        rows = self.read("pareto_curve", "percent")
        if not rows or rows[-1]["share_of_net_revenue"] is None:
            return None
        buyers = rows[-1]["buyers"]
        steps = [s for s in (1, 2, 5, 10, 20, 25, 50) if buyers * s // 100 > self.guard.minimum]
        if not steps:
            return None
        kept = [r for r in rows if r["percent"] % steps[0] == 0]
        vital = next((r for r in rows if r["is_80_percent"]), None)
        vital = vital if vital and vital in kept else None
        fifth = next((r for r in kept if r["percent"] == 20), None)
        points = [(r["percent"], float(r["share_of_net_revenue"])) for r in kept]
        goal = float(self.settings["pareto_revenue_share"])
        return {
            "vital": vital,
            "fifth": fifth,
            "buyers": buyers,
            "svg": pareto_chart(points, goal, vital["percent"] if vital else None),
            "rows": [r for r in kept if r["percent"] in (1, 5, 10, 20, 50)],
        }

    def cohorts(self) -> Row | None:
        """Who buys again, by month of the first purchase."""
        rows = self.read("cohorts", "cohort_month, months_since")
        cohorts = by(rows, "cohort_month")
        sizes = {month: found[0]["cohort_buyers"] for month, found in cohorts.items()}
        if not sizes:
            return None
        told = self.guard.cells(sizes, [set(sizes)])
        months = sorted(cohorts)[-24:]
        found = []
        for month in reversed(months):
            cells = [
                {
                    "share": None
                    if told[month] is None
                    or self.guard.part(row["buyers"], row["cohort_buyers"]) is None
                    else row["share_of_cohort"],
                    "is_complete": row["is_complete"],
                }
                for row in cohorts[month]
                if row["months_since"] > 0
            ]
            found.append(
                {
                    "month": month,
                    "buyers": told[month],
                    "is_few": sizes[month] < FEW,
                    "cells": cells[:12],
                }
            )
        next_month = [r for r in rows if r["months_since"] == 1 and r["is_complete"]]
        again, asked = (sum(r[n] for r in next_month) for n in ("buyers", "cohort_buyers"))
        shares = [c["share"] for row in found for c in row["cells"] if c["share"]]
        return {
            "rows": found,
            "most": max(shares, default=0),
            "next_month": ratio(self.guard.part(again, asked), asked),
            "columns": max((len(row["cells"]) for row in found), default=0),
        }
