"""The members of each segment in its family's shops are exactly those of `cases.yml`."""

from collections.abc import Callable, Iterator

import duckdb
import pytest
from family_shops import family_shops, segments_of, settings_of_the_day
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
            statements = compiled(**settings_of_the_day(shop)).given(folder / "predictions.csv")
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
