"""Who comes and who leaves is kept from build to build, by what is published and nothing else."""

import shutil
from pathlib import Path

import duckdb
import pytest
from quick_dbt import Run, quick_dbt
from summary import summary

CUSTOMERS = ["customer_id,email,created_at"] + [
    f"{name},{name}@example.com,2024-01-01 10:00:00" for name in ("ada", "ben", "cleo", "dan")
]
ORDERS = [
    "order_id,customer_id,email,ordered_at,status,currency,subtotal_amount",
    "1,ada,,2024-01-02 10:00:00,paid,EUR,20.00",
    "2,ben,,2024-01-03 10:00:00,paid,EUR,20.00",
    "3,ada,,2024-01-06 10:00:00,paid,EUR,20.00",
    "4,,guest@example.com,2024-01-06 10:00:00,paid,EUR,20.00",
    "5,cleo,,2024-01-08 10:00:00,paid,EUR,20.00",
]
SETTINGS = {"loaded_until": "2024-02-01 00:00:00", "accept_shrink": True}
LOG = "membership.segment_membership_log"
# what is in the log and not in the memberships, or the other way round
REPLAY = f"""
    select person_id, segment, segment_value, sum(step)
    from (
        select person_id, segment, segment_value, if(change = 'entered', 1, -1) as step from {LOG}
        union all
        select person_id, segment, segment_value, -1 from membership.segment_memberships
    )
    group by all
    having sum(step) <> 0
"""
COUNTS = f"select as_of_date, segment, change, count(*) from {LOG}"
JANUARY_6 = [
    (6, "ada", "first_time_buyers", "exited"),
    (6, "ada", "repeat_customers", "entered"),
]
GUEST = ["first_time_buyers", "all_customers"]


