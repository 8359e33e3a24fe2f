"""The project gives what a naive reading of the rules in Python gives, on any shop.

The oracle reads the rules by brute force and has never seen the SQL; see oracle/oracle.py.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from harness import ROOT, Compiled
from oracle import predictive
from oracle.entities import Predictions
from oracle.oracle import ORDER_COLUMNS, RULES, SESSION_COLUMNS, Result, run, run_records
from oracle.raw import CONTRACT, SYSTEMS
from oracle.settings import DEFAULTS, Settings
from oracle.shops.files import readable, write
from oracle.shops.rows import Shop
from oracle.shops.settings import SETTINGS_POOL
from oracle.shops.worlds import BATCHES, EXAMPLES_PER_BATCH, check_batch
from oracle.staging import REASONS

# as many as `make test` has time for: some shops of each of the settings
BATCHES_HERE, EXAMPLES_HERE = len(SETTINGS_POOL), 4
IN_FULL = [pytest.mark.full]
DRAWN = [
    *(pytest.param(batch, range(EXAMPLES_HERE)) for batch in range(BATCHES_HERE)),
    *(
        pytest.param(batch, range(EXAMPLES_HERE, EXAMPLES_PER_BATCH), marks=IN_FULL)
        for batch in range(BATCHES_HERE)
    ),
    *(
        pytest.param(batch, range(EXAMPLES_PER_BATCH), marks=IN_FULL)
        for batch in range(BATCHES_HERE, BATCHES)
    ),
]
QUERIES = {
    "orders": f"select {', '.join(ORDER_COLUMNS)} from core.orders",
    "sessions": f"select {', '.join(SESSION_COLUMNS)} from core.sessions",
    "purchases": "select person_id, purchased_on, orders from intermediate.int_purchases",
    "people": """
        select
            person_id, is_contact, created_at, stage, purchases, orders, email_consent_status,
            is_reachable_by_email
        from core.people
    """,
    "rfm_scores": """
        select
            person_id, recency_days, frequency, monetary_amount, recency_score, frequency_score,
            monetary_score, rfm_segment
        from core.rfm_scores
    """,
    "lifecycle_history": """
        select person_id, stage, valid_from, valid_to from core.lifecycle_history
    """,
    "permissions": "from activation.contact_permissions",
    "points": "from activation.contact_points",
}

# the rooms that QUERIES and the segments are in
ROOMS = ("staging", "intermediate", "core", "segments", "contact_permissions", "contact_points")
SETTING = re.compile(r"setting\(['\"](\w+)['\"]\)")
WINDOWS = re.compile(r"set windows = \[(.*?)\]", re.DOTALL)
# what rests on predictions has random shops of its own, figures about segments and products have
# shops of their own, and no random shop goes through campaigns or adapters
UNDRAWN = {
    *("predictions", "predictive", "insights", "products", "proof_months.sql"),
    "segment_holdouts.sql",
    *("shopify_csv", "shopify", "ga4", "klaviyo", "prestashop", "woocommerce"),
}
# but `too_young`: nobody says yes to ads here, but in the cases of contacts
PERMISSION_REASONS = {
    *("allowed", "no_consent", "pending", "opted_out", "unclear", "unsubscribed", "complained"),
    *("hard_bounced", "no_address", "unusable_address", "shared_number", "retention_due"),
    "unconfirmed",
}
# the row of an erased person is blank
REJECTED = """
    select raw_table, record_key, rejection_reason, raw_row = '{}' from staging.rejected_records
