"""Small random shops with random predictions: `random_shop(n)`, the same every time.

The predictions are invented, not fitted: they are on, just below and just above every threshold,
and tie. A prediction may be null alone only where a model allows it: the value where the spend
model is not fitted, the day of the next order where none is likely.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

from ..entities import Facts, Predictions, World
from ..rules import buyers, exact, orders_in
from ..settings import Settings
from ..world import world_of
from .buyers import add_buyer, add_contact, add_reference_rows
from .rows import Maker, Shop

SHOPS = 42
BASE = Settings(loaded_until="2025-12-31 00:00:00")
# Every shop has one of these; 0.55 × 20 and 0.28 × 25 are whole, but not in floats. The defaults
# are those of the sample shop and of the edge shop.
SETTINGS_POOL: tuple[Settings, ...] = (
    replace(
        BASE,
        as_of="2024-10-27",
        reporting_time_zone="America/New_York",
        at_risk_multiplier="1",
        inactive_multiplier="2",
        vars={
            "high_future_value_share": Decimal("0.55"),
            "likely_to_buy_share": Decimal("0.28"),
            "likely_second_share": Decimal("0.55"),
            "win_back_share": Decimal("0.28"),
            "due_days": 1,
            "rising_multiple": Decimal("1.1"),
            "rising_min_probability": Decimal("0.45"),
            "next_order_min_probability": Decimal("0.55"),
            "predicted_loyal_min_probability": Decimal("0.65"),
            "predicted_loyal_min_orders": Decimal("1.3"),
            "churn_risk_min": Decimal("0.3"),
            "predicted_lost_min": Decimal("0.6"),
        },
    ),
    replace(
        BASE,
        as_of="2025-03-31",
        interval_basis="shop",
        vars={
            "high_future_value_share": Decimal("0.3333"),
            "likely_to_buy_share": 1,
            "likely_second_share": Decimal("0.01"),
            "win_back_share": Decimal("0.55"),
            "due_days": 30,
            "rising_multiple": 1,
            "predicted_lost_min": Decimal("0.95"),
        },
    ),
)

SIZES = (1, 2, 4, 5, 10, 11, 20, 20, 20, 25, 30)


def _shop(draw: Random, day: date, *, even: bool) -> Shop:
    """Return the shop of so many contacts; in an even one 20 or 25 buy, whose orders all count."""
    maker = Maker(draw, day, may_be_later=True)
    add_reference_rows(maker)
    for _ in range(draw.choice((20, 25) if even else SIZES)):
        if even or maker.chance(0.6):
            add_buyer(maker)
        else:
            add_contact(maker)
    for order in maker.shop["orders"]:
        # of more, a double does not tell the ninth place
        order["subtotal_amount"] = str(min(Decimal(order["subtotal_amount"]), 1000))
    if even:
        maker.shop["refunds"].clear()
    return maker.shop


# Beside an edge: on it, a millionth or a billionth off, and off by what 9 decimals do not show.
STEPS = tuple(map(Decimal, ("0", "0", "1e-6", "-1e-6", "1e-9", "-1e-9", "4e-10", "-4e-10")))
POOL = (0.0, 3.0, 12.00005, 12.00005, 75.123449999, 75.12345, 250.5, 250.5, 1000.0)
FEW = (12.00005, 250.5)
PROBABILITIES = (0.0, 0.05, 0.12345, 0.5, 0.5, 0.75, 0.99995, 1.0)


def _beside(draw: Random, *edges: object) -> float:
    """Return a number on or beside one of the edges."""
    return float(Decimal(str(draw.choice(edges))) + draw.choice(STEPS))


def _probability(draw: Random, *edges: object) -> float:
    """Return a probability: beside an edge, one of a few, or any of four decimals."""
    turn = draw.random()
    if edges and turn < 0.6:
        return _beside(draw, *edges)
    return draw.choice(PROBABILITIES) if turn < 0.8 else draw.randrange(10001) / 10000


def _value(draw: Random, world: World, facts: Facts, *, few: bool) -> float:
    """Return a value of a year: beside the multiple of the last one's, one of a few, or any."""
    if few:
        return draw.choice(FEW)
    turn = draw.random()
    orders = orders_in(facts, world.day, months=12)
    revenue = sum((Fraction(o.net_revenue_amount) for o in orders), Fraction(0))
    edge = exact(world.settings["rising_multiple"]) * revenue
    if turn < 0.4 and edge > 0:
        return max(0.0, _beside(draw, Decimal(edge.numerator) / edge.denominator))
    return draw.choice(POOL) if turn < 0.8 else draw.randrange(10**8) / 100000


