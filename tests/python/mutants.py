"""Mutants of the segment and feature models: one small change each, which some test must notice.

A mutant is killed by a shop on which a table that the oracle compares comes out differently, or its
statement or a data test fails. One that the engine can't even parse is not a mutant. `make mutants`
runs all of them and reports by model.
"""

import argparse
import multiprocessing
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
import yaml
from conftest import EDGE_SHOP_SETTINGS
from family_shops import family_shops, folder_of_the_day, settings_of_the_day
from harness import ROOT, Compiled, read_compiled
from oracle.oracle import ORDER_COLUMNS, SESSION_COLUMNS
from oracle.shops.files import write
from oracle.shops.settings import SETTINGS_POOL
from oracle.shops.worlds import check_batch
from quick_dbt import QuickDbt, Run
from test_oracle import variables

EQUIVALENTS = ROOT / "tests" / "mutants" / "equivalents.yml"
# some of one batch of each settings: the next ones kill next to nothing more
RANDOM_SHOPS = 4
RANDOM_BATCHES = len(SETTINGS_POOL)
NEXT_MUTANT, PACK = "/* the next mutant */", 25
# one statement on a toy shop, which takes a hundredth of one
SECONDS_AT_MOST = 60
MIN_KILLED_SHARE, MAX_EQUIVALENT_SHARE = 0.95, 0.03
FEATURES, SEGMENTS = Path("models/intermediate"), Path("models/marts/segments")
PREDICTIONS = FEATURES / "predictions"
# settings that are not numbers
NO_NUMBER = (
    r"(?:valid|other)_order_statuses|page_patterns|recency_band_days|rfm_\w+|\w+_city|\w+_code"
    r"|\w+_time_zone|\w+_currency|interval_basis"
)
# operator: what it finds, and what it writes instead (each alternative is a mutant)
OPERATORS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "threshold": [
        (r"(?<![\w.$'])-?(?<![\w.])\d+(?:\.\d+)?(?![\w.'])", (r"(\g<0> + 1)", r"(\g<0> - 1)")),
        (rf"(?<!set )setting\('(?!(?:{NO_NUMBER})')\w+'\)", (r"(\g<0> + 1)", r"(\g<0> - 1)")),
    ],
    "comparison": [
        (r"(?<= )>=(?=\s)", (">", "<")),
        (r"(?<= )<=(?=\s)", ("<", ">")),
        (r"(?<= )>(?=\s)", (">=", "<")),
        (r"(?<= )<(?=\s)", ("<=", ">")),
        (r"(?<=\w )=(?= )", ("<>",)),
        (r"(?<= )<>(?= )", ("=",)),
        (r"\bis not null\b", ("is null",)),
        (r"\bis null\b", ("is not null",)),
        (r"\band not\b", ("and",)),
        (r"\bwhere not\b", ("where",)),
    ],
    "connective": [
        (r"^(\s*)and\b(?!\s+\d)", (r"\1or",)),
        (r"^(\s*)or\b", (r"\1and",)),
    ],
    "window": [
        (r"_(30_days|6_months|12_months)\b", ("_30_days", "_6_months", "_12_months", "_3_months")),
        (
            r"\blast_(?:30_days|3_months|6_months|12_months)_from\b",
            tuple(f"last_{w}_from" for w in ("30_days", "3_months", "6_months", "12_months")),
        ),
        (r"\bleaves_months\b", ("leaves_days",)),
        (r"\bleaves_days\b", ("leaves_months",)),
        (r"\badd_months\b", ("add_days",)),
        (r"\badd_days\b", ("add_months",)),
    ],
    "join": [
        (r"\binner join\b", ("left join",)),
        (r"\bleft join\b", ("inner join",)),
    ],
    "sort": [
        (r"(?<=\S) desc\b", (" asc",)),
        (r"\bmin\(", ("max(",)),
        (r"\bmax\(", ("min(",)),
        (r"\bfirst_known_value\b", ("last_known_value",)),
        (r"\blast_known_value\b", ("first_known_value",)),
    ],
    "list": [
        (r"(?<=\bin \()'[^'()]*', ", ("",)),
        (r"(?<=', )'[^'()]*', (?='[^()]*\))", ("",)),
        (r"(?<='), '[^'(),]*'(?=\)(?!,|\)))", ("",)),
        (r"\bnot in\b", ("in",)),
    ],
    "coalesce": [(r"\bcoalesce\(([\w.]+(?:\([\w.]*\))?), ([^()]+)\)", (r"\1", r"\2"))],
    "distinct": [
        (r"\bcount\(distinct ", ("count(",)),
        (r"\bselect distinct\b", ("select",)),
        (r"\bunion\n", ("union all\n",)),
    ],
}  # fmt: skip
# these tables are compared with the oracle, column by column
COMPARED = {
    "core.orders": ", ".join(ORDER_COLUMNS),
    "core.sessions": ", ".join(SESSION_COLUMNS),
    "core.people": "person_id, is_contact, created_at, stage, purchases, orders",
    "core.lifecycle_history": "person_id, stage, valid_from, valid_to",
}