def write_shop(raw: Path, **tables: list[str]) -> None:
    """Write the raw tables; those that are not given are as above."""
    raw.mkdir(exist_ok=True)
    for name, lines in ({"customers": CUSTOMERS, "orders": ORDERS} | tables).items():
        (raw / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def start_day(place: Path, as_of: int | str, *options: str, **variables: object) -> Run:
    """Begin to build the shop as of a day of January 2024, or `latest`."""
    as_of = f"2024-01-{as_of:02}" if isinstance(as_of, int) else as_of
    settings = SETTINGS | {"raw_location": str(place / "raw"), "as_of": as_of} | variables
    return quick_dbt().start("build", *options, folder=place, variables=settings)


def build_day(place: Path, *arguments: int | str, **variables: object) -> str:
    """Build as `start_day` does, to the end. Returns: dbt's output."""
    run = start_day(place, *arguments, **variables).wait()
    assert run.exit_code == 0, run.output
    return run.output


def ask(place: Path, query: str, file: str = "shop") -> list[tuple]:
    """Rows of a query on what is published, or on the build file."""
    with duckdb.connect(str(place / f"{file}.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def changes(place: Path, days: str = "true") -> list[tuple]:
    """Day of January, person, segment and change of what is published; a guest is None here."""
    query = (
        "select day(as_of_date) as day, nullif(split_part(person_id, ':', 2), ''), segment, change"
        f" from {LOG} where {days} and not starts_with(person_id, 'g:') order by all"
    )
    return ask(place, query)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop in it, built and published as of the third and the sixth."""
    place = tmp_path_factory.mktemp("log")
    write_shop(place / "raw")
    for day in (3, 6):
        build_day(place, day)
        assert ask(place, REPLAY) == []
    return place


@pytest.fixture
def place(built: Path, tmp_path: Path) -> Path:
    """A copy of that, as if it had been built where it is now."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("update publication set raw_location = ?", [str(tmp_path / "raw")])
    return tmp_path


def test_everybody_enters_on_the_first_day_and_then_only_changes_are_kept(built: Path) -> None:
    everybody = ask(
        built, "select count(*) from membership.segment_memberships where person_id like 'c:%'"
    )
    assert [row for row in changes(built, "day < 6") if row[3] != "entered"] == []
    assert [(len(changes(built, "day < 6")),)] == everybody
    assert changes(built, "day = 6") == JANUARY_6
    guest = f"select segment from {LOG} where person_id like 'g:%' and change = 'entered'"
    assert sorted(row[0] for row in ask(built, guest)) == sorted(GUEST)


def test_a_rerun_replaces_its_day_also_where_it_now_has_no_change(place: Path) -> None:
    first_day, counts = changes(place, "day = 3"), ask(place, f"{COUNTS} group by all order by all")
    # neither a full refresh nor a lost build file costs a day
    build_day(place, 6, "--full-refresh")
    assert ask(place, f"{COUNTS} group by all order by all") == counts
    (place / "build.duckdb").unlink()
    write_shop(place / "raw", orders=ORDERS[:3])
    build_day(place, 6)
    assert changes(place) == first_day
    assert ask(place, REPLAY) == []
    write_shop(place / "raw")
    build_day(place, 6)
    assert changes(place) == first_day + JANUARY_6


def test_an_older_day_leaves_the_log_as_it_is_and_says_so(place: Path) -> None:
    before, said = changes(place), "The membership log ends on 2024-01-06, after 2024-01-0"
    output = build_day(place, 5)
    assert f"{said}5, and stays as it is." in output and "Not published: 2024-01-05" in output
    assert ask(place, f"select max(as_of_date) from {LOG}", "build") == ask(
        place, f"select max(as_of_date) from {LOG}"
    )
    # an order that never was is gone: an older day is published
    write_shop(place / "raw", orders=ORDERS[:3])
    assert f"{said}3, and stays as it is." in build_day(place, "latest")
    assert changes(place) == before
    assert "The membership log ends on 2024-01-06" in summary(place / "shop.duckdb")


def test_the_id_of_an_erased_person_goes_and_the_counts_stay(place: Path) -> None:
    before = ask(place, f"{COUNTS} group by all order by all")
    requests = ["request_id,customer_id,requested_at", "1,ada,2024-01-08 10:00:00"]
    write_shop(place / "raw", erasure_requests=requests)
    for _ in ("first", "rerun"):
        build_day(place, 8)
        assert ask(place, f"select count(*) from {LOG} where person_id like '%ada'") == [(0,)]
        earlier = f"{COUNTS} where as_of_date < date '2024-01-08' group by all order by all"
        assert ask(place, earlier) == before
        assert changes(place, "day = 8") == [
            (8, "cleo", "first_time_buyers", "entered"),
            (8, "cleo", "prospects", "exited"),
        ]
        nobody = f"select segment, change from {LOG} where person_id is null and day(as_of_date) = 8"
        assert sorted(ask(place, nobody)) == [
            ("all_customers", "exited"),
            ("repeat_customers", "exited"),
        ]
        assert ask(place, REPLAY) == []


def test_a_build_that_is_not_published_leaves_no_trace(place: Path) -> None:
    before = changes(place)
    write_shop(place / "raw", orders=ORDERS[:2])
    run = start_day(place, 7, accept_shrink=False).wait()
    assert run.exit_code != 0 and "fewer by more than max_shrink_share" in run.output
    assert ask(place, f"select count(*) from {LOG} where day(as_of_date) = 7", "build") != [(0,)]
    assert changes(place) == before
    write_shop(place / "raw")
    run = start_day(place, 8)
    run.wait_until(lambda: any(place.glob("shop.duckdb.log.*")))
    assert run.kill().exit_code == -9
    assert changes(place) == before
    build_day(place, 8)
    assert [row for row in changes(place) if row[0] != 8] == before
    assert {row[1] for row in changes(place, "day = 8")} == {"cleo"}
    assert ask(place, REPLAY) == []
    assert sorted(path.name for path in place.glob("shop*")) == ["shop.duckdb"]


def test_the_log_of_another_shop_begins_anew(place: Path) -> None:
    (place / "raw").rename(place / "other")
    output = build_day(place, 8, raw_location=str(place / "other"))
    assert f"The membership log begins anew: what was published is of {place / 'raw'}." in output
    assert {row[0] for row in changes(place)} == {8}
    assert ask(place, REPLAY) == []


def test_a_segment_without_values_is_not_one_to_be_listed(tmp_path: Path) -> None:
    write_shop(tmp_path / "raw")
    run = start_day(tmp_path, 8, log_valued_segments=["loyal_customers"]).wait()
    assert run.exit_code != 0
    assert 'log_valued_segments has "loyal_customers", but no segment with values' in run.output
