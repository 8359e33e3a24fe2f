"""Who is held out and what a campaign adds: on every engine as read in Python.

A toy with the project's models of both, whose people, log, messages and orders are numbers, and
with the recounts of what campaigns did.
"""

import json
import shutil
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from hashlib import md5
from math import sqrt
from pathlib import Path

import duckdb
import pytest
from engines import BUILDER, database_for_builder, need, postgres_missing, run_sql
from harness import ROOT, copy_project
from quick_dbt import QuickDbt, leave_out_the_many, parsed_once
from test_parity import run_in_process
from toy import replace, toy_project

DATABASE = "lift"
PEOPLE, PERCENT = 400, 30
# by segment, of which each is a campaign: which share buys, one in so many, of those treated and of
# those held out
BUYERS = {"helped": (2, 10), "harmed": (12, 2), "same": (3, 3), "leaky": (2, 3), "small": (2, 2)}
BUYERS |= {"astray": (2, 10)}
SETTINGS = {
    **{"as_of": "2024-02-28", "loaded_until": "2024-03-01 00:00:00", "lift_min_people": 90},
    **{"bi_reader_role": "", "esp_exporter_role": "", "complaint_min_delivered": 300},
    "holdouts": {segment: 20 if segment == "small" else PERCENT for segment in BUYERS},
}
COPIED = [
    f"models/marts/{name}.sql"
    for name in ("insights/campaign_performance", "insights/segment_complaints")
]
COPIED += ["models/marts/membership/segment_holdouts.sql"]
COPIED += [
    f"tests/insights/a_recount_finds_the_same_{name}.sql"
    for name in ("campaign_performance", "segment_complaints")
]
DAY = "{{ add_days('as_of.as_of_on', -20) }}"
CHANCES = " union all ".join(
    f"select '{segment}' as segment, {treated} as treated, {held} as held"
    for segment, (treated, held) in BUYERS.items()
)
HELD = """{{ ref('chances') }} as chances cross join {{ ref('as_of') }} as as_of
left join {{ ref('segment_holdouts') }} as held
    on chances.segment = held.segment and chances.person_id = held.person_id"""
MODELS = {
    "intermediate/as_of": ("table", "select cast('{{ var('as_of') }}' as date) as as_of_on"),
    "intermediate/numbers": ("table", f"select {{{{ numbers_below({PEOPLE}) }}}} as number"),
    "intermediate/chances": (
        "table", "select numbers.number, 'c:' || chances.segment ||"
        " cast(numbers.number as {{ dbt.type_string() }}) as person_id, chances.* from"
        f" {{{{ ref('numbers') }}}} as numbers cross join ({CHANCES}) as chances"),
    "intermediate/int_people": (
        "table", "select person_id, true as is_contact from {{ ref('chances') }}"),
    "intermediate/int_oldest_keys": (
        "table", "select person_id, 'customer' as key_type, substr(person_id, 3) as key_value"
        " from {{ ref('chances') }}"),
    "intermediate/int_campaigns": ("view", "select * from {{ ref('stg_crm__campaigns') }}"),
    "staging/stg_crm__campaigns": (
        "table", "select distinct segment as campaign_id, segment as campaign_name,"
        " 'email' as channel, segment, '' as scenario from {{ ref('chances') }}"),
    # those who are held out of `leaky` get it all the same, and `astray` goes to others
    "intermediate/int_campaign_messages": (
        "table", "select chances.segment as campaign_id, '' as message_id,"
        " case chances.segment when 'astray' then 'c:' else '' end || chances.person_id"
        f" as person_id, 'email' as channel, {DAY} as sent_on, {DAY} as delivered_on,"
        " case when mod(chances.number, 100) = 0 then as_of.as_of_on end as complained_on,"
        " true as is_opened, false as is_clicked, false as is_unsubscribed,"
        f" false as is_hard_bounced from {HELD}"
        " where held.person_id is null or chances.segment = 'leaky'"),
    "intermediate/int_orders": (
        "table", f"select chances.person_id, true as is_valid, {DAY} as ordered_on,"
        f" cast(chances.number as decimal(18, 4)) as net_revenue_amount from {HELD}"
        " where mod(chances.number, case when held.person_id is null then chances.treated"
        " else chances.held end) = 0"),
    "proof/proof_campaign_messages": (
        "view", "select campaign_id, person_id, message_id, channel, sent_on, delivered_on,"
        " complained_on, 1 as opened, 0 as clicked, 0 as unsubscribed, 0 as hard_bounced"
        " from {{ ref('int_campaign_messages') }}"),
    "proof/proof_orders": ("view", "select * from {{ ref('int_orders') }}"),
    "membership/segment_membership_log": (
        "table", "select {{ add_days('as_of.as_of_on', -30) }} as as_of_date, chances.person_id,"
        " chances.segment, '' as segment_value, 'entered' as change"
        " from {{ ref('chances') }} as chances cross join {{ ref('as_of') }} as as_of"),
    # a build file is known by its staging
    "staging/names": ("table", "select 1 as id"),
    "core/people": ("table", "select * from {{ ref('int_people') }}"),
    **{f"segments/{segment}": ("table", "select person_id from {{ ref('int_people') }}")
       for segment in BUYERS},
}  # fmt: skip
QUERIES = (
    # all people are asked for each segment; those who are ever in it
    "select segment, person_id from membership.segment_holdouts"
    " where substr(person_id, 3, length(segment)) = segment",
    "select campaign_id, first_sent_on, sent, delivered, openers, clickers, complaints,"
    " complaint_rate, audience, treated, held_out, treated_sent, held_out_sent, treated_buyers,"
    " held_out_buyers, treated_order_rate, held_out_order_rate, lift_points, lift_points_low,"
    " lift_points_high, treated_mean_net_revenue_amount, held_out_mean_net_revenue_amount, verdict"
    " from insights.campaign_performance",
    "select segment, delivered, complaints, complaint_rate, is_too_high"
    " from insights.segment_complaints",
)


