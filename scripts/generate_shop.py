"""Make an invented online shop: one file per raw table; in Parquet, one file of events per day.

The shop is made by the SQL in `scripts/shop`: first working tables (who the people are, what they
buy, when they look around), then one query per raw table. Every draw follows from (seed, name of
the draw, row number), never from `random()`: the same options give the same bytes on any number of
threads.

How people behave: each buyer has an own purchase rate (gamma distributed), may be gone for good
after any order (beta distributed), and has an own level of spending (log-normal). People, names,
addresses and products are invented; e-mails end in example.com, .org or .net; phone numbers come
from the ranges that regulators reserve for fiction.

    python scripts/generate_shop.py --out sample_shop
    python scripts/generate_shop.py --out big_shop --contacts 1000000 --orders-per-contact 5 \
        --events-per-contact 20 --format parquet

The first line makes the committed sample; the second makes 1 million contacts, about 5 million
orders, 9.5 million lines and 20 million events.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from statistics import NormalDist
from zoneinfo import ZoneInfo

import duckdb

FOLDER = Path(__file__).parent / "shop"
SCRIPTS = ["draws", "people", "orders", "sessions", "messages"]
SCRIPTS += ["raw_contacts", "raw_sales", "raw_messages", "raw_events"]
TIME_ZONE = ZoneInfo("Europe/Paris")
BUYER_SHARE = 0.7
ARRIVAL_POWER = 0.85  # below 1: more people arrive late, the shop grows
FORMATS = {
    "csv": "format csv, header",
    "csv.gz": "format csv, header, compression gzip",
    "parquet": "format parquet, compression zstd, dictionary_size_limit 1000",
}


@dataclass(frozen=True)
class Options:
    """What to make; the fields are the command line's options."""

    out: Path
    contacts: int = 2000
    seed: int = 7
    years: int = 2
    end: date = date(2025, 6, 30)
    dirt_rate: float = 0.01
    format: str = "csv"
    orders_per_contact: float = 2.5
    events_per_contact: float = 26.0
    shuffle_seed: int | None = None
    gzip: tuple[str, ...] = ("events", "message_events")
    threads: int = 2
    memory_limit: str = "6GB"

    @property
    def first_day(self) -> date:
        """Whole months: the first one begins after the last day's month, `years` years ago."""
        in_first_month = self.end.replace(day=1) + timedelta(31)
        return date(in_first_month.year - self.years, in_first_month.month, 1)


