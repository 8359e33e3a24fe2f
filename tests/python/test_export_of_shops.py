"""Nobody who may not be written to is in a file of a really built shop, whatever the way in.

Who may be written to is what the oracle reads in the raw files; every segment goes to every
destination, so that whoever could be in a file is in one.
"""

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb
import export
import export_places
import pytest
from conftest import EDGE_SHOP_SETTINGS
from contact_cases import OPTIONS
from family_shops import LEAP_DAY, folder_of_the_day, settings_of_the_day
from harness import ROOT, build
from oracle.oracle import Result, run
from oracle.settings import Settings

EMAIL = re.compile(r"[^\s\"',;:()\[\]{}<>]+@[^\s\"',;:()\[\]{}<>]+")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
PHONE = re.compile(r"\+[0-9]{5,15}\b")
BY_EMAIL = {"klaviyo", "klaviyo_csv", "brevo", "mailchimp"}
DESTINATIONS = BY_EMAIL | {"google_ads", "meta_ads"}
SHOPS = {
    "edge": (ROOT / "tests" / "edge_shop" / "raw", EDGE_SHOP_SETTINGS),
    # with the cases of who may be written to
    "families": (folder_of_the_day() / "raw", settings_of_the_day(LEAP_DAY) | OPTIONS),
}


@dataclass
class Exported:
    """A shop whose segments have all been written to all destinations."""

    folder: Path
    raw: Path
    truth: Result
    said: str

    @property
    def sets(self) -> dict[str, Path]:
        """The folder of the one set of each destination."""
        return {name: self.folder / "exports" / name / "000001" for name in DESTINATIONS}

    def allowed(self, channel: str) -> set[str]:
        """The persons who may be written to."""
        return {row[0] for row in self.truth.permissions if row[1] == channel and row[2]}

    def emails(self, people: set[str]) -> set[str]:
        """Their addresses, but those that somebody else has as well."""
        found = {row[0]: row[2] for row in self.truth.points if row[2]}
        others = {email for person, email in found.items() if person not in people}
        return {email for person, email in found.items() if person in people} - others

    def phones(self, people: set[str]) -> set[str]:
        """Their numbers."""
        return {row[4] for row in self.truth.points if row[4] and row[0] in people}


@pytest.fixture(scope="module", params=SHOPS)
def exported(
    request: pytest.FixtureRequest,
    shared_folder: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Exported:
    raw, settings = SHOPS[request.param]
    if request.param == "edge":
        built = request.getfixturevalue("built_edge_shop")
    else:
        built = shared_folder("duckdb_families", lambda folder: build(raw, folder, **settings))
    folder = tmp_path_factory.mktemp("exported")
    for name in ("build", "shop"):
        shutil.copy(built / f"{name}.duckdb", folder)
    with duckdb.connect(str(folder / "build.duckdb")) as db:
        db.execute(
            "delete from reference.exports; insert into reference.exports (destination, segment)"
            " select destination, segment from reference.destinations"
            " cross join membership.segment_definitions"
        )
        [(day,)] = db.execute("select as_of_on from intermediate.as_of").fetchall()
    said = folder / "said"
    with pytest.MonkeyPatch.context() as patch, said.open("w") as output:
        patch.setenv("BUILD_FILE", str(folder / "build.duckdb"))
        patch.setenv("PUBLISHED_FILE", str(folder / "shop.duckdb"))
        patch.setattr("sys.stdout", output)
        patch.setattr("sys.stderr", output)
        for command in ("plan", "write"):
            code = export.main(["--location", str(folder / "exports"), command], day)
            assert code == export.DONE
    return Exported(folder, raw, run(raw, Settings.of(settings)), said.read_text())


def texts(folder: Path) -> dict[str, str]:
    """All that the files of a set say, but for the keys of those who are in them."""
    found = {}
    for file in folder.rglob("*"):
        if file.suffix == ".parquet":
            column = "identifier" if file.name == export_places.KEYS else "line"
            rows = duckdb.execute(f"select identifier, {column} from read_parquet(?)", [str(file)])
            found[file.name] = "".join(f"{row}\n" for row in rows.fetchall())
        elif file.is_file() and file.name != export_places.MANIFEST:
            found[str(file.relative_to(folder))] = file.read_text(encoding="utf-8")
    return found


def hashed(values: set[str]) -> set[str]:
    return {sha256(value.encode()).hexdigest() for value in values}


def google(email: str) -> str:
    """How Google writes an address."""
    name, _, domain = email.partition("@")
    if domain in ("gmail.com", "googlemail.com"):
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}"


