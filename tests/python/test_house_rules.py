"""The house rules on text that no linter knows, each shown to be able to fail."""

import re
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import pytest
from harness import ROOT

LINES_AT_MOST, BYTES_AT_MOST = 80, 1_000_000
LOCKS = [f"requirements{part}" for part in ("", "-postgres", "-spark", "-metrics", "-dev")]
REQUIREMENTS = [f"{lock}.{kind}" for lock in LOCKS for kind in ("in", "txt")]
# others that are missing make some command or test fail
REQUIRED_FILES = ["README.md", "DECISIONS.md", "LICENSE", ".ci/run"]
MODEL = "models/marts/core/any.sql"
SESSIONS = "models/intermediate/web/int_session_facts.sql"
PARTS = "models/intermediate/web/int_session_parts.sql"
DOUBLES = ("segment_scorecards", "product_effects", "campaign_performance")
ESTIMATES = ("purchase_histories", "model_fits", "life_table", "model_predictions")
ESTIMATES += ("mean_predictions", "prediction_outcomes", "prediction_check")


class Ban(NamedTuple):
    """What no line of code in some folders holds: why, or what to write instead; its pattern, in
    any case; examples; and what is let pass in a file.
    """

    what: str
    pattern: str
    bad: tuple[str, ...]
    folders: tuple[str, ...] = ("models", "tests", "analyses")
    allowed: tuple[tuple[str, str], ...] = ()


