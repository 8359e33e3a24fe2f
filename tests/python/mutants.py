"""Mutants of the models: one small change each, which some test must notice.

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
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
from conftest import EDGE_SHOP_SETTINGS
from contact_cases import OPTIONS, contact_cases
from family_shops import LEAP_DAY, family_shops, folder_of_the_day, settings_of_the_day
from harness import ROOT, Compiled, read_compiled
from insight_shop import INSIGHT_SETTINGS, folder_of_insights
from mutation import Mutant, all_mutants, known_equivalents
from oracle.oracle import ORDER_COLUMNS, SESSION_COLUMNS
from oracle.raw import CONTRACT, SYSTEMS
from oracle.shops.files import write
from oracle.shops.settings import SETTINGS_POOL
from oracle.shops.worlds import check_batch
from pressure_cases import pressure_cases
from quick_dbt import QuickDbt, Run
from test_edge_shop import ERASED, erased_shop
from test_oracle import variables

# some of one batch of each settings: the next ones kill next to nothing more
RANDOM_SHOPS = 4
RANDOM_BATCHES = len(SETTINGS_POOL)
INSIGHT_SHOPS = 10
# limits that the few contacts of the families reach
CAMPAIGNS = {
    # of all, edge_9183113 is the first who is not held out
    "holdouts": {
        **{"all_customers": 17, "prospects": 40, "loyal_customers": 40, "first_time_buyers": 30}
    },
    **{"lift_min_people": 2, "complaint_min_delivered": 2},
}
# what the seeds have none of: another channel, a repeat in a segment with values, a delay that none
# knows, a scenario of a segment and of all, a label of one value
MORE_SEED_ROWS = sorted((ROOT / "tests" / "mutants" / "seeds").glob("*.csv"))
LOG, RULES, TOLD = "segment_membership_log", "segment_rule_changes", "contact_sync_states"
NEXT_MUTANT, PACK = "/* the next mutant */", 25
# one statement on a toy shop, which takes a hundredth of one
SECONDS_AT_MOST = 60
MIN_KILLED_SHARE, MAX_EQUIVALENT_SHARE = 0.95, 0.03
# what test_oracle.py compares beside all segments, by table: its columns, or that rows are as many
COMPARED = {
    "core.orders": list(ORDER_COLUMNS),
    "core.sessions": list(SESSION_COLUMNS),
    "core.people": [
        *("person_id", "is_contact", "created_at", "stage", "purchases", "orders"),
        *("email_consent_status", "is_reachable_by_email"),
    ],
    "core.lifecycle_history": ["person_id", "stage", "valid_from", "valid_to"],
    "core.rfm_scores": [
        *("person_id", "recency_days", "frequency", "monetary_amount", "recency_score"),
        *("frequency_score", "monetary_score", "rfm_segment"),
    ],
    "activation.contact_permissions": [
        *("person_id", "channel", "is_allowed", "reason", "consent_id", "changed_at", "source"),
        "retention_due_on",
    ],
    "activation.contact_points": [
        *("person_id", "customer_id", "email", "email_reason", "phone", "phone_reason"),
        *("first_name", "last_name", "city", "postal_code", "country_code", "birth_day_month"),
    ],
    # which test_membership_log.py compares from build to build
    "activation.contact_sync_states": ["external_id", "updated_at", "is_removed", "erased_at"],
    "intermediate.int_purchases": ["person_id", "purchased_on", "orders"],
    "staging.rejected_records": [
        *("raw_table", "record_key", "rejection_reason", "raw_row = '{}'"),
    ],
    **{f"staging.stg_{SYSTEMS.get(table, 'shop')}__{table}": ["1"] for table in CONTRACT},
}


@dataclass(frozen=True)
class World:
    """Shops of the same settings."""

    name: str
    variables: dict[str, object]
    raw_folders: list[Path]
    # whether the data tests judge all of its shops, and not the first alone
    is_tested: bool = False
    # whether its log begins before the as-of date
    has_past: bool = False
    # whether its seeds have the rows of tests/mutants/seeds too
    has_more_seeds: bool = False

    def compile(self, dbt: QuickDbt, folder: Path) -> Run:
        """Begin to compile the project for these settings into a folder of its own."""
        place, given = self.folder(folder), dict(self.variables)
        return dbt.start(
            *("compile", "--quiet", "--exclude", "test_type:unit"),
            folder=place,
            target=place / "target",
            PERSON_SALT=str(given.pop("salt", "")),
            variables=given,
        )

    def folder(self, folder: Path) -> Path:
        """Where `compile` leaves what it makes."""
        return folder / self.name.replace(" ", "_")

    def read(self, mutants: list[Mutant], folder: Path) -> Compiled:
        """Give all mutants their statements, and return the project unchanged."""
        compiled = read_compiled(self.folder(folder))
        for number, pack in enumerate(packs_of(mutants)):
            node = compiled.manifest["nodes"][f"analysis.shop_segments.mutants_{number}"]
            statements = node["compiled_code"].split(NEXT_MUTANT)
            for mutant, statement in zip(pack, statements, strict=True):
                is_told = self.has_past and mutant.model == TOLD
                mutant.statement = self.with_what_was_told(statement) if is_told else statement
        for more in MORE_SEED_ROWS if self.has_more_seeds else ():
            seed = compiled.manifest["nodes"][f"seed.shop_segments.{more.stem}"]
            text = (ROOT / seed["original_file_path"]).read_text(encoding="utf-8")
            _, rows = more.read_text(encoding="utf-8").split("\n", 1)
            path = self.folder(folder) / more.name
            path.write_text(text + rows, encoding="utf-8")
            seed["original_file_path"] = str(path)
        if not self.has_past:
            return compiled
        compiled = compiled.changed(TOLD, self.with_what_was_told)
        return compiled.changed(LOG, with_a_past).changed(RULES, with_changed_rules)

    def with_what_was_told(self, today: str) -> str:
        """What services pull as a later build has it: of those they may write to, some were told
        the same, some something else, some were removed, some are new; one is gone, and of one the
        erasure is not known any more; some erasures were told, some were not.

        Arguments: today (the query of a first build).
        """
        # one of the two is later than the build
        told, erased = ("2020-01-01", "2998-01-01") if self.has_more_seeds else ("2999-01-01",) * 2
        past = f"""
            select
                external_id, if(fate = 1, '{{}}', payload) as payload, fate = 2 as is_removed,
                timestamp '2020-01-01' as updated_at, cast(null as timestamp) as erased_at
            from (select *, hash(external_id) % 4 as fate from today)
            where fate < 3
            union all
            select
                external_id, '{{}}', fate = 1, timestamp '2020-01-01',
                if(fate = 1, timestamp '{erased}', null)
            from (select *, hash(external_id) % 3 as fate from erased)
            where fate < 2
            union all
            values
                ('c:gone', '{{}}', false, timestamp '{told}', cast(null as timestamp)),
                ('c:forgotten', '{{}}', true, timestamp '2020-01-01', timestamp '2020-01-02')
        """
        found = re.compile(r"(?<=\nbefore as \().*?(?=\n\),)", re.DOTALL)
        assert found.search(today)
        return found.sub(lambda _: past, today)


def worlds(folder: Path, batches: int = RANDOM_BATCHES) -> Iterator[World]:
    """The shops on which mutants are tried: those of the families, those with campaigns and
    options, those of insights, the edge shops, random ones.

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
    # what nobody has who switches nothing on
    asked = settings_of_the_day(LEAP_DAY) | OPTIONS | CAMPAIGNS
    raw = [folder_of_the_day() / "raw"]
    tried = {"is_tested": True, "has_past": True, "has_more_seeds": True}
    yield World("campaigns", asked, raw, **tried)
    for name, (shop, _) in {**contact_cases(), **pressure_cases()}.items():
        if shop.settings["as_of"] not in days:
            raw = shop.write(folder / f"shop_{name}")
            yield World(name, shop.settings, [raw], is_tested=True)
    for name, settings in INSIGHT_SETTINGS.items():
        raw = [folder_of_insights(name, number) for number in range(INSIGHT_SHOPS)]
        yield World(f"insights, {name}", settings, raw, is_tested=True, has_past=True)
    raw = [ROOT / "tests" / "edge_shop" / "raw", *(folder / f"erased {way}" for way in ERASED)]
    for way, place in zip(ERASED, raw[1:], strict=True):
        write(erased_shop(way), place)
    yield World("edge_shop", EDGE_SHOP_SETTINGS, raw)
    for batch in range(batches):
        shops: list[object] = []
        check_batch(batch, lambda shop, _, shops=shops: shops.append(shop))
        settings = SETTINGS_POOL[batch % len(SETTINGS_POOL)]
        given = {"salt": settings.person_salt, **variables(settings)}
        raw_folders = [folder / f"raw_{batch}_{number}" for number in range(RANDOM_SHOPS)]
        for shop, raw in zip(shops[-RANDOM_SHOPS:], raw_folders, strict=True):
            write(shop, raw)
        yield World(f"random {batch}", given, raw_folders)


