"""The shops of the families: what `tests/families/<family>/cases.yml` says as raw rows and members.

A file holds one shop or more by name, each with

| key | holds |
| --- | --- |
| settings | the vars that the shop sets, `as_of` among them; all others have their defaults |
| defaults | by raw table: `column=value …` of every row that does not say otherwise |
| scenery | what holds an average or what the cases name: products, rates, people in no segment |
| cases | by segment of the family: who is in it or just not in it |

A case is one person, who does nothing but what it says; an entry of the scenery may be nobody.

| key | holds |
| --- | --- |
| who, visitor, guest | name of a customer or of an anonymous visitor, or a guest's e-mail |
| a raw table | rows of it, each in one text; a `who` without `customers` has one row there |
| in | the row of the segment that the case is under, or rows by `segment` or `segment/value` |
| also | more rows, by `segment` or `segment/value`: what else of the family follows |
| out | why it is not in that segment, or reasons by `segment` or `segment/value`; none: as before |

A raw row is `DAY TIME` where the table has a time, then the values of TABLES by position, then any
`column=value` ('…' around spaces). The time is UTC and may be left out (12:00, of events 10:00);
a time without a day is of the day before it in the list. `order=2` is the second order of the case.
An expected row is `EVIDENCE at DAY TIME until DAY; why`. Without `until` it never expires. Without
`at` it rests on the newest fact up to D that is written with its day, else on `created_at`;
refunds and erasures are not such facts.
A case is in all segments of its family that it names, and in no other.
"""

import atexit
import csv
import datetime as dt
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from harness import PREDICTION_COLUMNS, ROOT

FAMILIES = ROOT / "tests" / "families"
# D of most shops
LEAP_DAY = "2024-02-29"

# by table: column of the time, columns by position, and values of the others
TABLES: dict[str, tuple[str, list[str], dict[str, str]]] = {
    "customers": ("", [], {}),
    "customer_attributes": ("recorded_at", ["attribute", "value"], {}),
    "orders": (
        *("ordered_at", ["subtotal_amount", "status"]),
        {"order_id": "{who}_{n}", "status": "paid", "currency": "EUR"},
    ),
    "order_lines": (
        *("", ["product_id", "quantity", "unit_price", "discount_amount"]),
        {"order_line_id": "{who}_line_{n}", "order_id": "{who}_{order}"},
    ),
    "refunds": (
        *("refunded_at", ["amount"]),
        {"refund_id": "{who}_refund_{n}", "order_id": "{who}_{order}"},
    ),
    "products": ("", ["product_id", "unit_price", "category", "collection"], {}),
    "exchange_rates": ("", ["rate_on", "currency", "rate"], {}),
    "reviews": ("reviewed_at", ["has_photo"], {"review_id": "{who}_{n}", "rating": "5"}),
    "support_tickets": ("opened_at", [], {"ticket_id": "{who}_{n}"}),
    "events": ("occurred_at", ["event_name", "product_id"], {"event_id": "{who}_{n:02}"}),
    "consents": ("changed_at", ["status"], {"consent_id": "{who}_{n}", "channel": "email"}),
    "message_events": (
        *("occurred_at", ["event_type"]),
        {"message_event_id": "{who}_{n}", "message_id": "{who}_{n}"},
    ),
    "campaigns": ("", ["campaign_id", "scenario", "segment"], {}),
    "erasure_requests": ("requested_at", [], {"request_id": "{who}_{n}"}),
    # not a raw table: what a test gives in the place of what models predict
    "predictions": ("", [], {"person_id": "c:{who}"}),
}
PEOPLE = ("who", "visitor", "guest")
DAY, TIME = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?")
MEMBER = re.compile(
    rf"(?P<evidence>-?[\d.]+)(?: at (?P<at>{DAY.pattern} {TIME.pattern}))?"
    rf"(?: until (?P<until>{DAY.pattern}))?(?:; (?P<why>.+))?"
)

Row = dict[str, str]


class Loader(yaml.BaseLoader):
    """Reads everything as text, as in the raw tables, and refuses a key that occurs twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """Read a mapping."""
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise ValueError(f"a key stands twice{node.start_mark}: {sorted(keys)}")
        return super().construct_mapping(node, deep)


@cache
def columns_of() -> dict[str, list[str]]:
    """Columns of each raw table, in the order of the contract, and of the predictions."""
    columns = {"predictions": list(PREDICTION_COLUMNS)}
    for path in (ROOT / "models" / "staging").glob("*/_*__sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                if "files" not in table["config"]["meta"]:
                    columns[table["name"]] = [column["name"] for column in table["columns"]]
    return columns


@cache
def segments_of(family: str, root: Path = ROOT) -> list[str]:
    """Name the segments of a family, in the project or in a copy of it."""
    models = (root / "models" / "marts" / "segments" / family).glob("*.sql")
    return sorted(path.stem for path in models if path.stem != f"{family}_memberships")


@dataclass
class Shop:
    """One shop of a family: its settings, its raw rows by table, and what must come out."""

    family: str
    name: str
    settings: dict[str, object]
    tables: dict[str, list[Row]] = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)
    near_misses: list[Row] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write the raw tables, and the predictions beside them.

        Arguments: folder (for `raw` and `predictions.csv`).
        Returns: the folder of the raw tables.
        """
        raw = folder / "raw"
        raw.mkdir(parents=True)
        # a shop must have these two
        for table, rows in ({"customers": [], "orders": []} | self.tables).items():
            path = (folder if table == "predictions" else raw) / f"{table}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns_of()[table], lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
        return raw


