"""A broken shop does not take a good one's place, and a run's places are looked at before it works.

On DuckDB each shop is built for real, with the models of the lifecycle; what is dispatched is
tried on PostgreSQL and Spark too.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import duckdb_plugin
import load_raw
import pytest
from engines import need, postgres_connection, postgres_missing
from harness import DBT, ROOT, ask, copy_project
from quick_dbt import QuickDbt, Run, leave_out_the_many, parsed_once, quick_dbt
from test_parity import run_in_process
from test_publishing_postgres import BUILDER, database_for_builder, run_sql
from toy import MADE_BY, replace, toy_project

SETTINGS = {"loaded_until": "2024-03-01 00:00:00"}
# one model is enough to see whether a run begins
ONE_MODEL = ("run", "--select", "stg_shop__orders")
CUSTOMERS = ["customer_id,email,created_at"] + [
    f"c{number},c{number}@example.com,2024-01-02 10:00:00" for number in range(20)
]
ORDERS = ["order_id,customer_id,ordered_at,status,currency,subtotal_amount"] + [
    f"o{number},c{number % 10},2024-02-{number % 10 + 1:02} 10:00:00,paid,EUR,20.00"
    for number in range(20)
]
EVENTS = ["event_id,visitor_id,customer_id,session_id,event_name,occurred_at"] + [
    f"e{number},v{number},c{number},s{number},page_view,2024-02-20 10:00:00" for number in range(5)
]


def write_shop(raw: Path, **tables: list[str]) -> Path:
    """Write the tables as lines of CSV; those of the good shop where nothing else is said."""
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir(parents=True)
    for name, lines in ({"customers": CUSTOMERS, "orders": ORDERS} | tables).items():
        (raw / f"{name}.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return raw


def changed(lines: list[str], old: str, new: str, most: int = 1000) -> list[str]:
    """The lines with a text in the place of another, in the first rows that have it."""
    found = [number for number, line in enumerate(lines) if number and old in line][:most]
    assert found
    return [
        line.replace(old, new) if number in found else line for number, line in enumerate(lines)
    ]


def tables_of(file: Path) -> dict[str, list[tuple]]:
    """Every table of a build file and its rows."""
    with duckdb.connect(str(file), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        return {
            name: sorted(connection.execute(f"from {name}").fetchall(), key=str)
            for (name,) in names
        }


def said(run: Run) -> str:
    """What a run that failed printed, without a traceback."""
    assert run.exit_code not in (0, None), run.output
    assert "Traceback" not in run.output, run.output
    return run.output


@pytest.fixture(scope="module")
def dbt() -> QuickDbt:
    return quick_dbt()


@pytest.fixture(scope="module")
def good(dbt: QuickDbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the good shop (raw), built and published."""
    folder = tmp_path_factory.mktemp("good")
    variables = SETTINGS | {"raw_location": str(write_shop(folder / "raw", events=EVENTS))}
    assert "Published" in dbt.run("build", folder=folder, variables=variables).output
    return folder


@pytest.fixture
def shop(good: Path, tmp_path: Path) -> Path:
    """Folder for a run: what the good shop's left in it."""
    for name in ("build.duckdb", "shop.duckdb"):
        shutil.copyfile(good / name, tmp_path / name)
    return tmp_path


def build(dbt: QuickDbt, folder: Path, raw: Path, *arguments: str, **variables: object) -> Run:
    """Build a raw folder where the good shop was built; its exit code may be any."""
    settings = SETTINGS | {"raw_location": str(raw)} | variables
    return dbt.run(*arguments or ("build",), folder=folder, variables=settings, check=False)


# -- before anything is built -------------------------------------------------------------------

