"""When there is a prediction, and that each number is what its formula says, computed in Python.

Formulas: Fader, Hardie and Lee 2005 (BG/NBD), Batislam, Denizel and Filiztekin 2007 (MBG/NBD),
Fader and Hardie 2013 (Gamma-Gamma), Searle, Casella and McCulloch 1992 (moments), Bühlmann 1967.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from predictions import AS_OF, Predicted, Purchase, customers, models, predict, purchase

SHOP = [
    # every ninth is refunded by a third, every eleventh costs nothing
    (person, day, orders, value * (n % 11 > 0), value * (n % 11 > 0) * (2 if n % 9 == 0 else 3) / 3)
    for n, (person, day, orders, value, _) in enumerate(customers())
]
# some of the buyers, with few purchases and with many
LOOKED_AT = 25


def bought(first: int, last: int = 0) -> list[Purchase]:
    """The purchases of so many to so many days ago, and one of each of these two days."""
    begins, ends = (AS_OF - timedelta(days=days) for days in (first, last))
    between = [row for row in SHOP if begins < row[1] < ends]
    return [*between, purchase("c:first", begins), purchase("c:last", ends)]


def buyers(number: int) -> list[Purchase]:
    """The purchases of this many buyers."""
    return [row for row in SHOP if int(row[0][2:]) < number]


def at_most_twice() -> list[Purchase]:
    """The first two purchases of everybody."""
    kept: dict[str, list[Purchase]] = defaultdict(list)
    for row in sorted(SHOP, key=lambda row: row[1]):
        kept[row[0]].append(row)
    return [row for rows in kept.values() for row in rows[:2]]


def with_orders_on(purchases: list[Purchase], orders: int) -> list[Purchase]:
    """The purchases, with this many orders on the day of somebody's second one."""
    changed = list(purchases)
    second = next(n for n, row in enumerate(changed) if n and row[0] == changed[n - 1][0])
    person, day, _, value, net = changed[second]
    changed[second] = (person, day, orders, value, net)
    return changed


@pytest.mark.parametrize(
    ("purchases", "status"),
    [
        (buyers(500), "fitted"),
        (buyers(499), "too_few_buyers"),
        (bought(180), "fitted"),
        (bought(179), "too_short_history"),
        # the last 30 days begin 29 days ago
        (bought(729, 29), "fitted"),
        (bought(729, 30), "no_recent_order"),
        (at_most_twice(), "no_repeat_buyers"),
        (with_orders_on(at_most_twice(), 2), "fitted"),
        # the first reason is told
        (buyers(10), "too_few_buyers"),
        (bought(179, 30), "too_short_history"),
        (
            [row for row in at_most_twice() if row[1] < AS_OF - timedelta(days=40)],
            "no_recent_order",
        ),
        ([], "too_few_buyers"),
    ],
)
def test_a_gate_is_open_or_says_which_it_is(purchases: list[Purchase], status: str) -> None:
    found = predict(models(), purchases)
    assert {fit["status"] for fit in found.fits.values()} == {status}
    names = {row[0] for row in purchases}
    assert found.people.keys() == names
    for row in found.people.values():
        numbers = [value for column, value in row.items() if column != "person_id"]
        assert status == "fitted" or set(numbers) == {None}
    assert found.orders["buyers"] == len(names)


@dataclass(frozen=True)
class History:
    """What the formulas read of one customer: x, t_x and T in days, and values above 0."""

    x: int
    t_x: int
    t: int
    values: list[float]
    repeat_values: list[float]
    net: float


def histories(purchases: list[Purchase], as_of: date) -> dict[str, History]:
    """The history of each customer, from the purchases."""
    rows: dict[str, list[Purchase]] = defaultdict(list)
    for row in sorted(purchases, key=lambda row: row[1]):
        rows[row[0]].append(row)
    return {
        person: History(
            x=len(own) - 1,
            t_x=(own[-1][1] - own[0][1]).days,
            t=(as_of - own[0][1]).days,
            values=[float(row[3]) for row in own if row[3] > 0],
            repeat_values=[float(row[3]) for row in own[1:] if row[3] > 0],
            net=float(sum(round(row[4], 4) for row in own)),
        )
        for person, own in rows.items()
    }


