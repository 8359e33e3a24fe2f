"""The files that leave: who is in them, what they say, and what the next ones build on."""

import csv
import json
import os
import random
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import duckdb
import export
import export_build
import export_places
import pandas
import pyarrow.csv
import pytest
import yaml
from harness import ROOT

D = date(2024, 3, 31)
MACROS = (export_build.SQL / "macros.sql").read_text(encoding="utf-8")
SEEDS = ("destinations", "export_columns")
SEGMENTS = ("loyal_customers", "prospects", "recent_viewers", "favorites_low_stock")
SEGMENTS += ("promotion_dependent_buyers",)
CHANNELS = ("email", "sms", "ads", "post")
REASONS = ("no_consent", "pending", "opted_out", "unclear", "unsubscribed", "complained")
REASONS += ("hard_bounced", "no_address", "unusable_address", "shared_number", "retention_due")
POINTS = ("email", "phone", "first_name", "last_name", "city", "postal_code", "country_code")
POINTS += ("birth_day_month",)
EXPORTS = [
    (destination, segment)
    for destination in ("brevo", "google_ads", "klaviyo", "klaviyo_csv", "meta_ads")
    for segment in ("loyal_customers", "prospects")
]
EMAIL_HEADERS = {"brevo": "EMAIL", "google_ads": "Email", "klaviyo_csv": "Email"}
EMAIL_HEADERS |= {"meta_ads": "email", "mailchimp": "Email Address"}


def person(name: str, *segments: str, **facts: object) -> dict:
    """A contact who may be written to by all channels, unless `no` says otherwise.

    Arguments: name (its customer_id), segments, facts (contact points; `no`: reasons by channel;
    `keys`: other customer_ids; `held_out`: segments; `person_id`).
    """
    return {
        "person_id": f"c:{name}",
        "email": f"{name}@example.com",
        "phone": None,
        "no": {},
        "keys": [],
        "held_out": [],
        "segments": segments,
        "name": name,
        **facts,
    }


