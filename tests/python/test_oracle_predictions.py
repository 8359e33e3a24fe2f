"""The predictive segments, on random predictions, are as the oracle reads them."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import CHECK, PREDICTION_COLUMNS, PREDICTIONS, Compiled
from oracle.oracle import members
from oracle.predictive import RULES
from oracle.shops.files import readable, write
from oracle.shops.predictions import (
    ALIKE,
    COLUMNS,
    SETTINGS_POOL,
    SHOPS,
    random_shop,
    read_predictions,
    write_predictions,
)
from oracle.world import world_of
from test_oracle import differences, variables


def only(project: Compiled, names: set[str]) -> Compiled:
    """The statements that some models need, and no others; predictions need none."""
    nodes, todo = {}, [n for n in project.nodes if n["name"] in names]
    by_id = {n["unique_id"]: n for n in project.nodes}
    while todo:
        node = todo.pop()
        if node["unique_id"] not in nodes:
            nodes[node["unique_id"]] = node
            is_given = node["name"] in (PREDICTIONS, CHECK)
            parents = [] if is_given else node["depends_on"].get("nodes", [])
            todo += [by_id[parent] for parent in parents if parent in by_id]
    return Compiled({**project.manifest, "nodes": nodes})


@pytest.fixture(scope="module")
def statements(compiled: Callable[..., Compiled]) -> list[Compiled]:
    """What the predictive segments need, by settings of the pool."""
    return [only(compiled(**variables(chosen)), set(RULES)) for chosen in SETTINGS_POOL]


@pytest.fixture(scope="module")
def seen() -> Counter:
    """How many members the random shops had, by segment."""
    return Counter()


# every other one, so that those of each of the settings are among them
@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=[pytest.mark.full] if n % 2 else []) for n in range(SHOPS)],
)
def test_random_predictions_are_read_as_the_oracle_reads_them(
    number: int, statements: list[Compiled], seen: Counter, tmp_path: Path
) -> None:
    shop, chosen, predictions = random_shop(number)
    write(shop, tmp_path / "raw")
    write_predictions(predictions, tmp_path / "predictions.csv")
    world = world_of(shop, chosen)
    world.predictions = read_predictions(tmp_path / "predictions.csv")
    assert world.predictions == predictions
    given = statements[SETTINGS_POOL.index(chosen)].given(tmp_path / "predictions.csv")
    wrong = []
    with given.run(tmp_path / "raw", optimise=False) as connection:
        for name in RULES:
            expected = members(name, world)
            seen[name] += len(expected)
            rows = connection.execute(f"select * from segments.{name}").fetchall()
            wrong += differences(expected, rows, name)
    told = "\n".join(f"{who} {columns}" for who, columns in predictions.items())
    assert not wrong, "\n".join([*wrong[:20], readable(shop), told, str(chosen)])


def test_somebody_is_in_every_predictive_segment(seen: Counter) -> None:
    if not seen:
        pytest.skip("none of the shops was looked at")
    assert all(seen[name] for name in RULES)


def test_the_columns_are_those_of_the_model(statements: list[Compiled]) -> None:
    """What is given replaces the model, column by column."""
    [node] = [n for n in statements[0].nodes if n["name"] == PREDICTIONS]
    assert list(node["columns"]) == list(PREDICTION_COLUMNS) == ["person_id", *COLUMNS, *ALIKE]
    types = {"string": "varchar", "double precision": "double"}
    assert {
        name: types.get(column["data_type"], column["data_type"])
        for name, column in node["columns"].items()
    } == PREDICTION_COLUMNS


def test_the_shops_differ_in_whether_models_are_fitted() -> None:
    def known(number: int) -> tuple[bool, bool]:
        rows = random_shop(number)[2].values()
        return (
            any(row["p_alive"] is not None for row in rows),
            any(row["predicted_value_365_days"] is not None for row in rows),
        )

    states = Counter(map(known, range(SHOPS)))
    assert set(states) == {(True, True), (True, False), (False, False)}, states
