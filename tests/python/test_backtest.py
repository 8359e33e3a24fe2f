"""The past is predicted from what was known then, and measured against what came."""

import re
import shutil
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from backtest import backtest
from harness import ROOT, Compiled, compile_project, copy_project
from quick_dbt import quick_dbt

PROJECT_VARS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
SAMPLE = ROOT / "sample_shop"
SETTINGS = {"loaded_until": "2025-07-02 00:00:00", "backtest": True}
UNTIL = date(2025, 6, 30)
DAYS = 90
CUT_OFF = UNTIL - timedelta(days=DAYS)
# each after what it reads; the last is a view
PAST = ("person_histories", "purchase_histories", "life_table", "model_fits", "mean_predictions")
METHODS = ("gap_rule", "model", "recency")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The project with its backtest: the var counts when dbt parses."""
    folder = tmp_path_factory.mktemp("backtest")
    copy = folder / "project"
    copy_project(copy, "*unit_tests.yml")
    for part in (copy / "analyses", *(copy / "tests").iterdir()):
        if part.name != "generic":
            shutil.rmtree(part)
    return compile_project(folder, project=copy, **SETTINGS)


@pytest.fixture(scope="module")
def shop(project: Compiled) -> duckdb.DuckDBPyConnection:
    """The sample shop with its backtest."""
    return project.run(SAMPLE)


def as_dicts(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict]:
    """The rows of a query, by column."""
    found = connection.execute(query)
    names = [name for name, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def measured(shop: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], dict]:
    """The rows of the backtest, by method and tenth."""
    rows = as_dicts(shop, "from insights.prediction_backtest")
    return {(row["method"], row["decile"]): row for row in rows}


@pytest.fixture(scope="module")
def came(shop: duckdb.DuckDBPyConnection) -> dict[str, dict[date, float]]:
    """The purchases of each contact: net revenue by day, from the orders."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for person, day, net in shop.execute(
        "select person_id, ordered_on, net_revenue_amount from core.orders"
        " where is_valid and person_id is not null"
    ).fetchall():
        days[person][day] += float(net)
    return days


def test_the_backtest_is_built_where_it_is_asked_for(
    project: Compiled, compiled: Callable[..., Compiled]
) -> None:
    assert "prediction_backtest" in {node["name"] for node in project.nodes}
    without = compiled(loaded_until=SETTINGS["loaded_until"])
    assert "prediction_backtest" not in {node["name"] for node in without.nodes}


def test_the_past_knows_nothing_of_what_came_after(
    project: Compiled, shop: duckdb.DuckDBPyConnection
) -> None:
    """Without the purchases since then, the same is fitted and predicted."""
    tables = [f"intermediate.int_{part}" for part in PAST]

    def rows() -> list:
        query = f"from {{}} where days_ago = {DAYS} order by all"
        return [shop.execute(query.format(table)).fetchall() for table in tables]

    before = rows()
    nodes = {f"{node['schema']}.{node['name']}": node for node in project.nodes}
    shop.execute("begin")
    [(removed,)] = shop.execute(
        f"delete from intermediate.int_purchases where purchased_on > date '{CUT_OFF}'"
    ).fetchall()
    for table in tables[:-1]:
        shop.execute(f"create or replace table {table} as {nodes[table]['compiled_code']}")
    after = rows()
    shop.execute("rollback")
    assert removed > 100
    assert all(before)
    assert after == before


def test_every_method_ranks_the_customers_of_then_in_even_tenths(
    measured: dict[tuple[str, int], dict], came: dict[str, dict[date, float]]
) -> None:
    customers = sum(min(days) <= CUT_OFF for days in came.values())
    assert {method for method, _ in measured} == set(METHODS)
    for method in METHODS:
        tenths = [measured[method, tenth]["customers"] for tenth in range(1, 11)]
        assert measured[method, 0]["customers"] == sum(tenths) == customers
        assert max(tenths) - min(tenths) <= 1


def test_what_came_is_what_the_orders_say(
    measured: dict[tuple[str, int], dict], came: dict[str, dict[date, float]]
) -> None:
    since = [
        {day: net for day, net in days.items() if day > CUT_OFF}
        for days in came.values()
        if min(days) <= CUT_OFF
    ]
    for method in METHODS:
        row = measured[method, 0]
        assert (row["as_of_on"], row["until_on"]) == (CUT_OFF, UNTIL)
        assert row["actual_orders"] == sum(map(len, since)) > 100
        assert row["actual_buyers"] == sum(map(bool, since)) > 50
        value = sum(sum(days.values()) for days in since)
        assert float(row["actual_value_amount"]) == pytest.approx(value)
        for column in ("actual_orders", "actual_buyers", "actual_value_amount"):
            tenths = (measured[method, tenth][column] for tenth in range(1, 11))
            assert sum(tenths) == row[column]


def test_what_was_expected_is_what_the_past_predicted(
    shop: duckdb.DuckDBPyConnection, measured: dict[tuple[str, int], dict]
) -> None:
    [row] = as_dicts(
        shop,
        "select sum(expected_orders_90_days) as orders, sum(order_probability_90_days) as buyers,"
        " sum(expected_orders_90_days * expected_order_value * kept_share) as value"
        f" from intermediate.int_mean_predictions where days_ago = {DAYS}",
    )
    for name, total in row.items():
        assert measured["model", 0][f"predicted_{name}"] == pytest.approx(total, rel=1e-9)
        tenths = sum(measured["model", tenth][f"predicted_{name}"] for tenth in range(1, 11))
        assert tenths == pytest.approx(total, rel=1e-9)


