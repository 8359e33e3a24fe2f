"""The project on two public data sets: CDNOW and nine days of Online Retail.

The expectations come from a second reading of the source rows in plain Python (`*_reading`), judged
as the oracle judges purchases, from published facts of the data, and from contacts followed by
hand. None of them uses the project's SQL or the adapters'. The data are found through the
environment variable SHARED_DATA; without it these tests are skipped.
"""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from shutil import copy
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import duckdb
import pytest
from adapters import CARRIAGE_CODES, CDNOW_TIME_ZONE, write_cdnow, write_online_retail_day
from oracle.settings import Settings
from oracle.stages import STAGES, gaps_of, limits, settled_day, stage_on

Build = Callable[..., duckdb.DuckDBPyConnection]

CDNOW_VARS = {
    "reporting_time_zone": CDNOW_TIME_ZONE,
    "reporting_currency": "USD",
    "loaded_until": "1998-07-02 00:00:00",
}
RETAIL_VARS = {
    "as_of": "latest",
    "reporting_time_zone": "Europe/London",
    "reporting_currency": "GBP",
    "loaded_until": "2010-12-11 00:00:00",
    "unproposed_categories": ["service"],
}
CDNOW_COLUMNS = itemgetter("sample_customer_id", "order_date", "dollar_value")
AFFINITY_MIN_BUYERS, AFFINITY_TOP = 10, 20
CALIBRATION_END = date(1997, 9, 30)
CDNOW_END = date(1998, 6, 30)
RETAIL_DAYS = [f"2010-12-{day:02}" for day in (1, 2, 3, 5, 6, 7, 8, 9, 10)]

# --- the lifecycle, day by day -----------------------------------------------------------------


@dataclass(frozen=True)
class Lifecycle:
    """A contact's stage and what it rests on; a and i are the days A and I of the definition."""

    stage: str
    evidence: int
    expires_on: date | None = None
    gaps: tuple[int, ...] = ()
    a: int | None = None
    i: int | None = None
    days_since: int | None = None


def mean_gap(purchases: Iterable[list[date]]) -> Fraction | None:
    """Return m, in days: the mean of all persons' gaps; none where nobody bought twice."""
    gaps = [gap for days in purchases for gap in gaps_of(days)]
    return Fraction(sum(gaps), len(gaps)) if gaps else None


def lifecycles(purchases: dict[str, list[date]], as_of: date) -> dict[str, Lifecycle]:
    """Return every contact's lifecycle at a day; later purchases are not looked at."""
    known = {who: [day for day in days if day <= as_of] for who, days in purchases.items()}
    m = mean_gap(known.values())
    world = SimpleNamespace(settings=Settings(), day=as_of, mean_gap=m, kept={})
    return {who: lifecycle(world, days) for who, days in known.items()}


def lifecycle(world: SimpleNamespace, days: list[date]) -> Lifecycle:
    """Return the stage of a contact with these purchases, and the first day of another one."""
    facts = SimpleNamespace(purchases=days)
    stage, evidence = stage_on(world, facts, world.day)
    if len(days) < 2:
        return Lifecycle(stage, evidence)
    ahead = range(1, (settled_day(world, facts) - world.day).days + 1)
    later = (world.day + timedelta(n) for n in ahead)
    end = next((day for day in later if stage_on(world, facts, day)[0] != stage), None)
    since = (world.day - days[-1]).days
    return Lifecycle(stage, evidence, end, tuple(gaps_of(days)), *limits(world, days), since)


def stage_sizes(expected: dict[str, Lifecycle]) -> tuple[int, ...]:
    """Return the numbers of contacts in the six stages, in their order."""
    sizes = Counter(contact.stage for contact in expected.values())
    return tuple(sizes[stage] for stage in STAGES)


def assert_lifecycle(
    con: duckdb.DuckDBPyConnection,
    expected: dict[str, Lifecycle],
    evidence_at: dict[str, datetime],
) -> None:
    """Assert that the built stages hold exactly these contacts, with evidence and end."""
    for stage in STAGES:
        columns = "person_id, segment_value, evidence, evidence_at, expires_on"
        assert rows(con, f"select {columns} from segments.{stage} order by all") == sorted(
            (f"c:{who}", "", Decimal(contact.evidence), evidence_at[who], contact.expires_on)
            for who, contact in expected.items()
            if contact.stage == stage
        ), stage
    staged = rows(con, "select person_id, stage from core.people where is_contact")
    assert dict(staged) == {f"c:{who}": contact.stage for who, contact in expected.items()}


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    """Return the rows of a query."""
    return con.sql(query).fetchall()


