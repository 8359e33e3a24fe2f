"""Wrong settings or raw data stop a run with one sentence each, before anything changes.

Wrong data stop a real dbt run on a tiny shop, after a good one on the same build file, and so do
some wrong settings; what is wrong with any others is asked of the macro.
"""

import datetime as dt
import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml
from harness import DBT, ask
from quick_dbt import QuickDbt, quick_dbt

CUSTOMERS = """customer_id,email,created_at
c1,ann@example.com,2024-01-02 10:00:00
c2,bob@example.com,2024-01-03 11:00:00
"""
ORDERS = """order_id,customer_id,ordered_at,status,currency,subtotal_amount
o1,c1,2024-01-02 10:00:00,paid,EUR,10.00
o2,c1,2024-02-02 10:00:00,paid,EUR,20.00
o3,c2,2024-02-03 11:00:00,shipped,EUR,30.00
"""
MANY_ORDERS = ORDERS + "".join(
    f"m{number},c1,2024-02-02 10:00:00,paid,EUR,20.{number % 100:02}\n" for number in range(20000)
)
SETTINGS = {"loaded_until": "2024-03-01 00:00:00"}
# One model is enough: the checks come before every run, whatever it builds.
ONE_MODEL = ("run", "--select", "stg_shop__orders")


def write_shop(folder: Path) -> Path:
    """Write the tiny shop."""
    folder.mkdir(parents=True)
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


def write_parquet(path: Path, csv_text: str) -> bytes:
    """Write a CSV's rows as Parquet and return its bytes."""
    source = path.with_name("rows_of_" + path.name + ".txt")
    source.write_text(csv_text, encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from read_csv('{source}', header=true, all_varchar=true)) to '{path}'"
            " (format parquet, compression zstd)"
        )
    source.unlink()
    return path.read_bytes()


def everything(build_file: Path) -> dict[str, list[tuple]]:
    """Every relation of a build file and its rows."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        relations = connection.execute(
            "select table_schema || '.' || table_name, table_type from information_schema.tables"
            " order by 1"
        ).fetchall()
        return {
            f"{kind} {name}": sorted(connection.execute(f"from {name}").fetchall(), key=str)
            for name, kind in relations
        }


@pytest.fixture(scope="module")
def dbt() -> QuickDbt:
    return quick_dbt()


@pytest.fixture(scope="module")
def good_build(dbt: QuickDbt, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a build file made by a good run, and something published before."""
    folder = tmp_path_factory.mktemp("errors") / "built"
    raw = write_shop(folder.with_name("raw"))
    dbt.run(
        *("build", "--select", "+as_of", "--exclude-resource-type", "test"),
        folder=folder,
        variables=SETTINGS | {"raw_location": str(raw)},
    )
    (folder / "shop.duckdb").write_bytes(b"what was published before")
    return folder


def stops(dbt: QuickDbt, built: Path, raw: Path, sentences: list[str], **variables: object) -> str:
    """Assert that a run stops with these sentences and leaves all as it was; return its output."""
    folder = raw.parent / "run"
    shutil.copytree(built, folder)
    before = everything(built / "build.duckdb")
    assert before["VIEW raw.orders"], before.keys()
    settings = SETTINGS | {"raw_location": str(raw)} | variables
    run = dbt.run(*ONE_MODEL, folder=folder, variables=settings, check=False)
    assert run.exit_code not in (0, None), run.output
    for sentence in sentences:
        assert sentence in run.output, run.output
    assert "Traceback" not in run.output
    assert "START sql" not in run.output
    assert everything(folder / "build.duckdb") == before
    assert (folder / "shop.duckdb").read_bytes() == b"what was published before"
    assert sorted(path.name for path in folder.iterdir()) == ["build.duckdb", "shop.duckdb"]
    return run.output


