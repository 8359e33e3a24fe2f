"""Examples worked out by hand that pin the oracle's reading of part B.

Every expectation follows from the specification alone, in the comment beside it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from oracle.behavioural import RULES
from oracle.behavioural_coverage import shortfalls, worlds_of
from oracle.coverage import examples
from oracle.oracle import FADING, expires_on, run_records
from test_oracle_itself import BASE, buyer, customer, event, order


def found(shop: dict, name: str, as_of: str, **thresholds: object) -> list[tuple]:
    """Return the members of a segment: person, value, evidence and last day, as text."""
    chosen = replace(BASE, as_of=as_of, vars=thresholds)
    rows = run_records({"customers": [], "orders": [], **shop}, chosen).segments[name]
    return [(p, value, str(e.normalize() + 0), ends and str(ends)) for p, value, e, _, ends in rows]


def visit(*steps: tuple, **values: str) -> list[dict]:
    """Return a session s of visitor v on 10 January 2024 from 10:00: clock, name and values."""
    return [
        event(
            f"e{number}",
            f"2024-01-10 {clock}",
            **{"session_id": "s", "event_name": name, **values, **dict(more)},
        )
        for number, (clock, name, *more) in enumerate(steps)
    ]


def visited(name: str, *steps: tuple, **thresholds: object) -> list[str]:
    """Return the evidence of a segment for a shop of one such session, a day later."""
    return [row[2] for row in found({"events": visit(*steps)}, name, "2024-01-11", **thresholds)]


@pytest.mark.parametrize(
    ("name", "as_of", "expected"),
    [
        # The last 30 days of 31 March begin after 1 March.
        ("buyers_last_30_days", "2024-03-30", [("c:x", "", "1", "2024-03-31")]),
        ("buyers_last_30_days", "2024-03-31", []),
        # 31 August − 6 months is 29 February, and so is that of 29 and 30 August: 1 March is in
        # until 31 August, and gone on 1 September.
        ("buyers_last_6_months", "2024-08-31", [("c:x", "", "1", "2024-09-01")]),
        ("buyers_last_6_months", "2024-09-01", []),
        ("buyers_last_year", "2025-02-28", [("c:x", "", "1", "2025-03-01")]),
        # Lapsing from the day on which 3 months before is 1 March.
        ("lapsing_buyers", "2024-05-31", []),
        ("lapsing_buyers", "2024-06-01", [("c:x", "", "1", "2024-09-01")]),
    ],
)
def test_windows_end_by_the_calendar(name: str, as_of: str, expected: list) -> None:
    assert found(buyer("2024-03-01"), name, as_of) == expected


def test_a_year_after_a_leap_day_ends_on_the_first_of_march() -> None:
    # 28 February 2025 − 12 months = 28 February 2024, a day before the order.
    shop = buyer("2024-02-29")
    assert found(shop, "buyers_last_year", "2025-02-28") == [("c:x", "", "1", "2025-03-01")]


def test_several_orders_end_with_the_one_that_is_needed() -> None:
    # Two of three are enough: the second newest, of 20 March, leaves on 19 April.
    shop = buyer("2024-03-10", "2024-03-20", "2024-03-31")
    assert found(shop, "multi_buyers_last_30_days", "2024-03-31") == [
        ("c:x", "", "3", "2024-04-19")
    ]
    # All three are needed: the oldest, of 10 March, leaves on 9 April.
    assert found(shop, "top_monthly_buyers", "2024-03-31") == [("c:x", "", "3", "2024-04-09")]
    assert found(shop, "frequent_buyers", "2024-03-31") == []
    assert found(shop, "loyal_buyers", "2024-03-31", loyal_buyers_min_orders=3) == [
        ("c:x", "", "3", "2025-03-10")
    ]


def test_the_coupon_is_on_an_order_of_the_window_itself() -> None:
    shop = buyer("2024-03-01", "2024-03-20", "2024-03-31")
    shop["orders"][0]["coupon_code"] = "TEN"
    assert found(shop, "coupon_lovers", "2024-03-31") == []
    shop["orders"][1]["coupon_code"] = " ten "
    assert found(shop, "coupon_lovers", "2024-03-31") == [("c:x", "", "1", "2024-04-19")]


def test_the_deepest_discount_is_of_a_line_or_of_the_order() -> None:
    # Orders of 14, 4 ÷ 30 and 9.99… %; a line of 3 × 5 less 3 is 20 %, whatever the product.
    shop = buyer("2024-03-01", "2024-03-10", "2024-03-20", "2024-03-31")
    for row, amounts in zip(
        shop["orders"],
        (("100", "14"), ("30", "4"), ("100", "9.999999"), ("0", "0")),
        strict=True,
    ):
        row["subtotal_amount"], row["discount_amount"] = amounts
    # The newest that is deep enough is evidence: 13.3333 % of 10 March. It leaves a year later.
    expected = [("c:x", "", "13.3333", "2025-03-10")]
    assert found(shop, "discount_10_buyers", "2024-03-31") == expected
    assert found(shop, "discount_15_buyers", "2024-03-31") == []
    line = {"order_line_id": "l", "order_id": "o2", "product_id": "?", "quantity": "3"}
    shop["order_lines"] = [{**line, "unit_price": "5", "discount_amount": "3"}]
    assert found(shop, "discount_20_buyers", "2024-03-31") == [("c:x", "", "20", "2025-03-20")]


def test_percents_are_of_the_amounts_as_written() -> None:
    # 0.00004 of 0.0004 is 10 %; at 0.1 EUR both would round to 0.0000 and leave nothing.
    shop = buyer("2024-03-31")
    shop["orders"][0].update(currency="USD", subtotal_amount="0.0004", discount_amount="0.00004")
    shop["exchange_rates"] = [{"currency": "USD", "rate_on": "2024-01-01", "rate": "0.1"}]
    assert [row[2] for row in found(shop, "discount_10_buyers", "2024-03-31")] == ["10"]


def category_shop(*amounts: tuple[str, str]) -> dict:
    """Return a shop with an order a day in 2024 of one customer each: quantity and price."""
    return {
        "customers": [],
        "orders": [order(f"o{n}", f"x{n}", f"2024-01-{n + 1:02}") for n in range(len(amounts))],
        "order_lines": [
            {
                "order_line_id": f"l{n}",
                "order_id": f"o{n}",
                "product_id": "p",
                "quantity": quantity,
                "unit_price": price,
            }
            for n, (quantity, price) in enumerate(amounts)
        ],
        "products": [{"product_id": "p", "category": " Shoes "}],
    }


def test_units_of_a_category_are_summed() -> None:
    # x0: 0.5 on 1 January and 1.5 on 2 January make 2, until the first leaves on 1 January 2025;
    # x2 lacks a thousandth.
    shop = category_shop(("0.5", "1"), ("1.5", "1"), ("1.999", "1"))
    shop["orders"][1]["customer_id"] = "x0"
    # A refund takes no units off, and an unknown product has no category.
    shop["refunds"] = [
        {"refund_id": "r", "order_id": "o1", "refunded_at": "2024-01-02", "amount": "9"}
    ]
    shop["order_lines"].append({**shop["order_lines"][2], "order_line_id": "m", "product_id": "q"})
    expected = [("c:x0", "Shoes", "2", "2025-01-01")]
    assert found(shop, "category_repeat_buyers", "2024-01-31") == expected
    # A line of 0 units buys nothing: the newest order that does is that of 2 January.
    shop["orders"].append(order("o3", "x0", "2024-01-20"))
    shop["order_lines"].append(
        {**shop["order_lines"][2], "order_line_id": "n", "order_id": "o3", "quantity": "0"}
    )
    result = run_records(shop, replace(BASE, as_of="2024-01-31"))
    assert result.segments["category_repeat_buyers"][0][3] == datetime(2024, 1, 2)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        # Mean 100; 115 is not above 1.15 × 100, a hundredth of a cent more is.
        ((("1", "100"), ("1", "115"), ("1", "85")), []),
        ((("1", "100"), ("1", "115.0001"), ("1", "84.9999")), ["115.0001"]),
        # Zeros are part of the mean: 50, and 100 > 57.5.
        ((("2", "50"), ("1", "0")), ["100"]),
        ((("2", "50"),), []),
    ],
)
def test_a_big_basket_in_a_category_is_above_the_mean(amounts: tuple, expected: list) -> None:
    shop = category_shop(*amounts)
    # The whole orders are all alike: only the category's amount counts.
    assert [row[2] for row in found(shop, "category_top_buyers", "2024-01-31")] == expected


def test_orders_of_erased_persons_count_in_averages_over_orders() -> None:
    # 85, 115 and 100 make 100, and 115 is not above 115; with 84.99 it is above 114.996….
    shop = category_shop(("1", "85"), ("1", "115"), ("1", "100"))
    shop["erasure_requests"] = [
        {"request_id": "1", "customer_id": "x0", "requested_at": "2024-06-01"}
    ]
    for price, expected in (("85", []), ("84.99", ["c:x1"])):
        shop["order_lines"][0]["unit_price"] = price
        for row, subtotal in zip(shop["orders"], (price, "115", "100"), strict=True):
            row["subtotal_amount"] = subtotal
        for name in ("category_top_buyers", "big_spenders"):
            assert [row[0] for row in found(shop, name, "2024-01-30")] == expected


def test_the_average_of_30_days_is_held_while_days_pass() -> None:
    # 100 and 130 of the last 30 days: 115, × 1.15 = 132.25 > 130. The old 1000 is in no average.
    shop = buyer("2024-01-01", "2024-03-25", "2024-03-31")
    for row, subtotal in zip(shop["orders"], ("1000", "100", "130"), strict=True):
        row["subtotal_amount"] = subtotal
    assert found(shop, "big_spenders", "2024-03-31") == []
    # 132.26: (100 + 132.26) ÷ 2 × 1.15 = 133.55; 150: 143.75 < 150. On 24 April 100 leaves the
    # window, and 150 would be no more than the mean, but the mean is held: 150 leaves on 30 April.
    shop["orders"][2]["subtotal_amount"] = "150"
    assert found(shop, "big_spenders", "2024-03-31") == [("c:x", "", "150", "2024-04-30")]


def test_vips_have_more_than_the_threshold_left_after_refunds() -> None:
    shop = buyer("2024-01-01", "2024-01-02")
    for row in shop["orders"]:
        row["subtotal_amount"] = "250.005"
    assert found(shop, "vip_customers", "2024-03-31") == [("c:x", "", "500.01", None)]
    refund = {"refund_id": "r", "order_id": "o0", "refunded_at": "2024-02-01", "amount": "0.01"}
    shop["refunds"] = [refund]
    assert found(shop, "vip_customers", "2024-03-31") == []
    # The refund is not yet known; evidence_at is the last order.
    result = run_records(shop, replace(BASE, as_of="2024-01-31"))
    assert [row[3] for row in result.segments["vip_customers"]] == [datetime(2024, 1, 2, 12)]


@pytest.mark.parametrize(
    ("name", "steps", "expected"),
    [
        ("recommendation_browsers", "rec rec", ["2"]),
        ("recommendation_browsers", "rec", []),
        ("recommendation_browsers", "rec rec buy", []),
        ("recommendation_converters", "rec buy rec", ["2"]),
        ("recommendation_converters", "rec rec", []),
        # A purchase before the first chat is no success of it; one at its very moment is.
        ("chat_converters", "buy chat", []),
        ("chat_converters", "buy chat=", ["1"]),
        ("chat_converters", "chat buy chat", ["2"]),
        ("search_converters", "search buy", ["1"]),
        ("search_converters", "buy search search", []),
        ("search_converters", "search search", []),
        ("search_abandoners", "search search", ["2"]),
        ("search_abandoners", "search", []),
        ("search_abandoners", "search search buy", []),
        ("impulse_buyers", "view view buy", ["2"]),
        ("impulse_buyers", "view view view buy", []),
        ("impulse_buyers", "view", []),
        ("wishlist_users", "fav fav", ["2"]),
        ("wishlist_users", "unfav", []),
    ],
)
def test_sessions_by_what_happens_in_them(name: str, steps: str, expected: list) -> None:
    names = {
        "rec": "recommendation_click",
        "buy": "purchase",
        "chat": "chat_started",
        "fav": "add_to_favorites",
        "unfav": "remove_from_favorites",
        "view": "page_view",
    }
    events, minute = [], 0
    for word in steps.split():
        minute += not word.endswith("=")  # else at the time of the event before
        word = word.rstrip("=")
        events.append((f"10:{minute:02}", names.get(word, word), {"page_type": "product"}.items()))
    shop = [(clock, what, *more) for clock, what, more in events]
    assert visited(name, *shop) == expected


def test_a_purchase_that_does_not_count_is_none() -> None:
    shop = {
        "orders": [
            order("bad", "x", "2024-01-01", status="failed"),
            order("ok", "x", "2024-01-01"),
        ],
        "events": [
            # The same order was bought an hour earlier in another session.
            event("a", "2024-01-10 09:00", session_id="r", event_name="purchase", order_id="ok"),
            *visit(
                ("10:00", "recommendation_click"),
                ("10:01", "recommendation_click"),
                ("10:02", "purchase", ("order_id", "ok")),
                ("10:03", "purchase", ("order_id", "bad")),
            ),
        ],
    }
    name = "recommendation_browsers"
    # Neither of the two counts; the session's day is the 10th, so it is gone on 9 February.
    assert found(shop, name, "2024-01-11") == [("v:v", "", "2", "2024-02-09")]
    shop["events"][-1]["order_id"] = "never seen"
    assert found(shop, name, "2024-01-11") == []


@pytest.mark.parametrize(
    ("name", "steps", "expected"),
    [
        ("fast_deciders", [("10:00", "login"), ("10:15", "purchase")], ["15"]),
        ("fast_deciders", [("10:00", "login"), ("10:15:00.000001", "purchase")], []),
        ("fast_deciders", [("10:00", "login"), ("10:00:01", "purchase")], ["0.0167"]),
        ("browsers", [("10:00", "login"), ("10:04:30", "login")], ["270"]),
        ("browsers", [("10:00", "login"), ("10:04:29.999999", "login")], []),
        ("browsers", [("10:00", "login"), ("10:05", "purchase")], []),
        # A product page lasts until the next event of any name; the last event lasts 0 s.
        ("product_researchers", [("10:00", "page_view"), ("10:01", "search")], ["1"]),
        ("product_researchers", [("10:00", "page_view"), ("10:00:59.999999", "search")], []),
        ("product_researchers", [("10:00", "search"), ("10:01", "page_view")], []),
        # Two of 30 seconds are not one of 60.
        (
            "product_researchers",
            [("10:00", "page_view"), ("10:00:30", "page_view"), ("10:01", "search")],
            [],
        ),
        ("product_researchers", [("10:00", "page_view")] * 3 + [("10:01", "page_view")], []),
        ("product_researchers", [("10:00", "page_view")] * 2 + [("10:01", "page_view")], ["3"]),
    ],
)
def test_sessions_by_time(name: str, steps: list, expected: list) -> None:
    assert visited(name, *((*s, ("page_type", "product")) for s in steps)) == expected


def test_no_seconds_on_a_product_page_give_the_printed_rule() -> None:
    steps = [("10:00", "search"), ("10:01", "page_view", ("page_type", "product"))]
    name = "product_researchers"
    assert visited(name, *steps, researcher_min_product_seconds=0) == ["1"]
    assert visited(name, *steps[:1], researcher_min_product_seconds=0) == []


def test_the_newest_session_is_evidence_and_sets_the_last_day() -> None:
    # 4 February 23:30 UTC is the 5th in Paris; 30 days later it has left. Ties: the greater.
    shop = {
        "events": [
            *(event(f"a{n}", "2024-01-10 10:00", session_id="s") for n in range(2)),
            *(
                event(f"{s}{n}", "2024-02-04 23:30", session_id=s, event_name="add_to_favorites")
                for s, most in (("t", 2), ("u", 3))
                for n in range(most)
            ),
        ]
    }
    assert found(shop, "wishlist_users", "2024-02-05") == [("v:v", "", "3", "2024-03-06")]
    assert found(shop, "wishlist_users", "2024-02-05", session_lookback_days=7) == [
        ("v:v", "", "3", "2024-02-12")
    ]
    assert found(shop, "wishlist_users", "2024-02-04") == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("10:00", "add_to_cart", "p"), ("10:01", "add_to_cart", "q")], ["2"]),
        ([("10:00", "add_to_cart", "p"), ("10:01", "add_to_cart", "p")], ["1"]),
        # Without a product, or of one that nobody sells, an add is no product left behind.
        ([("10:00", "add_to_cart", "?"), ("10:01", "add_to_cart", "")], []),
        ([("10:00", "add_to_cart", "p"), ("10:01", "remove_from_cart", "p")], []),
        ([("10:00", "add_to_cart", "p"), ("10:01", "remove_from_cart", "q")], ["1"]),
        ([("10:00", "remove_from_cart", "p"), ("10:01", "add_to_cart", "p")], ["1"]),
        # At one time the event_id says what is later: e1 after e0.
        ([("10:00", "add_to_cart", "p"), ("10:00", "remove_from_cart", "p")], []),
        ([("10:00", "remove_from_cart", "p"), ("10:00", "add_to_cart", "p")], ["1"]),
        # A purchase at the time of the add is at it, also with the lesser event_id.
        ([("10:00", "purchase", ""), ("10:00", "add_to_cart", "p")], []),
        ([("10:00", "purchase", ""), ("10:01", "add_to_cart", "p")], ["1"]),
        # What was added before the purchase is bought, what was added after is left.
        (
            [
                ("10:00", "add_to_cart", "p"),
                ("10:01", "purchase", ""),
                ("10:02", "add_to_cart", "q"),
            ],
            ["1"],
        ),
    ],
)
def test_products_left_in_the_cart(steps: list, expected: list) -> None:
    shop = {
        "products": [{"product_id": "p"}, {"product_id": "q"}],
        "events": visit(*((clock, name, ("product_id", of)) for clock, name, of in steps)),
    }
    rows = found(shop, "cart_abandoners", "2024-01-16")
    # The last 7 days of 16 January begin after the 9th; the adds of the 10th leave on the 17th.
    assert rows == [("v:v", "", evidence, "2024-01-17") for evidence in expected]
    assert found(shop, "cart_abandoners", "2024-01-17") == []


def test_a_cart_is_the_persons_and_a_session_its_owners() -> None:
    # The visit names x, then y: it is y's session; the add that names x is x's, and so is the
    # favourite for rules about events, but B41 is about sessions.
    shop = {
        "customers": [customer("x", "2024-01-01"), customer("y", "2024-01-01")],
        "products": [{"product_id": "p"}],
        "events": visit(
            ("10:00", "add_to_cart", ("customer_id", "x"), ("product_id", "p")),
            ("10:01", "add_to_favorites", ("customer_id", "x"), ("product_id", "p")),
            ("10:02", "login", ("customer_id", "y")),
        ),
    }
    assert [row[0] for row in found(shop, "cart_abandoners", "2024-01-11")] == ["c:x"]
    assert [row[0] for row in found(shop, "wishlist_users", "2024-01-11")] == ["c:y"]
    # An order of x at the time of the add is "at or after" it, one of a minute before is not.
    for clock, members in (("10:00", []), ("09:59", ["c:x"])):
        shop["orders"] = [order("o", "x", f"2024-01-10 {clock}")]
        assert [row[0] for row in found(shop, "cart_abandoners", "2024-01-11")] == members
    # A failed order is none.
    shop["orders"] = [order("o", "x", "2024-01-10 10:30", status="failed")]
    assert [row[0] for row in found(shop, "cart_abandoners", "2024-01-11")] == ["c:x"]


def test_one_shot_buyers_have_one_session_ever() -> None:
    shop = buyer("2024-01-01", "2024-03-01")
    assert found(shop, "one_shot_buyers", "2024-03-31") == []
    shop["events"] = [event("a", "2023-01-01 10:00", session_id="s", customer_id="x")]
    # The session may be long ago; the order of 1 March leaves the 6 months on 1 September.
    assert found(shop, "one_shot_buyers", "2024-03-31") == [("c:x", "", "2", "2024-09-01")]
    shop["events"].append(event("b", "2024-01-01 10:00", session_id="t"))
    assert found(shop, "one_shot_buyers", "2024-03-31") == []


@pytest.mark.parametrize(
    ("genders", "expected"),
    [
        # By updated_at: the newest first, those without last.
        ([("Mme", "2024-01-01"), ("m", "2024-01-02")], "male_buyers"),
        ([("Mme", "2024-01-01"), ("m", None)], "female_buyers"),
        ([(" FEMALE\t", "2024-01-01"), (None, "2024-01-02")], "female_buyers"),
        # Ties: the first customer_id.
        ([("w", None), ("Herr", None)], "female_buyers"),
        # A word that the seed lacks is said, and says nothing.
        ([("Mme", "2024-01-01"), ("other", "2024-01-02")], None),
    ],
)
def test_gender_is_what_was_said_last(genders: list, expected: str | None) -> None:
    shop = {
        "customers": [
            customer(f"x{n}", "2024-01-01", email="x@x.fr", gender=word, updated_at=updated_at)
            for n, (word, updated_at) in enumerate(genders)
        ],
        "orders": [order("o", "x1", "2024-01-10")],
    }
    for name in ("female_buyers", "male_buyers"):
        rows = found(shop, name, "2024-01-31")
        assert rows == ([("c:x0", "", "1", None)] if name == expected else [])


def test_owners_in_mind_have_added_and_never_ordered() -> None:
    # Every add counts, also without a product, and for a visitor whom nobody knows.
    shop = {"events": visit(("10:00", "add_to_cart"), ("10:01", "add_to_cart"))}
    assert found(shop, "psychological_owners", "2025-01-01") == [("v:v", "", "2", None)]
    shop["events"][0]["customer_id"] = "x"
    shop["orders"] = [order("o", "x", "2024-12-01", status="cancelled")]
    assert found(shop, "psychological_owners", "2025-01-01") == [("c:x", "", "2", None)]
    shop["orders"][0]["status"] = "paid"
    assert found(shop, "psychological_owners", "2025-01-01") == []


def consent(number: int, status: str, changed_at: str, **values: str) -> dict:
    """Return what x said about e-mail."""
    plain = {"consent_id": str(number), "customer_id": "x", "channel": "email"}
    return {**plain, "status": status, "changed_at": changed_at, **values}


@pytest.mark.parametrize(
    ("account", "said", "expected"),
    [
        (None, [], None),
        ("2024-01-05", [], ("1", "2024-01-05")),
        # Not yet known on D.
        ("2024-02-01", [], None),
        (None, [("opted_in", "2024-01-06")], ("0", "2024-01-06")),
        # The newest fact of the two is the time, the account the number.
        ("2024-01-05", [("opted_in", "2024-01-06")], ("1", "2024-01-06")),
        (None, [("opted_in", "2024-01-06"), ("opted_out", "2024-01-07")], None),
        # Pending is not in, and ends an earlier word; two words at one time are out.
        (None, [("opted_in", "2024-01-06"), ("pending", "2024-01-07")], None),
        (None, [("opted_in", "2024-01-06"), ("pending", "2024-01-06")], None),
        (None, [("pending", "2024-01-06"), ("opted_in", "2024-01-07")], ("0", "2024-01-07")),
        (
            "2024-01-05",
            [("opted_in", "2024-01-06"), ("opted_out", "2024-01-06")],
            ("1", "2024-01-05"),
        ),
    ],
)
def test_the_registered_have_an_account_or_a_consent(
    account: str | None, said: list, expected: tuple | None
) -> None:
    shop = {
        "customers": [customer("x", "2024-01-01", account_created_at=account)],
        "orders": [],
        "consents": [consent(n, *words) for n, words in enumerate(said)],
    }
    result = run_records(shop, replace(BASE, as_of="2024-01-31"))
    rows = [(str(r[2]), str(r[3])[:10]) for r in result.segments["registered_visitors"]]
    assert [(e.partition(".")[0], at) for e, at in rows] == ([expected] if expected else [])


def test_a_visitor_can_open_an_account() -> None:
    shop = {"events": visit(("10:00", "account_created"))}
    assert found(shop, "registered_visitors", "2024-01-11") == [("v:v", "", "1", None)]


@pytest.mark.parametrize(
    ("said", "left", "expected"),
    [
        ([("opted_in", "2024-01-06", "Newsletter")], [], ["1"]),
        ([("opted_in", "2024-01-06", "form")], [], []),
        ([("pending", "2024-01-06", "newsletter")], [], []),
        # An opt-in from elsewhere is no sign-up and takes none away.
        ([("opted_in", "2024-01-06", "newsletter"), ("opted_in", "2024-01-07", None)], [], ["1"]),
        # Out at the very time of the sign-up is out.
        ([("opted_in", "2024-01-06", "newsletter"), ("opted_out", "2024-01-06", None)], [], []),
        # A word before the newest sign-up is forgiven; both sign-ups are counted.
        (
            [
                ("opted_in", "2024-01-05", "newsletter"),
                ("opted_out", "2024-01-06", None),
                ("opted_in", "2024-01-07", "newsletter"),
            ],
            [],
            ["2"],
        ),
        # Pending is no opt-out.
        ([("opted_in", "2024-01-06", "newsletter"), ("pending", "2024-01-07", None)], [], ["1"]),
        ([("opted_in", "2024-01-06", "newsletter")], [("unsubscribed", None)], []),
        ([("opted_in", "2024-01-06", "newsletter")], [("complained", "email")], []),
        # Leaving text messages leaves no newsletter; a bounce is no word.
        ([("opted_in", "2024-01-06", "newsletter")], [("unsubscribed", "sms")], ["1"]),
        ([("opted_in", "2024-01-06", "newsletter")], [("bounced", "email")], ["1"]),
    ],
)
def test_newsletter_subscribers_have_not_left(said: list, left: list, expected: list) -> None:
    shop = {
        "customers": [customer("x", "2024-01-01")],
        "consents": [consent(n, s, at, source=source) for n, (s, at, source) in enumerate(said)],
        "message_events": [
            {
                "message_event_id": str(n),
                "message_id": "m",
                "customer_id": "x",
                "event_type": what,
                "channel": channel,
                "occurred_at": "2024-01-08",
            }
            for n, (what, channel) in enumerate(left)
        ],
    }
    assert [r[2] for r in found(shop, "newsletter_subscribers", "2024-01-31")] == expected


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
    first = {"traffic_source": "x", "traffic_medium": "E-Mail", "traffic_campaign": campaign}
    shop = {"events": visit(("10:00", "login", *first.items()))}
    name = "email_visitors"
    assert found(shop, name, "2024-01-11", email_campaign_pattern=pattern) == []
    shop["events"][0]["traffic_medium"] = " EMAIL "
    rows = found(shop, name, "2024-01-11", email_campaign_pattern=pattern)
    assert rows == ([("v:v", "", "1", "2024-02-09")] if matches else [])


def test_the_first_event_alone_says_where_a_session_comes_from() -> None:
    events = visit(("10:00", "login"), ("10:00", "login", ("traffic_source", "affiliate")))
    assert found({"events": events}, "affiliate_visitors", "2024-01-11") == []
    # At the same time the lesser event_id is first.
    events[0]["event_id"] = "z"
    assert found({"events": events}, "affiliate_visitors", "2024-01-11") == [
        ("v:v", "", "1", "2024-02-09")
    ]


def test_cities_are_compared_by_their_words() -> None:
    # Shipping city first; one without a letter or digit is unknown, so the contact's stands in.
    cities = (" SAINT-ÉTIENNE", "Saint. E\u0301tienne!", "--", None, "Lyon 3e", "Αθήνα")
    shop = {
        "customers": [customer("x", "2024-01-01", city="Paris 15")],
        "orders": [
            order(f"o{n}", "x", "2024-01-10", shipping_city=city) for n, city in enumerate(cities)
        ],
    }
    assert [row[1:3] for row in found(shop, "city_buyers", "2024-01-31")] == [
        ("lyon 3e", "1"),
        ("paris 15", "2"),
        ("saint etienne", "2"),
        ("αθηνα", "1"),
    ]
    home = {"headquarters_city": "saint étienne"}
    assert found(shop, "local_buyers", "2024-01-31", **home) == [("c:x", "", "2", None)]
    assert found(shop, "remote_buyers", "2024-01-31", **home) == [("c:x", "", "4", None)]
    # Paris is not Paris 15, and an unknown city is neither here nor elsewhere.
    assert found(shop, "local_buyers", "2024-01-31") == []
    shop["customers"][0]["city"] = "?"
    assert found(shop, "remote_buyers", "2024-01-31", **home) == [("c:x", "", "2", None)]


def test_methods_are_trimmed_and_channels_in_lower_case_too() -> None:
    shop = buyer("2024-01-10", "2024-01-11", "2024-01-12")
    for row, method in zip(shop["orders"], (" Card", "card", None), strict=True):
        row["payment_method"] = row["shipping_method"] = method
        row["sales_channel"] = method and " Mobile_APP"
    expected = [("c:x", "Card", "1", None), ("c:x", "card", "1", None)]
    assert found(shop, "payment_method_buyers", "2024-01-31") == expected
    assert found(shop, "shipping_method_buyers", "2024-01-31") == expected
    assert found(shop, "mobile_app_buyers", "2024-01-31") == [("c:x", "", "2", None)]
    assert found(shop, "mobile_app_buyers", "2024-01-31", mobile_app_min_orders=3) == []


# -------------------------------------------------------------------------------- random shops


def test_the_random_shops_cover_part_b_with_near_misses_and_edges() -> None:
    assert shortfalls(examples()) == []


def test_halving_the_days_finds_the_same_last_day_as_asking_each() -> None:
    checked, differing = 0, []
    for world in worlds_of(examples()[7::20]):
        for facts in world.people.values():
            for name in RULES:
                for row in RULES[name](world, facts, world.day):
                    halved, asked = (
                        expires_on(name, world, facts, row.segment_value, one_by_one=one_by_one)
                        for one_by_one in (False, True)
                    )
                    checked += name in FADING
                    if halved != asked:
                        differing.append((name, facts.person_id, row.segment_value, halved, asked))
    assert checked > 500
    assert differing == []
