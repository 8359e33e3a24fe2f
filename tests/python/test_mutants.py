"""The mutants: what is made of a model, how they are told apart, and that tests notice them."""

from collections import Counter
from pathlib import Path

import pytest
from harness import ROOT
from mutants import fate_of, faults, hunt, report, sample_of
from mutation import Mutant, all_mutants, known_equivalents, mutants_of

MODEL = """\
-- more than 3 at a time
select
    orders.person_id,
    cast(coalesce(sum(orders.value), 0) as decimal(18, 4)) as value,
    count(distinct orders.ordered_on) as days
from {{ ref('int_orders') }} as orders
inner join {{ ref('as_of') }} as as_of on orders.ordered_on >= as_of.last_30_days_from
where
    orders.status in ('paid', 'sent')
    and orders.value > {{ setting('least') }}
"""
PROSPECTS = ROOT / "models" / "marts" / "segments" / "lifecycle" / "prospects.sql"
SAMPLE = 40


def changed(before: str, after: str, operator: str) -> Mutant:
    """A change of the prospects that is made by hand."""
    sql = PROSPECTS.read_text(encoding="utf-8")
    assert before in sql
    return Mutant("prospects", operator, 1, before, after, sql.replace(before, after))


@pytest.mark.parametrize(
    ("operator", "changes"),
    [
        ("threshold", ["orders.value > {{ (setting('least') + 1) }}", "value), (0 - 1)) as"]),
        (
            "comparison",
            [">= as_of", "> as_of", "< as_of", "orders.value >= {{", "orders.value < {{"],
        ),
        ("connective", ["or orders.value >"]),
        ("window", ["last_6_months_from", "last_12_months_from", "last_3_months_from"]),
        ("join", ["left join {{ ref('as_of') }}"]),
        ("list", ["in ('sent')", "in ('paid')"]),
        ("coalesce", ["cast(sum(orders.value) as", "cast(0 as"]),
        ("sort", []),
        ("distinct", ["count(orders.ordered_on)"]),
    ],
)
def test_an_operator_changes_what_it_is_for(operator: str, changes: list[str]) -> None:
    made = [mutant for mutant in mutants_of("model", MODEL) if mutant.operator == operator]
    for change in changes:
        if change not in MODEL:
            assert any(change in mutant.sql for mutant in made), change
    assert bool(made) == bool(changes)


def test_comments_types_and_names_are_no_place_for_a_change() -> None:
    for mutant in mutants_of("model", MODEL):
        for kept in ("-- more than 3 at a time", "decimal(18, 4)", "ref('int_orders')", "as days"):
            assert kept in mutant.sql, mutant.name


def test_every_mutant_changes_one_line_and_has_a_name_of_its_own() -> None:
    mutants = all_mutants()
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    assert all(mutant.before != mutant.after for mutant in mutants)
    twice = mutants_of("model", "where\n    a > 1\n    and a > 1\n")
    assert "model: and a > 1 -> or a > 1" in {mutant.name for mutant in twice}
    lines = mutants_of("model", "    a > b,\n    a > b,\n")
    assert [mutant.name for mutant in lines if mutant.after.endswith(">= b,")] == [
        "model: a > b, -> a >= b,",
        "model: a > b, -> a >= b, (2)",
    ]


def test_every_listed_equivalent_is_still_a_mutant_and_has_a_proof() -> None:
    names = {mutant.name for mutant in all_mutants()}
    for name, proof in known_equivalents().items():
        assert name in names, f"no change of any model is {name}: take it off the list"
        assert len(proof.split()) >= 8, f"{name}: say why no input can tell it apart"


def test_too_few_killed_and_too_many_equivalents_are_faults() -> None:
    assert faults(Counter(invalid=10, killed=95, equivalent=3, survivors=2)) == []
    assert len(faults(Counter(invalid=10, killed=94, equivalent=3, survivors=3))) == 1
    assert len(faults(Counter(invalid=10, killed=96, equivalent=4))) == 1
    assert len(faults(Counter(invalid=110))) == 1


@pytest.mark.full
def test_a_sample_of_the_mutants_is_noticed(tmp_path: Path) -> None:
    """And beside it: one that everybody notices, one that means the same, one that is not SQL."""
    equivalent = known_equivalents()
    sample = sample_of([m for m in all_mutants() if m.name not in equivalent], SAMPLE, seed=1)
    noticed = changed("'prospects'", "'loyal_customers'", "noticed")
    same = changed("where stage", "where 1 = 1 and stage", "same")
    unreadable = changed("where stage", "where nothing and stage", "unreadable")
    hunt([*sample, noticed, same, unreadable], tmp_path / "edge", processes=1, batches=0)
    # the random shops take longer, and are asked only where the edges do not kill enough
    if faults(Counter(fate_of(mutant, equivalent) for mutant in sample)):
        left = [mutant for mutant in sample if mutant.is_left]
        hunt(left, tmp_path / "random", processes=1)
    assert noticed.killed_by
    assert not same.killed_by
    assert not same.is_invalid
    assert unreadable.is_invalid
    fates = Counter(fate_of(mutant, equivalent) for mutant in sample)
    assert faults(fates) == [], report(sample, equivalent)