def problems(dbt: QuickDbt, **variables: object) -> list[str]:
    """What the macro that every run asks first says to settings."""
    settings = yaml.safe_load((dbt.project / "dbt_project.yml").read_text("utf-8"))["vars"]

    return ask(
        dbt.manifest,
        "setting_problems",
        var=(settings | variables).get,
        invocation_args_dict={"vars": variables},
        # has nothing to say to the places of files
        adapter=SimpleNamespace(dispatch=lambda *_: list),
    )


NUMBER = "set it to a number, without quotes."
DAY = "set it to latest, today or a date as YYYY-MM-DD."
STATUSES = "set it to a list of texts, such as [paid, shipped]."
RANGE = "set it to two ascending numbers above 0, such as [0.67, 1.5]."
STEPS = "set it to a list of whole numbers"
CITY = "set it to a name with a letter or digit, such as Paris."


# All wrong settings of a group are named by one run: name, value, how it is shown, what to do.
@pytest.mark.parametrize(
    "settings",
    [
        [
            ("interval_basis", "median", '"median"', "set it to one of blended, person, shop."),
            ("loyal_days", -1, '"-1"', "set it to 1 or more."),
            ("at_risk_multiplier", 0, '"0"', "set it to more than 0."),
            ("inactive_multiplier", 1000000, '"1000000"', "set it to 100000 or less."),
            ("session_timeout_minutes", None, "empty", NUMBER),
            ("as_of", "2024-02-30", '"2024-02-30"', DAY),
            ("reporting_time_zone", "Paris", '"Paris"', "set it to a name such as Europe/Paris."),
            ("reporting_currency", "€", '"€"', "set it to three capital letters such as EUR."),
            ("valid_order_statuses", "paid", '"paid"', STATUSES),
            ("other_order_statuses", None, "empty", STATUSES),
            ("raw_location", "", "empty", "set it to a text."),
        ],
        [
            ("interval_basis", None, "empty", "set it to one of blended, person, shop."),
            ("loyal_days", 1.5, '"1.5"', "set it to a whole number."),
            ("at_risk_multiplier", "1,5", '"1,5"', NUMBER),
            ("inactive_multiplier", [3], '"[3]"', NUMBER),
            ("session_timeout_minutes", True, '"True"', NUMBER),
            ("as_of", "yesterday", '"yesterday"', DAY),
            ("valid_order_statuses", ["paid", None], "\"['paid', None]\"", STATUSES),
            ("other_order_statuses", {"void": 1}, "\"{'void': 1}\"", STATUSES),
        ],
        [("loyal_days", "90", '"90"', NUMBER), ("as_of", "2024-2-3", '"2024-2-3"', DAY)],
        [
            ("as_of", None, "empty", DAY),
            ("loaded_until", "1 March", '"1 March"', "set it to a UTC"),
            ("headquarters_city", "--", '"--"', CITY),
        ],
        [
            ("prediction_level_range", [1.5, 0.67], '"[1.5, 0.67]"', RANGE),
            ("prediction_year_range", [0, 1.33], '"[0, 1.33]"', RANGE),
            # the first class begins at 1
            ("life_table_class_purchases", [1, 2], '"[1, 2]"', f"{STEPS} from 2, each"),
            ("life_table_band_days", [14, 7], '"[14, 7]"', f"{STEPS} from 1, each"),
            ("life_table_weight", 1.5, '"1.5"', "set it to 1 or less."),
        ],
        [
            ("prediction_level_range", [1, 1], '"[1, 1]"', RANGE),
            ("prediction_year_range", [0.5, 1, 2], '"[0.5, 1, 2]"', RANGE),
        ],
    ],
)
def test_wrong_settings_are_named(dbt: QuickDbt, settings: list[tuple]) -> None:
    said = problems(dbt, **{name: value for name, value, _, _ in settings})
    assert len(said) == len(settings)
    for name, _, shown, advice in settings:
        sentence = f"{name} is {shown}; {advice}"
        assert any(text.startswith(sentence) for text in said), said


