"""A broken shop does not take a good one's place, and a run's places are looked at before it works.

Runs are of a few models that the guards look at, on each engine; one is of the project's own models
of the lifecycle.
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
from harness import ROOT, ask, copy_project
from quick_dbt import QuickDbt, Run, leave_out_the_many, parsed_once, quick_dbt
from test_parity import run_in_process
from test_publishing_postgres import BUILDER, database_for_builder, run_sql
from toy import DAY, MADE_BY, replace, toy_project

SETTINGS = {"loaded_until": "2024-03-01 00:00:00"}
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
# what the guards look at, of a shop whose tables are those of the contract
COUNTED = {
    "intermediate/as_of": f"select cast('{DAY}' as date) as as_of_on",
    # a build file is known by its staging
    "staging/paid": "select order_id from {{ source('shop', 'orders') }} where status = 'paid'",
    "core/orders": "select order_id from {{ ref('paid') }}",
    "segments/all_customers": "select customer_id from {{ source('shop', 'customers') }}",
    # duplicates are no reason to publish nothing, however many they are
    "insights/data_health": (
        "select details.measure, 'orders' as raw_table, details.detail, sum(case when"
        " case details.detail when 'duplicate' then true when 'unknown_status'"
        " then status <> 'paid' else subtotal_amount = '21.00' end then 1 else 0 end)"
        " as affected_rows, count(*) as all_rows from {{ source('shop', 'orders') }} cross join"
        " (select 'rejected rows' as measure, 'unknown_status' as detail"
        " union all select 'rejected rows', 'duplicate'"
        " union all select 'orders that do not add up', '') as details"
        " group by details.measure, details.detail"
    ),
}
DATABASE = "guards"


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


def content(folder: Path) -> tuple[dict[str, list[tuple]], dict[str, bytes]]:
    """Every table of a build file and its rows; the published file, and what is beside it."""
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        tables = {
            name: sorted(connection.execute(f"from {name}").fetchall(), key=str)
            for (name,) in names
        }
    return tables, published(folder)


def published(folder: Path) -> dict[str, bytes]:
    """The published file, and what is beside it."""
    return {path.name: path.read_bytes() for path in folder.glob("shop.duckdb*")}


def said(run: Run) -> str:
    """What a run that failed printed, without a traceback."""
    assert run.exit_code not in (0, None), run.output
    assert "Traceback" not in run.output, run.output
    return run.output


def build(dbt: QuickDbt, folder: Path, raw: Path, *arguments: str, **variables: object) -> Run:
    """Build a raw folder where the good shop was built; its exit code may be any."""
    settings = SETTINGS | {"raw_location": str(raw)} | variables
    return dbt.run(*arguments or ("build",), folder=folder, variables=settings, check=False)


def good_shop(dbt: QuickDbt, folder: Path) -> Path:
    """Build and publish the good shop in a folder; returns it."""
    run = build(dbt, folder, write_shop(folder / "raw", events=EVENTS))
    assert "Published" in run.output, run.output
    return folder


@pytest.fixture(scope="module")
def toy() -> Iterator[QuickDbt]:
    started = QuickDbt(counted_project)
    yield started
    started.close()


@pytest.fixture(scope="module")
def toy_shop(toy: QuickDbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the good shop (raw), built and published by the few models."""
    return good_shop(toy, tmp_path_factory.mktemp("toy"))


