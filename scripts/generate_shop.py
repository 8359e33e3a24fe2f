"""Make an invented online shop: one file, or folder of files, per raw table.

Everything is drawn from (seed, name of the draw, row number) by an integer hash written in SQL,
never from `random()`, so the same options give the same bytes on any number of threads, and a row
does not depend on the batch in which it is made. Contacts are worked through in batches, dated
tables are written by month: memory stays bounded, however large the shop.

How people behave: each buyer has an own purchase rate (gamma distributed), may be gone for good
after any order (beta distributed), and has an own level of spending (log-normal). People, names,
addresses and products are invented; e-mails end in example.com, .org or .net; phone numbers come
from the ranges that regulators reserve for fiction.

    python scripts/generate_shop.py --out sample_shop
    python scripts/generate_shop.py --out big_shop --contacts 1000000 --orders-per-contact 5 \
        --events-per-contact 20 --format parquet

The first line makes the committed sample; the second makes 1 million contacts, about 5 million
orders, 9.5 million lines and 20 million events.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import NormalDist
from zoneinfo import ZoneInfo

import duckdb

TIME_ZONE = ZoneInfo("Europe/Paris")
CONTACTS_PER_BATCH = 250_000
SINGLE_FILE_CONTACTS = 100_000  # CSV shops up to this size are one file per table
MAX_ORDERS = 512  # of one person: order_no = person * MAX_ORDERS + rank
BUYER_SHARE = 0.7
ARRIVAL_POWER = 0.85  # below 1: more people arrive late, the shop grows

# Columns of every raw table, in the contract's order.
CONTRACT = {
    "customers": """customer_id email phone first_name last_name gender birth_date city postal_code
        region country_code created_at account_created_at acquisition_source updated_at""",
    "customer_attributes": "customer_id attribute value source recorded_at",
    "orders": """order_id customer_id email ordered_at status currency subtotal_amount
        discount_amount shipping_amount tax_amount total_amount coupon_code payment_method
        shipping_method sales_channel shipping_city shipping_country_code delivered_at
        updated_at""",
    "order_lines": "order_line_id order_id product_id quantity unit_price discount_amount",
    "refunds": "refund_id order_id refunded_at amount",
    "products": """product_id product_name category collection unit_price unit_cost stock_quantity
        updated_at""",
    "reviews": "review_id customer_id product_id rating has_photo reviewed_at",
    "exchange_rates": "currency rate_on rate",
    "events": """event_id event_name occurred_at visitor_id customer_id session_id page_url
        page_type product_id search_term order_id traffic_source traffic_medium traffic_campaign
        device_type platform loaded_at""",
    "consents": "consent_id customer_id email channel status changed_at source",
    "message_events": """message_event_id message_id customer_id email channel campaign_id
        event_type bounce_type occurred_at""",
    "campaigns": "campaign_id campaign_name channel segment scenario",
    "support_tickets": "ticket_id customer_id opened_at topic",
    "erasure_requests": "request_id customer_id email requested_at",
}
COLUMNS = {table: columns.split() for table, columns in CONTRACT.items()}

# Deliberate dirt: per table what may be wrong with a row, as (name, column: broken value in SQL).
# The dirty rows are shared out evenly over the list. `awkward` is legal but unpleasant: it must be
# read, or become null and be counted, but never be rejected.
FAR_FUTURE = "'2099-01-01T00:00:00Z'"
DIRT: dict[str, list[tuple[str, dict[str, str]]]] = {
    "customers": [
        ("missing_key", {"customer_id": "''"}),
        ("missing_required", {"created_at": "null"}),
        ("unparseable_timestamp", {"created_at": "'31/12/2024'"}),
        ("future_timestamp", {"created_at": FAR_FUTURE}),
        ("duplicate", {"updated_at": "null", "city": "'Lyon'"}),
        ("awkward", {"birth_date": "'1985-02-30'", "updated_at": "'yesterday'"}),
        ("awkward", {"customer_id": "'  ' || customer_id || ' '", "city": "upper(city) || ' '"}),
        ("awkward", {"country_code": "lower(country_code)", "account_created_at": "'unknown'"}),
    ],
    "customer_attributes": [
        ("missing_key", {"customer_id": "null"}),
        ("missing_required", {"value": "'  '"}),
        ("unparseable_timestamp", {"recorded_at": "'last week'"}),
        ("future_timestamp", {"recorded_at": FAR_FUTURE}),
        ("duplicate", {"source": "'import'"}),
    ],
    "orders": [
        ("missing_key", {"order_id": "null"}),
        ("missing_required", {"currency": "''"}),
        ("missing_required", {"subtotal_amount": "null"}),
        ("unparseable_timestamp", {"ordered_at": "'2025-02-30T10:00:00Z'"}),
        ("unparseable_number", {"subtotal_amount": "replace(subtotal_amount, '.', ',')"}),
        ("unparseable_number", {"tax_amount": "'n/a'"}),
        ("future_timestamp", {"ordered_at": FAR_FUTURE}),
        ("negative_amount", {"discount_amount": "subtotal_amount || '9'"}),
        ("negative_amount", {"shipping_amount": "'-4.90'"}),
        ("unknown_status", {"status": "'on_hold'"}),
        ("unknown_currency", {"currency": "'SEK'"}),
        ("no_owner", {"customer_id": "null", "email": "' '"}),
        ("duplicate", {"updated_at": "ordered_at", "status": "'pending'"}),
        ("awkward", {"order_id": "' ' || order_id", "status": "' ' || upper(status)"}),
        ("awkward", {"currency": "lower(currency)", "delivered_at": "'soon'"}),
        ("awkward", {"discount_amount": "null", "updated_at": "'2025-13-01'"}),
    ],
    "order_lines": [
        ("missing_key", {"order_line_id": "null"}),
        ("missing_required", {"product_id": "null"}),
        ("unparseable_number", {"quantity": "'two'"}),
        ("unparseable_number", {"discount_amount": "'10%'"}),
        ("negative_amount", {"quantity": "'-' || quantity"}),
        ("negative_amount", {"discount_amount": "'99999'"}),
        ("orphan_reference", {"order_id": "'O0'"}),
        ("duplicate", {}),
        ("awkward", {"order_id": "order_id || ' '", "product_id": "' ' || product_id"}),
        ("awkward", {"product_id": "'P0'", "quantity": "'+' || quantity || '.0'"}),
    ],
    "refunds": [
        ("missing_key", {"refund_id": "null"}),
        ("missing_required", {"amount": "''"}),
        ("unparseable_timestamp", {"refunded_at": "'2024-06-31'"}),
        ("unparseable_number", {"amount": "'EUR ' || amount"}),
        ("future_timestamp", {"refunded_at": FAR_FUTURE}),
        ("negative_amount", {"amount": "'-' || amount"}),
        ("orphan_reference", {"order_id": "'O0'"}),
        ("duplicate", {"amount": "'1.00'"}),
    ],
    "products": [
        ("negative_amount", {"unit_price": "'-1'"}),
        ("duplicate", {"unit_price": "'1.00'", "updated_at": "null"}),
        ("awkward", {"stock_quantity": "'many'", "unit_cost": "'?'"}),
        ("missing_key", {"product_id": "null"}),
    ],
    "reviews": [
        ("missing_key", {"review_id": "null"}),
        ("missing_required", {"reviewed_at": "null"}),
        ("unparseable_timestamp", {"reviewed_at": "'2025/01/05'"}),
        ("future_timestamp", {"reviewed_at": FAR_FUTURE}),
        ("negative_amount", {"rating": "'-1'"}),
        ("duplicate", {"rating": "'1'"}),
        ("awkward", {"rating": "'five'", "has_photo": "'maybe'"}),
    ],
    "exchange_rates": [
        ("missing_key", {"currency": "null"}),
        ("missing_required", {"rate": "null"}),
        ("unparseable_timestamp", {"rate_on": "'2024-02-30'"}),
        ("unparseable_number", {"rate": "'1e0'"}),
        ("future_timestamp", {"rate_on": "'2099-01-01'"}),
        ("negative_amount", {"rate": "'-' || rate"}),
        ("duplicate", {"rate": "'0.5'"}),
        ("awkward", {"currency": "' ' || lower(currency)"}),
    ],
    "events": [
        ("missing_key", {"event_id": "null"}),
        ("missing_required", {"visitor_id": "''"}),
        ("missing_required", {"occurred_at": "null"}),
        ("unparseable_timestamp", {"occurred_at": "'1719792000'"}),
        ("future_timestamp", {"occurred_at": FAR_FUTURE}),
        ("duplicate", {"loaded_at": "null"}),
        ("duplicate", {}),
        ("awkward", {"event_name": "'video_play'"}),
        ("awkward", {"event_name": "' ' || upper(event_name)", "visitor_id": "visitor_id || ' '"}),
        ("awkward", {"customer_id": "'C0'"}),
        ("awkward", {"loaded_at": "'late'", "traffic_medium": "upper(traffic_medium)"}),
    ],
    "consents": [
        ("missing_key", {"consent_id": "null"}),
        ("missing_required", {"channel": "null"}),
        ("unparseable_timestamp", {"changed_at": "'01.02.2025'"}),
        ("future_timestamp", {"changed_at": FAR_FUTURE}),
        ("unknown_status", {"status": "'maybe'"}),
        ("unknown_status", {"channel": "'fax'"}),
        ("no_owner", {"customer_id": "null", "email": "null"}),
        ("duplicate", {"source": "null"}),
        ("awkward", {"channel": "upper(channel)", "email": "' ' || upper(email)"}),
        # an hour that no clock in Paris showed, but a moment that was: 01:30 UTC
        ("awkward", {"changed_at": "'2025-03-30T02:30:00+01:00'"}),
    ],
    "message_events": [
        ("missing_key", {"message_event_id": "null"}),
        ("missing_required", {"message_id": "null"}),
        ("unparseable_timestamp", {"occurred_at": "'2025-06-10 25:00:00'"}),
        ("future_timestamp", {"occurred_at": FAR_FUTURE}),
        ("unknown_status", {"event_type": "'forwarded'"}),
        ("no_owner", {"customer_id": "null", "email": "null"}),
        ("duplicate", {}),
        ("awkward", {"event_type": "upper(event_type)", "channel": "'Email'"}),
    ],
    "campaigns": [
        ("missing_key", {"campaign_id": "null"}),
        ("duplicate", {"campaign_name": "'copy'"}),
    ],
    "support_tickets": [
        ("missing_key", {"ticket_id": "null"}),
        ("missing_required", {"customer_id": "null"}),
        ("unparseable_timestamp", {"opened_at": "'today'"}),
        ("future_timestamp", {"opened_at": FAR_FUTURE}),
        ("duplicate", {"topic": "'other'"}),
        ("awkward", {"customer_id": "'C0'"}),
    ],
    "erasure_requests": [
        ("no_owner", {"customer_id": "null", "email": "null"}),
        ("duplicate", {}),
    ],
}

# What is picked, and how often: SQL value and weight.
PICKS = {
    "kind of buyer": """'registered' 60; 'late' 10; 'guest' 14; 'no_account' 10; 'imported' 2;
        'double' 4""",
    "kind of prospect": "'registered' 58; 'no_account' 14; 'subscriber' 28",
    "consent of subscriber": "'opted_in' 80; 'pending' 20",
    "consent": "'opted_in' 58; 'pending' 6; 'opted_out' 8; null 28",
    "channel": "'web' 90; 'store' 6; 'phone' 3; null 1",
    "promotion": "'line' 45; 'coupon' 42; 'order' 13",
    "percent": "5 15; 10 35; 15 22; 20 20; 30 8",
    "quantity": "1 80; 2 15; 3 4; 4 1",
    "lines": "1 50; 2 26; 3 13; 4 7; 5 4",
    "done": "'delivered' 55; 'completed' 45",
    "status": """'cancelled' 30; 'failed' 10; 'voided' 4; 'pending' 12;
        case when can_refund then 'refunded' else 'delivered' end 18;
        case when can_refund then 'partially_refunded' else 'delivered' end 26""",
    "browser": "'a' 68; 'b' 26; 'c' 6",
    "login": "0 45; steps - 2 35; steps - 1 14; null 6",
    "typed": """email 90; upper(email[1]) || email[2:] 4; upper(email) 2; ' ' || email 2;
        upper(email[1]) || email[2:] || '  ' 2""",
    "spelling": """city 76; upper(strip_accents(city)) 8; lower(city) 5; replace(city, '-', ' ') 5;
        strip_accents(replace(city, '-', ' ')) 4; '  ' || city || ' ' 2""",
    "gender unknown": "null 70; 'x' 15; 'n/a' 15",
    "female word": "'female' 50; 'F' 20; 'femme' 12; 'Mme' 12; 'Female ' 6",
    "male word": "'male' 50; 'M' 20; 'homme' 12; 'Monsieur' 12; 'MALE' 6",
    "acquisition": """'google_ads' 25; 'organic' 25; 'instagram' 15; 'referral' 8; 'affiliate' 6;
        'newsletter' 6; 'store' 5; null 10""",
    "told": "'survey' 50; 'quiz' 30; null 20",
    "payment habit": "'card' 55; 'paypal' 28; 'pay_later' 9; 'bank_transfer' 5; 'gift_card' 3",
    "shipping": "'standard' 62; 'express' 14; 'pickup_point' 20; null 4",
    "rating": "'5' 45; '4' 27; '3' 12; '2' 6; '1' 6; '4.5' 2; null 2",
    "photo": "'true' 14; '1' 3; 'Yes' 2; 'false' 61; 'no' 5; null 15",
    "mood": "'search' 12; 'recommendation' 16; 'chat' 8; 'wish' 8; 'cart' 22; null 34",
    "wish": "'add_to_favorites' 85; 'remove_from_favorites' 15",
    "cart": "'add_to_cart' 68; 'remove_from_cart' 12; 'begin_checkout' 20",
    "name": """'page_view' 82; 'search' 5; 'recommendation_click' 3; 'add_to_cart' 4;
        'add_to_favorites' 2; 'remove_from_cart' 1; 'remove_from_favorites' 1;
        'chat_started' 1; 'begin_checkout' 1""",
    "page": "'product' 52; 'category' 25; 'home' 13; 'sale' 6; 'content' 4",
    "source": """null 25; 'google/organic' 30; 'google/cpc' 12; 'newsletter/email' 13;
        'partner-blog/affiliate' 6; 'instagram/social' 8; 'direct/(none)' 6""",
    "device": "'mobile' 55; 'desktop' 36; 'tablet' 6; 'Desktop' 2; null 1",
    "platform": "'web' 80; 'ios' 11; 'android' 9",
    "consent source": "'checkout' 40; 'account' 25; 'newsletter' 25; 'popup' 10",
    "bounce": "'hard' 35; 'soft' 55; null 10",
    "audience": "'all_customers' 60; 'loyal_customers' 15; 'prospects' 15; null 10",
    "topic": "'delivery' 40; 'return' 25; 'product' 15; 'payment' 10; null 10",
}

# country, city, region, postal code prefix, weight
PLACES = [
    ("FR", "Paris", "Île-de-France", "750", 26),
    ("FR", "Lyon", "Auvergne-Rhône-Alpes", "690", 8),
    ("FR", "Saint-Étienne", "Auvergne-Rhône-Alpes", "420", 4),
    ("FR", "Marseille", "Provence-Alpes-Côte d'Azur", "130", 6),
    ("FR", "Nice", "Provence-Alpes-Côte d'Azur", "060", 3),
    ("FR", "Toulouse", "Occitanie", "310", 5),
    ("FR", "Nîmes", "Occitanie", "300", 2),
    ("FR", "Nantes", "Pays de la Loire", "440", 4),
    ("FR", "Lille", "Hauts-de-France", "590", 5),
    ("FR", "Bordeaux", "Nouvelle-Aquitaine", "330", 4),
    ("FR", "Strasbourg", "Grand Est", "670", 3),
    ("FR", "Rennes", "Bretagne", "350", 3),
    ("FR", "Orléans", "Centre-Val de Loire", "450", 2),
    ("FR", "Besançon", "Bourgogne-Franche-Comté", "250", 2),
    ("FR", "Ajaccio", "Corse", "200", 1),
    ("BE", "Bruxelles", "Bruxelles-Capitale", "10", 4),
    ("BE", "Liège", "Wallonie", "40", 2),
    ("CH", "Genève", "Genève", "12", 3),
    ("CH", "Zürich", "Zürich", "80", 2),
    ("DE", "Köln", "Nordrhein-Westfalen", "506", 2),
    ("DE", "Berlin", "Berlin", "101", 2),
    ("GB", "London", "England", "E1 ", 3),
    ("GB", "Newcastle upon Tyne", "England", "NE1 ", 1),
    ("US", "New York", "New York", "100", 2),
    ("US", "Saint Louis", "Missouri", "631", 1),
    ("ES", "Málaga", "Andalucía", "290", 1),
    ("IT", "Milano", "Lombardia", "201", 1),
]
CURRENCIES = {"CH": "CHF", "GB": "GBP", "US": "USD"}  # elsewhere EUR

# Invented names: nobody is meant.
FEMALE_NAMES = """Alvine Brisane Célinde Dorelle Elwine Fiannet Gisaline Helmine Iselle Jorane
    Kelvane Lysaure Maëlinde Norelle Orsane Pervine Quirelle Rosaline Sylvaine Thessane Ulvie
    Valdine Wenaëlle Ysolde Zéphine"""
MALE_NAMES = """Aldemar Brunec Corvin Dalmont Evrain Florick Gaudric Halbert Isembart Joscar
    Keldan Lorvic Maugis Norbain Oldéric Perrick Quentric Rudemar Sylvard Thélan Ulbert Vaudric
    Wilmar Yvrain Zoltric"""
NAME_STARTS = """Bar Bel Cal Chan Dor Fal Gré Har Jol Kel Lor Mar Nor Or Par Qué Rou Sal Tor Var
    Wol Yver"""
NAME_ENDS = """bier cour delle dieu fard gnac lier mont nay pin quet rive sac teuil vaux vigne
    wick zelle"""

ATTRIBUTES = {
    "income_band": ["under 20k", "20k-40k", "40k-70k", "70k+"],
    "household": ["single", "couple", "family"],
    "interest": ["running", "travel", "cuisine", "décoration", "yoga"],
    "profession": ["teacher", "engineer", "nurse", "student", "retired"],
}
CATEGORIES = ["Dresses", "Shoes", "Knitwear", "Bags", "Jewellery", "Home", "Beauty", "Kids"]
COLLECTIONS = ["Essentiels", "Été 2024", "Hiver 2024", "Été 2025", "Atelier"]
FATES = "sent delivered bounced opened clicked unsubscribed complained"
PRODUCT_WORDS = "Lumen Orée Sillage Brume Galet Aube Rivage Mistral Safran"
SEARCH_TERMS = ["robe", "sac cuir", "boots", "pull", "gift", "bague", "linen", "soldes", "écharpe"]


# A file of a table that is written in parts: its name and the values of the query's placeholders.
Part = tuple[str, dict[str, str]]
WHOLE: list[Part] = [("all", {"part": "true", "low": "1900-01-01", "high": "2200-01-01"})]


@dataclass(frozen=True)
class Options:
    """What to make; the fields are the command line's options."""

    out: Path
    contacts: int = 2000
    seed: int = 7
    years: int = 2
    end: date = date(2025, 6, 30)
    dirt_rate: float = 0.01
    format: str = "csv"
    orders_per_contact: float = 2.5
    events_per_contact: float = 26.0
    shuffle_seed: int | None = None
    gzip: tuple[str, ...] = ("events", "message_events")
    event_files: str = "month"
    threads: int = 2
    memory_limit: str = "4GB"


