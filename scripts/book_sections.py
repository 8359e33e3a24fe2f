"""What each section of the segment book shows, from the tables of a published file.

It reads tables about groups alone, never one about a person, and what it says of people passes
`book_disclosure`. Nothing here depends on a language.
"""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

import duckdb
from book_charts import line_chart, pareto_chart
from book_disclosure import BAR_STEP, Guard

STAGES = ("prospects", "first_time_buyers", "repeat_customers")
STAGES += ("loyal_customers", "at_risk_customers", "inactive_customers")
CRITERIA = ("identifiable", "substantial", "accessible", "stable")
CRITERIA += ("differentiable", "actionable", "profitable")
# all that the book reads: no row is about a person
TABLES = {
    "main": ("publication",),
    "membership": ("segment_definitions", "segment_rule_changes"),
    "insights": (
        *("shop_settings", "segment_sizes", "segment_values", "segment_sizes_by_day"),
        *("segment_overlaps", "segment_exits_ahead", "segment_scorecards", "segment_campaigns"),
        *("segment_expectations", "evidence_distributions", "stage_transitions"),
        *("new_and_repeat_by_month", "pareto_curve", "cohorts", "rfm_grid", "objectives"),
        *("objective_actions", "product_affinities", "product_effects", "prediction_status"),
        *("recommendation_backtest", "data_health"),
    ),
}
# built where var `backtest` is set
OPTIONAL = ("prediction_backtest",)
# segments with values of which each member has one, so that these add up
DIVIDED = ("recency_bands", "rfm_segments", "age_bands", "lead_maturity")
DIVIDED += ("acquisition_source_customers", "country_customers", "region_customers")
DIVIDED += ("climate_zone_customers",)
# RFM's names fall apart by recency: the first two scores have these alone
RFM_LOW = ("lost", "at_risk", "cannot_lose", "hibernating")
# rows of a list that is ranked
MOST_VALUES, MOST_ALIKE, MOST_PAIRS = 12, 8, 15
MOST_EFFECTS, MOST_CHANGES, MOST_FINDINGS = 15, 10, 8
# a distribution, a share or a cohort of fewer people says little
FEW = 20
# of findings about the data those above this share of the rows are shown first
WORTH_TELLING = Decimal("0.01")
EXIT_WEEKS = 7
# bars of those who miss a limit are cut off above this many times the tallest one of members
NEAR_BARS_AT_MOST = 2
# room of a letter, a label and half a dot in the matrix of value and delay, in percent of it
LETTER, LABEL_HIGH, DOT, DOT_HIGH = 1.0, 12, 1.5, 8
# raw tables of which no row is about a person
THINGS = ("products", "campaigns", "exchange_rates")

Row = dict[str, Any]


