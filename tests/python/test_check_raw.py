"""What a folder of raw files would become, before anything is built."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import check_raw
import pytest

CUSTOMERS = "customer_id,created_at\n1,2025-01-03\n2,2025-02-10\n"
ORDERS = """order_id,customer_id,ordered_at,status,currency,subtotal_amount
A1,1,2025-01-03T09:05:00Z,paid,EUR,49.90
A2,1,2025-03-01T18:30:00Z,bezahlt,EUR,25.00
A3,2,2025-03-02T08:00:00Z,paid,USD,80.00
"""


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Keep the places of the check from later tests."""
    with mock.patch.dict(os.environ):
        yield


def told(folder: Path) -> str:
    """What is said of a folder, on one line."""
    return " ".join(check_raw.check(str(folder)).split())


def test_a_folder_is_described_and_nothing_is_built(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "customers.csv").write_text(CUSTOMERS)
    (shop / "orders.csv").write_text(ORDERS)
    before = sorted((check_raw.PROJECT / "warehouse").rglob("*"))
    text = told(shop)
    assert "customers 2 0 2025-01-03 to 2025-02-10" in text
    assert "orders 3 2 2025-01-03 to 2025-01-03" in text
    assert "Currencies: EUR 2, USD 1 (all set aside)" in text
    assert "Order statuses: paid 2, bezahlt 1 (all set aside)" in text
    assert (
        "have a status that no setting knows: 1 of orders (name it in var valid_order_statuses or"
        in text
    )
    assert "nor rated on the day of the order: 1 of orders (set var reporting_currency, or" in text
    assert "orders has nothing in email, phone, discount_amount" in text
    assert "Nothing stops a build" in text
    assert sorted((check_raw.PROJECT / "warehouse").rglob("*")) == before


def test_a_part_of_large_tables_is_judged_lines_with_their_orders(tmp_path: Path) -> None:
    lines = ["order_line_id,order_id,product_id,quantity,unit_price"]
    orders = ["order_id,customer_id,ordered_at,status,currency,subtotal_amount"]
    events = ["event_id,event_name,occurred_at,visitor_id"]
    for number in range(400):
        status = "bezahlt" if number % 4 == 0 else "paid"
        orders.append(f"A{number},1,2025-01-03T09:05:00Z,{status},EUR,49.90")
        lines += [f"A{number}-{line},A{number},P{line},1,24.95" for line in (1, 2)]
        events.append(f"E{number},page_view,2025-01-03T09:05:00Z,V{number}")
    for name, rows in (
        ("customers", CUSTOMERS.split()),
        ("orders", orders),
        ("order_lines", lines),
        ("events", events),
    ):
        (tmp_path / f"{name}.csv").write_text("\n".join(rows))
    with mock.patch.object(check_raw, "LARGEST", 200):
        text = told(tmp_path)
    assert "customers 2 0 2025-01-03 to 2025-02-10" in text
    # as many lines as call for every fifth, so every fifth order as well
    judged = re.search(r"orders 400 about (\d+) ", text)
    assert judged
    assert int(judged[1]) % 5 == 0
    assert 50 <= int(judged[1]) <= 150
    assert f"bezahlt about {judged[1]} (all set aside)" in text
    assert f"have a status that no setting knows: about {judged[1]} of orders" in text
    assert "About: estimated, from a part of each table of more than 200 rows" in text
    set_aside = re.search(r"belong to no order that can be used: about (\d+) of order_lines", text)
    assert set_aside
    viewed = re.search(r"page_view about (\d+) ", text)
    assert viewed
    # every third event, counted three times
    assert int(viewed[1]) % 3 == 0
    assert 250 <= int(viewed[1]) <= 550
    # lines of orders that are set aside have none; all others have theirs
    assert int(set_aside[1]) == 2 * int(judged[1])


def test_a_second_check_says_the_same_and_parses_nothing(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    parsed = tmp_path / "_parsed"
    with mock.patch.object(check_raw, "PARSED", parsed):
        first = told(tmp_path)
        written_at = parsed.stat().st_mtime_ns
        assert told(tmp_path) == first
    assert parsed.stat().st_mtime_ns == written_at
    assert "Order statuses: paid 2, bezahlt 1 (all set aside)" in first


@pytest.mark.parametrize("place", ["nowhere", ""])
def test_what_would_stop_a_build_is_said_without_a_traceback(tmp_path: Path, place: str) -> None:
    text = told(tmp_path / place)
    assert "Stops a build: The raw table orders is missing: put orders.csv" in text
    assert "Nothing stops a build" not in text
    assert "macro" not in text
