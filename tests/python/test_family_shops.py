"""The members of each segment in its family's shops are exactly those of `cases.yml`."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from family_shops import (
    FAMILIES,
    LEAP_DAY,
    Shop,
    columns_of,
    family_shops,
    read_family,
    segments_of,
    settings_of_the_day,
    shop_of_the_day,
)
from harness import Compiled
from test_edge_shop import SEGMENT_COLUMNS, differences

SHOPS = family_shops()
SEGMENTS = [(name, segment) for name, shop in SHOPS.items() for segment in segments_of(shop.family)]


@pytest.fixture(scope="module")
def built_shop(
    compiled: Callable[..., Compiled], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], duckdb.DuckDBPyConnection]]:
    """A family's shop in memory, by its name."""
    connections: dict[str, duckdb.DuckDBPyConnection] = {}

    def get(name: str) -> duckdb.DuckDBPyConnection:
        if name not in connections:
            shop, folder = SHOPS[name], tmp_path_factory.mktemp("shop")
            raw = shop.write(folder)
            statements = compiled(**settings_of_the_day(shop.settings["as_of"])).given(
                folder / "predictions.csv"
            )
            rooms = segments_of(shop.family)
            connections[name] = statements.run(raw, optimise=False, rooms=rooms)
        return connections[name]

    yield get
    for connection in connections.values():
        connection.close()


@pytest.mark.parametrize(("name", "segment"), SEGMENTS)
def test_the_members_are_exactly_those_of_the_cases(
    built_shop: Callable[[str], duckdb.DuckDBPyConnection], name: str, segment: str
) -> None:
    query = f"select {', '.join(SEGMENT_COLUMNS)} from segments.{segment}"
    built = built_shop(name).execute(query).fetchall()
    expected = [row for row in SHOPS[name].members if row["segment"] == segment]
    found = differences(expected, built, SEGMENT_COLUMNS, ["person_id"], ("evidence",))
    assert not found, f"segments.{segment} differs from the cases of {name}\n{found}"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("who: service_photo_on_d", "who: service_photo", "the name ['service_photo'] is used"),
        (
            "    photo_reviewers:\n",
            "    vip_customers:\n",
            "vip_customers is no segment of service",
        ),
        ("out: a review without a photo", "out: {vip_customers: none}", "no segment of service"),
        ("reviews: [2023-05-05 false]", "review: [2023-05-05 false]", "unknown ['review']"),
        ("reviews: [2023-05-05 false]", "reviews: [2023-05-05 stars=4]", "has no ['stars']"),
        (
            "reviews: [2023-05-05 false]",
            "reviews: [2023-05-05 false 4]",
            "too many values in reviews",
        ),
        ("who: service_no_photo, ", "", "a case of nobody"),
        ("out: two tickets", "also: {costly_customers: 2}", "neither in nor out"),
        ("out: two tickets", "in: 2, out: two tickets", "in and out of costly_customers"),
        ("out: two tickets", "in: two", "not EVIDENCE at DAY TIME until DAY; why: two"),
        ("frozen_cut_points:\n", "leap_day:\n", "a key stands twice"),
    ],
)
def test_a_mistake_in_the_cases_is_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = (FAMILIES / "service" / "cases.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "service" / "cases.yml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(problem)):
        read_family(path)


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        (
            "photo_reviewers: [{who: a, in: 1}, {who: b, out: none}]",
            "costly_customers has no members",
        ),
        ("costly_customers: [{who: a, in: 1}]", "costly_customers has no near misses"),
    ],
)
def test_a_segment_without_cases_is_named(tmp_path: Path, cases: str, problem: str) -> None:
    path = tmp_path / "service" / "cases.yml"
    path.parent.mkdir()
    path.write_text(f'it: {{settings: {{as_of: "{LEAP_DAY}"}}, cases: {{{cases}}}}}', "utf-8")
    with pytest.raises(ValueError, match=problem):
        read_family(path)


def test_families_of_one_day_agree_about_their_settings() -> None:
    shops = [Shop("place", "leap_day", {"as_of": LEAP_DAY, "cold_days": 90}) for _ in range(2)]
    assert settings_of_the_day(LEAP_DAY, shops) == {"as_of": LEAP_DAY, "cold_days": 90}
    shops[1].settings["cold_days"] = 91
    with pytest.raises(ValueError, match="another family has another cold_days"):
        settings_of_the_day(LEAP_DAY, shops)


def test_families_of_one_day_share_a_name_only_for_the_same_rows() -> None:
    for day in {shop.settings["as_of"] for shop in SHOPS.values()}:
        whole = shop_of_the_day(day)
        for table in ("customers", "orders", "events", "products", "predictions"):
            key = columns_of()[table][0]
            ids = Counter(row[key] for row in whole.tables.get(table, []))
            assert [name for name in ids if ids[name] > 1] == [], table
