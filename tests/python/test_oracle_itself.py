"""Examples worked out by hand: how the oracle reads values, settings and files.

The edge shops pin the rest (test_oracle_edges.py). Each expectation follows from the rules alone,
in the comment beside it.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from oracle.oracle import Result, run, run_records
from oracle.raw import ContractError, read_number, read_time
from oracle.rfm import RFM_NAMES, rfm_name
from oracle.rules import SEEDS
from oracle.settings import Settings
from oracle.shops.files import write
from oracle.shops.worlds import check_batch
from oracle.stages import STAGES

BASE = Settings(loaded_until="2025-01-01 00:00:00")


def order(order_id: str, customer_id: str | None, ordered_at: str, **values: str) -> dict:
    """Return an order of 100 EUR, paid, unless the values say otherwise."""
    plain = {"status": "paid", "currency": "EUR", "subtotal_amount": "100"}
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "ordered_at": ordered_at,
        **plain,
        **values,
    }


def customer(customer_id: str, created_at: str, **values: str) -> dict:
    """Return a customer."""
    return {"customer_id": customer_id, "created_at": created_at, **values}


def event(event_id: str, occurred_at: str, **values: str) -> dict:
    """Return a page view of visitor v, unless the values say otherwise."""
    plain = {"event_name": "page_view", "visitor_id": "v"}
    return {"event_id": event_id, "occurred_at": occurred_at, **plain, **values}


def buyer(*days: str) -> dict:
    """Return a shop with one customer, created on 1 January 2024, who buys at noon of the days."""
    return {
        "customers": [customer("x", "2024-01-01")],
        "orders": [order(f"o{n}", "x", f"{day} 12:00") for n, day in enumerate(days)],
    }


def stage(result: Result, person_id: str = "c:x") -> tuple:
    """Return the one stage of a person: its name, evidence and expires_on."""
    found = [
        (name, row[2], row[4])
        for name in STAGES
        for row in result.segments[name]
        if row[0] == person_id
    ]
    assert len(found) == 1
    return found[0]


def found(shop: dict, name: str, as_of: str, **thresholds: object) -> list[tuple]:
    """Return the members of a segment: value, evidence and last day, as text."""
    chosen = replace(BASE, as_of=as_of, vars=thresholds)
    rows = run_records({"customers": [], "orders": [], **shop}, chosen).segments[name]
    return [(value, str(e.normalize() + 0), ends and str(ends)) for _, value, e, _, ends in rows]


def rejected(shop: dict, settings: Settings = BASE) -> list[tuple]:
    """Return the rejected rows of a shop."""
    return run_records(shop, settings).rejected


# ------------------------------------------------------------------------------------------- values


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
            order("j", None, "2024-01-01"),
            order("k", "x", "2024-01-01", tax_amount="unknown"),
            order("l", "x", "2024-01-01", updated_at="2024-01-02"),
            order(" l", "x", "2024-01-02", updated_at="2024-01-01"),
        ],
        "refunds": [
            {"refund_id": "r", "order_id": "j", "refunded_at": "2024-01-01", "amount": "1"},
            {"refund_id": "s", "order_id": "l", "refunded_at": "2024-01-01", "amount": "1"},
        ],
    }
    result = run_records(shop, BASE)
    assert {(key, reason) for _, key, reason in result.rejected} == {
        (None, "missing_key"),
        ("b", "missing_required"),
        ("c", "unparseable_timestamp"),
        ("d", "unparseable_number"),
        ("e", "future_timestamp"),
        ("f", "negative_amount"),
        ("g", "negative_amount"),
        ("h", "unknown_status"),
        ("i", "unknown_currency"),
        ("j", "no_owner"),
        ("k", "unparseable_number"),
        ("l", "duplicate"),
        ("r", "orphan_reference"),
    }
    assert [o[2] for o in result.orders] == [datetime(2024, 1, 1)]


def test_of_equal_age_the_greater_text_stays() -> None:
    # No updated_at that reads: the first columns are equal, then the e-mail decides: z > B.
    shop = {
        "customers": [
            customer("x", "2024-01-01", email="B@x.fr", updated_at="soon"),
            customer("x", "2024-01-01", email="z@x.fr"),
            customer("x", "2024-01-01"),
        ],
        "orders": [order("o", None, "2024-01-05", email="Z@x.fr")],
    }
    result = run_records(shop, BASE)
    assert result.orders[0][1] == "c:x"
    assert result.rejected == [("customers", "x", "duplicate")] * 2


def test_a_rate_of_zero_is_no_rate() -> None:
    rate = {"currency": "CHF", "rate_on": "2024-01-01", "rate": "0"}
    shop = {
        "customers": [],
        "orders": [order("o", "x", "2024-01-05", currency="CHF")],
        "exchange_rates": [rate],
    }
    assert rejected(shop) == [("orders", "o", "unknown_currency")]
    # The order's day is local: 4 January 23:30 UTC is the 5th in Paris, the day of the rate.
    shop["exchange_rates"].append({"currency": "chf", "rate_on": "2024-01-05", "rate": "1"})
    shop["orders"][0]["ordered_at"] = "2024-01-04 23:30"
    assert rejected(shop) == []
    shop["orders"][0]["ordered_at"] = "2024-01-04 22:30"
    assert rejected(shop) == [("orders", "o", "unknown_currency")]


def money_shop(refund: str, status: str = "paid") -> dict:
    """Return a shop with an order of 10.005 − 1 USD and one refund of it."""
    return {
        "customers": [],
        "orders": [
            order(
                "o",
                "x",
                "2024-01-10",
                currency="usd",
                subtotal_amount="10.005",
                discount_amount="1",
                status=status,
            )
        ],
        "refunds": [
            {"refund_id": "r", "order_id": "o", "refunded_at": "2024-01-11", "amount": refund}
        ],
        "exchange_rates": [
            {"currency": "USD", "rate_on": "2024-01-01", "rate": "0.92"},
            {"currency": "USD", "rate_on": "2024-01-11", "rate": "5"},
            {"currency": "EUR", "rate_on": "2024-01-01", "rate": "7"},
        ],
    }


@pytest.mark.parametrize(
    ("refund", "status", "expected"),
    [
        # 10.005 × 0.92 = 9.2046, less 0.92 = 8.2846; the rate of the 1st is the last one known.
        ("9", "paid", (True, "9.2046", "0.9200", "8.2846", "8.2800", "0.0046")),
        ("9.005", "paid", (False, "9.2046", "0.9200", "8.2846", "8.2846", "0")),
        ("0", "voided", (False, "9.2046", "0.9200", "8.2846", "0", "0")),
    ],
)
def test_money_is_converted_and_rounded_once_each(
    refund: str, status: str, expected: tuple
) -> None:
    chosen = replace(BASE, as_of="2024-02-01")
    (found,) = run_records(money_shop(refund, status), chosen).orders
    assert found[6] is expected[0]
    assert found[7:] == tuple(Decimal(text) for text in expected[1:])


def test_who_is_who() -> None:
    shop = {
        "customers": [
            customer("b", "2024-01-05", email=" ANA@x.fr"),
            customer("a9", "2024-01-04", email="ana@X.fr\t"),
            customer("a10", "2024-01-06", email="ana@x.fr"),
            customer("late", "2024-03-01", email="late@x.fr"),
            customer("gone", "2024-01-01", email="gone@x.fr"),
        ],
        "orders": [
            order("o1", None, "2024-01-03 12:00", email="Ana@x.fr"),
            order("o2", None, "2024-01-07 12:00", email="Guest@x.fr "),
            order("o3", "lost", "2024-01-08 12:00", email="ana@x.fr", status="cancelled"),
            order("o4", "gone", "2024-01-09 12:00"),
            order("o5", "next", "2024-02-02 12:00"),
        ],
        "consents": [
            {
                "consent_id": "1",
                "customer_id": "nobody",
                "email": "new@x.fr",
                "channel": "sms",
                "status": "pending",
                "changed_at": "2024-01-10",
            }
        ],
        "erasure_requests": [
            {"request_id": "1", "email": "GONE@x.fr", "requested_at": "2024-12-01"}
        ],
    }
    chosen = replace(BASE, as_of="2024-02-01", person_salt="s")
    result = run_records(shop, chosen)
    guest = "g:" + hashlib.sha256(b"sguest@x.fr").hexdigest()
    new = "g:" + hashlib.sha256(b"snew@x.fr").hexdigest()
    # a10 < a9 < b byte by byte; created by the guest order of 3 January. `late` and `next` do not
    # exist yet; `gone` is erased whatever the request's date, its order stays without a person.
    assert sorted(p[:4] for p in result.people) == sorted(
        [
            ("c:a10", True, datetime(2024, 1, 3, 12), "first_time_buyers"),
            ("c:lost", True, datetime(2024, 1, 8, 12), "prospects"),
            (guest, True, datetime(2024, 1, 7, 12), "first_time_buyers"),
            (new, True, datetime(2024, 1, 10), "prospects"),
        ]
    )
    assert [(o[0], o[1]) for o in result.orders] == [
        ("o1", "c:a10"),
        ("o2", guest),
        ("o3", "c:lost"),
        ("o4", None),
    ]


def test_two_orders_of_one_local_day_are_one_purchase() -> None:
    # 30 March 23:30 UTC is 31 March 00:30 in Paris (+1), 31 March 21:30 UTC is 23:30 (+2 since the
    # night): one day. 31 March 22:30 UTC is already 1 April.
    shop = buyer()
    shop["orders"] = [
        order("a", "x", "2024-03-30 23:30:00"),
        order("b", "x", "2024-03-31 21:30:00"),
    ]
    result = run_records(shop, BASE)
    assert result.as_of == date(2024, 3, 31)
    assert result.purchases == [("c:x", date(2024, 3, 31), 2)]
    shop["orders"].append(order("c", "x", "2024-03-31 22:30:00"))
    result = run_records(shop, BASE)
    assert result.as_of == date(2024, 4, 1)
    assert [p[1:] for p in result.purchases] == [(date(2024, 3, 31), 2), (date(2024, 4, 1), 1)]
    # The newest order is the evidence's time, as UTC.
    assert result.segments["all_customers"] == [
        ("c:x", "", Decimal(2), datetime(2024, 3, 31, 22, 30), None)
    ]


@pytest.mark.parametrize(
    ("campaign", "pattern", "matches"),
    [
        (None, "%", True),
        (None, "%%", False),
        (None, "spring%", False),
        ("spring_1", "spring%", True),
        ("Spring_1", "spring%", False),
        ("a.spring", "spring%", False),
        ("spring_1", "spring__", True),
        ("sprin", "s.rin", False),
    ],
)
def test_campaigns_match_like_sql(campaign: str | None, pattern: str, matches: bool) -> None:
    visit = event("e", "2024-01-10 10:00", traffic_medium=" EMAIL ", traffic_campaign=campaign)
    rows = found(
        {"events": [visit]}, "email_visitors", "2024-01-11", email_campaign_pattern=pattern
    )
    assert rows == ([("", "1", "2024-02-09")] if matches else [])


def test_cities_are_compared_by_their_words() -> None:
    # Shipping city first; one without a letter or digit is unknown, so the contact's is used.
    cities = (" SAINT-ÉTIENNE", "Saint. E\u0301tienne!", "--", None, "Lyon 3e", "Αθήνα")
    shop = {
        "customers": [customer("x", "2024-01-01", city="Paris 15")],
        "orders": [
            order(f"o{n}", "x", "2024-01-10", shipping_city=city) for n, city in enumerate(cities)
        ],
    }
    assert [row[:2] for row in found(shop, "city_buyers", "2024-01-31")] == [
        ("lyon 3e", "1"),
        ("paris 15", "2"),
        ("saint etienne", "2"),
        ("αθηνα", "1"),
    ]
    home = {"headquarters_city": "saint étienne"}
    assert found(shop, "local_buyers", "2024-01-31", **home) == [("", "2", None)]
    assert found(shop, "remote_buyers", "2024-01-31", **home) == [("", "4", None)]


def test_a_line_of_no_units_buys_nothing() -> None:
    # 0.5 on 1 January and 1.5 on the 2nd make 2, until the first leaves; the line of the 20th is
    # of 0 units, so the newest order that buys is that of the 2nd.
    shop = buyer("2024-01-01", "2024-01-02", "2024-01-20")
    shop["products"] = [{"product_id": "p", "category": " Shoes "}]
    shop["order_lines"] = [
        {"order_line_id": f"l{n}", "order_id": f"o{n}", "product_id": "p", "quantity": units}
        | {"unit_price": "1"}
        for n, units in enumerate(("0.5", "1.5", "0"))
    ]
    result = run_records(shop, replace(BASE, as_of="2024-01-31"))
    assert result.segments["category_repeat_buyers"] == [
        ("c:x", "Shoes", Decimal(2), datetime(2024, 1, 2, 12), date(2025, 1, 1))
    ]


@pytest.mark.parametrize(
    ("born", "as_of", "expected"),
    [
        # No leap year: the 28th. Next year's birthday, too, is the next one.
        ("2000-02-29", "2023-02-21", [("", "7", "2023-02-28")]),
        ("2000-02-29", "2024-02-21", []),
        ("1990-01-04", "2023-12-28", [("", "7", "2024-01-04")]),
        ("1990-01-04", "2024-01-04", []),
    ],
)
def test_birthdays_to_come(born: str, as_of: str, expected: list) -> None:
    shop = {"customers": [customer("x", "2023-01-01", birth_date=born)]}
    assert found(shop, "upcoming_birthdays", as_of) == expected


# ----------------------------------------------------------------------------------------- settings


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


# -------------------------------------------------------------------------------------------- files


def examples(number: int) -> list[tuple[dict, Settings]]:
    """Return a batch of random shops, always the same ones."""
    found: list[tuple[dict, Settings]] = []
    check_batch(number, lambda shop, chosen: found.append((shop, chosen)))
    return found


@pytest.mark.parametrize("options", [{}, {"zipped": True}, {"parts": 3}])
def test_files_say_the_same_as_rows_in_memory(options: dict, tmp_path: Path) -> None:
    shop, chosen = examples(1)[-1]
    write(shop, tmp_path / "raw", **options)
    assert run(tmp_path / "raw", chosen) == run_records(shop, chosen)


def test_a_folder_without_orders_is_refused(tmp_path: Path) -> None:
    write({"customers": []}, tmp_path)
    with pytest.raises(ContractError, match="orders is missing"):
        run(tmp_path, BASE)