def test_wrong_settings_stop_the_run(dbt: QuickDbt, good_build: Path, tmp_path: Path) -> None:
    raw = write_shop(tmp_path / "raw")
    sentences = [f"loyal_days is empty; {NUMBER}", f'as_of is "2024-02-30"; {DAY}']
    stops(dbt, good_build, raw, sentences, loyal_days=None, as_of="2024-02-30")


def test_settings_that_contradict_each_other_are_named(dbt: QuickDbt) -> None:
    statuses = ["Paid", "refunded"]
    multipliers = {"at_risk_multiplier": 3, "inactive_multiplier": 3}
    assert problems(dbt, valid_order_statuses=statuses, **multipliers) == [
        "at_risk_multiplier (3) is not below inactive_multiplier (3), so nobody would ever be at"
        " risk; lower the one or raise the other.",
        'The order status "refunded" stands in valid_order_statuses and in other_order_statuses;'
        " keep it in one of them.",
        'The order status "Paid" is not in lower case without spaces around it; write it as'
        ' "paid".',
    ]
    assert problems(dbt, valid_order_statuses=[]) == [
        "valid_order_statuses is empty, so no order would ever count; name at least one status."
    ]
    assert problems(dbt, prediction_min_auc=0.65) == []
    assert problems(dbt, prediction_min_auc=0.66) == [
        "prediction_min_auc (0.66) is above prediction_warn_auc (0.65), so no warning would ever"
        " come first; lower the one or raise the other."
    ]


def test_a_setting_that_does_not_exist_stops_the_run(
    dbt: QuickDbt, good_build: Path, tmp_path: Path
) -> None:
    sentence = "loyal_day is not a setting; the settings are raw_location, export_location,"
    stops(dbt, good_build, write_shop(tmp_path / "raw"), [sentence], loyal_day=30)


def remove(name: str) -> Callable[[Path], None]:
    return lambda raw: (raw / name).unlink()


def replace_orders(name: str, content: bytes) -> Callable[[Path], None]:
    """Hand the orders over as another file with this content."""

    def change(raw: Path) -> None:
        (raw / "orders.csv").unlink()
        (raw / name).parent.mkdir(exist_ok=True)
        (raw / name).write_bytes(content)

    return change


def orders_twice(raw: Path) -> None:
    (raw / "orders").mkdir()
    (raw / "orders" / "part.csv").write_text(ORDERS, encoding="utf-8")