def shared_file(*parts: str) -> Path:
    """Return a file or folder of the shared data; skip without SHARED_DATA, fail if missing."""
    if not os.environ.get("SHARED_DATA"):
        pytest.skip("SHARED_DATA is not set")
    path = Path(os.environ["SHARED_DATA"], *parts)
    assert path.exists(), f"SHARED_DATA lacks {'/'.join(parts)}"
    return path


# --- CDNOW -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cdnow_orders() -> list[tuple[str, date, Decimal]]:
    """The plain reading of the sample as published: customer, day and amount of every row."""
    with shared_file("cdnow", "cdnow_sample.csv").open(newline="") as file:
        read = map(CDNOW_COLUMNS, csv.DictReader(file))
        return [(who, date.fromisoformat(day), Decimal(amount)) for who, day, amount in read]


@pytest.fixture(scope="module")
def cdnow_purchases(cdnow_orders: list[tuple[str, date, Decimal]]) -> dict[str, list[date]]:
    """Per customer the distinct days with a row."""
    days = defaultdict(set)
    for who, day, _ in cdnow_orders:
        days[who].add(day)
    return {who: sorted(found) for who, found in days.items()}


@pytest.fixture(scope="module")
def cdnow_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw folder that the adapter makes of it."""
    folder = tmp_path_factory.mktemp("cdnow")
    write_cdnow(shared_file("cdnow", "cdnow_sample.csv"), folder)
    return folder


def assert_cdnow_lifecycle(
    con: duckdb.DuckDBPyConnection, purchases: dict[str, list[date]], as_of: date
) -> None:
    """Assert that the stages are the reading's; each last order is at 21:00 in New York."""
    evidence_at = {}
    for who, days in purchases.items():
        last = max(day for day in days if day <= as_of)
        local = datetime.combine(last, time(21), ZoneInfo(CDNOW_TIME_ZONE))
        evidence_at[who] = local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    assert_lifecycle(con, lifecycles(purchases, as_of), evidence_at)


# Followed by hand at 1997-09-30, where m = 112949 days / 2457 gaps = 45.9703 (2m = 91.9406):
CDNOW_BY_HAND = {
    # 3 purchases, gaps 29 + 128: e = (157 + 91.9406) / 4 = 62.235, A = ⌈93.35⌉ = 94,
    # I = ⌈186.71⌉ = 187. Last on 29 June, 93 days ago: the last day before A.
    "0543": Lifecycle("repeat_customers", 3, date(1997, 10, 1), (29, 128), 94, 187, 93),
    # 4 purchases, gaps 140 + 37 + 4: e = (181 + 91.9406) / 5 = 54.588, A = ⌈81.88⌉ = 82,
    # I = ⌈163.76⌉ = 164. Last on 24 August, 37 days ago; the three since 14 July lie in the
    # 90 days, and the first of them leaves these on 12 October, before A is reached on 14 November.
    "1502": Lifecycle("loyal_customers", 3, date(1997, 10, 12), (140, 37, 4), 82, 164, 37),
    # 5 purchases, gaps 64 + 15 + 27 + 46: e = (152 + 91.9406) / 6 = 40.657, A = ⌈60.99⌉ = 61,
    # I = ⌈121.97⌉ = 122. Last on 31 July, 61 days ago: the day of A itself.
    "1639": Lifecycle("at_risk_customers", 61, date(1997, 11, 30), (64, 15, 27, 46), 61, 122, 61),
    # 2 purchases, gap 52: e = (52 + 91.9406) / 3 = 47.980, A = ⌈71.97⌉ = 72, I = ⌈143.94⌉ = 144.
    # Last on 10 May, 143 days ago: the last day before I.
    "2199": Lifecycle("at_risk_customers", 143, date(1997, 10, 1), (52,), 72, 144, 143),
    # 2 purchases, gap 82: e = (82 + 91.9406) / 3 = 57.980, A = ⌈86.97⌉ = 87, I = ⌈173.94⌉ = 174.
    # Last on 9 April, 174 days ago: the day of I itself.
    "0367": Lifecycle("inactive_customers", 174, None, (82,), 87, 174, 174),
}


