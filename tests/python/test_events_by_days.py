"""What is kept of the events from run to run is what a build from nothing makes of the files."""

import contextlib
import csv
import ctypes
import os
import random
import re
import shutil
import struct
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from harness import ROOT
from quick_dbt import QuickDbt, Run, quick_dbt
from toy import replace

MODELS = "+int_sessions +int_person_events +int_people +rejected_records"
# what says when a row was loaded
WHEN = ("load_number", "day_stamp")
FIRST_DAY = datetime(2024, 3, 24)
EVENT = (
    *("event_id", "event_name", "occurred_at", "visitor_id", "customer_id", "session_id"),
    *("page_type", "product_id", "order_id", "traffic_source", "loaded_at"),
)
# of Linux's inotify
IN_OPEN = 0x20
NAMES = (
    *("page_view", "page_view", "login", "search", "add_to_cart", "purchase"),
    *("add_to_favorites", "begin_checkout", "newsletter_signup", "chat_started"),
)


def write(path: Path, columns: tuple[str, ...], rows: list[dict]) -> None:
    """Write a raw file; every call is a change, even with the same rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
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
        self.columns: dict[str, tuple[str, ...]] = {}
        self.customers = {"a", "b"}
        self.statuses = {f"o{number}": "paid" for number in range(6)}
        self.refunds: list[dict] = []
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
        columns = self.columns.get(name, EVENT)
        write(self.folder / "events" / name, columns, self.events[name])

    def hand_over(self, name: str, day: int) -> None:
        """A file of a day, with late events, and some that were handed over before."""
        late = [self.event(self.random.randrange(day + 1)) for _ in range(4)]
        rows = [self.event(day) for _ in range(self.random.randrange(25))] + late
        known = [row for rows in self.events.values() for row in rows]
        rows += [
            row | {"event_name": self.random.choice(NAMES), "loaded_at": self.event(0)["loaded_at"]}
            for row in self.random.sample(known, min(3, len(known)))
        ]
        self.events[name] = rows
        self.save(name)

    def next_day(self) -> None:
        """The file of another day."""
        self.hand_over(f"{self.day:02}.csv", self.day)
        self.day += 1

    def late_file(self) -> None:
        """A file of an old day comes when those of newer days are there, before them by name."""
        day = self.random.randrange(self.day - 1)
        self.hand_over(f"{day:02} late.csv", day)

    def change_columns(self) -> None:
        """An old day is handed over with fewer columns, an unknown one, and in another order."""
        name = self.random.choice(sorted(self.events))
        columns = [*EVENT[:4], *self.random.sample(EVENT[4:], 4), "colour"]
        self.columns[name] = tuple(self.random.sample(columns, len(columns)))
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

    def give_back(self) -> None:
        """Some or all of the money of an old order is given back on the newest day."""
        at = FIRST_DAY + timedelta(days=self.day - 1, hours=12)
        order = {"order_id": self.random.choice(sorted(self.statuses))}
        row = {"refunded_at": at.isoformat(), "amount": self.random.choice(["4", "10"])}
        self.refunds.append({"refund_id": f"r{len(self.refunds)}"} | order | row)
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
                # some long ago
                "ordered_at": "2022-05-05T08:00:00Z" if order_id in ("o0", "o1") else at,
                "status": status,
                "currency": "USD",
                "subtotal_amount": "10",
            }
            for order_id, status in self.statuses.items()
        ]
        write(self.folder / "orders.csv", tuple(orders[0]), orders)
        columns = ("refund_id", "order_id", "refunded_at", "amount")
        write(self.folder / "refunds.csv", columns, self.refunds)
        rates = [{"currency": "USD", "rate_on": "2022-01-01", "rate": self.rate}]
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
    *("late_file", "change_columns", "give_back", "erase"),
    *("change_clock", "change_zone", "change_sessions"),
)


def run(
    raw_folder: Path,
    folder: Path,
    killed_after: float = 0,
    dbt: QuickDbt | None = None,
    models: str = MODELS,
    **variables: object,
) -> Run:
    """Run the models of events and of whom they belong to.

    Arguments: raw_folder, folder (of the build file), killed_after (seconds; 0: never), dbt (of
    another project), models, variables (vars).
    """
    variables = {"raw_location": str(raw_folder), "batch_megabytes": 0.0005} | variables
    where = {"folder": folder, "variables": variables}
    started = (dbt or quick_dbt()).start("build", "--select", *models.split(), **where)
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
    seconds, killed = 0.0, 0
    for number, changes in enumerate([[], *runs]):
        for change in changes:
            getattr(shop, change)()
        moment = shop.random.uniform(0.1, 0.9) * seconds
        if moment:
            killed += run(shop.folder, folder / "kept", moment, **shop.settings).exit_code == -9
        began = time.monotonic()
        run(shop.folder, folder / "kept", **shop.settings)
        seconds = time.monotonic() - began
        if all_compared or number == len(runs):
            anew = folder / f"anew_{number}"
            run(shop.folder, anew, **shop.settings, batch_megabytes=32)
            found = differences(folder / "kept", anew)
            assert not found, (runs[:number], moment, found[:5])
    assert killed >= len(runs) / 2


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


@contextlib.contextmanager
def opens_only(folder: Path, *expected: str) -> Iterator[None]:
    """Assert which files of a folder are opened, by any process; only Linux tells.

    Arguments: folder, expected (names of files).
    """
    if sys.platform != "linux":
        yield
        return
    libc, opened = ctypes.CDLL(None), set()
    watch = libc.inotify_init1(os.O_NONBLOCK)
    try:
        assert libc.inotify_add_watch(watch, os.fsencode(folder), IN_OPEN) > 0
        yield
        with contextlib.suppress(BlockingIOError):
            while told := os.read(watch, 2**16):
                while told:
                    *_, length = struct.unpack("iIII", told[:16])
                    opened.add(told[16 : 16 + length].rstrip(b"\0").decode())
                    told = told[16 + length :]
    finally:
        os.close(watch)
    # the folder itself has no name
    assert opened - {""} == {*expected}


def test_only_new_files_are_opened_and_what_other_statements_made_is_built_anew(
    tmp_path: Path,
) -> None:
    """Old files are made unreadable, which only their content shows; and the kernel tells."""
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
    with opens_only(shop.folder / "events"):
        output = run(shop.folder, tmp_path, **shop.settings).output
    assert snapshot(tmp_path) == before
    assert built_anew(output) == ["int_session_parts", "int_web_events"]
    shop.events["03.csv"] = [
        dict.fromkeys(EVENT, "")
        | {"event_id": f"new {number}", "event_name": "login", "visitor_id": "v1"}
        | {"occurred_at": "2024-03-27T10:00:00Z"}
        for number in range(3)
    ]
    shop.save("03.csv")
    with opens_only(shop.folder / "events", "03.csv"):
        output = run(shop.folder, tmp_path, **shop.settings).output
    assert snapshot(tmp_path) == (before[0] + 3, before[1] + 1)
    assert built_anew(output) == []
    # a day of logins alone is not built again and again
    output = run(shop.folder, tmp_path, **shop.settings).output
    assert re.findall(r"BUILT ([0-9]+) DAYS", output) == ["0", "0"]


def built_anew(output: str) -> list[str]:
    """The kept tables that a run has built anew, as it said, sorted."""
    anew = [line.split(" is built anew: ") for line in output.splitlines() if "built anew" in line]
    assert {why for _, why in anew} <= {
        "a setting, the contract or the project has changed since it was made."
    }
    return sorted(model.split()[-1] for model, _ in anew)


def another_contract(project: Path) -> None:
    """Let events have a column more, and a type of another one that keeps capital letters.

    Arguments: project (a copy, of which dbt then parses only what differs from the project).
    """
    (project.parent / "target").mkdir()
    for path in quick_dbt().target.glob("partial_parse.*"):
        shutil.copyfile(path, project.parent / "target" / path.name)
    described = "description: Another.}\n"
    source = "      - {name: traffic_source, config: {meta: {type: word}}"
    loaded_at = "      - {name: loaded_at, "
    web = project / "models" / "staging" / "web"
    replace(
        web / "_web__sources.yml",
        {
            source: source.replace("word", "text"),
            loaded_at: f"      - {{name: colour, config: {{meta: {{type: text}}}}, {described}"
            f"    {loaded_at}",
        },
    )
    before, key = "      - {name: email_key,", "  - name: stg_web__events"
    models = (web / "_web__models.yml").read_text(encoding="utf-8")
    base, stage = models.split(key)
    base = base.replace(before, f"      - {{name: colour, data_type: string, {described}{before}")
    (web / "_web__models.yml").write_text(base + key + stage, encoding="utf-8")


def test_what_another_contract_made_is_built_anew_once(tmp_path: Path) -> None:
    """A column that the contract did not know is then read of files that were loaded before."""
    shop, models = Shop(tmp_path / "raw", seed=0), "+int_session_parts +int_web_events"
    for name in shop.events:
        shop.columns[name] = (*EVENT, "colour")
        shop.events[name] = [
            row | {"traffic_source": "E-mail", "colour": name} for row in shop.events[name]
        ]
        shop.save(name)
    run(shop.folder, tmp_path, models=models, **shop.settings)
    [loads] = ask(tmp_path, "select max(load_number) from staging.base_web__events")
    query = "select distinct traffic_source from staging.base_web__events"
    assert ask(tmp_path, query) == [("e-mail",)]
    changed = QuickDbt(another_contract)
    try:
        output = run(shop.folder, tmp_path, dbt=changed, models=models, **shop.settings).output
        assert built_anew(output) == ["base_web__events", "int_session_parts", "int_web_events"]
        assert ask(tmp_path, query) == [("E-mail",)]
        query = f"select distinct colour, load_number > {loads[0]} from staging.base_web__events"
        assert sorted(ask(tmp_path, query)) == [(name, True) for name in sorted(shop.events)]
        with opens_only(shop.folder / "events"):
            output = run(shop.folder, tmp_path, dbt=changed, models=models, **shop.settings).output
        assert built_anew(output) == []
    finally:
        changed.close()


def ask(folder: Path, query: str) -> list[tuple]:
    """Rows of a query on a build file."""
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def snapshot(folder: Path) -> tuple[int, int]:
    """How many rows and files of events were loaded."""
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute("select count(*) from staging.base_web__events").fetchone()[0]
        logged = connection.execute("select sum(raw_rows), count(*) from staging.loaded_files")
        assert logged.fetchone()[0] == rows
        files = connection.execute("select count(*) from staging.loaded_files").fetchone()[0]
    return rows, files


class Published(NamedTuple):
    """A shop of which an earlier and a later day were built and published, never disturbed.

    The later one after the earlier one (daily), and of its published file alone (full).
    """

    raw: Path
    earlier: Path
    later: dict[str, Path]
    seconds: dict[str, float]


DAYS = ("2024-03-30", EDGE_SHOP_SETTINGS["as_of"])
# how a build says that it has worked in parts
PARTS = {
    "staging.base_web__events": "LOADED {} BATCHES",
    "intermediate.int_session_parts": "BUILT {} DAYS",
    "intermediate.int_web_events": "BUILT {} DAYS",
    "intermediate.int_recommended_products": "BUILT {} ROWS",
}


def build(shop: Published, folder: Path, day: str) -> Run:
    """Begin a build of the whole project, as of every day, that publishes."""
    settings = EDGE_SHOP_SETTINGS | {"raw_location": str(shop.raw), "as_of": day}
    # a file, ten days or two people at a time
    settings["batch_megabytes"] = 0.002
    return quick_dbt(whole=True).start(
        "build", "--selector", "daily", folder=folder, variables=settings
    )


def begin(shop: Published, kind: str, folder: Path) -> None:
    """Lay what was built and published of the earlier day into a folder.

    Arguments: shop, kind (daily; full: only what was published), folder.
    """
    folder.mkdir(exist_ok=True)
    for name in ("shop.duckdb", *(["build.duckdb"] if kind == "daily" else [])):
        shutil.copyfile(shop.earlier / name, folder / name)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The edge shop with a file of events for each day, built before and after the last files.

    With some products that sell, so that there is what to recommend.
    """
    place = tmp_path_factory.mktemp("published")
    later = {kind: place / kind for kind in ("full", "daily")}
    shop = Published(place / "raw", place / "earlier", later, {})
    edge = ROOT / "tests" / "edge_shop" / "raw"
    shutil.copytree(edge, shop.raw, ignore=shutil.ignore_patterns("events.csv"))
    with (edge / "events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (edge / "orders.csv").open(encoding="utf-8", newline="") as file:
        orders = [row["order_id"] for row in csv.DictReader(file)]
    with (shop.raw / "products.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"lamp_{number},Lamp,light,,10,4,5,\n" for number in range(4))
    with (shop.raw / "order_lines.csv").open("a", encoding="utf-8") as file:
        file.writelines(
            f"lamp_line_{number},{order_id},lamp_{number % 4},1,10,\n"
            for number, order_id in enumerate(orders)
        )
    files = defaultdict(list)
    for number, row in enumerate(rows):
        # some of a kind that is kept for good
        carted = {"event_name": "add_to_cart"} if number % 3 == 0 else {}
        files[row["occurred_at"][:10]].append(row | carted)
    late = sorted(name for name in files if name > "2024-03-22")
    assert len(late) > 5

    def timed(folder: Path, day: str) -> float:
        began = time.monotonic()
        output = build(shop, folder, day).wait().output
        assert f"Published {folder / 'shop.duckdb'} as of {day}." in output, output
        for model, said in PARTS.items():
            [count] = re.findall(rf"{model} .*\[{said.format('([0-9]+)')}", output)
            assert int(count) > 1, model
            assert ask(folder, f"select 1 from {model} limit 1"), model
        return time.monotonic() - began

    for name in sorted(files.keys() - set(late)):
        write(shop.raw / "events" / f"{name}.csv", tuple(rows[0]), files[name])
    timed(shop.earlier, DAYS[0])
    for name in late:
        write(shop.raw / "events" / f"{name}.csv", tuple(rows[0]), files[name])
    for kind, folder in later.items():
        begin(shop, kind, folder)
        shop.seconds[kind] = timed(folder, DAYS[1])
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


def watch(shop: Published, folder: Path, killed_after: float = 600) -> Run:
    """Build the later day and read what is published again and again.

    Arguments: shop, folder, killed_after (seconds).
    """
    began, under_way = time.monotonic(), build(shop, folder, DAYS[1])
    while not under_way.is_over and time.monotonic() < began + killed_after:
        assert read_published(folder) in DAYS
        time.sleep(0.2)
    under_way.kill()
    assert read_published(folder) in DAYS
    return under_way


@pytest.mark.full
@pytest.mark.parametrize("seed", range(10))
def test_a_build_killed_at_any_moment_does_no_harm(
    published: Published, tmp_path: Path, seed: int
) -> None:
    """And if the next one is killed too, and only the one after that goes on to its end."""
    kind, pick, killed = ("full", "daily")[seed % 2], random.Random(seed), []
    begin(published, kind, tmp_path)
    for _ in range(5):
        moment = pick.uniform(0, published.seconds[kind])
        run = watch(published, tmp_path, moment)
        # a moment may come too late
        assert run.exit_code in (-9, 0), run.output
        killed += [moment] * (run.exit_code == -9)
        if len(killed) == 2:
            break
    assert len(killed) == 2
    run = watch(published, tmp_path)
    assert run.exit_code == 0, run.output
    assert read_published(tmp_path) == DAYS[1]
    found = differences(tmp_path, published.later[kind])
    assert not found, (kind, killed, found[:5])