def cut_parquet(raw: Path) -> None:
    content = write_parquet(raw / "orders.parquet", MANY_ORDERS)
    replace_orders("orders.parquet", content[: len(content) // 2])(raw)


def damaged_parquet(raw: Path) -> None:
    """The footer is whole, a page in the middle is not."""
    content = bytearray(write_parquet(raw / "orders.parquet", MANY_ORDERS))
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    replace_orders("orders.parquet", bytes(content))(raw)


def one_part_without_status(raw: Path) -> None:
    orders_twice(raw)
    (raw / "orders.csv").unlink()
    short = ORDERS.replace(",status", "").replace(",paid", "").replace(",shipped", "")
    (raw / "orders" / "part2.csv").write_text(short, encoding="utf-8")


def changed(old: str, new: str, rows: str = MANY_ORDERS) -> Callable[[Path], None]:
    """Hand the orders over with something else in one place."""
    assert old in rows
    return replace_orders("orders.csv", rows.replace(old, new, 1).encode())


def missing(table: str) -> str:
    return (
        f"The raw table {table} is missing: put {table}.csv, .csv.gz or .parquet, or a folder"
        f" {table} of such files, into {{raw}} (var raw_location)."
    )


def unreadable(name: str, reason: str) -> str:
    return f"The raw file {{raw}}/{name} can't be read ({reason}): mend or remove it."


LINE = "line 9005: "
ZIPPED = gzip.compress(MANY_ORDERS.encode())
LATIN_1 = MANY_ORDERS.replace("m9000,c1,", "m9000,é,").encode("latin-1")
NO_HEADER = "it does not begin with a header"
NO_DAY = (
    "No order or event has a time that reads, so there is no day to look at: check ordered_at of"
    " orders, or set as_of to a date."
)


WRONG_DATA = {
    "no_orders": (remove("orders.csv"), missing("orders")),
    "no_customers": (remove("customers.csv"), missing("customers")),
    "no_folder": (shutil.rmtree, missing("orders")),
    "orders_without_status": (
        changed("status", "state"),
        "The raw table orders lacks the required column status: add it to {raw}/orders.csv,"
        " under this name.",
    ),
    "semicolons": (
        replace_orders("orders.csv", ORDERS.replace(",", ";").encode()),
        "The file {raw}/orders.csv is separated by semicolons: save it as a CSV that is separated"
        " by commas.",
    ),
    # either would do
    "customers_without_names": (
        lambda raw: (raw / "customers.csv").write_text("created_at\n2024-01-01\n"),
        "The raw table customers lacks the required column customer_id (or email): add it to"
        " {raw}/customers.csv, under this name.",
    ),
    "one_part_without_status": (
        one_part_without_status,
        "The raw table orders lacks the required column status: add it to"
        " {raw}/orders/part2.csv, under this name.",
    ),
    "a_column_twice": (
        changed("customer_id", " Status"),
        "The raw file {raw}/orders.csv has the column status twice: keep one of them.",
    ),
    "orders_twice": (
        orders_twice,
        "The raw table orders is given twice (orders.csv and orders in {raw}): keep one of them.",
    ),
    "events_as_json": (
        lambda raw: (raw / "events.json").write_text("[]"),
        "The raw file {raw}/events.json is neither CSV nor Parquet: hand events over as"
        " events.csv, .csv.gz or .parquet, or remove the file.",
    ),
    "zero_bytes": (replace_orders("orders.csv", b""), unreadable("orders.csv", NO_HEADER)),
    "empty_first_line": (
        changed("order_id", "\norder_id"),
        unreadable("orders.csv", NO_HEADER),
    ),
    "half_a_gzip": (
        replace_orders("orders.csv.gz", ZIPPED[: len(ZIPPED) // 2]),
        unreadable("orders.csv.gz", "Unexpected end of GZIP stream: {raw}/orders.csv.gz"),
    ),
    "half_a_parquet": (
        cut_parquet,
        unreadable(
            "orders.parquet",
            "No magic bytes found at end of file '{raw}/orders.parquet'",
        ),
    ),
    "a_damaged_page": (damaged_parquet, "The raw file {raw}/orders.parquet can't be read ("),
    "a_value_too_many": (
        changed("m9000,", "m9000,c2,"),
        unreadable("orders.csv", LINE + "Expected Number of Columns: 6 Found: 7"),
    ),
    "a_value_too_few": (
        changed("m9000,", ""),
        unreadable("orders.csv", LINE + "Expected Number of Columns: 6 Found: 5"),
    ),
    "a_quote_not_closed": (
        changed("m9000,", 'm9000,"'),
        unreadable("orders.csv", LINE + "Value with unterminated quote found"),
    ),
    "not_utf_8": (
        replace_orders("orders.csv", LATIN_1),
        unreadable("orders.csv", LINE + "it is not UTF-8"),
    ),
    "no_order": (replace_orders("orders.csv", ORDERS.splitlines()[0].encode()), NO_DAY),
}


@pytest.mark.parametrize(("change", "sentence"), WRONG_DATA.values(), ids=WRONG_DATA.keys())
def test_wrong_raw_data_stops_the_run(
    dbt: QuickDbt,
    good_build: Path,
    tmp_path: Path,
    change: Callable[[Path], object],
    sentence: str,
) -> None:
    raw = write_shop(tmp_path / "raw")
    change(raw)
    stops(dbt, good_build, raw, [sentence.replace("{raw}", str(raw))])


def test_a_day_before_all_data_stops_the_run(
    dbt: QuickDbt, good_build: Path, tmp_path: Path
) -> None:
    sentence = (
        "as_of is 2024-01-01, but the data begin on 2024-01-02: set it to that day or a later one."
    )
    stops(dbt, good_build, write_shop(tmp_path / "raw"), [sentence], as_of="2024-01-01")


def test_the_first_day_of_the_data_is_a_day_to_look_at(dbt: QuickDbt, tmp_path: Path) -> None:
    settings = SETTINGS | {"raw_location": str(write_shop(tmp_path / "raw")), "as_of": "2024-01-02"}
    dbt.run("run", "--select", "base_shop__customers", folder=tmp_path / "run", variables=settings)


def test_today_before_all_data_stops_the_run(
    dbt: QuickDbt, good_build: Path, tmp_path: Path
) -> None:
    # loaded_until is empty: one day after the clock
    raw = write_shop(tmp_path / "raw")
    today = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    for file, text in (("orders.csv", ORDERS), ("customers.csv", CUSTOMERS)):
        (raw / file).write_text(re.sub(r"2024-[-:\d ]+", today, text), encoding="utf-8")
    output = stops(
        dbt, good_build, raw, [], as_of="today", loaded_until="", reporting_time_zone="UTC"
    )
    assert f"as_of is today, but the data begin on {today[:10]}: set it to" in output


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("build", "BUILD_FILE and PUBLISHED_FILE are both {path}; set one of them"),
        ("segments", "PUBLISHED_FILE is {path}, but a schema has that name; call the file"),
    ],
)
def test_a_published_file_that_has_the_name_of_another_thing_stops_the_run(
    dbt: QuickDbt, tmp_path: Path, name: str, sentence: str
) -> None:
    settings = SETTINGS | {"raw_location": str(write_shop(tmp_path / "raw"))}
    path = str(tmp_path / f"{name}.duckdb")
    run = dbt.run(*ONE_MODEL, folder=tmp_path, variables=settings, check=False, PUBLISHED_FILE=path)
    assert run.exit_code not in (0, None)
    assert sentence.format(path=path) in run.output


def command(dbt: QuickDbt, folder: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run dbt from another folder on a copy of the project and a shop that has no orders."""
    project = shutil.copytree(dbt.project, folder / "project")
    (folder / "elsewhere").mkdir()
    (project / "target").mkdir()
    shutil.copyfile(dbt.target / "partial_parse.msgpack", project / "target/partial_parse.msgpack")
    (write_shop(project / "sample_shop") / "orders.csv").unlink()
    (project / "warehouse").mkdir()
    given = ("--vars", json.dumps(variables)) if variables else ()
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_FILE")}
    return subprocess.run(
        [str(DBT), *ONE_MODEL, *given, "--project-dir", project, "--profiles-dir", project],
        cwd=folder / "elsewhere",
        env=kept | {"PERSON_SALT": "", "DBT_USE_COLORS": "false", "DBT_TARGET": "duckdb"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_it_from_any_folder(dbt: QuickDbt, tmp_path: Path) -> None:
    """By the command itself: its exit code, and what a person reads.

    Wherever it runs, what is relative is so to the project's folder.
    """
    done = command(dbt, tmp_path)
    assert done.returncode != 0
    assert "The raw table orders is missing: put orders.csv" in done.stdout
    assert "customers is missing" not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert everything(tmp_path / "project" / "warehouse" / "build.duckdb") == {}


@pytest.mark.parametrize(
    ("name", "value"), [("loyal_min_purchases", "3"), ("other_order_statuses", None)]
)
def test_a_setting_that_breaks_a_model_while_dbt_parses_is_named(
    dbt: QuickDbt, tmp_path: Path, name: str, value: object
) -> None:
    done = command(dbt, tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"Settings: {name} is " in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "project" / "warehouse" / "build.duckdb").exists()
