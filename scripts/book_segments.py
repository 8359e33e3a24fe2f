"""What the segment book shows of each segment: its evidence, values, exits and the like."""

import datetime as dt
from decimal import Decimal

from book_facts import Facts
from book_tables import CRITERIA, FEW, Row, by, ratio

# segments with values of which each member has one, so that these add up
DIVIDED = ("recency_bands", "rfm_segments", "age_bands", "lead_maturity")
DIVIDED += ("acquisition_source_customers", "country_customers", "region_customers")
DIVIDED += ("climate_zone_customers",)
# RFM's names fall apart by recency: the first two scores have these alone
RFM_LOW = ("lost", "at_risk", "cannot_lose", "hibernating")
# rows of a list that is ranked
MOST_VALUES, MOST_ALIKE = 12, 8
EXIT_WEEKS = 7
# bars of those who miss a limit are cut off above this many times the tallest one of members
NEAR_BARS_AT_MOST = 2


class Segments(Facts):
    """What the section of each segment shows."""

    def segments(self) -> list[Row]:
        """A row per segment."""
        found = []
        for definition in self.definitions:
            name = definition["segment"]
            size = self.whole[name]
            visitors = size["members"] - size["contacts"]
            share = None if self.guard.is_small(visitors) else size["share_of_contacts"]
            found.append(
                definition
                | {
                    "members": self.members[name],
                    "is_empty": size["members"] == 0,
                    "share": self.told(name, share),
                    "revenue": self.told(name, size["net_revenue_12_months_amount"]),
                    "revenue_share": self.told(name, size["share_of_revenue_12_months"]),
                    "mean": self.told(name, size["mean_net_revenue_amount"]),
                    "reachable": self.told(
                        name, self.guard.part(size["reachable_contacts"], size["members"])
                    ),
                    "expected": self.expected(name),
                }
            )
        return found

    def pages(self) -> list[Row]:
        """What each segment's section shows besides."""
        distributions = by(self.read("evidence_distributions", "segment, bar"), "segment")
        exits = by(
            self.read("segment_exits_ahead", "segment, segment_value, expires_on"), "segment"
        )
        campaigns = by(self.read("segment_campaigns", "segment, priority, scenario"), "segment")
        return [
            row
            | {
                "line": self.line(row["segment"]),
                "month_change": self.change(row["segment"], 30),
                "logged_since": min((d for d, _ in self.points(row["segment"])), default=None),
                "histogram": self.histogram(row, distributions.get(row["segment"], [])),
                "values": self.values(row["segment"]),
                "alike": self.alike(row["segment"]),
                "exits": self.exits(row["segment"], exits.get(row["segment"], [])),
                "scorecard": self.scorecard(row["segment"]),
                "campaigns": campaigns.get(row["segment"], []),
            }
            for row in self.segments()
        ]

    def histogram(self, segment: Row, rows: list[Row]) -> Row | None:
        """The bars of a segment's evidence; none where they would say nothing, or too much."""
        whole = self.whole[segment["segment"]]["members"]
        if self.members[segment["segment"]] is None or whole < FEW or len(rows) < 2:
            return None
        there = {row["bar"]: row for row in rows}
        bars = range(min(there), max(there) + 1)
        members = [there[bar]["members"] if bar in there else 0 for bar in bars]
        near = [there[bar]["near_misses"] if bar in there else 0 for bar in bars]
        once = whole if sum(members) == whole else None
        shown, missed = self.guard.bars(members, once), self.guard.bars(near)
        if shown is None or missed is None or sum(map(bool, members)) < 2:
            return None
        width = rows[0]["width"]
        start = self.limit_of(segment)
        # who misses it may be many: those bars are cut off rather than all others made small
        most = max(filter(None, shown), default=0)
        tall = max(filter(None, missed), default=0)
        is_cut = tall > NEAR_BARS_AT_MOST * most
        most = most * NEAR_BARS_AT_MOST if is_cut else max(most, tall)
        peak = max(range(len(shown)), key=lambda place: (shown[place] or 0, -place))
        found = []
        for bar, people, others in zip(bars, shown, missed, strict=True):
            row = there.get(bar, {})
            low, high = start + bar * width, start + (bar + 1) * width
            found.append(
                {
                    "from": row.get("evidence_from", low),
                    "to": row.get("evidence_to", high),
                    "low": low,
                    "high": high,
                    "members": people,
                    "near": others,
                    "is_limit": segment["evidence_limit"] is not None and bar == 0,
                }
            )
        return {
            "bars": found,
            "most": most,
            "width": width,
            "peak": found[peak],
            "is_cut": is_cut,
            "has_near": any(number != 0 for number in missed),
            "limit_is_last": segment["evidence_limit"] is not None and bars[-1] == -1,
        }

    @staticmethod
    def limit_of(segment: Row) -> Decimal:
        """Where the bars of a segment begin."""
        return segment["evidence_limit"] or Decimal(0)

    def values(self, segment: str) -> Row | None:
        """The largest values of a segment, and how many others there are."""
        rows = [row for row in self.sizes.get(segment, []) if row["segment_value"] != ""]
        whole = self.whole[segment]["members"]
        if not rows or self.members[segment] is None:
            return None
        people = {row["segment_value"]: row["members"] for row in rows}
        lines = []
        if segment in DIVIDED and sum(people.values()) == whole:
            lines = [set(people)]
            if segment == "rfm_segments":
                lines += [set(RFM_LOW), set(people) - set(RFM_LOW)]
        small = {value for value, n in people.items() if self.guard.part(n, whole) is None}
        shown = self.guard.cells(people, lines, small)
        kept = [row for row in rows if shown[row["segment_value"]] is not None]
        return {
            "rows": [
                {
                    "value": row["segment_value"],
                    "members": row["members"],
                    "share": ratio(row["members"], whole),
                    "mean": row["mean_net_revenue_amount"],
                }
                for row in kept[:MOST_VALUES]
            ],
            "others": len(rows) - len(kept[:MOST_VALUES]),
            "all": len(rows),
        }

    def alike(self, segment: str) -> list[Row]:
        """The segments that share most with one, without those that hold everybody."""
        if self.members[segment] is None:
            return []
        pairs = [
            pair
            for pair in self.overlaps.get(segment, [])
            if pair["both"] >= self.guard.minimum
            and pair["other_members"] < self.contacts
            and pair["other"] not in ("all_customers", segment)
            and self.members.get(pair["other"]) is not None
        ]
        pairs.sort(key=lambda pair: (-pair["jaccard"], pair["other"]))
        found = []
        for pair in pairs[:MOST_ALIKE]:
            both = self.guard.part(pair["both"], pair["members"])
            both = both if self.guard.part(pair["both"], pair["other_members"]) else None
            found.append(pair | {"both": both, "share": pair["jaccard"] if both else None})
        return found

    def exits(self, segment: str, rows: list[Row]) -> Row | None:
        """Who will leave in the coming weeks, week by week."""
        if segment not in self.members or self.members[segment] is None or not rows:
            return None
        whole = self.whole[segment]["members"]
        days = self.settings["exit_days"]
        weeks: dict[int, int] = dict.fromkeys(range(-(-days // EXIT_WEEKS)), 0)
        for row in rows:
            place = ((row["expires_on"] - self.as_of).days - 1) // EXIT_WEEKS
            weeks[min(max(place, 0), len(weeks) - 1)] += row["members"]
        total = sum(weeks.values())
        if self.guard.part(total, whole) is None:
            return None
        shown = self.guard.cells(weeks, [set(weeks)])
        return {
            "total": total,
            "share": ratio(total, whole),
            "weeks": [
                {
                    "from": self.as_of + dt.timedelta(place * EXIT_WEEKS + 1),
                    "to": self.as_of + dt.timedelta(min((place + 1) * EXIT_WEEKS, days)),
                    "members": people,
                }
                for place, people in shown.items()
            ],
            "most": max((people for people in shown.values() if people), default=0),
        }

    def scorecard(self, segment: str) -> list[Row]:
        """The seven verdicts on a segment, with what each rests on where that may be told."""
        whole = self.whole[segment]
        rows = {row["criterion"]: row for row in self.scorecards.get(segment, [])}
        found = []
        for criterion in CRITERIA:
            if criterion not in rows:
                continue
            row, value = rows[criterion], rows[criterion]["value"]
            if self.members[segment] is None or (whole["members"] and whole["contacts"] < FEW):
                value = None
            if criterion == "substantial":
                visitors = whole["members"] - whole["contacts"]
                value = self.told(segment, None if self.guard.is_small(visitors) else value)
            if criterion in ("accessible", "stable", "differentiable") and value is not None:
                people = round(value * whole["contacts"])
                value = value if self.guard.part(people, whole["contacts"]) is not None else None
            if criterion == "identifiable" and value is not None:
                people = round(value * self.contacts)
                value = value if self.guard.part(people, self.contacts) is not None else None
            found.append({"criterion": criterion, "grade": row["grade"], "value": value})
        return found
