"""Examples worked out by hand that pin the oracle's reading of parts C and D.

Every expectation follows from the specification alone, in the comment beside it.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from oracle.coverage import examples
from oracle.further import DAYS, RFM_NAMES, RULES, rfm_name, rfm_scores
from oracle.further_coverage import Seen, look_at, shortfalls, world_of
from oracle.oracle import RULES as RULES_OF_ALL
from oracle.oracle import STAGES, expires_on, run_records
from oracle.world import SEEDS
from test_oracle_itself import BASE, customer, event, order

NOON = "12:00"


def rows(shop: dict, name: str, as_of: str = "2024-03-31", **variables: object) -> list[tuple]:
    """Return the rows of a segment on a day, with some vars."""
    return run_records(shop, replace(BASE, as_of=as_of, vars=variables)).segments[name]


def found(shop: dict, name: str, as_of: str = "2024-03-31", **variables: object) -> dict:
    """Return evidence and end by member, or by value where the segment has values."""
    return {
        value or person_id[2:]: (evidence, ends and str(ends))
        for person_id, value, evidence, _, ends in rows(shop, name, as_of, **variables)
    }


def paid(*orders: tuple[str, str, str], **values: str) -> list[dict]:
    """Return orders from (customer, day, value), at noon."""
    return [
        order(f"o{number}", who, f"{day} {NOON}", subtotal_amount=value, **values)
        for number, (who, day, value) in enumerate(orders)
    ]


def sold(*orders: tuple[str, str, str]) -> dict:
    """Return a shop with orders of customers whom only they make known."""
    return {"customers": [], "orders": paid(*orders)}


def person(**values: str) -> dict:
    """Return a shop with one customer x and no order."""
    return {"customers": [customer("x", "2024-01-01", **values)], "orders": []}


def visits(*events: tuple[str, str, str | None]) -> list[dict]:
    """Return events of x from (time, name, product), each in the session of its day."""
    return [
        event(
            f"e{number:02}",
            time,
            event_name=name,
            product_id=product_id,
            page_type="product",
            customer_id="x",
            session_id=time[:10],
        )
        for number, (time, name, product_id) in enumerate(events)
    ]


def mails(*events: tuple[str, str, str], **values: str) -> list[dict]:
    """Return message events of x from (day, type, message), at noon."""
    return [
        {
            "message_event_id": f"m{number}",
            "message_id": message_id,
            "customer_id": "x",
            "event_type": kind,
            "occurred_at": f"{day} {NOON}",
            **values,
        }
        for number, (day, kind, message_id) in enumerate(events)
    ]


def goods(**values: dict[str, str]) -> list[dict]:
    """Return products by id."""
    return [{"product_id": product_id, **columns} for product_id, columns in values.items()]


# ------------------------------------------------------------------------------ C: the orders


def test_c01_takes_the_ceiling_of_an_exact_share_and_breaks_ties_by_person() -> None:
    # 0.55 × 20 is 11, not 11.000000000000002: eleven of twenty equal ones, c00 to c10.
    shop = sold(*((f"c{n:02}", "2024-03-01", "10") for n in range(20)))
    members = found(shop, "top_20_percent_customers", pareto_share=Decimal("0.55"))
    assert sorted(members) == [f"c{n:02}" for n in range(11)]
    # 0.20 × 6 = 1.2: two.
    shop = sold(*((f"c{n}", "2024-03-01", str(10 + n)) for n in range(6)))
    members = found(shop, "top_20_percent_customers")
    assert members == {"c5": (15, None), "c4": (14, None)}


def test_c02_c03_an_order_goes_where_it_is_shipped_else_home() -> None:
    shop = {
        "customers": [customer("x", "2024-01-01", country_code=" fr")],
        "orders": [
            order("a", "x", "2024-01-10 12:00", shipping_country_code="be"),
            order("b", "x", "2024-01-11 12:00"),
            order("c", "x", "2024-01-12 12:00", shipping_country_code="FR"),
            order("d", "y", "2024-01-12 12:00"),  # nobody knows where y lives
        ],
    }
    assert rows(shop, "domestic_customers") == [
        ("c:x", "", Decimal(2), datetime(2024, 1, 12, 12), None)
    ]
    assert rows(shop, "international_customers") == [
        ("c:x", "", Decimal(1), datetime(2024, 1, 10, 12), None)
    ]


def test_c04_and_vips_part_at_the_threshold() -> None:
    # 500 itself is low; a prospect is in neither.
    shop = sold(("x", "2024-01-10", "500"), ("y", "2024-01-10", "500.0001"))
    assert found(shop, "low_value_customers") == {"x": (500, None)}


def test_c05_the_window_of_90_days_leaves_its_90th_day_out() -> None:
    # 31 March − 90 days is 1 January 2024.
    shop = sold(("x", "2024-01-01", "1"), ("y", "2024-01-02", "1"))
    assert found(shop, "cold_customers") == {"x": (90, None)}


def test_c06_ends_when_the_orders_left_are_dearer() -> None:
    # Mean (1 + 3 × 50) ÷ 4 = 37.75 < AOV (151 + 49) ÷ 5 = 40. The order of 3 March leaves on
    # 2 April: three are left, of mean 50.
    shop = sold(
        ("x", "2024-03-03", "1"),
        ("x", "2024-03-10", "50"),
        ("x", "2024-03-20", "50"),
        ("x", "2024-03-30", "50"),
        ("y", "2024-01-01", "49"),
    )
    name = "frequent_small_basket_buyers"
    assert found(shop, name) == {"x": (Decimal("37.75"), "2024-04-02")}
    # All of one value: the mean is AOV, not below it.
    assert found(sold(*(("x", f"2024-03-1{n}", "5") for n in range(3))), name) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # AOV (100 + 150) ÷ 5 = 50: 100 is twice that, not more.
        ("100", {}),
        # AOV 250.01 ÷ 5 = 50.002; 100.01 > 100.004. The 10th leaves 30 days later.
        ("100.01", {"x": (Decimal("100.01"), "2024-04-09")}),
    ],
)
def test_c07_needs_more_than_the_multiple(value: str, expected: dict) -> None:
    others = (("y", f"2023-12-0{n}", "37.5") for n in range(1, 5))
    shop = sold(("x", "2024-03-10", value), *others)
    assert found(shop, "rare_large_basket_buyers") == expected


def test_aov_counts_orders_of_erased_people_and_forgets_after_12_months() -> None:
    # 31 March 2023 is not in the last 12 months of 31 March 2024.
    shop = sold(("x", "2024-03-10", "121"), ("z", "2023-03-31", "9000"))
    name = "rare_large_basket_buyers"
    # 121 against 2 × 121; with two orders of 1, against 2 × 123 ÷ 3 = 82.
    assert found(shop, name) == {}
    shop["orders"] += [order(who, who, "2024-01-02", subtotal_amount="1") for who in ("y", "w")]
    assert list(found(shop, name)) == ["x"]
    shop["erasure_requests"] = [
        {"request_id": who, "customer_id": who, "requested_at": "2024-01-03"} for who in ("y", "w")
    ]
    assert list(found(shop, name)) == ["x"]


# ---------------------------------------------------------------------------- C: the products


def line(number: int, order_id: str, product_id: str, quantity: str) -> dict:
    """Return a line of an order."""
    return {
        "order_line_id": f"l{number}",
        "order_id": order_id,
        "product_id": product_id,
        "quantity": quantity,
        "unit_price": "1",
    }


def test_c08_c09_c25_count_units_of_known_products_in_valid_orders() -> None:
    shop = sold(("x", "2024-03-01", "1"), ("x", "2024-03-02", "1"), ("x", "2024-03-03", "1"))
    shop["orders"][2]["status"] = "cancelled"
    shop["products"] = goods(
        p1={"category": "Shoes", "collection": "été"}, p2={"category": "shoes"}, p3={}
    )
    shop["order_lines"] = [
        line(1, "o0", "p1", "0.5"),
        line(2, "o1", "p1", "0.5"),  # with the half of the first order a unit
        line(3, "o1", "p2", "0.999"),  # less than one
        line(4, "o2", "p3", "5"),  # cancelled
        line(5, "o1", "p9", "5"),  # unknown
        line(6, "o0", "p3", "2"),
        line(7, "o1", "p3", "0"),  # no unit of it, so not its newest order
    ]
    newest = datetime(2024, 3, 2, 12)
    assert rows(shop, "product_buyers") == [
        ("c:x", "p1", Decimal(1), newest, None),
        ("c:x", "p3", Decimal(2), datetime(2024, 3, 1, 12), None),
    ]
    assert rows(shop, "category_buyers") == [("c:x", "Shoes", Decimal(1), newest, None)]
    assert rows(shop, "collection_buyers") == [("c:x", "été", Decimal(1), newest, None)]


def test_c10_a_favourite_stands_until_removed_and_stock_is_known() -> None:
    shop = person()
    shop["products"] = goods(
        p1={"stock_quantity": "5"},
        p2={"stock_quantity": "5.001"},
        p3={},
        p4={"stock_quantity": "-2"},
        p5={"stock_quantity": "0"},
    )
    shop["events"] = visits(
        *((f"2024-03-0{n} 10:00", "add_to_favorites", f"p{n}") for n in range(1, 6)),
        # Of one time the ids decide: removed, then added again.
        ("2024-03-10 10:00", "remove_from_favorites", "p4"),
        ("2024-03-10 10:00", "add_to_favorites", "p4"),
        ("2024-03-10 10:00", "remove_from_favorites", "p5"),
    )
    assert rows(shop, "favorites_low_stock") == [
        ("c:x", "p1", Decimal(5), datetime(2024, 3, 1, 10), None),
        ("c:x", "p4", Decimal(-2), datetime(2024, 3, 10, 10), None),
    ]


def test_c23_ranks_first_and_drops_the_bought_ones_then() -> None:
    shop = person()
    shop["products"] = goods(p1={}, p2={}, p3={}, p4={})
    shop["events"] = visits(
        ("2024-03-25 10:00", "page_view", "p1"),  # the fourth from the end: never in
        ("2024-03-26 10:00", "page_view", "p2"),
        ("2024-03-27 10:00", "page_view", "p3"),
        ("2024-03-28 10:00", "page_view", "p4"),
        ("2024-03-28 10:00", "page_view", "p9"),  # unknown products take no rank
        ("2024-03-28 10:00", "page_view", "p1"),  # nor does a page of another type
    )
    shop["events"][-1]["page_type"] = "category"
    shop["orders"] = [
        order("o0", "x", "2024-03-28 09:59:59"),
        order("o1", "x", "2024-03-27 10:00"),
    ]
    # p4 was bought before it was viewed, p3 in the second of its view, of p2 no unit.
    shop["order_lines"] = [
        line(1, "o0", "p4", "1"),
        line(2, "o1", "p3", "1"),
        line(3, "o1", "p2", "0"),
    ]
    assert rows(shop, "recent_viewers") == [
        ("c:x", "p4", Decimal(1), datetime(2024, 3, 28, 10), date(2024, 4, 11)),
        ("c:x", "p2", Decimal(3), datetime(2024, 3, 26, 10), date(2024, 4, 9)),
    ]


def test_c34_what_was_left_is_worth_an_average_order() -> None:
    shop = person()
    shop["products"] = goods(p1={"unit_price": "60"}, p2={"unit_price": "40"}, p3={})
    shop["events"] = visits(
        ("2024-03-26 10:00", "add_to_cart", "p1"),
        ("2024-03-26 10:01", "add_to_cart", "p1"),  # one unit per product
        ("2024-03-28 10:00", "add_to_cart", "p2"),
        ("2024-03-28 10:01", "add_to_cart", "p3"),  # no price: 0
    )
    name = "valuable_cart_abandoners"
    assert found(shop, name) == {}  # no order of anybody, no average
    shop["orders"] = paid(("y", "2024-03-01", "100"))
    # 60 + 40 = AOV. On 2 April the adds of 26 March are too old: 40 < 100.
    assert rows(shop, name) == [
        ("c:x", "", Decimal(100), datetime(2024, 3, 28, 10, 1), date(2024, 4, 2))
    ]
    # An order of the second of the last adds clears them and all before.
    shop["orders"].append(order("p", "x", "2024-03-28 10:01"))
    assert found(shop, name) == {}


# ---------------------------------------------------------------------- C: what people declare


@pytest.mark.parametrize(
    ("born", "as_of", "expected"),
    [
        ("2000-02-29", "2023-02-21", {"x": (7, "2023-02-28")}),  # no leap year: the 28th
        ("2000-02-29", "2023-02-20", {}),
        ("2000-02-29", "2024-02-22", {"x": (7, "2024-02-29")}),
        ("2000-02-29", "2024-02-21", {}),
        ("1990-01-04", "2023-12-28", {"x": (7, "2024-01-04")}),
        ("1990-01-04", "2024-01-04", {}),  # not on the birthday itself
        (
            "2099-01-04",
            "2024-01-03",
            {"x": (1, "2024-01-04")},
        ),  # its day is said
    ],
)
def test_c11_the_next_birthdays(born: str, as_of: str, expected: dict) -> None:
    shop = {"customers": [customer("x", "2023-01-01", birth_date=born)], "orders": []}
    assert found(shop, "upcoming_birthdays", as_of) == expected


@pytest.mark.parametrize(
    ("born", "as_of", "expected"),
    [
        # Born on 29 February: 18 on 28 February 2022, 20 on 29 February 2024.
        ("2004-02-29", "2022-02-27", {"0-17": (17, "2022-02-28")}),
        ("2004-02-29", "2022-02-28", {"18-24": (18, "2029-02-28")}),
        ("2004-02-29", "2024-02-28", {"18-24": (19, "2029-02-28")}),
        ("2004-02-29", "2024-02-29", {"18-24": (20, "2029-02-28")}),
        ("1959-03-31", "2024-03-31", {"65+": (65, None)}),
        ("1959-04-01", "2024-03-31", {"50-64": (64, "2024-04-01")}),
        ("2024-03-31", "2024-03-31", {"0-17": (0, "2042-03-31")}),
        ("2024-04-01", "2024-03-31", {}),
    ],
)
def test_c26_age_bands(born: str, as_of: str, expected: dict) -> None:
    shop = {"customers": [customer("x", "2022-01-01", birth_date=born)], "orders": []}
    assert found(shop, "age_bands", as_of) == expected


def test_c12_c13_c33_c35_attributes_of_a_merged_person() -> None:
    shop = {
        "customers": [
            customer("a", "2024-01-02", email="x@x.fr", region="Corse", acquisition_source="Ads"),
            customer(
                *("b", "2024-01-01"),
                email="x@x.fr",
                country_code="fr",
                region="Nowhere",
                updated_at="2024-01-05",
            ),
        ],
        "orders": [order("o", "b", "2024-02-01 12:00")],
    }
    # b is the newer row, a fills what b leaves out. The last order dates places, not the source.
    last, first = datetime(2024, 2, 1, 12), datetime(2024, 1, 1)
    assert rows(shop, "country_customers") == [("c:a", "FR", Decimal(1), last, None)]
    assert rows(shop, "region_customers") == [("c:a", "Nowhere", Decimal(1), last, None)]
    # A region that the seed does not have is in the rest of its country.
    assert rows(shop, "climate_zone_customers") == [("c:a", "oceanic", Decimal(1), last, None)]
    assert rows(shop, "acquisition_source_customers") == [("c:a", "Ads", Decimal(1), first, None)]


@pytest.mark.parametrize(
    ("country", "region", "zones"),
    [
        ("FR", "Corse", ["mediterranean"]),
        ("FR", None, ["oceanic"]),
        ("FR", "corse", ["oceanic"]),  # text is compared as it is
        ("US", "New York", []),
        (None, "Corse", []),
    ],
)
def test_c35_zones(country: str | None, region: str | None, zones: list[str]) -> None:
    shop = person(country_code=country, region=region)
    assert [row[1] for row in rows(shop, "climate_zone_customers")] == zones


def test_c32_the_newest_record_of_an_attribute_ties_the_greater_value() -> None:
    def record(attribute: str, value: str, day: str) -> dict:
        values = {"attribute": attribute, "value": value, "recorded_at": day}
        return {"customer_id": "x", **values}

    shop = person()
    shop["customer_attributes"] = [
        record("size", "z", "2024-01-01"),
        record("size", "a", "2024-01-02"),
        record("size", "b", "2024-01-02"),
        record("Size", "a", "2024-01-01"),
        record("size", "c", "2024-04-01"),  # after D
        record("a=b", "c", "2024-01-04"),  # two attributes, one text
        record("a", "b=c", "2024-01-03"),
    ]
    assert rows(shop, "attribute_customers") == [
        ("c:x", "Size=a", Decimal(1), datetime(2024, 1, 1), None),
        ("c:x", "size=b", Decimal(1), datetime(2024, 1, 2), None),
        ("c:x", "a=b=c", Decimal(1), datetime(2024, 1, 4), None),
    ]


# ------------------------------------------------------------------------------ C: the visits


def test_c14_c19_sessions_by_device_and_page() -> None:
    def view(event_id: str, time: str, device: str | None, url: str, who: str = "v") -> dict:
        session = {"session_id": time[:10], "visitor_id": who}
        return event(event_id, time, device_type=device, page_url=url, **session)

    shop = person()
    shop["events"] = [
        view("a", "2024-03-02 10:00", "Mobile ", "/sale/1"),
        view("b", "2024-03-02 10:01", "desktop", "/sale/2"),  # not its first event
        view("c", "2024-03-05 10:00", "mobile", "/Sale/1"),
        view("d", "2024-03-01 10:00", "tablet", "/sale/1"),  # 30 days before D
        view("e", "2024-03-06 10:00", None, "/sale/11"),
    ]
    # The newest of the two began on 5 March; 5 March + 30 days is 4 April.
    assert rows(shop, "device_visitors") == [
        ("v:v", "mobile", Decimal(2), datetime(2024, 3, 5, 10), date(2024, 4, 4))
    ]
    patterns = {"sale": "/sale/_", "all": "%", "none": "/sale"}
    assert found(shop, "page_visitors", page_patterns=patterns) == {
        "sale": (1, "2024-04-01"),  # a session with two such pages is one
        "all": (3, "2024-04-05"),
    }


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-03-31", {"0-29": (0, "2024-04-30")}),
        ("2024-03-02", {"0-29": (29, "2024-04-01")}),
        ("2024-03-01", {"30-89": (30, "2024-05-30")}),  # 1 March + 90 days
        ("2023-04-02", {"180-364": (364, "2024-04-01")}),  # over a leap day
        ("2023-04-01", {"365+": (365, None)}),
    ],
)
def test_c15_bands_end_on_their_last_day(day: str, expected: dict) -> None:
    assert found(sold(("x", day, "1")), "recency_bands") == expected


def test_c16_counts_orders_visits_and_clicks_of_any_channel() -> None:
    shop = person()
    shop["orders"] = paid(("x", "2024-01-02", "1"))
    shop["message_events"] = mails(("2024-01-10", "clicked", "m"), channel="sms")
    # An order 89 days ago; the click is newer: 81 days ago, too old on 10 January + 90 days.
    assert rows(shop, "active_customers") == [
        ("c:x", "", Decimal(81), datetime(2024, 1, 10, 12), date(2024, 4, 9))
    ]


def test_c17_hot_before_engaged_before_known() -> None:
    shop = person()
    assert rows(shop, "lead_maturity") == [("c:x", "known", Decimal(1), datetime(2024, 1, 1), None)]
    shop["events"] = visits(
        ("2024-03-05 10:00", "add_to_cart", None),  # also without a product
        ("2024-03-20 10:00", "page_view", "p1"),
    )
    assert rows(shop, "lead_maturity") == [
        ("c:x", "hot", Decimal(3), datetime(2024, 3, 5, 10), date(2024, 4, 4))
    ]
    # On 5 April the cart is too old, the visit is not.
    assert found(shop, "lead_maturity", "2024-04-04") == {"engaged": (2, "2024-04-19")}
    shop["events"] += visits(("2024-03-20 10:01", "begin_checkout", None))
    shop["events"][-1]["event_id"] = "last"
    assert found(shop, "lead_maturity", "2024-04-04") == {"hot": (3, "2024-04-19")}
    shop["orders"] = paid(("x", "2023-01-01", "1"))
    assert rows(shop, "lead_maturity") == []


def test_c29_a_purchase_of_a_failed_order_clears_no_checkout() -> None:
    shop = person()
    shop["orders"] = [order("bad", "x", "2024-03-28 09:00", status="failed")]
    shop["events"] = visits(
        ("2024-03-24 10:00", "begin_checkout", None),  # 7 days before D
        ("2024-03-25 10:00", "begin_checkout", None),
        ("2024-03-28 10:00", "begin_checkout", None),
        ("2024-03-28 11:00", "purchase", None),
    )
    shop["events"][-1]["order_id"] = "bad"
    assert rows(shop, "checkout_abandoners") == [
        ("c:x", "", Decimal(2), datetime(2024, 3, 28, 10), date(2024, 4, 4))
    ]
    # A purchase that counts, in the second of the last of them.
    shop["events"][-1] |= {"order_id": None, "occurred_at": "2024-03-28 10:00"}
    assert rows(shop, "checkout_abandoners") == []
    shop["events"].pop()
    # An order of the same second as the first of them is at it, and before the second.
    shop["orders"].append(order("good", "x", "2024-03-25 10:00"))
    assert found(shop, "checkout_abandoners") == {"x": (1, "2024-04-04")}


# ----------------------------------------------------------------------------- C: the messages


def consent(number: int, day: str, status: str, channel: str = "email") -> dict:
    """Return a consent of x, at noon."""
    at = f"{day} {NOON}"
    row = {"consent_id": str(number), "customer_id": "x", "channel": channel}
    return {**row, "status": status, "changed_at": at}


@pytest.mark.parametrize(
    ("consents", "messages", "day"),
    [
        ([("2024-01-10", "opted_in")], [("2024-01-10", "unsubscribed", "m")], 10),  # ties: out
        ([("2024-01-10", "opted_in"), ("2024-01-10", "pending")], [], 10),  # and so here
        ([("2024-01-10", "opted_out"), ("2024-01-11", "pending")], [], None),  # neither
        ([("2024-01-12", "opted_in")], [("2024-01-10", "unsubscribed", "m")], None),
        ([("2024-01-12", "opted_in")], [("2024-01-10", "complained", "m")], 10),  # ever
        ([("2024-01-12", "opted_in")], [("2024-01-10", "bounced", "m")], 10),  # null: hard
        ([("2024-01-12", "opted_out")], [("2024-01-10", "bounced", "m")], 12),  # the newest
    ],
)
def test_c18_out_now_or_a_complaint_or_hard_bounce_ever(
    consents: Iterable[tuple], messages: Iterable[tuple], day: int | None
) -> None:
    shop = person()
    shop["consents"] = [consent(n, *said) for n, said in enumerate(consents)]
    shop["message_events"] = mails(*messages)
    times = [row[3] for row in rows(shop, "unsubscribed_contacts")]
    assert times == ([datetime(2024, 1, day, 12)] if day else [])


def test_c18_other_channels_and_soft_bounces_say_nothing() -> None:
    shop = person()
    shop["consents"] = [consent(1, "2024-01-10", "opted_out", "sms")]
    shop["message_events"] = mails(("2024-01-10", "bounced", "m"), bounce_type="Soft")
    assert rows(shop, "unsubscribed_contacts") == []
    shop["message_events"] = mails(("2024-01-10", "complained", "m"), channel="sms")
    assert rows(shop, "unsubscribed_contacts") == []


def test_c20_c21_count_events_of_the_last_30_days() -> None:
    shop = person()
    shop["message_events"] = mails(
        ("2024-03-01", "opened", "m"),  # 30 days before D
        ("2024-03-02", "opened", "m"),
        ("2024-03-03", "opened", "m"),
    )
    text_message = {"message_event_id": "n", "message_id": "n", "channel": "sms"}
    shop["message_events"].append(shop["message_events"][-1] | text_message)
    assert found(shop, "email_openers") == {"x": (2, "2024-04-02")}
    assert found(shop, "email_clickers") == {}


def test_c22_five_messages_that_nobody_opened() -> None:
    sent = [(f"2024-03-0{n}", "sent", f"m{n}") for n in range(1, 6)]
    shop = person()
    # m5 was sent twice, and is one message; an open of an older one wakes nobody.
    again, older = ("2024-03-09", "sent", "m5"), ("2024-03-10", "opened", "m0")
    shop["message_events"] = mails(*sent, again, older)
    # The fifth from the end was sent on 1 March: 1 March + 90 days is 30 May.
    assert rows(shop, "email_sleepers") == [
        ("c:x", "", Decimal(5), datetime(2024, 3, 9, 12), date(2024, 5, 30))
    ]
    shop["message_events"] = mails(*sent[:4], again, ("2024-03-20", "clicked", "m1"))
    assert rows(shop, "email_sleepers") == []
    shop["message_events"] = mails(*sent[:4], ("2024-03-09", "sent", "m4"))
    assert rows(shop, "email_sleepers") == []


def test_c24_reviews_with_a_photo() -> None:
    shop = person()
    shop["reviews"] = [
        {
            "review_id": str(n),
            "customer_id": "x",
            "has_photo": photo,
            "reviewed_at": f"2024-01-0{n}",
        }
        for n, photo in enumerate(("Yes", "1", "maybe", "false"), start=1)
    ]
    assert rows(shop, "photo_reviewers") == [("c:x", "", Decimal(2), datetime(2024, 1, 2), None)]


# ------------------------------------------------------------------- C27, C28, C30, C31: the rest


@pytest.mark.parametrize(
    ("amounts", "second", "expected"),
    [
        (["60"], "paid", {}),  # 60 of 200 is 30 %, not more
        (["60.01"], "paid", {"x": (Decimal("30.005"), None)}),
        (["100"], "refunded", {"x": (50, None)}),  # fully refunded ones count here
        (["100"], "voided", {}),  # one order is left
    ],
)
def test_c27_the_share_refunded(amounts: list[str], second: str, expected: dict) -> None:
    shop = sold(("x", "2024-01-10", "100"), ("x", "2024-01-11", "100"))
    shop["orders"][1]["status"] = second
    shop["refunds"] = [
        {"refund_id": str(n), "order_id": "o1", "refunded_at": "2024-02-01", "amount": amount}
        for n, amount in enumerate(amounts)
    ]
    assert found(shop, "costly_customers") == expected


def test_c27_one_order_is_not_enough() -> None:
    shop = sold(("x", "2024-01-10", "100"))
    refund = {"refund_id": "1", "order_id": "o0", "refunded_at": "2024-02-01", "amount": "90"}
    shop["refunds"] = [refund]
    assert found(shop, "costly_customers") == {}


def test_c27_tickets_leave_after_twelve_months() -> None:
    def ticket(number: int, day: str) -> dict:
        return {"ticket_id": str(number), "customer_id": "x", "opened_at": f"{day} {NOON}"}

    shop = person()
    shop["orders"] = paid(("x", "2024-02-01", "0"))
    days = ("2024-02-29", "2024-03-01", "2024-03-02")
    shop["support_tickets"] = [ticket(n, day) for n, day in enumerate(days)]
    # 28 February 2025 − 12 months is 28 February 2024, 1 March 2025 − 12 months is 1 March.
    # Of 2024, a leap year, twelve months are 366 days: 1 April 2023 is one of them.
    # The order is of no value, so the share is 0; it is not of the criterion met.
    assert rows(shop, "costly_customers") == [
        ("c:x", "", Decimal(0), datetime(2024, 3, 2, 12), date(2025, 3, 1))
    ]
    shop["support_tickets"][0] = ticket(0, "2023-04-01")
    assert found(shop, "costly_customers") == {"x": (0, "2024-04-01")}


def test_c28_four_of_five_orders_with_a_discount_or_coupon() -> None:
    shop = sold(*(("x", f"2024-01-1{n}", "10") for n in range(5)))
    first, second, third, fourth, _ = shop["orders"]
    first["discount_amount"] = "0.000001"
    second["coupon_code"] = "TEN"
    third["coupon_code"], third["discount_amount"] = "TEN", "1"
    fourth["discount_amount"] = "0"
    assert found(shop, "promotion_dependent_buyers") == {}  # three of five
    shop["order_lines"] = [line(1, "o3", "p9", "1") | {"discount_amount": "0.5"}]
    assert rows(shop, "promotion_dependent_buyers") == [
        ("c:x", "", Decimal(80), datetime(2024, 1, 14, 12), None)
    ]


def test_c30_one_purchase_long_ago() -> None:
    # m = 11 days, 2.5 × 11 = 27.5, rounded up 28: 3 March is 28 days before.
    shop = sold(
        *(("y", "2024-03-01", "1"), ("y", "2024-03-12", "1")),
        *(("a", "2024-03-03", "1"), ("b", "2024-03-04", "1")),
    )
    chosen = replace(BASE, as_of="2024-03-31", inactive_multiplier="2.5")
    members = run_records(shop, chosen).segments["lapsed_first_time_buyers"]
    assert members == [("c:a", "", Decimal(28), datetime(2024, 3, 3, 12), None)]
    # Where nobody bought twice there is no mean gap.
    assert found(sold(("a", "2023-01-01", "1")), "lapsed_first_time_buyers") == {}


def lost(*messages: tuple[str, str, str], **tables: list[dict]) -> dict:
    """Return a shop in which x, of gap 10, is inactive from 20 January + 30 = 19 February."""
    shop = sold(("x", "2024-01-10", "1"), ("x", "2024-01-20", "1"))
    shop["message_events"] = mails(*messages, channel="sms")
    return {**shop, **tables}


def test_c31_written_to_since_inactive_and_silent() -> None:
    first, second = ("2024-03-01", "sent", "a"), ("2024-03-20", "sent", "b")
    sent_at = datetime(2024, 3, 1, 12)
    row = ("c:x", "", Decimal(30), sent_at, None)
    assert rows(lost(first, second), "lost_customers") == [row]
    # A message of the first inactive day is the first; one of the day before is none.
    day, before = ("2024-02-19", "sent", "c"), ("2024-02-18", "sent", "d")
    assert found(lost(before, day, first), "lost_customers") == {"x": (41, None)}
    assert found(lost(before, first), "lost_customers") == {"x": (30, None)}
    assert found(lost(("2024-03-02", "sent", "a")), "lost_customers") == {}  # 29 days
    # A sign of life before the first message does not help, one of the same second does.
    early = ("2024-02-28", "opened", "d")
    assert rows(lost(first, early), "lost_customers") == [row]
    assert rows(lost(first, ("2024-03-01", "opened", "z")), "lost_customers") == []
    begun = visits(("2024-03-01 11:59", "page_view", None), ("2024-03-01 12:30", "search", None))
    assert rows(lost(first, events=begun), "lost_customers") == [row]
    begun = visits(("2024-03-01 12:00", "page_view", None))
    assert rows(lost(first, events=begun), "lost_customers") == []


# --------------------------------------------------------------------------------------- D: RFM


def scores(shop: dict, **variables: object) -> dict[str, tuple]:
    """Return values, scores and name by customer, on 31 March 2024."""
    result = run_records(shop, replace(BASE, as_of="2024-03-31", vars=variables))
    return {row[0][2:]: row[1:] for row in result.rfm_scores}


def test_equal_values_score_alike() -> None:
    shop = sold(
        ("a", "2024-03-31", "10"),
        ("b", "2024-03-21", "10"),
        ("b", "2024-03-21", "10"),  # two orders of one day are one purchase
        ("c", "2024-03-21", "5"),
        ("d", "2024-03-01", "30"),
        ("d", "2024-03-11", "30"),
    )
    # p of recency: a 3/4, b and c 1/4 (d alone is worse), d 0; of frequency: d 3/4, others 0;
    # of value: d (60) 3/4, b (20) 2/4, a (10) 1/4, c 0. 1 + ⌊5 × 3/4⌋ = 4, of 1/4 it is 2.
    assert scores(shop) == {
        "a": (0, 1, Decimal(10), 4, 1, 2, "potential_loyalists"),
        "b": (10, 1, Decimal(20), 2, 1, 3, "hibernating"),
        "c": (10, 1, Decimal(5), 2, 1, 1, "hibernating"),
        "d": (20, 2, Decimal(60), 1, 4, 4, "at_risk"),
    }
    assert rows(shop, "rfm_segments")[0] == (
        *("c:a", "potential_loyalists", Decimal(412)),
        datetime(2024, 3, 31, 12),
        None,  # ranks are held as at D
    )
    # By orders b is as frequent as d: p = 2/4 each.
    assert [row[4] for row in scores(shop, rfm_frequency="orders").values()] == [1, 3, 1, 3]


def test_a_fixth_of_five_reaches_the_next_score() -> None:
    # p = 1/5 exactly is score 2, not 1: five buyers score 1 to 5.
    shop = sold(*((f"c{n}", f"2024-03-1{n}", str(n + 1)) for n in range(5)))
    assert [row[3:6] for row in scores(shop).values()] == [(n, 1, n) for n in range(1, 6)]


CUTS = {"recency": [10, 20, 30, 40], "frequency": [2, 3, 4, 5], "monetary": [10, 20, 30, 40]}


@pytest.mark.parametrize(
    ("day", "value", "expected", "ends"),
    [
        # 9 days are below the first boundary, 10 have reached it; 9.99 has reached none, 10 one.
        ("2024-03-22", "9.99", ("new_customers", 511), "2024-04-01"),
        ("2024-03-21", "10", ("potential_loyalists", 412), "2024-04-10"),
        # 30 days: 2; f 1 and m 5 make fm 3. At 40 days the score is 1: still the same name.
        ("2024-03-01", "40", ("at_risk", 215), None),
        # 39 and 40 days: the same cell but for r, with m 2 (fm ⌈1.5⌉ = 2).
        ("2024-02-21", "19.99", ("hibernating", 212), "2024-04-01"),
        ("2024-02-20", "19.99", ("lost", 112), None),
    ],
)
def test_fixed_cut_points_are_the_least_of_a_bin(
    day: str, value: str, expected: tuple, ends: str | None
) -> None:
    shop = sold(("x", day, value))
    [(_, name, evidence, _, ends_on)] = rows(shop, "rfm_segments", rfm_cut_points=CUTS)
    assert ((name, evidence), ends_on and str(ends_on)) == (expected, ends)


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


def test_the_zones_are_one_each() -> None:
    with (SEEDS / "climate_zones.csv").open(encoding="utf-8", newline="") as file:
        keys = [(row["country_code"], row["region"]) for row in csv.DictReader(file)]
    assert max(Counter(keys).values()) == 1
    assert all(country == country.strip().upper() for country, _ in keys)


# The published map: the first of these ranges of R, F and M that fits.
PUBLISHED = (
    ("Champions", (5, 5), (5, 5), (5, 5), 35),
    ("Potential Loyalist", (3, 5), (3, 5), (2, 5), 342),
    ("Loyal", (2, 4), (2, 4), (2, 4), 170),
    ("Promising", (3, 4), (1, 3), (3, 5), 9),
    ("New", (4, 5), (1, 3), (1, 5), 104),
    ("Can't Lose", (1, 2), (3, 4), (4, 5), 47),
    ("At Risk", (1, 2), (2, 5), (4, 5), 28),
    ("Need Attention", (1, 3), (3, 5), (3, 5), 10),
    ("About To Sleep", (2, 3), (1, 3), (1, 4), 102),
    ("Lost", (1, 1), (1, 5), (1, 5), 148),
)


def test_the_published_rfm_table_is_reproduced() -> None:
    if not os.environ.get("SHARED_DATA"):
        pytest.skip("SHARED_DATA is not set")
    path = Path(os.environ["SHARED_DATA"], "rfm_golden", "rfm_data_orders.csv")
    with path.open(encoding="utf-8", newline="") as file:
        orders = [
            order(
                str(number),
                row["customer_id"],
                f"{row['order_date']} {NOON}",
                subtotal_amount=row["revenue"],
            )
            for number, row in enumerate(csv.DictReader(file))
        ]
    assert len(orders) == 4906
    cuts = {
        "recency": [115, 181, 297.4, 482],
        "frequency": [4, 5, 6, 8],
        "monetary": [255.8, 382, 506.4, 666],
    }
    chosen = {"rfm_frequency": "orders", "rfm_cut_points": cuts}
    settings = replace(BASE, as_of="2006-12-31", vars=chosen)
    scored = rfm_scores(world_of({"customers": [], "orders": orders}, settings))

    def published(cell: tuple[int, ...]) -> str:
        for name, *ranges, _ in PUBLISHED:
            if all(low <= n <= high for n, (low, high) in zip(cell, ranges, strict=True)):
                return name
        raise AssertionError(cell)

    names = [published(row[4:7]) for row in scored]
    assert Counter(names) == {name: count for name, *_, count in PUBLISHED}
    assert len(names) == 995
    assert all(rfm_name(*row[4:7]) == row[7] for row in scored)


# -------------------------------------------------------------------------------- random shops


@pytest.fixture(scope="module")
def random_worlds() -> list:
    """The random shops as they are on their as-of dates."""
    return [world for shop, chosen in examples() if (world := world_of(shop, chosen))]


def test_the_random_shops_cover_parts_c_and_d(random_worlds: list) -> None:
    seen = Seen()
    for world in random_worlds:
        look_at(world, seen)
    assert len(random_worlds) >= 200
    assert shortfalls(seen) == []


def test_the_laws_between_segments_hold(random_worlds: list) -> None:
    """What follows from the rules of several segments, whoever reads them."""
    counted = Counter()
    for world in random_worlds:
        held = {}
        for name in (*RULES, *STAGES, "cart_abandoners", "vip_customers"):
            rule = RULES_OF_ALL[name]
            held[name] = [
                (facts.person_id, one)
                for facts in world.people.values()
                for one in rule(world, facts, world.day)
            ]
        who = {name: {person_id for person_id, _ in members} for name, members in held.items()}
        buyers = set().union(*(who[stage] for stage in STAGES[1:]))
        # One row for every buyer or prospect, whatever its value.
        for name in ("recency_bands", "rfm_segments"):
            assert sorted(person_id for person_id, _ in held[name]) == sorted(buyers)
        leads = [person_id for person_id, _ in held["lead_maturity"]]
        assert sorted(leads) == sorted(who["prospects"])
        assert who["low_value_customers"] == buyers - who["vip_customers"]
        assert who["lapsed_first_time_buyers"] <= who["first_time_buyers"]
        assert who["lost_customers"] <= who["inactive_customers"]
        for name in ("top_20_percent_customers", "cold_customers", "promotion_dependent_buyers"):
            assert who[name] <= buyers
        carts = {person_id: one.evidence_at for person_id, one in held["cart_abandoners"]}
        for person_id, one in held["valuable_cart_abandoners"]:
            assert carts[person_id] == one.evidence_at
        counted.update({name: len(members) for name, members in held.items()})
    assert all(counted.values())


def test_the_days_on_which_rules_change_are_all_days(random_worlds: list) -> None:
    """What `DAYS` gives is what asking for every day gives."""
    asked = Counter()
    for number, world in enumerate(random_worlds[::6]):
        for name, rule in RULES.items():
            for facts in list(world.people.values())[number % 4 :: 4]:
                # Ages last for decades: few are enough.
                if name == "age_bands" and asked[name] > 20:
                    continue
                for one in rule(world, facts, world.day):
                    quick = expires_on(name, world, facts, one.segment_value)
                    slow = expires_on(name, world, facts, one.segment_value, one_by_one=True)
                    assert quick == slow, (name, facts.person_id, one)
                    asked[name] += quick is not None
    changing = {name for name in RULES if DAYS[name].__name__ != "_never"}
    assert changing <= {name for name in asked if asked[name]}