class Published:
    """The tables of a published file that are about groups.

    Arguments: connection (to the file, read-only).
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep the connection, and note which optional tables there are."""
        self.connection = connection
        found = connection.execute("select table_name from information_schema.tables").fetchall()
        self.names = {name for (name,) in found}

    def rows(self, table: str, order_by: str) -> list[Row]:
        """All rows of a table of `TABLES`, in an order; none where it is optional and not there."""
        [schema] = [s for s, names in TABLES.items() if table in names] or ["insights"]
        if table not in self.names and table in OPTIONAL:
            return []
        cursor = self.connection.execute(f"from {schema}.{table} order by {order_by}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def by(rows: list[Row], *names: str) -> dict[Any, list[Row]]:
    """Rows by one column, or by several as a tuple."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)].append(row)
    return dict(found)


# -- what the sections show ---------------------------------------------------------------------


class Book:
    """What each section shows, the same in every language.

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

    # -- today --------------------------------------------------------------------------------

    def today(self) -> Row:
        """The base: tiles, stages, a year of each, what changed, what the data lack."""
        guard, base = self.guard, self.whole["all_customers"]
        prospects = self.whole["prospects"]["members"] if "prospects" in self.whole else 0
        customers = self.contacts - prospects
        is_told = self.members.get("prospects") is not None
        stages = [self.whole[name] for name in STAGES if name in self.whole]
        revenue = base["net_revenue_12_months_amount"]
        return {
            "contacts": guard.count(self.contacts),
            "reachable": guard.part(base["reachable_contacts"], self.contacts),
            "customers": guard.part(customers, self.contacts) if is_told else None,
            "customer_share": ratio(
                guard.part(customers, self.contacts) if is_told else None, self.contacts
            ),
            "revenue": revenue if not guard.is_small(customers) else None,
            "mean": ratio(revenue, customers)
            if is_told and not guard.is_small(customers)
            else None,
            "expected": self.expected("all_customers"),
            "stages": [
                {
                    "segment": row["segment"],
                    "members": self.members[row["segment"]],
                    "change": self.change(row["segment"], 30),
                    "share": self.told(row["segment"], ratio(row["members"], self.contacts)),
                    "revenue": self.told(row["segment"], row["net_revenue_12_months_amount"]),
                    "revenue_share": self.told(
                        row["segment"], ratio(row["net_revenue_12_months_amount"], revenue)
                    ),
                    "line": self.line(row["segment"]),
                }
                for row in stages
            ],
            "since": self.since_last_build(),
            "findings": self.findings()[:MOST_FINDINGS],
        }

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

    def since_last_build(self) -> Row | None:
        """The segments that changed most since the day before in the log, if there is one."""
        logged = {n: rows for n, rows in self.history.items() if n not in STAGES}
        days = {r["as_of_date"] for rows in logged.values() for r in rows}
        earlier = max((day for day in days if day < self.as_of), default=None)
        if earlier is None:
            return None
        changes = []
        for row in self.definitions:
            before = self.size_on(row["segment"], earlier)
            shown = self.members.get(row["segment"])
            if before is None or shown is None or self.guard.is_small(before):
                continue
            if abs(shown - before) >= self.guard.minimum:
                changes.append({"segment": row["segment"], "change": shown - before})
        changes.sort(key=lambda change: (-abs(change["change"]), change["segment"]))
        return {"day": earlier, "changes": changes[:MOST_CHANGES]}

    def findings(self) -> list[Row]:
        """What the shop's data lack, the largest share first."""
        quiet = ("freshness", "contacts who may be written to", "sessions of a known person")
        return [
            row | {"affected_rows": self.guard.part(row["affected_rows"], row["all_rows"])}
            for row in self.health
            if row["measure"] not in quiet
            and (row["share"] or 0) >= WORTH_TELLING
            and not self.guard.is_small(row["affected_rows"])
        ]

    # -- segments -----------------------------------------------------------------------------

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

    # -- movement, RFM, value -----------------------------------------------------------------

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

    # -- products, objectives, predictions, trust ---------------------------------------------

    def products(self) -> Row:
        """What is bought together, and which products bring customers back."""
        pairs = [
            row
            for row in self.read("product_affinities", "lift desc, product_id, other_product_id")
            if self.guard.part(row["buyers_of_both"], row["buyers"]) is not None
            and self.guard.part(row["buyers_of_both"], row["other_buyers"]) is not None
        ]
        kept, seen = [], set()
        for row in pairs:
            pair = frozenset((row["product_id"], row["other_product_id"]))
            if pair not in seen:
                seen.add(pair)
                kept.append(row)
        kept = kept[:MOST_PAIRS]
        effects = [
            row
            for row in self.read("product_effects", "is_harmful desc, difference, product_id")
            if row["difference"] is not None
            and row["observed_buyers"] >= FEW
            and self.guard.part(row["observed_buyers_again"], row["observed_buyers"]) is not None
        ]
        # those that bring most customers back are as worth knowing
        worst = effects[: MOST_EFFECTS // 2 + 1]
        best = [row for row in effects[::-1] if row not in worst][: MOST_EFFECTS // 2][::-1]
        ends = [abs(r[n]) for r in worst + best for n in ("difference_low", "difference_high")]
        return {
            "pairs": kept,
            "lift": max((row["lift"] for row in kept), default=0),
            "effects": worst + best,
            "harmful": sum(row["is_harmful"] for row in effects),
            "widest": max(ends, default=0),
            "backtest": [
                row
                for row in self.read("recommendation_backtest", "hit_rate desc nulls last, method")
                if self.guard.part(row["buyers_hit"], row["buyers"]) is not None and row["buyers"]
            ],
        }

    def objectives(self) -> Row:
        """The five moves that are worth working on."""
        actions = by(
            self.read("objective_actions", "objective, priority, segment, scenario"), "objective"
        )
        rows = []
        for row in self.read("objectives", "rank"):
            stages = row["from_stages"].split(", ")
            told = all(self.members.get(stage) is not None for stage in stages)
            told = told and not self.guard.is_small(row["contacts"])
            row = row | {
                "is_told": told,
                "actions": actions.get(row["objective"], []),
                "reachable": self.guard.part(row["reachable_contacts"], row["contacts"]),
            }
            if not told:
                row |= dict.fromkeys(
                    (
                        *("contacts", "gap_amount", "opportunity_amount", "reachable"),
                        *("expected_opportunity_amount", "monthly_share", "median_days_to_step"),
                    )
                )
            rows.append(row)
        known = [r["expected_opportunity_amount"] for r in rows if r["expected_opportunity_amount"]]
        placed = [r for r in rows if r["opportunity_amount"] and r["median_days_to_step"]]
        place_labels(placed)
        return {
            "rows": rows,
            "most": max(known, default=0),
            "placed": placed,
            "top": max((float(r["opportunity_amount"]) for r in placed), default=0),
        }

    def predictions(self) -> Row:
        """Whether there are predictions, how good they were, and the segments made of them."""
        rows = [r for r in self.read("prediction_backtest", "decile") if r["method"] == "model"]
        tenths = [row for row in rows if row["decile"]]
        came = self.guard.cells(
            {row["decile"]: row["actual_buyers"] for row in tenths},
            [{row["decile"] for row in tenths}],
            {
                row["decile"]
                for row in tenths
                if self.guard.part(row["actual_buyers"], row["customers"]) is None
            },
        )
        return {
            "status": self.status.get("orders"),
            "tenths": [
                {
                    "decile": row["decile"],
                    "expected": row["predicted_buyers"],
                    "came": came[row["decile"]],
                }
                for row in tenths
                if row["customers"] >= self.guard.minimum
            ],
            "days": (rows[0]["as_of_on"], rows[0]["until_on"]) if rows else None,
            "auc": next((row["auc"] for row in rows if row["decile"] == 0), None),
            "most": max(
                [
                    *(float(row["predicted_buyers"] or 0) for row in tenths),
                    *(number for number in came.values() if number),
                ],
                default=0,
            ),
            "segments": [row for row in self.segments() if row["family"] == "predictive"],
        }

    def trust(self) -> Row:
        """How fresh and complete the data is, and what is published."""
        fresh = [
            row
            | {
                "is_told": row["raw_table"] in THINGS
                or not self.guard.is_small(row["affected_rows"])
            }
            for row in self.health
            if row["measure"] == "freshness"
        ]
        fresh.sort(key=lambda row: row["raw_table"])
        other = [
            row | {"affected_rows": self.guard.part(row["affected_rows"], row["all_rows"])}
            for row in self.health
            if row["measure"] != "freshness"
            and row["affected_rows"]
            and not self.guard.is_small(row["affected_rows"])
        ]
        few = sum(
            1
            for r in self.health
            if r["measure"] != "freshness" and self.guard.is_small(r["affected_rows"])
        )
        return {
            "fresh": fresh,
            "rows": other,
            "few": few,
            "tables": [
                row for row in self.publication if row["table_schema"] in ("insights", "membership")
            ],
        }


def place_labels(rows: list[Row]) -> None:
    """Give objectives their places in the matrix of value and delay, and labels room of their own.

    Arguments: rows (of objectives); `x`, `y` and `label_y` are added, in percent of the matrix, and
    `is_left`, which side of its place a label is on.
    """
    longest = max((float(row["median_days_to_step"]) for row in rows), default=1)
    top = max((float(row["opportunity_amount"]) for row in rows), default=1)
    for row in rows:
        row["x"] = round(92 * float(row["median_days_to_step"]) / longest, 1)
        row["y"] = round(max(86 * float(row["opportunity_amount"]) / max(top, 1), 0), 1)
        row["is_left"] = row["x"] > 55
    taken = [(row["x"] - DOT, row["x"] + DOT, row["y"], DOT_HIGH) for row in rows]
    for row in sorted(rows, key=lambda r: (r["opportunity_amount"], r["objective"])):
        wide = max(len(row["label_en"]), len(row["label_fr"])) * LETTER
        ends = (
            (row["x"] - wide, row["x"] - DOT)
            if row["is_left"]
            else (row["x"] + DOT, row["x"] + wide)
        )
        label = row["y"]
        while any(
            ends[0] < right and left < ends[1] and abs(height - label) < high
            for left, right, height, high in taken
        ):
            label += 1
        taken.append((*ends, label, LABEL_HIGH))
        row["label_y"] = round(label, 1)


def ratio(part: Any, whole: Any) -> float | None:
    """A quotient, none where there is nothing to divide (by)."""
    return None if part is None or not whole else float(part) / float(whole)
