"""Odd customers neither break the models nor move them: numbers are finite, outliers left out."""

import functools
import math
from datetime import timedelta
from random import Random

import pytest
from predictions import AS_OF, STATUSES, Predicted, Purchase, customers, models, predict, purchase

PURCHASE_MODELS = ("mbg_nbd", "bg_nbd")
SPEND_MODELS = ("log_normal", "gamma_gamma")
# no gate but the one of a single buyer
OPEN = {
    "prediction_min_buyers": 1,
    "prediction_min_history_days": 0,
    "prediction_recent_days": 9999,
    "prediction_min_orders": 1,
}
CLEAN = customers()


def ago(days: int) -> object:
    """The day this many days before the as-of date."""
    return AS_OF - timedelta(days=days)


def bot(orders: int = 200, days: int = 10) -> list[Purchase]:
    """Two hundred orders in ten days."""
    return [purchase("bot", ago(day), 20, orders // days) for day in range(days)]


def wholesalers(number: int = 5, orders: int = 1500) -> list[Purchase]:
    """Accounts with 1,500 orders in two years, on most days of them."""
    return [
        purchase(f"wholesaler {n}", ago(day), 900, orders // 500)
        for n in range(number)
        for day in range(500)
    ]


def once(customer: int, day: int, value: object = 50) -> Purchase:
    """The only purchase of somebody."""
    return purchase(f"c:{customer}", ago(day), value)


# purchases that no shop has, by what is odd about them
ODD: dict[str, list[Purchase]] = {
    "only one-time buyers": [once(n, 1 + n % 700) for n in range(600)],
    "all bought on the as-of date": [once(n, 0) for n in range(600)],
    "some bought on the as-of date": [*CLEAN, *(once(9000 + n, 0) for n in range(300))],
    "identical customers": [
        purchase(f"c:{n}", ago(day)) for n in range(600) for day in (400, 300, 200, 100)
    ],
    "identical customers of one day ago": [
        purchase(f"c:{n}", ago(day)) for n in range(600) for day in (2, 1)
    ],
    "everybody every day": [purchase(f"c:{n}", ago(day)) for n in range(50) for day in range(300)],
    "nothing costs anything": [purchase(person, day, 0) for person, day, *_ in CLEAN],
    "most cost nothing": [
        purchase(person, day, 0 if n % 10 else 50) for n, (person, day, *_) in enumerate(CLEAN)
    ],
    "all is refunded": [purchase(row[0], row[1], row[3], net=0) for row in CLEAN],
    "more is refunded than was paid": [
        purchase(row[0], row[1], row[3], net=-row[3]) for row in CLEAN
    ],
    "cents": [purchase(row[0], row[1], "0.01") for row in CLEAN],
    "the least and the most": [
        purchase(row[0], row[1], "0.0001" if n % 2 else "99999999999.9999")
        for n, row in enumerate(CLEAN)
    ],
    "millions": [purchase(row[0], row[1], row[3] * 1_000_000) for row in CLEAN],
    "forty customers": [row for row in CLEAN if int(row[0][2:]) < 40],
    "one customer": [purchase("c:1", ago(day)) for day in (30, 20, 0)],
    "thirty years": [
        purchase(f"c:{n}", ago(day)) for n in range(300) for day in (11000 - n, 10 * n, n)
    ],
    "a bot and wholesalers": [*CLEAN, *bot(), *wholesalers()],
}


@functools.cache
def clean(purchase_model: str = "mbg_nbd", spend_model: str = "log_normal") -> Predicted:
    """What is predicted for customers who behave as the models say."""
    return predict(models(purchase_model=purchase_model, spend_model=spend_model), CLEAN)


@pytest.mark.parametrize(
    ("purchase_model", "spend_model"), [("mbg_nbd", "log_normal"), ("bg_nbd", "gamma_gamma")]
)
@pytest.mark.parametrize("odd", ["bot", "wholesalers"])
def test_outliers_leave_the_fit_as_it_is(odd: str, purchase_model: str, spend_model: str) -> None:
    """And still get a prediction."""
    added = {"bot": bot, "wholesalers": wholesalers}[odd]()
    project = models(purchase_model=purchase_model, spend_model=spend_model)
    found = predict(project, [*CLEAN, *added])
    assert found.orders["buyers_left_out"] == len({row[0] for row in added})
    assert found.parameters == clean(purchase_model, spend_model).parameters
    for person in {row[0] for row in added}:
        assert 0 <= found.people[person]["p_alive"] <= 1
        assert found.people[person]["expected_order_value"] > 0


def test_an_outlier_that_is_not_left_out_moves_the_fit() -> None:
    project = models(prediction_outlier_multiple=9999)
    found = predict(project, [*CLEAN, *wholesalers()])
    assert found.orders["buyers_left_out"] == 0
    assert found.orders["r"] < 0.9 * clean().orders["r"]


@pytest.mark.parametrize("purchase_model", PURCHASE_MODELS)
@pytest.mark.parametrize("spend_model", SPEND_MODELS)
@pytest.mark.parametrize("odd", ODD)
def test_odd_shops_give_finite_numbers_or_say_why_there_are_none(
    odd: str, purchase_model: str, spend_model: str
) -> None:
    found = predict(
        models(**OPEN, purchase_model=purchase_model, spend_model=spend_model), ODD[odd]
    )
    assert len(found.people) == len({row[0] for row in ODD[odd]})
    assert {fit["status"] for fit in found.fits.values()} <= STATUSES
    assert all(map(math.isfinite, found.numbers))
    fitted = found.orders["status"] == "fitted"
    valued = found.order_value["status"] == "fitted"
    for row in found.people.values():
        assert (row["p_alive"] is not None) == fitted
        assert (row["expected_orders_365_days"] is not None) == fitted
        assert (row["expected_order_value"] is not None) == valued
        assert (row["predicted_value_365_days"] is not None) == (fitted and valued)
        if fitted:
            assert 0 <= row["order_probability_30_days"] <= row["p_alive"] <= 1
            assert 0 <= row["expected_orders_30_days"] <= row["expected_orders_365_days"] * 1.000001
        if valued:
            assert row["expected_order_value"] >= 0


@pytest.mark.parametrize("spend_model", SPEND_MODELS)
def test_the_same_bytes_in_any_order_and_on_any_threads(spend_model: str) -> None:
    project = models(spend_model=spend_model)
    first = predict(project, CLEAN, threads=1)
    shuffled = list(CLEAN)
    Random(7).shuffle(shuffled)
    for rows, threads in ((CLEAN, 8), (shuffled, 1), (shuffled, 8)):
        again = predict(project, rows, threads=threads)
        assert again.fits == first.fits
        assert again.people == first.people
