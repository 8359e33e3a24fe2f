"""The sentences and labels of the segment book, in one language."""

from decimal import Decimal
from typing import Any

from book_charts import sankey_chart
from book_sections import Book
from book_tables import STAGES, Row, ratio
from book_words import Writer


class Page(Writer):
    """Writes what the sections show in one language.

    Arguments: book, language (`en` or `fr`), words (by key, then by language).
    """

    def __init__(self, book: Book, language: str, words: dict[str, dict[str, str]]) -> None:
        """Keep what all sections need."""
        super().__init__(language, words, book.settings["reporting_currency"])
        self.book = book
        self.labels = {
            row["segment"]: row[f"label_{language}"] or row["segment"] for row in book.definitions
        }

    def in_language(self, row: Row, name: str) -> str:
        """A column that the tables have in English and in French."""
        french = row.get(f"{name}_fr")
        return french if self.language == "fr" and french else row.get(f"{name}_en", row.get(name))

    def scenario(self, row: Row) -> str:
        """A campaign's name."""
        return self.in_language(row, "scenario")

    def value_label(self, segment: str, value: str) -> str:
        """What a segment's value is called; bands are written with a dash and their unit."""
        text = self.book.label(segment, value, self.language)
        unit = {"recency_bands": "unit.days", "age_bands": "unit.years"}.get(segment)
        return text.replace("-", "–") + self.word(unit) if unit else text

    def change(self, number: int | None) -> str:
        """A change in people, without a small one's number and sign."""
        if (
            number is not None
            and abs(number) < self.book.guard.minimum
            and self.book.guard.minimum > 1
        ):
            return self.word("small_change", number=self.book.guard.minimum)
        return self.signed(number)

    def share(self, part: int | None, whole: int | None) -> str:
        """A share of people as percent."""
        return self.percent(ratio(part, whole))

    def verdict(self, mark: Row) -> str:
        """What a grade rests on."""
        value = mark["value"]
        if value is None:
            return self.word("verdict.unknown") if mark["grade"] == "unknown" else ""
        values = {
            "share": self.percent(value),
            "number": self.number(value),
            "amount": self.money(value),
        }
        return self.word(f"verdict.{mark['criterion']}", **values)

    def limit_words(self, row: Row) -> str:
        """The limit of a segment's evidence."""
        key = {">=": "at_least", ">": "above", "<=": "at_most", "<": "below"}
        limit = self.quantity(row["evidence_limit"], row["evidence_kind"])
        return self.word(f"limit.{key[row['evidence_comparison']]}", limit=limit)

    def ends(self, bar: Row, row: Row) -> tuple[str, str]:
        """The lowest and the highest evidence in a bar, the empty text where it is open."""
        low, high = bar["low"], bar["high"]
        whole = row["evidence_kind"] in ("count", "days", "years") and low == int(low)
        if whole and high == int(high):
            # neighbours of whole numbers share none
            upper = row["evidence_comparison"] in (">", "<=")
            low, high = (low + 1, high) if upper else (low, high - 1)
        # of what is below 0 there are amounts, and stocks
        if high > 0 or (high == 0 and row["evidence_kind"] != "money"):
            low = max(low, Decimal(0))
        kind = row["evidence_kind"] if row["evidence_kind"] in ("money", "probability") else "none"
        if kind == "none" and row["evidence_kind"] == "ratio":
            texts = [self.number(number, 2) for number in (low, high)]
        else:
            texts = [self.quantity(number, kind) for number in (low, high)]
        return (
            texts[0] if bar["from"] is not None else "",
            texts[1] if bar["to"] is not None else "",
        )

    def bar_label(self, bar: Row, row: Row) -> str:
        """What a bar of a distribution holds, in short."""
        low, high = self.ends(bar, row)
        if not low or not high:
            return f"≤ {high}" if high else f"{low} +" if low else ""
        return (
            low
            if low == high or row["evidence_kind"] in ("money", "probability", "ratio")
            else f"{low}–{high}"
        )

    def bar_range(self, bar: Row, row: Row) -> str:
        """The same in words, with the unit."""
        low, high = self.ends(bar, row)
        unit = (
            self.word(f"unit.{row['evidence_kind']}")
            if row["evidence_kind"] in ("days", "minutes", "seconds", "years", "percent", "ratio")
            else ""
        )
        if not low or not high:
            key, values = ("less", {"to": high + unit}) if high else ("more", {"from": low + unit})
            return self.word(f"histogram.{key}", **values)
        return (
            low + unit
            if low == high
            else self.word("histogram.range", **{"from": low, "to": high + unit})
        )

    def read_bars(self, row: Row) -> str:
        """A distribution as a list, for whoever can't see it."""
        bars = row["histogram"]["bars"]
        return "; ".join(
            f"{self.bar_range(bar, row)}: {self.number(bar['members'])}"
            for bar in bars
            if bar["members"] != 0
        )

    def sankey(self, moves: list[Row]) -> str:
        """The flows of the stages."""
        texts = [self.words[f"moves.{side}"][self.language] for side in ("left", "came")]
        return sankey_chart(moves, STAGES, self.labels, *texts)

    def finding(self, heading: str, data: Any) -> str:
        """What a section says, as its heading."""
        return getattr(self, f"{heading}_finding")(data)

    def today_finding(self, data: Row) -> str:
        """The heading of the base."""
        if data["customers"] is None or data["contacts"] is None:
            return self.word("today.title_few")
        key = "today.title" if data["customers"] else "today.title_plain"
        numbers = {name: self.number(data[name]) for name in ("contacts", "customers")}
        return self.word(key, **numbers)

    def stages_finding(self, data: Row) -> str:
        """The heading of the stages: where revenue outweighs people most."""
        told = [r for r in data["stages"] if r["share"] and r["revenue_share"]]
        data["scale"] = max(
            (s for r in data["stages"] for s in (r["share"], r["revenue_share"]) if s), default=1
        )
        if not told:
            return self.word("stages.title")
        row = max(told, key=lambda r: (float(r["revenue_share"]) - r["share"], r["segment"]))
        shares = {
            "share": self.percent(row["share"]),
            "revenue": self.percent(row["revenue_share"]),
        }
        return self.word("stages.gap", stage=self.labels[row["segment"]], **shares)

    def year_finding(self, data: Row) -> str:
        """The heading of the year: the stage that changed most."""
        found = []
        for row in data["stages"]:
            first = row["line"] and row["line"]["from"]
            before = first and self.book.size_on(row["segment"], first)
            if before and row["members"] and not self.book.guard.is_small(before):
                found.append((row["members"] / before, row["segment"], before, row["members"]))
        if not found:
            return self.word("year.title")
        most = max(found, key=lambda f: (max(f[0], 1 / f[0]), f[1]))
        numbers = {"before": self.number(most[2]), "now": self.number(most[3])}
        return self.word("year.moved", stage=decapitalized(self.labels[most[1]]), **numbers)

    def health_finding(self, data: Row) -> str:
        """The heading of what the data lack: the widest gap."""
        if not data["findings"]:
            return self.word("health.good")
        worst = data["findings"][0]
        measure = decapitalized(self.known("measure", worst["measure"]))
        return self.word("health.title", measure=measure, share=self.percent(worst["share"]))

    def segments_finding(self, rows: list[Row]) -> str:
        """The heading of the list of segments."""
        filled = sum(not row["is_empty"] for row in rows)
        key = "segments.all" if filled == len(rows) else "segments.title"
        return self.word(key, number=len(rows), filled=filled)

    def line_finding(self, row: Row) -> str:
        """The heading of a segment's line: how it changed in 30 days."""
        members, change = self.number(row["members"]), row["month_change"]
        if change is None:
            return self.word("line.plain", members=members)
        if abs(change) < max(self.book.guard.minimum, 1):
            return self.word("line.steady", members=members)
        return self.word("line.title", members=members, change=self.signed(change))

    def histogram_finding(self, row: Row) -> str:
        """The heading of a segment's distribution: its tallest bar."""
        peak = row["histogram"]["peak"]
        number = self.number(peak["members"])
        return self.word("histogram.title", number=number, range=self.bar_range(peak, row))

    def values_finding(self, row: Row) -> str:
        """The heading of a segment's values: the largest."""
        values = row["values"]
        first = values["rows"][0]
        value = self.value_label(row["segment"], first["value"])
        if values["all"] == 1:
            return self.word("values.only", value=value)
        return self.word(
            "values.title",
            value=value,
            number=self.number(values["all"]),
            share=self.percent(first["share"]),
        )

    def rfm_names_finding(self, data: Row) -> str:
        """The heading of RFM's groups: the largest."""
        first = data["names"]["rows"][0]
        name = self.value_label("rfm_segments", first["value"])
        return self.word("rfm.names", name=name, share=self.percent(first["share"]))

    def alike_finding(self, row: Row) -> str:
        """The heading of what a segment is like: the one it shares most with."""
        first = row["alike"][0]
        if first["share"] is None:
            return self.word("alike.plain", segment=self.labels[first["other"]])
        share = self.percent(first["share"])
        return self.word("alike.title", segment=self.labels[first["other"]], share=share)

    def scorecard_finding(self, row: Row) -> str:
        """The heading of a segment's verdicts: how many it passes."""
        passed = sum(mark["grade"] == "pass" for mark in row["scorecard"])
        return self.word("scorecard.title", passed=passed, all=len(row["scorecard"]))

    def scorecards_finding(self, rows: list[Row]) -> str:
        """The heading of all verdicts: how many segments fail one."""
        graded = [[m["grade"] for m in row["scorecard"]] for row in rows if not row["is_empty"]]
        failed = sum("fail" in grades for grades in graded)
        if not failed:
            return self.word("scorecard.none")
        return self.word("scorecard.all", failed=failed, all=len(graded))

    def movement_finding(self, data: Row) -> str:
        """The heading of the matrix: the likeliest move."""
        told = [
            (cell["share"], row["stage"], cell["stage"])
            for row in data["matrix"]
            for cell in row["cells"]
            if row["stage"] not in ("new", cell["stage"]) and cell["share"]
        ]
        if not told:
            return self.word("movement.plain")
        share, start, end = max(told)
        names = {"from": decapitalized(self.labels[start]), "to": decapitalized(self.labels[end])}
        return self.word("movement.title", share=self.percent(share), **names)

    def moves_finding(self, data: Row) -> str:
        """The heading of the flows: the largest move."""
        first = data["moves"][0]
        names = {side: self.labels[first[side]] for side in ("from", "to")}
        return self.word("moves.title", people=self.number(first["people"]), **names)

    def rfm_finding(self, data: Row) -> str:
        """The heading of the grid: how many of the best there are."""
        return self.word("rfm.title", share=self.percent(ratio(data["best"], data["total"])))

    def value_finding(self, data: Row) -> str:
        """The heading of what buyers bring: how few bring most."""
        pareto = data["pareto"]
        if not pareto or not pareto["vital"]:
            return self.word("value.plain")
        share = self.percent(Decimal(pareto["vital"]["percent"]) / 100)
        goal = self.percent(self.book.settings["pareto_revenue_share"])
        return self.word("value.title", share=share, goal=goal)

    def pareto_finding(self, data: Row) -> str:
        """The heading of the curve: what the best fifth brings."""
        if not data["fifth"]:
            return self.word("pareto.plain")
        share = self.percent(data["fifth"]["share_of_net_revenue"])
        return self.word("pareto.fifth", share=share)

    def products_finding(self, data: Row) -> str:
        """The heading of products: the strongest pair."""
        if not data["pairs"]:
            return self.word("products.none")
        first = data["pairs"][0]
        names = {
            key: self.value_label("product_buyers", first[name])
            for key, name in (("one", "product_id"), ("two", "other_product_id"))
        }
        return self.word("products.title", lift=self.number(first["lift"], 1), **names)

    def objectives_finding(self, data: Row) -> str:
        """The heading of the objectives: which is worth most."""
        first = data["rows"][0]
        amount = first["expected_opportunity_amount"]
        if not amount or amount <= 0:
            return self.word("objectives.plain")
        name = self.in_language(first, "label")
        return self.word("objectives.title", objective=name, amount=self.money(amount))

    def predictions_finding(self, data: Row) -> str:
        """The heading of the predictions: what is expected, or why there are none."""
        status = data["status"]
        if not status or status["status"] != "fitted":
            reason = self.known("reason", status["status"] if status else "no_recent_order")
            return self.word("predictions.none", reason=reason)
        expected = self.book.expected("all_customers")
        if expected is None:
            return self.word("predictions.plain")
        return self.word("predictions.fitted", amount=self.money(expected))

    def trust_finding(self, data: Row) -> str:
        """The heading of the data: how much of it is usable."""
        usable, rows = (sum(r[n] for r in data["fresh"]) for n in ("affected_rows", "all_rows"))
        if not rows:
            return self.word("trust.plain")
        return self.word("trust.title", share=self.percent(ratio(usable, rows)))


def decapitalized(text: str) -> str:
    """A text for the middle of a sentence; abbreviations stay as they are."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
