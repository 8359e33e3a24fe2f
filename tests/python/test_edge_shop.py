"""The edge shop, built end to end, gives exactly the rows written by hand beside it.

The fixture `edge_shop` is a DuckDB connection to the build of `tests/edge_shop/raw` with the
settings of `tests/edge_shop/README.md`. The families' shops are in `test_family_shops.py`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from conftest import EDGE_SHOP_SETTINGS
from harness import ROOT, Compiled, expected_csv
from oracle.oracle import run
from oracle.settings import Settings
from oracle.shops.files import write
from oracle.shops.rows import Shop

SHOP = ROOT / "tests" / "edge_shop"
PARIS = ZoneInfo("Europe/Paris")

LIFECYCLE_TABLES = [
    "all_customers",
    "prospects",
    "first_time_buyers",
    "repeat_customers",
    "loyal_customers",
    "at_risk_customers",
    "inactive_customers",
]
STAGED_TABLES = {
    "customers": "stg_shop__customers",
    "customer_attributes": "stg_shop__customer_attributes",
    "orders": "stg_shop__orders",
    "order_lines": "stg_shop__order_lines",
    "refunds": "stg_shop__refunds",
    "products": "stg_shop__products",
    "reviews": "stg_shop__reviews",
    "exchange_rates": "stg_shop__exchange_rates",
    "events": "stg_web__events",
    "consents": "stg_crm__consents",
    "message_events": "stg_crm__message_events",
    "campaigns": "stg_crm__campaigns",
    "support_tickets": "stg_crm__support_tickets",
    "erasure_requests": "stg_crm__erasure_requests",
}
# One row per known key; an e-mail or a phone appears there as its hash.
HASHED = ("email", "phone")
PERSON_KEYS = """
    select key_type, key_value, person_id from intermediate.int_person_keys
    union all
    select 'visitor', visitor_id, person_id from intermediate.int_visitor_keys
"""

SEGMENT_COLUMNS = ["person_id", "segment_value", "evidence", "evidence_at", "expires_on"]

Row = tuple[str, ...]


def as_text(value: object) -> str:
    """A built value in the notation of the expected files: null is empty, times are naive UTC."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def as_number(text: str) -> str:
    """The same number without trailing zeros, so that 2, 2.0 and 2.0000 are equal."""
    return text if text == "" else f"{Decimal(text).normalize():f}"


def stated_rows(name: str) -> list[dict[str, str]]:
    """The rows of one expected file; fails where it is empty or a row does not say why."""
    rows = expected_csv(SHOP / "expected" / f"{name}.csv")
    assert rows, f"{name}.csv is empty"
    assert all(row["why"] for row in rows), f"{name}.csv has a row without a why"
    return rows


def expected_rows(name: str) -> list[dict[str, str]]:
    """The rows of one expected file, and those that it leaves out as they follow from a rule."""
    rest = {
        "orders": plain_orders,
        "identity": own_persons,
        "segments": contacts,
        "lifecycle_history": first_stages,
    }
    return stated_rows(name) + (rest[name]() if name in rest else [])


def plain_orders() -> list[dict[str, str]]:
    """The orders up to D that no file names: paid, of 50.00, by the customer in the raw row."""
    named = {row["order_id"] for row in stated_rows("orders")}
    named |= {row["record_key"] for row in stated_rows("rejected_records")}
    rows = []
    for raw in expected_csv(SHOP / "raw" / "orders.csv"):
        if raw["order_id"].strip() in named:
            continue
        day = local_day(raw["ordered_at"])
        if day <= EDGE_SHOP_SETTINGS["as_of"]:
            owner = {"person_id": f"c:{raw['customer_id']}", "ordered_on": day, "is_valid": "true"}
            money = dict.fromkeys(("order_value_amount", "net_revenue_amount"), "50.0000")
            rows.append({"order_id": raw["order_id"], **owner, **money, "why": "a plain order"})
    return rows


def own_persons() -> list[dict[str, str]]:
    """The customers whose id the file does not name: each is a person of its own."""
    named = {row["key"] for row in stated_rows("identity")}
    people = {row["person_id"] for row in stated_rows("segments")}
    own = {person for person in people if person.startswith("c:")} - {f"c:{key}" for key in named}
    return [
        {"kind": "customer", "key": person[2:], "person_id": person, "why": "its own customer_id"}
        for person in sorted(own)
    ]


def purchase_days() -> dict[str, list[str]]:
    """The days of each person's purchases, in order."""
    days: dict[str, set[str]] = {}
    for order in expected_rows("orders"):
        if order["is_valid"] == "true" and order["person_id"]:
            days.setdefault(order["person_id"], set()).add(order["ordered_on"])
    return {person: sorted(found) for person, found in days.items()}