def lift_toy(project: Path) -> None:
    """Put a toy in the place of a small project, but keep the models of holdouts and lift."""
    toy_project(project, MODELS)
    shutil.rmtree(project / "tests" / "failing")
    (project / "macros" / "show_swap.sql").unlink()
    for path in COPIED:
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, project / path)
    segments = [{"name": name, "config": {"meta": {"segment": {"label": name}}}} for name in BUYERS]
    (project / "models" / "_models.yml").write_text(json.dumps({"models": segments}))
    replace(project / "profiles.yml", {"env_var('PGDATABASE', 'shop')": f"'{DATABASE}'"})


def ratio(numerator: float, denominator: float) -> Decimal:
    """A ratio rounded half up to 4 decimals."""
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def interval(buyers: int, people: int, others: int, other_people: int) -> tuple[float, float]:
    """Newcombe's interval of a difference of two shares, in percentage points."""
    ends = []
    for x, n in ((buyers, people), (others, other_people)):
        middle, half = x + 1.96**2 / 2, 1.96 * sqrt(x * (n - x) / n + 1.96**2 / 4)
        ends.append(((middle - half) / (n + 1.96**2), (middle + half) / (n + 1.96**2)))
    (low, high), (other_low, other_high) = ends
    p, q = buyers / people, others / other_people
    down, up = (
        sqrt((p - low) ** 2 + (other_high - q) ** 2),
        sqrt((high - p) ** 2 + (q - other_low) ** 2),
    )
    return 100 * (p - q - down), 100 * (p - q + up)


def test_the_interval_is_the_one_in_newcombes_paper() -> None:
    """Its first example, by method 10: 56 of 70 against 48 of 80."""
    assert interval(56, 70, 48, 80) == pytest.approx((5.24, 33.39), abs=0.005)


def expected() -> list[list[tuple]]:
    """The rows of each of QUERIES, read in Python."""
    held_out, performance, complaints = [], [], []
    for segment, (treated_one_in, held_one_in) in BUYERS.items():
        share = SETTINGS["holdouts"][segment]
        hashes = {
            number: md5(f"{segment}:customer:{segment}{number}".encode()).hexdigest()[:8]
            for number in range(PEOPLE)
        }
        held = [n for n, found in hashes.items() if int(found, 16) < share * 2**32 // 100]
        others = [n for n in range(PEOPLE) if n not in held]
        held_out += [(segment, f"c:{segment}{number}") for number in held]
        sent = list(range(PEOPLE)) if segment == "leaky" else others
        spam = sum(number % 100 == 0 for number in sent)
        arms = [
            (people, [n for n in people if n % one_in == 0])
            for people, one_in in ((others, treated_one_in), (held, held_one_in))
        ]
        counts = [len(people) for people, _ in arms]
        counts += [len(others) * (segment != "astray"), len(held) * (segment == "leaky")]
        counts += [len(buyers) for _, buyers in arms]
        rates = [ratio(len(buyers), len(people)) for people, buyers in arms]
        ends = interval(len(arms[0][1]), len(others), len(arms[1][1]), len(held))
        low, high = (Decimal(end).quantize(Decimal("0.0001"), ROUND_HALF_UP) for end in ends)
        verdict = "helps" if low > 0 else "harms" if high < 0 else "no_difference"
        told = {"leaky": "broken_holdout", "small": "too_few", "astray": "not_sent"}
        verdict = told.get(segment, verdict)
        performance.append(
            (
                *(segment, date(2024, 2, 8), len(sent), len(sent), len(sent), 0, spam),
                *(ratio(spam, len(sent)), PEOPLE, *counts, *rates, 100 * (rates[0] - rates[1])),
                *(
                    low,
                    high,
                    *(ratio(sum(buyers), len(people)) for people, buyers in arms),
                    verdict,
                ),
            )
        )
        complaints.append(
            (segment, len(sent), spam, ratio(spam, len(sent)), len(sent) >= 300 and spam > 1)
        )
    return [sorted(rows) for rows in (held_out, performance, complaints)]


def on_duckdb(request: pytest.FixtureRequest, folder: Path) -> Callable[[str], list[tuple]]:
    toy = QuickDbt(lift_toy)
    request.addfinalizer(toy.close)
    toy.run("build", folder=folder, variables=SETTINGS)

    def ask(query: str) -> list[tuple]:
        with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()

    # what is asked for must be there to be held out
    unknown = SETTINGS | {"holdouts": {"numbers": 10}}
    refused = toy.run("build", folder=folder / "refused", variables=unknown, check=False)
    assert 'holdouts has "numbers", but no segment has that name' in refused.output
    return ask


def on_postgres(request: pytest.FixtureRequest, folder: Path) -> Callable[[str], list[tuple]]:
    need(postgres_missing())
    server = request.getfixturevalue("postgres_server")
    database = database_for_builder(server, DATABASE)
    toy = QuickDbt(lift_toy, engine="postgres")
    request.addfinalizer(lambda: run_sql(server, f"drop database {DATABASE} with (force)"))
    request.addfinalizer(toy.close)
    toy.run("build", folder=folder, variables=SETTINGS, **database | {"PGUSER": BUILDER})
    return lambda query: run_sql(database, query)


def on_spark(request: pytest.FixtureRequest, folder: Path) -> Callable[[str], list[tuple]]:
    from dbt.cli.main import dbtRunner

    session = request.getfixturevalue("spark_session")

    def drop_all() -> None:
        for row in session.sql("show schemas").collect():
            if row[0] != "default":
                session.sql(f"drop schema {row[0]} cascade")

    copy_project(folder / "project")
    leave_out_the_many(folder / "project")
    lift_toy(folder / "project")
    with parsed_once(folder / "project", folder / "target", "spark"):
        parsed = run_in_process(dbtRunner(), folder, "parse")
    assert parsed.success, parsed.exception
    drop_all()
    request.addfinalizer(drop_all)
    done = run_in_process(dbtRunner(parsed.result), folder, "build", "--vars", json.dumps(SETTINGS))
    assert done.success, done.exception
    return lambda query: [tuple(row) for row in session.sql(query).collect()]


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param(on_duckdb, id="duckdb"),
        pytest.param(on_postgres, id="postgres"),
        pytest.param(on_spark, id="spark", marks=pytest.mark.full),
    ],
)
def test_holdouts_and_lift_are_as_read_in_python(
    engine: Callable, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ask = engine(request, tmp_path)
    rows = expected()
    assert {row[-1] for row in rows[1]} == {
        *("helps", "harms", "no_difference", "broken_holdout", "not_sent", "too_few")
    }
    for query, expected_rows in zip(QUERIES, rows, strict=True):
        assert sorted(ask(query)) == expected_rows