@dataclass
class Mutant:
    """One change of one model."""

    model: str
    operator: str
    line: int
    before: str
    after: str
    sql: str
    number: int = 1
    statement: str = ""
    killed_by: str = ""
    is_invalid: bool = False

    @property
    def name(self) -> str:
        """What tells it from all others, wherever its line moves to; the same change of one model's
        same lines is numbered from above.
        """
        number = f" ({self.number})" if self.number > 1 else ""
        return f"{self.model}: {self.before.strip()} -> {self.after.strip()}{number}"


def mutated_models() -> list[Path]:
    """The models that are changed: segments, and what they read but predictions."""
    paths = [*(ROOT / FEATURES).rglob("*.sql"), *(ROOT / SEGMENTS).rglob("*.sql")]
    return sorted(
        (
            path
            for path in paths
            if ROOT / PREDICTIONS not in path.parents and not path.stem.endswith("_memberships")
        ),
        key=lambda path: path.stem,
    )


def all_mutants() -> list[Mutant]:
    """Every mutant of every model."""
    return [m for path in mutated_models() for m in mutants_of(path.stem, path.read_text("utf-8"))]


def mutants_of(model: str, sql: str) -> list[Mutant]:
    """Change a model in every small way, one at a time.

    Arguments: model (its name), sql (its text).
    Returns: its mutants, each with a name of its own, in the order of the operators.
    """
    mutants = list(changes_of(model, sql))
    for name in {mutant.name for mutant in mutants}:
        alike = sorted((m for m in mutants if m.name == name), key=lambda m: m.line)
        for number, mutant in enumerate(alike, start=1):
            mutant.number = number
    return mutants


def changes_of(model: str, sql: str) -> Iterator[Mutant]:
    """Apply every operator at every position of a model outside comments, types and references."""
    # what is not looked at keeps its length
    hidden = r"\{#.*?#\}|--[^\n]*|decimal\(\d+, \d+\)|\bref\('\w+'\)|\{\{ config\(.*?\}\}"
    hidden += r"|\bas \w+,?$|\brows between [^\n]*|\{%-? *(?:set|if|elif|else|end)\b.*?%\}"
    plain = re.sub(
        hidden, lambda m: re.sub(r"[^\n]", "\0", m[0]), sql, flags=re.DOTALL | re.MULTILINE
    )
    for operator, rules in OPERATORS.items():
        for pattern, replacements in rules:
            for found in re.finditer(pattern, plain, flags=re.MULTILINE):
                for replacement in replacements:
                    after = found.expand(replacement)
                    if after == found[0]:
                        continue
                    start = sql.rfind("\n", 0, found.start()) + 1
                    end = (sql + "\n").index("\n", found.end())
                    yield Mutant(
                        model=model,
                        operator=operator,
                        line=sql.count("\n", 0, found.start()) + 1,
                        before=sql[start:end],
                        after=sql[start : found.start()] + after + sql[found.end() : end],
                        sql=sql[: found.start()] + after + sql[found.end() :],
                    )


