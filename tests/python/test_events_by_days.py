"""What is kept of the events from run to run is what a build from nothing makes of the files."""

import csv
import os
import random
import shutil
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from harness import ROOT
from quick_dbt import Run, quick_dbt

MODELS = "+int_sessions +int_person_events +int_people +rejected_records"
# what says when a row was loaded
WHEN = ("load_number", "day_stamp")
FIRST_DAY = datetime(2024, 3, 24)
EVENT = (
    *("event_id", "event_name", "occurred_at", "visitor_id", "customer_id", "session_id"),
    *("page_type", "product_id", "order_id", "traffic_source", "loaded_at"),
)
NAMES = (
    *("page_view", "page_view", "login", "search", "add_to_cart", "purchase"),
    *("add_to_favorites", "begin_checkout", "newsletter_signup", "chat_started"),
)


def write(path: Path, columns: tuple[str, ...], rows: list[dict]) -> None:
    """Write a raw file; every call is a change, even with the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


class Shop:
    """A small shop whose raw files change at random, in every way that a load may change them.

    Arguments: folder (of its raw files), seed.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        """Begin with three days of events."""
        self.folder, self.random = folder, random.Random(seed)
        self.events: dict[str, list[dict]] = {}
        self.customers = {"a", "b"}
        self.statuses = {f"o{number}": "paid" for number in range(6)}
        self.rate, self.erased, self.day, self.last_id = "0.9", set(), 0, 0
        self.settings: dict[str, object] = {"loaded_until": "2024-04-20 00:00:00"}
        for _ in range(3):
            self.next_day()
        self.write_people()

    def event(self, day: int) -> dict:
        """Make an event of a day, often near midnight."""
        pick = self.random
        minute = pick.choice([pick.randrange(1440), pick.randrange(1350, 1400)])
        at = FIRST_DAY + timedelta(days=day, minutes=minute, seconds=pick.randrange(3))
        self.last_id += 1
        return {
            "event_id": pick.choice([*[f"e{self.last_id}"] * 12, f"e{self.last_id // 2}", ""]),
            "event_name": pick.choice(NAMES),
            "occurred_at": pick.choice([at.isoformat()] * 20 + ["2024-04-10", "2024-04-25", "?"]),
            "visitor_id": pick.choice(["v1", "v2", "v3", "v4", ""] * 3 + ["v5"]),
            "customer_id": pick.choice(["", "", "", "a", "b", "c", "d"]),
            "session_id": pick.choice(["", "", "s1", f"s{day}"]),
            "page_type": pick.choice(["", "product"]),
            "product_id": pick.choice(["", "p1", "p2"]),
            "order_id": pick.choice(["", *self.statuses, "unknown"]),
            "traffic_source": pick.choice(["", "ads", "E-mail"]),
            "loaded_at": pick.choice(["", at.isoformat(), "2024-04-01", "2024-03-01"]),
        }

    def save(self, name: str) -> None:
        """Write one file of events."""
        write(self.folder / "events" / name, EVENT, self.events[name])

    def next_day(self) -> None:
        """The file of another day, with late events, and some that were handed over before."""
        name = f"{self.day:02}.csv"
        late = [self.event(self.random.randrange(self.day + 1)) for _ in range(4)]
        rows = [self.event(self.day) for _ in range(self.random.randrange(25))] + late
        known = [row for rows in self.events.values() for row in rows]
        rows += [
            row | {"event_name": self.random.choice(NAMES), "loaded_at": self.event(0)["loaded_at"]}
            for row in self.random.sample(known, min(3, len(known)))
        ]
        self.events[name], self.day = rows, self.day + 1
        self.save(name)

    def rewrite(self) -> None:
        """An old day is handed over anew, with fewer rows, none, or the same ones."""
        name = self.random.choice(sorted(self.events))
        rows = self.events[name]
        keep = self.random.choice([0, len(rows) // 2, len(rows)])
        self.events[name] = self.random.sample(rows, keep)
        self.save(name)

    def remove(self) -> None:
        """An old day is gone."""
        name = self.random.choice(sorted(self.events))
        (self.folder / "events" / name).unlink()
        del self.events[name]
        if not self.events:
            self.next_day()

    def log_in_late(self) -> None:
        """A visitor of earlier days says who it is."""
        name = max(self.events)
        visitor, customer = self.random.choice(["v1", "v2", "v3", "v4"]), self.random.choice("ab")
        login = {"event_name": "login", "visitor_id": visitor, "customer_id": customer}
        self.events[name].append(self.event(self.day - 1) | login)
        self.save(name)

    def change_customers(self) -> None:
        """A customer becomes known, or is no longer handed over."""
        self.customers.symmetric_difference_update({self.random.choice("bcd")})
        self.write_people()

    def refund(self) -> None:
        """An old order is no longer valid."""
        self.statuses[self.random.choice(sorted(self.statuses))] = "refunded"
        self.write_people()

    def change_rate(self) -> None:
        """Old orders are worth another amount."""
        self.rate = {"0.9": "1.1", "1.1": "0.9"}[self.rate]
        self.write_people()

    def erase(self) -> None:
        """A customer asks to be erased."""
        self.erased.add(self.random.choice("abc"))
        self.write_people()

    def change_clock(self) -> None:
        """Another as-of date, or another clock: some events are no longer in the future."""
        days = ["2024-03-27", "2024-04-15", "2024-04-27"]
        self.settings["as_of"] = self.random.choice(["latest", "latest", "2024-03-25", days[0]])
        self.settings["loaded_until"] = f"{self.random.choice(days)} 00:00:00"

    def change_zone(self) -> None:
        """The shop's clocks were elsewhere: nothing that was kept is right."""
        self.settings["raw_time_zones"] = {"web": "America/New_York"}

    def change_sessions(self) -> None:
        """Another pause ends a session: loaded events are right, sessions are not."""
        self.settings["session_timeout_minutes"] = 1

    def write_people(self) -> None:
        """Write the other raw tables."""
        at = "2024-03-24T08:00:00Z"
        customers = [{"customer_id": each, "created_at": at} for each in sorted(self.customers)]
        write(self.folder / "customers.csv", ("customer_id", "created_at"), customers)
        orders = [
            {
                "order_id": order_id,
                "customer_id": "a",
                "ordered_at": at,
                "status": status,
                "currency": "USD",
                "subtotal_amount": "10",
            }
            for order_id, status in self.statuses.items()
        ]
        write(self.folder / "orders.csv", tuple(orders[0]), orders)
        rates = [{"currency": "USD", "rate_on": "2024-01-01", "rate": self.rate}]
        write(self.folder / "exchange_rates.csv", tuple(rates[0]), rates)
        erased = [
            {"request_id": each, "customer_id": each, "requested_at": at}
            for each in sorted(self.erased)
        ]
        columns = ("request_id", "customer_id", "requested_at")
        write(self.folder / "erasure_requests.csv", columns, erased)

    def deal(self) -> list[list[str]]:
        """Everything that may change, in any order, one to three changes between two runs."""
        left = ["next_day", "next_day", *CHANGES]
        self.random.shuffle(left)
        runs = []
        while left:
            count = self.random.choice([1, 2, 3])
            runs.append(left[:count])
            left = left[count:]
        return runs


CHANGES = (
    *("next_day", "rewrite", "remove", "log_in_late", "change_customers", "refund", "change_rate"),
    *("erase", "change_clock", "change_zone", "change_sessions"),
)


def run(raw_folder: Path, folder: Path, killed_after: float = 0, **variables: object) -> Run:
    """Run the models of events and of whom they belong to.

    Arguments: raw_folder, folder (of the build file), killed_after (seconds; 0: never), variables
    (vars).
    """
    variables = {"raw_location": str(raw_folder), "batch_megabytes": 0.0005} | variables
    where = {"folder": folder, "variables": variables}
    started = quick_dbt().start("build", "--select", *MODELS.split(), **where)
    if killed_after:
        started.wait_until(lambda: False, killed_after)
        return started.kill()
    assert started.wait().exit_code == 0, started.output
    return started


def differences(one: Path, other: Path) -> list[tuple]:
    """Compare all tables of two build files, but not when a row was loaded.

    Arguments: one, other (folders).
    Returns: for each row that only one has: which one, the table, the row.
    """
    found = []
    with duckdb.connect() as connection:
        for name, folder in (("one", one), ("other", other)):
            connection.execute(f"attach '{folder}/build.duckdb' as {name} (read_only)")
        columns = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index)"
            " from duckdb_columns() where database_name = 'one' and table_name <> 'loaded_files'"
            " and schema_name not in ('main', 'raw') and not internal group by 1 order by 1"
        ).fetchall()
        assert len(columns) > 30
        for table, names in columns:
            listed = ", ".join(name for name in names if name not in WHEN)
            for first, second in (("one", "other"), ("other", "one")):
                rows = connection.execute(
                    f"select {listed} from {first}.{table}"
                    f" except all select {listed} from {second}.{table}"
                ).fetchall()
                found += [(first, table, row) for row in rows]
    return found


