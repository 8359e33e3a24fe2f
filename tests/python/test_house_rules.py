"""The house rules that no linter knows, each shown to be able to fail.

A rule is a function that returns one sentence per breach. Those on text look at files, those on the
manifest at what `dbt parse` makes of the project.
"""

import csv
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from harness import ROOT
from quick_dbt import quick_dbt
from write_rules import rules

Rule = Callable[..., list[str]]

# A test that is lost must not go unnoticed. Raise the floor with new tests.
LINES_AT_MOST = 80
DATA_TESTS_AT_LEAST = 205
UNIT_TESTS_AT_LEAST = 71

CLOCK_HOME = "macros/run/clock.sql"
# what asks the clock through its macro, and why
CLOCK_READERS = {
    CLOCK_HOME: "a row dated after the run is rejected",
    "macros/run/as_of_day.sql": "as_of may be `today`",
    "macros/run/publish.sql": "a publication says when the proof last passed",
    "macros/run/publish_spark.sql": "a published set is named after its run",
}
# the server's own clock, which no row depends on, and why
STOPWATCHES = {
    "macros/run/publish_postgres.sql": "publishing waits for readers, but not for ever",
}
# (file, date): reason
LITERAL_DATES = {
    ("macros/raw/order_rules.sql", "0001-01-01"): (
        "the reporting currency needs no rate on any day"
    ),
}
# Which layers a layer reads from. `base` models decide over raw rows and belong to staging.
READS = {
    "base": {"raw", "reference", "base", "staging"},
    "staging": {"base", "staging", "reference"},
    "intermediate": {"staging", "intermediate", "reference"},
    "marts": {"intermediate", "marts"},
    "proof": {"staging", "reference", "proof"},
}
# what else the proof and the recounts rest on, as it is tested by other means
PROOF_RESTS_ON = {
    *("as_of", "int_person_keys", "int_person_predictions"),
    *("orders", "order_lines", "people", "sessions", "lifecycle_history", "rfm_scores"),
}
# the rooms of intermediate, in the order of the flow
ROOMS = (
    *(
        "time",
        "keys",
        "orders",
        "messages",
        "web",
        "people",
        "lifecycle",
        "predictions",
        "features",
    ),
)
# (model, layer): reason
OTHER_READS = {
    ("data_health", "base"): "reports on every raw row, also those set aside",
    ("data_health", "staging"): "reports on what staging holds",
}
PERSONAL = {
    *("email", "phone", "first_name", "last_name", "birth_date", "postal_code", "address"),
}
PUBLISHED_SCHEMAS = {"core", "segments", "membership", "insights"}
# built where the var of that name is set
BACKTEST = {
    *(f"int_backtest_{part}" for part in ("histories", "purchase_histories", "fits")),
    *("int_backtest_predictions", "prediction_backtest"),
}
NOT_A_SETTING = {"project_version"}
REQUIREMENTS = [
    f"requirements{part}.{kind}"
    for part in ("", "-postgres", "-spark", "-dev")
    for kind in ("in", "txt")
]
REQUIRED_FILES = [
    *("README.md", "DECISIONS.md", "LICENSE", "Makefile", ".ci/run", "dbt_project.yml"),
    *("profiles.yml", ".sqlfluff", ".yamllint", *REQUIREMENTS),
]
MOST_BYTES = 1_000_000
# PostgreSQL's longest name. To append `__dbt_backup` dbt cuts a model's name off, so that two long
# ones could become one. A unit test's is cut off too, but the time makes it unlike others.
LONGEST_NAME = 63
LONGEST_MODEL_NAME = LONGEST_NAME - len("__dbt_backup")


# -- rules on text ------------------------------------------------------------------------------


def code(sql: str) -> str:
    """SQL or Jinja without its comments; lines keep their numbers."""
    blank = re.sub(r"\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), sql, flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", blank)


def found(pattern: str, text: str, what: str) -> list[str]:
    """One sentence per line of code that holds a pattern, whatever its case."""
    return [
        f"line {number}: {what}: {line.strip()}"
        for number, line in enumerate(code(text).splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE)
    ]