CODE = ("models", "tests", "analyses", "macros")
BANS = (
    Ban(
        "a clock of the engine or of dbt: clock()",
        r"\b(current_(date|time|timestamp)|local(time|timestamp)|getdate|sys(date|timestamp)"
        r"|run_started_at|(transaction|statement|clock)_timestamp)\b"
        r"|\b(now|today|utcnow|get_current_timestamp)\s*\(",
        (
            *("select current_date as today", "select CURRENT_TIMESTAMP", "{{ run_started_at }}"),
            *("where seen_at < now()", "getdate()"),
        ),
        CODE,
        (
            ("macros/run/clock.sql", "run_started_at.astimezone("),
            # publishing waits for readers, but not for ever
            ("macros/run/publish_postgres.sql", "clock_timestamp()"),
        ),
    ),
    Ban(
        "asks the clock: a row depends on as_of",
        r"\bclock\s*\(",
        ("{{ clock() }}",),
        CODE,
        (
            ("macros/run/clock.sql", "macro clock()"),
            # a row dated after the run is rejected
            ("macros/run/clock.sql", "(clock() + "),
            # as_of may be `today`
            ("macros/run/as_of_day.sql", "clock().strftime("),
            # a publication says when the proof last passed, and Spark's is named after its run
            ("macros/run/clock.sql", "clock().timestamp("),  # numbers the loads
            ("macros/run/publish.sql", "clock().strftime("),
            ("macros/run/publish_spark.sql", "clock().strftime("),
        ),
    ),
    Ban(
        "a literal date: a day comes from as_of or from a fact",
        r"""["'][0-9]{4}-[0-9]{2}|\bmake_(date|timestamp)\s*\(\s*[0-9]|\bto_date\s*\(\s*'""",
        (
            *("where day > date '2024-01-01'", '{% set start = "2024-01-01" %}'),
            *("select make_date(2024, 1, 1)", "select to_date('2024')"),
        ),
        ("models", "analyses"),
    ),
    Ban(
        "a branch by engine: a dispatched macro",
        r"\btarget\s*(\.|\[\s*['\"])\s*(type|name)\b|\badapter\.type\b",
        (
            *("{% if target.type == 'duckdb' %}", "{% if target['type'] == 'duckdb' %}"),
            "{% if adapter.type() == 'duckdb' %}",
        ),
        CODE,
    ),
    Ban("depends on the order of equal rows", r"\bntile\s*\(", ("NTILE (5) over ()",), CODE),
    # what engines answer differently without an error
    Ban(
        "whole numbers are cut off or not: rounded_ratio",
        r" / ",
        ("select a / b", "{{ rounded_ratio('a / b', 'c') }}"),
        allowed=(
            ("models/marts/insights/prediction_backtest.sql", " / "),  # one of them is a double
            ("models/marts/insights/product_effects.sql", " / "),  # doubles, of an interval
            ("models/marts/segments/predictive/rising_value.sql", " / "),  # a double
            ("models/marts/insights/segment_scorecards.sql", " / "),  # doubles
            # doubles
            *((f"tests/insights/a_recount_finds_the_same_{name}.sql", " / ") for name in DOUBLES),
            (SESSIONS, " / "),  # microseconds, which every type holds exactly
            ("models/intermediate/features/int_recent_sessions.sql", " / "),  # likewise
            # estimates, doubles on every engine
            *((f"models/intermediate/predictions/int_{name}.sql", " / ") for name in ESTIMATES),
        ),
    ),
    Ban("a cast that not every engine reads: cast(… as …)", "::", ("select a::integer",)),
    Ban(
        "null is left out or makes all null: ||",
        r"\b(concat|concat_ws)\s*\(",
        ("select CONCAT(a, b)", "select concat_ws(' ', a, b)"),
        allowed=((PARTS, "concat("),),  # no part is null
    ),
    Ban(
        "counted from 0 or from 1",
        r"\bextract\s*\(\s*(dow|isodow|dayofweek\w*|week|epoch)\b",
        ("select extract(dow from ordered_on)", "select extract(epoch from ordered_at)"),
    ),
    Ban(
        "another type, or other boundaries",
        r"\b(date_trunc|date_part|date_diff|datediff|last_day)\s*\(",
        ("select date_trunc('month', ordered_on)", "select datediff('day', a, b)"),
    ),
    Ban("to base 10 or to base e: ln", r"\blog(2|10)?\s*\(", ("log(amount)", "log10(amount)")),
    Ban(
        "first or all, other patterns: a dispatched macro",
        r"\bregexp_\w+\s*\(|\bsimilar\s+to\b",
        ("select regexp_replace(a, 'x', '')", "where a similar to 'x'"),
    ),
    Ban(
        "halves of doubles go either way: rounded_ratio",
        r"(?<!\|)(?<!\| )\bround\s*\(",
        ("select round(amount, 2)",),
    ),
    Ban(
        "an engine's own: md5, sha256 or key_hash",
        r"\b(hash|xxhash64|hashtext\w*)\s*\(",
        ("select hash(a)",),
    ),
    Ban(
        "other patterns of dates",
        r"\b(strftime|strptime|to_char|to_date|to_timestamp|date_format)\s*\(",
        ("select to_char(a, 'YYYY')",),
    ),
    Ban(
        "other averages: percentile_cont",
        r"\b(percentile_disc|quantile\w*|median|approx_\w+|mode)\s*\(",
        ("select median(a)", "select percentile_disc(0.5) within group (order by a)"),
    ),
    Ban(
        "any row's, or another null: value_at_first, first_known_value, last_known_value",
        r"\b(any_value|arg_min|arg_max|min_by|max_by|first|last)\s*\(",
        ("select any_value(a)", "select max_by(a, b)"),
    ),
    Ban(
        "an order that is not everywhere",
        r"\b(string_agg|listagg|group_concat|array_agg)\s*\(",
        ("select string_agg(a, ',')",),
    ),
    Ban(
        "by the database's language: lower_case, upper_case",
        r"\b(lower|upper|initcap)\s*\(",
        ("select lower(a)", "{{ byte_order('upper(a)') }}"),
    ),
    Ban(
        "places before the first count or not",
        r"\bsubstr(ing)?\s*\([^()]*,\s*(0|-)",
        ("select substr(a, 0, 2)", "select substr(a, -2)"),
    ),
)
# what no ban is about
GOOD = (
    "select a -- not current_date, nor a / b\n{# nor now() #}",
    "select is_known, nowhere(a), recurrent_dates",
    "select cast('{{ var(\"as_of\") }}' as date)",
    "{{ target.schema }}",
    "select substr(a, 1, 2), length(a) - 1",
    "{{ days | round(0, 'ceil') }}",
    "select extract(year from born_on)",
    "select percentile_cont(0.5) within group (order by a)",
    "select min(a), max(a), first_value(a) over (order by b)",
    "{{ lower_case('a') }}",
)