def with_a_past(today: str) -> str:
    """The log as earlier days would have left it: of those who are in, a quarter have long been, a
    quarter came back once, or twice, a quarter are new; some of those who are not in have left.

    Arguments: today (the log's query, of a shop whose first day it is).
    """
    return f"""
        with today as (select *, hash(person_id, segment) % 4 as fate from ({today})),
        people as (select distinct as_of_date, person_id from today),
        moves (fate, days_ago, change) as (
            values
            (0, 45, 'entered'),
            (1, 60, 'entered'), (1, 40, 'exited'), (1, 37, 'entered'), (1, 20, 'exited'),
            (1, 0, 'entered'),
            (2, 0, 'entered'),
            (3, 60, 'entered'), (3, 40, 'exited'), (3, 30, 'entered'),
            (4, 45, 'entered'), (4, 20, 'exited'),
            (5, 30, 'entered'), (5, 1, 'exited')
        ),
        fates as (
            select * from today
            union all
            select
                people.as_of_date, people.person_id, segments.segment, '' as segment_value,
                '' as change, 4 + hash(people.person_id) % 2 as fate
            from people
            cross join (select distinct segment from today where segment_value = '') as segments
            where
                hash(people.person_id, segments.segment) % 4 = 0
                and (people.person_id, segments.segment) not in (
                    select (person_id, segment) from today
                )
        )
        select
            fates.as_of_date - moves.days_ago as as_of_date, fates.person_id, fates.segment,
            fates.segment_value, moves.change
        from fates
        inner join moves on fates.fate = moves.fate
    """