def clocks(path: str, sql: str) -> list[str]:
    """No engine's or dbt's clock outside its one macro, and few callers of that."""
    breaches = []
    if path != CLOCK_HOME:
        clock = (
            r"\b(current_(date|time|timestamp)|local(time|timestamp)|getdate|sys(date|timestamp)"
            r"|run_started_at|(transaction|statement|clock)_timestamp)\b"
            r"|\b(now|today|utcnow|get_current_timestamp)\s*\("
        )
        if path in STOPWATCHES:
            sql = sql.replace("clock_timestamp()", "")
        breaches += found(clock, sql, "a clock")
    if path not in CLOCK_READERS:
        breaches += found(r"\bclock\s*\(", sql, "asks the clock")
    return breaches


def literal_dates(path: str, sql: str) -> list[str]:
    """No model contains a date: a day comes from `as_of` or from a fact."""
    for allowed_path, date in LITERAL_DATES:
        if path == allowed_path:
            sql = sql.replace(f"'{date}'", "''")
    date = r"""["'][0-9]{4}-[0-9]{2}|\bmake_(date|timestamp)\s*\(\s*[0-9]|\bto_date\s*\(\s*'"""
    return found(date, sql, "a literal date")


def engine_branches(path: str, sql: str) -> list[str]:
    """Engines differ in dispatched macros only, never in a branch."""
    return found(r"\btarget\s*(\.|\[\s*['\"])\s*(type|name)\b|\badapter\.type\b", sql, "an engine")


def ntiles(path: str, sql: str) -> list[str]:
    """`ntile` scores equal people differently."""
    return found(r"\bntile\s*\(", sql, "depends on the order of equal rows")


def silenced_linters(path: str, sql: str) -> list[str]:
    """No line of SQL silences the linter: a rule is excluded in one place, with its reason."""
    breaches = [
        f"line {number}: silences the linter"
        for number, line in enumerate(sql.splitlines(), 1)
        if re.search(r"\bnoqa\b", line, re.IGNORECASE)
    ]
    return breaches


def starred_selects(path: str, sql: str) -> list[str]:
    """What a model hands on is spelled out: no `*` in its last select."""
    *_, last_select = re.split(r"^\)", code(sql), flags=re.MULTILINE)
    star = r"(?:\bselect\s+(?:distinct\s+)?|^\s*|,\s*)(?:\w+\.)?\*\s*(?:,|$|\bfrom\b|\bexclude\b)"
    return [
        f"its last select has a star: {line.strip()}"
        for line in last_select.splitlines()
        if re.search(star, line, re.IGNORECASE)
    ]


def long_models(path: str, sql: str) -> list[str]:
    """A model that is long says why in its first line, as `-- long: reason`."""
    lines = sql.count("\n")
    if lines <= LINES_AT_MOST or re.match(r"(--|{#-) long: \w", sql):
        return []
    return [f"it has {lines} lines: split it, or begin it with `-- long: reason`"]


def unexplained_vars(path: str, project: str) -> list[str]:
    """Each var of dbt_project.yml has a comment of its own right above it."""
    lines = project.splitlines()
    start = lines.index("vars:") + 1
    breaches = []
    for number, line in enumerate(lines[start:], start):
        if line and not line.startswith((" ", "#")):
            break
        name = re.match(r"  (\w+):", line)
        if name and not re.match(r"  # (?!--)", lines[number - 1]):
            breaches.append(f"var {name[1]} has no comment above it")
    return breaches


def unexplained_exclusions(path: str, config: str) -> list[str]:
    """Each linter rule or file that is left out has its reason in a comment right above it."""
    lines = config.splitlines()
    is_list = path.endswith("ignore")
    return [
        f"line {number}: no reason above: {line}"
        for number, line in enumerate(lines, 1)
        if (re.match(r"exclude_rules|ignore|warnings|rules\b", line) or (is_list and line.strip()))
        and not line.startswith("#")
        and not (number > 1 and lines[number - 2].startswith("#"))
    ]


def loose_requirements(path: str, text: str) -> list[str]:
    """Direct requirements are pinned, and a lock has hashes and no address."""
    if path.endswith(".in"):
        pinned = r"-r \S+\.in|[\w.\[\]-]+==[\w.]+"
        return [line for line in text.splitlines() if line and not re.fullmatch(pinned, line)]
    breaches = [line for line in text.splitlines() if "://" in line or line.startswith("--")]
    for entry in re.split(r"^(?=\w)", text, flags=re.MULTILINE):
        if entry.strip() and not entry.startswith("#") and "--hash=sha256:" not in entry:
            breaches.append(f"no hash: {entry.splitlines()[0]}")
    return breaches