def choose(draw: str, weights: str) -> str:
    """Return SQL that picks one of some SQL values.

    Arguments: draw, SQL of a uniform number in (0, 1); weights, `value weight; value weight…`,
    whole numbers.
    """
    pairs = [part.strip().rsplit(" ", 1) for part in weights.split(";")]
    if all(value == "null" or value[0] in "'0123456789" for value, _ in pairs):
        # constants: a list in which each stands as often as it weighs is planned faster
        slots = [value for value, weight in pairs for _ in range(int(weight))]
        return f"([{', '.join(slots)}])[1 + floor({draw} * {len(slots)})::int]"
    total, reached, cases = sum(int(weight) for _, weight in pairs), 0, []
    for value, weight in pairs[:-1]:
        reached += int(weight)
        cases.append(f"when {draw} < {reached / total:.6f} then {value}")
    return f"case {' '.join(cases)} else {pairs[-1][0]} end"


def texts(values: list[str] | str) -> str:
    """Return an SQL list of text values, given as a list or as words."""
    words = values.split() if isinstance(values, str) else values
    return "[" + ", ".join("'" + word.replace("'", "''") + "'" for word in words) + "]"


def one_of(draw: str, values: list[str] | str) -> str:
    """Return SQL that picks one of some texts (a list or words), each with the same weight."""
    listed = texts(values)
    return f"({listed})[1 + floor({draw} * len({listed}))::int]"