def code(sql: str) -> str:
    """SQL or Jinja without its comments; lines keep their numbers."""
    blank = re.sub(r"\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), sql, flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", blank)


@cache
def text_of(path: str) -> str:
    """The text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def sql_files(*folders: str) -> list[str]:
    """The paths of the SQL files of some folders."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.sql")]
    assert files
    return sorted(path.relative_to(ROOT).as_posix() for path in files)


def banned(ban: Ban, path: str, sql: str) -> list[str]:
    """One sentence per line of code that holds what is banned."""
    text = code(sql)
    for allowed_path, allowed in ban.allowed:
        if path == allowed_path:
            text = text.replace(allowed, "")
    return [
        f"{path}, line {number}: {ban.what}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(ban.pattern, line, re.IGNORECASE)
    ]


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.what)
def test_no_sql_holds_what_is_banned(ban: Ban) -> None:
    breaches = [
        text for path in sql_files(*ban.folders) for text in banned(ban, path, text_of(path))
    ]
    assert "\n".join(breaches) == ""


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.what)
def test_a_ban_notices_its_examples_and_nothing_else(ban: Ban) -> None:
    assert [bad for bad in ban.bad if not banned(ban, MODEL, bad)] == []
    assert [good for good in GOOD if banned(ban, MODEL, good)] == []


@pytest.mark.parametrize(
    ("ban", "path", "allowed"), [(ban, *allowed) for ban in BANS for allowed in ban.allowed]
)
def test_an_exception_is_needed_where_it_is_and_nowhere_else(
    ban: Ban, path: str, allowed: str
) -> None:
    assert allowed in code(text_of(path))
    assert banned(ban, MODEL, f" {allowed} ")
    assert all(banned(ban, path, bad) for bad in ban.bad if allowed not in bad)


# -- rules on whole files: what keeps each, and examples ----------------------------------------


def starred_selects(path: str, sql: str) -> Iterable[str]:
    """What a model hands on is spelled out: no `*` in its last select."""
    *_, last_select = re.split(r"^\)", code(sql), flags=re.MULTILINE)
    star = r"(?:\bselect\s+(?:distinct\s+)?|^\s*|,\s*)(?:\w+\.)?\*\s*(?:,|$|\bfrom\b|\bexclude\b)"
    return [line for line in last_select.splitlines() if re.search(star, line, re.IGNORECASE)]


def long_models(path: str, sql: str) -> Iterable[str]:
    """A model that is long says why in its first line, as `-- long: reason`."""
    if sql.count("\n") > LINES_AT_MOST and not re.match(r"(--|{#-) long: \w", sql):
        yield "split it, or begin it with `-- long: reason`"


def unexplained(path: str, config: str) -> Iterable[str]:
    """A var, a rule or file that a linter leaves out: a comment of its own is right above it."""
    if path == "dbt_project.yml":
        config = re.search(r"^vars:\n((?: .*\n|\n|#.*\n)*)", config, re.MULTILINE)[1]
    named = {
        "dbt_project.yml": r"  \w+:",
        ".sqlfluff": r"exclude_rules|ignore|warnings|rules\b|disable",
        ".sqlfluffignore": r"[^#\s]",
    }
    above = ""
    for line in config.splitlines():
        if re.match(named[path], line) and not re.match(r" *# (?!--)", above):
            yield line
        above = line


def loose_requirements(path: str, text: str) -> Iterable[str]:
    """Direct requirements are pinned, and a lock has hashes and no address."""
    if path.endswith(".in"):
        pinned = r"-r \S+\.in|[\w.\[\]-]+==[\w.]+"
        return [line for line in text.splitlines() if line and not re.fullmatch(pinned, line)]
    addresses = [line for line in text.splitlines() if "://" in line or line.startswith("--")]
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)
    unhashed = [entry for entry in entries if re.match(r"\w(?!.*--hash=sha256:)", entry, re.DOTALL)]
    return addresses + unhashed


