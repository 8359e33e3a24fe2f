"""The files that leave: who is in them, what they say, and what the next ones build on."""

import csv
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
import export
import pandas
import pyarrow.csv
import pytest
from harness import ROOT

D = date(2024, 3, 31)
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
EMAIL_HEADERS["meta_ads"] = "email"


def person(name: str, *segments: str, **facts: object) -> dict:
    """A contact who may be written to by all channels, unless `no` says otherwise.

    Arguments: name (its customer_id), segments, facts (contact points; `no`: reasons by channel;
    `keys`: other customer_ids; `person_id`).
    """
    return {
        "person_id": f"c:{name}",
        "email": f"{name}@example.com",
        "phone": None,
        "no": {},
        "keys": [],
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

    def build(self, people: list[dict], erased: tuple[str, ...] = (), run: str = "run") -> None:
        """Build and publish; nobody who is erased has a contact field left.

        Arguments: people (of `person`), erased (customer_ids).
        """
        for file in ("build.duckdb", "shop.duckdb"):
            (self.folder / file).unlink(missing_ok=True)
        with duckdb.connect() as db:
            for name in ("build", "shop"):
                db.execute(f"attach '{self.folder / name}.duckdb' as {name}")
            for schema in ("activation", "staging", "intermediate", "reference"):
                db.execute(f"create schema build.{schema}")
            for schema in ("segments", "core", "membership"):
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
                " external_name varchar)"
            )
            for number, segment in enumerate(SEGMENTS):
                db.execute(
                    f"create table shop.segments.{segment} (person_id varchar,"
                    " segment_value varchar, evidence decimal(18,4))"
                )
                db.execute(
                    "insert into shop.membership.segment_definitions values (?, ?)",
                    [segment, f"audience_{number}"],
                )
            db.execute("create table shop.publication as select ? as as_of_on, 'run' as run_id", [D])
            db.execute("create table build.main.published_run as select ? as run_id", [run])
            for one in people:
                self.add(db, one, one["name"] in erased)
            for name in erased:
                db.execute(
                    "insert into build.staging.stg_crm__erasure_requests values (?, null)", [name]
                )

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

    def newest(self, destination: str) -> Path:
        """The folder of the newest set."""
        return max(
            path.parent for path in (self.sets / destination).glob(f"*/{export.MANIFEST}")
        )

    def manifest(self, destination: str) -> dict:
        """The manifest of the newest set."""
        return json.loads((self.newest(destination) / export.MANIFEST).read_text())

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
        return (self.newest(destination) / export.ERASE).read_text().splitlines()[1:]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop in a folder of its own."""
    monkeypatch.setenv("BUILD_FILE", str(tmp_path / "build.duckdb"))
    monkeypatch.setenv("PUBLISHED_FILE", str(tmp_path / "shop.duckdb"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "scripts"))
    return Shop(tmp_path)


def transformed(transform: str, value: str | None) -> str | None:
    with duckdb.connect() as db:
        db.execute(export.MACROS)
        query = f"select {export.TRANSFORMS[transform].format('x')} from (select ?::varchar as x)"
        return db.execute(query, [value]).fetchone()[0]


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
def test_the_vendors_own_examples_hash_as_they_say(
    transform: str, value: str, hashed: str
) -> None:
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


@pytest.mark.parametrize("transform", [name for name in export.TRANSFORMS if "sha256" in name])
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
