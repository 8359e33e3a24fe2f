"""Invented shops that fill the tables of `insights`, with limits low enough to be met often."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import md5
from itertools import chain
from pathlib import Path
from random import Random

import duckdb
from oracle.shops.files import write

Row = dict[str, str]
Moment = Callable[[int, int], str]

# every limit within what some forty contacts do, and none of them the default
INSIGHT_SETTINGS: dict[str, dict[str, object]] = {
    "month end": {
        "as_of": "2024-03-31",
        "loaded_until": "2024-04-02 00:00:00",
        "insight_months": 3,
        "exit_days": 10,
        "active_days": 15,
        "vip_min_lifetime_value": 40,
        "rule_change_days": 20,
        "affinity_days": 7,
        "affinity_min_buyers": 2,
        "affinity_top": 2,
        "effect_days": 20,
        "effect_min_buyers": 4,
        "effect_interval_z": 0.5,
        "recommendations": 2,
        "recommend_again_days": 25,
        "recommend_months": 2,
        "recommend_view_weight": 0.25,
        "recommend_test_days": 12,
        "recent_view_days": 9,
        "objective_months": 2,
        "short_term_days": 20,
        "pareto_revenue_share": 0.5,
        "overlap_merge_min": 0.5,
        "identifiable_pass_share": 0.75,
        "identifiable_warn_share": 0.5,
        "accessible_pass_share": 0.5,
        "accessible_warn_share": 0.25,
        "stable_pass_share": 0.5,
        "stable_warn_share": 0.25,
        "stable_days": 10,
        "substantial_min_members": 10,
        "everybody_share": 0.5,
        "differentiable_max_jaccard": 0.5,
        "differentiable_min_difference": 0.3,
        "gross_margin": 0.5,
        "contact_cost": 0.5,
        "loyal_min_purchases": 2,
        "at_risk_multiplier": 0.5,
        "inactive_multiplier": 1,
        "log_valued_segments": ["recency_bands"],
        "holdouts": {"all_customers": 40, "first_time_buyers": 50, "inactive_customers": 25},
        "lift_days": 10,
        "lift_min_people": 3,
        "holdout_max_sent_share": 1,
        "complaint_days": 15,
        "complaint_max_rate": 0.25,
        "complaint_min_delivered": 4,
        "unproposed_categories": ["milk"],
        # toys add up to nothing, and some rows are of tomorrow
        "max_unbalanced_share": 1,
        "max_rejected_share": 1,
    },
}
INSIGHT_SETTINGS["within a month"] = INSIGHT_SETTINGS["month end"] | {
    "as_of": "2024-05-12",
    "loaded_until": "2024-05-14 00:00:00",
    "exit_days": 5,
    "affinity_days": 10,
    "recommendations": 3,
    "recommend_months": 1,
    "recommend_again_days": 35,
    "effect_min_buyers": 3,
    "effect_interval_z": 0.1,
    "recommend_view_weight": 0.75,
    "objective_months": 3,
    "substantial_min_members": 5,
    "substantial_min_revenue_share": 0,
    "contact_cost": 0,
    "log_valued_segments": [],
    "lift_min_people": 6,
    "holdout_max_sent_share": 0.75,
}
CATEGORIES = ("tea", "pots", "tea", "cups", "tea", "", "milk", "pots", "tea", "bowls")
CONTACTS, PRODUCTS, DAYS = 40, len(CATEGORIES), 150
STATUSES = ("paid",) * 8 + ("refunded", "cancelled")
# from this number on shops are quiet: nothing is bought of late or in most months, for cents, …
QUIET = 2
# … refunded altogether, or for nothing, and nobody is there
REFUNDED, FREE, NOBODY = 3, 4, 5
# … and those whose campaigns are just better than nothing, or just worse
BETTER, WORSE = 6, 7
# the last ones are made of what no chance brings about: see edge_shop
EDGES, PAIRS = 8, 9
# to which segment campaigns went, and how many days ago: before, within and after what is measured
CAMPAIGNS = {
    **{"old": ("all_customers", 50), "edge": ("all_customers", 10), "new": ("all_customers", 4)},
    **{"first": ("first_time_buyers", 16), "last": ("inactive_customers", 12)},
    **{"unheld": ("prospects", 20), "to nobody": ("all_customers", 30), "anyhow": ("", 15)},
    **{"at the beginning": ("all_customers", 60), "before": ("all_customers", 75)},
    # when some come back, and not over yet
    **{"back": ("all_customers", 40), "on": ("all_customers", 8)},
}
# days ago of a campaign that all get who are not held out, how many of them buy, how many of the
# others: the lower end of the interval is 0, just above and just below it
TREATED, HELD_OUT = 32, 29
BOUGHT = {"at 0": (44, 2, 1), "above": (34, 6, 4), "below": (24, 13, 10), "no sale": (14, 0, 0)}
# some of them the same moment
HOURS = ("00:00:00", "09:00:00", "09:00:00", "12:30:00", "23:59:59")


@cache
def folder_of_insights(name: str = "within a month", number: int = 0) -> Path:
    """Write one of the shops, once a process; returns the folder of its raw tables.

    Arguments: name (of its settings), number (which shop).
    """
    folder = Path(tempfile.mkdtemp(prefix="insights_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write(insight_shop(number, str(INSIGHT_SETTINGS[name]["as_of"])), folder)
    return folder


def insight_shop(number: int, as_of: str) -> dict[str, list[Row]]:
    """Make a shop whose buyers come back within days, to few products; always the same one.

    Those from QUIET on have few contacts, who hardly buy.

    Arguments: number (another makes another shop), as_of (its last day; a few facts are later).
    Returns: raw table -> rows.
    """
    end = date.fromisoformat(as_of)
    if number in (BETTER, WORSE):
        return measured_shop(end, number == WORSE)
    random = Random(f"{number}: {as_of}")

    def moment(first: int, last: int = -1) -> str:
        """Some time so many days ago, at the earliest and at the latest."""
        day = end - timedelta(days=random.randint(last, first))
        return f"{day}T{random.choice(HOURS)}Z"

    def maybe(value: str, share: float = 0.5) -> str:
        return value if random.random() < share else ""

    shop: dict[str, list[Row]] = {
        "products": [
            {
                "product_id": f"p{n}",
                "product_name": f"Thing {n}" if n != 3 else "",
                "category": CATEGORIES[n],
                "unit_price": "10",
                "stock_quantity": ("5", "", "1", "0", "2", "3")[n % 6],
                "updated_at": f"{end}T00:00:00Z",
            }
            for n in range(PRODUCTS)
        ],
        **{name: [] for name in ("customers", "orders", "order_lines", "refunds", "consents")},
        **{name: [] for name in ("events", "support_tickets", "customer_attributes")},
        "message_events": [],
        "campaigns": [
            {"campaign_id": name, "channel": "email", "segment": segment}
            for name, (segment, _) in CAMPAIGNS.items()
        ],
    }
    for n in range(0 if number >= NOBODY else 6 if number >= QUIET else CONTACTS):
        who, email = f"c{n}", f"c{n}@example.com"
        shop["customers"].append(
            {
                "customer_id": who,
                "email": email,
                "gender": maybe("f", 0.75),
                "birth_date": maybe("1980-05-20", 0.5),
                "city": maybe("Lyon", 0.8),
                "region": maybe("Rhône", 0.3),
                "country_code": maybe("FR", 0.75),
                "acquisition_source": maybe("shop", 0.5),
                "created_at": moment(DAYS, 0),
            }
        )
        if random.random() < 0.5:
            shop["consents"].append(
                {
                    "consent_id": f"{who} said",
                    "customer_id": who,
                    "channel": random.choice(("email", "sms")),
                    "status": random.choice(("opted_in", "opted_in", "opted_out", "not_asked")),
                    "changed_at": moment(DAYS),
                }
            )
        if random.random() < 0.4:
            key = {"customer_id": random.choice((who, "nobody"))}
            key = key if random.random() < 0.5 else {"email": email}
            shop["customer_attributes"].append(
                {**key, "attribute": "job", "value": "cook", "recorded_at": moment(60)}
            )
        add_orders(shop, random, n, moment, number)
        for view in range(random.choice((0, 1, 3, 6))):
            shop["events"].append(
                {
                    "event_id": f"{who} sees {view}",
                    "event_name": random.choice(("page_view", "page_view", "add_to_cart")),
                    "occurred_at": moment(12, 0),
                    "visitor_id": f"v{n}",
                    "customer_id": maybe(who, 0.8),
                    "page_type": random.choice(("product", "product", "home")),
                    "product_id": random.choice((f"p{random.randrange(PRODUCTS)}", "p?")),
                }
            )
    add_messages(shop, Random(f"messages {number}: {as_of}"), end)
    if number == PAIRS:
        [days] = [s["affinity_days"] for s in INSIGHT_SETTINGS.values() if s["as_of"] == as_of]
        return edge_shop(shop, end, pair_orders(int(days)))
    return edge_shop(shop, end, EDGE_ORDERS) if number == EDGES else shop


# who ordered how many days ago, for how much, and which products
Order = tuple[int | None, int, int, str]
EDGE_ORDERS: list[Order] = [
    # before anybody was a contact, in a month of its own
    (None, 80, 10, ""),
    # three began with p9, of whom fewer came back than of all: by one, and so many are just enough
    *((0, 70, 10, "p0 p2 p4 p9"), (0, 60, 10, ""), (1, 70, 10, "p0 p2 p4 p9"), (1, 60, 10, "")),
    (9, 65, 10, "p9"),
    # has seen p0, but likes pots, of which p1 is the one that sells
    (5, 70, 40, "p7"),
    # bought again at last, and likes pots as much as tea, but pots later
    *((6, 40, 5, "p8"), (6, 30, 5, "p7"), (6, 10, 5, "p1")),
    # one spent twice the limit, others two bars less than it, and just as much (5)
    *((7, 35, 40, "p0 p1 p2 p4"), (7, 30, 40, ""), (8, 35, 20, "p0 p2 p4"), (8, 30, 10, "")),
    # two bars too long ago to be active, of whom one is so for three days
    (10, 17, 10, ""),
]


def pair_orders(days: int) -> list[Order]:
    """Orders of pairs of products that just go together, or just do not; each of two buyers, who
    are as many as it takes.

    Arguments: days (within which what is bought goes together).
    """
    orders: list[Order] = [(who, 75, 10, "p2") for who in range(8)]
    for who in (0, 1):
        # on the last of the days, whichever is the first by its name
        orders += [(who, 40, 10, "p9"), (who, 40 - days, 10, "p3")]
        orders += [(2 + who, 40, 10, "p0"), (2 + who, 40 - days, 10, "p1")]
        # with what all have bought, as likely as chance has it
        orders += [(4 + who, 30, 10, "p2 p4")]
        # between two times of buying it, too far from both
        orders += [(6 + who, day, 10, "p7") for day in (60, 59, 30)]
        orders += [(6 + who, 45, 10, "p8")]
    return orders


def edge_shop(shop: dict[str, list[Row]], end: date, orders: list[Order]) -> dict[str, list[Row]]:
    """A shop of few contacts, each of whom is just within or just outside of something.

    Arguments: shop (of which the products are kept), end (its last day), orders.
    Returns: raw table -> rows.
    """

    def at(days_ago: int) -> str:
        return f"{end - timedelta(days=days_ago)}T09:00:00Z"

    lines = [(n, p) for n, (*_, products) in enumerate(orders) for p in products.split()]
    contacts = 1 + max(who for who, *_ in orders if who is not None)
    return {
        "products": shop["products"],
        "customers": [
            {
                **{"customer_id": f"e{n}", "email": f"e{n}@example.com", "created_at": at(71)},
                # eleven ages: the tenth part of them is one more than the youngest
                "birth_date": f"{end.year - 20 - 5 * n}-01-01",
            }
            for n in range(contacts)
        ],
        "orders": [
            {
                **{"order_id": f"o{n}", "customer_id": "" if who is None else f"e{who}"},
                **{"ordered_at": at(days_ago), "status": "paid", "currency": "EUR"},
                "subtotal_amount": str(value),
            }
            for n, (who, days_ago, value, _) in enumerate(orders)
        ],
        "order_lines": [
            {
                **{"order_line_id": f"o{n} {product}", "order_id": f"o{n}"},
                **{"product_id": product, "quantity": "1", "unit_price": "10"},
            }
            for n, product in lines
        ],
        "events": [
            {
                **{"event_id": "seen", "event_name": "page_view", "page_type": "product"},
                **{"occurred_at": at(3), "visitor_id": "v5", "customer_id": "e5"},
                "product_id": "p0",
            }
        ],
    }


def measured_shop(end: date, is_worse: bool) -> dict[str, list[Row]]:
    """Make a shop of people whom `with_a_past` has in all_customers for 45 days, and of one who has
    just come; BOUGHT says how many buy.

    Arguments: end (the last day), is_worse (whether those buy who otherwise do not).
    """
    share = INSIGHT_SETTINGS["month end"]["holdouts"]["all_customers"]
    arms: dict[object, list[str]] = {TREATED: [], HELD_OUT: [], "new": []}
    fates = "select 'e' || n, hash('c:e' || n, 'all_customers') % 4 from range(550) as numbers (n)"
    for who, fate in duckdb.sql(fates).fetchall():
        start = md5(f"all_customers:customer:{who}".encode()).hexdigest()[:8]
        is_held_out = int(start, 16) < share * 16**8 // 100
        if fate == 0:
            arms[HELD_OUT if is_held_out else TREATED].append(who)
        elif fate == 2 and not is_held_out:
            arms["new"].append(who)
    shop: dict[str, list[Row]] = {"customers": [], "orders": [], "campaigns": []}
    shop["message_events"] = []
    arms = {arm: people[: arm if isinstance(arm, int) else 1] for arm, people in arms.items()}
    for who in sorted(chain(*arms.values())):
        customer = {"customer_id": who, "email": f"{who}@example.com"}
        shop["customers"].append(customer | {"created_at": f"{end - timedelta(DAYS)}T09:00:00Z"})

    def add_message(campaign: str, who: str, days_ago: int, *events: str) -> None:
        for event in events:
            name, _, channel = event.partition(" by ")
            shop["message_events"].append(
                {
                    "message_event_id": f"{campaign} {who} {days_ago} {event}",
                    "message_id": f"{campaign} {who}",
                    "customer_id": who,
                    "channel": channel or "email",
                    "campaign_id": campaign,
                    "event_type": name,
                    "occurred_at": f"{end - timedelta(days_ago)}T09:00:00Z",
                }
            )

    for campaign, (days_ago, *numbers) in BOUGHT.items():
        for arm, number in zip((TREATED, HELD_OUT), numbers, strict=True):
            for place, who in enumerate(arms[arm]):
                if arm == TREATED:
                    add_message(campaign, who, days_ago, "sent")
                if number and (place < number) != is_worse:
                    shop["orders"].append(
                        {
                            "order_id": f"{campaign} {who}",
                            "customer_id": who,
                            "ordered_at": f"{end - timedelta(days_ago)}T12:00:00Z",
                            "status": "paid",
                            "currency": "EUR",
                            "subtotal_amount": "10",
                        }
                    )
    # while people come in, of whom one buys on that very day
    add_message("meanwhile", arms[TREATED][0], 46, "sent")
    add_message("meanwhile", arms[TREATED][1], 41, "sent")
    shop["orders"].append(shop["orders"][0] | {"order_id": "at once"})
    shop["orders"][-1]["ordered_at"] = f"{end - timedelta(45)}T12:00:00Z"
    add_message("astray", arms["new"][0], 14, "sent")
    add_message("bounced", arms["new"][0], 14, "sent", "bounced")
    add_message("twice", arms["new"][0], 14, "sent")
    add_message("twice", arms["new"][0], 13, "sent")
    add_message("by two", arms["new"][0], 5, "delivered", "delivered by sms")
    for place, who in enumerate(arms[TREATED][:4]):
        add_message("one in 4", who, 5, "delivered", *["complained"] * (place == 0))
    to = {"one in 4": "vip_customers", "by two": "cold_customers", "bounced": "", "twice": ""}
    for campaign in (*BOUGHT, "meanwhile", "astray", *to):
        named = {"campaign_id": campaign, "channel": "email"}
        shop["campaigns"].append(named | {"segment": to.get(campaign, "all_customers")})
    return shop


def add_messages(shop: dict[str, list[Row]], random: Random, end: date) -> None:
    """Add what campaigns sent and what came back; to most, to some twice, to some a day later.

    Arguments: shop, random (of the messages alone), end (the last day).
    """
    for place, (campaign, (_, days_ago)) in enumerate(CAMPAIGNS.items()):
        names = [row["customer_id"] for row in shop["customers"]] * random.choice((1, 1, 2))
        for number, who in enumerate(names):
            if random.random() < 0.3 or campaign == "to nobody":
                continue
            sent = end - timedelta(days=days_ago - random.choice((0, 0, 0, 1, 5)))
            happened = [("sent", 0.8), ("delivered", 0.8), ("opened", 0.4), ("opened", 0.3)]
            happened += [("clicked", 0.2), ("clicked", 0.2), ("unsubscribed", 0.15)]
            happened += [("complained", 0.3), ("complained", 0.1), ("bounced", 0.15)]
            for step, (event, share) in enumerate(happened):
                if random.random() < share:
                    day = sent + timedelta(days=random.choice((0, 0, 1)) if step else 0)
                    shop["message_events"].append(
                        {
                            "message_event_id": f"{campaign} {number} {step}",
                            "message_id": f"m{place} {number}" if random.random() < 0.9 else "",
                            "customer_id": who,
                            "channel": "email",
                            "campaign_id": campaign if random.random() < 0.95 else "unlisted",
                            "event_type": event,
                            "bounce_type": random.choice(("hard", "soft")) * (event == "bounced"),
                            "occurred_at": f"{day}T{random.choice(HOURS)}Z",
                        }
                    )


def add_orders(
    shop: dict[str, list[Row]], random: Random, n: int, moment: Moment, number: int
) -> None:
    """Add what a contact orders, sends back and asks about; arguments as of `insight_shop`."""
    who = f"c{n}"
    count = random.choice((0, 1, 1, 2, 3, 4, 7))
    # two tastes, so that some things go with others
    favourites = [*range(n % 2, PRODUCTS, 2), random.randrange(PRODUCTS)]
    if n % 10 == 1:
        favourites = [CATEGORIES.index("")]
    spans = ((DAYS, 100), (45, 40)) if number >= QUIET else ((DAYS, -1), (60, -1), (30, -1))
    times = [moment(*random.choice(spans)) for _ in range(count)]
    for place, at in enumerate(times):
        order, value = f"{who}-{place}", random.choice((10, 20, 25, 40))
        status = "refunded" if number == REFUNDED else random.choice(STATUSES)
        if number >= QUIET:
            value = 0 if number == FREE else Decimal("0.05")
        day = datetime.fromisoformat(at.removesuffix("Z"))
        # some of a day, some an hour later
        if place and random.random() < 0.3:
            day = datetime.fromisoformat(times[place - 1].removesuffix("Z"))
            day += timedelta(
                hours=random.choice((0, 1, 7 * 24, 20 * 24) if number < QUIET else (0, 1))
            )
        shop["orders"].append(
            {
                "order_id": order,
                "customer_id": who if random.random() < 0.95 else "",
                "ordered_at": f"{day.isoformat()}Z",
                "status": status,
                "currency": "EUR",
                "subtotal_amount": str(value),
                "discount_amount": random.choice(("", "", "5") if number < QUIET else ("",)),
                "coupon_code": random.choice(("", "", "TEN")),
            }
        )
        for line in range(random.choice((0, 1, 2, 3))):
            product = f"p{random.choice(favourites)}" if random.random() < 0.95 else "p?"
            shop["order_lines"].append(
                {
                    "order_line_id": f"{order}-{line}",
                    "order_id": order,
                    "product_id": product,
                    "quantity": random.choice(("0", "1", "1", "2")),
                    "unit_price": "10",
                }
            )
        if random.random() < 0.25 and number < QUIET:
            shop["refunds"].append(
                {
                    "refund_id": f"{order} back",
                    "order_id": order,
                    "refunded_at": f"{(day + timedelta(days=1)).isoformat()}Z",
                    "amount": random.choice(("4", str(value - 5))),
                }
            )
        if random.random() < 0.3:
            asked_at = day + timedelta(hours=random.choice((-1, 0, 30)))
            shop["support_tickets"].append(
                {
                    "ticket_id": f"{order} asked",
                    "customer_id": who,
                    "opened_at": f"{asked_at.isoformat()}Z",
                    "topic": "late",
                }
            )