NO_RATE = (
    "have a currency that is neither reporting_currency (EUR) nor rated on the day of the order"
    ' ("USD" {n}): set var reporting_currency, or hand over exchange_rates'
)
UNUSABLE = {
    "another currency": (
        {"orders": changed(ORDERS, "EUR", "USD")},
        "orders would be set aside; 20 of 20 " + NO_RATE.replace("{n}", "20") + ".",
    ),
    "another currency, with events": (
        {"orders": changed(ORDERS, "EUR", "USD"), "events": EVENTS},
        "orders would be set aside; 20 of 20 " + NO_RATE.replace("{n}", "20") + ".",
    ),
    "rated too late": (
        {
            "orders": changed(ORDERS, "EUR", "USD"),
            "exchange_rates": ["currency,rate_on,rate", "USD,2024-02-20,0.9", "GBP,2024-01-01,1"],
        },
        "orders would be set aside; 20 of 20 " + NO_RATE.replace("{n}", "20") + ".",
    ),
    "a renamed status": (
        {"orders": changed(changed(ORDERS, "paid", "Bezahlt", 15), "paid", "versandt")},
        "orders would be set aside; 20 of 20 have a status that no setting knows"
        ' ("bezahlt" 15, "versandt" 5): name it in var valid_order_statuses or'
        " other_order_statuses.",
    ),
    "several reasons": (
        {
            "orders": changed(
                changed(changed(ORDERS, "20.00", "-20.00", 4), "EUR", "USD", 13), ",paid,", ",,"
            )
        },
        "orders would be set aside; 20 of 20 lack a value that is required (status): fill this"
        " column.",
    ),
    "two reasons": (
        {"orders": changed(changed(ORDERS, ",paid,", ",,", 8), "paid,EUR", "paid,usd")},
        "orders would be set aside; 12 of 20 " + NO_RATE.replace("{n}", "12") + "; 8 of 20 lack a"
        " value that is required (status): fill this column.",
    ),
    "comma decimals": (
        {"orders": changed(ORDERS, "20.00", '"20,00"')},
        "orders would be set aside; 20 of 20 have an amount that does not read (subtotal_amount):"
        " write it with a decimal point and nothing else, as 1234.50.",
    ),
    "times that do not read": (
        {"orders": changed(ORDERS, "2024-02-", "Feb 2024, ".replace(",", ""))},
        "orders would be set aside; 20 of 20 have a time that does not read (ordered_at): write it"
        " as 2025-03-31T09:05:00Z or 2025-03-31.",
    ),
    "the future": (
        {"orders": changed(ORDERS, "2024", "2025")},
        "orders would be set aside; 20 of 20 are later than loaded_until (ordered_at): set var"
        " loaded_until, or mend the clock that they come from.",
    ),
    "returns as orders": (
        {"orders": changed(ORDERS, "20.00", "-20.00")},
        "orders would be set aside; 20 of 20 have a negative amount, or a discount above the"
        " subtotal (subtotal_amount): hand returns over in refunds.",
    ),
    "customers without ids": (
        {"customers": [CUSTOMERS[0], *(line[line.index(",") :] for line in CUSTOMERS[1:])]},
        "customers would be set aside; 20 of 20 lack a value that is required (customer_id): fill"
        " this column.",
    ),
}


