"""What `make bench` makes of results, days and orders; nothing is built."""

import json
import math
import sys
from pathlib import Path

import bench
import duckdb
import pytest
from bench_report import Run, exponent, number, ratios, report
from bench_rivals import MODELS, WINDOWS, with_pandas, with_polars

NO_ORDERS = dict.fromkeys(WINDOWS, 0)


def test_rooms_add_up_the_seconds_and_the_stored_rows_of_their_models(tmp_path: Path) -> None:
    nodes = {
        "model.shop.base": {"fqn": ["shop", "staging", "web", "base"], "stored": "by_files"},
        "model.shop.stg": {"fqn": ["shop", "staging", "web", "stg"], "stored": "view"},
        "model.shop.fact": {
            "fqn": ["shop", "marts", "segments", "place", "facts", "fact"],
            "stored": "table",
        },
    }
    manifest = {
        key: {"name": key[11:], "fqn": node["fqn"], "config": {"materialized": node["stored"]}}
        for key, node in nodes.items()
    }
    keys = [*nodes, "test.shop.key", "operation.shop.start", "exposure.shop.list"]
    results = [
        {"unique_id": key, "execution_time": 2.0**n, "relation_name": key}
        for n, key in enumerate(keys)
    ]
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": manifest}))
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    rooms, models = bench.read_results(tmp_path, lambda name: len(name))
    assert rooms == {
        "staging/web": (3.0, len("model.shop.base")),
        "segments/place": (4.0, len("model.shop.fact")),
        "tests": (8.0, 0),
        "hooks": (16.0, 0),
    }
    assert models == {"base": 1.0, "stg": 2.0, "fact": 4.0}


def test_growth_is_net_of_the_fixed_cost() -> None:
    assert exponent(30, 210, 10, 10) == pytest.approx(1)
    assert exponent(30, 2010, 10, 10) == pytest.approx(2)
    assert math.isnan(exponent(10, 210, 10, 10))
    assert [number(size) for size in ("10", "10k", "1.5m")] == [10, 10_000, 1_500_000]


def test_ratios_compare_like_with_like() -> None:
    runs = {
        "models": Run(10, 20, 1, {"staging/web": (6, 0)}),
        "tests": Run(14, 24, 1, {"staging/web": (5, 0), "intermediate/web": (3, 0)}),
        "day": Run(7, 9, 1, {"staging/web": (0.5, 0), "intermediate/web": (0.3, 0)}),
        "other models": Run(20, 80, 1),
        "other build": Run(56, 48, 1),
    }
    assert list(ratios(runs).values()) == pytest.approx([0.4, 0.5, 0.1, 0.5, 0.25, 0.25, 0.5])


@pytest.mark.parametrize("limit", ["1GB", "6GB"])
def test_want_of_memory_ends_only_what_all_else_is_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    def build(*_: object, limit: str, project: Path = bench.ROOT) -> Run:
        if limit == "1GB" or project != bench.ROOT:
            sys.exit("Out of memory")
        return Run(1, 1, 1)

    (tmp_path / "10").mkdir()
    monkeypatch.setattr(bench, "HERE", tmp_path)
    monkeypatch.setattr(bench, "make_shop", lambda *_: tmp_path)
    monkeypatch.setattr(bench, "hold_back", lambda *_: None)
    monkeypatch.setattr(bench, "build", build)
    if limit == "1GB":
        with pytest.raises(SystemExit, match="Out of memory"):
            bench.measure("10", [limit], None, 1)
    else:
        found = bench.measure("10", [limit, "1GB"], tmp_path, 1)
        assert set(found["runs"]) == {"models", "tests", "day"}


def test_the_report_says_what_is_not_installed() -> None:
    took = {kind: Run(9, 9, 1, {"staging/web": (9, 7)}) for kind in ("models", "tests", "day")}
    for run in took.values():
        run.models = {name: 0.5 for names in MODELS.values() for name in names}
    rivals = {"pandas": {"read": 1.5, "peak_gb": 0.25}, "polars": None}
    found = {"runs": took, "floor": 1.25, "rivals": rivals}
    lines = report("A machine.", {"10": {"runs": took}, "1k": found}).splitlines()
    assert "| pandas | 1.50 |  |  |  | 0.25 |" in lines
    assert f"| polars |{' not installed |' * 5}" in lines
    assert "| staging/web | 7 | 9 | 9 | 9 |" in lines
    assert "Every input column hashed once: 1.2 s." in lines