def contacts() -> list[dict[str, str]]:
    """Everybody in a stage is a contact, whose evidence is the number of purchases."""
    days = purchase_days()
    return [
        row
        | {"segment": "all_customers", "segment_value": "", "expires_on": ""}
        | {"evidence": str(len(days.get(row["person_id"], ())))}
        for row in stated_rows("segments")
    ]


def first_stages() -> list[dict[str, str]]:
    """Prospects at D are so from their evidence on, first-time buyers until the second purchase."""
    spans = [
        (row["person_id"], "prospects", local_day(f"{row['evidence_at']}Z"), "")
        for row in stated_rows("segments")
        if row["segment"] == "prospects"
    ]
    for person, days in purchase_days().items():
        spans.append((person, "first_time_buyers", days[0], days[1] if len(days) > 1 else ""))
    columns = ("person_id", "stage", "valid_from", "valid_to")
    return [dict(zip(columns, span, strict=True)) | {"why": "a first stage"} for span in spans]


def raw_row_count(table: str) -> int:
    """Rows of one raw file of the edge shop, without its header."""
    return len(expected_csv(SHOP / "raw" / f"{table}.csv"))


def differences(
    expected: list[dict[str, str]],
    built: list[tuple],
    columns: list[str],
    key: list[str],
    numbers: tuple[str, ...] = (),
) -> str:
    """Compare both ways, as bags of rows.

    Arguments: the expected rows, the built rows (in the order of `columns`), the columns to
    compare, the columns by which an extra row finds the reasons of its expected neighbours, and
    which columns are numbers. Returns one line per missing and per extra row; the empty text where
    there is none.
    """

    def normal(values: list[str]) -> Row:
        return tuple(
            as_number(value) if column in numbers else value
            for column, value in zip(columns, values, strict=True)
        )

    reasons: dict[Row, list[str]] = {}
    reasons_of_key: dict[Row, list[str]] = {}
    wanted: Counter[Row] = Counter()
    for row in expected:
        values = normal([row[column] for column in columns])
        wanted[values] += 1
        reasons.setdefault(values, []).append(row["why"])
        reasons_of_key.setdefault(tuple(row[column] for column in key), []).append(row["why"])
    found = Counter(normal([as_text(value) for value in values]) for values in built)

    lines = []
    for values, times in sorted((wanted - found).items()):
        lines.append(f"missing {times} x {' | '.join(values)}   # {'; '.join(reasons[values])}")
    for values, times in sorted((found - wanted).items()):
        by_name = dict(zip(columns, values, strict=True))
        why = reasons_of_key.get(tuple(by_name[column] for column in key), ["nothing is expected"])
        lines.append(f"extra   {times} x {' | '.join(values)}   # expected here: {'; '.join(why)}")
    return "\n".join([f"({' | '.join(columns)})", *lines]) if lines else ""


def assert_rows_equal(
    edge_shop: duckdb.DuckDBPyConnection,
    name: str,
    relation: str,
    columns: list[str],
    key: list[str],
    numbers: tuple[str, ...] = (),
) -> None:
    """Fail with all missing and extra rows where a built table is not the expected file."""
    built = edge_shop.execute(f"select {', '.join(columns)} from {relation}").fetchall()
    found = differences(expected_rows(name), built, columns, key, numbers)
    assert not found, f"{relation} differs from {name}.csv\n{found}"


def local_day(moment: str) -> str:
    """The day in Paris of a time that carries its offset."""
    return dt.datetime.fromisoformat(moment).astimezone(PARIS).date().isoformat()


def test_lifecycle_history_is_as_written_by_hand(edge_shop: duckdb.DuckDBPyConnection) -> None:
    """Every span of every contact, no more and no less."""
    columns = ["person_id", "stage", "valid_from", "valid_to"]
    assert_rows_equal(
        edge_shop, "lifecycle_history", "core.lifecycle_history", columns, ["person_id"]
    )


@pytest.mark.parametrize("segment", LIFECYCLE_TABLES)
def test_lifecycle_segment_is_as_written_by_hand(
    edge_shop: duckdb.DuckDBPyConnection, segment: str
) -> None:
    """Members, evidence and expiry of one lifecycle table."""
    expected = [row for row in expected_rows("segments") if row["segment"] == segment]
    query = f"select {', '.join(SEGMENT_COLUMNS)} from segments.{segment}"
    built = edge_shop.execute(query).fetchall()
    found = differences(expected, built, SEGMENT_COLUMNS, ["person_id"], ("evidence",))
    assert not found, f"segments.{segment} differs from segments.csv\n{found}"