def machine_traces(path: str, text: str) -> list[str]:
    """No file names a place on one machine, or the address of a package registry."""
    place = r"""(?<![\w.])/(work|tmp|root|home|Users)/\w"""
    # the hosts are written apart, or this line would be found
    hosts = "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "deb" + "ian"))
    registry = rf"\b({hosts})\.(org|com)\b|--(extra-)?index-url|//registry\."
    return [
        f"line {number}: {line.strip()[:100]}"
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(place, line) or re.search(registry, line)
    ]


# -- rules on the manifest ----------------------------------------------------------------------


def models_of(manifest: dict) -> list[dict]:
    """The model nodes, by name."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return sorted(nodes, key=lambda node: node["name"])


def layer_of(node: dict) -> str:
    """The layer of a model, seed or source node."""
    if node["resource_type"] in ("source", "seed"):
        return {"source": "raw", "seed": "reference"}[node["resource_type"]]
    if node["name"].startswith("base_"):
        return "base"
    return "intermediate" if "facts" in node["fqn"] else node["fqn"][1]


def keyless_models(manifest: dict) -> list[str]:
    """Each model has a tested key, or says in `meta.no_key` why it has none."""
    keyed = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        and (test.get("test_metadata") or {}).get("name") == "unique_key"
    }
    breaches = []
    for model in models_of(manifest):
        if model["config"]["meta"].get("segment"):
            continue  # the stack of its family has the key of them all
        has_key = model["unique_id"] in keyed or any(
            constraint["type"] == "primary_key" for constraint in model["constraints"]
        )
        reason = model["config"]["meta"].get("no_key")
        if not has_key and not reason:
            breaches.append(f"{model['name']}: add a `unique_key` test, or a meta.no_key")
        if has_key and reason:
            breaches.append(f"{model['name']}: has a key, so remove its meta.no_key")
    return breaches


def undescribed(manifest: dict) -> list[str]:
    """Each model, seed, source, exposure and column says what it is."""
    described = [
        *(
            node
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
        ),
        *manifest["sources"].values(),
        *manifest["exposures"].values(),
    ]
    breaches = []
    for node in described:
        columns = node.get("columns", {}).values()
        if not node["description"].strip():
            breaches.append(f"{node['name']} has no description")
        if not columns and node["resource_type"] != "exposure":
            breaches.append(f"{node['name']} has no columns")
        breaches += [
            f"{node['name']}.{column['name']} has no description"
            for column in columns
            if not column["description"].strip()
        ]
    return sorted(breaches)


def unenforced_contracts(manifest: dict) -> list[str]:
    """Each model's columns and types are enforced, so that those described are all there are."""
    return [
        f"{model['name']}: its contract is not enforced"
        for model in models_of(manifest)
        if not model["config"]["contract"]["enforced"]
    ]


def crossed_layers(manifest: dict) -> list[str]:
    """A model reads its own layer or the one above it."""
    nodes = manifest["nodes"] | manifest["sources"]
    return [
        f"{model['name']} ({layer_of(model)}) reads {nodes[parent]['name']} ({layer})"
        for model in models_of(manifest)
        for parent in model["depends_on"]["nodes"]
        if (layer := layer_of(nodes[parent])) not in READS[layer_of(model)]
        and (model["name"], layer) not in OTHER_READS
        and not (layer_of(model) == "proof" and nodes[parent]["name"] in PROOF_RESTS_ON)
    ]


def shared_readings(manifest: dict) -> list[str]:
    """A recount reads its family's stack, the proof and what that rests on, but no fact."""
    nodes, breaches = manifest["nodes"], []
    for recount in nodes.values():
        if recount["resource_type"] != "test" or recount["fqn"][1] != "families":
            continue
        allowed = PROOF_RESTS_ON | {f"{recount['fqn'][2]}_memberships"}
        breaches += [
            f"{recount['name']} reads {nodes[parent]['name']}"
            for parent in recount["depends_on"]["nodes"]
            if layer_of(nodes[parent]) not in READS["proof"]
            and nodes[parent]["name"] not in allowed
        ]
    return breaches


def family_of(node: dict) -> str:
    """The family of segments that a model belongs to, or none."""
    return node["fqn"][3] if node["fqn"][1:3] == ["marts", "segments"] else ""


def room_number(node: dict) -> int | None:
    """The place of an intermediate model in the order of the flow; facts of a family come last."""
    if layer_of(node) != "intermediate":
        return None
    return len(ROOMS) if family_of(node) else ROOMS.index(node["fqn"][2])


