"""What a build publishes of the life table is what the oracle counts from the purchases.

In the sample shop, and in CDNOW on three days; CDNOW is found through the environment variable
SHARED_DATA, and skipped without it. What the model alone says is taken as built: its formulas have
tests of their own (test_predictions.py).
"""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import pytest
from adapters import write_cdnow
from harness import ROOT, Compiled
from oracle.life_table import (
    HORIZONS,
    RANKS_NO_BETTER,
    YEAR_FROM_DAYS,
    LifeTable,
    Outcome,
    band_after,
    bought_within,
    expected_orders,
    histories,
    history_days,
    life_table,
    lost_come_back,
    order_probability,
    rank_status,
    season_factor,
    seasonal,
    silence_class,
)
from predictions import shared_data
from test_predictions import History, orders_if_alive
from test_real_data import CDNOW_END, CDNOW_VARS

SAMPLE = "the sample"
DAYS = {"CDNOW": 0, "CDNOW, 90 days before": 90, "CDNOW, 365 days before": 365}
MODEL = "int_model_predictions"
ROOMS = ("as_of", MODEL, "model_fits", "orders", "person_predictions", "predicted_lost")
# some of the buyers, with few purchases and with many
LOOKED_AT = 40


@dataclass(frozen=True)
class Shop:
    """A built shop, and the purchases that a plain reading finds; some of them after D."""

    day: date
    purchases: list[tuple[str, date]]
    people: dict[str, dict]
    model: dict[str, dict]
    fit: dict
    lost: set[str]

    @cached_property
    def known(self) -> dict[str, list[date]]:
        """Everybody's purchases up to D."""
        return histories(self.purchases, self.day)

    @cached_property
    def table(self) -> LifeTable:
        """The life table of D."""
        return life_table(self.purchases, self.day)

    @cached_property
    def means(self) -> dict[str, dict[int, float]]:
        """The chance of an order by person and horizon, before the season."""
        return {
            person: {
                days: order_probability(
                    self.model[person][f"order_probability_{days}_days"],
                    self.table.probability(*self.place(person), days),
                )
                for days in HORIZONS
            }
            for person in self.people
        }

    @cached_property
    def factors(self) -> dict[int, float]:
        """The season's factors as built: nobody's chance rises by more, and a cap only lowers."""
        return {
            days: max(
                row[f"order_probability_{days}_days"] / self.means[person][days]
                for person, row in self.people.items()
            )
            for days in (30, 90)
        }

    def place(self, person: str) -> tuple[int, int]:
        """Return a person's purchases, and the days since the last of them."""
        own = self.known[person]
        return len(own), (self.day - own[-1]).days

    def outcomes(self, days: int) -> list[Outcome]:
        """Return what was expected of everybody within some days, and whether it came."""
        later: dict[str, list[date]] = histories(self.purchases, date.max)
        return [
            (row[f"order_probability_{days}_days"], bought_within(later[person], self.day, days))
            for person, row in self.people.items()
        ]