def with_changed_rules(today: str) -> str:
    """The log of rules as earlier days would have left it: most of them changed, about as many days
    ago as rule_change_days of INSIGHT_SETTINGS says, and the others are new.

    Arguments: today (the log's query, of a shop whose first day it is).
    """
    return f"""
        with today as (select *, hash(segment) as fate from ({today}))
        select
            as_of_date - if(fate % 6 < 5, 400, 10) as as_of_date, segment, 'before' as fingerprint
        from today
        union all
        select
            as_of_date - [0, 19, 20, 21, 30][1 + cast(fate % 6 as integer)] as as_of_date,
            segment, fingerprint
        from today
        where fate % 6 < 5
    """


def compile_worlds(mutants: list[Mutant], tried: list[World], folder: Path) -> None:
    """Compile the project, and every mutant beside it, for each world, two at a time.

    Arguments: mutants, tried (worlds), folder (gets a folder for each world).
    Raises: AssertionError with dbt's output where it fails.
    """

    def add_mutants(project: Path) -> None:
        leave_out_words(project)
        shutil.rmtree(project / "analyses")
        (project / "analyses").mkdir()
        # dbt takes longer over a file than over what is in it
        for number, pack in enumerate(packs_of(mutants)):
            text = NEXT_MUTANT.join(mutant.sql for mutant in pack)
            (project / "analyses" / f"mutants_{number}.sql").write_text(text, encoding="utf-8")

    runs: list[Run] = []
    with closing(QuickDbt(add_mutants, whole=True)) as dbt:
        for world in tried:
            if len(runs) > 1:
                runs[-2].wait()
            runs.append(world.compile(dbt, folder))
        for run in runs:
            assert run.wait().exit_code == 0, run.output


def leave_out_words(project: Path) -> None:
    """Let some segments of a copy of the project lack an owner, an objective, or both, since all of
    the project have them.

    Arguments: project (folder of the copy).
    """
    path = project / "macros" / "rules" / "segment_definitions.sql"
    text = path.read_text(encoding="utf-8")
    for words, length in (("node.config.meta.owner", 2), ("meta.objective", 3)):
        assert text.count(f": {words},") == 1, words
        text = text.replace(f": {words},", f": {words} if node.name | length % {length} else '',")
    path.write_text(text, encoding="utf-8")


def packs_of(mutants: list[Mutant]) -> list[list[Mutant]]:
    """The mutants that share a file, in order."""
    return [mutants[first : first + PACK] for first in range(0, len(mutants), PACK)]


