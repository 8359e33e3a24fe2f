"""What each section of the segment book shows, from the tables of a published file.

What it says of people passes `book_disclosure`. Nothing here depends on a language. The sections
on each segment are in `book_segments`, those on movement, RFM and value in `book_buyers`.
"""

from decimal import Decimal

from book_buyers import Buyers
from book_tables import FEW, STAGES, Row, by, ratio

# rows of a list that is ranked
MOST_PAIRS, MOST_EFFECTS, MOST_CHANGES, MOST_FINDINGS = 15, 15, 10, 8
# of findings about the data those above this share of the rows are shown first
WORTH_TELLING = Decimal("0.01")
# room of a letter, a label and half a dot in the matrix of value and delay, in percent of it
LETTER, LABEL_HIGH, DOT, DOT_HIGH = 1.0, 12, 1.5, 8
# raw tables of which no row is about a person
THINGS = ("products", "campaigns", "exchange_rates")


class Book(Buyers):
    """What each section shows, the same in every language.

    Arguments: published (tables).
    """

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