def compile_worlds(mutants: list[Mutant], tried: list["World"], folder: Path) -> None:
    """Compile the project, and every mutant beside it, for each world, two at a time.

    Arguments: mutants, tried (worlds), folder (gets a folder for each world, for `read_world`).
    Raises: AssertionError with dbt's output where it fails.
    """

    def add_mutants(project: Path) -> None:
        shutil.rmtree(project / "analyses")
        (project / "analyses").mkdir()
        # dbt takes longer over a file than over what is in it
        for number, pack in enumerate(packs_of(mutants)):
            text = NEXT_MUTANT.join(mutant.sql for mutant in pack)
            (project / "analyses" / f"mutants_{number}.sql").write_text(text, encoding="utf-8")

    def finish(run: Run) -> None:
        assert run.wait().exit_code == 0, run.output

    dbt, running = QuickDbt(add_mutants, whole=True), []
    try:
        for world in tried:
            if len(running) == 2:
                finish(running.pop(0))
            place, given = world_folder(folder, world), dict(world.variables)
            running.append(
                dbt.start(
                    *("compile", "--quiet", "--exclude", "test_type:unit"),
                    folder=place,
                    target=place / "target",
                    PERSON_SALT=str(given.pop("salt", "")),
                    variables=given,
                )
            )
        for run in running:
            finish(run)
    finally:
        dbt.close()


def world_folder(folder: Path, world: "World") -> Path:
    """Where `compile_worlds` leaves what it makes of one world."""
    return folder / world.name.replace(" ", "_")


def packs_of(mutants: list[Mutant]) -> list[list[Mutant]]:
    """The mutants that share a file, in order."""
    return [mutants[first : first + PACK] for first in range(0, len(mutants), PACK)]


def read_world(mutants: list[Mutant], world: "World", folder: Path) -> Compiled:
    """Read what `compile_worlds` left for one world.

    Arguments: mutants (all of them; get their statement), world, folder.
    Returns: the project unchanged.
    """
    compiled = read_compiled(world_folder(folder, world))
    for number, pack in enumerate(packs_of(mutants)):
        node = compiled.manifest["nodes"][f"analysis.shop_segments.mutants_{number}"]
        for mutant, statement in zip(pack, node["compiled_code"].split(NEXT_MUTANT), strict=True):
            mutant.statement = statement
    return compiled


