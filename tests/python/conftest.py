"""Fixtures that build shops."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from harness import ROOT, Compiled, build, compile_project, read_compiled
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["engines"]

EDGE_SHOP_SETTINGS = {"as_of": "2024-03-31", "loaded_until": "2024-04-02 00:00:00"}

Build = Callable[..., duckdb.DuckDBPyConnection]

# the longest first, so that two workers end at about the same time
LONG_GROUPS = ("spark", "postgres", "test_oracle")


def group_of(nodeid: str) -> str:
    """Name the group of tests that share a worker, as they share what is built for them.

    Arguments: nodeid (of pytest).
    Returns: the engine that a test's name, parameter or file names, else the file.
    """
    path, _, test = nodeid.partition("::")
    # a parameter says it better than a name that names both
    engines = re.findall("spark|postgres", f"{Path(path).stem} {test}")
    return engines[-1] if engines else Path(path).stem


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest groups first, and the tests of a group beside each other."""
    groups = [*LONG_GROUPS, *sorted({group_of(item.nodeid) for item in items} - {*LONG_GROUPS})]
    items.sort(key=lambda item: groups.index(group_of(item.nodeid)))


class GroupScheduling(LoadScopeScheduling):
    """Hands a worker a whole group at a time (xdist's loadgroup cannot name one in pytest 9)."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling:
    """Share the tests out by group."""
    return GroupScheduling(config, log)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A folder that is filled once, by whichever worker asks first, and read by all."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def get(name: str, fill: Callable[[Path], object]) -> Path:
        folder, filled = root / name, root / f"{name}.filled"
        with (root / f"{name}.lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not filled.exists():
                shutil.rmtree(folder, ignore_errors=True)
                fill(folder)
                filled.touch()
        return folder

    return get


@pytest.fixture(scope="session")
def compiled(shared_folder: Callable[..., Path]) -> Callable[..., Compiled]:
    """The project compiled for a set of vars, each set once; arguments as of compile_project."""
    cache: dict[str, Compiled] = {}

    def get(**variables: object) -> Compiled:
        key = sha256(json.dumps(variables, sort_keys=True, default=str).encode()).hexdigest()
        if key not in cache:
            folder = shared_folder(
                f"compiled_{key[:16]}", lambda folder: compile_project(folder, **variables)
            )
            cache[key] = read_compiled(folder)
        return cache[key]

    return get


@pytest.fixture
def build_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """A real build of a raw folder with the given vars, as a connection to its build file."""
    with ExitStack() as opened:

        def run(raw_folder: Path, **variables: object) -> duckdb.DuckDBPyConnection:
            path = build(raw_folder, tmp_path_factory.mktemp("built"), **variables)
            return opened.enter_context(duckdb.connect(str(path), read_only=True))

        yield run


@pytest.fixture
def fast_build(compiled: Callable[..., Compiled]) -> Iterator[Build]:
    """The compiled statements run in memory on a raw folder, with the given vars."""
    with ExitStack() as opened:
        yield lambda raw_folder, **variables: opened.enter_context(
            compiled(**variables).run(Path(raw_folder))
        )


@pytest.fixture(scope="session")
def built_edge_shop(shared_folder: Callable[..., Path]) -> Path:
    """The folder of the edge shop, really built, with the unit tests of the models."""
    raw = ROOT / "tests" / "edge_shop" / "raw"
    return shared_folder(
        "edge_shop",
        lambda folder: build(raw, folder, unit_tests=True, **EDGE_SHOP_SETTINGS),
    )


@pytest.fixture(scope="session")
def edge_shop(built_edge_shop: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the edge shop."""
    with duckdb.connect(str(built_edge_shop / "build.duckdb"), read_only=True) as connection:
        yield connection