def check_sequence(shop: Shop, folder: Path, runs: list[list[str]], all_compared: bool) -> None:
    """Change a shop and run again, time after time; each run but the first is killed once before.

    Arguments: shop, folder (for what is built), runs (what changes before each), all_compared (with
    a build from nothing after each run, not only after the last).
    """
    seconds = 0.0
    for number, changes in enumerate([[], *runs]):
        for change in changes:
            getattr(shop, change)()
        moment = shop.random.uniform(0.1, 0.9) * seconds
        if moment:
            run(shop.folder, folder / "kept", moment, **shop.settings)
        began = time.monotonic()
        run(shop.folder, folder / "kept", **shop.settings)
        seconds = time.monotonic() - began
        if all_compared or number == len(runs):
            anew = folder / f"anew_{number}"
            run(shop.folder, anew, **shop.settings, batch_megabytes=32)
            found = differences(folder / "kept", anew)
            assert not found, (runs[:number], moment, found[:5])


def test_what_is_kept_is_what_a_build_from_nothing_makes(tmp_path: Path) -> None:
    """Also if runs are killed, and if something that nothing kept is made of changes in between."""
    runs = [["next_day", "rewrite", "log_in_late", "change_zone"], list(CHANGES)]
    check_sequence(Shop(tmp_path / "raw", seed=1), tmp_path, runs, all_compared=False)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 7))