def test_the_gap_rule_lets_everybody_go_on_until_they_are_inactive(
    measured: dict[tuple[str, int], dict], came: dict[str, dict[date, float]]
) -> None:
    known = [sorted(d for d in days if d <= CUT_OFF) for days in came.values()]
    known = [days for days in known if days]
    gaps = sum(len(days) - 1 for days in known)
    mean_gap = sum((days[-1] - days[0]).days for days in known) / gaps
    expected = 0.0
    for days in known:
        weight = PROJECT_VARS["interval_prior_weight"]
        gap = ((days[-1] - days[0]).days + weight * mean_gap) / (len(days) - 1 + weight)
        if (CUT_OFF - days[-1]).days < PROJECT_VARS["inactive_multiplier"] * gap:
            expected += DAYS * (len(days) - 1) / max((CUT_OFF - days[0]).days, 1)
    assert measured["gap_rule", 0]["predicted_orders"] == pytest.approx(expected)
    assert measured["recency", 0]["predicted_orders"] is None


def test_auc_and_lift_are_what_a_count_of_pairs_says(
    measured: dict[tuple[str, int], dict], came: dict[str, dict[date, float]]
) -> None:
    """For recency, whose score is plain: pairs of one who came and one who did not, ties half."""
    known = [days for days in came.values() if min(days) <= CUT_OFF]
    last = [(max(d for d in days if d <= CUT_OFF), max(days) > CUT_OFF) for days in known]
    ours = [day for day, has_come in last if has_come]
    others = [day for day, has_come in last if not has_come]
    right = sum((a > b) + (a == b) / 2 for a in ours for b in others)
    row, first = measured["recency", 0], measured["recency", 1]
    assert row["auc"] == pytest.approx(right / len(ours) / len(others))
    assert row["lift"] == 1
    share = first["actual_buyers"] / first["customers"]
    assert first["lift"] == pytest.approx(share * row["customers"] / row["actual_buyers"])


def saved(shop: duckdb.DuckDBPyConnection, folder: Path, *changes: str) -> Path:
    """What the text is made from, as a build file, with some changes."""
    path = folder / "build.duckdb"
    shop.execute(f"attach '{path}' as saved")
    for table in ("insights.prediction_backtest", "intermediate.int_model_fits"):
        shop.execute(f"create schema saved.{table.split('.')[0]}")
        shop.execute(f"create table saved.{table} as from {table}")
    for change in changes:
        shop.execute(change)
    shop.execute("detach saved")
    return path


def test_the_text_says_what_came_and_what_predicts_it_best(
    shop: duckdb.DuckDBPyConnection, measured: dict[tuple[str, int], dict], tmp_path: Path
) -> None:
    words = backtest(saved(shop, tmp_path))
    assert f"What {CUT_OFF} knew, and what the 90 days after it brought" in words
    lines = {line.strip().split("  ")[0]: line.split() for line in words.splitlines()}
    assert f"{measured['model', 0]['actual_orders']:,}" in lines["what came"]
    assert f"{measured['model', 0]['predicted_orders']:,.0f}" in lines["the model"]
    assert f"{measured['gap_rule', 1]['lift']:.2f}" in lines["the gap rule"]
    assert f"{measured['recency', 0]['auc']:.3f}" in lines["recency alone"]
    assert "Who comes is ranked best by the model." in words
    assert "season is not removed" in re.sub(r"\s+", " ", words)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            ["update saved.insights.prediction_backtest set auc = 0.99 where method = 'recency'"],
            "Who comes is ranked best by recency alone.",
        ),
        (
            [
                "delete from saved.insights.prediction_backtest where method = 'model'",
                "update saved.intermediate.int_model_fits set status = 'too_few_buyers'",
            ],
            "There was no model on that day: fewer buyers than prediction_min_buyers.",
        ),
    ],
)
def test_the_text_lets_a_simple_rule_win_and_says_why_there_was_no_model(
    shop: duckdb.DuckDBPyConnection, tmp_path: Path, changes: list[str], sentence: str
) -> None:
    words = backtest(saved(shop, tmp_path, *changes))
    assert sentence in words and "the gap rule" in words


def test_without_a_backtest_the_command_to_run_is_named(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    with pytest.raises(FileNotFoundError, match="run `make backtest` first"):
        backtest(path)
    duckdb.connect(str(path)).close()
    with pytest.raises(FileNotFoundError, match="has no backtest: run `make backtest`"):
        backtest(path)


def test_a_wrong_number_of_days_stops_the_run(tmp_path: Path) -> None:
    variables = {"raw_location": str(SAMPLE), "backtest": True, "backtest_days": 60}
    one_model = ("run", "--select", "stg_shop__orders")
    run = quick_dbt().run(*one_model, folder=tmp_path, variables=variables, check=False)
    assert run.exit_code != 0
    assert "backtest_days" in run.output
    assert "START sql" not in run.output