def test_cdnow_reading(cdnow_purchases: dict[str, list[date]]) -> None:
    """The plain reading has the published facts, the stage sizes and the contacts followed."""
    known = [[day for day in days if day <= CALIBRATION_END] for days in cdnow_purchases.values()]
    assert mean_gap(known) == Fraction(112949, 2457)
    assert mean_gap(cdnow_purchases.values()) == Fraction(307464, 4339)
    early = lifecycles(cdnow_purchases, CALIBRATION_END)
    assert stage_sizes(early) == (0, 1411, 353, 61, 171, 361)
    assert stage_sizes(lifecycles(cdnow_purchases, CDNOW_END)) == (0, 1218, 394, 40, 212, 493)
    assert {who: early[who] for who in CDNOW_BY_HAND} == CDNOW_BY_HAND


def test_cdnow_at_the_end_of_calibration(
    fast_build: Build, cdnow_raw: Path, cdnow_purchases: dict[str, list[date]]
) -> None:
    """Repeat purchases, recency, age and stages at 1997-09-30 are the published ones."""
    con = fast_build(cdnow_raw, as_of=str(CALIBRATION_END), **CDNOW_VARS)
    people = rows(con, "select purchases, count(*) from core.people group by purchases")
    repeats = Counter()
    for purchases, customers in people:
        repeats[min(purchases - 1, 7)] += customers
    assert [repeats[x] for x in range(8)] == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert sum((purchases - 1) * customers for purchases, customers in people) == 2457
    assert sum(customers for purchases, customers in people if purchases > 1) == 946
    first_three = rows(
        con,
        f"""
        select
            person_id, purchases - 1, round((last_order_on - first_order_on) / 7, 3),
            round((date '{CALIBRATION_END}' - first_order_on) / 7, 3)
        from intermediate.int_person_features
        order by person_id
        limit 3
        """,
    )
    assert first_three == [
        ("c:0001", 2, 30.429, 38.857),
        ("c:0002", 1, 1.714, 38.857),
        ("c:0003", 0, 0, 38.857),
    ]
    assert_cdnow_lifecycle(con, cdnow_purchases, CALIBRATION_END)


def test_cdnow_at_its_end(
    fast_build: Build,
    cdnow_raw: Path,
    cdnow_orders: list[tuple[str, date, Decimal]],
    cdnow_purchases: dict[str, list[date]],
) -> None:
    """Each row is an order, also those that are alike or of nothing; stages are the reading's."""
    assert (len(cdnow_orders), len(set(cdnow_orders)), len(cdnow_purchases)) == (6919, 6898, 2357)
    assert sum(amount == 0 for *_, amount in cdnow_orders) == 8
    con = fast_build(cdnow_raw, as_of="latest", **CDNOW_VARS)
    assert rows(con, "select count(*) from staging.rejected_records") == [(0,)]
    columns = "person_id, ordered_on, order_value_amount"
    assert rows(con, f"select {columns} from core.orders where is_valid order by all") == sorted(
        (f"c:{who}", day, amount) for who, day, amount in cdnow_orders
    )
    assert dict(rows(con, "select person_id, purchases from core.people")) == {
        f"c:{who}": len(days) for who, days in cdnow_purchases.items()
    }
    assert_cdnow_lifecycle(con, cdnow_purchases, CDNOW_END)
    assert_cdnow_insights(con, cdnow_orders)


