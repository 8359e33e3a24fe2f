"""Write the sample shop as the exports of a system would have it: what is clean of it.

.venv/bin/python scripts/sample_exports.py shopify_csv warehouse/shopify_csv

A third argument is how many times its orders are written, each time under other numbers.
"""

import shutil
import sys
from pathlib import Path

import duckdb

SAMPLE = Path(__file__).resolve().parents[1] / "sample_shop"
TIME = "strftime(try_cast({} as timestamptz), '%Y-%m-%d %H:%M:%S +0000')"
# the headers of an orders export, in its order
ORDER_HEADERS = """Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,
Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,
Shipping Method,Created at,
Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,
Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,
Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,
Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,
Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,
Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,
Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,
Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,
Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,
Payment ID,Payment Terms Name,Next Payment Due At,Payment References"""
PREPARED = f"""
create table products as
select distinct on (product_id)
    product_id,
    product_name || coalesce(' ' || product_id, '') as title,
    category,
    try_cast(unit_price as decimal(12, 2)) as price,
    try_cast(unit_cost as decimal(12, 2)) as cost,
    try_cast(stock_quantity as integer) as stock
from raw_products
where product_name is not null and unit_price ~ '^[0-9.]+$'
order by product_id, updated_at desc;

create table customers as
select distinct on (customer_id) *
from raw_customers
where email like '%_@_%._%'
order by customer_id, updated_at desc;

create table orders as
select
    orders.order_id,
    '#' || (1000 + row_number() over (order by orders.ordered_at, orders.order_id)) as name,
    lower(coalesce(orders.email, customers.email)) as email,
    case when orders.email is null and customers.email is null then orders.phone end as phone,
    {TIME.format("orders.ordered_at")} as created_at,
    lower(trim(orders.status)) as status,
    cast(orders.subtotal_amount as decimal(12, 2)) as subtotal,
    cast(coalesce(orders.discount_amount, '0') as decimal(12, 2)) as discount,
    abs(coalesce(try_cast(orders.shipping_amount as decimal(12, 2)), 0)) as shipping,
    coalesce(try_cast(orders.tax_amount as decimal(12, 2)), 0) as tax,
    orders.coupon_code,
    orders.payment_method,
    orders.shipping_method,
    orders.shipping_city,
    orders.shipping_country_code,
    case orders.sales_channel when 'store' then 'pos' else 'web' end as source
from (
    select distinct on (order_id) * from raw_orders order by order_id, updated_at desc
) as orders
left join customers on orders.customer_id = customers.customer_id
where
    orders.currency = 'EUR'
    and orders.subtotal_amount ~ '^[0-9.]+$'
    and coalesce(orders.discount_amount, '0') ~ '^[0-9.]+$'
    and try_cast(orders.ordered_at as timestamptz) is not null
    and orders.ordered_at < '2026'
    and coalesce(try_cast(orders.discount_amount as decimal(12, 2)), 0)
    <= try_cast(orders.subtotal_amount as decimal(12, 2));

create table lines as
select
    orders.name,
    row_number() over (partition by orders.name order by lines.order_line_id) as place,
    cast(lines.quantity as integer) as quantity,
    products.title || ' - M' as title,
    lines.product_id || '-M' as sku,
    cast(lines.unit_price as decimal(12, 2)) as price,
    coalesce(try_cast(lines.discount_amount as decimal(12, 2)), 0) as discount
from (
    select distinct on (order_line_id) * from raw_order_lines order by all
) as lines
inner join orders on lines.order_id = orders.order_id
inner join products on lines.product_id = products.product_id
where lines.quantity ~ '^[1-9][0-9]*$' and lines.unit_price ~ '^[0-9.]+$';

create table refunded as
select
    orders.name,
    {TIME.format("refunds.refunded_at")} as refunded_at,
    refunds.refunded_at as moment,
    round(
        cast(refunds.amount as decimal(12, 2))
        * (orders.subtotal - orders.discount + orders.shipping + orders.tax)
        / nullif(orders.subtotal - orders.discount, 0), 2
    ) as amount
from (select distinct on (refund_id) * from raw_refunds order by all) as refunds
inner join orders on refunds.order_id = orders.order_id
where refunds.amount ~ '^[0-9.]+$' and try_cast(refunds.refunded_at as timestamptz) is not null;

create table words as
select
    coalesce(customer_id, lower(email)) as owner,
    bool_or(channel = 'email' and lower(trim(status)) = 'opted_in') as email_yes,
    bool_or(channel = 'sms' and lower(trim(status)) = 'opted_in') as sms_yes,
    bool_or(source = 'newsletter') as by_newsletter
from (
    select distinct on (coalesce(customer_id, lower(email)), channel) *
    from raw_consents
    order by coalesce(customer_id, lower(email)), channel, changed_at desc
)
group by all;
"""
ORDERS = """
select
    orders.name as "Name",
    orders.email as "Email",
    orders.created_at as "Created at",
    'Sample' as "Vendor",
    coalesce(lines.quantity, 1) as "Lineitem quantity",
    coalesce(lines.title, 'Other') as "Lineitem name",
    coalesce(lines.price, orders.subtotal) as "Lineitem price",
    lines.sku as "Lineitem sku",
    coalesce(lines.discount, 0) as "Lineitem discount",
    {first}
from orders
left join lines on orders.name = lines.name
order by cast(substr(orders.name, 2) as integer) desc, coalesce(lines.place, 1)
"""
# on an order's first row only
FIRST = {
    "Financial Status": "case when orders.status in ('partially_refunded', 'refunded', 'voided',"
    " 'pending') then orders.status when orders.status = 'failed' then 'expired' else 'paid' end",
    "Fulfillment Status": "case when orders.status in ('delivered', 'completed', 'shipped')"
    " then 'fulfilled' else 'unfulfilled' end",
    "Currency": "'EUR'",
    "Subtotal": "orders.subtotal - orders.discount",
    "Shipping": "orders.shipping",
    "Taxes": "orders.tax",
    "Total": "orders.subtotal - orders.discount + orders.shipping + orders.tax",
    "Discount Code": "coalesce(orders.coupon_code,"
    " case when orders.discount > 0 then 'Custom discount' end)",
    "Discount Amount": "orders.discount",
    "Shipping Method": "orders.shipping_method",
    "Shipping City": "orders.shipping_city",
    "Shipping Country": "orders.shipping_country_code",
    "Cancelled at": "case when orders.status = 'cancelled' then orders.created_at end",
    "Payment Method": "orders.payment_method",
    "Refunded Amount": "coalesce((select sum(refunded.amount) from refunded"
    " where refunded.name = orders.name), 0)",
    "Phone": "orders.phone",
    "Source": "orders.source",
}
EXPORTS = {
    "customers_export": """
select
    '''' || (7000000000000 + row_number() over (order by customer_id)) as "Customer ID",
    first_name as "First Name",
    last_name as "Last Name",
    email as "Email",
    case when words.email_yes then 'yes' else 'no' end as "Accepts Email Marketing",
    null as "Default Address Company",
    null as "Default Address Address1",
    null as "Default Address Address2",
    city as "Default Address City",
    region as "Default Address Province Code",
    country_code as "Default Address Country Code",
    '''' || postal_code as "Default Address Zip",
    null as "Default Address Phone",
    '''' || phone as "Phone",
    case when words.sms_yes then 'yes' else 'no' end as "Accepts SMS Marketing",
    null as "Total Spent",
    null as "Total Orders",
    null as "Note",
    null as "Tax Exempt",
    case when words.by_newsletter then 'newsletter' end as "Tags"
from customers
left join words on customers.customer_id = words.owner
order by customer_id
""",
    "products_export": """
select
    lower(replace(title, ' ', '-')) as "Handle",
    title as "Title",
    null as "Body (HTML)",
    'Sample' as "Vendor",
    null as "Product Category",
    category as "Type",
    'Size' as "Option1 Name",
    'M' as "Option1 Value",
    product_id || '-M' as "Variant SKU",
    stock as "Variant Inventory Qty",
    price as "Variant Price",
    'false' as "Gift Card",
    cost as "Cost per item",
    'active' as "Status"
from products
order by product_id
""",
    "transactions_export": """
select
    null as "Order",
    name as "Name",
    'refund' as "Kind",
    'shopify_payments' as "Gateway",
    refunded_at as "Created At",
    'success' as "Status",
    amount as "Amount",
    'EUR' as "Currency",
    null as "Card Type"
from refunded
order by moment desc, name
""",
}