@dataclass
class Shop:
    """A built shop on which mutants are tried."""

    project: Compiled
    connection: duckdb.DuckDBPyConnection
    name: str
    tests: list[dict] = field(default_factory=list)
    prints: dict[tuple[str, str], tuple] = field(default_factory=dict)
    descriptions: dict[str, list[tuple]] = field(default_factory=dict)

    def add_tests(self) -> None:
        """Let data tests kill mutants, too, if they pass unchanged; the quick ones first."""
        seconds: dict[str, float] = {}
        for test in self.project.data_tests:
            begun_at = time.perf_counter()
            if not self.connection.execute(test["compiled_code"]).fetchone():
                seconds[test["name"]] = time.perf_counter() - begun_at
        passing = [test for test in self.project.data_tests if test["name"] in seconds]
        self.tests = sorted(passing, key=lambda test: seconds[test["name"]])

    @cached_property
    def models(self) -> dict[str, dict]:
        """The models by name."""
        return {node["name"]: node for node in self.project.nodes}

    def columns(self, place: str) -> str | None:
        """The columns of a table that are compared; none where it is not compared."""
        return "*" if place.startswith("segments.") else COMPARED.get(place)

    def described(self, place: str) -> list[tuple]:
        """The columns of a built table, as the engine reports them."""
        if place not in self.descriptions:
            self.descriptions[place] = self.connection.execute(f"describe {place}").fetchall()
        return self.descriptions[place]

    def print_of(self, table: str, columns: str = "*") -> tuple:
        """What two tables of the same columns and types share only where their rows are the same.

        Arguments: table, columns (those that count).
        Returns: number of rows, and sum of their hashes.
        """
        return self.connection.execute(
            f"select count(*), sum(cast(hash(counted) as hugeint))"
            f" from (select {columns} from {table}) as counted"
        ).fetchone()

    def differs(self, place: str, changed: str, columns: str = "*") -> bool:
        """Whether a changed table holds other rows than the built one, as far as columns count."""
        if columns == "*":
            # a contract may have them in another order
            columns = ", ".join(column for column, *_ in self.described(place))
        if (place, columns) not in self.prints:
            self.prints[place, columns] = self.print_of(place, columns)
        return self.prints[place, columns] != self.print_of(changed, columns)

    def rebuild(
        self, node: dict, statement: str, prefix: str = "changed", contract: str = ""
    ) -> str:
        """Build a table again, beside the built one.

        Arguments: node (of the model), statement (what fills the table), prefix (of its name),
        contract (columns and constraints; without them, the columns of the built one).
        Returns: name of the new table.
        Raises: duckdb.Error where the statement fails, breaks the contract or takes far too long.
        """
        table = f"{prefix}_{node['alias']}"
        columns = contract or f"as from {node['schema']}.{node['alias']} limit 0"
        self.connection.execute(f"create temp table {table} {columns}")
        alarm = threading.Timer(SECONDS_AT_MOST, self.connection.interrupt)
        alarm.start()
        try:
            self.connection.execute(f"insert into temp.{table} by name {statement}")
        finally:
            alarm.cancel()
        return table

    def is_read(self, mutant: Mutant) -> bool:
        """Whether the engine can read a mutant's statement at all."""
        try:
            self.connection.execute(f"explain {mutant.statement}")
        except duckdb.Error:
            return False
        return True

    def kills(self, mutant: Mutant) -> bool:
        """Try one mutant; afterwards the shop is as it was.

        Arguments: mutant (is told that it is invalid, where the engine cannot read it).
        Returns: whether it is noticed.
        """
        node = self.models[mutant.model]
        place = f"{node['schema']}.{node['alias']}"
        self.connection.execute("begin")
        try:
            try:
                changed = self.rebuild(node, mutant.statement, contract=definition(node))
            except duckdb.Error:
                self.connection.execute("rollback")
                self.connection.execute("begin")
                mutant.is_invalid = not self.is_read(mutant)
                return not mutant.is_invalid
            if not self.differs(place, f"temp.{changed}"):
                return False
            columns = self.columns(place)
            if columns:
                return columns == "*" or self.differs(place, f"temp.{changed}", columns)
            return self.shows(mutant, place, changed)
        except duckdb.Error:
            return True
        finally:
            self.connection.execute("rollback")

    def shows(self, mutant: Mutant, place: str, changed: str) -> bool:
        """Whether a change of a feature reaches a table that is compared, or fails a data test."""
        kept = {place: changed}
        touched = {f"model.shop_segments.{mutant.model}": self.changed_columns(place, changed)}
        for node in self.project.nodes:
            if node["resource_type"] != "model" or not is_touched(node, touched):
                continue
            rebuilt = f"{node['schema']}.{node['alias']}"
            changed = self.rebuild(node, with_places(node["compiled_code"], kept))
            if not self.differs(rebuilt, f"temp.{changed}"):
                continue
            columns = self.columns(rebuilt)
            if columns and (columns == "*" or self.differs(rebuilt, f"temp.{changed}", columns)):
                return True
            touched[node["unique_id"]] = self.changed_columns(rebuilt, changed)
            kept[rebuilt] = changed
        # contracts take long to read, so they are asked last
        for name in list(touched)[1:]:
            node = self.project.manifest["nodes"][name]
            statement = f"from temp.changed_{node['alias']}"
            self.rebuild(node, statement, prefix="kept", contract=definition(node))
        return any(
            self.connection.execute(with_places(test["compiled_code"], kept)).fetchone()
            for test in self.tests
            if is_touched(test, touched)
        )

    def changed_columns(self, place: str, changed: str) -> set[str]:
        """The columns by which a changed table differs from the built one; all, if by its rows."""
        names = [column for column, *_ in self.described(place)]
        found = {name for name in names if self.differs(place, f"temp.{changed}", name)}
        others = ", ".join(name for name in names if name not in found)
        if not found or (others and self.differs(place, f"temp.{changed}", others)):
            return set(names)
        return found


def is_touched(node: dict, touched: dict[str, set[str]]) -> bool:
    """Whether a model or test reads a changed column; it names every column that it reads.

    Arguments: node, touched (changed columns by model).
    """
    read = [name for name in node["depends_on"]["nodes"] if name in touched]
    if not read:
        return False
    words = set(re.findall(r"\w+", node["compiled_code"]))
    return any(touched[name] & words for name in read)


