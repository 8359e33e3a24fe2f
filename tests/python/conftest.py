"""Fixtures that build shops."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Compiled, build, compile_project

pytest_plugins = ["engines"]

EDGE_SHOP_SETTINGS = {"as_of": "2024-03-31", "loaded_until": "2024-04-02 00:00:00"}

Build = Callable[..., duckdb.DuckDBPyConnection]

# the longest first, so that two workers end at about the same time
LONG_GROUPS = ("spark", "test_oracle", "postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of a file share a worker, as they share what is built for them."""

    def group(item: pytest.Item) -> str:
        marker = item.get_closest_marker("xdist_group")
        return marker.args[0] if marker else item.path.stem

    def place(item: pytest.Item) -> int:
        return LONG_GROUPS.index(group(item)) if group(item) in LONG_GROUPS else len(LONG_GROUPS)

    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=place)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Compiled]:
    """The project compiled for a set of vars; each set is compiled once."""
    cache: dict[tuple, Compiled] = {}

    def get(**variables: object) -> Compiled:
        key = tuple(sorted((name, str(value)) for name, value in variables.items()))
        if key not in cache:
            cache[key] = compile_project(tmp_path_factory.mktemp("compiled"), **variables)
        return cache[key]

    return get


@pytest.fixture
def build_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """A real build of a raw folder with the given vars, as a connection to its build file."""
    connections = []

    def run(raw_folder: Path, **variables: object) -> duckdb.DuckDBPyConnection:
        path = build(raw_folder, tmp_path_factory.mktemp("built"), **variables)
        connections.append(duckdb.connect(str(path), read_only=True))
        return connections[-1]

    yield run
    for connection in connections:
        connection.close()


@pytest.fixture
def fast_build(compiled: Callable[..., Compiled]) -> Iterator[Build]:
    """The compiled statements run in memory on a raw folder, with the given vars."""
    connections = []

    def run(raw_folder: Path, **variables: object) -> duckdb.DuckDBPyConnection:
        connections.append(compiled(**variables).run(Path(raw_folder)))
        return connections[-1]

    yield run
    for connection in connections:
        connection.close()


@pytest.fixture(scope="session")
def edge_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The edge shop, really built, with the unit tests of the models."""
    folder = tmp_path_factory.mktemp("edge_shop")
    path = build(
        ROOT / "tests" / "edge_shop" / "raw", folder, unit_tests=True, **EDGE_SHOP_SETTINGS
    )
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection
