"""Who comes and who leaves is kept from build to build, by what is published and nothing else.

So is what a service that pulls rows was told of whom.

Most runs are of a toy with the project's log, its laws, macros and hooks: whom the build knows, and
who is in which segment, is what a test says, and so is the rule of loyal. One shop is built by the
project's own models.
"""

import contextlib
import functools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import backfill
import duckdb
import pytest
from engines import BUILDER, database_for_builder, need, postgres_missing, run_sql
from harness import ROOT, copy_project
from quick_dbt import QuickDbt, Run, leave_out_the_many, parsed_once, quick_dbt
from summary import log_ahead
from test_parity import run_in_process
from toy import DAY, replace, toy_project

LOG = "membership.segment_membership_log"
DATABASE = "membership_log"
SETTINGS = {"loaded_until": "2024-03-01 00:00:00", "bi_reader_role": "", "esp_exporter_role": ""}
# person, segment and value, as a test says them in MEMBERS: "ann loyal, ann bought:7"
MEMBERS = """
{%- set said = env_var('MEMBERS', '').split(', ') | select | list %}
{%- for one in said %}
{%- set person, segment = one.split(' ') %}
select '{{ person }}' as person_id, '{{ segment.split(':')[0] }}' as segment,
    '{{ segment.split(':')[1] if ':' in segment else '' }}' as segment_value
{{ 'union all' if not loop.last }}
{%- else %}
select person_id, '' as segment, '' as segment_value from {{ ref('int_people') }} where 1 = 0
{%- endfor %}
-- {{ ref('int_people') }}
"""
PEOPLE = """
{%- for name in env_var('PEOPLE', 'ann ben cleo').split(' ') %}
select '{{ name }}' as person_id {{ 'union all' if not loop.last }}
{%- endfor %}
"""
RULES = """
select 'loyal' as segment, '{{ env_var('RULE', '') }}' as fingerprint, 'spend' as family,
    '' as known_by, '' as owner, '' as objective, '' as external_name
union all
select 'bought' as segment, '' as fingerprint, 'product' as family,
    '' as known_by, '' as owner, '' as objective, '' as external_name
"""
MODELS = {
    "intermediate/as_of": ("table", f"select cast('{DAY}' as date) as as_of_on"),
    "intermediate/int_people": ("table", PEOPLE),
    # a build file is known by its staging
    "staging/names": ("table", "select 1 as id"),
    "core/people": ("table", "select person_id from {{ ref('int_people') }}"),
    "segments/bought": ("table", "select person_id from {{ ref('int_people') }}"),
    "membership/segment_memberships": ("table", MEMBERS),
    "membership/segment_definitions": ("table", RULES),
    "insights/sizes": ("table", "select count(*) as people from {{ ref('people') }}"),
}
# whom a service may pull, as a test says it in CONTACTS: "c:ann/Paris/email c:ben/Lyon/sms"
CONTACTS = """
{%- for one in env_var('CONTACTS', '').split(' ') | select %}
{%- set name, city, channels = one.split('/') %}
select '{{ name }}' as person_id, '{{ name }}@example.com' as email, '+33612345678' as phone,
    cast(null as string) as first_name, '{{ city }}' as city,
    cast(null as string) as birth_day_month
union all
{%- endfor %}
select person_id, '' as email, '' as phone, '' as first_name, '' as city, '' as birth_day_month
from {{ ref('int_people') }} where 1 = 0
"""
PERMISSIONS = """
{%- for one in env_var('CONTACTS', '').split(' ') | select %}
{%- set name, city, channels = one.split('/') %}
{%- for channel in ['ads', 'email', 'phone', 'post', 'sms'] %}
select '{{ name }}' as person_id, '{{ channel }}' as channel,
    {{ 'true' if channel in channels.split('+') else 'false' }} as is_allowed
union all
{%- endfor %}
{%- endfor %}
select person_id, '' as channel, false as is_allowed from {{ ref('int_people') }} where 1 = 0
"""
ERASED_KEYS = """
select 'customer' as key_type, name as key_value, cast(null as string) as person_id
from (values {% for name in env_var('ERASED', 'nobody').split(' ') -%}
('{{ name }}'){{ ', ' if not loop.last }}{% endfor %}) as erased (name)
where name <> 'nobody'
"""
SYNC = {
    "activation/contact_points": ("table", CONTACTS),
    "activation/contact_permissions": ("table", PERMISSIONS),
    "intermediate/int_person_keys": ("table", ERASED_KEYS),
    "core/people": ("table", "select person_id, 'loyal' as stage, cast(null as date) as stage_from,"
                    " 'Home' as favorite_category, cast(null as date) as last_order_on"
                    " from {{ ref('int_people') }}"),
    **{
        name: ("table", "select " + re.sub(r"(\w+)", r"cast(null as string) as \1", columns)
               + " from {{ ref('as_of') }} where 1 = 0")
        for name, columns in {
            "staging/stg_shop__products": "product_id, product_name",
            "staging/stg_crm__erasure_requests": "customer_id, email_key",
            "segments/recent_viewers": "person_id, segment_value",
            "segments/favorites_low_stock": "person_id, segment_value",
            "segments/promotion_dependent_buyers": "person_id",
            "membership/segment_holdouts": "person_id, segment",
            "intermediate/exports": "destination, segment, segment_value, label",
            "intermediate/destinations": "destination, channel, kind",
        }.items()
    },
}  # fmt: skip
SYNC = {name: (kind, sql.replace("string", "{{ dbt.type_string() }}"))
        for name, (kind, sql) in SYNC.items()}  # fmt: skip
PULLED = ("contact_sync_states", "contacts_for_sync", "contacts_erased_for_sync")
SEGMENTS = """
select
    people.person_id, true as is_contact, {{ sorted_list('members.segment') }} as segments,
    '' as stage, 1 as orders, 1 as days_since_last_order, 0 as net_revenue_12_months_amount
from {{ ref('int_people') }} as people
left join {{ ref('segment_memberships') }} as members on people.person_id = members.person_id
group by people.person_id
"""
# what else scorecards read, without a row
EMPTY = {
    "activation/contact_permissions": "person_id varchar, is_allowed boolean",
    "intermediate/int_person_promotions": "person_id varchar, promoted_orders bigint",
    "intermediate/int_campaign_scenarios": "segment varchar",
    "intermediate/int_known_contacts": "known_by varchar, known_contacts bigint",
    "core/lifecycle_history": "person_id varchar, stage varchar, valid_from date, valid_to date",
    "insights/segment_overlaps": "segment_a varchar, segment_b varchar, members_a bigint,"
    " members_b bigint, members_of_both bigint, jaccard decimal(18, 4)",
}
SCORED = MODELS | {
    "core/people": ("table", SEGMENTS),
    **{
        name: ("table", "select " + re.sub(r"(\w+) (\w+(\(.*?\))?)", r"cast(null as \2) as \1", of)
               + " where 1 = 0")
        for name, of in EMPTY.items()
    },
}  # fmt: skip
ROWS = f"select as_of_date, person_id, segment, segment_value, change from {LOG}"
Entry = tuple[int, str | None, str, str, str]
# servers build each day anew, which takes longer than everything else here
SERVERS = [pytest.param(name, marks=pytest.mark.full) for name in ("postgres", "spark")]
ON_EACH = pytest.mark.parametrize("engine", ["duckdb", *SERVERS])
# builds the toy as of a day of February: whether it went well, and what was said
Build = Callable[..., tuple[bool, str]]


def entry(day: int, person: str | None, segment: str, change: str = "entered") -> Entry:
    """A row of the log."""
    name, _, value = segment.partition(":")
    return (day, person, name, value, change)


def comparable(rows: list) -> list[Entry]:
    """Rows of `ROWS` in an order of their own, each with the day of the month."""
    return sorted(((row[0].day, *row[1:]) for row in rows), key=str)