@dataclass
class Shop:
    """A built shop on which mutants are tried."""

    project: Compiled
    connection: duckdb.DuckDBPyConnection
    tests: list[dict] = field(default_factory=list)
    prints: dict[tuple[str, str], tuple] = field(default_factory=dict)

    def add_tests(self) -> None:
        """Let data tests kill mutants, too, if they pass unchanged; the quick ones first."""
        passing = []
        for number, test in enumerate(self.project.data_tests):
            begun_at = time.perf_counter()
            if not self.connection.execute(test["compiled_code"]).fetchone():
                passing.append((time.perf_counter() - begun_at, number, test))
        self.tests = [test for *_, test in sorted(passing)]

    @cached_property
    def models(self) -> dict[str, dict]:
        """The models by name, each after what it reads."""
        nodes = self.project.nodes
        return {node["name"]: node for node in nodes if node["resource_type"] == "model"}

    def print_of(self, table: str, columns: str) -> tuple:
        """What two tables share only where these columns hold the same rows."""
        return self.connection.execute(
            f"select count(*), sum(cast(hash(counted) as hugeint))"
            f" from (select {columns} from {table}) as counted"
        ).fetchone()

    def differs(self, node: dict, columns: Collection[str]) -> bool:
        """Whether a model's changed table holds other rows than the built one in some columns."""
        place, listed = place_of(node), ", ".join(columns)
        if (place, listed) not in self.prints:
            self.prints[place, listed] = self.print_of(place, listed)
        return self.prints[place, listed] != self.print_of(changed_place(node), listed)

    def rebuild(self, node: dict, statement: str, table: str, contract: str = "") -> None:
        """Build a table again, beside the built one.

        Arguments: node (of the model), statement (what fills the table), table (its name),
        contract (columns and constraints; without them, the columns of the built one).
        Raises: duckdb.Error where the statement fails, breaks the contract or takes far too long.
        """
        columns = contract or f"as from {place_of(node)} limit 0"
        self.connection.execute(f"create temp table {table} {columns}")
        alarm = threading.Timer(SECONDS_AT_MOST, self.connection.interrupt)
        alarm.start()
        try:
            self.connection.execute(f"insert into temp.{table} by name {statement}")
        finally:
            alarm.cancel()

    def kills(self, mutant: Mutant) -> bool:
        """Try one mutant; afterwards the shop is as it was.

        Arguments: mutant (is told that it is invalid, where the engine cannot read it).
        Returns: whether it is noticed.
        """
        self.connection.execute("begin")
        try:
            return self.notices(mutant)
        except duckdb.Error:
            self.connection.execute("rollback")
            self.connection.execute("begin")
            mutant.is_invalid = not self.can_read(mutant)
            return not mutant.is_invalid
        finally:
            self.connection.execute("rollback")

    def can_read(self, mutant: Mutant) -> bool:
        """Whether the engine can read a mutant's statement at all."""
        try:
            self.connection.execute(f"explain {mutant.statement}")
        except duckdb.Error:
            return False
        return True

    def notices(self, mutant: Mutant) -> bool:
        """Whether a change reaches a table that is compared, or fails a data test."""
        touched: dict[str, set[str]] = {}
        changed = []
        for node in self.models.values():
            if node["name"] == mutant.model:
                self.rebuild(node, mutant.statement, changed_name(node), definition(node))
            elif is_touched(node, touched):
                self.rebuild(node, with_changed(node, changed), changed_name(node))
            else:
                continue
            columns = list(node["columns"])
            if not self.differs(node, columns):
                continue
            if node["schema"] == "segments":
                return True
            compared = COMPARED.get(place_of(node))
            if compared and self.differs(node, compared):
                return True
            touched[node["unique_id"]] = self.changed_columns(node, columns)
            changed.append(node)
        # contracts take long to read, so they are asked last
        for node in changed[1:]:
            self.rebuild(
                node, f"from {changed_place(node)}", f"kept_{node['alias']}", definition(node)
            )
        return any(
            self.connection.execute(with_changed(test, changed)).fetchone()
            for test in self.tests
            if is_touched(test, touched)
        )

    def changed_columns(self, node: dict, columns: list[str]) -> set[str]:
        """The columns by which a changed table differs from the built one; all, if by its rows."""
        found = {column for column in columns if self.differs(node, [column])}
        others = [column for column in columns if column not in found]
        if not found or (others and self.differs(node, others)):
            return set(columns)
        return found


def place_of(node: dict) -> str:
    """Where a model is built."""
    return f"{node['schema']}.{node['alias']}"


def changed_name(node: dict) -> str:
    """The name of a model's changed table."""
    return f"changed_{node['alias']}"


def changed_place(node: dict) -> str:
    """Where a model's changed table is."""
    return f"temp.{changed_name(node)}"