def dirt() -> dict[str, list[tuple[str, dict[str, str]]]]:
    """Return what may be wrong with a raw table's row: (reason, broken value in SQL by column)."""
    rules: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for line in (FOLDER / "dirt.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            table, reason, *changes = line.split(maxsplit=2)
            pairs = [change.split(" = ", 1) for part in changes for change in part.split(" & ")]
            rules.setdefault(table, []).append((reason, dict(pairs)))
    return rules


def dropout_shape(orders_per_buyer: float) -> float:
    """Return b of the distribution Beta(1, b) of the dropout after an order.

    At the default half of the buyers buy once; a shop with more orders keeps its buyers longer.
    """
    return 1.3 * (orders_per_buyer / 3.57) ** 1.6


def rate_scale(orders_per_buyer: float, days: int) -> float:
    """Return the scale of the purchase rates (orders a day) that gives a mean number of orders.

    A buyer of rate r, dropout p and t days left after the first order is expected to place
    1 + (1 - p)(1 - exp(-r p t)) / p orders; averaged here over the distributions of the three.
    """
    normal, shape = NormalDist(), dropout_shape(orders_per_buyer)
    rates = [normal.inv_cdf((i + 0.5) / 120) ** 2 / 2 for i in range(60, 120)]
    dropouts = [1 - (1 - (i + 0.5) / 60) ** (1 / shape) for i in range(60)]
    lefts = [days * (1 - ((i + 0.5) / 8) ** ARRIVAL_POWER) for i in range(8)]
    cells = [(r * t, p) for r in rates for t in lefts for p in dropouts]
    low, high = -10.0, 4.0  # logarithms
    for _ in range(16):
        middle = (low + high) / 2
        more = sum((1 - p) * (1 - math.exp(-math.exp(middle) * rt * p)) / p for rt, p in cells)
        if 1 + more / len(cells) < orders_per_buyer:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


def settings(options: Options) -> dict[str, object]:
    """Return what the SQL in `scripts/shop` asks of the options: name of a macro, its value."""
    days = (options.end - options.first_day).days + 1
    midnight = datetime.combine(options.end + timedelta(1), datetime.min.time(), TIME_ZONE)
    orders_per_buyer = options.orders_per_contact / BUYER_SHARE
    return {
        "seed": options.seed,
        "first_day": f"date '{options.first_day}'",
        "last_day": f"date '{options.end}'",
        "end_at": f"timestamp '{midnight.astimezone(ZoneInfo('UTC')):%Y-%m-%d %H:%M:%S}'",
        "shop_days": days,
        "horizon": days * 86400,
        "contact_count": options.contacts,
        "product_count": 8 * round(20 * max(1.0, options.contacts / 2000) ** 0.35),
        "max_orders": 512,  # of one person
        "buyer_share": BUYER_SHARE,
        "arrival_power": ARRIVAL_POWER,
        "rate_scale": repr(rate_scale(orders_per_buyer, days)),
        "dropout_power": repr(1 / dropout_shape(orders_per_buyer)),
        "events_wanted": repr(options.events_per_contact * options.contacts),
    }


class Shop:
    """One run: builds working tables in DuckDB, then writes the raw tables."""

    def __init__(self, options: Options, scratch: Path) -> None:
        """Open a database that spills to folder `scratch`; make working tables and raw views."""
        self.options, self.dirt, self.began = options, dirt(), time.monotonic()
        self.db = duckdb.connect(
            config={
                "threads": options.threads,
                "memory_limit": options.memory_limit,
                "temp_directory": str(scratch),
                "asof_loop_join_threshold": 0,  # else its guess of few rows makes it loop
            }
        )
        for name, value in settings(options).items():
            self.db.execute(f"create macro {name}() as {value}")
        for script in SCRIPTS:
            self.db.execute((FOLDER / f"{script}.sql").read_text("utf-8"))
            self.log(script)

    def log(self, text: str) -> None:
        """Write one progress line to the error stream."""
        print(f"[{time.monotonic() - self.began:7.1f} s] {text}", file=sys.stderr, flush=True)

    def rows(self, table: str, low: date = date.min, high: date = date.max) -> str:
        """Return SQL of a raw table with its deliberate dirt, in the order of writing.

        Arguments: low and high, the first UTC day of the events and the day after the last one.
        """
        source = f"events_between(date '{low}', date '{high}')" if table == "events" else table
        rules, rate, draw = self.dirt[table], self.options.dirt_rate, f"u('dirt {table}', row_no)"
        dirty = f"if({draw} < {rate!r}, 1 + floor({draw} / {rate!r} * {len(rules)})::int, 0)"
        columns = []
        for column, *_ in self.db.cursor().execute(f"describe from {source}").fetchall():
            cases = "".join(
                f"when dirt = {number} and copy >= {int(reason == 'duplicate')} then {broken} "
                for number, (reason, changes) in enumerate(rules, 1)
                if (broken := changes.get(column))
            )
            columns.append(f"case {cases}else {column} end as {column}" if cases else column)
        twice = ", ".join(str(n) for n, (reason, _) in enumerate(rules, 1) if reason == "duplicate")
        order = "sort_at, row_no, copy"
        if self.options.shuffle_seed is not None:
            shuffle = f"shuffle {table} {self.options.shuffle_seed}"
            order = f"u('{shuffle}', row_no * 2 + copy), row_no, copy"
        return f"""
            with marked as (select *, {dirty if rate else 0} as dirt from {source}),
            copied as (select *, unnest(if(dirt in ({twice}), [0, 1], [0])) as copy from marked)
            select {", ".join(columns)} from copied order by {order}
        """

    def write(self, db: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
        """Write rows to a file, over a connection of the thread's own."""
        how = FORMATS[path.name.split(".", 1)[1]]
        db.execute(f"copy (select * exclude (row_no, sort_at) from ({rows})) to '{path}' ({how})")

    def write_table(self, table: str) -> None:
        """Write a raw table to one file."""
        o = self.options
        ending = o.format + (".gz" if o.format == "csv" and table in o.gzip else "")
        self.write(self.db.cursor(), self.rows(table), o.out / f"{table}.{ending}")
        self.log(f"wrote {table}")

    def write_days(self, spans: list[tuple[date, date, date]]) -> None:
        """Write the events of each UTC day to a file; arguments: spans, of (day, from, before)."""
        db = self.db.cursor()
        rows = self.rows("events", spans[0][1], spans[-1][2])
        db.execute(f"create temp table of_month as {rows}")
        for day, low, high in spans:
            of_day = f"from of_month where sort_at >= date '{low}' and sort_at < date '{high}'"
            self.write(db, of_day, self.options.out / "events" / f"{day}.parquet")
        db.close()
        self.log(f"wrote events of {spans[0][0]:%Y-%m}")

    def write_all(self) -> None:
        """Write every raw table; in Parquet, events to a file per UTC day, a month at a time."""
        first, count = self.options.first_day, (self.options.end - self.options.first_day).days
        days = [first + timedelta(n) for n in range(count + 1)]
        # nothing may fall outside the first and the last day
        spans = zip(days, [date.min, *days[1:]], [*days[1:], date.max], strict=True)
        by_day = self.options.format == "parquet"
        with ThreadPoolExecutor(self.options.threads) as pool:
            tables = [table for table in self.dirt if not (by_day and table == "events")]
            jobs = [pool.submit(self.write_table, table) for table in tables]
            if by_day:
                (self.options.out / "events").mkdir()
                for _, month in groupby(spans, lambda span: span[0].replace(day=1)):
                    jobs.append(pool.submit(self.write_days, list(month)))
            for job in jobs:
                job.result()


def generate(options: Options) -> None:
    """Make a shop in folder `options.out`; raw tables that are there already are replaced."""
    options.out.mkdir(parents=True, exist_ok=True)
    for table in dirt():
        for old in [options.out / table, *options.out.glob(f"{table}.*")]:
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=options.out) as scratch:
        shop = Shop(options, Path(scratch))
        shop.write_all()
        shop.db.close()


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and make the shop."""
    default = Options(out=Path())
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the raw tables")
    parser.add_argument("--contacts", type=int, default=default.contacts)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--years", type=int, default=default.years)
    parser.add_argument("--end", type=date.fromisoformat, default=default.end, help="last day")
    parser.add_argument(
        "--dirt-rate", type=float, default=default.dirt_rate, help="share of rows made dirty"
    )
    parser.add_argument("--format", choices=list(FORMATS), default=default.format)
    parser.add_argument("--orders-per-contact", type=float, default=default.orders_per_contact)
    parser.add_argument("--events-per-contact", type=float, default=default.events_per_contact)
    parser.add_argument("--shuffle-seed", type=int, help="write the same rows in another order")
    parser.add_argument(
        "--gzip", nargs="*", default=default.gzip, metavar="TABLE", help="tables to compress"
    )
    parser.add_argument("--threads", type=int, default=default.threads)
    parser.add_argument("--memory-limit", default=default.memory_limit, help="of DuckDB")
    values = vars(parser.parse_args(arguments))
    generate(Options(**{**values, "gzip": tuple(values["gzip"])}))


if __name__ == "__main__":
    main()