def test_what_is_kept_is_what_a_build_from_nothing_makes_after_many_days(
    tmp_path: Path, seed: int
) -> None:
    shop = Shop(tmp_path / "raw", seed)
    check_sequence(shop, tmp_path, shop.deal(), all_compared=True)


def test_only_new_files_are_opened_and_what_other_statements_made_is_built_anew(
    tmp_path: Path,
) -> None:
    """Old files are made unreadable, which only their content shows."""
    shop = Shop(tmp_path / "raw", seed=0)
    for name, rows in shop.events.items():
        # no event is in two files
        shop.events[name] = [row | {"event_id": f"{name} {n}"} for n, row in enumerate(rows)]
        shop.save(name)
    run(shop.folder, tmp_path, **shop.settings)
    before = snapshot(tmp_path)
    for path in (shop.folder / "events").iterdir():
        state = path.stat()
        path.write_bytes(b"\xff" * state.st_size)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    shop.change_sessions()
    output = run(shop.folder, tmp_path, **shop.settings).output
    assert snapshot(tmp_path) == before
    anew = [line.split(" is built anew: ") for line in output.splitlines() if "built anew" in line]
    assert sorted(model.split()[-1] for model, _ in anew) == ["int_session_parts", "int_web_events"]
    assert {why for _, why in anew} == {
        "a setting, the contract or the project has changed since it was made."
    }
    shop.events["03.csv"] = [
        dict.fromkeys(EVENT, "")
        | {"event_id": f"new {number}", "event_name": "login", "visitor_id": "v1"}
        | {"occurred_at": "2024-03-27T10:00:00Z"}
        for number in range(3)
    ]
    shop.save("03.csv")
    output = run(shop.folder, tmp_path, **shop.settings).output
    assert snapshot(tmp_path) == (before[0] + 3, before[1] + 1)
    assert "built anew" not in output