def definition(node: dict) -> str:
    """The columns and constraints of a model's contract, nothing where it has none."""
    if not node["config"]["contract"]["enforced"] or node["config"]["materialized"] == "view":
        return ""
    parts, rules = [], list(node["constraints"])
    for column in node["columns"].values():
        kinds = {constraint["type"] for constraint in column["constraints"]}
        rules += column["constraints"]
        not_null = " not null" if "not_null" in kinds else ""
        parts.append(f"{column['name']} {column['data_type']}{not_null}")
    parts += [f"check ({rule['expression']})" for rule in rules if rule["type"] == "check"]
    return f"({', '.join(parts)})"


def with_places(statement: str, kept: dict[str, str]) -> str:
    """A statement that reads changed tables in the place of the built ones."""
    for place, temporary in kept.items():
        room, table = place.split(".")
        statement = statement.replace(f'"build"."{room}"."{table}"', f"temp.{temporary}")
    return statement


@dataclass(frozen=True)
class World:
    """Shops of the same settings."""

    name: str
    variables: dict[str, object]
    raw_folders: list[Path]


def worlds(folder: Path, batches: int = RANDOM_BATCHES) -> Iterator[World]:
    """The shops on which mutants are tried: those of the families, the edge shop, random ones.

    The shop of all families notices most of them at once; the family's own has the exact averages.

    Arguments: folder (for the random shops), batches (how many batches of random shops).
    """
    days: dict[str, list[Path]] = {}
    for name, shop in family_shops().items():
        as_of = str(shop.settings["as_of"])
        raw = days.setdefault(as_of, [folder_of_the_day(as_of) / "raw"])
        raw.append(shop.write(folder / name.replace(", ", "_")))
    for as_of, raw in days.items():
        yield World(as_of, settings_of_the_day(as_of), raw)
    yield World("edge_shop", EDGE_SHOP_SETTINGS, [ROOT / "tests" / "edge_shop" / "raw"])
    for batch in range(batches):
        shops: list[object] = []
        check_batch(batch, lambda shop, _, shops=shops: shops.append(shop))
        settings = SETTINGS_POOL[batch % len(SETTINGS_POOL)]
        given = {"salt": settings.person_salt, **variables(settings)}
        raw_folders = [folder / f"raw_{batch}_{number}" for number in range(RANDOM_SHOPS)]
        # the first ones are the simplest
        for shop, raw in zip(shops[-RANDOM_SHOPS:], raw_folders, strict=True):
            write(shop, raw)
        yield World(f"random {batch}", given, raw_folders)


def hunt(
    mutants: list[Mutant],
    folder: Path,
    processes: int = 2,
    batches: int = RANDOM_BATCHES,
    say: bool = False,
) -> None:
    """Try the mutants on one shop after the other until each is killed, or no shop is left.

    Arguments: mutants (are told what killed them), folder (for what is compiled), processes (how
    many share them), batches (of random shops), say (print how far it is).
    """
    folder.mkdir(parents=True, exist_ok=True)
    tried = list(worlds(folder, batches))
    compile_worlds(mutants, tried, folder)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as pool:
        # each has a share of every model
        shares = [
            pool.submit(
                hunt_share, mutants, range(share, len(mutants), processes), tried, folder, say
            )
            for share in range(processes)
        ]
        for share in shares:
            for number, killed_by, is_invalid in share.result():
                mutants[number].killed_by = killed_by
                mutants[number].is_invalid = is_invalid


def hunt_share(
    mutants: list[Mutant], share: range, tried: list[World], folder: Path, say: bool
) -> list[tuple[int, str, bool]]:
    """Try some of the mutants.

    Arguments: mutants (all), share (numbers of those to try), tried (worlds), folder (of
    `compile_worlds`), say (print how far it is).
    Returns: number, killed_by and is_invalid of those that were tried.
    """
    own = [mutants[number] for number in share]
    left = own
    for world in tried:
        if not left:
            break
        compiled_world = read_world(mutants, world, folder)
        for raw in world.raw_folders:
            if not left:
                break
            compiled = compiled_world.given(raw.parent / "predictions.csv")
            with compiled.run(raw, optimise=False) as connection:
                # a mutant that joins everything with everything is noticed, too
                connection.execute("set memory_limit = '1GB'")
                connection.execute("set max_temp_directory_size = '0B'")
                connection.execute("set enable_progress_bar = false")
                shop = Shop(compiled, connection, world.name)
                if raw == world.raw_folders[0]:
                    shop.add_tests()
                for mutant in left:
                    if shop.kills(mutant):
                        mutant.killed_by = f"{world.name}, {raw.parent.name}, {raw.name}"
            left = [mutant for mutant in left if not mutant.killed_by and not mutant.is_invalid]
            if say:
                print(f"  {world.name}: {len(left)} of {len(own)} left", flush=True)
    return [
        (number, mutant.killed_by, mutant.is_invalid)
        for number, mutant in zip(share, own, strict=True)
    ]