class Reader:
    """Reads one shop of a file; fails, saying where, on what is not as the table above says."""

    def __init__(self, shop: Shop, text: dict, segments: list[str]) -> None:
        """Begin with an empty shop, what the file says of it, and the segments of its family."""
        self.shop, self.text, self.segments = shop, text, segments
        self.names: set[str] = set()
        # the places of the members, whatever their value
        self.stated: list[Row] = []
        self.last_day = dt.date.fromisoformat(str(shop.settings["as_of"]))

    def check(self, holds: object, problem: str) -> None:
        """Fail with the shop's place where something does not hold."""
        if not holds:
            raise ValueError(f"{self.shop.family}/cases.yml, {self.shop.name}: {problem}")

    def read(self) -> Shop:
        """Read all that the shop holds."""
        unknown = set(self.text) - {"settings", "defaults", "scenery", "cases"}
        self.check(not unknown, f"unknown {sorted(unknown)}")
        for entry in self.text.get("scenery", []):
            self.check(not {"in", "also", "out"} & set(entry), f"a case in the scenery: {entry}")
            self.add(entry)
        for segment, cases in self.text["cases"].items():
            for case in cases:
                self.check({"in", "out"} & set(case), f"neither in nor out: {case}")
                self.check(set(PEOPLE) & set(case), f"a case of nobody: {case}")
                newest = self.add(case)
                for key in ("in", "also"):
                    self.add_members(case, key, segment, newest)
                for place, why in by_segment(case.get("out", {}), segment):
                    missed = self.named(case, place)
                    self.check(missed not in self.stated, f"in and out of {place}: {case}")
                    self.shop.near_misses.append(missed | {"why": why})
        return self.shop

    def add(self, entry: dict) -> str:
        """Add the raw rows of an entry; returns the time on which its members rest."""
        people = [entry[kind] for kind in PEOPLE if kind in entry]
        unknown = set(entry) - {*PEOPLE, *TABLES, "in", "also", "out"}
        self.check(not unknown, f"unknown {sorted(unknown)} in {entry}")
        self.check(len(people) <= 1, f"more than one person: {entry}")
        self.check(not self.names & set(people), f"the name {people} is used twice")
        self.names |= set(people)
        rows = {table: entry[table] for table in TABLES if table in entry}
        if "who" in entry:
            rows = {"customers": [""]} | rows
        newest = []
        for table, texts in rows.items():
            newest += self.add_rows(entry, table, texts)
        created = [row.get("created_at", "") for row in self.shop.tables.get("customers", [])[-1:]]
        facts = [fact for fact in newest if self.is_over(fact)]
        return max(facts or created or [""])

    def is_over(self, moment: str) -> bool:
        """Whether a time is of D or before."""
        local = dt.datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Paris"))
        return local.date() <= self.last_day

    def add_rows(self, entry: dict, table: str, texts: list[str]) -> Iterator[str]:
        """Add rows of a table; yields the times that are written with their day."""
        time, by_position, others = TABLES[table]
        others = others | dict(
            token.split("=", 1)
            for token in shlex.split(self.text.get("defaults", {}).get(table, ""))
        )
        who = next((entry[kind] for kind in PEOPLE if kind in entry), table)
        own = {"customer_id": entry.get("who", ""), "email": "", "visitor_id": ""}
        own["visitor_id"] = entry.get("visitor", f"v_{who}")
        own["email"] = entry.get("guest", "")
        own = {
            column: value
            for column, value in own.items()
            if column in columns_of()[table] and (value or column not in others)
        }
        day = ""
        for n, text in enumerate(texts, start=1):
            tokens = shlex.split(text)
            row = dict(own)
            if time:
                is_new = DAY.fullmatch(tokens[0])
                day = tokens.pop(0) if is_new else day
                clock = "10:00" if table == "events" else "12:00"
                if tokens and TIME.fullmatch(tokens[0]):
                    clock = tokens.pop(0)
                clock += ":00" * (clock.count(":") == 1)
                row[time] = f"{day}T{clock}Z"
                if is_new and table not in ("refunds", "erasure_requests"):
                    yield row[time]
            stated = [token for token in tokens if "=" not in token]
            self.check(len(stated) <= len(by_position), f"too many values in {table}: {text}")
            row |= zip(by_position, stated, strict=False)
            row |= dict(token.split("=", 1) for token in tokens if "=" in token)
            order = row.pop("order", "1")
            row = {
                column: value.format(who=who, n=n, order=order) for column, value in others.items()
            } | row
            unknown = set(row) - set(columns_of()[table])
            self.check(not unknown, f"{table} has no {sorted(unknown)}: {text}")
            self.shop.tables.setdefault(table, []).append(row)

    def named(self, case: dict, place: str) -> Row:
        """Say which person, segment and value an expected row is about."""
        segment, _, value = place.partition("/")
        self.check(
            segment in self.segments, f"{segment} is no segment of {self.shop.family}: {case}"
        )
        return {"segment": segment, "person_id": self.person_of(case), "segment_value": value}

    def person_of(self, case: dict) -> str:
        """Say which person a case is about."""
        if "guest" in case:
            return f"g:{sha256(case['guest'].strip().lower().encode()).hexdigest()}"
        return f"c:{case['who']}" if "who" in case else f"v:{case.get('visitor')}"

    def add_members(self, case: dict, key: str, segment: str, newest: str) -> None:
        """Add the expected rows of one key of a case."""
        for place, text in by_segment(case.get(key, {}), segment):
            found = MEMBER.fullmatch(text)
            self.check(found, f"not EVIDENCE at DAY TIME until DAY; why: {text} in {case}")
            at = found["at"] or newest.rstrip("Z").replace("T", " ")
            stated = {
                "evidence": found["evidence"],
                "evidence_at": at + ":00" * (at.count(":") == 1),
                "expires_on": found["until"] or "",
                "why": found["why"] or "follows from its facts",
            }
            member = self.named(case, place)
            self.check(member not in self.stated, f"twice in {place}: {case}")
            self.stated += [member, member | {"segment_value": ""}]
            self.shop.members.append(member | stated)


