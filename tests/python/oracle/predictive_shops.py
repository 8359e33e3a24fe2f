"""Random predictions for the contacts of a shop, many of them at an edge or alike."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from .world import Prediction

# thresholds of the default and of the other settings, and just beside them
ALIVE = ("0.8", "0.799999999", "0.5", "0.500000001", "0.1", "0.100000001", "0.05", "0.95", "0.7")
ORDERS = ("4", "3.999999999", "4.00005", "0.00005", "9", "1", "2", "1.999999999")
CHANCES = ("0.1", "0.2", "0.2", "0.3", "0.30005")
VALUES = (None, "10", "62.5", "62.500000001", "100", "100", "125", "125.000000001", "500")
DAYS = (None, None, 1, 2, 7, 14, 15, 5, 200)
# by settings of the random shops: the first ones are the defaults
VARS_POOL: tuple[dict[str, object], ...] = (
    {},
    {},
    {"churn_risk_min": Decimal("0.2"), "predicted_lost_min": Decimal("0.5")},
    {"high_future_value_share": Decimal("0.5"), "win_back_share": Decimal("0.5")},
    {"predicted_loyal_min_alive": Decimal("0.5"), "predicted_loyal_min_orders": 2},
    {"likely_to_buy_share": Decimal("0.3"), "likely_second_share": Decimal("0.5"), "due_days": 7},
    {"rising_multiple": Decimal("0.1"), "due_days": 1},
)


def drawn(contacts: list[str], day: date, seed: int) -> dict[str, Prediction]:
    """Draw predictions, the same ones for the same arguments; some contacts have none.

    Arguments: contacts (person_id of those with an order), day (as of), seed.
    """
    random = Random(f"{seed} {day} {contacts}")
    found = {}
    for person_id in contacts:
        if random.random() < 0.1:
            continue
        alive = Decimal(random.choice(ALIVE))
        value, days = random.choice(VALUES), random.choice(DAYS)
        found[person_id] = {
            "p_alive": alive,
            "churn_probability": 1 - alive,
            "expected_orders_365_days": Decimal(random.choice(ORDERS)),
            "order_probability_30_days": Decimal(random.choice(CHANCES)),
            "order_probability_90_days": Decimal(random.choice(CHANCES)),
            "predicted_value_365_days": None if value is None else Decimal(value),
            "expected_next_order_on": None if days is None else day + timedelta(days=days),
        }
    return found


def write_predictions(predictions: dict[str, Prediction], columns: list[str], path: Path) -> None:
    """Write a file for the harness: columns that no rule reads are empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"person_id": key} | row for key, row in predictions.items())