def dropout_shape(orders_per_buyer: float) -> float:
    """Return b of the distribution Beta(1, b) of the dropout after an order.

    At the default half of the buyers buy once; a shop with more orders keeps its buyers longer.
    """
    return 1.3 * (orders_per_buyer / 3.57) ** 1.6


def rate_scale(orders_per_buyer: float, days: int) -> float:
    """Return the scale of the purchase rates (orders a day) that gives a mean number of orders.

    A buyer of rate r, dropout p and t days left after the first order is expected to place
    1 + (1 - p)(1 - exp(-r p t)) / p orders; averaged here over the distributions of the three.
    """
    normal, shape = NormalDist(), dropout_shape(orders_per_buyer)
    rates = [normal.inv_cdf((i + 0.5) / 120) ** 2 / 2 for i in range(60, 120)]
    dropouts = [1 - (1 - (i + 0.5) / 60) ** (1 / shape) for i in range(60)]
    lefts = [days * (1 - ((i + 0.5) / 8) ** ARRIVAL_POWER) for i in range(8)]
    cells = [(r * t, p) for r in rates for t in lefts for p in dropouts]

    def mean_orders(scale: float) -> float:
        more = sum((1 - p) * (1 - math.exp(-scale * rt * p)) / p for rt, p in cells)
        return 1 + more / len(cells)

    low, high = -10.0, 4.0  # logarithms
    for _ in range(16):
        middle = (low + high) / 2
        if mean_orders(math.exp(middle)) < orders_per_buyer:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)


