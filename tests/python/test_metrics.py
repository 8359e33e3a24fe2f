"""Metrics: MetricFlow takes them, and what it answers is what SQL finds.

MetricFlow is optional (requirements-metrics.txt, `make metrics`), so that this is skipped where it
is not installed, with REQUIRE_ENGINES=1 too.
"""

import csv
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from harness import ROOT, copy_project, run_dbt

# another environment's, where variable MF names it
MF = os.environ.get("MF", str(Path(sys.executable).with_name("mf")))
# metrics, what they are asked by, what else is asked, and SQL that finds the same
QUERIES = {
    "contacts,reachable_contacts,repeat_rate by person__stage": (
        "select stage, count(*), count(*) filter (where is_reachable_by_email),"
        " count(*) filter (where purchases > 1) / nullif(count(*) filter (where purchases > 0), 0)"
        " from core.people where is_contact group by stage"
    ),
    "orders,net_revenue,average_order_value,customers by metric_time__month": (
        "select cast(date_trunc('month', ordered_on) as date), count(*) filter (where is_valid),"
        " sum(net_revenue_amount), sum(order_value_amount) filter (where is_valid)"
        " / nullif(count(*) filter (where is_valid), 0),"
        " count(distinct person_id) filter (where is_valid) from core.orders group by 1"
    ),
    "customers,purchase_frequency,net_revenue by order__sales_channel,person__country_code": (
        "select sales_channel, country_code, count(distinct o.person_id) filter (where is_valid),"
        " count(o.person_id) filter (where is_valid)"
        " / nullif(count(distinct o.person_id) filter (where is_valid), 0),"
        " sum(o.net_revenue_amount) from core.orders o left join core.people p using (person_id)"
        " group by 1, 2"
    ),
    "contacts_by_stage,net_revenue_by_stage by stage_of_a_month__stage": (
        "select stage, sum(contacts) filter (where month = (select max(month) from"
        " insights.stage_sizes_by_month)), sum(net_revenue_amount)"
        " from insights.stage_sizes_by_month group by stage"
    ),
    "segment_members,segment_reachable_contacts,segment_net_revenue_12_months"
    " by size_of_a_segment__segment": (
        "select segment, count(distinct person_id), count(distinct person_id) filter"
        " (where is_reachable_by_email), coalesce((select sum(o.net_revenue_12_months_amount)"
        " from core.people o where o.person_id in (select person_id from"
        " membership.segment_memberships i where i.segment = d.segment)), 0)"
        " from membership.segment_definitions d left join membership.segment_memberships m"
        " using (segment) left join core.people p using (person_id) group by segment"
    ),
}


def mf(*arguments: str, project: Path) -> str:
    """Run MetricFlow.

    Arguments: arguments (its own), project (folder of a copy of the project with what dbt wrote).
    Returns: what it said.
    Raises: AssertionError with it where MetricFlow failed.
    """
    environment = os.environ | {
        "BUILD_FILE": str(project / "build.duckdb"),
        "DUCKDB_TEMP_DIRECTORY": str(project / "spill"),
    }
    done = subprocess.run(
        [MF, *arguments], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def comparable(value: object) -> object:
    """A value as text that both write, numbers to 4 places; none where there is none."""
    try:
        return f"{Decimal(str(value)):.4f}"
    except ArithmeticError:
        return str(value).removesuffix(" 00:00:00") if value not in (None, "") else None


@pytest.mark.full
@pytest.mark.skipif(shutil.which(MF) is None, reason="MetricFlow is not installed: make metrics")
def test_metrics_are_what_sql_finds(built_edge_shop: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    copy_project(project)
    shutil.copyfile(built_edge_shop / "build.duckdb", project / "build.duckdb")
    raw = str(ROOT / "tests" / "edge_shop" / "raw")
    run_dbt("parse", folder=project, variables={"raw_location": raw} | EDGE_SHOP_SETTINGS)
    said = mf("validate-configs", "--show-all", project=project)
    assert "ERRORS: 0" in said and "ERRORS: 1" not in said, said
    for asked, sql in QUERIES.items():
        metrics, by = asked.split(" by ")
        answer = project / "answer.csv"
        command = ("query", "--metrics", metrics, "--group-by", by, "--csv", str(answer))
        mf(*command, project=project)
        with answer.open(encoding="utf-8", newline="") as file:
            # it puts ratios last
            names = [*by.split(","), *metrics.split(",")]
            found = [[comparable(row[name]) for name in names] for row in csv.DictReader(file)]
        with duckdb.connect(str(project / "build.duckdb"), read_only=True) as connection:
            expected = connection.execute(sql).fetchall()
        assert len(expected) > 1
        assert sorted(found, key=str) == sorted(
            ([comparable(value) for value in row] for row in expected), key=str
        ), asked