def machine_traces(path: str, text: str) -> Iterable[str]:
    """No file names a place on one machine, or the address of a package registry."""
    place = r"""(?<![\w.])/(work|tmp|root|home|Users)/\w"""
    # the hosts are written apart, or this line would be found
    hosts = "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "deb" + "ian"))
    registry = rf"\b({hosts})\.(org|com)\b|--(extra-)?index-url|//registry\."
    return [line for line in text.splitlines() if re.search(f"{place}|{registry}", line)]


def tracked_files() -> list[str]:
    """Paths that git has or would add, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git repository")
    return [path for path in sorted(set(done.stdout.splitlines())) if (ROOT / path).is_file()]


def written_files() -> list[str]:
    """Paths of the tracked files that hold text that somebody wrote."""
    ends = (".gz", ".zip", ".parquet", ".csv", ".png", "LICENSE")
    return [path for path in tracked_files() if not path.endswith(ends)]


Rule = Callable[[str, str], Iterable[str]]


@pytest.mark.parametrize(
    ("rule", "paths"),
    [
        (starred_selects, lambda: sql_files("models/intermediate", "models/marts")),
        (long_models, lambda: sql_files("models")),
        (unexplained, lambda: ["dbt_project.yml", ".sqlfluff", ".sqlfluffignore"]),
        (loose_requirements, lambda: REQUIREMENTS),
        (machine_traces, written_files),
    ],
)
def test_files_keep_the_rule(rule: Rule, paths: Callable[[], list[str]]) -> None:
    breaches = [f"{path}: {what}" for path in paths() for what in rule(path, text_of(path))]
    assert "\n".join(breaches) == ""


def test_no_file_is_large() -> None:
    tracked = [path for path in tracked_files() if not path.startswith("sample_shop/")]
    assert [path for path in tracked if (ROOT / path).stat().st_size > BYTES_AT_MOST] == []


@pytest.mark.parametrize("path", REQUIRED_FILES)
def test_required_file_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


CTE = "with\n\na as (\n    select * from b\n)\n\n"
LOCKED = "a==1 \\\n    --hash=sha256:0\n"
EXAMPLES = (
    # rule, file, what keeps it, and what each breaks it
    (starred_selects, MODEL, CTE + "select count(*), c * 2\nfrom a", (
        "select * from {{ ref('orders') }}",
        CTE + "select\n    *\nfrom a",
        CTE + "select\n    a.*,\n    1\nfrom a",
        CTE + "select distinct a.* from a",
    )),
    (long_models, MODEL, "-- long: why\n" + "select 1\n" * 81, ("select 1\n" * 81,)),
    (unexplained, "dbt_project.yml", "vars:\n  # why\n  a: 1\n\nmodels:\n  b: 1\n", (
        "vars:\n  # -- heading ---\n  a: 1\n",
        "vars:\n  # why\n  a: 1\n  b: 1\n",
    )),
    (unexplained, ".sqlfluff", "# because\nexclude_rules = ST06", (
        "processes = 2\nexclude_rules = ST06",
        "[a]\nignore_words = stage",
    )),
    (unexplained, ".sqlfluffignore", "# because\nmodels/", ("models/",)),
    (loose_requirements, "requirements-dev.in", "-r requirements.in\npytest==9.2.0", (
        "pytest",
        "pytest>=9",
    )),
    (loose_requirements, "requirements.txt", LOCKED + "    # via b\n", (
        LOCKED + "b==1\n",
        "--find-links x\n" + LOCKED,
        "a @ https://a.zip --hash=sha256:0\n",
    )),
    # written apart, or these lines would be found
    (machine_traces, "", "see docs/work", (
        "path = '/{}/x'".format("work"),
        "see /{}/x".format("home"),
        "pip install --extra-{}-url x".format("index"),
        "https://{}.org".format("pypi"),
    )),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "path", "good", "bad"), EXAMPLES)
def test_a_rule_notices_what_breaks_it_and_nothing_else(
    rule: Rule, path: str, good: str, bad: tuple[str, ...]
) -> None:
    assert list(rule(path, good)) == []
    assert [text for text in bad if not list(rule(path, text))] == []