def rows_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict]:
    """Read the rows of a relation."""
    found = connection.execute(f"from {relation}")
    columns = [name for name, *_ in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def cdnow(folder: Path) -> list[tuple[str, date]]:
    """Write the raw folder of CDNOW; returns its purchases, read from the source."""
    source = shared_data("cdnow", "cdnow_sample.csv")
    if source is None:
        pytest.skip("SHARED_DATA is not set")
    write_cdnow(source, folder)
    with source.open(encoding="utf-8", newline="") as file:
        return [
            (f"c:{row['sample_customer_id']}", date.fromisoformat(row["order_date"]))
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def shops(
    compiled: Callable[..., Compiled], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Shop]:
    """A shop by its name, each built once."""
    made: dict[str, Shop] = {}

    def build(name: str) -> Shop:
        purchases, folder, variables = [], ROOT / "sample_shop", {}
        if name != SAMPLE:
            folder = tmp_path_factory.mktemp("cdnow")
            purchases = cdnow(folder)
            day = CDNOW_END - timedelta(days=DAYS[name])
            variables = {"as_of": str(day) if DAYS[name] else "latest", **CDNOW_VARS}
        project = compiled(**variables)
        relations = {node["name"]: node["relation_name"] for node in project.nodes}
        with project.run(folder, rooms=ROOMS) as connection:
            fits = {row["predicts"]: row for row in rows_of(connection, "core.model_fits")}
            predictions = rows_of(connection, "core.person_predictions")
            query = "select person_id, ordered_on from core.orders where is_valid"
            query += " and person_id is not null"
            return Shop(
                rows_of(connection, relations["as_of"])[0]["as_of_on"],
                purchases or connection.execute(query).fetchall(),
                {row["person_id"]: row for row in predictions},
                {
                    row["person_id"]: row
                    for row in rows_of(connection, f"{relations[MODEL]} where days_ago = 0")
                },
                fits["orders"],
                {row["person_id"] for row in rows_of(connection, "segments.predicted_lost")},
            )

    def get(name: str) -> Shop:
        if name not in made:
            made[name] = build(name)
        return made[name]

    return get


@pytest.fixture(scope="module", params=[SAMPLE, *DAYS])
def shop(request: pytest.FixtureRequest, shops: Callable[[str], Shop]) -> Shop:
    """Each of the shops; in all of them somebody buys again often enough for a prediction."""
    found = shops(request.param)
    assert found.fit["status"] == "fitted"
    assert found.people.keys() == found.known.keys()
    return found


def near(built: float, expected: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    return math.isclose(built, expected, rel_tol=1e-9, abs_tol=1e-15)


def wrong(shop: Shop, column: str, expected: Callable[[str], dict[int, float]]) -> list[tuple]:
    """Persons of whom a column with a horizon in its name is not what is expected of them."""
    return [
        (person, column, days, row[f"{column}_{days}_days"], number)
        for person, row in shop.people.items()
        for days, number in expected(person).items()
        if not near(row[f"{column}_{days}_days"], number)
    ]


def test_everybody_stands_where_their_purchases_put_them(shop: Shop) -> None:
    classes, bands = set(), set()
    for person, row in shop.people.items():
        purchases, since = shop.place(person)
        of_model = shop.model[person]
        assert (of_model["purchases"], of_model["days_since_purchase"]) == (purchases, since)
        classes.add((silence_class(purchases), row["purchases_class"]))
        bands.add((band_after(since), row["silence_band"]))
    # each has one name, and no two have the same
    for names in (classes, bands):
        assert (
            len(names) == len({number for number, _ in names}) == len({name for _, name in names})
        )


def test_the_table_gives_the_chances_of_the_oracle(shop: Shop) -> None:
    def expected(person: str) -> dict[int, float]:
        return {days: shop.table.probability(*shop.place(person), days) for days in HORIZONS}

    assert wrong(shop, "similar_share", expected)[:5] == []


def test_a_chance_is_the_mean_of_model_and_table_in_the_season(shop: Shop) -> None:
    if history_days(shop.purchases, shop.day) < YEAR_FROM_DAYS:
        assert near(shop.factors[30], 1)
        assert near(shop.factors[90], 1)
    expected = {person: seasonal(own, shop.factors) for person, own in shop.means.items()}
    assert wrong(shop, "order_probability", expected.__getitem__)[:5] == []


def test_expected_orders_follow_from_the_chance_of_one(shop: Shop) -> None:
    fit = shop.fit
    ranked = sorted(shop.people, key=lambda person: (len(shop.known[person]), person))
    for person in [*ranked[:: len(ranked) // LOOKED_AT], *ranked[-5:]]:
        own, row, by_horizon = shop.known[person], shop.people[person], {}
        of = History(len(own) - 1, (own[-1] - own[0]).days, (shop.day - own[0]).days, [], [], 0)
        age = fit["alpha_days"] + of.t
        for days in HORIZONS:
            within = 1 - (age / (age + days)) ** (fit["r"] + of.x)
            if_alive = orders_if_alive(fit, of, modified=True, days=days)
            by_horizon[days] = expected_orders(shop.means[person][days], if_alive, within)
        for days, number in seasonal(by_horizon, shop.factors).items():
            built = row[f"expected_orders_{days}_days"]
            assert math.isclose(built, number, rel_tol=1e-8, abs_tol=1e-12), (person, days)


@pytest.mark.parametrize("days", [30, 90])
def test_the_season_is_what_came_by_what_was_expected_a_year_before(
    shops: Callable[[str], Shop], days: int
) -> None:
    now, year_ago = shops("CDNOW"), shops("CDNOW, 365 days before")
    history = history_days(now.purchases, now.day)
    assert history == YEAR_FROM_DAYS
    factor = season_factor(year_ago.outcomes(days), history)
    assert near(now.factors[days], factor)
    assert not near(factor, 1)


def test_predicted_lost_holds_who_is_unless_such_people_came_back(
    shops: Callable[[str], Shop],
) -> None:
    now, quarter_ago = shops("CDNOW"), shops("CDNOW, 90 days before")
    outcomes = quarter_ago.outcomes(90)
    assert rank_status(outcomes, history_days(now.purchases, now.day)) != RANKS_NO_BETTER
    came_back = dict(zip(quarter_ago.people, (did for _, did in outcomes), strict=True))
    lost = [
        came_back[person]
        for person, row in quarter_ago.people.items()
        if row["churn_probability"] >= 0.9
    ]
    assert len(lost) >= 50
    proven = not lost_come_back(lost, list(came_back.values()))
    expected = {who for who, row in now.people.items() if row["churn_probability"] >= 0.9}
    assert now.lost == (expected if proven else set())