class Shop:
    """An invented shop: a build file and what is published of it."""

    def __init__(self, folder: Path, exports: list[tuple] = EXPORTS) -> None:
        """Arguments: folder (for both files and the sets), exports (destination and segment)."""
        self.folder, self.sets, self.exports = folder, folder / "exports", exports
        self.today = D
        self.bounds: dict[str, object] = {}
        self.complaints: list[tuple] = []

    def build(self, people: list[dict], erased: tuple[str, ...] = (), run: str = "run") -> None:
        """Build and publish; nobody who is erased has a contact field left.

        Arguments: people (of `person`), erased (customer_ids).
        """
        for file in ("build.duckdb", "shop.duckdb"):
            (self.folder / file).unlink(missing_ok=True)
        with duckdb.connect() as db:
            for name in ("build", "shop"):
                db.execute(f"attach ':memory:' as {name}")
            for schema in ("activation", "staging", "intermediate", "reference"):
                db.execute(f"create schema build.{schema}")
            for schema in ("segments", "core", "membership", "insights"):
                db.execute(f"create schema shop.{schema}")
            for seed in SEEDS:
                db.execute(
                    f"create table build.reference.{seed} as from read_csv(?, header = true)",
                    [str(ROOT / f"seeds/{seed}.csv")],
                )
            db.execute(
                "create table build.reference.exports (destination varchar, segment varchar,"
                " segment_value varchar, label varchar, min_members integer, max_members integer,"
                " max_come_percent integer, max_gone_percent integer)"
            )
            for destination, segment in self.exports:
                db.execute(
                    "insert into build.reference.exports values (?, ?, null, null, ?, ?, ?, ?)",
                    [
                        *(destination, segment),
                        *(self.bounds.get(bound) for bound in ("least", "most", "come", "gone")),
                    ],
                )
            db.execute(
                "create table build.activation.contact_permissions (person_id varchar,"
                " channel varchar, is_allowed boolean, reason varchar, consent_id varchar,"
                " changed_at timestamp, source varchar, retention_due_on date);"
                "create table build.activation.contact_points (person_id varchar,"
                " customer_id varchar, email varchar, email_reason varchar, phone varchar,"
                " phone_reason varchar, first_name varchar, last_name varchar, city varchar,"
                " postal_code varchar, country_code varchar, birth_day_month varchar);"
                "create table build.intermediate.int_person_keys (key_type varchar,"
                " key_value varchar, person_id varchar);"
                "create table build.staging.stg_crm__erasure_requests (customer_id varchar,"
                " email_key varchar);"
                "create table build.staging.stg_shop__products (product_id varchar,"
                " product_name varchar);"
                "insert into build.staging.stg_shop__products values ('p1', '=1+1, \"a\"'),"
                " ('p2', null);"
                "create table shop.core.people (person_id varchar, stage varchar, stage_from date,"
                " favorite_category varchar, last_order_on date);"
                "create table shop.core.person_predictions (person_id varchar,"
                " expected_next_order_on date);"
                "create table shop.membership.segment_definitions (segment varchar,"
                " external_name varchar);"
                "create table shop.membership.segment_holdouts (person_id varchar,"
                " segment varchar);"
                "create table shop.insights.segment_complaints (segment varchar,"
                " delivered bigint, complaints bigint, is_too_high boolean)"
            )
            for row in self.complaints:
                db.execute("insert into shop.insights.segment_complaints values (?, ?, ?, ?)", row)
            for number, segment in enumerate(SEGMENTS):
                db.execute(
                    f"create table shop.segments.{segment} (person_id varchar,"
                    " segment_value varchar, evidence decimal(18,4))"
                )
                db.execute(
                    "insert into shop.membership.segment_definitions values (?, ?)",
                    [segment, f"audience_{number}"],
                )
            db.execute(
                "create table shop.publication as select ? as as_of_on, 'run' as run_id", [D]
            )
            db.execute("create table build.main.published_run as select ? as run_id", [run])
            for one in people:
                self.add(db, one, one["name"] in erased)
            for name in erased:
                db.execute(
                    "insert into build.staging.stg_crm__erasure_requests values (?, null)", [name]
                )
            for name in ("build", "shop"):
                db.execute(f"attach '{self.folder / name}.duckdb' as file")
                db.execute(f"copy from database {name} to file")
                db.execute("detach file")

    def add(self, db: duckdb.DuckDBPyConnection, one: dict, is_erased: bool) -> None:
        """Put a person into the tables."""
        who = one["person_id"]
        for key in (one["name"], *one["keys"]):
            db.execute(
                "insert into build.intermediate.int_person_keys values ('customer', ?, ?)",
                [key, None if is_erased else who],
            )
        if is_erased:
            return
        for segment in one["segments"]:
            name, _, value = segment.partition(":")
            db.execute(f"insert into shop.segments.{name} values (?, ?, 1)", [who, value])
        for segment in one["held_out"]:
            db.execute("insert into shop.membership.segment_holdouts values (?, ?)", [who, segment])
        if who.startswith("v:"):
            return
        points = [one.get(point) for point in POINTS]
        db.execute(
            "insert into build.activation.contact_points values"
            " (?, ?, ?, case when ? is null then 'no_address' end, ?, null, ?, ?, ?, ?, ?, ?)",
            [who, one["name"], points[0], points[0], *points[1:]],
        )
        for channel in CHANNELS:
            reason = one["no"].get(channel, "allowed")
            db.execute(
                "insert into build.activation.contact_permissions values"
                " (?, ?, ?, ?, null, null, null, null)",
                [who, channel, reason == "allowed", reason],
            )
        db.execute(
            "insert into shop.core.people values (?, ?, ?, ?, ?)",
            [who, one.get("stage"), one.get("stage_from"), one.get("favorite"), one.get("last")],
        )

    def run(self, *arguments: str) -> int:
        """Run the command here, on the day `today`; its exit code."""
        return export.main(["--location", str(self.sets), *arguments], self.today)

    def command(self, *arguments: str) -> list[str]:
        """The command line of another process that does the same."""
        code = (
            "import sys, datetime, export;"
            f"sys.exit(export.main(sys.argv[1:], datetime.date({D.year}, {D.month}, {D.day})))"
        )
        return [sys.executable, "-c", code, "--location", str(self.sets), *arguments]

    def names(self, destination: str) -> list[str]:
        """Names of its sets."""
        return sorted(path.name for path in (self.sets / destination).glob("0*"))

    def newest(self, destination: str) -> Path:
        """The folder of the newest set."""
        return max(
            path.parent for path in (self.sets / destination).glob(f"*/{export_places.MANIFEST}")
        )

    def manifest(self, destination: str) -> dict:
        """The manifest of the newest set."""
        return json.loads((self.newest(destination) / export_places.MANIFEST).read_text())

    def rows(self, destination: str, part: str, folder: Path | None = None) -> dict[tuple, str]:
        """Lines of a part of the newest set, by list and identifier."""
        found = {}
        for file in sorted(((folder or self.newest(destination)) / part).glob("*")):
            name = file.stem.rpartition("-")[0]
            lines = file.read_text(encoding="utf-8").splitlines()
            if file.suffix == ".jsonl":
                identifiers = [json.loads(line)["attributes"]["email"] for line in lines]
            else:
                header, *lines = lines
                at = header.split(",").index(EMAIL_HEADERS[destination])
                identifiers = [row[at] for row in csv.reader(lines)]
            for identifier, line in zip(identifiers, lines, strict=True):
                assert (name, identifier) not in found, "somebody is in a file twice"
                found[name, identifier] = line
        return found

    def erased(self, destination: str) -> list[str]:
        """Whom the newest set erases."""
        return (self.newest(destination) / export_places.ERASE).read_text().splitlines()[1:]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop in a folder of its own."""
    monkeypatch.setenv("BUILD_FILE", str(tmp_path / "build.duckdb"))
    monkeypatch.setenv("PUBLISHED_FILE", str(tmp_path / "shop.duckdb"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "scripts"))
    return Shop(tmp_path)


def content(file: Path) -> str:
    """All that a file says, a line a row."""
    if file.suffix != ".parquet":
        return file.read_text(encoding="utf-8")
    rows = duckdb.execute("from read_parquet(?)", [str(file)]).fetchall()
    return "".join(f"{row!r}\n" for row in rows)


def transformed(transform: str, value: str | None) -> str | None:
    with duckdb.connect() as db:
        db.execute(MACROS)
        return db.execute(f"select to_{transform}(?::varchar)", [value]).fetchone()[0]


@pytest.mark.parametrize(
    ("transform", "value", "hashed"),
    [
        (
            "lower_sha256",
            "John_Smith@gmail.com",
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        ),
        (
            "digits_sha256",
            "+16505551212",
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
        ),
        (
            "letters_sha256",
            "Mary",
            "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec",
        ),
        (
            "letters_sha256",
            "Valéry",
            "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c",
        ),
        (
            "letters_sha256",
            "정",
            "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14",
        ),
    ],
)
def test_the_vendors_own_examples_hash_as_they_say(transform: str, value: str, hashed: str) -> None:
    assert transformed(transform, value) == hashed


@pytest.mark.parametrize(
    ("transform", "value", "plain"),
    [
        (
            "google_email_sha256",
            "Cloudy.SanFrancisco+shopping@gmail.com",
            "cloudysanfrancisco@gmail.com",
        ),
        ("google_email_sha256", "a.b+c@googlemail.com", "ab@googlemail.com"),
        ("google_email_sha256", "a.b+c@example.com", "a.b+c@example.com"),
        ("google_email_sha256", "a.b@notgmail.com", "a.b@notgmail.com"),
        # the rule of gmail is Google's alone
        ("lower_sha256", "a.b+c@gmail.com", "a.b+c@gmail.com"),
        ("plus_phone_sha256", "+33 6 12", "+33612"),
        ("digits_sha256", "+33 6 12", "33612"),
        ("letters_sha256", "Saint-Denis 93 l'Île", "saintdenislîle"),
        ("zip_sha256", "12345-6789", "12345"),
        ("zip_sha256", "SW1A 1AA", "sw1a1aa"),
        ("lower_sha256", "FR", "fr"),
        # a letter and its accent apart are the letter with it
        ("letters_sha256", "vale\u0301ry", "valéry"),
    ],
)
def test_a_value_is_hashed_in_the_form_that_its_destination_knows(
    transform: str, value: str, plain: str
) -> None:
    assert transformed(transform, value) == sha256(plain.encode()).hexdigest()


@pytest.mark.parametrize("transform", re.findall(r"to_(\w+_sha256)", MACROS))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_empty_has_no_hash(transform: str, value: str | None) -> None:
    assert transformed(transform, value) is None


def test_a_profile_says_in_which_segments_it_is_and_what_is_gone(shop: Shop) -> None:
    shop.build(
        [
            person(
                *("ada", "loyal_customers", "prospects", "recent_viewers:p1", "recent_viewers:p2"),
                **{"first_name": "Zoë", "stage": "loyal_customers", "stage_from": D, "last": D},
            ),
            person("ben", "prospects", phone="+33612345678", city="L'Isle, 1"),
            person("cleo", "loyal_customers", phone="+33612345679", no={"sms": "opted_out"}),
        ]
    )
    assert shop.run("write") == export.DONE
    rows = shop.rows("klaviyo", "full")
    ada = json.loads(rows["profiles", "ada@example.com"])
    assert ada == {
        "type": "profile",
        "attributes": {
            "email": "ada@example.com",
            "properties": {
                "segments": ["loyal_customers", "prospects"],
                "first_name": "Zoë",
                "stage": "loyal_customers",
                "stage_since": "2024-03-31",
                "last_order": "2024-03-31",
                "last_viewed_products": ['1+1, "a"', "p2"],
                "buys_at_discount": False,
            },
        },
        "meta": {
            "patch_properties": {
                "unset": [
                    *("city", "birthday", "favorite_category", "low_stock_favorites"),
                    "expected_next_order",
                ]
            }
        },
    }
    # a number needs a yes of its own
    phones = {
        identifier: json.loads(row)["attributes"].get("phone_number")
        for (_, identifier), row in rows.items()
    }
    assert phones == {
        "ada@example.com": None,
        "ben@example.com": "+33612345678",
        "cleo@example.com": None,
    }
    assert shop.rows("brevo", "full")["profiles", "ben@example.com"] == (
        'ben@example.com,+33612345678,prospects,,"L\'Isle, 1",,,,,,,,,'
    )


def test_a_list_holds_hashes_under_a_name_that_says_nothing(shop: Shop) -> None:
    shop.build(
        [
            person(
                "ada",
                "loyal_customers",
                **{"first_name": "Ada", "last_name": "B", "country_code": "FR"},
                phone="+33612345678",
            ),
            person(
                "ben",
                "loyal_customers",
                **{"first_name": "Ben", "last_name": "C", "country_code": "FR"},
                postal_code="75001",
            ),
        ]
    )
    assert shop.run("write", "--to", "google_ads") == export.DONE

    def hashed(value: str) -> str:
        return sha256(value.encode()).hexdigest()

    ada, ben = hashed("ada@example.com"), hashed("ben@example.com")
    # an address of which a part is missing is none
    assert shop.rows("google_ads", "added") == {
        ("audience_0", ada): f"{ada},{hashed('+33612345678')},,,,",
        ("audience_0", ben): f"{ben},,{hashed('ben')},{hashed('c')},FR,75001",
    }
    assert not (shop.sets / "meta_ads").exists()


def test_the_manual_shows_what_is_written(shop: Shop) -> None:
    manual = (ROOT / "docs/from_segment_to_campaign.md").read_text(encoding="utf-8")
    shop.exports = [
        (destination, segment)
        for destination, segment in [*EXPORTS, ("klaviyo", "favorites_low_stock")]
        if segment != "prospects"
    ]
    shop.exports += [(name, "favorites_low_stock") for name in ("klaviyo_csv", "brevo")]
    shop.exports += [("mailchimp", "loyal_customers")]
    viewed = ["recent_viewers:Lamp", "recent_viewers:Vase", "favorites_low_stock:Vase"]
    shop.build(
        [
            person(
                *("zoe.martin", "loyal_customers", *viewed),
                **{"first_name": "Zoé", "last_name": "Martin", "phone": "+33612345678"},
                **{"city": "Paris", "postal_code": "75011", "country_code": "FR"},
                **{"birth_day_month": "05-17", "stage": "loyal_customers", "favorite": "Home"},
                **{"stage_from": date(2024, 3, 1), "last": date(2024, 3, 20)},
            )
        ]
    )
    assert shop.run("write") == export.DONE
    for destination in {name for name, _ in shop.exports}:
        [file] = (shop.newest(destination) / "full").glob("*")
        said = file.read_text(encoding="utf-8")
        if file.suffix == ".jsonl":
            shown = re.findall(r"```json\n(.*?)```", manual, re.DOTALL)
            assert [json.loads(block) for block in shown] == [json.loads(said)]
        else:
            assert re.sub(r"([0-9a-f]{8})[0-9a-f]{56}", r"\1…", said) in manual, said


def test_each_destination_is_an_exposure() -> None:
    exposures = yaml.safe_load((ROOT / "models/_exposures.yml").read_text(encoding="utf-8"))
    applications = {e["name"] for e in exposures["exposures"] if e["type"] == "application"}
    with (ROOT / "seeds/destinations.csv").open(encoding="utf-8") as file:
        assert {row["destination"] for row in csv.DictReader(file)} == applications


def test_exposures_name_all_that_an_export_reads() -> None:
    exposures = yaml.safe_load((ROOT / "models/_exposures.yml").read_text(encoding="utf-8"))
    # and, by their names, the segments that a seed chooses
    read = {f"ref('{name}')" for name in [*export_build.RELATIONS, "segment_memberships"]}
    for exposure in exposures["exposures"]:
        assert exposure["type"] != "application" or set(exposure["depends_on"]) == read


# -- deltas ----------------------------------------------------------------------------------------

FAST = [
    (destination, segment)
    for destination in ("google_ads", "klaviyo")
    for segment in ("loyal_customers", "prospects")
]


def deliver(shop: Shop) -> None:
    """Say that each destination has its newest set."""
    for destination in {destination for destination, _ in shop.exports}:
        if (shop.sets / destination).exists():
            assert shop.run("delivered", destination, shop.newest(destination).name) == export.DONE


def identifier_of(destination: str, one: dict) -> str:
    """What a destination knows a person by."""
    email = one["email"]
    return sha256(email.encode()).hexdigest() if destination.endswith("_ads") else email


def assert_counts_add_up(folder: Path, destination: str, shop: Shop) -> None:
    """Every count of a manifest is that of its files, and the counts agree with each other."""
    manifest = json.loads((folder / export_places.MANIFEST).read_text())
    for entry in manifest["segments"]:
        assert entry["members"] == entry["eligible"] + sum(entry["left_out"].values())
        assert entry["exported"] == entry["base"] + entry["come"] - entry["gone"]
        assert entry["refused"] or entry["exported"] == entry["eligible"]
    counts = manifest["rows"]
    assert (
        counts["base"] - counts["removed"] - counts["erased_rows"] + counts["new"]
        == (counts["full"])
    )
    of_parts: dict[str, int] = {}
    for file in manifest["files"]:
        data = (folder / file["name"]).read_bytes()
        assert (len(data), sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        lines = content(folder / file["name"]).count("\n")
        lines -= file["name"].endswith(".csv")
        assert lines == file["rows"]
        part = file["name"].split("/")[0]
        of_parts[part] = of_parts.get(part, 0) + lines
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names - {export_places.DELIVERED, export_places.MANIFEST} == {
        file["name"] for file in manifest["files"]
    }
    changed = "added" if manifest["kind"] == "list" else "changed"
    assert of_parts.get("full", 0) == counts["full"]
    assert of_parts.get(changed, 0) == counts["new"] + counts["different"]
    assert of_parts.get("removed", 0) == counts["removed"]
    assert of_parts["erase.csv"] == counts["erase"]


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 11))]
)
def test_base_minus_removed_minus_erased_plus_changed_is_full_and_nobody_else_is_in_a_file(
    shop: Shop, seed: int
) -> None:
    shop.exports = FAST
    dice = random.Random(seed)
    names = [f"n{number}" for number in range(12)]
    erased: set[str] = set()
    base: dict[str, dict] = {destination: {} for destination, _ in FAST}
    ever: dict[str, set] = {destination: set() for destination, _ in FAST}
    written = 0
    for _ in range(8):
        people = []
        for name in names:
            if dice.random() < 0.1:
                continue
            segments = [
                segment for segment in ("loyal_customers", "prospects") if dice.random() < 0.5
            ]
            no = {
                channel: dice.choice(REASONS)
                for channel in ("email", "sms", "ads")
                if dice.random() < 0.2
            }
            email = f"{name}{dice.choice(['', '', '', '.new'])}@example.com"
            facts = {"no": no, "city": dice.choice(["Lille", None]), "email": email}
            facts["held_out"] = [
                segment for segment in ("loyal_customers", "prospects") if dice.random() < 0.1
            ]
            # a guest of today may have an account tomorrow
            facts["person_id"] = dice.choice([f"c:{name}", f"c:{name}", f"g:{name}"])
            people.append(person(name, *segments, **facts))
        if dice.random() < 0.5:
            erased.add(dice.choice(names))
        shop.build(people, tuple(erased))
        before = {
            destination: sorted((shop.sets / destination).glob("*/*")) for destination in base
        }
        assert shop.run("write") == export.DONE
        is_delivered = dice.random() < 0.5
        for destination in base:
            if sorted((shop.sets / destination).glob("*/*")) == before[destination]:
                continue  # nothing to do
            undelivered = [
                path.parent
                for path in (shop.sets / destination).glob("*/manifest.json")
                if not (path.parent / export_places.DELIVERED).exists()
            ]
            if not undelivered:
                continue
            [folder] = undelivered
            written += 1
            changed = "added" if destination == "google_ads" else "changed"
            full = shop.rows(destination, "full", folder)
            removed = shop.rows(destination, "removed", folder)
            gone = set(shop.erased(destination))
            channel = "ads" if destination == "google_ads" else "email"
            may = {
                identifier_of(destination, one): one
                for one in people
                if channel not in one["no"] and one["name"] not in erased
            }
            wanted = {
                (
                    "audience_" + str(SEGMENTS.index(segment))
                    if changed == "added"
                    else "profiles",
                    who,
                )
                for who, one in may.items()
                for segment in one["segments"]
                if segment not in one["held_out"]
            }
            assert full.keys() == wanted
            assert removed.keys() <= base[destination].keys()
            result = {
                key: row
                for key, row in base[destination].items()
                if key not in removed and key[1] not in gone
            }
            added = shop.rows(destination, changed, folder)
            assert not [key for key, row in added.items() if result.get(key) == row]
            assert result | added == full
            assert gone <= ever[destination]
            # whoever is erased is in no other file, whoever said no in none that adds
            for file in folder.rglob("*"):
                if file.is_file() and file.name != export_places.ERASE:
                    said = content(file)
                    assert not [who for who in gone if who in said]
                    if file.parent.name in ("full", changed):
                        for one in people:
                            who = identifier_of(destination, one)
                            assert who in may or who not in said
            assert_counts_add_up(folder, destination, shop)
            if is_delivered:
                base[destination] = full
                ever[destination] |= {who for _, who in full}
                assert shop.run("delivered", destination, folder.name) == export.DONE
    assert written >= 8


def test_whoever_leaves_all_segments_gets_a_row_that_empties_it(shop: Shop) -> None:
    ada = {"first_name": "Ada", "phone": "+33612345678"}
    shop.build([person("ada", "prospects", **ada), person("ben", "prospects")])
    assert shop.run("write") == export.DONE
    deliver(shop)
    shop.build([person("ada", **ada), person("ben", "prospects")])
    assert shop.run("write") == export.DONE
    [row] = shop.rows("klaviyo", "removed").values()
    row = json.loads(row)
    assert row["attributes"] == {"email": "ada@example.com", "properties": {"segments": []}}
    assert "first_name" in row["meta"]["patch_properties"]["unset"]
    assert shop.rows("brevo", "removed") == {
        ("profiles", "ada@example.com"): "ada@example.com" + "," * 13
    }
    hashed = sha256(b"ada@example.com").hexdigest()
    assert shop.rows("meta_ads", "removed") == {("audience_1", hashed): hashed + "," * 6}


def test_a_tag_that_is_lost_is_a_file_of_those_who_lose_it(shop: Shop) -> None:
    shop.exports = [("mailchimp", "loyal_customers"), ("mailchimp", "prospects")]
    both = ("loyal_customers", "prospects")
    shop.build([person("ada", *both, first_name="Ada"), person("ben", "prospects")])
    assert shop.run("write") == export.DONE
    deliver(shop)
    shop.build([person("ada", "prospects", first_name="Ada"), person("ben", *both)])
    assert shop.run("write") == export.DONE
    assert shop.rows("mailchimp", "added") == {
        ("audience_0", "ben@example.com"): "ben@example.com" + "," * 6
    }
    assert shop.rows("mailchimp", "removed") == {
        ("audience_0", "ada@example.com"): "ada@example.com" + "," * 6
    }


def test_a_guest_who_registers_is_neither_removed_nor_changed(shop: Shop) -> None:
    shop.build([person("ada", "prospects", person_id="g:ada")])
    assert shop.run("write") == export.DONE
    deliver(shop)
    shop.build([person("ada", "prospects")])
    assert shop.run("write") == export.DONE
    assert shop.names("brevo") == ["000001"]


def test_deltas_build_on_what_was_delivered_and_a_delivered_set_never_changes(shop: Shop) -> None:
    def state() -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for path in (shop.sets / "brevo").glob("000001/**/*")
            if path.is_file()
        }

    shop.exports = [("brevo", "prospects")]
    shop.build([person("ada", "prospects")])
    assert shop.run("write") == export.DONE
    deliver(shop)
    delivered = state()
    for name in ("ben", "cleo"):
        shop.build([person("ada", "prospects"), person(name, "prospects")])
        assert shop.run("write") == export.DONE
        assert shop.manifest("brevo")["base"] == "000001"
        assert shop.rows("brevo", "changed").keys() == {("profiles", f"{name}@example.com")}
    # ben's set was replaced
    assert shop.names("brevo") == ["000001", "000003"]
    assert shop.run("delivered", "brevo", "000002") == export.WRONG_USE
    assert shop.run("delivered", "brevo", "000001") == export.WRONG_USE
    assert state() == delivered
    # as it was when it was delivered: nothing to do, and what was not delivered is out of date
    shop.build([person("ada", "prospects")])
    assert shop.run("write") == export.DONE
    assert shop.names("brevo") == ["000001"]


def test_an_erased_person_is_asked_to_be_erased_and_older_sets_forget_them(shop: Shop) -> None:
    shop.exports = FAST
    both = [person("ada", "prospects", keys=["old_ada"]), person("ben", "prospects")]
    shop.build(both)
    assert shop.run("write") == export.DONE
    deliver(shop)
    # left before she asked; the request names another customer_id of hers
    shop.build([person("ada", keys=["old_ada"]), both[1]])
    assert shop.run("write") == export.DONE
    deliver(shop)
    shop.build(both, erased=("ada", "old_ada"))
    for _ in range(2):
        assert shop.run("write") == export.DONE
        assert shop.erased("klaviyo") == ["ada@example.com"]
        assert shop.erased("google_ads") == [sha256(b"ada@example.com").hexdigest()]
        assert not shop.rows("klaviyo", "removed")
    deliver(shop)
    for file in shop.sets.rglob("*"):
        if file.is_file() and file.name != export_places.ERASE:
            assert "ada@" not in content(file)
    assert not (shop.sets / "klaviyo/000001/known.parquet").exists()
    assert (shop.sets / "klaviyo/000001/manifest.json").exists()
    shop.build([*both, person("cleo", "prospects")], erased=("ada", "old_ada"))
    assert shop.run("write") == export.DONE
    assert not shop.erased("klaviyo")
    deliver(shop)
    assert "ada@" not in "".join(content(path) for path in shop.sets.rglob("*") if path.is_file())


def test_old_sets_lose_their_rows_and_keep_their_manifests(shop: Shop) -> None:
    shop.exports = [("brevo", "prospects")]
    for number in range(5):
        shop.build([person(f"n{number}", "prospects")])
        assert shop.run("write") == export.DONE
        deliver(shop)
    folders = sorted((shop.sets / "brevo").glob("0*"))
    assert [(folder / "full").exists() for folder in folders] == [False] * 2 + [True] * 3
    assert all((folder / export_places.MANIFEST).exists() for folder in folders)
    (shop.sets / "brevo/000009").mkdir()
    (shop.sets / "brevo/notes").mkdir()
    assert shop.run("purge") == export.DONE
    assert sorted(path.name for path in (shop.sets / "brevo").iterdir())[-1] == "notes"
    assert not (shop.sets / "brevo/000009").exists()


def test_one_mailbox_of_two_people_is_written_to_only_with_a_yes_of_both(shop: Shop) -> None:
    shop.exports = [("google_ads", "prospects"), ("meta_ads", "prospects")]
    people = [
        person("ada", "prospects", email="a.da@gmail.com"),
        person("bis", "prospects", email="ada+x@gmail.com"),
    ]
    shop.build(people)
    assert shop.run("write") == export.DONE
    assert len(shop.rows("google_ads", "full")) == 1
    assert len(shop.rows("meta_ads", "full")) == 2
    assert shop.manifest("google_ads")["segments"][0]["left_out"] == {"same_address": 1}
    people[1]["no"] = {"ads": "opted_out"}
    shop.build(people)
    assert shop.run("plan") == export.DONE
    assert shop.run("write") == export.DONE
    assert not list((shop.sets / "google_ads").glob("*/full"))
    assert len(shop.rows("meta_ads", "full")) == 1


def test_whoever_is_held_out_of_a_segment_loses_its_label_alone(shop: Shop) -> None:
    shop.exports = [
        (destination, segment)
        for destination in ("brevo", "google_ads")
        for segment in ("loyal_customers", "prospects")
    ]
    # a holdout is not held against the segment, and a no is told first
    shop.bounds = {"gone": 0}
    people = [
        person("ada", "loyal_customers", "prospects", "recent_viewers:p1"),
        person("ben", "prospects"),
        person("cleo", "prospects", no={"email": "opted_out"}),
        person("dan", "prospects"),
        person("eve", "loyal_customers"),
    ]
    shop.build(people)
    assert shop.run("write") == export.DONE
    deliver(shop)
    for one in people:
        # of a segment that does not hold her, too, as who is held out is not asked who is in
        one["held_out"] = [] if one["name"] == "dan" else ["prospects"]
    shop.build(people)
    assert shop.run("write") == export.DONE
    loyal, prospects = shop.manifest("brevo")["segments"]
    assert loyal["left_out"] == {}
    assert prospects["members"] == 4
    assert prospects["left_out"] == {"held_out": 2, "opted_out": 1}
    changed = shop.rows("brevo", "changed")
    assert [line.split(",")[:3] for line in changed.values()] == [
        ["ada@example.com", "", "loyal_customers"]
    ]
    assert shop.rows("brevo", "removed").keys() == {("profiles", "ben@example.com")}
    gone = {sha256(f"{name}@example.com".encode()).hexdigest() for name in ("ada", "ben", "cleo")}
    removed = shop.rows("google_ads", "removed")
    assert removed.keys() == {("audience_1", who) for who in gone}
    for destination in ("brevo", "google_ads"):
        assert_counts_add_up(shop.newest(destination), destination, shop)


# -- guardrails ------------------------------------------------------------------------------------


def stop_by_bound(bound: str, value: int) -> Callable[[Shop], None]:
    """A change of the seed's bounds."""

    def change(shop: Shop) -> None:
        shop.bounds = {bound: value}

    return change