def snapshot(folder: Path) -> tuple[int, int]:
    """How many rows and files of events were loaded."""
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute("select count(*) from staging.base_web__events").fetchone()[0]
        logged = connection.execute("select sum(raw_rows), count(*) from staging.loaded_files")
        assert logged.fetchone()[0] == rows
        files = connection.execute("select count(*) from staging.loaded_files").fetchone()[0]
    return rows, files


class Published(NamedTuple):
    """A shop of which an earlier and a later day were built and published, never disturbed."""

    raw: Path
    earlier: Path
    later: Path
    seconds: dict[str, float]


DAYS = ("2024-03-30", EDGE_SHOP_SETTINGS["as_of"])


def build(shop: Published, folder: Path, day: str) -> Run:
    """Begin a build of all models that publishes."""
    settings = EDGE_SHOP_SETTINGS | {"raw_location": str(shop.raw), "as_of": day}
    settings["batch_megabytes"] = 0.0005
    return quick_dbt().start("build", folder=folder, variables=settings)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The edge shop with a file of events for each day, built before and after the last files."""
    place = tmp_path_factory.mktemp("published")
    shop = Published(place / "raw", place / "earlier", place / "later", {})
    edge = ROOT / "tests" / "edge_shop" / "raw"
    shutil.copytree(edge, shop.raw, ignore=shutil.ignore_patterns("events.csv"))
    with (edge / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    files = defaultdict(list)
    for row in rows:
        files[row["occurred_at"][:10]].append(row)
    late = sorted(name for name in files if name > "2024-03-22")
    assert len(late) > 5

    def timed(kind: str, folder: Path, day: str) -> None:
        began = time.monotonic()
        finished = build(shop, folder, day).wait()
        assert f"Published {folder / 'shop.duckdb'} as of {day}." in finished.output
        shop.seconds[kind] = time.monotonic() - began

    for name in sorted(files.keys() - set(late)):
        write(shop.raw / "events" / f"{name}.csv", tuple(rows[0]), files[name])
    timed("full", shop.earlier, DAYS[0])
    for name in late:
        write(shop.raw / "events" / f"{name}.csv", tuple(rows[0]), files[name])
    shutil.copytree(shop.earlier, shop.later)
    timed("daily", shop.later, DAYS[1])
    return shop


def read_published(folder: Path) -> str:
    """Read all that is published; returns the day that is."""
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select as_of_on::varchar, table_schema || '.' || table_name, row_count"
            " from publication"
        ).fetchall()
        for _, name, count in rows:
            assert connection.execute(f"select count(*) from {name}").fetchall() == [(count,)]
    [day] = {row[0] for row in rows}
    return day


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20))
def test_a_build_killed_at_any_moment_does_no_harm(
    published: Published, tmp_path: Path, seed: int
) -> None:
    kind = ("full", "daily")[seed % 2]
    shutil.copyfile(published.earlier / "shop.duckdb", tmp_path / "shop.duckdb")
    if kind == "daily":
        shutil.copyfile(published.earlier / "build.duckdb", tmp_path / "build.duckdb")
    moment = random.Random(seed).uniform(0, published.seconds[kind])
    for is_killed in (True, False):
        began, under_way = time.monotonic(), build(published, tmp_path, DAYS[1])
        while not (under_way.is_over or (is_killed and time.monotonic() > began + moment)):
            assert read_published(tmp_path) in DAYS
            time.sleep(0.05)
        if is_killed:
            under_way.kill()
            assert read_published(tmp_path) in DAYS
    assert under_way.exit_code == 0, under_way.output
    assert read_published(tmp_path) == DAYS[1]
    found = differences(tmp_path, published.later)
    assert not found, (kind, moment, found[:5])
