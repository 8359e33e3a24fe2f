"""Measure builds of invented shops on DuckDB, in full and of one more day.

Writes target/bench/bench.md, bench.svg and bench.json; docs/speed.md says what the columns mean.

    python scripts/bench.py --sizes 100k,1m
    python scripts/bench.py --sizes 1m --limits 6GB,2GB --pair ../other_checkout
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import duckdb
import yaml
from bench_report import EMPTY, RUNS, Run, number, picture, report
from bench_rivals import hand_over
from generate_shop import TIME_ZONE, Options, generate

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "target" / "bench"
THREADS = os.environ.get("DBT_THREADS", "2")
NOT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
DAILY = ("--selector", "daily")


def room_of(fqn: list[str], resource_type: str) -> str:
    """The folder of a model, in two parts; of anything else its kind."""
    if resource_type != "model":
        return {"operation": "hooks"}.get(resource_type, f"{resource_type}s")
    return "/".join([part for part in fqn[1:-1] if part not in ("marts", "facts")][:2])


def read_results(target: Path, rows: Callable[[str], int]) -> tuple[dict, dict]:
    """Add up what dbt has written about a run.

    Arguments: target (dbt's target path), rows (counts those of a relation).
    Returns: (seconds, rows) by room, and seconds by model.
    """
    nodes = json.loads((target / "manifest.json").read_text("utf-8"))["nodes"]
    rooms: dict[str, tuple[float, int]] = {}
    models: dict[str, float] = {}
    for result in json.loads((target / "run_results.json").read_text("utf-8"))["results"]:
        kind = result["unique_id"].split(".")[0]
        if kind == "exposure":
            continue
        node = nodes.get(result["unique_id"], {"fqn": []})
        room, took = room_of(node["fqn"], kind), result["execution_time"]
        stored = kind == "model" and node["config"]["materialized"] not in ("view", "ephemeral")
        seconds, count = rooms.get(room, (0.0, 0))
        rooms[room] = (seconds + took, count + (rows(result["relation_name"]) if stored else 0))
        if kind == "model":
            models[node["name"]] = took
    return rooms, models


def child(command: list[str], log: Path, **options: object) -> tuple[float, float, float]:
    """Run a process to its end. Returns: seconds, CPU seconds, and the most memory it had in GB.

    Raises: SystemExit with the end of what it has said, where it fails.
    """
    began = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text('utf-8')[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e9
    return time.monotonic() - began, cpu, peak


def build(folder: Path, raw: Path, *options: str, limit: str = "", project: Path = ROOT) -> Run:
    """Build a shop with dbt.

    Arguments: folder (holds all that is written; what is kept there is used), raw (folder of the
    raw files), options (of dbt), limit (of memory; the profile's if empty), project (a checkout).
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = {"BUILD_FILE": "build.duckdb", "PUBLISHED_FILE": "shop.duckdb"}
    places |= {"DUCKDB_TEMP_DIRECTORY": "spill", "DBT_TARGET_PATH": "target"}
    env = os.environ | {name: str(folder / file) for name, file in places.items()}
    env |= {"DBT_LOG_PATH": str(folder / "logs"), "PYTHONDONTWRITEBYTECODE": "1"}
    env |= {"PERSON_SALT": "of the bench"}
    env |= {"DUCKDB_MEMORY_LIMIT": limit} if limit else {}
    dbt = project / ".venv" / "bin" / "dbt"
    dbt = dbt if dbt.exists() else Path(sys.executable).with_name("dbt")
    command = [str(dbt), "build", *options, "--vars", json.dumps({"raw_location": str(raw)})]
    print(f"{folder.parent.name}: {folder.name} …", file=sys.stderr, flush=True)
    took = child(command, folder / "dbt.log", cwd=project, env=env)
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as db:

        def rows(name: str) -> int:
            return db.execute(f"select count(*) from {name}").fetchone()[0]

        return Run(*took, *read_results(folder / "target", rows))


def make_shop(contacts: int, folder: Path) -> Path:
    """Generate a shop of two years, unless it is there. Returns: its folder."""
    shop, made = folder / "shop", folder / "shop.part"
    if not shop.exists():
        how = {"format": "parquet", "orders_per_contact": 5, "events_per_contact": 20}
        generate(Options(out=made, contacts=contacts, **how))
        made.rename(shop)
    return shop


def contracts() -> dict[str, dict[str, dict]]:
    """What the project says of the columns of each raw table, by their names."""
    files = (ROOT / "models" / "staging").glob("*/_*__sources.yml")
    sources = [s for file in files for s in yaml.safe_load(file.read_text("utf-8"))["sources"]]
    return {
        table["name"]: {c["name"]: c["config"]["meta"] for c in table["columns"]}
        for source in sources
        for table in source["tables"]
        if "files" not in table["config"]["meta"]
    }


def hold_back(shop: Path, folder: Path) -> None:
    """Make two shops: `before`, without its last local day, and `after`, as it is now.

    Files of earlier events are the same in both, those of other tables are handed over anew.
    """
    midnight = datetime.combine(Options.end, datetime.min.time(), TIME_ZONE)
    for state in ("before", "after"):
        shutil.rmtree(folder / state, ignore_errors=True)
        (folder / state / "events").mkdir(parents=True)
    *days, eve, last = sorted((shop / "events").iterdir())
    for file in days:
        (folder / "before" / "events" / file.name).symlink_to(file)
    with duckdb.connect() as db:

        def copy(query: str, path: Path) -> None:
            db.execute(f"copy ({query}) to '{path}' (compression zstd)")

        def late(column: str) -> str:
            return f"coalesce(try_cast({column} as timestamptz) >= '{midnight.isoformat()}', false)"

        two_days = f"from read_parquet(['{eve}', '{last}'])"
        is_late = late("occurred_at")
        copy(f"{two_days} where not {is_late}", folder / "before" / "events" / eve.name)
        copy(f"{two_days} where {is_late}", folder / "after" / "events" / last.name)
        for file in (folder / "before" / "events").iterdir():
            (folder / "after" / "events" / file.name).symlink_to(file.resolve())
        for file in shop.glob("*.parquet"):
            (folder / "after" / file.name).symlink_to(file)
            columns = contracts()[file.stem]
            times = [late(name) for name, meta in columns.items() if meta.get("own_time")]
            if file.stem == "order_lines":
                orders = f"select order_id from '{shop}/orders.parquet' where {late('ordered_at')}"
                times = [f"coalesce(order_id in ({orders}), false)"]
            copy(
                f"from '{file}' where not {(times or ['false'])[0]}", folder / "before" / file.name
            )


def point(raw: Path, state: str) -> Path:
    """Let a folder of raw files be another one, by the same name."""
    raw.unlink(missing_ok=True)
    raw.symlink_to(raw.parent / state)
    return raw


def scan_floor(shop: Path, limit: str) -> float:
    """The seconds it takes to hash every input column that the project reads, once."""
    config = {"threads": THREADS} | ({"memory_limit": limit} if limit else {})
    began = time.monotonic()
    with duckdb.connect(config=config) as db:
        for table, columns in contracts().items():
            files = (
                f"'{shop}/events/*.parquet'" if table == "events" else f"'{shop}/{table}.parquet'"
            )
            there = [row[0] for row in db.execute(f"describe from {files}").fetchall()]
            used = ", ".join(name for name in there if name in columns)
            db.execute(f"select bit_xor(hash({used})) from {files}").fetchall()
    return time.monotonic() - began


def race(library: str, folder: Path, expected: dict[str, dict]) -> dict[str, float] | None:
    """Let a library do lifecycle, RFM and windows of the orders in a folder.

    Arguments: library (pandas or polars), folder and expected (of `hand_over`).
    Returns: seconds by step and the peak in GB; none where the library is not installed.
    Raises: SystemExit where it counts otherwise than the build.
    """
    if not find_spec(library):
        return None
    command = [sys.executable, str(ROOT / "scripts" / "bench_rivals.py"), library, str(folder)]
    env = os.environ | {"POLARS_MAX_THREADS": THREADS}
    _, _, peak = child(command, folder / f"{library}.json", env=env)
    found = json.loads((folder / f"{library}.json").read_text("utf-8"))
    for step, counts in expected.items():
        others = found["counts"][step]
        if others != counts:
            sys.exit(f"{library} comes to another {step} than the build: {others}, not {counts}.")
    return found["seconds"] | {"peak_gb": peak}


def measure(size: str, limits: list[str], other: Path | None, rounds: int) -> dict:
    """Build a shop in full and one more day; with another checkout in turns, in several rounds.

    Arguments: size (such as 10k), limits (of memory), other (checkout), rounds (if there is one).
    Returns: `runs` (the fastest of each kind); of a shop that is not empty `floor` and `rivals`.
    """
    folder, runs = HERE / size, {}
    shop = make_shop(number(size), folder)
    hold_back(shop, folder)

    def run(
        kind: str, state: str, name: str, *arguments: str, new: bool = True, **how: str
    ) -> None:
        if new:
            shutil.rmtree(folder / name, ignore_errors=True)
        how = {"limit": limits[0]} | how
        try:
            built = build(folder / name, point(folder / "raw", state), *arguments, **how)
        except SystemExit as failed:
            if kind in RUNS:
                raise
            # too little memory is a result too, under another limit or of another checkout
            print(failed, file=sys.stderr)
        else:
            runs.setdefault(kind, []).append(built)

    for _ in range(rounds if other else 1):
        run("tests", "before", "tests", *DAILY)
        run("day", "after", "tests", *DAILY, new=False)
        for limit in limits[1:]:
            run(f"models at {limit}", "after", "models", *DAILY, *NOT_TESTS, limit=limit)
        run("models", "after", "models", *DAILY, *NOT_TESTS)
        if other:
            without = DAILY if (other / "selectors.yml").exists() else ()
            run("other models", "after", "other", *without, *NOT_TESTS, project=other)
            run("other build", "after", "other", project=other)
    best = {kind: min(of_kind, key=lambda run: run.seconds) for kind, of_kind in runs.items()}
    found = {"runs": best}
    if number(size) > EMPTY:
        expected = hand_over(folder / "models" / "build.duckdb", folder / "rivals")
        found["floor"] = scan_floor(shop, limits[0])
        found["rivals"] = {
            library: race(library, folder / "rivals", expected) for library in ("pandas", "polars")
        }
    return found


def commit(project: Path) -> str:
    """The commit that a checkout is at, and whether it has been changed since."""
    git = ["git", "-C", str(project), "describe", "--always", "--dirty"]
    return subprocess.run(git, capture_output=True, text=True).stdout.strip() or "no commit"


def machine() -> str:
    """In words: which machine this is, how busy it is, and which versions run."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} when it began;"
        f" {THREADS} threads, DuckDB {version('duckdb')}, dbt {version('dbt-core')},"
        f" {commit(ROOT)}. Nothing was warmed up."
    )


def main() -> None:
    """Read the command line, measure each size, write and print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default="10k,100k", help="of the shops, in contacts")
    parser.add_argument(
        "--limits", default="", help="of memory; models alone under all but the first"
    )
    parser.add_argument("--pair", type=Path, help="another checkout, built in turns")
    parser.add_argument("--rounds", type=int, default=3, help="of building the two in turns")
    asked = parser.parse_args()
    other = asked.pair.resolve() if asked.pair else None
    HERE.mkdir(parents=True, exist_ok=True)
    words = machine() + (f" The other: {commit(other)}." if other else "")
    sizes: dict[str, dict] = {}
    for size in [str(EMPTY), *sorted(asked.sizes.split(","), key=number)]:
        paired = other if number(size) > EMPTY else None
        sizes[size] = measure(size, asked.limits.split(","), paired, asked.rounds)
        # after each, since the next one may take long, or more than the machine has
        drawn, raw = picture(size, sizes[size]["runs"]), {"machine": words, "sizes": sizes}
        (HERE / "bench.md").write_text(report(words, sizes), encoding="utf-8")
        (HERE / "bench.svg").write_text(drawn, encoding="utf-8")
        (HERE / "bench.json").write_text(json.dumps(raw, default=asdict, indent=1), "utf-8")
    print(report(words, sizes))


if __name__ == "__main__":
    main()