def stop_by_age(shop: Shop) -> None:
    """The as-of date is three days ago."""
    shop.today = date(2024, 4, 3)


CHANGES = {
    "fewer members than": stop_by_bound("least", 7),
    "more members than": stop_by_bound("most", 5),
    "would come": stop_by_bound("come", 49),
    "would go": stop_by_bound("gone", 24),
    "not the one that was published": lambda _: None,
    "days ago": stop_by_age,
}
JUST_WITHIN = {
    "fewer members than": stop_by_bound("least", 6),
    "more members than": stop_by_bound("most", 6),
    "would come": stop_by_bound("come", 50),
    "would go": stop_by_bound("gone", 25),
    "days ago": lambda shop: setattr(shop, "today", date(2024, 4, 2)),
}


def next_day(shop: Shop, run: str = "run") -> None:
    """Of four whom the destinations have one leaves, one says no and one is erased; three come.

    Those who come are one of each word of the base: half of it, as one has no yes.
    """
    people = [person(name, "prospects") for name in ("ada", "ben", "cleo", "dan")]
    if not shop.sets.exists():
        shop.build(people)
        assert shop.run("write") == export.DONE
        deliver(shop)
    people[0]["segments"] = ()
    people[1]["no"] = dict.fromkeys(CHANNELS, "unsubscribed")
    people += [person(name, "prospects") for name in ("eve", "fay")]
    people += [person(name, "prospects", no=dict.fromkeys(CHANNELS, "no_consent")) for name in "xy"]
    shop.build(people, erased=("cleo",), run=run)