def test_the_last_local_day_is_held_back_and_nothing_is_lost(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "events").mkdir(parents=True)
    # midnight in Paris is at 22:00 in UTC
    files = {
        "events/2025-06-28": "select 'e1' as event_id, '2025-06-28T23:00:00Z' as occurred_at",
        "events/2025-06-29": "select * from (values ('e2', '2025-06-29T21:59:59Z'),"
        " ('e3', '2025-06-29T22:00:00Z'), ('e4', 'soon')) as t (event_id, occurred_at)",
        "events/2025-06-30": "select 'e5' as event_id, '2025-06-30T12:00:00Z' as occurred_at",
        "orders": "select * from (values ('o1', '2025-06-29T21:00:00Z'),"
        " ('o2', '2025-06-29T23:00:00Z')) as t (order_id, ordered_at)",
        "order_lines": "select unnest(['o1', 'o2', 'o3']) as order_id",
        "products": "select 'p1' as product_id",
    }
    for name, query in files.items():
        duckdb.sql(f"copy ({query}) to '{shop}/{name}.parquet'")
    bench.hold_back(shop, tmp_path)

    def column(state: str, files: str) -> list[str]:
        raw = bench.point(tmp_path / "raw", state)
        return [row[0] for row in duckdb.sql(f"from '{raw}/{files}.parquet' order by 1").fetchall()]

    assert column("before", "events/*") == ["e1", "e2", "e4"]
    assert column("after", "events/*") == ["e1", "e2", "e3", "e4", "e5"]
    assert (column("before", "orders"), column("after", "orders")) == (["o1"], ["o1", "o2"])
    assert column("before", "order_lines") == ["o1", "o3"]
    assert column("before", "products") == column("after", "products") == ["p1"]
    # a file that has not changed is the same file, so that a build knows it
    untouched = [(tmp_path / s / "events" / "2025-06-28.parquet") for s in ("before", "after")]
    assert untouched[0].samefile(untouched[1])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_comes_to_what_is_worked_out_by_hand(library: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    bought = "('b', 200, 5), ('c', 926, 40), ('c', 936, 60), ('d', 920, 10), ('d', 950, 20)"
    for name, rows in {
        "orders": f"from (values {bought}, ('d', 990, 20)) as t (person_id, day, net)",
        "contacts": "from (values ('a', 0), ('b', 100)) as t (person_id, day)",
    }.items():
        duckdb.sql(f"copy ({rows}) to '{tmp_path}/{name}.parquet'")
    days = {"as_of": 1000, "30_days": 971, "3_months": 910, "6_months": 820, "year": 636}
    found: dict[str, dict] = {}
    do_all = {"pandas": with_pandas, "polars": with_polars}[library]
    do_all(tmp_path, days, lambda step, counts: found.update({step: counts}))
    # three gaps of 80 days in all: c is at risk after 32 days, and today, after 64, inactive
    assert found["lifecycle"] == {
        "prospects": [2, 1],
        "first_time_buyers": [3, 1],
        "repeat_customers": [2, 0],
        "loyal_customers": [1, 1],
        "at_risk_customers": [1, 0],
        "inactive_customers": [1, 1],
    }
    assert found["rfm"] == {"111": 1, "224": 1, "442": 1}
    assert found["windows"] == NO_ORDERS | {
        "buyers_last_30_days": 1,
        "buyers_last_6_months": 2,
        "buyers_last_year": 2,
        "multi_buyers_last_6_months": 2,
        "multi_buyers_last_year": 2,
        "lapsing_buyers": 0,
        "cold_customers": 1,
    }


def test_the_models_that_libraries_race_against_are_there() -> None:
    there = {path.stem for path in (bench.ROOT / "models").rglob("*.sql")}
    raced = {name for names in MODELS.values() for name in names}
    assert raced | {"int_orders", "int_people", "as_of", "rfm_scores", "lifecycle_history"} <= there
