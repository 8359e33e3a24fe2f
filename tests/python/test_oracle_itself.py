"""Examples worked out by hand that pin the oracle, so that it cannot err together with the models.

Every expectation is derived in a comment from the specification alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from oracle.coverage import examples, shortfalls
from oracle.oracle import (
    STAGES,
    ContractError,
    Result,
    Settings,
    read_number,
    read_time,
    run,
    run_records,
)
from oracle.random_shops import write

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


def rejected(shop: dict, settings: Settings = BASE) -> list[tuple]:
    """Return the rejected rows of a shop."""
    return run_records(shop, settings).rejected


# ---------------------------------------------------------------------------------- lifecycle


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        # One gap of 10 days, so m = 10 and e = (10 + 2 × 10) ÷ 3 = 10; A = 15, I = 30.
        # A is reached on 20 January + 15 = 4 February, I on 20 January + 30 = 19 February.
        ("2024-01-09", ("prospects", 0, None)),
        ("2024-01-10", ("first_time_buyers", 1, None)),
        ("2024-01-19", ("first_time_buyers", 1, None)),
        ("2024-01-20", ("repeat_customers", 2, date(2024, 2, 4))),
        ("2024-02-03", ("repeat_customers", 2, date(2024, 2, 4))),
        ("2024-02-04", ("at_risk_customers", 15, date(2024, 2, 19))),
        ("2024-02-18", ("at_risk_customers", 29, date(2024, 2, 19))),
        ("2024-02-19", ("inactive_customers", 30, None)),
    ],
)
def test_a_buyer_of_two_days_goes_through_the_stages(as_of: str, expected: tuple) -> None:
    result = run_records(buyer("2024-01-10", "2024-01-20"), replace(BASE, as_of=as_of))
    assert stage(result) == expected


def test_history_is_closed_where_time_alone_ends_it() -> None:
    shop = buyer("2024-01-10", "2024-01-20")
    result = run_records(shop, replace(BASE, as_of="2024-02-10"))
    assert result.lifecycle_history == [
        ("c:x", "prospects", date(2024, 1, 1), date(2024, 1, 10)),
        ("c:x", "first_time_buyers", date(2024, 1, 10), date(2024, 1, 20)),
        ("c:x", "repeat_customers", date(2024, 1, 20), date(2024, 2, 4)),
        ("c:x", "at_risk_customers", date(2024, 2, 4), date(2024, 2, 19)),
    ]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        # Gaps 30 and 30: e = 30, A = 45, I = 90. The last 90 days of 30 March begin after
        # 31 December, so 1 January counts; those of 31 March begin after 1 January: two are left.
        ("2024-03-30", ("loyal_customers", 3, date(2024, 3, 31))),
        # Repeat until days since 1 March reach A: 15 April.
        ("2024-03-31", ("repeat_customers", 3, date(2024, 4, 15))),
        ("2024-04-15", ("at_risk_customers", 45, date(2024, 5, 30))),
    ],
)
def test_loyalty_ends_when_the_third_newest_purchase_leaves_the_window(
    as_of: str, expected: tuple
) -> None:
    shop = buyer("2024-01-01", "2024-01-31", "2024-03-01")
    assert stage(run_records(shop, replace(BASE, as_of=as_of))) == expected


def test_loyal_gives_way_to_at_risk_at_once() -> None:
    # Purchases on 1, 3, 5 January: e = 2, A = 3, I = 6: loyal on 5 to 7, at risk on 8 to 10.
    shop = buyer("2024-01-01", "2024-01-03", "2024-01-05")
    result = run_records(shop, replace(BASE, as_of="2024-03-31"))
    assert [(s, str(a), b and str(b)) for _, s, a, b in result.lifecycle_history] == [
        ("first_time_buyers", "2024-01-01", "2024-01-03"),
        ("repeat_customers", "2024-01-03", "2024-01-05"),
        ("loyal_customers", "2024-01-05", "2024-01-08"),
        ("at_risk_customers", "2024-01-08", "2024-01-11"),
        ("inactive_customers", "2024-01-11", None),
    ]


def test_a_past_day_knows_its_own_gaps_and_the_mean_of_today() -> None:
    # Gaps 10 and 50, m = 30. Until 1 March only the first is known: e = (10 + 60) ÷ 3 = 70/3,
    # A = 35: at risk from 11 January + 35 = 15 February. Then e = (60 + 60) ÷ 4 = 30, A = 45;
    # three purchases in 90 days until 1 January + 90 = 31 March.
    shop = buyer("2024-01-01", "2024-01-11", "2024-03-01")
    result = run_records(shop, replace(BASE, as_of="2024-03-01"))
    assert result.mean_gap == Fraction(30)
    assert [(s, str(a), b and str(b)) for _, s, a, b in result.lifecycle_history] == [
        ("first_time_buyers", "2024-01-01", "2024-01-11"),
        ("repeat_customers", "2024-01-11", "2024-02-15"),
        ("at_risk_customers", "2024-02-15", "2024-03-01"),
        ("loyal_customers", "2024-03-01", "2024-03-31"),
    ]


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


# ------------------------------------------------------------------------------------- money


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


def test_a_refund_after_the_as_of_date_does_not_count_yet() -> None:
    shop = money_shop("9.005")
    (found,) = run_records(shop, replace(BASE, as_of="2024-01-10")).orders
    assert found[6] is True and found[10] == 0
    assert stage(run_records(shop, replace(BASE, as_of="2024-01-10")))[0] == "first_time_buyers"
    assert stage(run_records(shop, replace(BASE, as_of="2024-01-11")))[0] == "prospects"


def test_an_order_of_value_zero_is_valid_unless_refunded() -> None:
    shop = money_shop("0")
    shop["orders"][0]["discount_amount"] = "10.005"
    assert run_records(shop, replace(BASE, as_of="2024-02-01")).orders[0][6] is True
    shop["refunds"][0]["amount"] = "0.01"
    assert run_records(shop, replace(BASE, as_of="2024-02-01")).orders[0][6] is False


# -------------------------------------------------------------------------------------- people


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


def test_sessions_are_cut_owned_and_counted() -> None:
    shop = {
        "customers": [customer("x", "2024-01-01"), customer("y", "2024-01-01")],
        "orders": [order("bad", "x", "2024-01-10", status="failed")],
        "events": [
            # Without session_id: 30 minutes hold together, a second more does not.
            event("a", "2024-01-10 10:00:00", page_type="Product"),
            event("b", "2024-01-10 10:30:00", event_name="search", customer_id="nobody"),
            event("c", "2024-01-10 11:00:01", event_name="purchase", order_id="bad"),
            # A session_id is never cut, and stands beside the stream; it names y last.
            event("d", "2024-01-10 10:15:00", session_id="s", customer_id="x"),
            event("e", "2024-01-10 20:15:00", session_id="s", customer_id="y"),
            # Ties go by event_id: f before g, so g names the visitor's last customer.
            event("g", "2024-01-11 10:00:00", session_id="t", customer_id="x"),
            event("f", "2024-01-11 10:00:00", session_id="t", customer_id="y"),
            # Nobody ever named: the visitor's own. One order is bought once, at its earliest.
            event("h", "2024-01-12 10:00", visitor_id="w", event_name="purchase", order_id="1"),
            event("i", "2024-01-12 10:01", visitor_id="w", event_name="purchase", order_id="1"),
            event("j", "2024-01-12 10:02", visitor_id="w", event_name="purchase"),
            event("k", "2024-01-12 10:03", visitor_id="w", event_name="purchase"),
        ],
    }
    found = {(s[0], s[1], str(s[2])[5:]): s[5:] for s in run_records(shop, BASE).sessions}
    assert found == {
        ("v", None, "01-10 10:00:00"): (1800, 2, 1, 1, 1, 0, "c:x"),
        ("v", None, "01-10 11:00:01"): (0, 1, 0, 0, 0, 0, "c:x"),
        ("v", "s", "01-10 10:15:00"): (36000, 2, 2, 0, 0, 0, "c:y"),
        ("v", "t", "01-11 10:00:00"): (0, 2, 2, 0, 0, 0, "c:x"),
        ("w", None, "01-12 10:00:00"): (180, 4, 0, 0, 0, 3, "v:w"),
    }


def test_the_visitor_of_an_erased_person_is_nobody() -> None:
    shop = {
        "customers": [customer("x", "2024-01-01")],
        "orders": [],
        "events": [
            event("a", "2024-01-10 10:00", session_id="s"),
            event("b", "2024-01-11 10:00", session_id="t", customer_id="x"),
        ],
        "erasure_requests": [{"request_id": "1", "customer_id": "x", "requested_at": "2024-01-12"}],
    }
    result = run_records(shop, BASE)
    assert [s[-1] for s in result.sessions] == [None, None]
    assert result.people == []


# ----------------------------------------------------------------------------------- bad rows


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
            order("k", "x", "2024-01-01", tax_amount="none"),
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


# -------------------------------------------------------------------------------- random shops


def test_the_random_shops_cover_stages_and_reasons(tmp_path: Path) -> None:
    found = examples()
    results = [run_records(shop, chosen) for shop, chosen in found]
    assert len(results) >= 200
    assert shortfalls(results) == []
    # Files say the same as rows in memory.
    for number, options in enumerate(({}, {"zipped": True}, {"parts": 3}), start=20):
        shop, chosen = found[number]
        write(shop, tmp_path / str(number), **options)
        assert run(tmp_path / str(number), chosen) == results[number]


def test_a_folder_without_orders_is_refused(tmp_path: Path) -> None:
    write({"customers": []}, tmp_path)
    with pytest.raises(ContractError, match="orders is missing"):
        run(tmp_path, BASE)