def assert_cdnow_insights(
    con: duckdb.DuckDBPyConnection, orders: list[tuple[str, date, Decimal]]
) -> None:
    """Assert what the best buyers and the first purchases of each month bring in."""
    spent, first, months = Counter(), {}, defaultdict(set)
    for who, day, amount in sorted(orders, key=itemgetter(1)):
        spent[who] += amount
        months[first.setdefault(who, day).replace(day=1), day.replace(day=1)].add(who)
    best = sorted(spent.values(), reverse=True)
    curve = [(n, sum(best[: -(-n * len(best) // 100)])) for n in range(1, 101)]
    columns = "percent, net_revenue_amount"
    assert rows(con, f"select {columns} from insights.pareto_curve order by 1") == curve
    # the best tenth, the best fifth, and those who bring four fifths
    columns = "select percent, share_of_net_revenue from insights.pareto_curve"
    shown = rows(con, f"{columns} where percent in (10, 20) or is_80_percent order by 1")
    shares = ((10, "0.5081"), (20, "0.6746"), (33, "0.8004"))
    assert shown == [(percent, Decimal(share)) for percent, share in shares]
    # nobody is new after March; a month in which none of them buys would have a row as well
    columns = "cohort_month, cast(cohort_month + to_months(months_since) as date), buyers"
    assert rows(con, f"select {columns}::integer from insights.cohorts order by all") == sorted(
        (begun, month, len(people)) for (begun, month), people in months.items()
    )
    assert [len(months[date(1997, month, 1), date(1997, month, 1)]) for month in (1, 2, 3)] == [
        *(781, 857, 719)
    ]


# --- Online Retail -----------------------------------------------------------------------------


@dataclass
class Retail:
    """The plain reading of the first days of the export.

    `outcomes` counts the source lines and invoices by where they must end (OUTCOMES); `value` and
    `refunded` are in GBP per staged order, `bought` has a customer's days by product; `last_at` is
    each customer's last valid order, else its first line.
    """

    outcomes: Counter
    value: dict[str, Decimal]
    refunded: dict[str, Decimal]
    bought: dict[str, dict[str, set[date]]]
    purchases: dict[str, list[date]]
    last_at: dict[str, datetime]


def retail_reading(source: Path, last_day: str) -> Retail:
    """Read the export's files up to a day, line by line, without SQL."""
    first_at: dict[str, datetime] = {}
    orders: dict[str, tuple[str, datetime]] = {}
    value, refunded = defaultdict(Decimal), defaultdict(Decimal)
    sold: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    outcomes, returned, cancelled, lines = Counter(), Counter(), [], set()
    for day in (day for day in RETAIL_DAYS if day <= last_day):
        with (source / f"{day}.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                invoice, product = row["InvoiceNo"], row["StockCode"].upper()
                customer = row["CustomerID"].removesuffix(".0")
                quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
                at = datetime.fromisoformat(row["InvoiceDate"])
                if customer:
                    first_at[customer] = min(at, first_at.get(customer, at))
                if invoice.startswith("C"):
                    cancelled.append((at, customer, product, price, -quantity))
                    continue
                outcomes["order_lines", "negative_amount" if quantity < 0 else ""] += 1
                orders[invoice] = customer, min(at, orders.get(invoice, (customer, at))[1])
                value[invoice] += 0 if product in CARRIAGE_CODES else quantity * price
                if quantity > 0:
                    lines.add((invoice, product))
                if customer and product not in CARRIAGE_CODES:
                    sold[customer, product, price][invoice] += quantity
    # A return belongs to the newest earlier order that sold enough of it. Times of the files
    # ascend, so that the order of reading is the order of time.
    for at, customer, product, price, quantity in cancelled:
        found = [
            (orders[invoice][1], invoice)
            for invoice, units in sold.get((customer, product, price), {}).items()
            if units >= quantity and orders[invoice][1] <= at
        ]
        order = max(found)[1] if found else None
        returned[order, product, price] += quantity
        if order and returned[order, product, price] <= sold[customer, product, price][order]:
            refunded[order] += quantity * price
            outcomes["refunds", ""] += 1
        else:
            outcomes["refunds", "orphan_reference"] += 1
    valid_at, valid = defaultdict(list), set()
    for invoice, (customer, at) in orders.items():
        is_valid = refunded[invoice] < value[invoice] or value[invoice] == refunded[invoice] == 0
        if customer and is_valid:
            valid_at[customer].append(at)
            valid.add(invoice)
    bought = defaultdict(lambda: defaultdict(set))
    for invoice, product in lines:
        if invoice in valid:
            customer, at = orders[invoice]
            bought[customer][product].add(at.date())
    outcomes["orders", ""] = len(orders)
    return Retail(
        outcomes=outcomes,
        value=value,
        refunded=refunded,
        bought=bought,
        purchases={who: sorted({at.date() for at in valid_at[who]}) for who in first_at},
        last_at={who: max(valid_at[who], default=at) for who, at in first_at.items()},
    )


# Followed by hand at 2010-12-10, where m = 371 days / 95 gaps = 3.9053 (2m = 7.8105):
RETAIL_BY_HAND = {
    # 2 purchases, 1 and 5 December: e = (4 + 7.8105) / 3 = 3.937, A = ⌈5.91⌉ = 6, I = ⌈11.81⌉ = 12.
    # 5 days ago: the last day before A.
    "15235": Lifecycle("repeat_customers", 2, date(2010, 12, 11), (4,), 6, 12, 5),
    # Orders 537216 and 537217 on 5 December, 537407 on the 6th. 537217 was cancelled whole by
    # C537402 (167.20) and is not an order; C537406 cancels the same goods a second time and is set
    # aside. Still 2 purchases, as 537216 is of the 5th too: e = (1 + 7.8105) / 3 = 2.937,
    # A = ⌈4.41⌉ = 5, I = ⌈8.81⌉ = 9. 4 days ago: the last day before A.
    "15502": Lifecycle("repeat_customers", 2, date(2010, 12, 11), (1,), 5, 9, 4),
    # 8 purchases, on all trading days but the 3rd: gaps 1 + 3 + 5 × 1 = 9,
    # e = (9 + 7.8105) / 9 = 1.868, A = ⌈2.80⌉ = 3, I = ⌈5.60⌉ = 6. Bought today; time alone ends
    # it after A = 3 days.
    "12748": Lifecycle("loyal_customers", 8, date(2010, 12, 13), (1, 3, 1, 1, 1, 1, 1), 3, 6, 0),
    # 2 purchases, 3 and 5 December: e = (2 + 7.8105) / 3 = 3.270, A = ⌈4.91⌉ = 5, I = ⌈9.81⌉ = 10.
    # 5 days ago: the day of A itself.
    "12841": Lifecycle("at_risk_customers", 5, date(2010, 12, 15), (2,), 5, 10, 5),
    # 34 orders on two days, 1 and 2 December, which are 2 purchases: e = (1 + 7.8105) / 3 = 2.937,
    # A = 5, I = 9. 8 days ago: the last day before I.
    "17850": Lifecycle("at_risk_customers", 8, date(2010, 12, 11), (1,), 5, 9, 8),
}

# Pairs with most buyers of both, after nine days: the paper chains of the 1950s and the vintage
# ones, hand warmers with an owl and with a dog.
RETAIL_PAIRS = {("22086", "22910"): (89, 71, 45), ("22865", "22866"): (62, 66, 40)}
# Where a source line or an invoice must end; a rejected one has its reason.
OUTCOMES = (
    ("order_lines", ""),
    ("order_lines", "negative_amount"),  # stock corrections
    ("refunds", ""),
    ("refunds", "orphan_reference"),
    ("orders", ""),
)
# After each day: how many ended there.
RETAIL_COUNTS = {
    "2010-12-01": (3081, 1, 1, 25, 137),
    "2010-12-02": (5145, 2, 5, 65, 281),
    "2010-12-03": (7305, 30, 7, 77, 382),
    "2010-12-05": (10014, 30, 10, 90, 470),
    "2010-12-06": (13836, 37, 22, 127, 585),
    "2010-12-07": (16757, 45, 30, 153, 678),
    "2010-12-08": (19329, 47, 49, 207, 803),
    "2010-12-09": (22130, 64, 58, 271, 952),
    "2010-12-10": (24815, 67, 100, 299, 1036),
}
# After each day: m, and the six stages.
RETAIL_STAGES = {
    "2010-12-01": (None, (3, 95, 0, 0, 0, 0)),
    "2010-12-02": (Fraction(1), (18, 182, 6, 0, 0, 0)),
    "2010-12-03": (Fraction(13, 10), (21, 225, 8, 1, 0, 0)),
    "2010-12-05": (Fraction(33, 16), (20, 290, 7, 3, 3, 0)),
    "2010-12-06": (Fraction(73, 28), (26, 351, 15, 4, 3, 0)),
    "2010-12-07": (Fraction(128, 43), (29, 387, 27, 4, 5, 0)),
    "2010-12-08": (Fraction(204, 59), (33, 458, 36, 7, 5, 0)),
    "2010-12-09": (Fraction(319, 82), (49, 507, 53, 8, 5, 0)),
    "2010-12-10": (Fraction(371, 95), (47, 541, 54, 12, 6, 0)),
}
# Customers per country; the one of the Channel Islands has no code.
RETAIL_COUNTRIES = {
    "GB": 610, "DE": 16, "FR": 10, "PT": 5, "AU": 2, "ES": 2, "IE": 2, "IT": 2, "JP": 2,
    "": 1, "BE": 1, "CH": 1, "DK": 1, "IS": 1, "LT": 1, "NL": 1, "NO": 1, "PL": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def retail_source() -> Path:
    """The export's folder of daily files."""
    return shared_file("online_retail")


@pytest.fixture(scope="module")
def retail_raw(retail_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw folder after all nine days, one file per table and day."""
    folder = tmp_path_factory.mktemp("online_retail")
    for day in RETAIL_DAYS:
        write_online_retail_day(retail_source, day, folder)
    return folder


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(day, marks=[pytest.mark.full] if number % 4 else [])
        for number, day in enumerate(RETAIL_DAYS)
    ],
)
def test_online_retail_after_each_day(
    fast_build: Build, retail_source: Path, retail_raw: Path, tmp_path: Path, day: str
) -> None:
    """After each daily load, each line is staged or rejected for its reason, and stages hold."""
    for file in retail_raw.glob("*/*.csv"):
        if file.stem <= day:
            (tmp_path / file.parent.name).mkdir(exist_ok=True)
            copy(file, tmp_path / file.parent.name)
    con = fast_build(tmp_path, **RETAIL_VARS)
    reading = retail_reading(retail_source, day)
    assert reading.outcomes == dict(zip(OUTCOMES, RETAIL_COUNTS[day], strict=True))
    ends = " union all ".join(
        f"select '{table}' as raw_table, '' as reason from staging.stg_shop__{table}"
        for table in ("orders", "order_lines", "refunds")
    )
    ends += " union all select raw_table, rejection_reason from staging.rejected_records"
    counted = rows(con, f"select raw_table, reason, count(*) from ({ends}) group by all")
    assert {(table, reason): count for table, reason, count in counted} == reading.outcomes
    stages = lifecycles(reading.purchases, date.fromisoformat(day))
    assert (mean_gap(reading.purchases.values()), stage_sizes(stages)) == RETAIL_STAGES[day]
    if day == RETAIL_DAYS[-1]:
        assert {who: stages[who] for who in RETAIL_BY_HAND} == RETAIL_BY_HAND
        countries = "select coalesce(country_code, ''), count(*) from staging.stg_shop__customers"
        assert dict(rows(con, f"{countries} group by all")) == RETAIL_COUNTRIES
        assert_pairs(con, reading.bought)
        # postage, manual lines and bank charges are bought, and proposed to nobody
        proposed = "select product_id from membership.person_recommendations"
        assert {"POST", "M"} < {who for bought in reading.bought.values() for who in bought}
        assert all(who[0] in "123456789" for (who,) in rows(con, f"{proposed} group by all"))
    assert_lifecycle(con, stages, reading.last_at)


def assert_pairs(con: duckdb.DuckDBPyConnection, bought: dict[str, dict[str, set[date]]]) -> None:
    """Assert that products go together as the days say on which they were bought.

    All days lie within `affinity_days`: one goes with another unless it was always bought before.
    """
    buyers, both = Counter(), Counter()
    for days in bought.values():
        buyers.update(days.keys())
        both.update((a, b) for a in days for b in days if a != b and min(days[a]) <= max(days[b]))
    everybody = len(bought)
    found = defaultdict(list)
    for (a, b), count in both.items():
        if count >= AFFINITY_MIN_BUYERS and count * everybody > buyers[a] * buyers[b]:
            found[a].append((-count, buyers[b], b))
    expected = [
        (a, b, rank, buyers[a], others, -count)
        for a, others_of in found.items()
        for rank, (count, others, b) in enumerate(sorted(others_of)[:AFFINITY_TOP], start=1)
    ]
    columns = "product_id, other_product_id, affinity_rank, buyers, other_buyers, buyers_of_both"
    assert rows(con, f"select {columns} from insights.product_affinities order by all") == sorted(
        expected
    )
    shown = {(a, b): (one, other, count) for a, b, _, one, other, count in expected}
    assert {pair: shown[pair] for pair in RETAIL_PAIRS} == RETAIL_PAIRS


@pytest.mark.full
def test_online_retail_as_a_whole_build(
    build_shop: Build, retail_source: Path, retail_raw: Path
) -> None:
    """A whole build, with its tests, agrees with the reading on every order and stage."""
    con = build_shop(retail_raw, **RETAIL_VARS)
    reading = retail_reading(retail_source, RETAIL_DAYS[-1])
    built = rows(con, "select order_id, order_value_amount, refund_amount from core.orders")
    nobodys = "select count(*), sum(order_value_amount) from core.orders where person_id is null"
    assert rows(con, nobodys) == [(188, Decimal("137949.03"))]
    assert {order: (value, refunded) for order, value, refunded in built} == {
        order: (value, reading.refunded[order]) for order, value in reading.value.items()
    }
    assert sum(value for _, value, _ in built) == Decimal("480734.31")
    assert sum(refunded for *_, refunded in built) == Decimal("2472.91")
    cancelled = rows(con, "select order_id from core.orders where not is_valid order by all")
    assert cancelled == [("537217",), ("537410",), ("538327",)]
    expected = lifecycles(reading.purchases, date.fromisoformat(RETAIL_DAYS[-1]))
    assert_lifecycle(con, expected, reading.last_at)