def _prediction(draw: Random, world: World, facts: Facts, known: float, *, few: bool) -> dict:
    """Return what is predicted of a person; `known` is how likely the value is known."""
    chosen = world.settings
    due = chosen["due_days"]
    value = _value(draw, world, facts, few=few) if draw.random() < known else None
    ahead = draw.choice((None, None, 0, 1, 2, due - 1, due, due, due + 1, 40, 365))
    edges = [chosen[f"{name}_min_probability"] for name in ("predicted_loyal", "rising")]
    edges += [chosen["next_order_min_probability"]]
    edges += [1 - chosen[name] for name in ("churn_risk_min", "predicted_lost_min")]
    likely = _probability(draw, *edges)
    return {
        "p_alive": _probability(draw),
        "churn_probability": float(1 - Decimal(repr(likely))),
        "expected_orders_30_days": 0.25,
        "expected_orders_90_days": 0.5,
        "expected_orders_365_days": _beside(
            draw, chosen["predicted_loyal_min_orders"], "1.00005", "7.5"
        ),
        "order_probability_30_days": _probability(draw),
        "order_probability_90_days": _probability(draw),
        "order_probability_365_days": likely,
        "expected_order_value": None if value is None else 40.0,
        "predicted_value_365_days": value,
        "predicted_total_value": value,
        "expected_next_order_on": None if ahead is None else world.day + timedelta(days=ahead),
    }


def _predictions(draw: Random, world: World, *, even: bool) -> Predictions:
    """Return predictions of every buyer; in some shops one model or both are not fitted.

    In an even shop everybody has a value, and many have the same.
    """
    fitted = even or draw.random() < 0.92
    known = 1.0 if even else draw.choice((1.0, 1.0, 1.0, 0.8, 0.8, 0.0))
    few = even or draw.random() < 0.3
    found = {f.person_id: _prediction(draw, world, f, known, few=few) for f in buyers(world)}
    if not fitted:
        return {who: dict.fromkeys(columns) for who, columns in found.items()}
    return found


def random_shop(number: int) -> tuple[Shop, Settings, Predictions]:
    """Return the shop of a number, its settings and its predictions."""
    draw = Random(f"predictive {number}")
    chosen = SETTINGS_POOL[number % len(SETTINGS_POOL)]
    even = number % 6 == 0
    shop = _shop(draw, date.fromisoformat(chosen.as_of), even=even)
    return shop, chosen, _predictions(draw, world_of(shop, chosen), even=even)


COLUMNS = (
    *("p_alive", "churn_probability"),
    *(f"expected_orders_{days}_days" for days in (30, 90, 365)),
    *(f"order_probability_{days}_days" for days in (30, 90, 365)),
    *("expected_order_value", "predicted_value_365_days", "predicted_total_value"),
    "expected_next_order_on",
)
# what is said of buyers alike, which no segment reads and which stays empty
ALIKE = (
    *("purchases_class", "silence_band", "similar_silent_days", "similar_purchases"),
    *(f"similar_share_{days}_days" for days in (30, 90, 365)),
)


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Write predictions as a CSV file; a null is an empty text."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["person_id", *COLUMNS, *ALIKE], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"person_id": who, **columns} for who, columns in predictions.items())


def read_predictions(path: Path) -> Predictions:
    """Read predictions from a CSV file."""

    def typed(column: str, text: str) -> float | date | None:
        read: Callable = date.fromisoformat if column.endswith("_on") else float
        return read(text) if text else None

    with path.open(encoding="utf-8", newline="") as stream:
        return {
            row["person_id"]: {column: typed(column, row[column]) for column in COLUMNS}
            for row in csv.DictReader(stream)
        }
