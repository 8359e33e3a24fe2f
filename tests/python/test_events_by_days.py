"""What is kept of the events from run to run is what a build from nothing makes of the files."""

import csv
import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
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

    def change_people(self) -> None:
        """A visitor's customer becomes known, an old order is refunded, a rate changes, …"""
        pick = self.random
        pick.choice(
            [
                lambda: self.customers.symmetric_difference_update({pick.choice("bcd")}),
                lambda: self.statuses.update({f"o{pick.randrange(6)}": "refunded"}),
                lambda: self.erased.add(pick.choice("abc")),
            ]
        )()
        self.rate = pick.choice(["0.9", "1.1"])
        self.write_people()

    def change_settings(self) -> None:
        """Another as-of date, or another clock: some events are no longer in the future."""
        self.settings = {
            "as_of": self.random.choice(["latest", "latest", "2024-03-25", "2024-03-27"]),
            "loaded_until": self.random.choice(["2024-03-27", "2024-04-15", "2024-04-27"])
            + " 00:00:00",
        }

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

    def change(self) -> None:
        """One to three things happen before the next run."""
        steps: list[Callable[[], None]] = [self.next_day, self.rewrite, self.remove]
        steps += [self.next_day, self.change_people, self.change_settings]
        for _ in range(self.random.choice([1, 1, 2, 3])):
            self.random.choice(steps)()


def run(raw_folder: Path, folder: Path, *options: str, **variables: object) -> Run:
    """Run the models of events and of whom they belong to.

    Arguments: raw_folder, folder (of the build file), options (of dbt), variables (vars).
    """
    variables = {"raw_location": str(raw_folder), "batch_megabytes": 0.0005} | variables
    where = {"folder": folder, "variables": variables}
    return quick_dbt().run("build", "--select", *MODELS.split(), *options, **where)


def differences(one: Path, other: Path) -> list[tuple]:
    """Compare all tables of two build files, but not when a row was loaded.

    Returns: for each row that only one has: which one, the table, the row.
    """
    found = []
    with duckdb.connect() as connection:
        for name, folder in (("one", one), ("other", other)):
            connection.execute(f"attach '{folder}/build.duckdb' as {name} (read_only)")
        columns = connection.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index)"
            " from duckdb_columns() where database_name = 'one' and table_name <> 'loaded_files'"
            " and schema_name in ('staging', 'intermediate') group by 1 order by 1"
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


def check_sequence(tmp_path: Path, seed: int, steps: int) -> None:
    """Change a shop and run again, time after time, beside a build from nothing each time."""
    shop = Shop(tmp_path / "raw", seed)
    for step in range(steps):
        if step:
            shop.change()
        run(shop.folder, tmp_path / "kept", **shop.settings)
        run(shop.folder, tmp_path / f"anew_{step}", **shop.settings, batch_megabytes=32)
        found = differences(tmp_path / "kept", tmp_path / f"anew_{step}")
        assert not found, (seed, step, found[:5])


def test_what_is_kept_is_what_a_build_from_nothing_makes(tmp_path: Path) -> None:
    check_sequence(tmp_path, seed=1, steps=4)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 12))
def test_what_is_kept_is_what_a_build_from_nothing_makes_after_many_days(
    tmp_path: Path, seed: int
) -> None:
    check_sequence(tmp_path, seed, steps=8)


def test_whatever_a_kept_table_rests_on_it_is_built_anew_when_that_changes(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "raw", seed=5)
    run(shop.folder, tmp_path / "kept", **shop.settings)
    for setting, value, tables in [
        ("session_timeout_minutes", 1, ("int_session_parts", "int_web_events")),
        ("raw_time_zones", {"web": "America/New_York"}, ("base_web__events",)),
    ]:
        shop.settings[setting] = value
        output = run(shop.folder, tmp_path / "kept", **shop.settings).output
        for table in tables:
            assert f"{table} is built anew: a setting, the contract or the project" in output
        run(shop.folder, tmp_path / setting, **shop.settings)
        assert differences(tmp_path / "kept", tmp_path / setting) == [], setting
    assert "built anew" not in run(shop.folder, tmp_path / "kept", **shop.settings).output


def test_files_of_untouched_days_are_not_opened(tmp_path: Path) -> None:
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
    run(shop.folder, tmp_path, **shop.settings)
    assert snapshot(tmp_path) == before
    shop.event = lambda day: {  # type: ignore[method-assign]
        **dict.fromkeys(EVENT, ""),
        "event_id": f"new {shop.random.random()}",
        "event_name": "login",
        "occurred_at": "2024-03-27T10:00:00Z",
        "visitor_id": "v1",
        "loaded_at": "",
    }
    shop.events.clear()
    shop.next_day()
    added = len(shop.events["03.csv"])
    run(shop.folder, tmp_path, **shop.settings)
    assert snapshot(tmp_path)[0] == before[0] + added > before[0]


def snapshot(folder: Path) -> tuple[int, int]:
    """How many rows and files of events were loaded."""
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        rows = connection.execute("select count(*) from staging.base_web__events").fetchone()[0]
        logged = connection.execute("select sum(raw_rows), count(*) from staging.loaded_files")
        assert logged.fetchone()[0] == rows
        files = connection.execute("select count(*) from staging.loaded_files").fetchone()[0]
    return rows, files