@pytest.mark.parametrize("destination", sorted(BY_EMAIL))
def test_everybody_who_may_be_written_to_by_email_is_in_the_file_and_nobody_else_in_any(
    exported: Exported, destination: str
) -> None:
    said = texts(exported.sets[destination])
    may = exported.emails(exported.allowed("email"))
    phones = exported.phones(exported.allowed("email") & exported.allowed("sms"))
    assert may
    found = {part: set(EMAIL.findall(text)) for part, text in said.items()}
    assert set().union(*(found[part] for part in found if part.startswith("full/"))) == may
    assert not [part for part in found if found[part] - may]
    numbers = set(PHONE.findall("".join(said.values())))
    assert numbers == phones


@pytest.mark.parametrize("destination", sorted(DESTINATIONS - BY_EMAIL))
def test_everybody_who_said_yes_to_ads_is_in_a_list_and_nobody_else_in_any(
    exported: Exported, destination: str
) -> None:
    said = texts(exported.sets[destination])
    may, everybody = exported.allowed("ads"), {row[0] for row in exported.truth.points}
    write = google if destination == "google_ads" else str
    emails = hashed({write(email) for email in exported.emails(may)})
    others = hashed({write(email) for email in exported.emails(everybody)}) - emails
    full = "".join(text for part, text in said.items() if part.startswith("full/"))
    first = {line.split(",")[0] for line in full.splitlines()} & {*HASH.findall(full)}
    assert first == emails
    # nobody in the edge shop says yes to ads
    assert len(emails) > 1 or not may
    everything = "".join(said.values())
    assert not EMAIL.findall(everything) and not PHONE.findall(everything)
    numbers = exported.phones(everybody - may)
    digits = {number.removeprefix("+") for number in numbers}
    assert not {*HASH.findall(everything)} & (others | hashed(numbers | digits))


def test_no_column_of_a_file_is_about_consent(exported: Exported) -> None:
    for folder in exported.sets.values():
        for file in folder.glob("full/*"):
            first = file.read_text(encoding="utf-8").split("\n")[0]
            columns = re.findall(r'"(\w+)":', first) if file.suffix == ".jsonl" else [first]
            assert columns
            assert not re.search(r"consent|opt_?in|status|subscri", " ".join(columns).lower())


def test_no_address_of_the_shop_is_said_or_published(exported: Exported) -> None:
    addresses = set()
    for file in exported.raw.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                for column in ("email", "phone"):
                    value = (row.get(column) or "").strip().lower()
                    if len(value) > 5:
                        addresses.add(value)
    addresses |= exported.phones({row[0] for row in exported.truth.points})
    assert len(addresses) > 10
    manifests = "".join(
        manifest.read_text(encoding="utf-8")
        for manifest in (exported.folder / "exports").glob(f"*/*/{export_places.MANIFEST}")
    )
    assert manifests
    said = exported.said + manifests
    with duckdb.connect(str(exported.folder / "shop.duckdb"), read_only=True) as db:
        tables = db.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            rows = db.execute(f'from {schema}."{table}"').fetchall()
            said += "".join(f"{row}\n" for row in rows)
    # the cases name a guest's orders after the address
    said = re.sub(r"[^\s']+@[^\s']+_\d+\b", "", said.lower())
    assert not [address for address in addresses if address in said]