def with_changed(node: dict, changed: list[dict]) -> str:
    """A statement that reads changed tables in the place of the built ones."""
    statement = node["compiled_code"]
    for model in changed:
        built = f'"build"."{model["schema"]}"."{model["alias"]}"'
        statement = statement.replace(built, changed_place(model))
    return statement


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
        shares = [slice(first, None, processes) for first in range(processes)]
        hunts = [pool.submit(hunt_share, mutants, share, tried, folder, say) for share in shares]
        for share, done in zip(shares, hunts, strict=True):
            for mutant, (killed_by, is_invalid) in zip(mutants[share], done.result(), strict=True):
                mutant.killed_by, mutant.is_invalid = killed_by, is_invalid


def hunt_share(
    mutants: list[Mutant], share: slice, tried: list[World], folder: Path, say: bool
) -> list[tuple[str, bool]]:
    """Try some of the mutants.

    Arguments: mutants (all), share (those to try), tried (worlds), folder (of `compile_worlds`),
    say (print how far it is).
    Returns: killed_by and is_invalid of those that were tried.
    """
    own = mutants[share]
    for world in tried:
        if not any(mutant.is_left for mutant in own):
            break
        compiled_world = world.read(mutants, folder)
        for raw in world.raw_folders:
            compiled = compiled_world.given(raw.parent / "predictions.csv")
            with compiled.run(raw, optimise=False) as connection:
                # a mutant that joins everything with everything is noticed, too
                connection.execute("set memory_limit = '1GB'")
                connection.execute("set max_temp_directory_size = '0B'")
                connection.execute("set enable_progress_bar = false")
                shop = Shop(compiled, connection)
                if world.is_tested or raw == world.raw_folders[0]:
                    shop.add_tests()
                for mutant in own:
                    if mutant.is_left and shop.kills(mutant):
                        mutant.killed_by = f"{world.name}, {raw.parent.name}, {raw.name}"
            if say:
                left = sum(mutant.is_left for mutant in own)
                print(f"  {world.name}: {left} of {len(own)} left", flush=True)
    return [(mutant.killed_by, mutant.is_invalid) for mutant in own]


def sample_of(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """Choose some mutants, the same ones for the same seed, whatever other mutants there are."""

    def lot(mutant: Mutant) -> float:
        return random.Random(f"{seed} {mutant.name}").random()

    return sorted(mutants, key=lot)[:size]


def fate_of(mutant: Mutant, equivalent: Collection[str]) -> str:
    """What became of a mutant: invalid, killed, equivalent (proved to be so) or survivors."""
    if mutant.is_invalid:
        return "invalid"
    if mutant.killed_by:
        return "killed"
    return "equivalent" if mutant.name in equivalent else "survivors"


def faults(fates: Counter[str]) -> list[str]:
    """Which bounds do not hold for so many mutants of each fate, as sentences."""
    valid, found = fates.total() - fates["invalid"], []
    if not valid:
        found.append("there is no mutant that the engine can read")
    elif fates["killed"] < MIN_KILLED_SHARE * valid:
        found.append(f"fewer than {MIN_KILLED_SHARE:.0%} of the mutants are killed")
    if fates["equivalent"] > MAX_EQUIVALENT_SHARE * valid:
        found.append(f"more than {MAX_EQUIVALENT_SHARE:.0%} of the mutants are equivalent")
    return found


def report(mutants: list[Mutant], equivalent: Collection[str]) -> str:
    """How many mutants of each model have which fate, and the survivors' changes.

    Arguments: mutants (tried), equivalent (names of those that are proved to be).
    """
    columns = ("mutants", "valid", "killed", "equivalent", "survivors")
    lines = [f"{'model':32}" + "".join(f"{column:>12}" for column in columns) + "   kill rate"]
    for model in [*sorted({mutant.model for mutant in mutants}), "all"]:
        of_model = [mutant for mutant in mutants if model in ("all", mutant.model)]
        counts = Counter(fate_of(mutant, equivalent) for mutant in of_model)
        counts["mutants"] = len(of_model)
        counts["valid"] = len(of_model) - counts["invalid"]
        rate = f"{counts['killed'] / counts['valid']:12.1%}" if counts["valid"] else ""
        lines.append(f"{model:32}" + "".join(f"{counts[column]:12}" for column in columns) + rate)
    lines += [
        f"survivor, {mutant.operator}: {mutant.name}"
        for mutant in sorted(mutants, key=lambda mutant: mutant.name)
        if fate_of(mutant, equivalent) == "survivors"
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
    found = faults(Counter(fate_of(mutant, equivalent) for mutant in mutants))
    found += [
        f"killed by {mutant.killed_by}, though listed as equivalent: {mutant.name}"
        for mutant in mutants
        if mutant.killed_by and mutant.name in equivalent
    ]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
