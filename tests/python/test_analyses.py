"""The analyses run on the sample shop, and what they say of a member is what the segment says."""

from collections.abc import Callable, Iterator

import duckdb
import pytest
import yaml
from family_shops import segments_of
from harness import ROOT, Compiled

SETTINGS = {"loaded_until": "2025-07-02 00:00:00"}
ANALYSES = sorted(path.stem for path in (ROOT / "analyses").glob("*.sql"))
WHY = [name for name in ANALYSES if name.startswith("why_")]
# what binds under other settings only
IDLE = [
    ("due_to_reorder", "days to an order yet to come"),
    ("due_to_reorder", "probability of an order in 365 days"),
    ("email_visitors", "of such a campaign"),
    ("likely_second_purchase", "purchases"),
    ("loyal_customers", "purchases"),
    ("predicted_lost", "such people come back, as the check found (1: yes)"),
    ("predicted_loyal", "expected orders in 365 days"),
    ("rising_value", "at risk or inactive (1: yes)"),
    ("rising_value", "net revenue of the last 12 months"),
    ("rising_value", "purchases"),
    ("search_converters", "searches"),
]
SEGMENTS = ROOT / "models" / "marts" / "segments"


@pytest.fixture(scope="module")
def project(compiled: Callable[..., Compiled]) -> Compiled:
    """The project with the settings of the sample shop."""
    return compiled(also=["analysis"], **SETTINGS)


@pytest.fixture(scope="module")
def shop(project: Compiled) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sample shop in memory, each analysis as a view."""
    with project.run(ROOT / "sample_shop") as connection:
        for node in project.manifest["nodes"].values():
            if node["resource_type"] == "analysis":
                connection.execute(f"create view main.{node['name']} as {node['compiled_code']}")
        yield connection


def rows(shop: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    """The rows of a query."""
    return shop.execute(query).fetchall()


def difference(shop: duckdb.DuckDBPyConnection, why: str, segments: list[str]) -> list[tuple]:
    """Who is a member by only one of the analysis and the segment, and by which."""
    among = "segment in ({})".format(", ".join(f"'{segment}'" for segment in segments))
    columns = "segment, person_id, segment_value"
    members = f"select {columns} from membership.segment_memberships where {among}"
    explained = f"select distinct {columns} from {why} where qualifies and {among}"
    return rows(
        shop,
        f"select 'not explained', * from (({members}) except ({explained}))"
        f" union all select 'no member', * from (({explained}) except ({members})) limit 20",
    )


def test_every_analysis_is_described_with_its_columns(shop: duckdb.DuckDBPyConnection) -> None:
    described = yaml.safe_load((ROOT / "analyses" / "_analyses.yml").read_text(encoding="utf-8"))
    entries = {entry["name"]: entry for entry in described["analyses"]}
    assert sorted(entries) == ANALYSES
    for name, entry in entries.items():
        assert entry["description"].strip(), name
        columns = [row[0] for row in rows(shop, f"describe {name}")]
        assert [column["name"] for column in entry["columns"]] == columns, name
        assert all(column["description"].strip() for column in entry["columns"]), name


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_has_rows(shop: duckdb.DuckDBPyConnection, name: str) -> None:
    [(count,)] = rows(shop, f"select count(*) from {name}")
    assert count > 1


def test_every_family_is_explained() -> None:
    families = {path.parent.name for path in SEGMENTS.glob("*/*.sql")}
    assert {name.removeprefix("why_") for name in WHY} == families


@pytest.mark.parametrize("why", WHY)
def test_who_qualifies_is_a_member_and_nobody_else(
    shop: duckdb.DuckDBPyConnection, why: str
) -> None:
    assert difference(shop, why, segments_of(why.removeprefix("why_"))) == []


@pytest.mark.parametrize("why", WHY)
def test_every_person_is_told_about_every_segment(
    shop: duckdb.DuckDBPyConnection, why: str
) -> None:
    """Those not in a segment have its conditions too, one of them not met, and by how much."""
    told = f"select distinct segment, person_id from {why}"
    assert [row[0] for row in rows(shop, f"select distinct segment from {why} order by 1")] == (
        segments_of(why.removeprefix("why_"))
    )
    [(pairs,)] = rows(shop, f"select count(*) from ({told})")
    [(people,)] = rows(shop, "select count(*) from core.people")
    assert pairs == people * len(segments_of(why.removeprefix("why_")))
    repeated = rows(
        shop,
        f"select person_id, segment, segment_value, judged, asks from {why}"
        " group by all having count(*) > 1 limit 5",
    )
    assert repeated == []
    wrong = rows(
        shop,
        f"select * from {why} where is_met is null or qualifies is null"
        " or (is_met and how_far <> 0) or (has is not null and needs is not null"
        " and how_far is null) or how_far < 0 limit 5",
    )
    assert wrong == []


@pytest.mark.parametrize("why", WHY)
def test_without_any_of_its_conditions_others_would_qualify(
    shop: duckdb.DuckDBPyConnection, why: str
) -> None:
    """No condition is superfluous: without it somebody else would get in."""
    idle = []
    asked = f"from {why} where judged not like 'for a better score of %'"
    for segment, asks in rows(shop, f"select distinct segment, asks {asked} order by all"):
        left = (
            f"select distinct segment, person_id, segment_value {asked} and segment = '{segment}'"
            " group by segment, person_id, segment_value, judged"
            f" having bool_and(is_met or asks = '{asks}')"
        )
        members = f"select '{segment}', person_id, segment_value from segments.{segment}"
        if not rows(shop, f"({left}) except ({members}) limit 1"):
            idle.append((segment, asks))
    assert idle == [pair for pair in IDLE if pair[0] in segments_of(why.removeprefix("why_"))]


def test_a_person_is_asked_about_by_a_var(
    compiled: Callable[..., Compiled], shop: duckdb.DuckDBPyConnection
) -> None:
    [(person,)] = rows(shop, "select min(person_id) from segments.vip_customers")
    about = compiled(also=["analysis"], **SETTINGS, person_id=person)
    for node in about.manifest["nodes"].values():
        if node["name"] in WHY:
            about_it = rows(shop, f"select * from {node['name']} where person_id = '{person}'")
            found = rows(shop, node["compiled_code"])
            assert found, node["name"]
            assert sorted(found, key=str) == sorted(about_it, key=str), node["name"]


def test_distributions_hold_whom_the_segments_hold(shop: duckdb.DuckDBPyConnection) -> None:
    [buyers] = rows(
        shop, "select count(*), sum(net_revenue_amount) from core.people where orders > 0"
    )
    held = "select sum(buyers), sum(net_revenue_amount) from insights.recency_distribution"
    assert rows(shop, held) == [buyers]
    assert rows(shop, "select sum(dependent_buyers) from discount_dependence") == rows(
        shop, "select count(*) from segments.promotion_dependent_buyers"
    )
    [(inactive,)] = rows(shop, "select count(*) from segments.inactive_customers")
    [(at_risk,)] = rows(shop, "select count(*) from segments.at_risk_customers")
    lasting = rows(
        shop,
        "select silences - came_back from insights.interval_distribution where is_in_force"
        " order by expected_gaps",
    )
    assert lasting == [(at_risk + inactive,), (inactive,)]
