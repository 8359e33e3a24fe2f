"""What every section of the segment book rests on: segments, their sizes now and before."""

import datetime as dt
from collections import defaultdict
from typing import Any

from book_charts import line_chart
from book_disclosure import BAR_STEP, Guard
from book_tables import STAGES, Published, Row, by


class Facts:
    """What is known of segments and may be told, the same in every language.

    Arguments: published (tables).
    """

    def __init__(self, published: Published) -> None:
        """Read what every section needs."""
        read = published.rows
        self.read = read
        [self.settings] = read("shop_settings", "as_of_on")
        self.as_of = self.settings["as_of_on"]
        self.guard = Guard(self.settings["book_min_people"])
        self.publication = read("publication", "table_schema, table_name")
        self.definitions = read("segment_definitions", "sort_order, segment")
        self.labels = {
            (row["segment"], row["segment_value"]): row
            for row in read("segment_values", "segment, segment_value")
        }
        sizes = by(read("segment_sizes", "segment, members desc, segment_value"), "segment")
        self.sizes = sizes
        self.whole = {
            name: next(row for row in rows if row["segment_value"] == "")
            for name, rows in sizes.items()
        }
        self.history = by(
            read("segment_sizes_by_day", "segment, segment_value, as_of_date"), "segment"
        )
        self.overlaps = self._both_ways(read("segment_overlaps", "segment_a, segment_b"))
        self.expectations = {row["segment"]: row for row in read("segment_expectations", "segment")}
        self.scorecards = by(read("segment_scorecards", "segment, criterion"), "segment")
        self.health = [
            row
            for row in read("data_health", "share desc nulls last, measure, raw_table, detail")
            # who has most of something is one person
            if not row["measure"].endswith(" of one person")
        ]
        self.status = {row["predicts"]: row for row in read("prediction_status", "predicts")}
        self.contacts = self.whole["all_customers"]["contacts"]
        self.members = self._members()

    def _both_ways(self, pairs: list[Row]) -> dict[str, list[Row]]:
        """Overlaps by either segment."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in pairs:
            for one, other in (("a", "b"), ("b", "a")):
                found[row[f"segment_{one}"]].append(
                    {
                        "other": row[f"segment_{other}"],
                        "members": row[f"members_{one}"],
                        "other_members": row[f"members_{other}"],
                        "both": row["members_of_both"],
                        "jaccard": row["jaccard"],
                        "reading": row["reading"],
                    }
                )
        return dict(found)

    def _members(self) -> dict[str, int | None]:
        """How many members each segment may be said to have; none where not.

        The stages add up to all contacts. Where a segment lies within another one that has only a
        few people more, one of them is not told, nor is one that with a small one adds up to a
        third.
        """
        shown = {name: self.guard.count(row["members"]) for name, row in self.whole.items()}
        for name, pairs in sorted(self.overlaps.items()):
            for pair in pairs:
                within = pair["both"] == pair["members"] < pair["other_members"]
                if within and self.guard.is_small(pair["other_members"] - pair["members"]):
                    shown[name] = None
        for small in [
            name for name, row in self.whole.items() if self.guard.is_small(row["members"])
        ]:
            holders = {
                pair["other"]: pair["other_members"]
                for pair in self.overlaps.get(small, [])
                if pair["both"] == pair["members"]
            }
            strangers = [pair for pair in self.overlaps.get(small, []) if not pair["both"]]
            for pair in strangers:
                rest = [w - pair["other_members"] for w in holders.values()]
                if self.whole[small]["members"] in rest:
                    shown[pair["other"]] = None
        stages = {name: self.whole[name]["members"] for name in STAGES if name in self.whole}
        hidden = {name for name in stages if shown[name] is None}
        # other segments tell how many have bought
        lines = [set(stages), set(stages) - {"prospects"}]
        return shown | self.guard.cells(stages, lines, hidden)

    def label(self, segment: str, value: str, language: str) -> str:
        """What a segment's value is called."""
        row = self.labels.get((segment, value))
        return row[f"label_{language}"] if row else value

    def told(self, segment: str, value: Any) -> Any:
        """A value of a whole segment, none where its members may not be told."""
        return value if self.members.get(segment) is not None else None

    def expected(self, segment: str) -> float | None:
        """Net revenue expected of a segment in a year; none where nothing is, or of too few."""
        row = self.expectations.get(segment)
        if not row or self.members.get(segment) is None:
            return None
        whole = self.whole[segment]["members"]
        return None if self.guard.part(row["buyers"], whole) is None else row["predicted_value"]

    def points(self, segment: str) -> list[tuple[dt.date, int]]:
        """The sizes of a segment by day, those of its values left out."""
        rows = self.history.get(segment, [])
        return [(r["as_of_date"], r["members"]) for r in rows if r["segment_value"] == ""]

    def size_on(self, segment: str, day: dt.date) -> int | None:
        """How many members a segment had on a day; none before its history begins."""
        known = [members for when, members in self.points(segment) if when <= day]
        return known[-1] if known else None

    def change(self, segment: str, days: int) -> int | None:
        """By how many members a segment has grown; none where that is not known, or not told."""
        before = self.size_on(segment, self.as_of - dt.timedelta(days))
        if before is None or self.members.get(segment) is None or self.guard.is_small(before):
            return None
        return self.whole[segment]["members"] - before

    def line(self, segment: str) -> Row | None:
        """A year of a segment: a line in steps of a few people, its greatest and its last size."""
        first = self.as_of - dt.timedelta(365)
        points = [(max(day, first), members) for day, members in self.points(segment)]
        before = [point for point in points if point[0] == first]
        points = before[-1:] + [point for point in points if point[0] > first]
        if self.members.get(segment) is None or not points or points[0][0] >= self.as_of:
            return None
        points.append((self.as_of, points[-1][1]))
        rounded = [(day, members // BAR_STEP * BAR_STEP) for day, members in points]
        marks = [
            row["as_of_date"]
            for row in self.rule_changes().get(segment, [])[1:]
            if row["as_of_date"] > points[0][0]
        ]
        return {
            "from": points[0][0],
            "to": self.as_of,
            "most": self.guard.count(max(members for _, members in points)),
            "last": self.members[segment],
            "marks": marks,
            "svg": line_chart(rounded, points[0][0], self.as_of, marks),
        }

    def rule_changes(self) -> dict[str, list[Row]]:
        """When rules changed, the first known state included, by segment."""
        if not hasattr(self, "_rule_changes"):
            rows = self.read("segment_rule_changes", "segment, as_of_date")
            self._rule_changes = by(rows, "segment")
        return self._rule_changes
