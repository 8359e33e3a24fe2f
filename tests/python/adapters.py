"""Source adapters for two public data sets: each writes a raw folder of the raw contract.

They show what a shop's own adapter does: names, types and identifiers are mapped here, once, and
nothing below the raw folder knows the source. The SQL is DuckDB's.
"""

from pathlib import Path

import duckdb

CDNOW_TIME_ZONE = "America/New_York"

# Service codes of the Online Retail export. Carriage is shipping, which is not part of an order's
# value; the others are billed like goods.
CARRIAGE_CODES = ("POST", "C2", "DOT")
SERVICE_CODES = (*CARRIAGE_CODES, "M", "D", "S", "AMAZONFEE", "BANK CHARGES")

# Countries as the export spells them. "Channel Islands" has no code of its own: it stays unknown.
COUNTRY_CODES = {
    "Australia": "AU",
    "Belgium": "BE",
    "Denmark": "DK",
    "EIRE": "IE",
    "France": "FR",
    "Germany": "DE",
    "Iceland": "IS",
    "Italy": "IT",
    "Japan": "JP",
    "Lithuania": "LT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "Spain": "ES",
    "Switzerland": "CH",
    "United Kingdom": "GB",
}


def write_cdnow(source: Path, raw_folder: Path) -> None:
    """Write CDNOW's purchases as the raw tables `orders` and `customers`.

    An order is a row of the sample, numbered from 1: the source has no order id, and its equal rows
    are separate orders. The source knows only the day, so every order is put at 21:00 in New York,
    which is already the next day in UTC: taking the UTC day for the local day is found out.

    Args:
        source: the sample, a CSV file with one row per purchase; amounts in USD.
        raw_folder: existing folder that receives `orders.csv` and `customers.csv`.

    Raises:
        duckdb.Error: the source cannot be read or lacks a column.
    """
    with duckdb.connect() as con:
        con.execute(
            """
            create table orders as
            select
                cast(row_number() over () as varchar) as order_id,
                sample_customer_id as customer_id,
                timezone(
                    'UTC', timezone($zone, cast(order_date as timestamp) + interval 21 hours)
                ) as ordered_at,
                'completed' as status,
                'USD' as currency,
                dollar_value as subtotal_amount
            from read_csv($source, all_varchar = true)
            """,
            {"zone": CDNOW_TIME_ZONE, "source": str(source)},
        )
        _write_csv(con, "from orders", raw_folder / "orders.csv")
        _write_csv(
            con,
            "select customer_id, min(ordered_at) as created_at from orders group by customer_id",
            raw_folder / "customers.csv",
        )


def write_online_retail_day(source_folder: Path, day: str, raw_folder: Path) -> None:
    """Write one day of the Online Retail export as one CSV file per raw table.

    An invoice becomes an order with its lines. A line of a cancellation (invoice `C…`) becomes a
    refund of the customer's newest earlier order that sold at least that quantity of the product at
    that price, as long as all returns matched this way do not exceed what was sold; every other
    cancelled line becomes a refund of the cancellation itself, which is not an order, so that the
    project sets it aside as an orphan. The files of earlier days are read to find those orders and
    to write each customer and product once, on its first day; later days never change a day's
    files.

    Args:
        source_folder: the export, one file `YYYY-MM-DD.csv` per trading day; amounts in GBP, times
            of day in the United Kingdom (which are UTC on these winter days).
        day: the day to write, `YYYY-MM-DD`.
        raw_folder: existing folder that receives `<table>/<day>.csv` for the tables `customers`,
            `orders`, `order_lines`, `refunds` and `products`.

    Raises:
        FileNotFoundError: the export has no file of that day.
        duckdb.Error: a file cannot be read, lacks a column or holds a value of another type.
    """
    if not (source_folder / f"{day}.csv").exists():
        raise FileNotFoundError(source_folder / f"{day}.csv")
    with duckdb.connect() as con:
        _read_online_retail(con, source_folder, day)
        for table, query in _ONLINE_RETAIL_TABLES.items():
            folder = raw_folder / table
            folder.mkdir(exist_ok=True)
            _write_csv(con, query.format(day=day), folder / f"{day}.csv")