@pytest.mark.parametrize("reason", CHANGES)
def test_a_refused_segment_stays_as_it_was_but_for_every_no(shop: Shop, reason: str) -> None:
    shop.exports = [("brevo", "prospects"), ("google_ads", "prospects")]
    run = "another run" if "published" in reason else "run"
    next_day(shop, run)
    CHANGES[reason](shop)
    next_day(shop, run)
    assert shop.run("plan") == export.REFUSED
    assert shop.run("write") == export.REFUSED
    for destination in ("brevo", "google_ads"):
        assert reason in shop.manifest(destination)["segments"][0]["refused"]
        assert_counts_add_up(shop.newest(destination), destination, shop)
        assert len(shop.erased(destination)) == 1
    emails = {who for _, who in shop.rows("brevo", "full")}
    assert emails == {"ada@example.com", "dan@example.com"}
    assert shop.rows("brevo", "removed").keys() == {("profiles", "ben@example.com")}
    assert shop.erased("brevo") == ["cleo@example.com"]
    # let through for this segment alone, and the manifest keeps that
    assert shop.run("write", "--override", "prospects") == export.DONE
    [entry] = shop.manifest("brevo")["segments"]
    assert entry["refused"] is None and reason in entry["overridden"]
    emails = {who for _, who in shop.rows("brevo", "full")}
    assert emails == {"dan@example.com", "eve@example.com", "fay@example.com"}


