"""Orders in the reporting currency, with their lines, refunds and validity."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from .entities import Line, Order, local_day
from .raw import EXACT, Row, money
from .settings import Settings
from .staging import Staged


def value_orders(
    staged: Staged,
    order_rows: list[Row],
    refund_rows: list[Row],
    settings: Settings,
    zone: ZoneInfo,
) -> list[Order]:
    """Value every order up to D; its person is filled in later."""
    rates = defaultdict(list)
    for row in staged.tables["exchange_rates"]:
        if row["rate"] > 0:
            rates[row["currency"]].append((row["rate_on"], row["rate"]))
    refunds = defaultdict(list)
    for row in refund_rows:
        refunds[row["order_id"]].append(row["amount"])
    # the order's own sum counts where there is no refund, not even one after D
    with_refunds = {row["order_id"] for row in staged.tables["refunds"]}
    for row in order_rows:
        if row["refunded_amount"] is not None and row["order_id"] not in with_refunds:
            refunds[row["order_id"]].append(row["refunded_amount"])
    products = {row["product_id"]: row for row in staged.tables["products"]}
    lines = defaultdict(list)
    for row in sorted(staged.tables["order_lines"], key=lambda r: r["order_line_id"]):
        lines[row["order_id"]].append(row)
    orders = []
    for row in order_rows:
        ordered_on = local_day(row["ordered_at"], zone)
        if row["currency"] == settings.reporting_currency:
            rate = Decimal(1)
        else:
            rate = max(pair for pair in rates[row["currency"]] if pair[0] <= ordered_on)[1]
        discount = row["discount_amount"] or Decimal(0)
        own_refunds = refunds[row["order_id"]]
        with localcontext(EXACT):
            own_value = row["subtotal_amount"] - discount
            own_refunded = sum(own_refunds, Decimal(0))
            refunded_away = own_refunded > 0 and own_refunded >= own_value
            is_valid = row["status"] in settings.valid_order_statuses and not refunded_away
            gross_amount = money(row["subtotal_amount"], rate)
            discount_amount = money(discount, rate)
            value = gross_amount - discount_amount
            refund_amount = sum((money(amount, rate) for amount in own_refunds), Decimal(0))
            net = value - refund_amount if is_valid else Decimal(0)
        orders.append(
            Order(
                order_id=row["order_id"],
                person_id=None,
                ordered_at=row["ordered_at"],
                ordered_on=ordered_on,
                status=row["status"],
                currency=row["currency"],
                is_valid=is_valid,
                gross_amount=gross_amount,
                discount_amount=discount_amount,
                order_value_amount=value,
                refund_amount=refund_amount,
                net_revenue_amount=net,
                row=row,
                lines=[_line(line, products, rate) for line in lines[row["order_id"]]],
            )
        )
    return orders


def _line(row: Row, products: dict[str, Row], rate: Decimal) -> Line:
    product = products.get(row["product_id"])
    with localcontext(EXACT):
        own_amount = row["quantity"] * row["unit_price"] - (row["discount_amount"] or 0)
    return Line(
        product_id=row["product_id"] if product else None,
        product=product,
        quantity=row["quantity"],
        amount=money(own_amount, rate),
        row=row,
    )
