"""The tables of a published file that the segment book reads, and the names that all of it uses.

The tables are about groups alone, never about a person.
"""

from collections import defaultdict
from typing import Any

import duckdb

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
# a distribution, a share or a cohort of fewer people says little
FEW = 20

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


def ratio(part: Any, whole: Any) -> float | None:
    """A quotient, none where there is nothing to divide (by)."""
    return None if part is None or not whole else float(part) / float(whole)