@pytest.mark.parametrize("reason", JUST_WITHIN)
def test_a_segment_at_its_bounds_is_exported(shop: Shop, reason: str) -> None:
    shop.exports = [("brevo", "prospects")]
    next_day(shop)
    JUST_WITHIN[reason](shop)
    next_day(shop)
    assert shop.run("write") == export.DONE


def test_a_segment_that_is_called_spam_gets_no_new_file_of_an_email_service(shop: Shop) -> None:
    shop.exports = FAST
    shop.complaints = [("prospects", 1000, 3, True), ("loyal_customers", 999, 999, False)]
    shop.build([person("ada", "prospects", "loyal_customers")])
    assert shop.run("write") == export.REFUSED
    refused = {
        (destination, entry["segment"]): entry["refused"]
        for destination in ("klaviyo", "google_ads")
        for entry in shop.manifest(destination)["segments"]
    }
    said = "3 of 1000 e-mails of its campaigns that were delivered lately were called spam"
    assert refused.pop(("klaviyo", "prospects")) == said
    assert set(refused.values()) == {None}
    [row] = shop.rows("klaviyo", "full").values()
    assert json.loads(row)["attributes"]["properties"]["segments"] == ["loyal_customers"]
    assert shop.run("write", "--override", "prospects") == export.DONE
    assert shop.manifest("klaviyo")["segments"][1]["overridden"] == said


