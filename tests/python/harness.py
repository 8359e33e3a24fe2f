"""Two ways to build a shop in a test: for real with dbt, or the compiled statements in memory."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace

import duckdb

ROOT = Path(__file__).resolve().parents[2]
DBT = Path(sys.executable).with_name("dbt")

# what a test may give in the place of what models predict
PREDICTIONS = "int_person_predictions"
# and what the build's own check of them finds, which costs more than a toy shop: nothing
CHECK = "int_prediction_check"
PASSED = {"ranks_are_better": "true", "lost_come_back": "false", "warnings": "''"}
PREDICTION_COLUMNS = {
    "person_id": "varchar",
    "p_alive": "double",
    "churn_probability": "double",
    "expected_orders_30_days": "double",
    "expected_orders_90_days": "double",
    "expected_orders_365_days": "double",
    "order_probability_30_days": "double",
    "order_probability_90_days": "double",
    "order_probability_365_days": "double",
    "expected_order_value": "double",
    "predicted_value_365_days": "double",
    "predicted_total_value": "double",
    "expected_next_order_on": "date",
    "purchases_class": "varchar",
    "silence_band": "varchar",
    "similar_silent_days": "bigint",
    "similar_purchases": "bigint",
    "similar_share_30_days": "double",
    "similar_share_90_days": "double",
    "similar_share_365_days": "double",
}


def copy_project(folder: Path, *left_out: str) -> None:
    """Copy all that dbt reads of the project.

    Arguments: folder (of the copy; what was there is gone), left_out (patterns of file names).
    """
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "python", "edge_*", *left_out)
    for name in ("analyses", "macros", "models", "scripts", "seeds", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in (".dbtignore", "dbt_project.yml", "profiles.yml", "selectors.yml"):
        shutil.copyfile(ROOT / name, folder / name)


def run_dbt(
    *arguments: str, folder: Path, variables: dict | None = None, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run dbt with a build file, a published file and a target path of its own.

    Arguments: arguments (dbt's), folder (holds build.duckdb, shop.duckdb, target/ and logs/),
    variables (vars), check (fail the test where dbt fails), env (environment variables).
    Returns: the finished process with its output as text.
    Raises: AssertionError with dbt's output where check is set and dbt failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "BUILD_FILE": str(folder / "build.duckdb"),
        "PUBLISHED_FILE": str(folder / "shop.duckdb"),
        "DUCKDB_TEMP_DIRECTORY": str(folder / "spill"),
        "DBT_USE_COLORS": "false",
        "PERSON_SALT": "",
    }
    command = [
        str(DBT),
        *arguments,
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--log-level-file", "none", "--vars", json.dumps(variables or {})),
    ]
    done = subprocess.run(
        command, cwd=ROOT, env=environment | env, capture_output=True, text=True, check=False
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def build(raw_folder: Path, folder: Path, unit_tests: bool = False, **variables: object) -> Path:
    """Build a shop for real: `dbt build` with every model, data test and hook.

    Arguments: raw_folder (the raw tables), folder (for what it writes), unit_tests (run them too;
    they are the same for every shop), variables (settings).
    Returns: path of the build file.
    Raises: AssertionError with dbt's output where the build fails.
    """
    from quick_dbt import quick_dbt

    where = {"folder": folder, "target": folder / "target", "PERSON_SALT": ""}
    selector = "all" if unit_tests else "default"
    variables = variables | {"raw_location": str(raw_folder)}
    quick_dbt(whole=True).run("build", "--selector", selector, variables=variables, **where)
    return folder / "build.duckdb"


@dataclass(frozen=True)
class Compiled:
    """The project's statements for one set of vars, to be run on any raw folder in memory."""

    manifest: dict

    @cached_property
    def nodes(self) -> list[dict]:
        """Seeds and models, each after what it reads."""
        wanted = {
            name: node
            for name, node in self.manifest["nodes"].items()
            if node["resource_type"] in ("seed", "model")
        }
        order = TopologicalSorter(
            {
                name: [parent for parent in node["depends_on"].get("nodes", []) if parent in wanted]
                for name, node in sorted(wanted.items())
            }
        )
        return [wanted[name] for name in order.static_order()]

    @cached_property
    def data_tests(self) -> list[dict]:
        """Data tests, by name; dbt lists those of models that no setting asks for as well."""
        nodes = self.manifest["nodes"].values()
        tests = [n for n in nodes if n["resource_type"] == "test" and n["config"]["enabled"]]
        return sorted(tests, key=lambda node: node["name"])

    def given(self, predictions: Path) -> "Compiled":
        """Give the contacts the predictions in a file; contacts not in it have none.

        Arguments: predictions (CSV file of PREDICTION_COLUMNS, an empty text being null; the
        project is as it was where there is none).
        Returns: the statements with that.
        """
        if not predictions.exists():
            return self
        nodes, name = self.manifest["nodes"], f"model.shop_segments.{PREDICTIONS}"
        query = (
            f"select * from read_csv('{predictions}', columns={PREDICTION_COLUMNS}, header=true,"
            " nullstr='', auto_detect=false, delim=',', quote='\"')"
        )
        check = f"model.shop_segments.{CHECK}"
        types = {
            column: spec["data_type"].replace("string", "varchar")
            for column, spec in nodes[check]["columns"].items()
        }
        found = ", ".join(
            f"cast({PASSED.get(column, 'null')} as {type_}) as {column}"
            for column, type_ in types.items()
        )
        changed = {
            key: nodes[key] | {"compiled_code": text, "depends_on": {"nodes": []}}
            for key, text in ((name, query), (check, f"select {found}"))
        }
        return Compiled(self.manifest | {"nodes": nodes | changed})

    def changed(self, model: str, change: Callable[[str], str]) -> "Compiled":
        """Change what a model selects.

        Arguments: model (name), change (from its compiled query to another one).
        Returns: the statements with that.
        """
        nodes, key = self.manifest["nodes"], f"model.shop_segments.{model}"
        node = nodes[key] | {"compiled_code": change(nodes[key]["compiled_code"])}
        return Compiled(self.manifest | {"nodes": nodes | {key: node}})

    def needed(self, rooms: Collection[str]) -> list[dict]:
        """The nodes of some rooms and all that these read, each after what it reads.

        Arguments: rooms (schemas, or models by name; none means all).
        """
        needed: set[str] = set()
        for node in reversed(self.nodes):
            wanted = not rooms or node["schema"] in rooms or node["name"] in rooms
            if wanted or node["unique_id"] in needed:
                needed |= {node["unique_id"], *node["depends_on"].get("nodes", [])}
        return [node for node in self.nodes if node["unique_id"] in needed]

    def run(
        self,
        raw_folder: Path,
        optimise: bool = True,
        threads: int = 2,
        rooms: Collection[str] = (),
    ) -> duckdb.DuckDBPyConnection:
        """Run every statement on a raw folder.

        Arguments: raw_folder (CSV or Parquet files, or folders of them, by raw table); optimise:
        false skips planning, which takes a toy shop longer than its statements do; threads: how
        many work on one statement; rooms: schemas, or models by name, that are filled, and what
        they read (none means all).
        Returns: connection to an in-memory database with all schemas of a build.
        """
        connection = duckdb.connect(config={"threads": threads if optimise else 1})
        if not optimise:
            connection.execute("pragma disable_optimizer")
        connection.execute("attach ':memory:' as build")
        connection.execute("use build")
        connection.execute("create schema raw")
        for source in self.manifest["sources"].values():
            columns = [*source["columns"], "raw_file"]
            create_raw_table(connection, source["name"], columns, raw_folder)
        for schema in sorted({node["schema"] for node in self.nodes}):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table staging.loaded_files as"
            " select 'events' as raw_table, count(*) as raw_rows from raw.events"
        )
        for node in self.needed(rooms):
            if node["resource_type"] == "seed":
                path = ROOT / node["original_file_path"]
                query = f"select * from read_csv('{path}', header=true, all_varchar=true)"
                kind = "table"
            else:
                query = node["compiled_code"]
                kind = "view" if node["config"]["materialized"] == "view" else "table"
            connection.execute(f"create {kind} {node['relation_name']} as {query}")
        return connection

    def failing_tests(self, connection: duckdb.DuckDBPyConnection) -> dict[str, list]:
        """Run the project's data tests.

        Arguments: connection (of `run`).
        Returns: dict from the name of each failing test to its failing rows.
        """
        failures = {}
        for test in self.data_tests:
            rows = connection.execute(test["compiled_code"]).fetchall()
            if rows:
                failures[test["name"]] = rows
        return failures