@pytest.mark.parametrize(("tables", "sentence"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_table_that_would_lose_every_row_stops_the_run(
    dbt: QuickDbt, shop: Path, tables: dict, sentence: str
) -> None:
    before = tables_of(shop / "build.duckdb"), (shop / "shop.duckdb").read_bytes()
    run = build(dbt, shop, write_shop(shop / "raw", **tables), *ONE_MODEL)
    assert f"Every row of the raw table {sentence}" in said(run)
    assert (tables_of(shop / "build.duckdb"), (shop / "shop.duckdb").read_bytes()) == before


def test_one_usable_row_lets_a_run_begin(dbt: QuickDbt, shop: Path) -> None:
    for orders in (
        changed(ORDERS, "EUR", "USD", 19),
        changed(ORDERS[:-1], ",paid,", ",bezahlt,") + ORDERS[-1:],
    ):
        raw = write_shop(shop / "raw", orders=orders)
        assert build(dbt, shop, raw, *ONE_MODEL).exit_code == 0
    rates = ["currency,rate_on,rate", "USD,2024-01-01,0.9"]
    raw = write_shop(shop / "raw", orders=changed(ORDERS, "EUR", "usd"), exchange_rates=rates)
    assert build(dbt, shop, raw, *ONE_MODEL).exit_code == 0


def test_no_text_that_may_be_personal_is_shown(dbt: QuickDbt, shop: Path) -> None:
    names = [f"{chr(97 + number)}nnabel" for number in range(21)]
    for words in (["ann@example.com"], ["0123 456"], names):
        orders = [
            line.replace(",paid,", f",{words[number % len(words)]},")
            for number, line in enumerate([*ORDERS, ORDERS[-1].replace("o19", "o20")])
        ]
        output = said(build(dbt, shop, write_shop(shop / "raw", orders=orders), *ONE_MODEL))
        assert "21 of 21 have a status that no setting knows" in output
        assert [word for word in words if word in output] == []


# -- before anything is published ---------------------------------------------------------------


def refused(dbt: QuickDbt, folder: Path, raw: Path, **variables: object) -> str:
    """What a build said that left the published file as it was, with nothing beside it."""
    before = {path.name: path.read_bytes() for path in folder.glob("shop.duckdb*")}
    output = said(build(dbt, folder, raw, **variables))
    assert {path.name: path.read_bytes() for path in folder.glob("shop.duckdb*")} == before
    return output


def shown(folder: Path) -> tuple[str, str, int]:
    """Shop, day and orders of the published file."""
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select any_value(raw_location), any_value(as_of_on)::varchar,"
            " max(row_count) filter (where table_name = 'orders') from publication"
        ).fetchone()


FEWER = (
    "as of 2024-02-20), fewer by more than max_shrink_share (0.2): hand over whole tables, or, if"
    " they are, build once with --vars '{accept_shrink: true}'."
)
MOST = "more than max_rejected_share (0.5): mend them, or raise this var."


@pytest.mark.parametrize(
    ("tables", "sentences"),
    [
        (
            {"orders": ORDERS[:16]},
            [f"There are 15 orders, 20 in the last publication ({FEWER}"],
        ),
        (
            {"customers": CUSTOMERS[:13], "events": EVENTS},
            [f"There are 12 contacts, 20 in the last publication ({FEWER}"],
        ),
        (
            {"orders": changed(ORDERS, ",paid,", ",bezahlt,", 11)},
            [
                "11 of 20 rows of the raw table orders were set aside (unknown_status 11; see"
                f" rejected_records), {MOST}",
                f"There are 9 orders, 20 in the last publication ({FEWER}",
            ],
        ),
        (
            {
                "orders": changed(changed(ORDERS, "EUR", "USD", 10), ",EUR,20.00", ",EUR,", 1),
                "events": EVENTS,
            },
            [
                "11 of 20 rows of the raw table orders were set aside (unknown_currency 10,"
                f" missing_required 1; see rejected_records), {MOST}",
                f"There are 9 orders, 20 in the last publication ({FEWER}",
            ],
        ),
    ],
    ids=[
        "truncated orders",
        "truncated customers, with events",
        "a renamed status",
        "another currency, with events",
    ],
)
def test_a_shop_that_has_become_much_less_is_not_published(
    dbt: QuickDbt, good: Path, shop: Path, tables: dict, sentences: list[str]
) -> None:
    output = refused(dbt, shop, write_shop(good / "raw", **tables))
    assert "Not published: " + sentences[0] in output
    for sentence in sentences:
        assert sentence in output


def test_an_empty_file_or_folder_does_not_replace_a_shop(
    dbt: QuickDbt, good: Path, shop: Path
) -> None:
    raw = write_shop(good / "raw", orders=ORDERS[:1], events=EVENTS)
    assert f"There are 0 orders, 20 in the last publication ({FEWER}" in refused(dbt, shop, raw)
    # without events there is no day to look at, and a mount that is gone leaves no file
    raw = write_shop(good / "raw", orders=ORDERS[:1])
    assert "No order or event has a time that reads" in refused(dbt, shop, raw)
    for name in ("orders.csv", "customers.csv"):
        (raw / name).unlink()
    assert "The raw table orders is missing" in refused(dbt, shop, raw)
    raw.rmdir()
    assert "The raw table orders is missing" in refused(dbt, shop, raw)


def test_settings_let_a_smaller_shop_through(dbt: QuickDbt, good: Path, shop: Path) -> None:
    # half of it is at the limit, not above
    raw = write_shop(good / "raw", orders=changed(ORDERS, ",paid,", ",bezahlt,", 10))
    run = build(dbt, shop, raw, max_shrink_share=0.5)
    assert "Published" in run.output, run.output
    assert shown(shop)[2] == 10
    # who accepts fewer orders does not accept that most of them could not be used
    raw = write_shop(good / "raw", orders=changed(ORDERS, ",paid,", ",bezahlt,", 13))
    output = refused(dbt, shop, raw, accept_shrink=True)
    assert f"unknown_status 13; see rejected_records), {MOST}" in output
    assert "in the last publication" not in output
    run = build(dbt, shop, raw, accept_shrink=True, max_rejected_share=0.7)
    assert "Published" in run.output, run.output
    assert shown(shop)[2] == 7


def test_another_shop_replaces_a_greater_and_newer_one(
    dbt: QuickDbt, good: Path, shop: Path
) -> None:
    assert shown(shop) == (str(good / "raw"), "2024-02-20", 20)
    # every row of it is there three times, which is no reason not to publish it
    orders, customers = ORDERS[:1] + ORDERS[1:5] * 3, CUSTOMERS[:1] + CUSTOMERS[1:5] * 3
    raw = write_shop(shop / "raw", orders=orders, customers=customers)
    run = build(dbt, shop, raw, as_of="2024-02-15")
    assert "Published" in run.output, run.output
    assert shown(shop) == (str(raw), "2024-02-15", 4)


def test_a_shop_is_known_by_its_folder_however_it_is_spelled(dbt: QuickDbt) -> None:
    def is_same(last: str | None, now: str) -> bool:
        return ask(dbt.manifest, "is_same_shop", {"raw_location": last}, var=lambda _: now)

    for other in ("shop/", "./shop", "shop/.", "./shop//", " shop ", "././shop/./"):
        assert is_same(other, "shop") and is_same("shop", other), other
    for one, other in (("s3://shop/a/./b/", "s3://shop/a/b"), ("/data//shop", "/data/shop")):
        assert is_same(one, other)
    for other in ("another", "shop/a", "/shop", "../shop", ".shop", "shop.", None):
        assert not is_same(other, "shop"), other


# -- places -------------------------------------------------------------------------------------

PROGRAM = """
import sys
import duckdb
with duckdb.connect(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_build_file_that_is_open_elsewhere_is_named(
    dbt: QuickDbt, good: Path, shop: Path
) -> None:
    command = [sys.executable, "-c", PROGRAM, str(shop / "build.duckdb")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "open\n"
        output = refused(dbt, shop, write_shop(good / "raw"))
    assert f"BUILD_FILE is {shop / 'build.duckdb'}, which is open in " in output
    assert f"(PID {other.pid}): close it there, or wait until that build has ended" in output


def test_a_build_file_that_is_no_build_is_named(dbt: QuickDbt, good: Path, tmp_path: Path) -> None:
    text = tmp_path / "text"
    others, published = (tmp_path / name / "build.duckdb" for name in ("others", "published"))
    for path in (others, published):
        path.parent.mkdir()
    text.write_text("a list of mine", encoding="utf-8")
    with duckdb.connect(str(others)) as connection:
        connection.execute("create schema sales; create table sales.mine as select 1 as one")
    shutil.copyfile(good / "shop.duckdb", published)
    for path, sentence in (
        (text, ", which DuckDB can't open ("),
        (text / "in" / "a file", ", whose folder can't be made (Not a directory): set another."),
        (tmp_path, ", which DuckDB can't open ("),
        (others, ", which holds other tables than those of a build (sales.mine): set it to"),
        (published, ", which holds other tables than those of a build (core."),
    ):
        before = {file: file.read_bytes() for file in (text, others, published)}
        run = dbt.run(
            *ONE_MODEL,
            folder=tmp_path,
            variables=SETTINGS | {"raw_location": str(good / "raw")},
            check=False,
            BUILD_FILE=str(path),
        )
        assert f"BUILD_FILE is {path}{sentence}" in said(run)
        assert before == {file: file.read_bytes() for file in (text, others, published)}


def test_a_published_file_that_can_not_be_replaced_is_named(
    dbt: QuickDbt, good: Path, tmp_path: Path
) -> None:
    """Before anything is built; `test_publishing` tries a database of somebody else."""
    text = tmp_path / "text"
    text.write_text("a list of mine", encoding="utf-8")
    raw = write_shop(good / "raw")
    for path, sentence in (
        (text, ", which is there, but is no published build; move that file away"),
        (text / "in" / "a file", ", which can't be replaced (Not a directory): set PUBLISHED_FILE"),
        (tmp_path, ", which can't be replaced (Is a directory): set PUBLISHED_FILE"),
    ):
        run = dbt.run(
            "build",
            folder=tmp_path / "run",
            variables=SETTINGS | {"raw_location": str(raw)},
            check=False,
            PUBLISHED_FILE=str(path),
        )
        assert f"PUBLISHED_FILE is {path}{sentence}" in said(run)
        assert " START " not in run.output.replace(" START hook", "")
        assert text.read_text(encoding="utf-8") == "a list of mine"
        assert list(tmp_path.glob("text?*")) == list(tmp_path.parent.glob("*.new")) == []


def test_a_full_disk_is_named_and_nothing_is_left_on_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = shop / "shop.duckdb"
    leftover = published.with_name("shop.duckdb.of_a_killed_run.new")
    leftover.write_bytes(b"half a file")

    def copy_half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    content = published.read_bytes()
    monkeypatch.setattr(duckdb_plugin.shutil, "copyfile", copy_half)
    answer = json.loads(duckdb_plugin.prepare_publication(str(published), ""))
    assert answer["problem"] == (
        f"PUBLISHED_FILE is {published}, which can't be replaced (No space left on device): make"
        " room for two more of it, or set PUBLISHED_FILE to another path."
    )
    assert published.read_bytes() == content
    assert sorted(path.name for path in shop.glob("shop.duckdb*")) == ["shop.duckdb"]


def test_a_process_that_fails_while_it_publishes_leaves_no_half_file(shop: Path) -> None:
    published, new = shop / "shop.duckdb", shop / "shop.duckdb.1.new"
    half = (
        "import duckdb, sys, duckdb_plugin; _, published, new = sys.argv;"
        " duckdb_plugin.prepare_publication(published, new); connection = duckdb.connect(new);"
        " connection.execute('create table one as select 1'); raise SystemExit(2)"
    )
    done = subprocess.run(
        [sys.executable, "-c", half, published, new],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert sorted(path.name for path in shop.glob("shop.duckdb*")) == ["shop.duckdb"]


def test_missing_folders_are_made(dbt: QuickDbt, good: Path, tmp_path: Path) -> None:
    places = {"BUILD_FILE": "a/b/build.duckdb", "PUBLISHED_FILE": "c/d/shop.duckdb"}
    dbt.run(
        "build",
        folder=tmp_path,
        variables=SETTINGS | {"raw_location": str(write_shop(good / "raw"))},
        **{name: str(tmp_path / path) for name, path in places.items()},
    )
    for path in places.values():
        assert (tmp_path / path).exists()


@pytest.mark.parametrize("flag", [("--empty",), ("--sample", "3 days")], ids=["empty", "sample"])
def test_a_run_that_leaves_rows_out_is_refused(
    dbt: QuickDbt, good: Path, shop: Path, flag: tuple[str, ...]
) -> None:
    before = tables_of(shop / "build.duckdb"), (shop / "shop.duckdb").read_bytes()
    raw = write_shop(good / "raw")
    for command in ("build", "run"):
        output = said(build(dbt, shop, raw, command, *flag))
        assert f"dbt {command} {flag[0]} would leave rows out of what segments are made" in output
    assert (tables_of(shop / "build.duckdb"), (shop / "shop.duckdb").read_bytes()) == before


def test_dbt_runs_from_any_folder(dbt: QuickDbt, tmp_path: Path) -> None:
    """What is relative is so to the project's folder."""
    project, elsewhere = shutil.copytree(dbt.project, tmp_path / "project"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_shop(project / "my_shop")
    (project / "target").mkdir()
    shutil.copyfile(dbt.target / "partial_parse.msgpack", project / "target/partial_parse.msgpack")
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_FILE")}
    variables = json.dumps(SETTINGS | {"raw_location": "my_shop"})
    places = ("--project-dir", project, "--profiles-dir", project, "--vars", variables)
    done = subprocess.run(
        [DBT, "run", "--select", "base_shop__customers", *places],
        cwd=elsewhere,
        env=kept | {"PERSON_SALT": "", "DBT_USE_COLORS": "false", "DBT_TARGET": "duckdb"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(elsewhere.iterdir()) == []
    built = tables_of(project / "warehouse" / "build.duckdb")
    assert len(built["staging.base_shop__customers"]) == 20


# -- the summary --------------------------------------------------------------------------------


def summarise(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the summary in a folder."""
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "summary.py", *arguments],
        cwd=folder,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_summary_is_of_the_file_that_was_published(good: Path, tmp_path: Path) -> None:
    there = str(good / "shop.duckdb")
    named = summarise(tmp_path, there, PUBLISHED_FILE=str(tmp_path / "another"))
    by_default = summarise(tmp_path, PUBLISHED_FILE=there)
    assert named.stdout == by_default.stdout
    assert named.stdout.startswith(f"Shop {good / 'raw'}, as of 2024-02-20 (version ")
    assert "  20 contacts, and 0 visitors" in named.stdout
    for path, sentence in (
        (tmp_path / "nothing", " does not exist: run `make build` first."),
        (Path(__file__), " can't be read (IO Error: "),
        (good / "build.duckdb", " is no published build: name one, or run `make build`."),
    ):
        done = summarise(good, PUBLISHED_FILE=str(path))
        assert done.returncode == 1
        assert f"{path.name}{sentence}" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_shop_without_contacts_is_published_and_summed_up(tmp_path: Path) -> None:
    visit = ["event_id,visitor_id,event_name,occurred_at", "e1,v1,page_view,2024-02-20 10:00:00"]
    raw = write_shop(tmp_path / "raw", customers=CUSTOMERS[:1], orders=ORDERS[:1], events=visit)
    run = build(quick_dbt(whole=True), tmp_path, raw)
    assert run.exit_code == 0, run.output
    done = summarise(tmp_path, PUBLISHED_FILE=str(tmp_path / "shop.duckdb"))
    assert done.returncode == 0, done.stderr
    assert "0 contacts, and 1 visitors who never said who they are" in done.stdout
    assert "There are no contacts yet" in done.stdout
    assert "Raw tables that are missing or have no usable row: campaigns, consents" in done.stdout
    assert "Segments that are empty for want of orders: at_risk_customers, big_spend" in done.stdout


# -- on servers ---------------------------------------------------------------------------------

# what the guards look at, of a shop whose tables are those of the contract
COUNTED = {
    "intermediate/as_of": "select cast('2024-02-20' as date) as as_of_on",
    "core/orders": "select order_id from {{ source('shop', 'orders') }}",
    "segments/all_customers": "select customer_id from {{ source('shop', 'customers') }}",
    "insights/data_health": (
        "select 'rejected rows' as measure, 'orders' as raw_table, 'unknown_status' as detail,"
        " sum(case when status = 'bezahlt' then 1 else 0 end) as affected_rows,"
        " count(*) as all_rows from {{ source('shop', 'orders') }}"
    ),
}
DATABASE = "guards"

# loads the raw tables, builds with some vars, and says whether that worked and what was said
BuildOnServer = Callable[..., tuple[bool, str]]


def counted_project(project: Path) -> None:
    """Put the few models that the guards look at in the place of the project's."""
    select = f"select {MADE_BY}, "
    models = {n: ("table", query.replace("select ", select, 1)) for n, query in COUNTED.items()}
    toy_project(project, models)
    shutil.rmtree(project / "tests" / "failing")
    (project / "macros" / "show_swap.sql").unlink()
    models = ROOT / "models"
    for path in [*models.rglob("*__sources.yml"), *models.rglob("*__docs.md")]:
        (project / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, project / path.relative_to(ROOT))
    hook = '  - "{{ check_settings() }}"\n'
    replace(project / "dbt_project.yml", {hook: hook + '  - "{{ open_raw() }}"\n'})
    name = {"env_var('PGDATABASE', 'shop')": f"'{DATABASE}'"}
    replace(project / "profiles.yml", name)


@pytest.fixture
def on_postgres(postgres_server: dict[str, str], tmp_path: Path) -> Iterator[BuildOnServer]:
    need(postgres_missing())
    database = database_for_builder(postgres_server, DATABASE)
    run_sql(database, "drop table raw.customers")
    connection = postgres_connection(database)
    started = QuickDbt(counted_project, engine="postgres")

    def build_there(raw: Path, **variables: object) -> tuple[bool, str]:
        load_raw.load(raw, "postgres", connection=connection, say=lambda _: None)
        roles = {"bi_reader_role": "", "esp_exporter_role": ""}
        run = started.run(
            *("build",),
            folder=tmp_path,
            variables=SETTINGS | roles | variables,
            check=False,
            **database | {"PGUSER": BUILDER},
        )
        rooms = "('core', 'segments', 'insights')"
        seen = f"select oid from pg_class where relnamespace::regnamespace::text in {rooms}"
        published = run_sql(database, f"select array({seen} order by 1)")
        return run.exit_code == 0, run.output + f"\n{published}"

    yield build_there
    started.close()
    connection.close()


@pytest.fixture
def on_spark(spark_session: Any, tmp_path: Path) -> Iterator[BuildOnServer]:
    from dbt.cli.main import dbtRunner

    lines: list[str] = []
    copy_project(tmp_path / "project")
    leave_out_the_many(tmp_path / "project")
    counted_project(tmp_path / "project")
    with parsed_once(tmp_path / "project", tmp_path / "target", "spark"):
        parsed = run_in_process(dbtRunner(), tmp_path, "parse")
    assert parsed.success, parsed.exception
    runner = dbtRunner(parsed.result, [lambda event: lines.append(event.info.msg)])

    def drop_all() -> None:
        for row in spark_session.sql("show schemas").collect():
            if row[0] != "default":
                spark_session.sql(f"drop schema {row[0]} cascade")

    def build_there(raw: Path, **variables: object) -> tuple[bool, str]:
        lines.clear()
        load_raw.load(raw, "spark", connection=spark_session, say=lambda _: None)
        settings = json.dumps(SETTINGS | variables)
        done = run_in_process(runner, tmp_path, "build", "--vars", settings)
        published = spark_session.sql(
            "select *, (select count(*) from core.orders) as orders from publication.current"
        ).collect()
        return done.success, "\n".join([*lines, str(done.exception), str(published)])

    drop_all()
    yield build_there
    drop_all()


@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_a_server_keeps_the_good_shop_too(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    build_there = request.getfixturevalue(f"on_{engine}")
    raw = tmp_path / "raw"
    # whether it is published, what it is (lines, settings), and a sentence
    went, first = build_there(write_shop(raw))
    assert went, first
    assert "Published" in first
    for tables, settings, sentence in [
        (
            {"orders": changed(ORDERS, "EUR", "USD")},
            {},
            "orders would be set aside; 20 of 20 " + NO_RATE.replace("{n}", "20") + ".",
        ),
        (
            {"orders": changed(ORDERS, "20.00", '"20,00"'), "events": EVENTS},
            {},
            "orders would be set aside; 20 of 20 have an amount that does not read",
        ),
        ({"orders": ORDERS[:16]}, {}, f"There are 15 orders, 20 in the last publication ({FEWER}"),
        (
            {"customers": CUSTOMERS[:16]},
            {},
            f"There are 15 contacts, 20 in the last publication ({FEWER}",
        ),
        (
            {"orders": changed(ORDERS, ",paid,", ",bezahlt,", 11)},
            {"accept_shrink": True},
            "Not published: 11 of 20 rows of the raw table orders were set aside (unknown_status"
            f" 11; see rejected_records), {MOST}",
        ),
    ]:
        went, output = build_there(write_shop(raw, **tables), **settings)
        assert not went
        assert sentence in output
        assert "Traceback" not in output
        # what is published is what was
        assert output.splitlines()[-1] == first.splitlines()[-1]
    for settings in ({"accept_shrink": True}, {"raw_location": "another_shop"}):
        went, output = build_there(write_shop(raw, orders=ORDERS[:11]), **settings)
        assert went, output
        assert output.splitlines()[-1] != first.splitlines()[-1]
    went, output = build_there(write_shop(raw, orders=ORDERS[:8]), as_of="2024-02-15")
    assert went, output