def alive(fit: dict, of: History, modified: bool) -> float:
    """P(alive): equation 7 of MBG/NBD, and what Fader and Hardie derive of BG/NBD."""
    if of.x == 0 and not modified:
        return 1.0
    odds = fit["a"] / (fit["b"] + of.x - (0 if modified else 1))
    grown = (fit["alpha_days"] + of.t) / (fit["alpha_days"] + of.t_x)
    return 1 / (1 + odds * grown ** (fit["r"] + of.x))


def orders_if_alive(fit: dict, of: History, modified: bool, days: int) -> float:
    """The mean over the chance p of leaving of (1 - (1 + p h / (alpha + T)) ** -(r + x)) / p."""
    a, b = fit["a"], fit["b"] + of.x + (1 if modified else 0)
    shape, horizon = fit["r"] + of.x, days / (fit["alpha_days"] + of.t)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    total, step = 0.0, 0.02
    for n in range(-2000, 2001):
        logit = n * step
        chance = 1 / (1 + math.exp(-logit))
        # the density of the logit
        log_density = -a * math.log1p(math.exp(-logit)) - b * math.log1p(math.exp(logit))
        bought = -math.expm1(-shape * math.log1p(chance * horizon)) / chance
        total += bought * math.exp(log_density - log_beta) * step
    return total


def next_order(fit: dict, of: History, as_of: date) -> date:
    """The day that half of those who order within 365 days have ordered by."""
    shape, age = fit["r"] + of.x, fit["alpha_days"] + of.t
    within = 1 - (age / (age + 365)) ** shape
    wait = age * ((1 - within / 2) ** (-1 / shape) - 1)
    return as_of + timedelta(days=max(1, math.ceil(wait)))


def near(found: float, expected: float, tolerance: float = 1e-9) -> bool:
    """Whether two numbers are the same but for rounding."""
    return math.isclose(found, expected, rel_tol=tolerance, abs_tol=1e-12)


@pytest.fixture(scope="module", params=[("mbg_nbd", "log_normal"), ("bg_nbd", "gamma_gamma")])
def predicted(request: pytest.FixtureRequest) -> Predicted:
    """What each pair of models predicts."""
    purchase_model, spend_model = request.param
    return predict(models(purchase_model=purchase_model, spend_model=spend_model), SHOP)


def test_probabilities_and_the_next_order_follow_their_formulas(predicted: Predicted) -> None:
    fit, modified = predicted.orders, predicted.orders["model"] == "mbg_nbd"
    dated = 0
    for person, of in histories(SHOP, AS_OF).items():
        row = predicted.people[person]
        p_alive = alive(fit, of, modified)
        assert near(row["p_alive"], p_alive)
        assert near(row["churn_probability"], 1 - p_alive)
        for days in (30, 90, 365):
            age = fit["alpha_days"] + of.t
            within = 1 - (age / (age + days)) ** (fit["r"] + of.x)
            assert near(row[f"order_probability_{days}_days"], p_alive * within)
        likely = row["order_probability_365_days"] >= 0.5
        dated += likely
        assert row["expected_next_order_on"] == (next_order(fit, of, AS_OF) if likely else None)
    assert 50 < dated < 2400