def asked(
    day: int, members: str, people: str = "ann ben cleo", rule: str = "", **settings: object
) -> tuple:
    """The vars and the environment of a build of the toy."""
    day_before = {"as_of": f"2024-02-{day:02}"}
    said = {
        name: str(settings.pop(name, "")) for name in ("CONTACTS", "ERASED") if name in settings
    }
    return SETTINGS | day_before | settings, said | {
        "MEMBERS": members,
        "PEOPLE": people,
        "RULE": rule,
    }


def toy_with_the_log(project: Path, scored: bool = False) -> None:
    """Put a toy in the place of a small project, but keep the logs and the laws on them.

    Arguments: project (a copy), scored (whether scorecards are kept too).
    """
    toy_project(project, SCORED if scored else MODELS | SYNC)
    shutil.rmtree(project / "tests" / "failing")
    (project / "macros" / "show_swap.sql").unlink()
    kept = ["membership/segment_membership_log", "membership/segment_rule_changes"]
    for name in [*kept, *(["insights/segment_scorecards"] if scored else [])]:
        path = f"models/marts/{name}.sql"
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, project / path)
    for name in () if scored else PULLED:
        path = f"models/activation/{name}.sql"
        sql = (ROOT / path).read_text(encoding="utf-8")
        (project / path).write_text("{{ config(meta={'is_pulled': true}) }}\n" + sql)
    shutil.copytree(ROOT / "tests" / "laws", project / "tests" / "laws")
    for law in (project / "tests" / "laws").iterdir():
        if "segment_membership_log" not in law.read_text(encoding="utf-8"):
            law.unlink()
    (project / "models" / "_models.yml").write_text(
        "models: [{name: bought, config: {meta: {segment: {value: product}}}}]\n"
    )
    replace(project / "profiles.yml", {"env_var('PGDATABASE', 'shop')": f"'{DATABASE}'"})


@pytest.fixture(scope="module")
def toy() -> Iterator[QuickDbt]:
    started = QuickDbt(toy_with_the_log)
    yield started
    started.close()