def test_the_expected_files_agree_about_who_is_a_contact() -> None:
    staged = [row["person_id"] for row in stated_rows("segments")]
    assert len(staged) == len(set(staged))
    assert {row["person_id"] for row in expected_rows("lifecycle_history")} == {*staged}
    assert {*LIFECYCLE_TABLES} == {row["segment"] for row in expected_rows("segments")}


def test_orders_are_as_written_by_hand(edge_shop: duckdb.DuckDBPyConnection) -> None:
    """Owner, validity, local day and money of every staged order up to D."""
    numbers = ("order_value_amount", "net_revenue_amount")
    columns = ["order_id", "person_id", "is_valid", "ordered_on", *numbers]
    assert_rows_equal(edge_shop, "orders", "core.orders", columns, ["order_id"], numbers)


def test_sessions_are_as_written_by_hand(edge_shop: duckdb.DuckDBPyConnection) -> None:
    """Owner, limits and size of every session up to D."""
    numbers = ("duration_seconds", "events")
    columns = [
        "visitor_id",
        "session_id",
        "person_id",
        "started_at",
        "ended_at",
        "started_on",
        *numbers,
    ]
    key = ["visitor_id", "session_id"]
    assert_rows_equal(edge_shop, "sessions", "core.sessions", columns, key, numbers)


def test_rejected_records_are_as_written_by_hand(edge_shop: duckdb.DuckDBPyConnection) -> None:
    """Every unusable row with its one reason; equal rows count as often as they occur."""
    columns = ["raw_table", "record_key", "rejection_reason"]
    key = ["raw_table", "record_key"]
    assert_rows_equal(edge_shop, "rejected_records", "staging.rejected_records", columns, key)


@pytest.mark.parametrize("table", STAGED_TABLES)
def test_every_raw_row_is_staged_or_rejected(
    edge_shop: duckdb.DuckDBPyConnection, table: str
) -> None:
    """Raw rows = staged rows + rejected rows, in the numbers that are expected."""
    (staged,) = edge_shop.execute(f"select count(*) from staging.{STAGED_TABLES[table]}").fetchone()
    (rejected,) = edge_shop.execute(
        "select count(*) from staging.rejected_records where raw_table = ?", [table]
    ).fetchone()
    expected_rejected = sum(row["raw_table"] == table for row in expected_rows("rejected_records"))
    assert staged > 0
    assert (staged, rejected) == (raw_row_count(table) - expected_rejected, expected_rejected)


def test_identity_is_as_written_by_hand(edge_shop: duckdb.DuckDBPyConnection) -> None:
    """Which customer_id, e-mail, phone and visitor is which person.

    An anonymous visitor may have no key of its own; an erased key may be absent or without a
    person; keys of persons who do not exist at D are not looked at.
    """
    columns = ["kind", "key", "person_id"]
    expected = [
        row | ({"key": sha256(row["key"].encode()).hexdigest()} if row["kind"] in HASHED else {})
        for row in expected_rows("identity")
        if row["person_id"] not in ("", f"v:{row['key']}")
    ]
    people = {row[0] for row in edge_shop.execute("select person_id from core.people").fetchall()}
    built = [
        (kind, key, person)
        for kind, key, person in edge_shop.execute(PERSON_KEYS).fetchall()
        if person in people and person != f"v:{key}"
    ]
    found = differences(expected, built, columns, ["kind", "key"])
    assert not found, f"the person keys differ from identity.csv\n{found}"


def test_erased_persons_are_nowhere(edge_shop: duckdb.DuckDBPyConnection) -> None:
    """No erased customer_id or e-mail owns anything, though the orders are kept."""
    erased = {(r["kind"], r["key"]) for r in expected_rows("identity") if not r["person_id"]}
    people = {row[0] for row in edge_shop.execute("select person_id from core.people").fetchall()}
    customers = {f"c:{key}" for kind, key in erased if kind == "customer"}
    visitors = {f"v:{key}" for kind, key in erased if kind == "visitor"}
    assert customers
    assert visitors
    assert not (customers | visitors) & people


ERASED = {
    "by customer_id": {"customer_id": "erased_1"},
    "by e-mail": {"email": " Erased@example.com"},
    "as another customer of the same person": {"customer_id": "erased_2"},
    # known from the key of an attribute only
    "by the id of a customer who is in no other table": {"customer_id": "erased_3"},
}


ERASED_NAMES = ["erased_1", "erased_2", "erased_3", "living"]
ERASED_PHONES = ["0612340001", "0612340002"]