class Shop:
    """One run: builds working tables in a scratch database, then writes the raw tables."""

    def __init__(self, options: Options, scratch: Path) -> None:
        """Open the scratch database in folder `scratch`."""
        self.options = options
        self.began = self.logged = time.monotonic()
        self.last_day = options.end
        # whole months: the first one begins after the last day's month, `years` years ago
        in_first_month = options.end.replace(day=1) + timedelta(31)
        self.first_day = date(in_first_month.year - options.years, in_first_month.month, 1)
        self.days = (self.last_day - self.first_day).days + 1
        midnight = datetime.combine(options.end + timedelta(1), datetime.min.time(), TIME_ZONE)
        self.end_at = midnight.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S")
        self.products = 8 * round(20 * max(1.0, options.contacts / 2000) ** 0.35)
        is_small = options.contacts <= SINGLE_FILE_CONTACTS
        self.in_parts = options.format == "parquet" or not is_small
        self.db = duckdb.connect(":memory:" if is_small else str(scratch / "scratch.duckdb"))
        self.db.execute(f"set threads = {options.threads}")
        self.db.execute(f"set memory_limit = '{options.memory_limit}'")
        self.db.execute(f"set temp_directory = '{scratch}'")
        # A 32-bit hash (multiply, shift and xor, in exact integers): DuckDB's own hash() may change
        # with its version, and md5 is 15 times slower.
        self.db.execute("""
            create macro spread(x) as (x * 2654435769) & 4294967295;
            create macro mix_1(x) as (xor(x, x >> 16) * 2146121005) & 4294967295;
            create macro mix_2(x) as (xor(x, x >> 15) * 2221713035) & 4294967295;
            create macro u(salt, id) as (
                mix_2(mix_1(xor(spread((id % 4294967291)::ubigint), salt::ubigint))) + 0.5e0
            ) / 4294967296e0;
            create macro days(n) as to_seconds(floor((n) * 86400)::bigint);
            create macro iso(t) as strftime(t, '%Y-%m-%dT%H:%M:%SZ');
            -- most people shop in the day and evening; local time is taken as UTC + 2 h
            create macro clock(a, b) as to_seconds(floor(case
                when a < 0.04 then b * 25200
                when a < 0.45 then 25200 + b * 36000
                else 61200 + b * 25200
            end)::bigint - 7200);
            create macro customer_id(person, is_second) as
                'C' || (100000 + person) || case when is_second then 'B' else '' end;
        """)

    def log(self, text: str) -> None:
        """Write one progress line to the error stream."""
        self.logged = time.monotonic()
        print(f"[{self.logged - self.began:7.1f} s] {text}", file=sys.stderr, flush=True)

    def u(self, stream: str, key: str) -> str:
        """Return SQL of a uniform number in (0, 1) that depends on seed, stream and integer key."""
        digest = hashlib.sha256(f"{self.options.seed}|{stream}".encode()).hexdigest()
        return f"u({int(digest[:8], 16)}, {key})"

    def pick(self, stream: str, key: str) -> str:
        """Return SQL that picks one of the values of PICKS, as often as it says."""
        return choose(self.u(stream, key), PICKS[stream])

    def normal(self, stream: str, key: str) -> str:
        """Return SQL of a standard normal number (Box-Muller)."""
        radius, angle = self.u(stream + " radius", key), self.u(stream + " angle", key)
        return f"(sqrt(-2 * ln({radius})) * cos(2 * pi() * {angle}))"

    def batches(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last person number of each batch of contacts."""
        for first in range(1, self.options.contacts + 1, CONTACTS_PER_BATCH):
            yield first, min(first + CONTACTS_PER_BATCH - 1, self.options.contacts)

    # ---- working tables ---------------------------------------------------------------------

    def build_calendar(self) -> None:
        """Make the days, and on each the share of the shop's activity that falls on it.

        Behaviour is drawn in even time ("pulse" seconds); the calendar stretches it so that
        November and December are busy and August is quiet.
        """
        by_month = [1.05, 0.8, 0.85, 0.9, 0.95, 1.0, 0.95, 0.7, 0.9, 1.05, 1.45, 1.6]
        weights = []
        for offset in range(self.days):
            day = self.first_day + timedelta(offset)
            weight = by_month[day.month - 1] * (1.15 if day.weekday() == 6 else 1.0)
            if day.month == 11 and day.day >= 22:  # around Black Friday
                weight *= 1.7
            if day.month == 12 and day.day >= 23:
                weight *= 0.4
            weights.append(weight)
        self.horizon = self.days * 86400
        scale, reached, starts = self.horizon / sum(weights), 0.0, []
        for weight in weights:
            starts.append(int(reached))
            reached += weight * scale
        self.db.execute(
            f"""
            create table calendar as
            select date '{self.first_day}' + day_no::int as day, ($1)[day_no + 1] as pulse_from
            from range({self.days}) as r (day_no)
            """,
            [starts],
        )
        self.db.execute(
            "create table places as select unnest($1) as place_no, unnest($2) as country, "
            "unnest($3) as city, unnest($4) as region, unnest($5) as postal",
            [list(range(len(PLACES))), *map(list, list(zip(*PLACES, strict=True))[:4])],
        )

    def build_products(self) -> None:
        """Make the catalogue: within a category, prices rise log-normally with the number."""
        per_category = self.products // 8
        self.db.execute(f"""
            create table catalogue as
            select
                product_no,
                product_no % 8 as category_no,
                (product_no // 8 + 0.5) / {per_category} as price_share,
                floor(exp(3.35 + 0.42 * ln(price_share / (1 - price_share)))) + 0.9 as price
            from range({self.products}) as r (product_no)
        """)

    def build_people(self) -> None:
        """Make one row per contact: who it is, where it lives, how it behaves."""
        u, o = self.u, self.options
        orders_per_buyer = o.orders_per_contact / BUYER_SHARE
        scale, shape = rate_scale(orders_per_buyer, self.days), dropout_shape(orders_per_buyer)
        places = "; ".join(f"{number} {place[4]}" for number, place in enumerate(PLACES))
        buyer_kinds = self.pick("kind of buyer", "person")
        other_kinds = self.pick("kind of prospect", "person")
        self.db.execute(f"""
            create table people as
            with drawn as (
                select
                    person,
                    {u("buyer", "person")} < {BUYER_SHARE} as is_buyer,
                    case when is_buyer then {buyer_kinds} else {other_kinds} end as kind,
                    floor({self.horizon} * pow({u("arrival", "person")}, {ARRIVAL_POWER}))::bigint
                        as arrival_pulse,
                    {scale!r} * pow({self.normal("rate", "person")}, 2) / 2 as orders_a_day,
                    1 - pow({u("dropout", "person")}, {1 / shape!r}) as dropout,
                    1 + floor(least(
                        ln({u("orders", "person")}) / ln(1 - dropout),
                        {MAX_ORDERS - 2}, 12 + 3 * orders_a_day * {self.days}
                    ))::bigint as planned_orders,
                    {self.normal("spend", "person")} as spend_level,
                    {choose(u("place", "person"), places)} as place_no,
                    floor({u("favourite category", "person")} * 8)::int as favourite_category,
                    {u("gender", "person")} < 0.62 as is_female,
                    {u("promotions", "person")} < 0.07 as loves_promotions,
                    {u("returns", "person")} < 0.03 as returns_a_lot,
                    {u("app", "person")} < 0.18 as has_app,
                    {u("reader", "person")} as reader
                from range(1, {o.contacts + 1}) as r (person)
            ),
            arrived as (
                select
                    drawn.*,
                    calendar.day + clock(
                        {u("arrival part", "person")}, {u("arrival clock", "person")}
                    ) as arrived_at
                from drawn asof join calendar on drawn.arrival_pulse >= calendar.pulse_from
            ),
            registered as (
                select
                    *,
                    -- a guest may register weeks after the first order; others register at
                    -- the checkout, or look around first
                    case
                        when kind in ('guest', 'subscriber', 'imported') then null
                        when kind = 'late' then arrived_at + days(5 + 85 * {u("wait", "person")})
                        when is_buyer and {u("looks first", "person")} < 0.25
                            then arrived_at - days(45 * {u("wait", "person")})
                        else arrived_at - days(0.02 * {u("wait", "person")})
                    end as registration_at
                from arrived
            )
            select
                registered.* exclude (kind, registration_at),
                if(registration_at >= timestamp '{self.end_at}', 'guest', kind) as kind,
                if(registration_at < timestamp '{self.end_at}', registration_at, null)
                    as registered_at,
                coalesce(registered_at, arrived_at) as known_at,
                places.country, places.city, places.region, places.postal,
                {self.currency()} as currency,
                case when is_female then {one_of(u("first name", "person"), FEMALE_NAMES)}
                    else {one_of(u("first name", "person"), MALE_NAMES)} end as first_name,
                {one_of(u("name start", "person"), NAME_STARTS)}
                    || {one_of(u("name end", "person"), NAME_ENDS)} as last_name,
                lower(strip_accents(first_name || '.' || last_name)) || person || '@example.'
                    || {one_of(u("mail domain", "person"), ["com", "org", "net"])} as email,
                case when kind = 'subscriber'
                    then {self.pick("consent of subscriber", "person")}
                    else {self.pick("consent", "person")} end as email_consent
            from registered inner join places on registered.place_no = places.place_no
        """)

    @staticmethod
    def currency() -> str:
        """Return SQL of a country's currency."""
        cases = " ".join(f"when '{country}' then '{code}'" for country, code in CURRENCIES.items())
        return f"case places.country {cases} else 'EUR' end"

    def build_orders(self) -> None:
        """Make orders and their lines, a batch of contacts at a time."""
        self.db.execute("""
            create table order_facts (
                order_no bigint, person bigint, rank bigint, ordered_at timestamp, status varchar,
                channel varchar, promotion varchar, percent bigint, coupon varchar,
                first_product bigint, subtotal decimal(12, 2), discount decimal(12, 2),
                refund_at timestamp, has_customer boolean);
            create table line_facts (
                line_no bigint, order_no bigint, person bigint, ordered_at timestamp,
                product_no bigint, quantity bigint, unit_price decimal(12, 2),
                discount decimal(12, 2));
        """)
        for first, last in self.batches():
            self.build_order_batch(first, last)
            self.log(f"orders of contacts {first} to {last}")

    def build_order_batch(self, first: int, last: int) -> None:
        """Make the orders and lines of persons `first` to `last`."""
        u = self.u
        key = "order_no"
        # Purchases come at exponential gaps until the person is gone (planned_orders).
        self.db.execute(f"""
            create or replace temp table batch_orders as
            with planned as (
                select
                    person, rank, person * {MAX_ORDERS} + rank as order_no, arrival_pulse,
                    case when rank = 0 then 0 else greatest(
                        600, floor(-ln({u("gap", f"person * {MAX_ORDERS} + rank")})
                            / orders_a_day * 86400)
                    )::hugeint end as gap
                from people, unnest(range(planned_orders)) as r (rank)
                where is_buyer and person between {first} and {last}
            ),
            timed as (
                select
                    person, rank, order_no,
                    arrival_pulse + sum(gap) over (partition by person order by rank) as pulse
                from planned
            ),
            dated as (
                select
                    timed.*,
                    case when timed.rank = 0 then people.arrived_at else greatest(
                        people.arrived_at + to_seconds(timed.rank),
                        calendar.day + clock({u("order part", key)}, {u("order clock", key)})
                    ) end as ordered_at
                from (select * from timed where pulse < {self.horizon}) as timed
                asof join calendar on timed.pulse >= calendar.pulse_from
                inner join people on timed.person = people.person
            ),
            described as (
                select
                    d.order_no, d.person, d.rank, d.ordered_at,
                    p.currency, p.spend_level, p.favourite_category, p.returns_a_lot,
                    case when p.has_app and {u("app order", key)} < 0.7 then 'mobile_app'
                        else {self.pick("channel", key)} end as channel,
                    case
                        when {u("gift", key)} < 0.002 then 'gift'
                        when p.loves_promotions and {u("promoted", key)} < 0.93
                            or {u("promoted", key)} < 0.2
                            then {self.pick("promotion", key)}
                    end as promotion,
                    {self.pick("percent", key)}
                        as percent,
                    coalesce(d.ordered_at >= p.registered_at - interval 1 hour, false)
                        or p.kind = 'imported' as has_customer,
                    d.ordered_at + days(2 + 25 * {u("refund wait", key)}) as refund_at
                from dated as d inner join people as p on d.person = p.person
                where d.ordered_at < timestamp '{self.end_at}'
            )
            select
                *,
                case
                    when promotion = 'gift' then 'GIFT100'
                    when promotion = 'coupon' and {u("free shipping", key)} < 0.1 then 'FREESHIP'
                    when promotion = 'coupon' then case percent
                        when 10 then 'WELCOME10' when 20 then 'VIP20' else 'SAVE' || percent end
                end as coupon
            from described
        """)
        line = "(order_no * 8 + line)"
        factor = "case currency when 'USD' then 1.1 when 'GBP' then 0.9 else 1 end"
        self.db.execute(f"""
            create or replace temp table batch_lines as
            with lines as (
                select
                    order_no, person, ordered_at, currency, spend_level, favourite_category,
                    promotion, percent, order_no * 8 + line as line_no,
                    case when {u("likes", line)} < 0.45 then favourite_category
                        else floor(8 * pow({u("category", line)}, 1.3))::int end as category_no,
                    -- the dearer half of the catalogue is for people who spend much
                    0.55 * spend_level + 0.7 * {self.normal("taste", line)} as taste,
                    floor({self.products // 8} / (1 + exp(-1.9 * taste)))::bigint as price_rank,
                    {self.pick("quantity", line)} as quantity
                from batch_orders, unnest(range({self.pick("lines", key)})) as r (line)
            )
            select
                line_no, order_no, person, ordered_at, catalogue.product_no, quantity,
                (catalogue.price * {factor})::decimal(12, 2) as unit_price,
                case when promotion = 'line' and (line_no % 8 = 0 or {u("cut", "line_no")} < 0.4)
                    then round(quantity * unit_price * percent / 100, 2) else 0 end
                    ::decimal(12, 2) as discount
            from lines inner join catalogue
                on catalogue.product_no
                    = least(price_rank, {self.products // 8 - 1}) * 8 + lines.category_no
        """)
        age = f"date_diff('hour', ordered_at, timestamp '{self.end_at}')"
        done = self.pick("done", key)
        odd = self.pick("status", key)
        self.db.execute(f"""
            insert into line_facts select * from batch_lines;
            insert into order_facts
            with sums as (
                select
                    order_no,
                    sum(quantity * unit_price) as subtotal,
                    sum(discount) as line_discount,
                    min(product_no) filter (where line_no % 8 = 0) as first_product
                from batch_lines group by order_no
            ),
            joined as (
                select
                    o.*, s.first_product, s.subtotal, s.line_discount,
                    o.refund_at < timestamp '{self.end_at}' as can_refund
                from batch_orders as o inner join sums as s on o.order_no = s.order_no
            )
            select
                order_no, person, rank, ordered_at,
                case
                    when returns_a_lot and can_refund and {u("returned", key)} < 0.5
                        then case when {u("returned", key)} < 0.2 then 'refunded'
                            else 'partially_refunded' end
                    when {u("odd status", key)} < 0.09 then {odd}
                    when {age} < 36 then 'paid'
                    when {age} < 80 then 'processing'
                    when {age} < 150 then 'shipped'
                    else {done}
                end,
                channel, promotion, percent, coupon, first_product, subtotal,
                case
                    when promotion = 'gift' then subtotal
                    when coupon = 'FREESHIP' then line_discount
                    when promotion in ('coupon', 'order')
                        then line_discount + round((subtotal - line_discount) * percent / 100, 2)
                    else line_discount
                end,
                refund_at, has_customer
            from joined
        """)

    def build_sessions(self) -> None:
        """Make one row per session of a browser; its events follow from it when they are written.

        Part of the orders were tracked; the events that remain are shared between contacts who
        look around and visitors who never say who they are.
        """
        u, o = self.u, self.options
        self.db.execute("""
            create table sessions (
                session_no bigint, kind varchar, person bigint, visitor_id varchar,
                started_at timestamp, steps bigint, pace bigint, login_step bigint,
                order_no bigint, product_no bigint)
        """)
        events_wanted = o.events_per_contact * o.contacts
        (online,) = self.db.execute(
            "select count(*) from order_facts where channel in ('web', 'mobile_app')"
        ).fetchone()
        tracked = min(0.85, 0.4 * events_wanted / (6.4 * online + 1))
        for first, last in self.batches():
            self.insert_purchase_sessions(tracked, first, last)
            self.insert_signup_sessions(first, last)
        (events_made,) = self.db.execute("select coalesce(sum(steps), 0) from sessions").fetchone()
        remaining = max(0.0, events_wanted - float(events_made))
        self.log(f"sessions with a purchase: {events_made} events")
        # People look around from their arrival until some weeks after their last order.
        self.db.execute(f"""
            create table activity as
            with last_orders as (
                select person, max(ordered_at) as last_at from order_facts group by person
            )
            select
                people.person,
                15 + coalesce(date_diff('day', people.arrived_at, last_orders.last_at), 0)
                    + floor(-60 * ln({u("lifetime", "people.person")}))::bigint as active_days
            from people left join last_orders on people.person = last_orders.person
        """)
        (active_days,) = self.db.execute("select sum(active_days) from activity").fetchone()
        visits_a_day = 0.62 * remaining / 4.1 / float(active_days)
        for first, last in self.batches():
            self.insert_browse_sessions(visits_a_day, first, last)
            self.log(f"sessions of contacts {first} to {last}")
        visitors = int(0.38 * remaining / 3.4 / 1.35)
        for first in range(1, visitors + 1, CONTACTS_PER_BATCH):
            self.insert_anonymous_sessions(first, min(first + CONTACTS_PER_BATCH - 1, visitors))
        self.log("sessions of anonymous visitors")

    def visitor(self, key: str) -> str:
        """Return SQL of the browser that a contact uses; some households share one."""
        return f"""
            case when person % 60 = 0 and {self.u("shared", key)} < 0.5
                then 'v' || (person - 1) || 'a'
                else 'v' || person || {self.pick("browser", key)} end"""

    def pace(self, key: str) -> str:
        """Return SQL of the seconds between two steps; without session_id some take a break."""
        usual = f"floor(least(1200, greatest(4, exp(3.6 + 0.9 * {self.normal('pace', key)}))))"
        return f"""
            case when {self.u("no session id", key)} < 0.06 and {self.u("break", key)} < 0.12
                then 2400 else {usual} end::bigint"""

    def insert_purchase_sessions(self, tracked: float, first: int, last: int) -> None:
        """Add the sessions that led to tracked orders; their last step is the purchase."""
        u = self.u
        self.db.execute(f"""
            insert into sessions
            with drawn as (
                select
                    order_no * 4 as session_no, person, order_no, ordered_at, has_customer,
                    first_product,
                    4 + floor(least(18, -2.8 * ln({u("steps", "order_no * 4")})))::bigint as steps,
                    {self.pace("(order_no * 4)")} as pace
                from order_facts
                where person between {first} and {last} and channel in ('web', 'mobile_app')
                    and {u("tracked", "order_no")} < {tracked!r}
            )
            select
                session_no, 'purchase', person, {self.visitor("session_no")},
                ordered_at - to_seconds((steps - 1) * pace), steps, pace,
                case when has_customer then {self.pick("login", "session_no")} end,
                order_no, first_product
            from drawn
        """)

    def insert_signup_sessions(self, first: int, last: int) -> None:
        """Add the sessions in which contacts opened their account or asked for the newsletter."""
        u = self.u
        self.db.execute(f"""
            insert into sessions
            select
                person * 4 + 2 as session_no,
                case when kind in ('subscriber', 'guest') or {u("joins", "person")} < 0.25
                    then 'newsletter' else 'account' end,
                person, {self.visitor("(person * 4 + 2)")},
                known_at - to_seconds({self.pace("(person * 4 + 2)")}),
                2 + floor(least(6, -1.5 * ln({u("steps", "person * 4 + 2")})))::bigint,
                {self.pace("(person * 4 + 2)")},
                case when registered_at is not null then 1 end, null,
                floor({self.products} * {u("focus", "person * 4 + 2")})::bigint
            from people
            where person between {first} and {last} and kind <> 'imported'
                and {u("signup tracked", "person")} < case kind when 'guest' then 0.06 else 0.3 end
        """)

    def insert_browse_sessions(self, visits_a_day: float, first: int, last: int) -> None:
        """Add sessions without a purchase of contacts, while they care for the shop."""
        u = self.u
        key = "(4 * visit + 1)"
        self.db.execute(f"""
            insert into sessions
            with visits as (
                select
                    p.person, p.registered_at, p.arrival_pulse, p.person * 512 + n as visit,
                    a.active_days
                from people as p inner join activity as a on p.person = a.person,
                    unnest(range(least(511, floor(
                        {visits_a_day!r} * a.active_days * -ln({u("curious", "p.person")})
                        + {u("visits", "p.person")}
                    ))::bigint)) as r (n)
                where p.person between {first} and {last}
            ),
            pulsed as (
                select
                    *,
                    greatest(0, arrival_pulse + floor(
                        86400 * ({u("visit", "visit")} * (10 + active_days) - 10)
                    ))::bigint as pulse
                from visits
            ),
            dated as (
                select
                    pulsed.*, 4 * visit + 1 as session_no,
                    calendar.day + clock({u("visit part", key)}, {u("visit clock", key)})
                        as started_at,
                    1 + floor(least(24, -3.6 * ln({u("steps", key)})))::bigint as steps
                from (select * from pulsed where pulse < {self.horizon}) as pulsed
                asof join calendar on pulsed.pulse >= calendar.pulse_from
            )
            select
                session_no, 'browse', person, {self.visitor("session_no")}, started_at, steps,
                {self.pace("session_no")},
                -- logged out at first, or all the time
                case when started_at > registered_at and {u("logs in", "session_no")} < 0.6
                    then floor(steps * greatest(0, {u("login", "session_no")} * 2 - 1))::bigint end,
                null, floor({self.products} * {u("focus", "session_no")})::bigint
            from dated
        """)

    def insert_anonymous_sessions(self, first: int, last: int) -> None:
        """Add the sessions of visitors `first` to `last`, who never identify."""
        u = self.u
        key = "(4 * (visitor * 16 + n) + 3)"
        self.db.execute(f"""
            insert into sessions
            with visits as (
                select
                    visitor, n, {key} as session_no,
                    floor({self.horizon} * pow({u("stranger", "visitor")}, {ARRIVAL_POWER})
                        + n * 864000 * {u("return", key)})::bigint as pulse
                from range({first}, {last + 1}) as r (visitor), unnest(range(
                    1 + floor(least(12, -0.75 * ln({u("returns", "visitor")})))::bigint
                )) as s (n)
            )
            select
                session_no, 'anonymous', null, 'w' || visitor,
                calendar.day + clock({u("visit part", key)}, {u("visit clock", key)}),
                1 + floor(least(24, -2.8 * ln({u("steps", key)})))::bigint, {self.pace(key)},
                null, null, floor({self.products} * {u("focus", key)})::bigint
            from (select * from visits where pulse < {self.horizon}) as visits
            asof join calendar on visits.pulse >= calendar.pulse_from
        """)

    def build_messages(self) -> None:
        """Make one row per message sent: a weekly campaign to some, a welcome to newcomers."""
        u = self.u
        self.weeks = self.days // 7
        self.db.execute("""
            create table sends (
                message_no bigint, person bigint, campaign_no bigint, sent_at timestamp,
                is_last boolean)
        """)
        for first, last in self.batches():
            self.db.execute(f"""
                insert into sends
                with readers as (
                    select
                        person, known_at,
                        1 + greatest(0, date_diff('day', date '{self.first_day}', known_at)) // 7
                            as first_week,
                        case when {u("every week", "person")} < 0.15 then 2 else 20 end as stride
                    from people
                    where email_consent = 'opted_in' and person between {first} and {last}
                        and {u("mailed", "person")} < 0.93
                ),
                weekly as (
                    select
                        person * 256 + week as message_no, person, week as campaign_no,
                        date '{self.first_day}' + to_days(week::int * 7) + interval 8 hour
                            + to_seconds(person % 3600) as sent_at,
                        week + stride > {self.weeks - 1} as is_last
                    from readers, unnest(range(
                        first_week + floor(stride * {u("first week", "person")})::bigint,
                        {self.weeks}, stride
                    )) as r (week)
                ),
                welcomes as (
                    select person * 256 + 255, person, 1000, known_at + interval 2 hour, false
                    from readers where {u("welcome", "person")} < 0.3
                )
                select * from (select * from weekly union all select * from welcomes)
                where sent_at < timestamp '{self.end_at}'
            """)
        self.log("messages")

    # ---- raw tables: each query gives the contract's columns, row_no (unique) and sort_at -----

    def owner(self, person: str, has_customer: str, key: str, both: float) -> tuple[str, str]:
        """Return SQL of customer_id and e-mail of a row: the customer_id, else the e-mail, or both.

        Arguments: person and has_customer, SQL; key, integer key of the row; both, share of the
        rows of customers that carry the e-mail too.
        """
        second = f"(kind = 'double' and {self.u('second customer', key)} < 0.4)"
        has_mail = f"not {has_customer} or {self.u('both', key)} < {both}"
        return (
            f"case when {has_customer} then customer_id({person}, {second}) end",
            f"case when {has_mail} then {self.pick('typed', key)} end",
        )

    def customers(self) -> str:
        """Customers and registered prospects; some people are in it twice, with one e-mail."""
        u = self.u
        phone = f"lpad(floor({u('phone', 'person')} * 10000)::int::varchar, 4, '0')"
        genders = f"""
            case when {u("gender known", "person")} < 0.12
                    then {self.pick("gender unknown", "person")}
                when is_female then {self.pick("female word", "person")}
                else {self.pick("male word", "person")} end"""
        birth = f"""
            case when {u("birth known", "person")} < 0.4 then null
                when {u("leap day", "person")} < 0.006 then date '1992-02-29'
                else date '{self.last_day}' - floor(365.25 * (
                    15.5 + 60 * (0.4 * {u("age", "person")} + 0.6 * pow({u("old", "person")}, 2))
                ))::int end"""
        sources = self.pick("acquisition", "person")
        return f"""
            select
                person * 2 + is_second::int as row_no, null::timestamp as sort_at,
                customer_id(person, is_second) as customer_id,
                case when is_second then ' ' || upper(email)
                    when {u("no email", "person")} > 0.02 then {self.pick("typed", "person")}
                end as email,
                case when {u("phone known", "person")} < 0.45 then case country
                    when 'GB' then '+44 7700 900' || {phone}[2:]
                    when 'US' then '+1 212 555 01' || {phone}[3:]
                    else '+33 6 39 98 ' || {phone}[:2] || ' ' || {phone}[3:] end end as phone,
                case when not is_second then first_name end as first_name,
                last_name,
                case when not is_second then {genders} end as gender,
                ({birth})::varchar as birth_date,
                case when {u("city known", "person")} < 0.93
                    then {self.pick("spelling", "person")} end as city,
                postal || lpad(floor({u("postal", "person")} * 20)::int::varchar, 2, '0')
                    as postal_code,
                case when {u("region known", "person")} < 0.85 then region end as region,
                case when {u("country known", "person")} < 0.96 then country end as country_code,
                iso(case when is_second then created_second else registered_at end) as created_at,
                case when kind <> 'no_account' then
                    iso(case when is_second then created_second else registered_at end)
                end as account_created_at,
                {sources} as acquisition_source,
                iso(least(
                    registered_at + days(300 * {u("updated", "person")}),
                    timestamp '{self.end_at}' - interval 1 second
                )) as updated_at
            from (
                select *, least(
                    registered_at + days(90), timestamp '{self.end_at}' - interval 1 minute
                ) as created_second
                from people, unnest(case when kind = 'double' then [false, true] else [false] end)
                    as s (is_second)
                where registered_at is not null and {{part}}
            )
        """

    def customer_attributes(self) -> str:
        """What customers told about themselves; some of it changed later."""
        u = self.u
        key = "(person * 8 + attribute_no)"
        values = " ".join(
            f"when '{attribute}' then {one_of(u('value', key), choices)}"
            for attribute, choices in ATTRIBUTES.items()
        )
        return f"""
            select
                {key} as row_no, null::timestamp as sort_at,
                customer_id(person, false) as customer_id,
                ({texts(list(ATTRIBUTES))})[attribute_no % 4 + 1] as attribute,
                case attribute {values} end as value,
                {self.pick("told", key)} as source,
                iso(least(
                    registered_at + days(1 + 200 * (attribute_no // 4) + 90 * {u("told at", key)}),
                    timestamp '{self.end_at}' - interval 1 second
                )) as recorded_at
            from people, unnest(range(8)) as r (attribute_no)
            where registered_at is not null and {{part}}
                and {u("tells", "person * 4 + attribute_no % 4")} < 0.15
                and (attribute_no < 4 or {u("tells again", key)} < 0.25)
        """

    def orders(self) -> str:
        """Orders of customers and guests, in the currency of the country."""
        u = self.u
        key = "order_no"
        customer, mail = self.owner("person", "has_customer", key, 0.55)
        wishes = self.pick("payment habit", "person")
        sent = f"ordered_at + days(1 + 6 * {u('delivery', key)})"
        changed = f"least({sent}, timestamp '{self.end_at}')"
        elsewhere = one_of(u("gift place", key), [place[1] for place in PLACES])
        return f"""
            select
                order_no as row_no, ordered_at as sort_at,
                'O' || order_no as order_id,
                {customer} as customer_id,
                {mail} as email,
                {self.stamp("ordered_at", key)} as ordered_at,
                status, currency,
                subtotal::varchar as subtotal_amount,
                case when discount > 0 or {u("zero", key)} < 0.7 then discount::varchar end
                    as discount_amount,
                shipping::varchar as shipping_amount,
                tax::varchar as tax_amount,
                (subtotal - discount + shipping + tax)::varchar as total_amount,
                coupon as coupon_code,
                case when {u("payment", key)} < 0.8 then {wishes}
                    when {u("payment", key)} < 0.99 then 'card' end as payment_method,
                case when channel = 'store' then 'store_pickup'
                    else {self.pick("shipping", key)} end as shipping_method,
                channel as sales_channel,
                case when {u("ship", key)} < 0.82 then {self.pick("spelling", key)}
                    when {u("ship", key)} < 0.88 then {elsewhere} end as shipping_city,
                case when {u("ship", key)} < 0.82 then country end as shipping_country_code,
                case when status in ('delivered', 'completed', 'partially_refunded', 'refunded')
                    then iso({changed} - interval 1 minute) end as delivered_at,
                iso({changed} - interval 1 second) as updated_at
            from (
                select
                    o.*, p.kind, p.email, p.city, p.country, p.currency,
                    case when o.coupon = 'FREESHIP' or o.subtotal > 80 then 0 else 4.90 end
                        ::decimal(12, 2) as shipping,
                    round((o.subtotal - o.discount) * 0.2, 2)::decimal(12, 2) as tax
                from order_facts as o inner join people as p on o.person = p.person
                where {{part}}
            )
        """

    def order_lines(self) -> str:
        """Lines of orders."""
        return """
            select
                line_no as row_no, ordered_at as sort_at,
                'L' || line_no as order_line_id,
                'O' || order_no as order_id,
                'P' || (1000 + product_no) as product_id,
                quantity::varchar as quantity,
                unit_price::varchar as unit_price,
                case when discount > 0 then discount::varchar end as discount_amount
            from line_facts
            where {part}
        """

    def refunds(self) -> str:
        """Refunds in one or two pieces; a few orders were paid back without a change of status."""
        u = self.u
        return f"""
            with refunded as (
                select
                    order_no, refund_at, subtotal - discount as value,
                    case
                        when status = 'refunded' then 1.0
                        when status = 'partially_refunded'
                            then 0.2 + 0.6 * {u("refund share", "order_no")}
                        when {u("silent refund", "order_no")} < 0.01 then 1.0
                    end as share,
                    {u("two refunds", "order_no")} < 0.2 as in_two
                from order_facts
                where refund_at < timestamp '{self.end_at}' and {{part}}
                    and status in (
                        'refunded', 'partially_refunded', 'delivered', 'completed', 'shipped'
                    )
            ),
            pieces as (
                select *, round(value * share, 2)::decimal(12, 2) as amount
                from refunded, unnest(case when in_two then [1, 2] else [1] end) as s (piece)
                where share is not null
            )
            select
                order_no * 4 + piece as row_no, null::timestamp as sort_at,
                'R' || row_no as refund_id,
                'O' || order_no as order_id,
                iso(refund_at - to_minutes(3 - piece)) as refunded_at,
                case when not in_two then amount
                    when piece = 1 then round(amount / 3, 2)::decimal(12, 2)
                    else amount - round(amount / 3, 2)::decimal(12, 2) end::varchar as amount
            from pieces
        """

    def product_rows(self) -> str:
        """The catalogue, with stock from sold out (and oversold) to plenty."""
        u = self.u
        key = "product_no"
        return f"""
            select
                product_no as row_no, null::timestamp as sort_at,
                'P' || (1000 + product_no) as product_id,
                {one_of(u("product word", key), PRODUCT_WORDS)} || ' ' || (product_no // 8 + 1)
                    as product_name,
                case when product_no % 53 <> 52
                    then ({texts(CATEGORIES)})[product_no % 8 + 1] end as category,
                case when {u("collected", key)} < 0.8
                    then {one_of(u("collection", key), COLLECTIONS)} end as collection,
                price::decimal(12, 2)::varchar as unit_price,
                round(price * 0.42, 2)::decimal(12, 2)::varchar as unit_cost,
                case when {u("scarce", key)} < 0.15 then floor(7 * {u("stock", key)})::int - 1
                    else 6 + floor(400 * {u("stock", key)})::int end::varchar as stock_quantity,
                iso(timestamp '{self.end_at}' - days(1 + 60 * {u("restocked", key)})) as updated_at
            from catalogue
        """

    def reviews(self) -> str:
        """Reviews of things bought; those of guests name nobody."""
        u = self.u
        key = "line_no"
        return f"""
            select
                line_no as row_no, null::timestamp as sort_at,
                'V' || line_no as review_id,
                case when has_customer then customer_id(person, false) end as customer_id,
                'P' || (1000 + product_no) as product_id,
                {self.pick("rating", key)} as rating,
                {self.pick("photo", key)} as has_photo,
                iso(reviewed_at) as reviewed_at
            from (
                select
                    l.line_no, l.person, l.product_no, o.has_customer,
                    l.ordered_at + days(8 + 40 * {u("reviewed", "l.line_no")}) as reviewed_at
                from (select * from line_facts where {{part}}) as l
                inner join order_facts as o on l.order_no = o.order_no
                where {u("reviews", "l.line_no")} < 0.045
                    and o.status in ('delivered', 'completed', 'partially_refunded')
            )
            where reviewed_at < timestamp '{self.end_at}'
        """

    def exchange_rates(self) -> str:
        """Euro per unit, on weekdays, with some days missing; each a slow walk."""
        u = self.u
        key = "(currency_no * 100000 + day_no)"
        return f"""
            with days as (
                select currency_no, day_no, date '{self.first_day}' - 10 + day_no::int as rate_on
                from range({self.days + 10}) as d (day_no), range(3) as c (currency_no)
            ),
            walked as (
                select
                    *,
                    ([9200, 11700, 10400])[currency_no + 1] + sum(
                        floor({u("rate step", key)} * 61)::int - 30
                    ) over (partition by currency_no order by day_no) as level
                from days
            )
            select
                {key} as row_no, null::timestamp as sort_at,
                (['USD', 'GBP', 'CHF'])[currency_no + 1] as currency,
                rate_on::varchar as rate_on,
                (level / 10000)::decimal(12, 4)::varchar as rate
            from walked
            where isodow(rate_on) < 6 and {u("rate missing", key)} > 0.03 or day_no = 0
        """

    def events(self) -> str:
        """What browsers did: each session's steps, the first of which carries the source."""
        u = self.u
        key, session = "step_no", "session_no"
        return f"""
            with stepped as (
                select
                    *, session_no * 64 + step as step_no,
                    started_at + to_seconds(step * pace + case
                        when step = 0 or kind = 'purchase' then 0
                        else floor(0.8 * pace * {u("jitter", "session_no * 64 + step")})::bigint
                    end) as happened_at
                from sessions, unnest(range(steps)) as r (step)
                where started_at >= timestamp '{{low}}' - interval 1 day
                    and started_at < timestamp '{{high}}'
            ),
            named as (
                select
                    *,
                    case
                        when kind = 'purchase' and step = steps - 1 then 'purchase'
                        when kind = 'purchase' and step = steps - 2 then 'begin_checkout'
                        when kind = 'purchase' and step = steps - 3 then 'add_to_cart'
                        when kind = 'account' and step = 1 then 'account_created'
                        when kind = 'newsletter' and step = 1 then 'newsletter_signup'
                        when step = login_step and {u("login seen", key)} < 0.6 then 'login'
                        when step = 0 then 'page_view'
                        when {u("in mood", key)} < 0.6 and mood is not null then case mood
                            when 'recommendation' then 'recommendation_click'
                            when 'chat' then if(step < 3, 'chat_started', 'page_view')
                            when 'wish' then {self.pick("wish", key)}
                            when 'cart' then {self.pick("cart", key)}
                            else 'search' end
                        else {self.pick("name", key)}
                    end as name
                from (select *, {self.pick("mood", session)} as mood from stepped)
                where happened_at >= timestamp '{{low}}' and happened_at < timestamp '{{high}}'
                    and happened_at < timestamp '{self.end_at}'
            ),
            paged as (
                select
                    *,
                    case name
                        when 'page_view' then {self.pick("page", key)}
                        when 'search' then 'search'
                        when 'begin_checkout' then 'checkout'
                        when 'purchase' then 'confirmation'
                        when 'add_to_cart' then 'product'
                        when 'add_to_favorites' then 'product'
                    end as page,
                    case when name = 'search'
                        then {one_of(u("term", key), SEARCH_TERMS)} end as term,
                    case when step = 0 or {u("source kept", session)} < 0.12
                        then {self.pick("source", session)} end as origin
                from named
            ),
            shown as (
                select
                    *,
                    case when page = 'product' or name in (
                            'remove_from_cart', 'remove_from_favorites', 'recommendation_click'
                        ) then case
                            when kind = 'purchase' and name = 'add_to_cart' then product_no
                            when {u("focused", key)} < 0.5 then product_no
                            -- dear things (high numbers) wait in carts
                            when name = 'add_to_cart'
                                then floor({self.products} * cbrt({u("product", key)}))::bigint
                            when {u("focused", key)} < 0.98
                                then floor({self.products} * {u("product", key)})::bigint
                        end
                    end as shown_product,
                    {self.pick("device", session)} as device
                from paged
            )
            select
                step_no as row_no, happened_at as sort_at,
                'E' || step_no as event_id,
                name as event_name,
                {self.stamp("happened_at", key)} as occurred_at,
                visitor_id,
                case when step >= login_step then customer_id(
                    shown.person, people.kind = 'double' and {u("second customer", session)} < 0.4
                ) end as customer_id,
                case when {u("no session id", session)} >= 0.06 then 's' || session_no end
                    as session_id,
                'https://shop.example/' || case page
                    when 'product' then 'p/' || (1000 + shown_product)
                    when 'category' then 'c/' || lower({one_of(u("category", key), CATEGORIES)})
                    when 'home' then ''
                    when 'content' then 'journal'
                    when 'search' then 'search?q=' || replace(term, ' ', '+')
                    when 'confirmation' then 'thanks'
                    else page
                end as page_url,
                case when page = 'sale' then 'category' else page end as page_type,
                'P' || (1000 + shown_product) as product_id,
                term as search_term,
                case when name = 'purchase' and {u("order unnamed", key)} > 0.03
                    then 'O' || order_no end as order_id,
                split_part(origin, '/', 1) as traffic_source,
                split_part(origin, '/', 2) as traffic_medium,
                case split_part(origin, '/', 2)
                    when 'email' then 'weekly-' || strftime(happened_at, '%Y-%m')
                    when 'cpc' then 'brand' end as traffic_campaign,
                device as device_type,
                case when device = 'mobile' then {self.pick("platform", session)} else 'web' end
                    as platform,
                iso(least(
                    happened_at + to_seconds(floor(30 + 600 * {u("load", key)})::bigint),
                    timestamp '{self.end_at}' - interval 1 second
                )) as loaded_at
            from shown left join people on shown.person = people.person
        """

    def stamp(self, column: str, key: str) -> str:
        """Return SQL of a UTC timestamp as text: mostly with Z, at times with an offset or bare."""
        texts_of = [
            f"iso({column}) 95",
            f"strftime({column} + interval 2 hour, '%Y-%m-%dT%H:%M:%S+02:00') 2",
            f"strftime({column} - interval 5 hour, '%Y-%m-%d %H:%M:%S.000-0500') 1",
            f"strftime({column}, '%Y-%m-%d %H:%M:%S') 2",
        ]
        return choose(self.u("stamp", key), "; ".join(texts_of))

    def consents(self) -> str:
        """Changes of consent: at the beginning, and later changes of mind."""
        u = self.u
        key = "(person * 8 + change)"
        customer, mail = self.owner("person", "(registered_at is not null)", key, 0.3)
        sources = self.pick("consent source", "person")
        later = f"known_at + days(5 + 300 * {u('changes mind at', 'person')})"
        return f"""
            with changes as (
                select *, {key} as row_no,
                    (['email', 'email', 'email', 'email', 'sms', 'ads', 'post'])[change + 1]
                        as consent_channel,
                    {u("double opt-in", "person")} < 0.25 as is_double,
                    case change
                        -- a confirmed double opt-in is pending first
                        when 0 then case when email_consent = 'opted_in' and is_double
                            then 'pending' else email_consent end
                        when 1 then case when email_consent = 'opted_in' and is_double
                            then 'opted_in' end
                        when 2 then case when email_consent = 'opted_in'
                            and {u("changes mind", "person")} < 0.11 then 'opted_out' end
                        when 3 then case when email_consent = 'opted_in'
                            and {u("changes mind", "person")} < 0.015 then 'opted_in' end
                        when 4 then case when {u("sms", "person")} < 0.16 then 'opted_in'
                            when {u("sms", "person")} < 0.2 then 'opted_out' end
                        when 5 then case when {u("ads", "person")} < 0.2 then 'opted_in'
                            when {u("ads", "person")} < 0.24 then 'pending' end
                        when 6 then case when {u("post", "person")} < 0.06 then 'opted_in'
                            when {u("post", "person")} < 0.08 then 'opted_out' end
                    end as new_status,
                    case change
                        when 1 then known_at + interval 3 hour
                        when 2 then {later}
                        -- at the very moment of the opt-out, or after it
                        when 3 then {later} + days(case when person % 3 = 0 then 0 else 20 end)
                        else known_at
                    end as new_at
                from people, unnest(range(7)) as r (change)
                where {{part}}
            )
            select
                row_no, null::timestamp as sort_at,
                'N' || row_no as consent_id,
                {customer} as customer_id,
                {mail} as email,
                consent_channel as channel,
                new_status as status,
                iso(new_at) as changed_at,
                case when change in (0, 1, 3) then
                    case when kind = 'subscriber' then 'newsletter' else {sources} end
                    when {u("consent source known", key)} < 0.5 then 'preferences'
                end as source
            from changes
            where new_status is not null and new_at < timestamp '{self.end_at}'
        """

    def message_events(self) -> str:
        """What became of each message: a third of the readers never opens one."""
        u = self.u
        key = "(message_no * 8 + fate)"
        customer, mail = self.owner("person", "(registered_at is not null)", "message_no", 0.2)
        opens = f"(reader > 0.35 and {u('opens', 'message_no')} < reader * 0.8)"
        arrives = f"{u('bounces', 'message_no')} > 0.02"
        later = f"days(pow({u('message wait', key)}, 3) * 3)"
        return f"""
            with fates as (
                select
                    sends.*, people.kind, people.email, people.reader, people.registered_at, fate,
                    case when {u("text message", "message_no")} < 0.05 then 'sms'
                        when {u("text message", "message_no")} < 0.8 then 'email' end as sent_by,
                    sent_at + case fate
                        when 0 then interval 0 second when 1 then interval 40 second
                        when 2 then interval 50 second when 3 then interval 90 second + {later}
                        when 4 then interval 4 day + {later} else interval 8 day + {later}
                    end as happened_at
                from sends inner join people on sends.person = people.person,
                    unnest(range(7)) as f (fate)
                where {{part}} and case fate
                    when 0 then true
                    when 1 then {arrives}
                    when 2 then not {arrives}
                    when 3 then {arrives} and {opens}
                    when 4 then {arrives} and {opens} and {u("clicks", "message_no")} < 0.25
                    when 5 then {arrives} and is_last and {u("leaves", "message_no")} < 0.04
                    else {arrives} and {u("complains", "message_no")} < 0.002 end
            )
            select
                {key} as row_no, sent_at as sort_at,
                'A' || row_no as message_event_id,
                'M' || message_no as message_id,
                {customer} as customer_id,
                {mail} as email,
                sent_by as channel,
                if(campaign_no = 1000, 'K-welcome', 'K' || campaign_no) as campaign_id,
                ({texts(FATES)})[fate + 1] as event_type,
                case when fate = 2 then {self.pick("bounce", "message_no")} end as bounce_type,
                {self.stamp("happened_at", key)} as occurred_at
            from fates
            where happened_at < timestamp '{self.end_at}'
        """

    def campaigns(self) -> str:
        """The weekly campaigns and the automatic ones."""
        return f"""
            select
                week as row_no, null::timestamp as sort_at,
                'K' || week as campaign_id,
                'Weekly ' || (date '{self.first_day}' + 7 * week::int) as campaign_name,
                'email' as channel,
                {self.pick("audience", "week")} as segment,
                'newsletter' as scenario
            from range({self.weeks}) as r (week)
            union all
            select
                1000 + row_number() over (order by scenario), null,
                'K-' || scenario, 'Automatic ' || scenario, channel, segment, scenario
            from (values
                ('welcome', 'email', 'prospects'),
                ('abandoned_cart', 'email', 'cart_abandoners'),
                ('win_back', 'email', 'inactive_customers'),
                ('birthday', 'sms', 'upcoming_birthdays')
            ) as v (scenario, channel, segment)
        """

    def support_tickets(self) -> str:
        """Tickets: most people write never or once, a few again and again."""
        u = self.u
        key = "(person * 8 + n)"
        opened = f"timestamp '{self.end_at}' - days(case when n = 0 then 700 else 340 end"
        return f"""
            select
                row_no, null::timestamp as sort_at,
                'T' || row_no as ticket_id,
                customer_id(person, false) as customer_id,
                iso(opened_at) as opened_at,
                {self.pick("topic", "row_no")} as topic
            from (
                select person, {key} as row_no, registered_at,
                    {opened} * {u("ticket", key)} - 0.01) as opened_at
                from people, unnest(range(5)) as r (n)
                where {{part}} and registered_at is not null and is_buyer
                    and {u("writes", "person")} < case when n = 0 then 0.16 else 0.025 end
            )
            where opened_at > registered_at
        """

    def erasure_requests(self) -> str:
        """Requests to be forgotten, by customer_id, by e-mail or by both."""
        u = self.u
        return f"""
            select
                person as row_no, null::timestamp as sort_at,
                'X' || person as request_id,
                case when registered_at is not null and person % 3 < 2
                    then customer_id(person, false) end as customer_id,
                case when registered_at is null or person % 3 > 0
                    then {self.pick("typed", "person")} end as email,
                iso(least(
                    known_at + days(200 * {u("erased at", "person")}),
                    timestamp '{self.end_at}' - interval 1 minute
                )) as requested_at
            from people
            where {{part}} and {u("erased", "person")} < 0.005
        """

    # ---- writing ----------------------------------------------------------------------------

    def dirtied(self, table: str, query: str) -> str:
        """Return the query with the table's deliberate dirt, in the order of writing."""
        rules, rate = DIRT[table], self.options.dirt_rate
        draw = self.u(f"dirt {table}", "row_no")
        twice = [str(n) for n, (name, _) in enumerate(rules, 1) if name == "duplicate"]
        columns = []
        for column in COLUMNS[table]:
            cases = ""
            for number, (name, broken) in enumerate(rules, 1):
                if column in broken:
                    again = " and copy = 1" if name == "duplicate" else ""
                    cases += f" when dirt = {number}{again} then {broken[column]}"
            columns.append(f"case{cases} else {column} end as {column}" if cases else column)
        order = "sort_at, row_no, copy"
        if self.options.shuffle_seed is not None:
            shuffle = self.u(f"shuffle {table} {self.options.shuffle_seed}", "row_no * 2 + copy")
            order = f"{shuffle}, row_no, copy"
        if rate <= 0:
            return f"""select {", ".join(COLUMNS[table])} from (select *, 0 as copy from ({query}))
                order by {order}"""
        return f"""
            with clean as ({query}),
            marked as (
                select *, case when {draw} < {rate!r}
                    then 1 + floor({draw} / {rate!r} * {len(rules)})::int else 0 end as dirt
                from clean
            )
            select {", ".join(columns)}
            from marked, unnest(case when dirt in ({", ".join(twice)}) then [0, 1] else [0] end)
                as c (copy)
            order by {order}
        """

    def write(self, table: str, query: str, parts: list[Part]) -> None:
        """Write a raw table: one file, or a folder with a file per part.

        Arguments: query, SQL with the placeholders that the parts fill; parts, (name, values of
        the placeholders).
        """
        o = self.options
        ending = o.format + (".gz" if o.format == "csv" and table in o.gzip else "")
        how = {
            "csv": "format csv, header",
            "csv.gz": "format csv, header, compression gzip",
            "parquet": "format parquet, compression zstd",
        }[ending]
        folder = o.out / table
        if len(parts) > 1:
            folder.mkdir()
        for name, values in parts:
            path = folder / f"{name}.{ending}" if len(parts) > 1 else o.out / f"{table}.{ending}"
            sql = self.dirtied(table, query.format(**values))
            self.db.execute(f"copy ({sql}) to '{path}' ({how})")
            if time.monotonic() - self.logged > 10:
                self.log(f"writing {path.relative_to(o.out)}")
        self.log(f"wrote {table}")

    def by_person(self) -> list[Part]:
        """Return the parts of a table that is written by batches of contacts."""
        if not self.in_parts:
            return WHOLE
        return [
            (f"part-{number:04d}", {"part": f"person between {first} and {last}"})
            for number, (first, last) in enumerate(self.batches())
        ]

    def by_time(self, column: str, unit: str = "month") -> list[Part]:
        """Return the parts of a table that is written by UTC month or day of a timestamp."""
        if not self.in_parts:
            return WHOLE
        start, parts = datetime.combine(self.first_day, datetime.min.time()), []
        while start.date() <= self.last_day:
            if unit == "month":
                name, following = f"{start:%Y-%m}", (start + timedelta(31)).replace(day=1)
            else:
                name, following = f"{start:%Y-%m-%d}", start + timedelta(1)
            # nothing may fall outside the first and the last part
            low = start if parts else datetime(1900, 1, 1)
            high = following if following.date() <= self.last_day else datetime(2200, 1, 1)
            part = f"{column} >= timestamp '{low}' and {column} < timestamp '{high}'"
            parts.append((name, {"low": str(low), "high": str(high), "part": part}))
            start = following
        return parts

    def write_all(self) -> None:
        """Write every raw table of the contract."""
        events = self.by_time("happened_at", self.options.event_files)
        self.write("customers", self.customers(), self.by_person())
        self.write("customer_attributes", self.customer_attributes(), self.by_person())
        self.write("orders", self.orders(), self.by_time("o.ordered_at"))
        self.write("order_lines", self.order_lines(), self.by_time("ordered_at"))
        self.write("refunds", self.refunds(), self.by_person())
        self.write("products", self.product_rows(), WHOLE)
        self.write("reviews", self.reviews(), self.by_person())
        self.write("exchange_rates", self.exchange_rates(), WHOLE)
        self.write("consents", self.consents(), self.by_person())
        self.write("message_events", self.message_events(), self.by_time("sends.sent_at"))
        self.write("campaigns", self.campaigns(), WHOLE)
        self.write("support_tickets", self.support_tickets(), self.by_person())
        self.write("erasure_requests", self.erasure_requests(), self.by_person())
        self.write("events", self.events(), events)


def generate(options: Options) -> None:
    """Make a shop in folder `options.out`; raw tables that are there already are replaced."""
    options.out.mkdir(parents=True, exist_ok=True)
    for table in CONTRACT:
        for old in [options.out / table, *options.out.glob(f"{table}.*")]:
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=options.out) as scratch:
        shop = Shop(options, Path(scratch))
        shop.build_calendar()
        shop.build_products()
        shop.build_people()
        shop.log(f"{options.contacts} contacts")
        shop.build_orders()
        shop.build_sessions()
        shop.build_messages()
        shop.write_all()
        shop.db.close()


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and make the shop."""
    default = Options(out=Path())
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the raw tables")
    parser.add_argument("--contacts", type=int, default=default.contacts)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--years", type=int, default=default.years)
    parser.add_argument("--end", type=date.fromisoformat, default=default.end, help="last day")
    parser.add_argument(
        "--dirt-rate", type=float, default=default.dirt_rate, help="share of rows made dirty"
    )
    parser.add_argument("--format", choices=["csv", "csv.gz", "parquet"], default=default.format)
    parser.add_argument("--orders-per-contact", type=float, default=default.orders_per_contact)
    parser.add_argument("--events-per-contact", type=float, default=default.events_per_contact)
    parser.add_argument("--shuffle-seed", type=int, help="write the same rows in another order")
    parser.add_argument(
        "--gzip", nargs="*", default=default.gzip, metavar="TABLE", help="tables to compress"
    )
    parser.add_argument("--event-files", choices=["day", "month"], default=default.event_files)
    parser.add_argument("--threads", type=int, default=default.threads)
    parser.add_argument("--memory-limit", default=default.memory_limit, help="of DuckDB")
    values = vars(parser.parse_args(arguments))
    generate(Options(**{**values, "gzip": tuple(values["gzip"])}))


if __name__ == "__main__":
    main()