def crossed_rooms(manifest: dict) -> list[str]:
    """A room of intermediate reads no later one, and a family of segments no other family."""
    nodes, breaches = manifest["nodes"], []
    for reader in models_of(manifest):
        for parent in reader["depends_on"]["nodes"]:
            read = nodes.get(parent)
            if not read or read["resource_type"] != "model":
                continue
            family, other = family_of(reader), family_of(read)
            rooms = [room_number(node) for node in (reader, read)]
            if (family and other and family != other) or (
                None not in rooms and rooms[0] < rooms[1]
            ):
                breaches.append(f"{reader['name']} reads {read['name']}")
    return breaches


def personal_columns(manifest: dict) -> list[str]:
    """What people may open has no column that names a person or is marked as personal."""
    marked = {
        column["name"]
        for node in models_of(manifest)
        for column in node["columns"].values()
        if column["config"]["meta"].get("personal")
    }
    return [
        f"{model['schema']}.{model['name']}.{name} is personal"
        for model in models_of(manifest)
        if model["schema"] in PUBLISHED_SCHEMAS
        for name in model["columns"]
        if name in PERSONAL | marked
    ]


def soft_tests(manifest: dict) -> list[str]:
    """Each test is enabled, and a single failing row is an error; a var asks for the backtest."""
    strict = {"severity": "error", "error_if": "!= 0", "limit": "none"}
    breaches = [
        f"{test['name']}: {setting} is {test['config'][setting]}"
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        for setting, value in strict.items()
        if str(test["config"][setting]).lower() != value
    ]
    return breaches + [
        f"{name} is disabled"
        for name in manifest["disabled"]
        if name.split(".")[-1] not in BACKTEST
    ]


def long_names(manifest: dict) -> list[str]:
    """Each name that dbt makes a relation or a column of fits into PostgreSQL."""
    tables = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    limits = [
        *((table["name"], LONGEST_MODEL_NAME) for table in tables),
        *((column, LONGEST_NAME) for table in tables for column in table["columns"]),
        *((test["name"], LONGEST_NAME) for test in manifest["unit_tests"].values()),
    ]
    return [
        f"{name} has {len(name)} characters: shorten it to {most}"
        for name, most in limits
        if len(name) > most
    ]


# -- the project keeps them ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifest() -> dict:
    """What dbt makes of the project."""
    return quick_dbt(whole=True).manifest


