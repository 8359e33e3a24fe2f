"""The oracle gives what is written by hand beside the edge shops: it shares no model's errors."""

from collections import Counter
from pathlib import Path

import pytest
from conftest import EDGE_SHOP_SETTINGS
from family_shops import LEAP_DAY, family_shops, folder_of_the_day, segments_of, settings_of_the_day
from oracle.entities import Predictions
from oracle.oracle import (
    ORDER_COLUMNS,
    REJECTED_COLUMNS,
    RULES,
    SESSION_COLUMNS,
    Result,
    expires_on,
    run,
)
from oracle.raw import read_raw
from oracle.settings import Settings
from oracle.shops.predictions import read_predictions
from oracle.staging import stage_tables
from oracle.world import build_world
from test_edge_shop import SEGMENT_COLUMNS, SHOP, differences, expected_rows

NUMBERS = ("evidence", "order_value_amount", "net_revenue_amount", "duration_seconds", "events")
# time alone ends no membership of these
ENDLESS = {"prospects", "first_time_buyers", "inactive_customers"}


def predicted(folder: Path) -> Predictions | None:
    """What is predicted in a shop, where anything is."""
    path = folder / "predictions.csv"
    return read_predictions(path) if path.exists() else None


def assert_equal(expected: list[dict], rows: list[tuple], columns: list[str], what: str) -> None:
    """Fail with all missing and extra rows; only expected columns are compared."""
    shown = [column for column in columns if not expected or column in expected[0]]
    found = [
        tuple(value for c, value in zip(columns, row, strict=True) if c in shown) for row in rows
    ]
    wrong = differences(expected, found, shown, shown[:1], NUMBERS)
    assert not wrong, f"{what}\n{wrong}"


def tables_of(result: Result, segments: set[str]) -> dict[str, tuple[list[str], list[tuple]]]:
    """Columns and rows of what the oracle gives, by the file in which it is expected."""
    return {
        "segments": (
            ["segment", *SEGMENT_COLUMNS],
            [(name, *row) for name in sorted(segments) for row in result.segments[name]],
        ),
        "orders": (list(ORDER_COLUMNS), result.orders),
        "sessions": (list(SESSION_COLUMNS), result.sessions),
        "rejected_records": (list(REJECTED_COLUMNS), result.rejected),
        "lifecycle_history": (
            ["person_id", "stage", "valid_from", "valid_to"],
            result.lifecycle_history,
        ),
    }


@pytest.mark.parametrize("name", family_shops())
def test_the_oracle_gives_every_row_of_a_family_shop(name: str, tmp_path: Path) -> None:
    """Evidence and dates too, and no row more."""
    shop = family_shops()[name]
    raw = shop.write(tmp_path)
    result = run(raw, Settings.of(shop.settings), predicted(tmp_path))
    columns, rows = tables_of(result, set(segments_of(shop.family)))["segments"]
    assert_equal(shop.members, rows, columns, name)


def test_the_oracle_gives_every_row_of_the_edge_shop() -> None:
    """Orders, sessions, rejected rows, history and stages."""
    segments = {row["segment"] for row in expected_rows("segments")}
    tables = tables_of(run(SHOP / "raw", Settings.of(EDGE_SHOP_SETTINGS), None), segments)
    for name, (columns, rows) in tables.items():
        assert_equal(expected_rows(name), rows, columns, name)


def test_the_last_day_is_the_one_that_asking_for_every_day_finds() -> None:
    """In the shops that are written for the last days of all segments, and for cut points."""
    checked = Counter()
    for day in (
        LEAP_DAY,
        *{shop.settings["as_of"] for shop in family_shops().values()} - {LEAP_DAY},
    ):
        folder, settings = folder_of_the_day(day), Settings.of(settings_of_the_day(day))
        world = build_world(stage_tables(read_raw(folder / "raw", settings), settings), settings)
        world.predictions = predicted(folder) or {}
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