def test_of_whom_a_refused_build_knows_nothing_the_row_stays_as_it_was(shop: Shop) -> None:
    shop.exports = FAST
    people = [person("ada", "prospects", first_name="Ada"), person("ben", "prospects")]
    shop.build(people)
    assert shop.run("write") == export.DONE
    full = {destination: shop.rows(destination, "full") for destination, _ in FAST}
    deliver(shop)
    shop.build([people[1] | {"no": dict.fromkeys(CHANNELS, "complained")}], run="half a build")
    assert shop.run("write") == export.REFUSED
    for destination, _ in FAST:
        kept = shop.rows(destination, "full")
        assert len(kept) == 1 and kept.items() <= full[destination].items()


# -- the files themselves --------------------------------------------------------------------------


def test_nobody_else_can_read_the_files_and_git_does_not_see_them(shop: Shop) -> None:
    shop.build([person("ada", "prospects", "loyal_customers")])
    old = os.umask(0)
    try:
        assert shop.run("write") == export.DONE
        deliver(shop)
    finally:
        os.umask(old)
    for path in [shop.sets, *shop.sets.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    ignored = subprocess.run(["git", "check-ignore", "-q", "exports/any/000001/full"], cwd=ROOT)
    assert ignored.returncode == 0


def test_a_csv_file_reads_alike_in_every_reader(shop: Shop) -> None:
    names = ['=1+1, "Ada"', "Zoë; b", "l'Île", "007", "N/A"]
    shop.build(
        [
            person(f"n{number}", "prospects", "recent_viewers:p1", city=name, phone="+33612345678")
            for number, name in enumerate(names)
        ]
    )
    assert shop.run("write", "--to", "klaviyo_csv") == export.DONE
    [file] = shop.newest("klaviyo_csv").glob("full/*.csv")
    with file.open(encoding="utf-8", newline="") as opened:
        plain = list(csv.DictReader(opened))
    assert [row["city"] for row in plain] == names
    assert {row["last_viewed_products"] for row in plain} == {'1+1, "a"'}
    frame = pandas.read_csv(file, dtype=str, keep_default_na=False)
    assert frame.to_dict("records") == plain
    columns = list(plain[0])
    as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(columns, pyarrow.string()))
    assert pyarrow.csv.read_csv(file, convert_options=as_text).to_pylist() == plain
    with duckdb.connect() as db:
        read = "from read_csv(?, header = true, all_varchar = true, nullstr = '\\N')"
        found = db.execute(read, [str(file)]).fetchall()
    assert [dict(zip(columns, row, strict=True)) for row in found] == plain