def _read_online_retail(con: duckdb.DuckDBPyConnection, source_folder: Path, day: str) -> None:
    """Create the views that the raw tables are read from, out of the files up to that day."""
    con.execute(
        """
        create table source_lines (
            line_id varchar, day varchar, invoice_id varchar, is_cancelled boolean,
            product_id varchar, product_name varchar, quantity bigint,
            unit_price decimal(18, 6), invoiced_at timestamp, customer_id varchar, country varchar
        )
        """
    )
    for file in sorted(source_folder.glob("*.csv")):
        if file.stem > day:
            break
        con.execute(
            """
            insert into source_lines
            select
                $day || '-' || lpad(cast(row_number() over () as varchar), 5, '0'),
                $day,
                InvoiceNo,
                InvoiceNo like 'C%',
                upper(StockCode),
                trim(Description),
                cast(Quantity as bigint),
                cast(UnitPrice as decimal(18, 6)),
                cast(InvoiceDate as timestamp),
                regexp_replace(CustomerID, '[.]0$', ''),
                Country
            from read_csv($file, all_varchar = true)
            """,
            {"day": file.stem, "file": str(file)},
        )
    con.execute("create table countries (country varchar, country_code varchar)")
    con.executemany("insert into countries values (?, ?)", list(COUNTRY_CODES.items()))
    con.execute(
        f"""
        create view invoices as
        select
            invoice_id as order_id,
            day,
            customer_id,
            min(invoiced_at) as ordered_at,
            coalesce(
                sum(quantity * unit_price) filter (product_id not in {CARRIAGE_CODES}), 0
            ) as subtotal_amount,
            coalesce(
                sum(quantity * unit_price) filter (product_id in {CARRIAGE_CODES}), 0
            ) as shipping_amount
        from source_lines
        where not is_cancelled
        group by invoice_id, day, customer_id;

        create view sold as
        select
            invoices.order_id,
            invoices.customer_id,
            invoices.ordered_at,
            source_lines.product_id,
            source_lines.unit_price,
            sum(source_lines.quantity) as quantity
        from source_lines
        inner join invoices on source_lines.invoice_id = invoices.order_id
        where source_lines.product_id not in {CARRIAGE_CODES}
        group by all;

        create view returned as
        with candidates as (
            select
                source_lines.*,
                sold.order_id,
                sold.quantity as sold_quantity,
                row_number() over (
                    partition by source_lines.line_id
                    order by sold.ordered_at desc, sold.order_id desc
                ) as nth
            from source_lines
            left join sold
                on
                    source_lines.customer_id = sold.customer_id
                    and source_lines.product_id = sold.product_id
                    and source_lines.unit_price = sold.unit_price
                    and source_lines.invoiced_at >= sold.ordered_at
                    and -source_lines.quantity <= sold.quantity
            where source_lines.is_cancelled
        )

        select
            *,
            sum(-quantity) over (
                partition by order_id, product_id, unit_price
                order by invoiced_at, line_id
                rows unbounded preceding
            ) <= sold_quantity as is_covered
        from candidates
        where nth = 1;
        """
    )


_ONLINE_RETAIL_TABLES = {
    "customers": """
        select
            source_lines.customer_id,
            any_value(countries.country_code) as country_code,
            min(source_lines.invoiced_at) as created_at
        from source_lines
        left join countries on source_lines.country = countries.country
        where source_lines.customer_id is not null
        group by source_lines.customer_id
        having min(source_lines.day) = '{day}'
        order by source_lines.customer_id
    """,
    "orders": """
        select
            order_id, customer_id, ordered_at, 'completed' as status, 'GBP' as currency,
            subtotal_amount, shipping_amount
        from invoices
        where day = '{day}'
        order by order_id
    """,
    "order_lines": """
        select line_id as order_line_id, invoice_id as order_id, product_id, quantity, unit_price
        from source_lines
        where day = '{day}' and not is_cancelled
        order by line_id
    """,
    "refunds": """
        select
            line_id as refund_id,
            case when is_covered then order_id else invoice_id end as order_id,
            invoiced_at as refunded_at,
            -quantity * unit_price as amount
        from returned
        where day = '{day}'
        order by line_id
    """,
    "products": f"""
        select
            product_id,
            min_by(product_name, line_id) as product_name,
            case when product_id in {SERVICE_CODES} then 'service' end as category
        from source_lines
        group by product_id
        having min(day) = '{{day}}'
        order by product_id
    """,
}


def _write_csv(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Write a query's rows to a CSV file of the raw contract (comma, double quotes, header)."""
    con.sql(query).write_csv(str(file), header=True)
