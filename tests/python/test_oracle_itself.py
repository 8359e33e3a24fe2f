"""Examples worked out by hand: how the oracle reads values, settings and files.

The edge shops pin the rest (test_oracle_edges.py). Each expectation follows from the rules alone,
in the comment beside it.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random

import pytest
from oracle.oracle import Result, run, run_records
from oracle.raw import SEEDS, read_number, read_time
from oracle.rfm import RFM_NAMES, rfm_name
from oracle.settings import Settings
from oracle.shops.files import write
from oracle.shops.worlds import random_shop
from oracle.stages import STAGES

BASE = Settings(loaded_until="2025-01-01 00:00:00")


def order(order_id: str, customer_id: str | None, ordered_at: str, **values: str) -> dict:
    """Return an order of 100 EUR, paid, unless the values say otherwise."""
    named = {"order_id": order_id, "customer_id": customer_id, "ordered_at": ordered_at}
    return {**named, "status": "paid", "currency": "EUR", "subtotal_amount": "100", **values}


def customer(customer_id: str, created_at: str, **values: str) -> dict:
    """Return a customer."""
    return {"customer_id": customer_id, "created_at": created_at, **values}


def buyer(*days: str) -> dict:
    """Return a shop with one customer, created on 1 January 2024, who buys at noon of the days."""
    return {
        "customers": [customer("x", "2024-01-01")],
        "orders": [order(f"o{n}", "x", f"{day} 12:00") for n, day in enumerate(days)],
    }


def stage(result: Result) -> tuple:
    """Return the one stage of customer x: its name, evidence and expires_on."""
    rows = [(name, *row) for name in STAGES for row in result.segments[name]]
    [found] = [(name, row[1], row[3]) for name, who, *row in rows if who == "c:x"]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", datetime(2024, 2, 29)),
        ("2024-02-29T10:00", datetime(2024, 2, 29, 10)),
        ("2024-02-29 10:00:05.123456789Z", datetime(2024, 2, 29, 10, 0, 5, 123456)),
        ("2024-02-29 00:30:00 +0200", datetime(2024, 2, 28, 22, 30)),
        ("2024-02-29 23:30-01", datetime(2024, 3, 1, 0, 30)),
        ("2023-02-29", None),
        ("2024-02-29Z", None),
        ("2024-02-29t10:00", None),
        ("2024-02-29 24:00", None),
        ("2024-02-29  10:00", None),
        ("2024-02-29 10:00:00.0000000001", None),
    ],
)
def test_timestamps_read(text: str, expected: datetime | None) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize(
    ("text", "clock", "expected"),
    [
        ("2024-02-29", "Europe/Paris", datetime(2024, 2, 28, 23)),
        ("2024-07-01 10:00", "America/New_York", datetime(2024, 7, 1, 14)),
        ("2024-07-01 10:00Z", "America/New_York", datetime(2024, 7, 1, 10)),
        # clocks go back at 03:00: of two 02:30 the first; and forward at 02:00: 02:30 is 03:30
        ("2023-10-29 02:30", "Europe/Paris", datetime(2023, 10, 29, 0, 30)),
        ("2024-03-31 02:30", "Europe/Paris", datetime(2024, 3, 31, 1, 30)),
    ],
)
def test_times_without_an_offset_are_by_the_clock_of_a_zone(
    text: str, clock: str, expected: datetime
) -> None:
    assert read_time(text, clock) == expected


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("+007.50", "amount", "7.5"),
        (".5", "amount", "0.5"),
        ("5.", "amount", "5"),
        ("0.0000005", "amount", "0.000001"),
        ("-0.0000005", "amount", "-0.000001"),
        ("0.00000049", "amount", "0"),
        ("1.0005", "quantity", "1.001"),
        ("0000000123456789012", "amount", "123456789012"),
        ("1234567890123", "amount", None),
        ("1234567", "rate", None),
        ("1e3", "amount", None),
        (".", "amount", None),
        ("1,5", "amount", None),
        ("١", "amount", None),
    ],
)
def test_numbers_read(text: str, kind: str, expected: str | None) -> None:
    assert read_number(text, kind) == (None if expected is None else Decimal(expected))


def test_one_reason_each_by_precedence() -> None:
    # Each row has the fault that it is named for and every later one that still fits.
    bad = {"status": "?", "currency": "?"}
    shop = {
        "customers": [customer("x", "2024-01-01")],
        "orders": [
            order(" ", None, "soon", **{**bad, "subtotal_amount": ""}),
            order("b", None, "soon", **{**bad, "subtotal_amount": ""}),
            order("c", None, "soon", **{**bad, "subtotal_amount": "1e2"}),
            order("d", None, "2099-01-01", **{**bad, "subtotal_amount": "1e2"}),
            order("e", None, "2099-01-01", **{**bad, "subtotal_amount": "-1"}),
            order("f", None, "2025-01-01", **{**bad, "subtotal_amount": "-1"}),
            order("g", None, "2024-01-01", **{**bad, "discount_amount": "100.000001"}),
            order("h", None, "2024-01-01", **{**bad, "discount_amount": "100"}),
            order("i", None, "2024-01-01", currency="?"),
            order("j", None, "2024-01-01"),  # nobody's order, and an order like any other
            order("k", "x", "2024-01-01", tax_amount="unknown"),
            order("l", "x", "2024-01-01", updated_at="2024-01-02"),
            order(" l", "x", "2024-01-02", updated_at="2024-01-01"),
        ],
        "refunds": [
            {"refund_id": "r", "order_id": "i", "refunded_at": "2024-01-01", "amount": "1"},
            {"refund_id": "s", "order_id": "l", "refunded_at": "2024-01-01", "amount": "1"},
        ],
        "erasure_requests": [{"request_id": "m"}, {"request_id": "n", "email": "x@x.fr"}],
    }
    result = run_records(shop, BASE)
    assert {(key, reason) for _, key, reason, _ in result.rejected} == {
        (None, "missing_key"),
        ("b", "missing_required"),
        ("c", "unparseable_timestamp"),
        ("d", "unparseable_number"),
        ("e", "future_timestamp"),
        ("f", "negative_amount"),
        ("g", "negative_amount"),
        ("h", "unknown_status"),
        ("i", "unknown_currency"),
        ("k", "unparseable_number"),
        ("l", "duplicate"),
        ("m", "no_owner"),
        ("r", "orphan_reference"),
    }
    assert [o[:3] for o in result.orders] == [
        ("j", None, datetime(2024, 1, 1)),
        ("l", "c:x", datetime(2024, 1, 1)),
    ]


def test_the_least_customer_id_byte_by_byte_names_all_who_share_an_email() -> None:
    emails = {"b": " ANA@x.fr", "a9": "ana@X.fr\t", "a10": "ana@x.fr", "é": "é@x.fr"}
    shop = {
        "customers": [customer(who, "2024-01-05", email=email) for who, email in emails.items()],
        "orders": [order("o1", None, "2024-01-07", email="Ana@x.fr")],
    }
    assert {person[0] for person in run_records(shop, BASE).people} == {"c:a10", "c:é"}


@pytest.mark.parametrize(
    ("basis", "weight", "ends"),
    [
        # x has the gap 10, y the gap 30: m = 20.
        # x: (10 + 2 × 20) ÷ 3 = 50/3, × 1.5 = 25 days from 11 January.
        ("blended", "2", date(2024, 2, 5)),
        # (10 + 0.5 × 20) ÷ 1.5 = 40/3, × 1.5 = 20.
        ("blended", "0.5", date(2024, 1, 31)),
        ("blended", "0", date(2024, 1, 26)),  # 10 × 1.5 = 15
        ("person", "2", date(2024, 1, 26)),
        ("shop", "2", date(2024, 2, 10)),  # 20 × 1.5 = 30
    ],
)
def test_the_expected_gap_has_three_bases(basis: str, weight: str, ends: date) -> None:
    shop = buyer("2024-01-01", "2024-01-11")
    shop["orders"] += [order("p", "y", "2023-12-01 12:00"), order("q", "y", "2023-12-31 12:00")]
    chosen = replace(BASE, interval_basis=basis, interval_prior_weight=weight, as_of="2024-01-11")
    assert stage(run_records(shop, chosen)) == ("repeat_customers", 2, ends)


def test_small_limits_are_a_day_apart() -> None:
    # e = 10, 0.01 × 10 rounds up to A = 1, 0.02 × 10 to 1 also, so I = 2.
    chosen = replace(BASE, at_risk_multiplier="0.01", inactive_multiplier="0.02")
    shop = buyer("2024-01-01", "2024-01-11")
    for as_of, name in (
        ("2024-01-11", "repeat_customers"),
        ("2024-01-12", "at_risk_customers"),
        ("2024-01-13", "inactive_customers"),
    ):
        assert stage(run_records(shop, replace(chosen, as_of=as_of)))[0] == name


def test_the_seed_is_the_printed_table() -> None:
    with (SEEDS / "rfm_map.csv").open(encoding="utf-8", newline="") as file:
        cells = [tuple(row.values()) for row in csv.DictReader(file)]
    assert cells == [
        (str(r), str(f), str(m), rfm_name(r, f, m)) for r, f, m in product(range(1, 6), repeat=3)
    ]
    # By hand: fm = ⌈(1 + 2) ÷ 2⌉ = 2, ⌈(5 + 4) ÷ 2⌉ = 5.
    assert ("5", "1", "2", "potential_loyalists") in cells
    assert ("2", "5", "4", "cannot_lose") in cells
    assert {cell[3] for cell in cells} == set(RFM_NAMES) and len(RFM_NAMES) == 11


def test_files_say_the_same_as_rows_in_memory(tmp_path: Path) -> None:
    shop = random_shop(Random(1), BASE, is_empty=False)
    write(shop, tmp_path)
    assert run(tmp_path, BASE) == run_records(shop, BASE)