def test_the_same_input_makes_the_same_bytes(shop: Shop) -> None:
    people = [
        person(f"n{number}", "prospects", "loyal_customers", "recent_viewers:p1")
        for number in range(60)
    ]
    found = []
    for order in (people, people[::-1]):
        shop.build(order)
        shop.sets = shop.folder / f"exports{len(found)}"
        assert shop.run("write") == export.DONE
        files = [path for path in sorted(shop.sets.rglob("*")) if path.is_file()]
        found.append({str(path.relative_to(shop.sets)): path.read_bytes() for path in files})
    assert found[0] == found[1]


def test_a_file_ends_where_a_limit_of_its_destination_is_reached(tmp_path: Path) -> None:
    to = SimpleNamespace(
        name="any",
        facts={
            **{"format": "jsonl", "bytes_counted": "escaped"},
            **{"max_file_rows": 3, "max_file_bytes": 40, "max_row_bytes": 25},
        },
    )

    def written(*lines: str) -> list[dict]:
        fetched = iter([[(line,) for line in lines], []])
        return list(export.write_list(tmp_path, "any", to, lambda: next(fetched)))

    assert written(*["a" * 9] * 4, *["é" * 4] * 2) == [
        {"name": "any-0001.jsonl", "rows": 3},
        {"name": "any-0002.jsonl", "rows": 2},
        {"name": "any-0003.jsonl", "rows": 1},
    ]
    assert (tmp_path / "any-0002.jsonl").read_text() == "a" * 9 + "\n" + "é" * 4 + "\n"
    assert len(written("é" * 4)) == 1
    with pytest.raises(RuntimeError, match="has 26 bytes"):
        written("x" * 25)


def test_bytes_are_counted_as_a_client_sends_them_that_escapes_accents() -> None:
    for line in ("", "plain", "é", "aé😀b", "정"):
        assert export.escaped_bytes(line) == len(json.dumps(line)) - 2


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5, 9])
def test_a_text_is_cut_between_two_letters(most: int) -> None:
    with duckdb.connect() as db:
        db.execute(MACROS)
        [(cut,)] = db.execute("select cut('aé😀b', ?)", [most]).fetchall()
    whole = "aé😀b".encode()[:most].decode(errors="ignore")
    assert cut == whole