def by_segment(stated: str | dict[str, str], segment: str) -> Iterator[tuple[str, str]]:
    """Read what is stated about the segment that the case is under, or by segment."""
    stated = {segment: stated} if isinstance(stated, str) else stated
    before = ""
    for place, text in stated.items():
        before = text or before
        yield place, before


def read_family(path: Path, root: Path = ROOT) -> list[Shop]:
    """Read the shops of one `cases.yml`.

    Arguments: path, root (of the project or of a copy of it).
    Returns: its shops, in the file's order.
    Raises: ValueError where something is unknown or said twice, or where a segment of the family
    has no member or no near miss.
    """
    text = path.read_text(encoding="utf-8")
    family = path.parent.name
    segments = segments_of(family, root)
    # settings have types
    settings = {name: shop["settings"] for name, shop in yaml.safe_load(text).items()}
    shops = [
        Reader(Shop(family, name, settings[name]), said, segments).read()
        for name, said in yaml.load(text, Loader).items()
    ]
    for segment in segments:
        for kind in ("members", "near_misses"):
            if not any(row["segment"] == segment for shop in shops for row in getattr(shop, kind)):
                raise ValueError(f"{family}/cases.yml: {segment} has no {kind.replace('_', ' ')}")
    return shops


@cache
def family_shops() -> dict[str, Shop]:
    """All shops of all families, by `family, name`."""
    paths = sorted(FAMILIES.glob("*/cases.yml"))
    return {f"{shop.family}, {shop.name}": shop for path in paths for shop in read_family(path)}


def settings_of_the_day(as_of: str, shops: Iterable[Shop] = ()) -> dict[str, object]:
    """The vars that the shops of one as-of date set together, so that these share one compilation.

    Arguments: as_of, shops (all of the families where none is given).
    Raises: ValueError where two of them contradict each other.
    """
    together: dict[str, object] = {}
    for shop in shops or family_shops().values():
        if shop.settings["as_of"] == as_of:
            for name, value in shop.settings.items():
                if together.setdefault(name, value) != value:
                    raise ValueError(f"{shop.family}/cases.yml: another family has another {name}")
    return together


def shop_of_the_day(as_of: str = LEAP_DAY) -> Shop:
    """All families' shops of one as-of date in one, with averages that are nobody's edge.

    For tests that need every family at once: engines, data tests, mutants. The cases of who may be
    written to, and how much, are among them.
    """
    from contact_cases import contact_cases
    from pressure_cases import pressure_cases

    whole = Shop("all", as_of, settings_of_the_day(as_of))
    cases = [*contact_cases().values(), *pressure_cases().values()]
    for shop in [*family_shops().values(), *(shop for shop, _ in cases)]:
        if shop.settings["as_of"] == as_of:
            for table, rows in shop.tables.items():
                known = whole.tables.setdefault(table, [])
                known += [row for row in rows if row not in known]
    return whole


@cache
def folder_of_the_day(as_of: str = LEAP_DAY) -> Path:
    """Write the shop of a day, once a process; returns the folder of `raw` and of predictions."""
    folder = Path(tempfile.mkdtemp(prefix="families_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shop_of_the_day(as_of).write(folder)
    return folder