def write_shopify_csv(connection: duckdb.DuckDBPyConnection, folder: Path, times: int) -> None:
    """Write Shopify's exports; the orders in two files, as a large shop gets them.

    Arguments: connection (has the sample's tables as raw_<table>), folder (empty), times (that the
    orders are written).
    """
    connection.execute(PREPARED)
    first = ", ".join(
        f'case when coalesce(lines.place, 1) = 1 then {value} end as "{header}"'
        for header, value in FIRST.items()
    )
    connection.execute(f"create table exported as {ORDERS.format(first=first)}")
    connection.execute(
        "insert into exported select exported.* replace"
        ' (\'#\' || (cast(substr(exported."Name", 2) as bigint) + copies.n * 1000000) as "Name")'
        f" from exported cross join range(1, {times}) as copies (n)"
    )
    own = {row[0] for row in connection.execute("describe exported").fetchall()}
    headers = [header.strip() for header in ORDER_HEADERS.replace("\n", " ").split(",")]
    columns = ", ".join(f'"{h}"' if h in own else f'null as "{h}"' for h in headers)
    [(rows,)] = connection.execute("select count(*) from exported").fetchall()
    for part, limits in ((1, f"limit {rows // 2}"), (2, f"offset {rows // 2}")):
        write(
            connection, f"select {columns} from exported {limits}", folder, f"orders_export_{part}"
        )
    for name, query in EXPORTS.items():
        write(connection, query, folder, f"{name}_1")


def write(connection: duckdb.DuckDBPyConnection, query: str, folder: Path, name: str) -> None:
    """Write a query's rows as a CSV."""
    connection.execute(f"copy ({query}) to '{folder / name}.csv' (header)")


WRITERS = {"shopify_csv": write_shopify_csv}


def write_exports(system: str, folder: Path, times: int = 1) -> None:
    """Write the sample shop as a system's exports into a folder, which is made anew.

    Arguments: system, folder, times (that the orders are written).
    Raises: SystemExit with a sentence where there is no such sample.
    """
    if system not in WRITERS:
        raise SystemExit(f"There is no sample of {system}: SOURCE is one of {', '.join(WRITERS)}.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set timezone = 'UTC'")
        for table in ("customers", "orders", "order_lines", "refunds", "products", "consents"):
            rows = f"read_csv('{SAMPLE / table}.csv', all_varchar=true)"
            connection.execute(f"create table raw_{table} as from {rows}")
        WRITERS[system](connection, folder, times)


if __name__ == "__main__":
    write_exports(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