@pytest.fixture
def shop(toy_shop: Path, tmp_path: Path) -> Path:
    """Folder for a run: what the good shop's left in it."""
    for name in ("build.duckdb", "shop.duckdb"):
        shutil.copyfile(toy_shop / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the good shop (raw), built and published by the project."""
    return good_shop(quick_dbt(), tmp_path_factory.mktemp("good"))


# -- before anything is built -------------------------------------------------------------------


def no_rate(rows: int, of: int = 20) -> str:
    """What is said of orders in dollars."""
    return (
        f"{rows} of {of} have a currency that is neither reporting_currency (EUR) nor rated on the"
        f' day of the order ("USD" {rows}): set var reporting_currency, or hand over exchange_rates'
    )


ASIDE = "Every row of the raw table {} would be set aside; "
LACK = "lack a value that is required"
# what is wrong with each of twenty orders
FAULTS = [("20.00", '"20,00"')] * 7 + [("2024-02-", "Feb 2024 ")] * 5 + [("2024", "2025")] * 4
FAULTS += [("20.00", "-20.00")] * 3 + [("20.00", "1000000000000")]
UNUSABLE = {
    "a currency that is rated too late": (
        {
            "orders": changed(ORDERS, "EUR", "USD"),
            "events": EVENTS,
            "exchange_rates": ["currency,rate_on,rate", "USD,2024-02-20,0.9", "GBP,2024-01-01,1"],
        },
        [ASIDE.format("orders") + no_rate(20) + "."],
    ),
    # no text that may be personal is shown
    "a status of another language": (
        {
            "orders": changed(
                changed(changed(ORDERS, "paid", "Bezahlt", 15), "paid", "versandt", 4),
                "paid",
                "ann@example.com",
            )
        },
        [
            ASIDE.format("orders") + "20 of 20 have a status that no setting knows"
            ' ("bezahlt" 15, "versandt" 4): name it in var valid_order_statuses or'
            " other_order_statuses; a consent in seeds/consent_spellings.csv."
        ],
    ),
    # each row counts for its first reason
    "two reasons, and customers without ids": (
        {
            "orders": changed(changed(ORDERS, ",paid,", ",,", 8), "EUR", "usd"),
            "customers": [
                CUSTOMERS[0],
                *("," + line[line.rindex(",") :] for line in CUSTOMERS[1:]),
            ],
        },
        [
            ASIDE.format("orders")
            + no_rate(12)
            + f"; 8 of 20 {LACK} (status): fill it in every row.",
            ASIDE.format("customers")
            + "20 of 20 lack the key (customer_id): fill it in every row.",
        ],
    ),
    "what does not read or is not possible": (
        {
            "orders": [
                ORDERS[0],
                *(line.replace(*fault) for line, fault in zip(ORDERS[1:], FAULTS, strict=True)),
            ]
        },
        [
            ASIDE.format("orders") + "7 of 20 have an amount that does not read (subtotal_amount):"
            " write it with a decimal point and nothing else, as 1234.50; 5 of 20 have a time that"
            " does not read (ordered_at): write it as 2025-03-31T09:05:00Z or 2025-03-31; 4 of 20"
            " are later than loaded_until (ordered_at): set var loaded_until, or mend the clock"
            " that they come from; 3 of 20 have a negative amount, or a discount above the"
            " subtotal (subtotal_amount): hand returns over in refunds; 1 of 20 have an amount of"
            " more than 12 digits (subtotal_amount): check the unit it is in."
        ],
    ),
}


@pytest.mark.parametrize(("tables", "sentences"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_table_that_would_lose_every_row_stops_the_run(
    toy: QuickDbt, toy_shop: Path, tmp_path: Path, tables: dict, sentences: list[str]
) -> None:
    before = content(toy_shop)
    output = said(build(toy, toy_shop, write_shop(tmp_path / "raw", **tables)))
    for sentence in sentences:
        assert sentence in output
    assert content(toy_shop) == before


def test_one_usable_row_lets_a_run_begin(toy: QuickDbt, shop: Path) -> None:
    one = changed(changed(ORDERS, "EUR", "USD", 10), "paid,EUR", "bezahlt,EUR", 9)
    rates = ["currency,rate_on,rate", "USD,2024-01-01,0.9"]
    for tables in (
        {"orders": one},
        {"orders": changed(ORDERS, "EUR", "usd"), "exchange_rates": rates},
    ):
        run = build(toy, shop, write_shop(shop / "raw", **tables), "run", "--select", "as_of")
        assert run.exit_code == 0, run.output


def test_no_text_that_may_be_personal_is_shown(toy: QuickDbt) -> None:
    def met(*words: str) -> str:
        return ask(toy.manifest, "words_met", [(word, 1) for word in words])

    names = [f"{chr(97 + number)}nnabel" for number in range(21)]
    assert met("ann@example.com", "0123 456", "a" * 41) == ""
    assert met(*names) == "21 different words"
    assert met(*names[:20], "0").count("nnabel") == 20


# -- before anything is published ---------------------------------------------------------------


def fewer(now: int, what: str, day: str) -> str:
    """What is said of a shop that has lost some."""
    return (
        f"There are {now} {what}, 20 in the last publication (as of {day}), fewer by more than"
        " max_shrink_share (0.2): hand over whole tables, or, if they are, build once with"
        " --vars '{accept_shrink: true}'."
    )


MOST = "more than max_rejected_share (0.5): mend them, or raise this var."


def test_a_shop_that_has_become_much_less_is_not_published(good: Path) -> None:
    """What the guards look at is what the project's own models say."""
    orders = changed(changed(ORDERS, "EUR", "USD", 10), ",EUR,20.00", ",EUR,", 1)
    # as duplicates are no reason, they are not among the reasons
    orders += orders[-1:] * 2
    raw = write_shop(good / "raw", orders=orders, customers=CUSTOMERS[:13], events=EVENTS)
    before = published(good)
    output = said(build(quick_dbt(), good, raw, max_rejected_share=0.4))
    assert published(good) == before
    for sentence in (
        "Not published: 11 of 22 rows of the raw table orders were set aside (unknown_currency 10,"
        " missing_required 1; see rejected_records), more than max_rejected_share (0.4)",
        fewer(9, "orders", "2024-02-20"),
        fewer(12, "contacts", "2024-02-20"),
    ):
        assert sentence in output


def test_a_shop_is_known_by_its_folder_however_it_is_spelled(toy: QuickDbt) -> None:
    def is_same(last: str | None, now: str) -> bool:
        return ask(toy.manifest, "is_same_shop", {"raw_location": last}, var=lambda _: now)

    for other in ("shop/", "./shop", "shop/.", "./shop//", " shop ", "././shop/./"):
        assert is_same(other, "shop") and is_same("shop", other), other
    for one, other in (("s3://shop/a/./b/", "s3://shop/a/b"), ("/data//shop", "/data/shop")):
        assert is_same(one, other)
    for other in ("another", "shop/a", "/shop", "../shop", ".shop", "shop.", None):
        assert not is_same(other, "shop"), other


# -- places -------------------------------------------------------------------------------------


def test_a_build_file_that_is_open_elsewhere_is_named(toy: QuickDbt, shop: Path) -> None:
    before = published(shop)
    program = "import sys, duckdb; kept = duckdb.connect(sys.argv[1]); print(); sys.stdin.read()"
    command = [sys.executable, "-c", program, str(shop / "build.duckdb")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "\n"
        output = said(build(toy, shop, write_shop(shop / "raw")))
    assert f"BUILD_FILE is {shop / 'build.duckdb'}, which is open in " in output
    assert f"(PID {other.pid}): close it there, or wait until that build has ended" in output
    assert published(shop) == before


def test_a_place_that_is_somebody_elses_is_named(shop: Path) -> None:
    """Runs that say so: the one above, and one of `test_publishing`."""
    text, others = shop / "text", shop / "others.duckdb"
    text.write_text("a list of mine", encoding="utf-8")
    with duckdb.connect(str(others)) as connection:
        connection.execute("create schema sales; create table sales.mine as select 1 as one")

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}

    before = files()
    for path, sentence in (
        (text, "which DuckDB can't open ("),
        (text / "in" / "a file", "whose folder can't be made (Not a directory): set another."),
        (shop, "which DuckDB can't open ("),
        (others, "which holds other tables than those of a build (sales.mine): set it to"),
        (shop / "shop.duckdb", "which holds other tables than those of a build (core."),
    ):
        problem = duckdb_plugin.build_file_problem(str(path), {})
        assert problem.startswith(f"BUILD_FILE is {path}, {sentence}")
    for path, sentence in (
        (text, "which is there, but is no published build; move that file away"),
        (text / "in" / "a file", "which can't be replaced (Not a directory): set PUBLISHED_FILE"),
        (shop, "which can't be replaced (Is a directory): set PUBLISHED_FILE"),
    ):
        problem = json.loads(duckdb_plugin.prepare_publication(str(path), ""))["problem"]
        assert problem.startswith(f"PUBLISHED_FILE is {path}, {sentence}")
    assert files() == before
    assert list(shop.parent.glob("*.new")) == []


def test_a_full_disk_is_named_and_nothing_is_left_on_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = shop / "shop.duckdb", published(shop)
    path.with_name("shop.duckdb.of_a_killed_run.new").write_bytes(b"half a file")

    def copy_half(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(duckdb_plugin.shutil, "copyfile", copy_half)
    assert json.loads(duckdb_plugin.prepare_publication(str(path), ""))["problem"] == (
        f"PUBLISHED_FILE is {path}, which can't be replaced (No space left on device): make"
        " room for two more of it, or set PUBLISHED_FILE to another path."
    )
    assert published(shop) == before


def test_a_process_that_fails_while_it_publishes_leaves_no_half_file(shop: Path) -> None:
    before = published(shop)
    half = (
        "import duckdb, sys, duckdb_plugin; _, published, new = sys.argv;"
        " duckdb_plugin.prepare_publication(published, new); connection = duckdb.connect(new);"
        " connection.execute('create table one as select 1'); raise SystemExit(2)"
    )
    done = subprocess.run(
        [sys.executable, "-c", half, shop / "shop.duckdb", shop / "shop.duckdb.1.new"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert published(shop) == before


def test_missing_folders_are_made(tmp_path: Path) -> None:
    build_file, published_file = tmp_path / "a" / "b" / "build", tmp_path / "c" / "d" / "shop"
    assert duckdb_plugin.build_file_problem(str(build_file), {}) is None
    answer = json.loads(duckdb_plugin.prepare_publication(str(published_file), ""))
    assert answer == {"problem": None, "last": {}}
    assert build_file.parent.is_dir() and published_file.parent.is_dir()


@pytest.mark.parametrize(
    "command", [("build", "--sample", "3 days"), ("run", "--empty")], ids=["sample", "empty"]
)
def test_a_run_that_leaves_rows_out_is_refused(
    toy: QuickDbt, toy_shop: Path, command: tuple[str, ...]
) -> None:
    before = content(toy_shop)
    output = said(build(toy, toy_shop, toy_shop / "raw", *command))
    sentence = f"dbt {command[0]} {command[1]} would leave rows out of what segments are made"
    assert sentence in output
    assert content(toy_shop) == before


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


def test_the_summary_is_of_the_file_that_was_published(
    built_edge_shop: Path, tmp_path: Path
) -> None:
    good, there = built_edge_shop, str(built_edge_shop / "shop.duckdb")
    with duckdb.connect(there, read_only=True) as connection:
        counts = "count(*) filter (where is_contact), count(*) filter (where not is_contact)"
        [(contacts, visitors)] = connection.execute(f"select {counts} from core.people").fetchall()
    named = summarise(tmp_path, there, PUBLISHED_FILE=str(tmp_path / "another"))
    by_default = summarise(tmp_path, PUBLISHED_FILE=there)
    assert named.stdout == by_default.stdout
    raw = ROOT / "tests" / "edge_shop" / "raw"
    assert named.stdout.startswith(f"Shop {raw}, as of 2024-03-31 (version ")
    assert f"  {contacts:,} contacts, and {visitors:,} visitors" in named.stdout
    for path, sentence in (
        (tmp_path / "nothing", " does not exist: run `make build` first."),
        (Path(__file__), " can't be read (IO Error: "),
        (good / "build.duckdb", " is no published build: name one, or run `make build`."),
    ):
        done = summarise(good, PUBLISHED_FILE=str(path))
        assert done.returncode == 1
        assert f"{path.name}{sentence}" in done.stderr
        assert "Traceback" not in done.stderr


# the only one that needs all segments
@pytest.mark.full
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


# -- on each engine -----------------------------------------------------------------------------

# loads raw tables, builds with some vars, and says whether that worked, what was said, which tables
# are published, and how many orders
BuildThere = Callable[..., tuple[bool, str, object, int]]


@pytest.fixture
def on_duckdb(toy: QuickDbt, tmp_path: Path) -> BuildThere:
    def build_there(raw: Path, **variables: object) -> tuple[bool, str, object, int]:
        run = build(toy, tmp_path, raw, **variables)
        with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:
            [(orders,)] = connection.execute("select count(*) from core.orders").fetchall()
        return run.exit_code == 0, run.output, published(tmp_path), orders

    return build_there


@pytest.fixture
def on_postgres(postgres_server: dict[str, str], tmp_path: Path) -> Iterator[BuildThere]:
    need(postgres_missing())
    database = database_for_builder(postgres_server, DATABASE)
    run_sql(database, "drop table raw.customers")
    connection = postgres_connection(database)
    started = QuickDbt(counted_project, engine="postgres")

    def build_there(raw: Path, **variables: object) -> tuple[bool, str, object, int]:
        load_raw.load(raw, "postgres", connection=connection, say=lambda _: None)
        run = started.run(
            *("build",),
            folder=tmp_path,
            variables=SETTINGS | {"bi_reader_role": "", "esp_exporter_role": ""} | variables,
            check=False,
            **database | {"PGUSER": BUILDER},
        )
        rooms = "('core', 'segments', 'insights')"
        tables = f"select oid from pg_class where relnamespace::regnamespace::text in {rooms}"
        query = f"select array({tables} order by 1), (select count(*) from core.orders)"
        [(found, orders)] = run_sql(database, query)
        return run.exit_code == 0, run.output, found, orders

    yield build_there
    started.close()
    connection.close()


@pytest.fixture
def on_spark(spark_session: Any, tmp_path: Path) -> Iterator[BuildThere]:
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

    def build_there(raw: Path, **variables: object) -> tuple[bool, str, object, int]:
        lines.clear()
        load_raw.load(raw, "spark", connection=spark_session, say=lambda _: None)
        settings = json.dumps(SETTINGS | variables)
        done = run_in_process(runner, tmp_path, "build", "--vars", settings)
        query = "select *, (select count(*) from core.orders) as orders from publication.current"
        [(*found, orders)] = spark_session.sql(query).collect()
        return done.success, "\n".join([*lines, str(done.exception)]), found, orders

    drop_all()
    yield build_there
    drop_all()


# what a shop becomes, with which settings, what is then said or how many orders are published
REFUSED = [
    (
        {
            "orders": changed(changed(ORDERS, "EUR", "USD", 11), ",EUR,20.00", ',EUR,"20,00"'),
            "exchange_rates": ["currency,rate_on,rate", "USD,2024-02-20,0.9"],
        },
        {},
        [ASIDE.format("orders") + no_rate(11) + "; 9 of 20 have an amount that does not read (sub"],
    ),
    # an empty file, and one cut short
    (
        {"orders": ORDERS[:1], "customers": CUSTOMERS[:16], "events": EVENTS},
        {},
        ["Not published: " + fewer(0, "orders", "2024-03-01"), fewer(15, "contacts", "2024-03-01")],
    ),
    # who accepts fewer orders does not accept that most of them could not be used
    (
        {"orders": changed(ORDERS, ",paid,", ",bezahlt,", 11)},
        {"accept_shrink": True},
        [
            "Not published: 11 of 20 rows of the raw table orders were set aside (unknown_status"
            f" 11; see rejected_records), {MOST}"
        ],
    ),
    # what a column holds that was taken for another
    (
        {"orders": changed(ORDERS, "20.00", "21.00", 2)},
        {},
        [
            "Not published: The amounts of 2 of 20 orders do not add up (total = subtotal -"
            " discount + shipping, with or without tax), more than max_unbalanced_share (0.05):"
            " check which columns subtotal_amount,"
        ],
    ),
]
PUBLISHED = [
    # half of it is at the limit, not above
    (changed(ORDERS, ",paid,", ",bezahlt,", 10), {"max_shrink_share": 0.5}, 10),
    (
        changed(ORDERS, ",paid,", ",bezahlt,", 13),
        {"accept_shrink": True, "max_rejected_share": 0.7},
        7,
    ),
    (changed(ORDERS, "20.00", "21.00", 1), {"accept_shrink": True}, 20),
    # another shop replaces a greater and newer one
    (ORDERS[:4], {"raw_location": "another_shop", "as_of": "2024-02-15"}, 3),
]


@pytest.mark.parametrize(
    "engine",
    ["duckdb", *(pytest.param(name, marks=pytest.mark.full) for name in ("postgres", "spark"))],
)
def test_a_good_shop_stays_until_another_or_a_setting_replaces_it(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    build_there, raw = request.getfixturevalue(f"on_{engine}"), tmp_path / "raw"
    went, output, *first = build_there(write_shop(raw))
    assert went and "Published" in output, output
    for tables, settings, sentences in REFUSED:
        went, output, *now = build_there(write_shop(raw, **tables), **settings)
        assert not went and "Traceback" not in output, output
        for sentence in sentences:
            assert sentence in output
        assert ("in the last publication" in output) == ("in the last" in "".join(sentences))
        assert now == first
    for orders, settings, count in PUBLISHED:
        if engine == "duckdb" and "raw_location" in settings:
            raw = raw.rename(tmp_path / "another_shop")
            settings = settings | {"raw_location": str(raw)}
        went, output, _, published_orders = build_there(write_shop(raw, orders=orders), **settings)
        assert went, output
        assert published_orders == count