def erased_shop(way: str) -> Shop:
    """Make a shop in which somebody is erased in one of these ways, and rows can't be used."""
    where = {
        "erased_1": "erased@example.com",
        "erased_2": "Erased@example.com ",
        "living": "l@x.fr",
    }
    phones = {"living": "06 12 34 00 09"}
    return {
        "customers": [
            {"customer_id": name, "email": email, "created_at": "2024-01-01",
             "phone": phones.get(name, "06 12 34 00 01")}
            for name, email in where.items()
        ]
        + [{"email": where["erased_1"], "phone": "06 12 34 00 02", "created_at": "2024-01-01"}]
        + [{"customer_id": name, "created_at": "2025-01-01"} for name in ERASED_NAMES]
        # a row of nothing but a phone is no customer, but is somebody's
        + [{"phone": phone, "created_at": "2024-01-01"} for phone in ERASED_PHONES]
        + [{"phone": "0612340009", "created_at": "2024-01-01"}],
        "customer_attributes": [
            {"customer_id": name, "attribute": "pet", "value": "cat", "recorded_at": "soon"}
            for name in ERASED_NAMES
        ],
        "consents": [
            {"consent_id": f"consent_{n}", "email": email, "channel": "email", "status": "maybe"}
            for n, email in enumerate(where.values())
        ],
        # two devices are seen with their owner, and alone in an event that can't be used
        "events": [
            {
                "event_id": f"event_{n}_{m}",
                "event_name": "page_view",
                "visitor_id": f"{device}_of_{name}",
                "customer_id": customer_id,
                "occurred_at": occurred_at,
            }
            for n, name in enumerate(ERASED_NAMES)
            for m, (device, occurred_at, customer_id) in enumerate(
                [
                    *(("browser", "2024-01-02", name), ("browser", "2024-01-03", name)),
                    *(("browser", "soon", None), ("tablet", "soon", name)),
                    ("tablet", "soon", None),
                ]
            )
        ],
        "orders": [{"order_id": "order", "ordered_at": "2024-01-02", "status": "paid",
                    "currency": "EUR", "subtotal_amount": "1"}],
        "erasure_requests": [{"request_id": "request", **ERASED[way]}],
    }  # fmt: skip


@pytest.mark.parametrize("way", ERASED)
def test_an_erased_customer_and_browser_leave_nothing_in_rejected_records(
    compiled: Callable[..., Compiled], tmp_path: Path, way: str
) -> None:
    """Reason and table of their rows stay; a living person's row beside them stays whole."""
    write(erased_shop(way), tmp_path)
    statements = compiled(**EDGE_SHOP_SETTINGS)
    with statements.run(tmp_path, optimise=False, rooms=["rejected_records"]) as connection:
        kept = connection.execute("from staging.rejected_records").fetchall()
    told = {name for name in ERASED_NAMES if name in str(kept)}
    if "other table" in way:
        assert told == {"erased_1", "erased_2", "living"}
    else:
        assert told == {"erased_3", "living"}
        assert "erased@example.com" not in str(kept).lower()
        assert not any(phone in str(kept) for phone in ERASED_PHONES)
    assert "0612340009" in str(kept)
    blank = Counter(table for table, _, _, raw_row in kept if raw_row == "{}")
    people, phones = (1, 0) if "other table" in way else (2, 2)
    consents = {} if "other table" in way else {"consents": 2}
    assert blank == Counter(
        {
            **{"customers": people + phones, "customer_attributes": people},
            **{"events": 3 * people, **consents},
        }
    )
    assert len(kept) == 4 + 3 + 4 + 3 + 12
    expected = run(tmp_path, Settings.of(EDGE_SHOP_SETTINGS), None).rejected
    built = [(*row, raw_row == "{}") for *row, raw_row in kept]
    assert sorted(built, key=str) == sorted(expected, key=str)


def test_the_contacts_are_the_people_who_are_contacts(
    edge_shop: duckdb.DuckDBPyConnection,
) -> None:
    """core.people holds the contacts of the edge shop and no other contact."""
    expected = {row["person_id"] for row in contacts()}
    query = "select person_id from core.people where is_contact"
    built = [row[0] for row in edge_shop.execute(query).fetchall()]
    assert sorted(built) == sorted(expected)


def test_the_comparison_notices_missing_extra_and_repeated_rows() -> None:
    """The comparison itself can fail: each kind of difference is one readable line."""
    expected = [{"key": "a", "n": "1.0000", "why": "first"}, {"key": "b", "n": "2", "why": "then"}]
    same = [("a", Decimal("1.00")), ("b", 2)]
    compare = ["key", "n"]
    assert differences(expected, same, compare, ["key"], ("n",)) == ""
    assert "missing 1 x b | 2   # then" in differences(expected, same[:1], compare, ["key"], ("n",))
    assert "extra   1 x a | 1   # expected here: first" in differences(
        expected, [*same, same[0]], compare, ["key"], ("n",)
    )
    assert "extra   1 x c |    # expected here: nothing is expected" in differences(
        expected, [*same, ("c", None)], compare, ["key"], ("n",)
    )