def test_a_killed_run_leaves_no_set_and_the_next_one_is_as_if_it_had_not_been(shop: Shop) -> None:
    shop.exports = [("brevo", "prospects"), ("klaviyo", "prospects")]
    shop.build([person(f"n{number}", "prospects") for number in range(300)])
    goal, shop.sets = shop.sets, shop.folder / "undisturbed"
    began = time.monotonic()
    assert subprocess.run(shop.command("write"), capture_output=True).returncode == export.DONE
    lasts = time.monotonic() - began

    def state() -> dict[str, bytes]:
        return {
            str(path.relative_to(shop.sets)): path.read_bytes()
            for path in shop.sets.rglob("*")
            if path.is_file()
        }

    undisturbed, shop.sets = state(), goal
    killed = 0
    for share in (0.5, 0.7, 0.8, 0.9, 0.95):
        process = subprocess.Popen(
            shop.command("write"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(lasts * share)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        for manifest in shop.sets.glob("[a-z]*/*/manifest.json"):
            assert_counts_add_up(manifest.parent, manifest.parent.parent.name, shop)
    assert killed
    assert shop.run("write") == export.DONE
    found = {
        str(Path(destination, *path.relative_to(shop.newest(destination)).parts)): path.read_bytes()
        for destination in ("brevo", "klaviyo")
        for path in shop.newest(destination).rglob("*")
        if path.is_file()
    }
    assert found == {
        name.replace("/000001", ""): data
        for name, data in undisturbed.items()
        if "/000001/" in name
    }
    assert not (shop.sets / ".writing").exists()


def test_nothing_said_holds_a_contact_field(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    facts = {"first_name": "Zebulon", "city": "Quimper", "phone": "+33612345678"}
    people = [
        person("ada", "prospects", **facts),
        person("ben", "prospects", no=dict.fromkeys(CHANNELS, "complained"), **facts),
    ]
    shop.build(people)
    assert shop.run("plan") == export.DONE
    assert not shop.sets.exists()
    assert shop.run("write") == export.DONE
    deliver(shop)
    # a file of the base that somebody has changed
    for file in shop.sets.glob(f"*/*/{export_places.KNOWN}"):
        file.write_text("ada@example.com\n")
    assert shop.run("write") == export.FAILED
    said = "".join(capfd.readouterr())
    assert "1 complained" in said
    assert not [word for word in ("ada", "Zebulon", "Quimper", "336") if word in said]
    quoted = duckdb.ConversionException("Could not convert string 'ada@example.com' to INT32")
    assert "ada" not in export.cause(quoted)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("write", "--to", "nowhere"), "No exported destination is called nowhere"),
        (("plan", "--override", "no_segment"), "No exported segment is called no_segment"),
        (("delivered", "brevo", "000001"), "nothing was written yet"),
    ],
)
def test_wrong_use_is_said_and_writes_nothing(
    shop: Shop, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    shop.build([person("ada", "prospects")])
    assert shop.run(*arguments) == export.WRONG_USE
    assert says in capfd.readouterr().err
    assert not list(shop.sets.glob("[a-z]*"))


def test_a_segment_that_there_is_not_is_named(
    shop: Shop, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.exports = [("brevo", "no_segment")]
    shop.build([])
    assert shop.run("plan") == export.WRONG_USE
    assert "no_segment is no published segment" in capfd.readouterr().err


# -- other places ----------------------------------------------------------------------------------


def test_a_missing_package_of_a_place_is_named(
    shop: Shop, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.build([person("ada", "prospects")])
    monkeypatch.setitem(sys.modules, "paramiko", None)
    assert export.main(["--location", "sftp://host/sets", "plan"], D) == export.WRONG_USE
    assert "paramiko" in capfd.readouterr().err
    assert export.main(["--location", "nowhere://sets", "plan"], D) == export.WRONG_USE


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_server_over_sftp_gets_the_same_sets_for_its_user_alone(
    shop: Shop, sftp_home: str
) -> None:
    there = Path("/" + sftp_home.split("/", 3)[3])
    for names in (["ada", "ben"], ["ada", "cleo"]):
        shop.build([person(name, "prospects") for name in names])
        for place in (str(shop.sets), sftp_home):
            assert export.main(["--location", place, "write", "--to", "brevo"], D) == export.DONE
            newest = shop.newest("brevo").name
            said = ["delivered", "brevo", newest]
            assert export.main(["--location", place, *said], D) == export.DONE
    assert bytes_of(there / "brevo") == bytes_of(shop.sets / "brevo")
    assert "000002/removed/profiles-0001.csv" in bytes_of(there / "brevo")
    for path in (there / "brevo").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    (there / "brevo/000002/manifest.json").unlink()
    assert export.main(["--location", sftp_home, "purge"], D) == export.DONE
    assert [path.name for path in (there / "brevo").glob("0*")] == ["000001"]


def test_a_set_that_was_not_sent_whole_does_not_exist_and_the_next_one_takes_its_place(
    shop: Shop, sftp_home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, put = Path("/" + sftp_home.split("/", 3)[3]), export_places.Place.put

    def break_off(place: export_places.Place, source: Path, name: str) -> None:
        if name.endswith(export_places.MANIFEST):
            raise OSError("the line is dead")
        put(place, source, name)

    shop.build([person("ada", "prospects")])
    write = ["--location", sftp_home, "write", "--to", "brevo"]
    with monkeypatch.context() as patch:
        patch.setattr(export_places.Place, "put", break_off)
        assert export.main(write, D) == export.FAILED
    assert (there / "brevo/000001/full").exists()
    assert export_places.sets(export_places.Place(sftp_home), "brevo") == []
    assert export.main(write, D) == export.DONE
    assert [path.name for path in (there / "brevo").glob("0*")] == ["000002"]


def test_nothing_goes_to_a_server_whose_key_nobody_knows(
    shop: Shop, sftp_home: str, capfd: pytest.CaptureFixture[str]
) -> None:
    shop.build([person("ada", "prospects")])
    (Path.home() / ".ssh" / "known_hosts").write_text("")
    assert export.main(["--location", sftp_home, "write"], D) == export.WRONG_USE
    assert "known_hosts" in capfd.readouterr().err


def test_sets_go_to_any_place_that_fsspec_writes(shop: Shop) -> None:
    place = ["--location", "memory://sets"]
    for people, base in ((["ada", "ben"], None), (["ada", "cleo"], "000001")):
        shop.build([person(name, "prospects") for name in people])
        assert export.main([*place, "write", "--to", "brevo"], D) == export.DONE
        there = export_places.Place("memory://sets")
        newest = export_places.sets(there, "brevo")[-1]
        manifest = json.loads(there.files.cat_file(there.path(f"brevo/{newest}/manifest.json")))
        assert manifest["base"] == base
        assert export.main([*place, "delivered", "brevo", newest], D) == export.DONE
    removed = there.path("brevo/000002/removed/profiles-0001.csv")
    assert there.files.cat_file(removed).startswith(b"EMAIL,")
    # a set that was not finished does not exist
    there.remove("brevo/000002/manifest.json")
    assert export_places.sets(there, "brevo") == ["000001"]
    assert export.main([*place, "purge"], D) == export.DONE
    assert not there.exists("brevo/000002")