class OnDuckdb:
    """The toy on DuckDB, in a folder of its own."""

    def __init__(self, toy: QuickDbt, folder: Path) -> None:
        """Arguments: toy (the project), folder (of the build file and the published one)."""
        self.toy, self.folder = toy, folder

    def start(self, *arguments: object, options: tuple = (), **settings: object) -> Run:
        """Begin a build as of `asked`."""
        variables, environment = asked(*arguments, **settings)
        return self.toy.start(
            "build", *options, folder=self.folder, variables=variables, **environment
        )

    def build(self, *arguments: object, **settings: object) -> tuple[bool, str]:
        """Build as of `asked`. Returns: whether it went well, and what was said."""
        run = self.start(*arguments, **settings).wait()
        return run.exit_code == 0, run.output

    def ask(self, query: str) -> list[tuple]:
        """Rows of what is published."""
        with duckdb.connect(str(self.folder / "shop.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def log(self) -> list[Entry]:
        """What is published of the log."""
        return comparable(self.ask(ROWS))


@pytest.fixture
def on_duckdb(toy: QuickDbt, tmp_path: Path) -> OnDuckdb:
    return OnDuckdb(toy, tmp_path)


@pytest.fixture
def on_postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[object]:
    need(postgres_missing())
    server = request.getfixturevalue("postgres_server")
    database = database_for_builder(server, DATABASE)
    started = QuickDbt(toy_with_the_log, engine="postgres")

    class OnPostgres(OnDuckdb):
        def start(self, *arguments: object, **settings: object) -> Run:
            variables, environment = asked(*arguments, **settings)
            where = environment | database | {"PGUSER": BUILDER}
            return started.start("build", folder=tmp_path, variables=variables, **where)

        def ask(self, query: str) -> list[tuple]:
            return run_sql(database, query)

    yield OnPostgres(started, tmp_path)
    started.close()
    run_sql(server, f"drop database {DATABASE} with (force)")


@pytest.fixture
def on_spark(spark_session: Any, tmp_path: Path) -> Iterator[object]:
    from dbt.cli.main import dbtRunner

    lines: list[str] = []
    copy_project(tmp_path / "project")
    leave_out_the_many(tmp_path / "project")
    toy_with_the_log(tmp_path / "project")
    with parsed_once(tmp_path / "project", tmp_path / "target", "spark"):
        parsed = run_in_process(dbtRunner(), tmp_path, "parse")
    assert parsed.success, parsed.exception
    runner = dbtRunner(parsed.result, [lambda event: lines.append(event.info.msg)])

    class OnSpark(OnDuckdb):
        def build(self, *arguments: object, **settings: object) -> tuple[bool, str]:
            lines.clear()
            variables, environment = asked(*arguments, **settings)
            with pytest.MonkeyPatch.context() as patched:
                for name, value in environment.items():
                    patched.setenv(name, value)
                done = run_in_process(runner, tmp_path, "build", "--vars", json.dumps(variables))
            return done.success, "\n".join([*lines, str(done.exception)])

        def ask(self, query: str) -> list[tuple]:
            return spark_session.sql(query).collect()

    def drop_all() -> None:
        for row in spark_session.sql("show schemas").collect():
            if row[0] != "default":
                spark_session.sql(f"drop schema {row[0]} cascade")

    drop_all()
    yield OnSpark(None, tmp_path)
    drop_all()


FIRST = [entry(1, "ann", "loyal"), entry(1, "ben", "loyal")]
THIRD = [
    entry(3, "ben", "loyal", "exited"),
    entry(3, "cleo", "loyal"),
    entry(3, "cleo", "bought:7"),
]
WITH_VALUES = {"log_valued_segments": ["bought"]}
SINCE_THE_THIRD = "ann loyal, cleo loyal, cleo bought:7"
NOBODY = [entry(1, None, "loyal"), entry(5, None, "loyal", "exited")]
# day, members, people and settings of each build, and then the log
STEPS = [
    ((1, "ann loyal, ben loyal, ben bought:7"), {}, FIRST),
    ((3, SINCE_THE_THIRD), WITH_VALUES, FIRST + THIRD),
    # a rerun replaces its day, also where it now has no change
    ((3, "ann loyal, ben loyal"), {}, FIRST),
    ((3, SINCE_THE_THIRD), WITH_VALUES, FIRST + THIRD),
    # an older day
    ((2, "cleo loyal"), {}, FIRST + THIRD),
    # ann is erased, and the day is built again
    *(
        (
            (5, "cleo loyal, cleo bought:7, ben loyal", "ben cleo"),
            WITH_VALUES,
            [FIRST[1], *THIRD, *NOBODY, entry(5, "ben", "loyal")],
        )
        for _ in ("once", "twice")
    ),
    # what is no longer listed stays as it was
    (
        (6, "cleo loyal, ben loyal, ann loyal"),
        {},
        [FIRST[1], *THIRD, *NOBODY, entry(5, "ben", "loyal"), entry(6, "ann", "loyal")],
    ),
]


@ON_EACH
def test_the_log_is_the_published_one_and_a_day(
    engine: str, request: pytest.FixtureRequest
) -> None:
    place = request.getfixturevalue(f"on_{engine}")
    # a build there takes longest
    for arguments, settings, log in STEPS[:2] + STEPS[4:7] if engine == "spark" else STEPS:
        went, output = place.build(*arguments, **settings)
        assert went, output
        assert place.log() == sorted(log, key=str), arguments
        said = "The membership log ends on 2024-02-03, after 2024-02-02, and stays as it is."
        assert (said in output) == (arguments[0] == 2)


# day, rule and members of each build, and then the rows
RULE_STEPS = [
    (1, "a", "", [(1, "a")]),
    (3, "b", "", [(1, "a"), (3, "b")]),
    # an older day, a day without a change, and a rerun of it with one
    (2, "c", "", [(1, "a"), (3, "b")]),
    (5, "b", "", [(1, "a"), (3, "b")]),
    (5, "a", "ann loyal", [(1, "a"), (3, "b"), (5, "a")]),
    (5, "b", "ann loyal", [(1, "a"), (3, "b")]),
    # a day that is older than the log's alone
    (4, "c", "", [(1, "a"), (3, "b")]),
]


@ON_EACH
def test_a_changed_rule_is_a_row(engine: str, request: pytest.FixtureRequest) -> None:
    place = request.getfixturevalue(f"on_{engine}")
    query = "select as_of_date, fingerprint from membership.segment_rule_changes"
    # a build there takes longest
    for day, rule, members, rows in RULE_STEPS[:3] if engine == "spark" else RULE_STEPS:
        went, output = place.build(day, members, rule=rule)
        assert went, output
        found = place.ask(f"{query} where segment = 'loyal' order by as_of_date")
        assert [(row[0].day, row[1]) for row in found] == rows, (day, rule)
        assert place.ask(f"select count(*) from ({query}) as rules")[0][0] == len(rows) + 1


UNKNOWN = (None, "unknown", "It is not known who was in it before.")
LOYAL, BOUGHT = "ann loyal, ben loyal, cleo loyal", "ann bought:7, ann bought:8, ben bought:7"
STILL = "{} % of the members of 4 days ago still are."
TWO_OF_THREE = (0.6667, "pass", STILL.format("66.7"))
CHANGED = " Its rule changed on 2024-02-06."
# day, members, rule and settings of each build, and then what is said of bought and of loyal
SCORES = [
    (1, f"{LOYAL}, {BOUGHT}", "a", WITH_VALUES, UNKNOWN, UNKNOWN),
    # the log is a day too young
    (4, f"{LOYAL}, {BOUGHT}", "a", WITH_VALUES, UNKNOWN, UNKNOWN),
    # a person counts once, with whatever values
    (5, "ann loyal, ben loyal, ann bought:8", "a", WITH_VALUES,
     (0.5, "warn", STILL.format("50.0")), TWO_OF_THREE),
    (6, "ann loyal, ben loyal, ann bought:8", "b", {},
     UNKNOWN, (0.6667, "warn", TWO_OF_THREE[2] + CHANGED)),
    # three days are over
    (9, "ann loyal, ben loyal", "b", WITH_VALUES,
     (0, "fail", STILL.format("0.0")), (1, "pass", STILL.format("100.0") + CHANGED)),
]  # fmt: skip


def test_a_scorecard_says_who_of_the_log_has_stayed(tmp_path: Path) -> None:
    toy = QuickDbt(functools.partial(toy_with_the_log, scored=True))
    place = OnDuckdb(toy, tmp_path)
    for day, members, rule, settings, *said in SCORES:
        went, output = place.build(
            day, members, rule=rule, stable_days=4, rule_change_days=3, **settings
        )
        assert went, output
        found = place.ask(
            "select value::double, grade, sentence from insights.segment_scorecards"
            " where criterion = 'stable' order by segment"
        )
        assert found == said, day
    toy.close()


def test_a_build_that_is_not_published_leaves_no_trace(on_duckdb: OnDuckdb) -> None:
    on_duckdb.build(1, "ann loyal, ben loyal")
    # a test fails: somebody is in twice
    went, output = on_duckdb.build(2, "cleo loyal, cleo loyal")
    assert not went and "Not published" in output
    assert on_duckdb.log() == FIRST
    run = on_duckdb.start(2, "cleo loyal")
    run.wait_until(lambda: any(on_duckdb.folder.glob("shop.duckdb.log.*")))
    assert run.kill().exit_code == -9
    assert on_duckdb.log() == FIRST
    assert on_duckdb.build(3, "ann loyal, ben loyal, cleo loyal")[0]
    assert on_duckdb.log() == [*FIRST, entry(3, "cleo", "loyal")]
    assert [path.name for path in on_duckdb.folder.glob("shop*")] == ["shop.duckdb"]


def test_a_publication_that_ends_half_way_stops_no_later_build(on_duckdb: OnDuckdb) -> None:
    """The file is published, but not what the next build takes for published besides."""

    def do(statement: str) -> None:
        with duckdb.connect(str(on_duckdb.folder / "build.duckdb")) as connection:
            connection.execute(statement)

    on_duckdb.build(1, "cleo loyal, cleo loyal")
    do("create view main.published_shop as select 1 as in_the_way")
    went, output = on_duckdb.build(1, "ann loyal, ben loyal")
    assert not went and "published_shop" in output
    assert on_duckdb.log() == FIRST
    do("drop view main.published_shop")
    went, output = on_duckdb.build(3, "ann loyal, ben loyal, cleo loyal")
    assert went, output
    assert on_duckdb.log() == [*FIRST, entry(3, "cleo", "loyal")]


def test_neither_a_full_refresh_nor_a_lost_build_file_costs_a_day(on_duckdb: OnDuckdb) -> None:
    on_duckdb.build(1, "ann loyal, ben loyal")
    on_duckdb.build(3, SINCE_THE_THIRD, **WITH_VALUES)
    (on_duckdb.folder / "build.duckdb").unlink()
    went, output = on_duckdb.build(4, SINCE_THE_THIRD, options=("--full-refresh",), **WITH_VALUES)
    assert went, output
    assert on_duckdb.log() == sorted(FIRST + THIRD, key=str)


def test_the_log_of_another_shop_begins_anew(on_duckdb: OnDuckdb) -> None:
    on_duckdb.build(1, "ann loyal, ben loyal")
    went, output = on_duckdb.build(3, "ann loyal", raw_location="other")
    for table in ("segment_membership_log", "segment_rule_changes"):
        said = f"The table {table} begins anew: what was published is of sample_shop."
        assert went and said in output
    assert on_duckdb.log() == [entry(3, "ann", "loyal")]


# members, contacts and who is erased of each build, and then whose row changed to which city, and
# who is to be deleted since
TWICE = "c:ann loyal, c:ann loyal"
PULLS = [
    ("", "c:ann/Paris/email c:ben/Lyon/email+sms", "", {"c:ann": "Paris", "c:ben": "Lyon"}, []),
    ("", "c:ann/Paris/email c:ben/Lyon/email+sms", "", {}, []),
    # ben moves, cleo comes, ann says no to all but calls
    ("", "c:ann/Paris/phone c:ben/Nice/email c:cleo/Paris/sms", "",
     {"c:ann": None, "c:ben": "Nice", "c:cleo": "Paris"}, []),
    # a build that fails, as somebody is in twice, and one as if it had not been
    (TWICE, "c:ann/Paris/email c:ben/Metz/email", "cleo", None, None),
    ("", "c:ann/Paris/phone c:ben/Nice/email c:cleo/Paris/sms", "", {}, []),
    # ben is erased, and somebody of whom no service was told; ann is deleted at the source
    ("", "c:cleo/Brest/sms", "ben dan", {"c:ben": None, "c:cleo": "Brest"}, ["c:ben", "c:dan"]),
    # the shop has deleted the request, ann is back
    ("", "c:ann/Paris/email c:cleo/Brest/sms", "dan", {"c:ann": "Paris"}, []),
]  # fmt: skip


@ON_EACH
def test_a_service_reads_again_what_has_changed_and_nothing_else(
    engine: str, request: pytest.FixtureRequest
) -> None:
    """As of one day, by a clock that stands still: what is told later is later all the same."""
    place = request.getfixturevalue(f"on_{engine}")
    seen = dict.fromkeys(PULLED[1:], datetime.min)

    def ask(query: str) -> list[tuple]:
        if engine != "duckdb":
            return place.ask(query)
        with duckdb.connect(str(place.folder / "build.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def newer(table: str, columns: str) -> list:
        rows = ask(f"select updated_at, external_id{columns} from activation.{table}")
        found = [tuple(row) for row in rows if row[0] > seen[table]]
        seen[table] = max([seen[table], *(row[0] for row in found)])
        return sorted(row[1:] for row in found)

    steps = [*PULLS[:3], PULLS[5]] if engine == "spark" else PULLS
    for members, contacts, erased, changed, gone in steps:
        people = " ".join(one.split("/")[0] for one in contacts.split(" "))
        went, output = place.build(3, members, people, CONTACTS=contacts, ERASED=erased or "nobody")
        assert went == (changed is not None), output
        if changed is None:
            continue
        rows = newer(PULLED[1], ", email, phone, payload, is_removed")
        said = {external_id: json.loads(payload) for external_id, _, _, payload, _ in rows}
        assert {external_id: payload["city"] for external_id, payload in said.items()} == changed
        channels = {one.split("/")[0]: one.split("/")[2].split("+") for one in contacts.split(" ")}
        for external_id, email, phone, payload, is_removed in rows:
            may = {"email", "sms"} & set(channels.get(external_id, [])) if not is_removed else set()
            assert is_removed == (changed[external_id] is None)
            assert (email, phone) == (
                f"{external_id}@example.com" if "email" in may else None,
                "+33612345678" if "sms" in may else None,
            )
            permissions = said[external_id]["permissions"]
            assert {channel for channel, allowed in permissions.items() if allowed} == may
            assert not is_removed or "example.com" not in payload
            assert not is_removed or not any(
                value for key, value in said[external_id].items() if key != "permissions"
            )
        assert newer(PULLED[2], "") == [(one,) for one in gone]
    everybody = ask("select external_id from activation.contacts_for_sync order by 1")
    assert [row[0] for row in everybody] == ["c:ann", "c:ben", "c:cleo"]


def test_only_segments_with_values_are_listed(on_duckdb: OnDuckdb) -> None:
    went, output = on_duckdb.build(1, "ann loyal", log_valued_segments=["loyal"])
    assert not went
    assert 'log_valued_segments has "loyal", but no segment with values has that name' in output


# -- the days before -----------------------------------------------------------------------------

DAYS = {
    1: "ann loyal, ben loyal, ben bought:7",
    2: "ann loyal, ben loyal, ben bought:7",
    3: "ann loyal, cleo loyal, ben bought:8",
    4: "cleo loyal, ben loyal, ben bought:8",
    5: "cleo loyal, ben new",
}


@pytest.mark.full
def test_a_backfill_is_as_if_every_day_had_been_built(toy: QuickDbt, tmp_path: Path) -> None:
    daily, late = OnDuckdb(toy, tmp_path / "daily"), OnDuckdb(toy, tmp_path / "late")
    for day, members in DAYS.items():
        for place in (daily, late) if day > 3 else (daily,):
            assert place.build(day, members, **WITH_VALUES)[0]
    assert late.log() != daily.log()
    published = late.folder / "shop.duckdb"
    built = []

    def build_day(folder: Path, day: date, settings: dict) -> None:
        if len(built) == 1:
            built.append("a power cut")
            raise backfill.WrongUseError(built[-1])
        built.append(day.day)
        assert OnDuckdb(toy, folder).build(day.day, DAYS[day.day], **WITH_VALUES, **settings)[0]

    before = published.read_bytes()
    for _ in range(2):
        with contextlib.suppress(backfill.WrongUseError):
            backfill.backfill(published, "2024-02-01", "2024-02-03", {}, build_day)
            break
        assert published.read_bytes() == before
    # it went on where it was interrupted
    assert built == [1, "a power cut", 2, 3]
    assert late.log() == daily.log()
    with duckdb.connect(str(published), read_only=True) as connection:
        query = "select row_count from publication where table_name = 'segment_membership_log'"
        assert connection.execute(query).fetchall() == [(len(daily.log()),)]
    assert late.build(6, "ben new", **WITH_VALUES)[0]
    assert late.log() == sorted([*daily.log(), entry(6, "cleo", "loyal", "exited")], key=str)
    assert [path.name for path in late.folder.glob("*backfill*")] == []


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2024-02-01", "", "TO is '': set it to a day as 2025-01-31."),
        ("sample_shop", "2024-02-02", "FROM is 'sample_shop': set it to a day as 2025-01-31."),
        ("2024-02-02", "2024-02-01", "FROM is after TO."),
        ("2024-02-02", "2024-02-04", "The log begins on 2024-02-04 and is not built again: set TO"),
        ("", "", "shop.duckdb holds no membership log that could be read: build first."),
    ],
)
def test_a_backfill_refuses_what_would_change_what_was_known(
    tmp_path: Path, first: str, last: str, sentence: str
) -> None:
    published = tmp_path / "shop.duckdb"
    if first:
        with duckdb.connect(str(published)) as connection:
            connection.execute("create schema membership")
            connection.execute("create table publication as select 'x' as raw_location")
            connection.execute(f"create table {LOG} as select date '2024-02-04' as as_of_date")
    with pytest.raises(backfill.WrongUseError) as raised:
        backfill.backfill(published, first, last, {})
    assert sentence in str(raised.value)


# -- the project's own models --------------------------------------------------------------------

CUSTOMERS = ["customer_id,email,created_at"] + [
    f"{name},{name}@example.com,2024-01-01 10:00:00" for name in ("ann", "ben", "cleo")
]
ORDERS = [
    "order_id,customer_id,email,ordered_at,status,currency,subtotal_amount",
    "1,ann,,2024-01-02 10:00:00,paid,EUR,20.00",
    "2,ben,,2024-01-03 10:00:00,paid,EUR,20.00",
    "3,ann,,2024-01-06 10:00:00,paid,EUR,20.00",
]
ERASED = ["request_id,customer_id,requested_at", "1,ann,2024-01-08 10:00:00"]
CLEO_BUYS = [*ORDERS, "4,cleo,,2024-01-08 10:00:00,paid,EUR,20.00"]
STAGES = ("all_customers", "first_time_buyers", "prospects", "repeat_customers")


@pytest.mark.full
def test_an_erased_customer_and_an_order_that_never_was(tmp_path: Path) -> None:
    def build(as_of: str, **tables: list[str]) -> list[Entry]:
        (tmp_path / "raw").mkdir(exist_ok=True)
        for name, lines in ({"customers": CUSTOMERS, "orders": ORDERS} | tables).items():
            text = "\n".join([*lines, ""])
            (tmp_path / "raw" / f"{name}.csv").write_text(text, encoding="utf-8")
        settings = {"as_of": as_of, "raw_location": str(tmp_path / "raw"), "accept_shrink": True}
        quick_dbt().run("build", folder=tmp_path, variables=SETTINGS | settings)
        with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:
            return comparable(connection.execute(ROWS).fetchall())

    all_customers, first_time, prospects, repeat = STAGES
    build("2024-01-03")
    log = build("2024-01-06")
    expected = [entry(3, f"c:{name}", all_customers) for name in ("ann", "ben", "cleo")]
    expected += [entry(3, "c:ann", first_time), entry(3, "c:ben", first_time)]
    expected += [entry(3, "c:cleo", prospects)]
    expected += [entry(6, "c:ann", first_time, "exited"), entry(6, "c:ann", repeat)]
    assert log == sorted(expected, key=str)
    log = build("2024-01-08", orders=CLEO_BUYS, erasure_requests=ERASED)
    expected = [(row[0], None, *row[2:]) if row[1] == "c:ann" else row for row in expected]
    expected += [entry(8, None, all_customers, "exited"), entry(8, None, repeat, "exited")]
    expected += [entry(8, "c:cleo", prospects, "exited"), entry(8, "c:cleo", first_time)]
    assert log == sorted(expected, key=str)
    # an older day is published, as the newest order is gone
    assert build("latest", erasure_requests=ERASED) == log
    with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as connection:

        def rows(query: str, *parameters: object) -> list[tuple]:
            return connection.execute(query, list(parameters)).fetchall()

        said = log_ahead(rows, date(2024, 1, 6))
    assert said == ["  The membership log ends on 2024-01-08, after this day: it is as it was."]