"""
PROJECT_VARS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def variables(settings: Settings) -> dict[str, object]:
    """The settings of one shop as vars of the project, with the thresholds it has."""

    def number(text: str) -> int | float:
        return float(text) if "." in text else int(text)

    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    for name in ("person_salt", "today", "vars"):
        del values[name]
    for name in ("interval_prior_weight", "at_risk_multiplier", "inactive_multiplier"):
        values[name] = number(values[name])
    for name in sorted(settings.vars.keys() & PROJECT_VARS.keys()):
        value = settings.vars[name]
        values[name] = number(str(value)) if isinstance(value, Decimal) else value
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def differences(expected: list[tuple], found: list[tuple], name: str) -> list[str]:
    """What is missing from and extra in the found rows, as sentences."""

    def comparable(row: tuple) -> tuple:
        return tuple(v.normalize() + 0 if isinstance(v, Decimal) else v for v in row)

    wanted = Counter(comparable(row) for row in expected)
    built = Counter(comparable(row) for row in found)
    return [f"{name}: missing {row}" for row in (wanted - built).elements()] + [
        f"{name}: extra {row}" for row in (built - wanted).elements()
    ]


def disagreements(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    """Everything in which a build and the oracle differ."""

    def rows(query: str) -> list[tuple]:
        return connection.execute(query).fetchall()

    found = []
    for table in CONTRACT:
        staged = f"staging.stg_{SYSTEMS.get(table, 'shop')}__{table}"
        [(count,)] = rows(f"select count(*) from {staged}")
        if count != expected.staged[table]:
            found.append(f"{table}: {count} rows staged, not {expected.staged[table]}")
    found += differences(expected.rejected, rows(REJECTED), "rejected_records")
    if expected.as_of is None:
        return found
    for name, query in QUERIES.items():
        found += differences(getattr(expected, name), rows(query), name)
    for segment, members in expected.segments.items():
        found += differences(members, rows(f"select * from segments.{segment}"), segment)
    return found


def predictions_of(connection: duckdb.DuckDBPyConnection) -> Predictions:
    """What a build predicts, which the oracle takes as given."""
    rows = connection.execute("from intermediate.int_person_predictions")
    names = [column[0] for column in rows.description]
    return {who: dict(zip(names[1:], row, strict=True)) for who, *row in rows.fetchall()}


def test_the_oracle_has_a_rule_for_every_segment_and_the_settings_of_the_project(
    compiled: Callable[..., Compiled],
) -> None:
    nodes = compiled(**variables(SETTINGS_POOL[0])).nodes
    assert {node["name"] for node in nodes if node["schema"] == "segments"} == RULES.keys()
    # the names of pages are the sample shop's
    defaults = {**DEFAULTS, **variables(Settings()), "page_patterns": {"sale": "%/sale%"}}
    del defaults["loaded_until"]
    for name, value in defaults.items():
        value = float(value) if isinstance(value, Decimal) else value
        assert value == PROJECT_VARS[name], name


def test_the_sample_shop_is_as_the_oracle_reads_it(compiled: Callable[..., Compiled]) -> None:
    patterns = {"page_patterns": PROJECT_VARS["page_patterns"]}
    settings = Settings(loaded_until="2025-07-02 00:00:00", vars=patterns)
    sample = ROOT / "sample_shop"
    with compiled(**variables(settings)).run(sample) as connection:
        predictions = predictions_of(connection)
        found = disagreements(connection, run(sample, settings, predictions))
    assert not found, "\n".join(found[:40])
    assert any(row["p_alive"] for row in predictions.values()), "nothing is predicted"


@pytest.fixture(scope="module")
def seen() -> list[Result]:
    """What the oracle made of every random shop of this module."""
    return []


@pytest.mark.parametrize(("batch", "examples"), DRAWN)
def test_random_dirty_shops_are_as_the_oracle_reads_them(
    batch: int,
    examples: range,
    compiled: Callable[..., Compiled],
    seen: list[Result],
    tmp_path: Path,
) -> None:
    """A shop on which they differ is told by its fewest rows."""
    begun = len(seen)

    def check(shop: Shop, settings: Settings) -> None:
        folder = tmp_path / str(len(seen))
        write(shop, folder)
        expected = run_records(shop, settings)
        seen.append(expected)
        project = compiled(salt=settings.person_salt, also=["test"], **variables(settings))
        # the data tests read every room
        tested = expected.as_of is not None and len(seen) - begun == len(examples)
        rooms = () if tested else ROOMS
        with project.run(folder, optimise=False, rooms=rooms) as connection:
            found = disagreements(connection, expected)
            if not found and tested:
                found = [f"{k}: {v}" for k, v in project.failing_tests(connection).items()]
        assert not found, "\n".join([*found[:20], readable(shop), str(settings)])

    check_batch(batch, check, examples)


def test_somebody_is_in_every_segment_and_every_reason_is_met(
    seen: list[Result],
) -> None:
    """Or the shops above could be equal for lack of rows; predictions have shops of their own."""
    if len(seen) < BATCHES_HERE * EXAMPLES_HERE:
        pytest.skip("only some of the batches ran")
    empty = {name for name in RULES if not any(result.segments[name] for result in seen)}
    assert empty == predictive.RULES.keys()
    assert {reason for result in seen for _, _, reason, _ in result.rejected} == set(REASONS)
    assert {row[3] for result in seen for row in result.permissions} == PERMISSION_REASONS


def test_the_project_accepts_all_settings_of_the_pool() -> None:
    """The random shops draw their settings from a pool; each of it names real vars."""
    assert len({str(variables(settings)) for settings in SETTINGS_POOL}) == len(SETTINGS_POOL)
    for settings in SETTINGS_POOL:
        assert settings.vars.keys() <= PROJECT_VARS.keys()


def test_every_setting_of_a_rule_is_drawn_and_every_window_is_the_longest_once() -> None:
    """A number in a setting's place, or a window that a greatest one forgets, would differ."""
    rules = [*(ROOT / "models").rglob("*.sql"), *(ROOT / "macros" / "rules").glob("*.sql")]
    texts = [path.read_text("utf-8") for path in rules if not UNDRAWN & set(path.parts)]
    names = {name for text in texts for name in SETTING.findall(text)}
    assert len(names) > 50
    for name in names:
        drawn = [variables(settings).get(name, PROJECT_VARS[name]) for settings in SETTINGS_POOL]
        if name.endswith("_days") and isinstance(PROJECT_VARS[name], int):
            assert min(drawn) < PROJECT_VARS[name] < max(drawn), name
        assert len({str(value) for value in drawn}) > 1, name
    greatest = [SETTING.findall(found) for text in texts for found in WINDOWS.findall(text)]
    assert len(greatest) == len([text for text in texts if "windows | max" in text]) == 1
    for windows in greatest:
        for name in windows:
            others = [other for other in windows if other != name]
            assert any(
                settings[name] > max(settings[other] for other in others)
                for settings in SETTINGS_POOL
            ), name


def test_the_comparison_notices_missing_extra_and_repeated_rows() -> None:
    rows = [("a", Decimal("1.00")), ("b", None)]
    assert differences(rows, [("b", None), ("a", Decimal(1))], "x") == []
    assert differences(rows, rows[:1], "x") == ["x: missing ('b', None)"]
    assert differences(rows, [*rows, rows[1]], "x") == ["x: extra ('b', None)"]
    assert len(differences(rows, [("a", Decimal("1.01")), ("b", None)], "x")) == 2
