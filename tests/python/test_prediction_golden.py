"""On CDNOW, the models have the published parameters, and predict what other implementations do.

The data are found through the environment variable SHARED_DATA; without it the tests are skipped.
Sources: Fader, Hardie and Lee 2005 (BG/NBD); Batislam, Denizel and Filiztekin 2007 (MBG/NBD); Fader
and Hardie 2013 (Gamma-Gamma).
"""

import csv
import json
import math
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from predictions import Predicted, Purchase, models, predict, shared_data

CALIBRATED_UNTIL = date(1997, 9, 30)
# as published: the day's data, nothing left out, no prior
AS_PUBLISHED = {
    "as_of": str(CALIBRATED_UNTIL),
    "prediction_bucket_days": 1,
    "prediction_prior_sd": 100000,
    "prediction_outlier_multiple": 1000,
}
# alpha and the likelihood of the purchase models by the week
PUBLISHED = {
    "mbg_nbd": {"r": 0.5248, "alpha_days": 6.1831, "a": 0.8914, "b": 1.6140}
    | {"log_likelihood": -9582.136},
    "bg_nbd": {"r": 0.2426, "alpha_days": 4.4136, "a": 0.7929, "b": 2.4259}
    | {"log_likelihood": -9582.429},
    "gamma_gamma": {"p": 6.2496, "q": 3.7442, "v": 15.4435, "log_likelihood": -4055.918},
}
PURCHASE_MODELS = ("mbg_nbd", "bg_nbd")
REPEAT_PURCHASES = 2457


@pytest.fixture(scope="module")
def folder() -> Path:
    """The folder of the real data."""
    path = shared_data()
    if path is None:
        pytest.skip("SHARED_DATA is not set")
    return path


@pytest.fixture(scope="module")
def purchases(folder: Path) -> list[Purchase]:
    """One purchase per customer and day, up to the end of the calibration."""
    days: dict[tuple[str, date], list[Decimal]] = defaultdict(list)
    with (folder / "cdnow" / "cdnow_sample.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["order_date"])
            if day <= CALIBRATED_UNTIL:
                days[row["sample_customer_id"], day].append(Decimal(row["dollar_value"]))
    return [(key, day, len(v), sum(v), sum(v)) for (key, day), v in sorted(days.items())]


@pytest.fixture(scope="module")
def published(purchases: list[Purchase]) -> Callable[..., Predicted]:
    """What is predicted with the settings of the literature."""
    made: dict[str, Predicted] = {}

    def get(model: str, parameters: dict | None = None) -> Predicted:
        key = f"{model} {parameters}"
        if key not in made:
            project = models(**AS_PUBLISHED, purchase_model=model, spend_model="gamma_gamma")
            made[key] = predict(project, purchases, CALIBRATED_UNTIL, parameters=parameters)
        return made[key]

    return get


def rounds_to(value: float, expected: float) -> bool:
    """Whether a number has the four or five digits of a published one."""
    digits = len(str(expected).lstrip("-0.").replace(".", "").lstrip("0"))
    return math.isclose(value, expected, rel_tol=0.6 * 10 ** (1 - digits))


def assert_close(found: Predicted, expected: dict, columns: dict[str, str], least: float) -> None:
    """Fail where a number is further off than this from that of the other implementation."""
    for ours, theirs in columns.items():
        numbers = {key: row[theirs] for key, row in expected.items()}
        close = pytest.approx(numbers, rel=least, abs=0)
        assert {key: row[ours] for key, row in found.people.items()} == close, ours


def test_the_purchases_are_those_of_the_literature(purchases: list[Purchase]) -> None:
    assert len({row[0] for row in purchases}) == 2357
    assert len(purchases) - 2357 == REPEAT_PURCHASES


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_model_has_the_published_parameters(
    published: Callable[..., Predicted], model: str
) -> None:
    found = published(model if model in PURCHASE_MODELS else "mbg_nbd")
    fit = found.order_value
    if model in PURCHASE_MODELS:
        # a density by the week is seven times the one by the day, for every repeat purchase
        by_the_week = found.orders["log_likelihood"] + REPEAT_PURCHASES * math.log(7)
        alpha = found.orders["alpha_days"] / 7
        fit = {**found.orders, "alpha_days": alpha, "log_likelihood": by_the_week}
    assert (fit["model"], fit["status"]) == (model, "fitted")
    for name, expected in PUBLISHED[model].items():
        assert rounds_to(fit[name], expected), (name, fit[name], expected)


def reference(folder: Path, name: str) -> dict[str, dict[str, float]]:
    """Another implementation's predictions, by customer."""
    with (folder / "cdnow_reference" / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {f"{int(row['id']):04}": {k: float(v) for k, v in row.items()} for row in rows}


@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_predictions_are_those_of_scipy(
    folder: Path, published: Callable[..., Predicted], model: str
) -> None:
    """With the parameters of that implementation, to 1e-6."""
    path = folder / "cdnow_reference" / "params_scipy_cdnow_sample.json"
    given = json.loads(path.read_text(encoding="utf-8"))
    short = model.removesuffix("_nbd")
    r, alpha_weeks, a, b = given[short]
    p, q, v = given["gg"]
    parameters = {
        "orders": {"r": r, "alpha_days": 7 * alpha_weeks, "a": a, "b": b},
        "order_value": {"p": p, "q": q, "v": v, "kept_share": 1.0},
    }
    columns = {"p_alive": f"{short}_p_alive", "expected_order_value": "gg_exp_spend"}
    for days in (30, 90, 365):
        columns[f"expected_orders_{days}_days"] = f"{short}_exp_{days}d"
        columns[f"order_probability_{days}_days"] = f"{short}_prob_{days}d"
    columns["predicted_value_365_days"] = f"{short}_clv_365d_undisc"
    expected = reference(folder, "cdnow_sample_scipy.csv")
    assert_close(published(model, parameters), expected, columns, 1e-6)


def test_predictions_are_those_of_lifetimes(
    folder: Path, published: Callable[..., Predicted]
) -> None:
    """With the parameters that are fitted here, as it has its own optimiser, to 1e-5."""
    expected = reference(folder, "cdnow_sample_days_mbg_gg_clv_lifetimes.csv")
    columns = {"p_alive": "mbg_p_alive", "expected_order_value": "gg_spend"}
    columns |= {f"expected_orders_{days}_days": f"mbg_orders_{days}" for days in (30, 90, 365)}
    assert_close(published("mbg_nbd"), expected, columns, 1e-5)


@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_weeks_and_the_prior_move_the_parameters_by_less_than_0_2_percent(
    purchases: list[Purchase],
    published: Callable[..., Predicted],
    model: str,
) -> None:
    """The defaults save time and steady small shops, and change next to nothing."""
    project = models(as_of=str(CALIBRATED_UNTIL), purchase_model=model)
    found, exact = predict(project, purchases, CALIBRATED_UNTIL).orders, published(model).orders
    names = ("r", "alpha_days", "a", "b")
    apart = {name: abs(found[name] / exact[name] - 1) for name in names}
    assert max(apart.values()) < 0.002, apart
    assert min(apart.values()) > 0


def test_the_comparison_notices_a_week_more(purchases: list[Purchase]) -> None:
    project = models(**AS_PUBLISHED, purchase_model="mbg_nbd", spend_model="gamma_gamma")
    later = predict(project, purchases, CALIBRATED_UNTIL + timedelta(days=7)).orders
    assert not rounds_to(later["alpha_days"] / 7, PUBLISHED["mbg_nbd"]["alpha_days"])
