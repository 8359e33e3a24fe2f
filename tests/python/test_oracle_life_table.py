"""The oracle's life table on shops so small that each number is worked out by hand beside it."""

from datetime import date, timedelta
from fractions import Fraction
from math import exp, isclose

import pytest
from oracle.life_table import (
    BANDS,
    CLASSES,
    LifeTable,
    area_under_curve,
    band_after,
    band_of_day,
    bought_within,
    expected_orders,
    histories,
    history_days,
    level,
    life_table,
    lost_come_back,
    order_probability,
    rank_status,
    season_factor,
    seasonal,
    silence_class,
)
from oracle.oracle import members
from oracle.predictive import RULES
from oracle.settings import Settings
from oracle.world import world_of


def day(number: int) -> date:
    """The day of a number; day 0 is a Monday."""
    return date(2024, 1, 1) + timedelta(days=number)


def shop(**days: list[int]) -> list[tuple[str, date]]:
    """Purchases by person, on days by number."""
    return [(person, day(number)) for person, own in days.items() for number in own]


def cells(counts: dict[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Counts above 0 by the fewest purchases of the class and the first day of the band."""
    return {(CLASSES[kind], BANDS[band]): n for (kind, band), n in counts.items() if n}


@pytest.fixture
def two_buyers() -> LifeTable:
    """Ada buys on days 0 and 10, Ben on day 12, which is D."""
    return life_table(shop(ada=[0, 10], ben=[12]), day(12))


@pytest.mark.parametrize(
    ("purchases", "fewest"),
    [(1, 1), (2, 2), (3, 3), (4, 3), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (500, 20)],
)
def test_a_class_holds_the_purchases_from_its_fewest_on(purchases: int, fewest: int) -> None:
    assert CLASSES[silence_class(purchases)] == fewest


@pytest.mark.parametrize(
    ("number", "after"), [(1, 0), (7, 0), (8, 7), (365, 330), (366, 365), (1095, 730), (1096, 1095)]
)
def test_a_band_ends_with_the_day_that_names_the_next(number: int, after: int) -> None:
    """Who has been silent for the 7 days of the first band is in the second: the eighth is next."""
    assert BANDS[band_of_day(number)] == after
    assert BANDS[band_after(number - 1)] == after


def test_silences_are_counted_until_the_purchase_or_the_day(two_buyers: LifeTable) -> None:
    # Ada's first silence: days 1 to 7, then 8 to 10, and on the tenth she buys. Her second: days 11
    # and 12. Ben's begins tomorrow.
    assert cells(two_buyers.silent_days) == {(1, 0): 7, (1, 7): 3, (2, 0): 2}
    assert cells(two_buyers.bought) == {(1, 7): 1}


def test_what_comes_after_the_day_or_twice_a_day_is_one_purchase_or_none() -> None:
    purchases = shop(ada=[10, 0, 10, 13], cleo=[13])
    assert histories(purchases, day(12)) == {"ada": [day(0), day(10)]}
    assert life_table(purchases, day(12)) == life_table(shop(ada=[0, 10]), day(12))


def test_paces_lean_on_band_class_and_neighbours(two_buyers: LifeTable) -> None:
    # The shop: .5 / (7 + 2 + 1), and no band has 10 purchases: from there it falls, by middles of
    # 3.5, 10.5, 17.5 and 25.5 days, and 1642.5 in the open band.
    assert two_buyers.shop_paces[:3] == [Fraction(1, 20), Fraction(1, 60), Fraction(1, 100)]
    assert two_buyers.shop_paces[3] == Fraction(7, 1020)
    # After one purchase: (1 + 1) / (7 × 1/20 + 3 × 1/60 + 1) = 2 / 1.4. After two: 1 / (2 × 1/20
    # + 1) = 1 / 1.1. Nobody has bought more often: 1 / 1.
    assert two_buyers.risks == [Fraction(10, 7), Fraction(10, 11), 1, 1, 1, 1]
    assert two_buyers.base(0, 0) == Fraction(1, 14)
    assert two_buyers.base(0, 1) == Fraction(1, 42)
    # The first two bands, for both of them (the third is empty): (1 + 10) / (7 × 1/14 + 3 × 1/42
    # + 10) = 11 / (4/7 + 10) = 77 / 74. From the third, only the second is near:
    # (1 + 10) / (3 × 1/42 + 10) = 154 / 141. From the fourth, nobody: 10 / 10.
    assert two_buyers.nearby(0, 0) == two_buyers.nearby(0, 1) == Fraction(77, 74)
    assert two_buyers.nearby(0, 2) == Fraction(154, 141)
    assert two_buyers.nearby(0, 3) == two_buyers.nearby(0, 21) == 1
    # 1/14 × 77/74 = 11/148: 10 / (7 + 1480/11) = 110 / 1557. 1/42 × 77/74 = 11/444:
    # 11 / (3 + 4440/11) = 121 / 4473. In an empty cell base × nearby: 1/100 × 10/7 × 154/141.
    paces = [Fraction(110, 1557), Fraction(121, 4473), Fraction(11, 705), Fraction(1, 102)]
    assert two_buyers.paces[0][:4] == paces
    assert two_buyers.paces[2][21] == Fraction("3.5") / 20 / Fraction("1642.5")


def test_a_chance_adds_up_the_paces_of_the_days_ahead(two_buyers: LifeTable) -> None:
    # Ben, silent for 0 days after one purchase: 7 days of the first band, 3 of the second.
    ahead = 7 * 110 / 1557 + 3 * 121 / 4473
    assert isclose(two_buyers.probability(1, 0, 10), 1 - exp(-ahead), rel_tol=1e-12)
    # Silent for 6 days: the seventh is of the first band, the eighth and ninth of the second.
    ahead = 110 / 1557 + 2 * 121 / 4473
    assert isclose(two_buyers.probability(1, 6, 3), 1 - exp(-ahead), rel_tol=1e-12)
    # From 1090 days on: 5 of the last closed band (middle 912.5), 25 of the open one (1642.5), at
    # 1/20 × 3.5 / middle × 10/7 = 1/4 / middle a day.
    ahead = 5 / 4 / 912.5 + 25 / 4 / 1642.5
    assert isclose(two_buyers.probability(1, 1090, 30), 1 - exp(-ahead), rel_tol=1e-12)


def test_the_last_730_days_count() -> None:
    # D is day 1000, so day 271 is the first that counts: of Ada's silence of 1000 days, day 271 of
    # it and later ones. Ben bought again on day 270, the last day that does not count; so did Cleo
    # on day 271, of whose silence that one day counts.
    table = life_table(shop(ada=[0]), day(1000))
    assert cells(table.silent_days) == {
        **{(1, 270): 30, (1, 300): 30, (1, 330): 35, (1, 365): 85, (1, 450): 95, (1, 545): 185},
        (1, 730): 270,
    }
    assert sum(table.silent_days.values()) == 730
    assert life_table(shop(ben=[269, 270]), day(1000)).bought == {}
    table = life_table(shop(cleo=[268, 271]), day(1000))
    assert cells(table.bought) == {(1, 0): 1}
    assert table.silent_days[0, 0] == 1


def ten_or_fewer(buyers: int) -> LifeTable:
    """So many buy on days 0 and 5, and are silent since; D is day 20."""
    return life_table(shop(**{f"p{n}": [0, 5] for n in range(buyers)}), day(20))


def test_beyond_the_last_band_with_ten_purchases_the_pace_falls() -> None:
    # 5 silent days of 10 first silences and 7 of 10 second ones: 10.5 / 121. The middles of the
    # bands are 3.5, 10.5 and 17.5 days, so the pace falls to a third and to a fifth.
    table = ten_or_fewer(10)
    assert table.shop_paces[0] == Fraction("10.5") / 121
    assert table.shop_paces[1] == Fraction("10.5") / 363
    assert table.shop_paces[2] == Fraction("10.5") / 605
    # The open band counts up to 2190 days: its middle is at 1642.5.
    assert table.shop_paces[21] == Fraction("10.5") / 121 * Fraction("3.5") / Fraction("1642.5")
    # After one purchase: (10 + 1) / (50 × 10.5/121 + 1).
    assert table.risks[0] == 11 / (50 * Fraction("10.5") / 121 + 1)


def test_with_nine_purchases_the_pace_falls_from_the_first_band_on() -> None:
    # 9 × 5 silent days and 9 × 7; those from the eighth day on are not read.
    pace = Fraction("9.5") / (9 * 12 + 1)
    assert ten_or_fewer(9).shop_paces[:3] == [pace, pace / 3, pace / 5]


def test_model_and_table_weigh_the_same_and_leaving_counts_once() -> None:
    assert order_probability(0.25, 0.75) == 0.5
    # Who has not left orders 3 times in a year, and with 0.75 at all: 4 times if ever.
    assert expected_orders(0.5, 3, 0.75) == 2


def test_a_season_moves_30_and_90_days_and_no_chance_exceeds_that_of_longer() -> None:
    year = {30: 0.125, 90: 0.25, 365: 0.5}
    assert seasonal(year, {}) == year
    assert seasonal(year, {30: 0.5, 90: 1.5}) == {30: 0.0625, 90: 0.375, 365: 0.5}
    # 90 days would be 0.75: as likely as the year; 30 days 0.625: as likely as these 90 days.
    assert seasonal(year, {30: 5, 90: 3}) == {30: 0.5, 90: 0.5, 365: 0.5}
    # 30 days stay below 90 as they are in the season: 0.125.
    assert seasonal(year, {90: 0.5}) == {30: 0.125, 90: 0.125, 365: 0.5}
    assert seasonal(year, {30: 1.5, 90: 0.5}) == {30: 0.125, 90: 0.125, 365: 0.5}


def outcomes(*pairs: tuple[float, int], times: int = 1) -> list[tuple[float, bool]]:
    """What was predicted and whether an order came, so many times over."""
    return [(predicted, bool(did)) for predicted, did in pairs] * times


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    # 0.9 is above both others, 0.4 above one and level with the other: 3.5 of 4 pairs.
    assert area_under_curve(outcomes((0.9, 1), (0.4, 1), (0.4, 0), (0.1, 0))) == Fraction(7, 8)
    assert area_under_curve(outcomes((0.1, 1), (0.9, 0))) == 0
    assert area_under_curve(outcomes((0.5, 1), (0.5, 0))) == Fraction(1, 2)
    assert area_under_curve(outcomes((0.5, 1))) is area_under_curve([]) is None


def ranked(*, right: int) -> list[tuple[float, bool]]:
    """One who ordered, above so many of 100 who did not."""
    return [(0.5, True), *((0.4 if n < right else 0.6, False) for n in range(100))]


@pytest.mark.parametrize(
    ("right", "history", "status"),
    [
        *((59, 270, "ranks_no_better"), (60, 270, "warn"), (64, 270, "warn"), (65, 270, "passed")),
        *((0, 269, "not_checked"), (0, 270, "ranks_no_better")),
    ],
)
def test_ranks_are_judged_by_the_area(right: int, history: int, status: str) -> None:
    assert rank_status(ranked(right=right), history) == status


def test_ranks_are_not_judged_where_nobody_or_everybody_ordered() -> None:
    assert rank_status(outcomes((0.5, 1), (0.4, 1)), 400) == "not_checked"


@pytest.mark.parametrize(
    ("lost", "came_back", "all_came_back", "empty"),
    [
        (50, 10, 40, True),  # 20% against 40% of all: half of it
        (50, 9, 40, False),
        (49, 49, 40, False),  # too few to tell
        (50, 0, 1, False),
        (50, 0, 0, False),  # nobody came back at all
        (0, 0, 40, False),
    ],
)
def test_those_lost_come_back_where_half_as_often_as_all(
    lost: int, came_back: int, all_came_back: int, empty: bool
) -> None:
    of_all = [number < all_came_back for number in range(100)]
    assert lost_come_back([number < came_back for number in range(lost)], of_all) == empty


def test_a_season_is_what_came_by_what_was_expected_a_year_ago() -> None:
    # 2 expected of 4 buyers, 3 came: half as many again as expected.
    year_ago = outcomes((0.5, 1), (0.5, 1), (0.5, 1), (0.5, 0))
    assert level(year_ago) == 2 / 3
    assert season_factor(year_ago, 545) == 1.5
    assert season_factor(year_ago, 544) == 1
    assert level(outcomes((0.5, 0))) is level([]) is None
    assert season_factor(outcomes((0.5, 0)), 600) == 1


def test_outcomes_are_of_the_days_after() -> None:
    own = [day(10), day(40)]
    assert bought_within(own, day(9), 1)
    assert not bought_within(own, day(10), 29)
    assert bought_within(own, day(10), 30)
    assert history_days(shop(ada=[5, 7], ben=[3, 20]), day(10)) == 7


@pytest.mark.parametrize(
    ("failed", "left"),
    [
        ({}, {"predicted_lost", "likely_second_purchase", "likely_to_buy_30_days"}),
        ({"lost_come_back": True}, {"likely_second_purchase", "likely_to_buy_30_days"}),
        ({"ranks_no_better": True}, set()),
    ],
)
def test_segments_are_empty_where_a_check_of_the_build_says_so(
    failed: dict[str, bool], left: set[str]
) -> None:
    order = {"order_id": "o", "customer_id": "x", "ordered_at": "2024-01-01 12:00"}
    order |= {"status": "paid", "currency": "EUR", "subtotal_amount": "100"}
    world = world_of({"orders": [order]}, Settings(as_of="2024-06-30"))
    names = {f"order_probability_{days}_days": 0.05 for days in (30, 90, 365)}
    world.predictions = {"c:x": {**names, "churn_probability": 0.95}}
    for name, has_failed in failed.items():
        setattr(world, name, has_failed)
    assert {name for name in RULES if members(name, world)} == left