def known_equivalents() -> dict[str, str]:
    """Mutants that no input can tell apart: name to proof."""
    if not EQUIVALENTS.exists():
        return {}
    listed = yaml.safe_load(EQUIVALENTS.read_text(encoding="utf-8"))["equivalents"]
    return {mutant: entry["proof"] for entry in listed for mutant in entry["mutants"]}


def sample_of(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """Choose some mutants, the same ones for the same seed."""
    return random.Random(seed).sample(mutants, min(size, len(mutants)))


@dataclass(frozen=True)
class Verdict:
    """What became of a group of mutants."""

    mutants: int
    valid: int
    killed: int
    equivalent: int

    @property
    def survivors(self) -> int:
        """Those that no shop kills and no proof excuses."""
        return self.valid - self.killed - self.equivalent

    def faults(self) -> list[str]:
        """Which bounds do not hold, as sentences."""
        found = []
        if not self.valid:
            found.append("there is no mutant that the engine can read")
        elif self.killed < MIN_KILLED_SHARE * self.valid:
            found.append(f"fewer than {MIN_KILLED_SHARE:.0%} of the mutants are killed")
        if self.equivalent > MAX_EQUIVALENT_SHARE * self.valid:
            found.append(f"more than {MAX_EQUIVALENT_SHARE:.0%} of the mutants are equivalent")
        return found


def verdict(mutants: list[Mutant], equivalent: Collection[str]) -> Verdict:
    """Count mutants, valid, killed and equivalent ones.

    Arguments: mutants (tried), equivalent (names of those that are proved to be).
    """
    valid = [mutant for mutant in mutants if not mutant.is_invalid]
    return Verdict(
        mutants=len(mutants),
        valid=len(valid),
        killed=sum(bool(mutant.killed_by) for mutant in valid),
        equivalent=sum(mutant.name in equivalent and not mutant.killed_by for mutant in valid),
    )


def report(mutants: list[Mutant], equivalent: Collection[str]) -> str:
    """Mutants, killed, equivalent and survivors of each model, and the survivors' changes.

    Arguments: mutants (tried), equivalent (names of those that are proved to be).
    """
    lines = [
        f"{'model':32}{'mutants':>8}{'valid':>8}{'killed':>8}{'equivalent':>12}{'survivors':>11}"
        f"{'kill rate':>11}"
    ]
    for model in [*sorted({mutant.model for mutant in mutants}), ""]:
        found = verdict([mutant for mutant in mutants if model in ("", mutant.model)], equivalent)
        rate = f"{found.killed / found.valid:11.1%}" if found.valid else ""
        lines.append(
            f"{model or 'all':32}{found.mutants:8}{found.valid:8}{found.killed:8}"
            f"{found.equivalent:12}{found.survivors:11}{rate}"
        )
    lines += [
        f"survivor, {mutant.operator}: {mutant.name}"
        for mutant in sorted(mutants, key=lambda mutant: mutant.name)
        if not mutant.killed_by and not mutant.is_invalid and mutant.name not in equivalent
    ]
    return "\n".join(lines)


def main() -> int:
    """Run all mutants, or some, and print the report; 1 where too few are killed."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--sample", type=int, default=0, help="only so many")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--model", action="append", help="only of this model")
    arguments = parser.parse_args()
    mutants = all_mutants()
    if arguments.model:
        mutants = [mutant for mutant in mutants if mutant.model in arguments.model]
    if arguments.sample:
        mutants = sample_of(mutants, arguments.sample, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        hunt(mutants, Path(folder), say=True)
    equivalent = known_equivalents()
    print(report(mutants, equivalent))
    faults = verdict(mutants, equivalent).faults()
    faults += [
        f"killed by {mutant.killed_by}, though listed as equivalent: {mutant.name}"
        for mutant in mutants
        if mutant.killed_by and mutant.name in equivalent
    ]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
