"""A naive reading of the tables about groups, with the standard library only.

Every table is a function `(group) -> rows`. Who is who, orders, events and stages are the oracle's
own; who is in which segment is given, as the families' rules judge it.
"""

from __future__ import annotations

from collections.abc import Callable

from .groups import Group, Rows
from .judged_products import (
    category_affinities,
    person_recommendations,
    product_affinities,
    product_effects,
    recommendation_backtest,
)
from .movement import (
    cohorts,
    interval_distribution,
    new_and_repeat_by_month,
    objectives,
    pareto_curve,
    recency_distribution,
    segment_exits_ahead,
    stage_sizes_by_month,
    stage_transitions,
)
from .scorecards import segment_overlaps, segment_scorecards

PAIR = """
    affinity_rank, buyers, other_buyers, buyers_of_both, buyers_without_other, all_buyers,
    confidence, lift
"""
# by table: the columns that the oracle fills, and what does
TABLES: dict[str, tuple[str, Callable[[Group], Rows]]] = {
    "insights.product_affinities": (f"product_id, other_product_id, {PAIR}", product_affinities),
    "insights.category_affinities": (f"category, other_category, {PAIR}", category_affinities),
    "insights.product_effects": ("*", product_effects),
    "membership.person_recommendations": ("*", person_recommendations),
    "insights.recommendation_backtest": ("*", recommendation_backtest),
    "insights.objectives": ("* exclude (label_en, label_fr)", objectives),
    "insights.stage_transitions": ("*", stage_transitions),
    "insights.segment_overlaps": ("*", segment_overlaps),
    "insights.cohorts": ("*", cohorts),
    "insights.pareto_curve": ("*", pareto_curve),
    "insights.recency_distribution": ("*", recency_distribution),
    "insights.interval_distribution": ("*", interval_distribution),
    "insights.stage_sizes_by_month": ("*", stage_sizes_by_month),
    "insights.segment_scorecards": ("* exclude (sentence)", segment_scorecards),
    "insights.segment_exits_ahead": ("*", segment_exits_ahead),
    "insights.new_and_repeat_by_month": ("*", new_and_repeat_by_month),
}