def create_raw_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: list[str], raw_folder: Path
) -> None:
    """Create raw.<name> with the contract's columns, as text, from its files, or empty."""
    files = sorted(str(path) for path in raw_folder.glob(f"{name}.*"))
    files += sorted(str(path) for path in (raw_folder / name).glob("*") if path.is_file())
    if not files:
        connection.execute(
            f"create table raw.{name} ({', '.join(f'{c} varchar' for c in columns)})"
        )
        return
    reader = "read_parquet" if files[0].endswith(".parquet") else "read_csv"
    options = "" if reader == "read_parquet" else ", header=true, all_varchar=true, delim=','"
    source = f"{reader}({files}, union_by_name=true{options})"
    present = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
    selected = [f"{c if c in present else 'null'}::varchar as {c}" for c in columns]
    connection.execute(f"create table raw.{name} as select {', '.join(selected)} from {source}")


def compile_project(
    folder: Path,
    salt: str = "",
    project: Path = ROOT,
    also: Collection[str] = (),
    **variables: object,
) -> Compiled:
    """Compile the seeds and models of the project for a set of vars.

    Arguments: folder (for what dbt writes), salt (PERSON_SALT), project (a copy of the project),
    also (what else is compiled, which takes as long again: test, analysis), variables (vars).
    Returns: the compiled statements.
    """
    others = [f"resource_type:{kind}" for kind in ("analysis", "test") if kind not in also]
    options = ["--quiet", "--exclude", "test_type:unit", *others]
    if project == ROOT:
        from quick_dbt import quick_dbt

        target = folder / "target"
        where = {"folder": folder, "variables": variables, "target": target}
        quick_dbt(whole=True).run("compile", *options, **where, PERSON_SALT=salt)
    else:
        options += ["--project-dir", str(project)]
        run_dbt("compile", *options, folder=folder, variables=variables, PERSON_SALT=salt)
    return read_compiled(folder)


def read_compiled(folder: Path) -> Compiled:
    """Read what `compile_project` left in a folder."""
    return Compiled(json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8")))


def ask(manifest: dict, macro: str, *arguments: object, **context: object) -> object:
    """Call a macro of the project as dbt would, with a made-up context in the place of a run.

    Arguments: manifest (of dbt), macro (name), arguments (the macro's), context (what else it may
    read: var, flags, results, …). Returns: what it returns.
    """
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.base import get_context_modules
    from dbt_common.exceptions.macros import MacroReturn

    def give_back(value: object) -> None:
        raise MacroReturn(value)

    known = {"return": give_back, "modules": get_context_modules()} | context
    for node in manifest["macros"].values():
        if node["package_name"] == "shop_segments":
            known[node["name"]] = MacroGenerator(SimpleNamespace(**node), known)
    return known[macro](*arguments)


def expected_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file as dicts of text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
