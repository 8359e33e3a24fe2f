"""What a folder of raw files would become, before anything is built."""

import os
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
    assert "unknown_status: 1 of orders: add order statuses to valid_order_statuses" in text
    assert "unknown_currency: 1 of orders: hand over exchange_rates" in text
    assert "orders has nothing in email, discount_amount" in text
    assert "Nothing stops a build" in text
    assert sorted((check_raw.PROJECT / "warehouse").rglob("*")) == before


@pytest.mark.parametrize("place", ["nowhere", ""])
def test_what_would_stop_a_build_is_said_without_a_traceback(tmp_path: Path, place: str) -> None:
    text = told(tmp_path / place)
    assert "Stops a build: The raw table orders is missing: put orders.csv" in text
    assert "Nothing stops a build" not in text
    assert "macro" not in text
