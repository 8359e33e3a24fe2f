"""The oracle gives what is written by hand beside the edge shops: it errs with no model."""

from collections import Counter
from pathlib import Path

import pytest
from conftest import EDGE_SHOP_SETTINGS, SEGMENT_SHOPS, segment_shop_settings
from harness import expected_csv
from oracle.entities import Predictions
from oracle.oracle import ORDER_COLUMNS, RULES, SESSION_COLUMNS, Result, expires_on, run
from oracle.raw import read_raw
from oracle.settings import Settings
from oracle.shops.predictions import read_predictions
from oracle.staging import stage_tables
from oracle.world import build_world
from test_edge_shop import EVERY_RULE, SEGMENT_COLUMNS, SHOP, SHOPS, differences

# the first is written for the stages, orders, sessions and bad rows, the others for other segments
EDGE_SHOPS = {"edge_shop": (SHOP, EDGE_SHOP_SETTINGS)} | {
    shop: (SEGMENT_SHOPS / shop, segment_shop_settings(shop)) for shop in SHOPS
}
NUMBERS = ("evidence", "order_value_amount", "net_revenue_amount", "duration_seconds", "events")
# time alone ends no membership of these
ENDLESS = {"prospects", "first_time_buyers", "inactive_customers"}


def given(shop: str) -> tuple[Path, Settings, Predictions | None]:
    """The folder of a shop, its settings, and what is predicted in it."""
    folder, variables = EDGE_SHOPS[shop]
    path = folder / "predictions.csv"
    return folder, Settings.of(variables), read_predictions(path) if path.exists() else None


def tables_of(result: Result, segments: set[str]) -> dict[str, tuple[list[str], list[tuple]]]:
    """Columns and rows of what the oracle gives, by the file in which it is expected."""
    return {
        "segments": (
            ["segment", *SEGMENT_COLUMNS],
            [(name, *row) for name in sorted(segments) for row in result.segments[name]],
        ),
        "orders": (list(ORDER_COLUMNS), result.orders),
        "sessions": (list(SESSION_COLUMNS), result.sessions),
        "rejected_records": (["raw_table", "record_key", "rejection_reason"], result.rejected),
        "lifecycle_history": (
            ["person_id", "stage", "valid_from", "valid_to"],
            result.lifecycle_history,
        ),
    }


@pytest.mark.parametrize("shop", EDGE_SHOPS)
def test_the_oracle_gives_every_row_of_an_edge_shop(shop: str) -> None:
    """Evidence and dates too, and no row more."""
    folder, settings, predictions = given(shop)
    written_for = folder if shop == "edge_shop" else SEGMENT_SHOPS / EVERY_RULE
    segments = {row["segment"] for row in expected_csv(written_for / "expected" / "segments.csv")}
    tables = tables_of(run(folder / "raw", settings, predictions), segments)
    for file in sorted((folder / "expected").glob("*.csv")):
        if file.stem not in tables:
            continue
        columns, rows = tables[file.stem]
        expected = expected_csv(file)
        shown = [column for column in columns if column in expected[0]]
        found = [
            tuple(value for c, value in zip(columns, row, strict=True) if c in shown)
            for row in rows
        ]
        wrong = differences(expected, found, shown, shown[:1], NUMBERS)
        assert not wrong, f"{file}\n{wrong}"


def test_the_last_day_is_the_one_that_asking_for_every_day_finds() -> None:
    """In the shops that are written for the last days of all segments, and for cut points."""
    checked = Counter()
    for shop in (EVERY_RULE, "frozen_cut_points"):
        folder, settings, predictions = given(shop)
        world = build_world(stage_tables(read_raw(folder / "raw"), settings), settings)
        world.predictions = predictions or {}
        for number, facts in enumerate(world.people.values()):
            for name, rule in RULES.items():
                # what time does not end is asked of few
                if not (rule.fades or rule.days) and number % 7:
                    continue
                for one in rule(world, facts, world.day):
                    asked = (name, world, facts, one.segment_value)
                    quick, slow = expires_on(*asked), expires_on(*asked, one_by_one=True)
                    assert quick == slow, (name, facts.person_id, one)
                    checked[name] += quick is not None
    ending = {name for name, rule in RULES.items() if rule.fades or rule.days} - ENDLESS
    assert ending == {name for name in checked if checked[name]}