def tracked_files() -> list[str]:
    """Paths that git has or would add, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no git repository")
    return [path for path in sorted(set(done.stdout.splitlines())) if (ROOT / path).is_file()]


def is_text(path: str) -> bool:
    """Whether a tracked file holds text that somebody wrote."""
    return Path(path).suffix not in (".gz", ".parquet", ".csv") and path != "LICENSE"


SQL_RULES = [
    (clocks, ("models", "macros", "tests", "analyses")),
    (literal_dates, ("models", "analyses")),
    (engine_branches, ("models", "macros", "tests", "analyses")),
    (ntiles, ("models", "macros", "analyses")),
    (silenced_linters, ("models", "tests", "analyses")),
    (starred_selects, ("models/intermediate", "models/marts")),
    (long_models, ("models",)),
]


@pytest.mark.parametrize(
    ("rule", "folders"), SQL_RULES, ids=lambda value: getattr(value, "__name__", "")
)
def test_sql_keeps_the_rule(rule: Rule, folders: tuple[str, ...]) -> None:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.sql")]
    assert paths
    breaches = []
    for path in sorted(paths):
        name = path.relative_to(ROOT).as_posix()
        breaches += [f"{name}, {text}" for text in rule(name, path.read_text(encoding="utf-8"))]
    assert "\n".join(breaches) == ""


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (unexplained_vars, "dbt_project.yml"),
        (unexplained_exclusions, ".sqlfluff"),
        (unexplained_exclusions, ".sqlfluffignore"),
        *((loose_requirements, path) for path in REQUIREMENTS),
    ],
)
def test_file_keeps_the_rule(rule: Rule, path: str) -> None:
    assert "\n".join(rule(path, (ROOT / path).read_text(encoding="utf-8"))) == ""


@pytest.mark.parametrize(
    "rule",
    [
        keyless_models,
        undescribed,
        unenforced_contracts,
        crossed_layers,
        shared_readings,
        crossed_rooms,
        personal_columns,
        soft_tests,
        long_names,
    ],
)
def test_project_keeps_the_rule(manifest: dict, rule: Rule) -> None:
    assert "\n".join(rule(manifest)) == ""


def test_no_test_is_lost(manifest: dict) -> None:
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert len(tests) >= DATA_TESTS_AT_LEAST
    assert len(manifest["unit_tests"]) >= UNIT_TESTS_AT_LEAST


def test_the_rules_on_paper_are_those_of_the_yaml(manifest: dict) -> None:
    """Where it fails: make rules."""
    assert rules(manifest) == (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_every_seed_column_is_described(manifest: dict) -> None:
    for seed in manifest["nodes"].values():
        if seed["resource_type"] == "seed":
            path = ROOT / seed["original_file_path"]
            with path.open(encoding="utf-8", newline="") as file:
                assert next(csv.reader(file)) == list(seed["columns"])


def test_every_var_is_checked_before_a_build() -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    macros = (ROOT / "macros" / "run" / "check_settings.sql").read_text(encoding="utf-8")
    (rules,) = re.findall(r"macro setting_rules\(.*?endmacro", macros, re.DOTALL)
    checked = set(re.findall(r"^\s+'(\w+)': \{'kind'", rules, re.MULTILINE))
    assert checked == set(project["vars"]) - NOT_A_SETTING


def test_every_exception_is_still_needed(manifest: dict) -> None:
    for path, date in LITERAL_DATES:
        assert f"'{date}'" in (ROOT / path).read_text(encoding="utf-8")
    for path in CLOCK_READERS:
        assert found(r"\bclock\(", (ROOT / path).read_text(encoding="utf-8"), "")
    for path in STOPWATCHES:
        assert "clock_timestamp()" in (ROOT / path).read_text(encoding="utf-8")
    nodes = manifest["nodes"] | manifest["sources"]
    reads = {
        (model["name"], layer_of(nodes[parent]))
        for model in models_of(manifest)
        for parent in model["depends_on"]["nodes"]
    }
    assert set(OTHER_READS) <= reads


def test_no_file_has_traces_of_a_machine() -> None:
    breaches = []
    for path in filter(is_text, tracked_files()):
        text = (ROOT / path).read_text(encoding="utf-8")
        breaches += [f"{path}, {breach}" for breach in machine_traces(path, text)]
    assert "\n".join(breaches) == ""


def test_no_file_is_large() -> None:
    large = [
        path
        for path in tracked_files()
        if (ROOT / path).stat().st_size > MOST_BYTES and not path.startswith("sample_shop/")
    ]
    assert large == []


@pytest.mark.parametrize("path", REQUIRED_FILES)
def test_required_file_is_there(path: str) -> None:
    assert (ROOT / path).is_file()


# -- the rules can fail -------------------------------------------------------------------------

MODEL = "models/marts/core/any.sql"


@pytest.mark.parametrize(
    ("rule", "path", "bad"),
    [
        (long_models, MODEL, "select 1\n" * 81),
        (clocks, MODEL, "select current_date as today"),
        (clocks, MODEL, "select CURRENT_TIMESTAMP"),
        (clocks, MODEL, "where seen_at < now()"),
        (clocks, MODEL, "{{ run_started_at }}"),
        (clocks, MODEL, "{{ clock() }}"),
        (clocks, "macros/run/as_of_day.sql", "{{ run_started_at }}"),
        (clocks, "macros/dialect/time.sql", "getdate()"),
        (literal_dates, MODEL, "where day > date '2024-01-01'"),
        (literal_dates, MODEL, '{% set start = "2024-01-01" %}'),
        (literal_dates, MODEL, "select make_date(2024, 1, 1)"),
        (literal_dates, MODEL, "select '0001-01-01'"),
        (literal_dates, "models/staging/shop/base_shop__orders.sql", "select '1999-01-01'"),
        (engine_branches, MODEL, "{% if target.type == 'duckdb' %}"),
        (engine_branches, MODEL, "{% if target['type'] == 'duckdb' %}"),
        (engine_branches, MODEL, "{% if adapter.type() == 'duckdb' %}"),
        (ntiles, MODEL, "select NTILE (5) over (order by x)"),
        (silenced_linters, MODEL, "select A -- noqa: CP02"),
        (starred_selects, MODEL, "select * from {{ ref('orders') }}"),
        (starred_selects, MODEL, "with\n\na as (\n    select 1\n)\n\nselect\n    *\nfrom a"),
        (
            starred_selects,
            MODEL,
            "with\n\na as (\n    select 1\n)\n\nselect\n    a.*,\n    1\nfrom a",
        ),
        (starred_selects, MODEL, "with\n\na as (\n    select 1\n)\n\nselect distinct a.* from a"),
        (unexplained_vars, "", "vars:\n  # -- heading ---\n  a: 1\n"),
        (unexplained_vars, "", "vars:\n  # why\n  a: 1\n  b: 1\n"),
        (unexplained_exclusions, ".sqlfluff", "processes = 2\nexclude_rules = ST06"),
        (unexplained_exclusions, ".sqlfluff", "[a]\nignore_words = stage"),
        (unexplained_exclusions, ".sqlfluffignore", "models/"),
        (loose_requirements, "requirements.in", "pytest"),
        (loose_requirements, "requirements.in", "pytest>=9"),
        (loose_requirements, "requirements.txt", "a==1 \\\n    --hash=sha256:0\nb==1\n"),
        (loose_requirements, "requirements.txt", "--find-links x\na==1 --hash=sha256:0\n"),
        (loose_requirements, "requirements.txt", "a @ https://a.zip --hash=sha256:0\n"),
        (machine_traces, "", "path = '/{}/x'".format("work")),
        (machine_traces, "", "see /{}/x".format("home")),
        (machine_traces, "", "pip install --extra-{}-url x".format("index")),
        (machine_traces, "", "https://{}.org".format("pypi")),
    ],
)
def test_rule_on_text_notices(rule: Rule, path: str, bad: str) -> None:
    assert rule(path, bad)


@pytest.mark.parametrize(
    ("rule", "path", "good"),
    [
        (clocks, MODEL, "select a -- not current_date\n{# nor now() #}"),
        (clocks, CLOCK_HOME, "{{ run_started_at }}"),
        (clocks, MODEL, "select is_known, nowhere(a), recurrent_dates"),
        (literal_dates, MODEL, "select cast('{{ var(\"as_of\") }}' as date)"),
        (literal_dates, "macros/raw/order_rules.sql", "select '0001-01-01'"),
        (long_models, MODEL, "-- long: why\n" + "select 1\n" * 81),
        (engine_branches, MODEL, "{{ target.schema }}"),
        (
            starred_selects,
            MODEL,
            "with\n\na as (\n    select * from b\n)\n\nselect count(*), c * 2\nfrom a",
        ),
        (unexplained_vars, "", "vars:\n  # why\n  a: 1\n\nmodels:\n  b: 1\n"),
        (unexplained_exclusions, ".sqlfluff", "# because\nexclude_rules = ST06"),
        (loose_requirements, "requirements-dev.in", "-r requirements.in\npytest==9.2.0"),
        (loose_requirements, "requirements.txt", "a==1 \\\n    --hash=sha256:0\n    # via b\n"),
    ],
)
def test_rule_on_text_lets_pass(rule: Rule, path: str, good: str) -> None:
    assert rule(path, good) == []


def model(name: str, **other: object) -> dict:
    """A model node that keeps every rule, except for the given differences."""
    column = {"name": "person_id", "description": "Who.", "config": {"meta": {}}}
    return {
        "resource_type": "model",
        "unique_id": name,
        "name": name,
        "schema": "core",
        "fqn": ["shop_segments", "marts", "core", name],
        "description": "What it is.",
        "columns": {"person_id": column},
        "constraints": [{"type": "primary_key"}],
        "config": {"meta": {}, "contract": {"enforced": True}},
        "depends_on": {"nodes": []},
    } | other


def data_test(**config: object) -> dict:
    """A test node that keeps every rule, except for the given config."""
    return {
        "resource_type": "test",
        "name": "any_test",
        "fqn": ["shop_segments", "families", "spend", "any_test"],
        "attached_node": "a",
        "depends_on": {"nodes": ["stg_a"]},
        "test_metadata": {"name": "row_rules"},
        "config": {"severity": "ERROR", "error_if": "!= 0", "limit": None} | config,
    }


def small_manifest(*nodes: dict, **other: object) -> dict:
    """A manifest of some nodes."""
    named = {node.get("unique_id", node["name"]): node for node in nodes}
    empty = {"sources": {}, "exposures": {}, "disabled": {}, "unit_tests": {}}
    return empty | {"nodes": named} | other


def in_room(name: str, room: str, *reads: str) -> dict:
    """A model node of a room of intermediate."""
    fqn = ["shop_segments", "intermediate", room, name]
    return model(name, fqn=fqn, depends_on={"nodes": list(reads)})


def in_family(name: str, family: str, *reads: str) -> dict:
    """A model node of a family of segments."""
    fqn = ["shop_segments", "marts", "segments", *family.split("/"), name]
    return model(name, fqn=fqn, depends_on={"nodes": list(reads)})


def in_proof(name: str, *reads: str) -> dict:
    """A model node of the proof."""
    return model(name, fqn=["shop_segments", "proof", name], depends_on={"nodes": list(reads)})


PERSONAL_COLUMN = {"name": "nick", "description": "x", "config": {"meta": {"personal": True}}}
RECOUNT_OF_A = data_test() | {"depends_on": {"nodes": ["a"]}}
STAGED = model("stg_a", fqn=["shop_segments", "staging", "stg_a"], schema="staging")


@pytest.mark.parametrize(
    ("rule", "nodes"),
    [
        (keyless_models, [model("a", constraints=[])]),
        (keyless_models, [model("a", constraints=[]), data_test()]),
        (keyless_models, [model("a", config={"meta": {"no_key": "it has one"}})]),
        (undescribed, [model("a", description=" ")]),
        (undescribed, [model("a", columns={})]),
        (undescribed, [model("a", columns={"b": {"name": "b", "description": ""}})]),
        (unenforced_contracts, [model("a", config={"contract": {"enforced": False}})]),
        (crossed_layers, [model("a", depends_on={"nodes": ["stg_a"]}), STAGED]),
        (crossed_layers, [STAGED | {"depends_on": {"nodes": ["a"]}}, model("a")]),
        (crossed_layers, [in_proof("a", "b"), in_room("b", "orders")]),
        (crossed_layers, [model("a", depends_on={"nodes": ["b"]}), in_proof("b")]),
        (shared_readings, [RECOUNT_OF_A, in_room("a", "orders")]),
        (shared_readings, [RECOUNT_OF_A, in_family("a", "spend")]),
        (crossed_rooms, [in_room("a", "orders", "b"), in_room("b", "web")]),
        (crossed_rooms, [in_family("a", "spend", "b"), in_family("b", "product")]),
        (crossed_rooms, [in_room("a", "features", "b"), in_family("b", "spend/facts")]),
        (
            personal_columns,
            [model("a", columns={"email": PERSONAL_COLUMN | {"config": {"meta": {}}}})],
        ),
        (personal_columns, [model("a", columns={"nick": PERSONAL_COLUMN})]),
        (soft_tests, [data_test(severity="warn")]),
        (soft_tests, [data_test(error_if=">10")]),
        (soft_tests, [data_test(limit=1)]),
        (long_names, [model("a" * 52)]),
        (long_names, [model("a", columns={"b" * 64: {"name": "b" * 64, "description": "x"}})]),
    ],
)
def test_rule_on_the_manifest_notices(rule: Rule, nodes: list[dict]) -> None:
    assert rule(small_manifest(*nodes))
    kept = [in_room("b", "web", "c"), in_room("c", "orders"), in_family("d", "spend", "e")]
    kept.append(in_family("e", "spend"))
    assert rule(small_manifest(model("a"), STAGED, data_test(), *kept)) == []


def test_a_long_name_of_a_unit_test_is_noticed() -> None:
    for letters, notices in ((63, False), (64, True)):
        unit_tests = {"unit_test.a": {"name": "a" * letters}}
        assert bool(long_names(small_manifest(unit_tests=unit_tests))) == notices


def test_a_disabled_node_is_noticed() -> None:
    assert soft_tests(small_manifest(disabled={"test.a": []}))


# -- SQL that every engine reads, but differently -----------------------------------------------

# what engines answer differently without an error: how it is found, and what to write instead
DIFFERS_BY_ENGINE = {
    r" / ": "whole numbers are cut off or not: rounded_ratio",
    r"::": "a cast that not every engine reads: cast(… as …)",
    r"\b(concat|concat_ws)\s*\(": "null is left out or makes all null: ||",
    r"\bextract\s*\(\s*(dow|isodow|dayofweek\w*|week|epoch)\b": "counted from 0 or from 1",
    r"\b(date_trunc|date_part|date_diff|datediff|last_day)\s*\(": "another type, or boundaries",
    r"\blog(2|10)?\s*\(": "to base 10 or to base e: ln",
    r"\bregexp_\w+\s*\(|\bsimilar\s+to\b": "first or all, other patterns: a dispatched macro",
    r"(?<!\|)(?<!\| )\bround\s*\(": "halves of doubles go either way: rounded_ratio",
    r"\b(hash|xxhash64|hashtext\w*)\s*\(": "an engine's own: md5, sha256 or key_hash",
    r"\b(strftime|strptime|to_char|to_date|to_timestamp|date_format)\s*\(": "other patterns",
    r"\b(percentile_disc|quantile\w*|median|approx_\w+|mode)\s*\(": "percentile_cont",
    r"\b(any_value|arg_min|arg_max|min_by|max_by|first|last)\s*\(": (
        "any row's, or another null: value_at_first, first_known_value, last_known_value"
    ),
    r"\b(string_agg|listagg|group_concat|array_agg)\s*\(": "an order that is not everywhere",
    r"\b(lower|upper|initcap)\s*\(": "by the database's language: lower_case, upper_case",
    r"\bsubstr(ing)?\s*\([^()]*,\s*(0|-)": "places before the first count or not",
}
# (file, found): reason
SAME_ON_EVERY_ENGINE = {
    ("models/marts/insights/prediction_backtest.sql", " / "): "one of the two is a double",
    ("models/marts/segments/predictive/rising_value.sql", " / "): "a double",
    ("models/intermediate/web/int_session_facts.sql", "concat("): "no part is null",
    (
        "models/intermediate/web/int_session_facts.sql",
        " / ",
    ): "microseconds, which every type holds exactly",
    (
        "models/intermediate/features/int_recent_sessions.sql",
        " / ",
    ): "microseconds, which every type holds exactly",
}


def engine_differences(path: str, sql: str) -> list[str]:
    """No model or test contains anything that engines answer differently without an error."""
    # a path or a value between quotes may hold anything; what a macro gets between them is SQL
    plain = re.sub(r"\['[^']*',? ?", "[", code(sql))
    for allowed_path, allowed in SAME_ON_EVERY_ENGINE:
        if path == allowed_path:
            plain = plain.replace(allowed, "")
    return [
        breach
        for pattern, what in DIFFERS_BY_ENGINE.items()
        for breach in found(pattern, plain, what)
    ]


def test_sql_has_one_meaning_on_every_engine() -> None:
    breaches = []
    for folder in ("models", "tests", "analyses"):
        for path in sorted((ROOT / folder).rglob("*.sql")):
            name = path.relative_to(ROOT).as_posix()
            sql = path.read_text(encoding="utf-8")
            breaches += [f"{name}, {text}" for text in engine_differences(name, sql)]
    assert "\n".join(breaches) == ""


def test_every_construct_that_is_let_pass_is_still_there() -> None:
    for path, construct in SAME_ON_EVERY_ENGINE:
        assert construct in code((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "bad",
    [
        "select a / b",
        "{{ rounded_ratio('a / b', 'c') }}",
        "select a::integer",
        "select CONCAT(a, b)",
        "select concat_ws(' ', a, b)",
        "select extract(dow from ordered_on)",
        "select extract(epoch from ordered_at)",
        "select date_trunc('month', ordered_on)",
        "select datediff('day', a, b)",
        "select log(amount)",
        "select log10(amount)",
        "select regexp_replace(a, 'x', '')",
        "where a similar to 'x'",
        "select round(amount, 2)",
        "select hash(a)",
        "select to_char(a, 'YYYY')",
        "select median(a)",
        "select percentile_disc(0.5) within group (order by a)",
        "select any_value(a)",
        "select max_by(a, b)",
        "select string_agg(a, ',')",
        "select lower(a)",
        "{{ byte_order('upper(a)') }}",
        "select substr(a, 0, 2)",
        "select substr(a, -2)",
    ],
)
def test_what_differs_by_engine_is_noticed(bad: str) -> None:
    assert engine_differences(MODEL, bad)


@pytest.mark.parametrize(
    "good",
    [
        "-- a / b",
        "select substr(a, 1, 2), length(a) - 1",
        "{{ days | round(0, 'ceil') }}",
        "select extract(year from born_on)",
        "select percentile_cont(0.5) within group (order by a)",
        "select min(a), max(a), first_value(a) over (order by b)",
        "{{ lower_case('a') }}",
        "{%- set cases = [['a / b', none]] %}",
    ],
)
def test_what_every_engine_reads_alike_passes(good: str) -> None:
    assert engine_differences(MODEL, good) == []