def test_expected_orders_are_the_mean_over_the_chance_to_leave(predicted: Predicted) -> None:
    fit, modified = predicted.orders, predicted.orders["model"] == "mbg_nbd"
    shop = histories(SHOP, AS_OF)
    ranked = sorted(shop, key=lambda person: (shop[person].x, person))
    looked_at = [*ranked[:: len(ranked) // LOOKED_AT], *ranked[-5:]]
    assert {shop[person].x for person in looked_at} >= {0, 1, 2}
    for person in looked_at:
        row, of = predicted.people[person], shop[person]
        for days in (30, 90, 365):
            expected = row["p_alive"] * orders_if_alive(fit, of, modified, days)
            assert near(row[f"expected_orders_{days}_days"], expected, 1e-8), (person, days)


def test_values_follow_their_formulas(predicted: Predicted) -> None:
    fit, shop = predicted.order_value, histories(SHOP, AS_OF)
    gross = sum(float(row[3]) for row in SHOP)
    kept = sum(float(round(row[4], 4)) for row in SHOP) / gross
    assert 0.8 < kept < 0.99
    assert near(fit["kept_share"], kept)
    for person, of in shop.items():
        row = predicted.people[person]
        if fit["model"] == "gamma_gamma":
            p, q, v = fit["p"], fit["q"], fit["v"]
            worth = p * (v + sum(of.repeat_values)) / (p * len(of.repeat_values) + q - 1)
        else:
            within, between = fit["within_variance"], fit["between_variance"]
            weight = len(of.values) * between / (len(of.values) * between + within)
            own = sum(map(math.log, of.values)) / len(of.values) if of.values else 0
            middle = weight * own + (1 - weight) * fit["log_mean"]
            worth = math.exp(middle + ((1 - weight) * between + within) / 2)
        assert near(row["expected_order_value"], worth, 1e-8)
        value = row["expected_orders_365_days"] * worth * kept
        assert near(row["predicted_value_365_days"], value, 1e-8)
        assert near(row["predicted_total_value"], of.net + value, 1e-8)


def test_the_moments_of_log_normal_are_those_of_an_analysis_of_variance() -> None:
    fit = predict(models(), SHOP).order_value
    logs = [[math.log(v) for v in of.values] for of in histories(SHOP, AS_OF).values() if of.values]
    count, total = sum(map(len, logs)), sum(map(sum, logs))
    within = sum(sum((v - sum(own) / len(own)) ** 2 for v in own) for own in logs)
    within /= count - len(logs)
    between = sum(len(own) * (sum(own) / len(own) - total / count) ** 2 for own in logs)
    between -= (len(logs) - 1) * within
    between /= count - sum(len(own) ** 2 for own in logs) / count
    assert near(fit["log_mean"], total / count)
    assert near(fit["within_variance"], within, 1e-8)
    assert near(fit["between_variance"], between, 1e-8)


def test_the_next_order_has_a_day_from_the_setting_on() -> None:
    found = predict(models(), SHOP)
    chance = sorted(row["order_probability_365_days"] for row in found.people.values())[1200]
    for least, dated in ((chance, True), (math.nextafter(chance, 1), False)):
        rows = predict(models(next_order_min_probability=least), SHOP).people.values()
        [row] = [row for row in rows if row["order_probability_365_days"] == chance][:1]
        assert (row["expected_next_order_on"] is not None) == dated


def test_likelihoods_have_their_maximum_at_the_parameters() -> None:
    """Nowhere near is the likelihood of the paper greater, day by day and without a prior."""
    project = models(prediction_bucket_days=1, prediction_prior_sd=100000)
    fit, shop = predict(project, SHOP).orders, list(histories(SHOP, AS_OF).values())

    def log_likelihood(r: float, alpha: float, a: float, b: float) -> float:
        total = 0.0
        for of in shop:
            shape = r + of.x
            total += (
                math.lgamma(shape) - math.lgamma(r) + r * math.log(alpha)
                + math.lgamma(a + b) - math.lgamma(b)
                + math.lgamma(b + of.x + 1) - math.lgamma(a + b + of.x + 1)
                + math.log(
                    (alpha + of.t) ** -shape
                    + a / (b + of.x) * (alpha + of.t_x) ** -shape
                )
            )  # fmt: skip
        return total

    best = (fit["r"], fit["alpha_days"], fit["a"], fit["b"])
    highest = log_likelihood(*best)
    assert near(fit["log_likelihood"], highest, 1e-7)
    for n in range(4):
        for factor in (0.99, 1.01):
            other = [value * (factor if n == m else 1) for m, value in enumerate(best)]
            assert log_likelihood(*other) < highest
