"""A naive reading of parts C and D of the segment rules.

Every rule is `(world, facts, day) -> [Found]` and reads its printed sentence with `day` for D.
Averages over all persons, m, ranks, attributes and stock are those of `world.day` whatever `day`
is; so are the facts, as the world holds none after D.

`HORIZONS` says until which day a rule's answer can change by time alone, `DAYS` on which days
only: a fact's day plus a window. The tests compare the two.
"""

from __future__ import annotations

import csv
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from .lifecycle import limits, stage_on
from .world import (
    DAY,
    SEEDS,
    Facts,
    Found,
    Order,
    Row,
    Rule,
    World,
    aov,
    attribute,
    country_of,
    email_messages,
    email_state,
    events_of,
    in_days,
    in_months,
    is_like,
    last_order_at,
    local_day,
    mean,
    money,
    orders_in,
    purchases_of,
    rounded,
    sessions_in,
    standing_products,
)

# ------------------------------------------------------------------------- what the rules read


def exact(number: object) -> Fraction:
    """Return a var that is a number, whatever it is written as."""
    return Fraction(str(number))


def once(world: World, name: str, make: Callable[[], object]) -> object:
    """Return what `make` returned when it was first asked for in this world."""
    if name not in world.kept:
        world.kept[name] = make()
    return world.kept[name]


def net_revenue(facts: Facts) -> Fraction:
    """Return a person's order values less refunds, ever."""
    return sum((Fraction(o.net_revenue_amount) for o in facts.orders), Fraction(0))


def buyers(world: World) -> list[Facts]:
    """Return every contact with an order."""
    people = world.people.values()
    return once(world, "buyers", lambda: [f for f in people if f.is_contact and f.orders])


def day_of(world: World, row: Row) -> date:
    """Return the local day of an event or message event."""
    return local_day(row["occurred_at"], world.zone)


def messages_of(facts: Facts, *event_types: str) -> list[Row]:
    """Return a person's message events of these types, of any channel, oldest first."""
    return [m for m in facts.messages if m["event_type"] in event_types]


def bought_since(world: World, facts: Facts, time: datetime) -> bool:
    """Return whether an order of the person or a purchase of theirs came at or after a time."""
    purchases = purchases_of(world, facts.events)
    return any(o.ordered_at >= time for o in facts.orders) or any(
        e["occurred_at"] >= time for e in purchases
    )


def newest_of(orders: Iterable[Order]) -> datetime:
    """Return the time of the newest order."""
    return max(o.ordered_at for o in orders)


def found(evidence: Decimal | Fraction | int, evidence_at: datetime, value: str = "") -> Found:
    """Return a membership."""
    return Found(value, Decimal(evidence) if isinstance(evidence, int) else evidence, evidence_at)


# -------------------------------------------------------------------------- C01-C07: the orders


def top_20_percent_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """The first share of the buyers by net revenue, ties by person_id."""

    def top() -> set[str]:
        ranked = sorted(buyers(world), key=lambda f: (-net_revenue(f), f.person_id))
        share = exact(world.settings["pareto_share"])
        return {f.person_id for f in ranked[: ceil(share * len(ranked))]}

    if facts.person_id not in once(world, "top", top):
        return []
    return [found(net_revenue(facts), last_order_at(world, facts, day))]


def _by_country(world: World, facts: Facts, *, at_home: bool) -> list[Found]:
    home = world.settings["home_country_code"]
    countries = [(o, country_of(facts, o)) for o in facts.orders]
    counted = [o for o, code in countries if code is not None and (code == home) == at_home]
    return [found(len(counted), newest_of(counted))] if counted else []


def domestic_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order whose country is home: the shipping country, else the contact's."""
    return _by_country(world, facts, at_home=True)


def international_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order with another known country."""
    return _by_country(world, facts, at_home=False)


def low_value_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Buyers up to the threshold of the VIPs."""
    value = net_revenue(facts)
    if not facts.orders or value > exact(world.settings["vip_min_lifetime_value"]):
        return []
    return [found(value, last_order_at(world, facts, day))]


def cold_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Buyers without an order in the window."""
    if not facts.orders or orders_in(facts, day, days=world.settings["cold_days"]):
        return []
    return [found((day - facts.purchases[-1]).days, last_order_at(world, facts, day))]


def frequent_small_basket_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Several orders in 30 days whose mean is below AOV(12 months).

    The person's own mean is that of the orders in the window of `day`; AOV is as at D.
    """
    orders = orders_in(facts, day, days=30)
    if not orders or len(orders) < world.settings["frequent_small_min_orders"]:
        return []
    own_mean = mean([o.order_value_amount for o in orders])
    if own_mean >= aov(world, months=12):
        return []
    return [found(own_mean, newest_of(orders))]


def rare_large_basket_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """One order in 30 days, of more than a multiple of AOV(12 months)."""
    orders = orders_in(facts, day, days=30)
    if len(orders) != 1:
        return []
    value = orders[0].order_value_amount
    multiple = exact(world.settings["large_basket_multiple"])
    if Fraction(value) <= multiple * aov(world, months=12):
        return []
    return [found(value, newest_of(orders))]


# ------------------------------------------------------------- C08-C10, C23, C25: the products


def _units(world: World, facts: Facts, column: str) -> list[Found]:
    units: dict[str, Decimal] = defaultdict(Decimal)
    orders = defaultdict(list)
    for order in facts.orders:
        for line in order.lines:
            value = line.product and line.product[column]
            if value is not None and line.quantity > 0:
                units[value] += line.quantity
                orders[value].append(order)
    return [
        found(count, newest_of(orders[value]), value)
        for value, count in units.items()
        if count >= 1
    ]


def product_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per product, a unit bought ever."""
    return _units(world, facts, "product_id")


def category_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per category, a unit bought ever."""
    return _units(world, facts, "category")


def collection_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per collection, a unit bought ever."""
    return _units(world, facts, "collection")


def favorites_low_stock(world: World, facts: Facts, day: date) -> list[Found]:
    """Per product, a favourite of which little is left; an unknown stock is none."""
    rows = []
    most = world.settings["low_stock_max_units"]
    left = standing_products(world, facts, "add_to_favorites", "remove_from_favorites")
    for product_id, event in left.items():
        stock = world.products[product_id]["stock_quantity"]
        if stock is not None and stock <= most:
            rows.append(found(stock, event["occurred_at"], product_id))
    return rows


def recent_viewers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per product, the three viewed last that were not bought at or after that view."""
    last_view: dict[str, Row] = {}
    for event in events_of(facts, "page_view"):
        in_window = in_days(day_of(world, event), day, world.settings["recent_view_days"])
        if in_window and event["page_type"] == "product" and event["product_id"] in world.products:
            last_view[event["product_id"]] = event
    ranked = sorted(
        last_view.values(), key=lambda e: (e["occurred_at"], e["event_id"]), reverse=True
    )
    rows = []
    for rank, view in enumerate(ranked[:3], start=1):
        bought = any(
            order.ordered_at >= view["occurred_at"]
            and any(
                line.product_id == view["product_id"] and line.quantity > 0 for line in order.lines
            )
            for order in facts.orders
        )
        if not bought:
            rows.append(found(rank, view["occurred_at"], view["product_id"]))
    return rows


# ------------------------------------------ C11-C13, C26, C32, C33, C35: what a contact declared


def birthday_in(born: date, year: int) -> date:
    """Return a person's birthday in a year; 29 February is 28 February in other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def upcoming_birthdays(world: World, facts: Facts, day: date) -> list[Found]:
    """A birthday in the days to come."""
    born = attribute(facts, "birth_date")
    if born is None:
        return []
    for ahead in range(1, world.settings["birthday_days"] + 1):
        on = day + timedelta(days=ahead)
        if on == birthday_in(born, on.year):
            return [found(ahead, facts.created_at)]
    return []


AGE_BANDS = ((65, "65+"), (50, "50-64"), (35, "35-49"), (25, "25-34"), (18, "18-24"), (0, "0-17"))


def age_bands(world: World, facts: Facts, day: date) -> list[Found]:
    """Per band, contacts of that age; who is not born yet has none."""
    born = attribute(facts, "birth_date")
    if born is None or born > day:
        return []
    age = day.year - born.year - (day < birthday_in(born, day.year))
    band = next(name for least, name in AGE_BANDS if age >= least)
    return [found(age, facts.created_at, band)]


def country_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per country, contacts living there."""
    value = attribute(facts, "country_code")
    return [] if value is None else [found(1, last_order_at(world, facts, day), value)]


def region_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per region, contacts living there."""
    value = attribute(facts, "region")
    return [] if value is None else [found(1, last_order_at(world, facts, day), value)]


@lru_cache(maxsize=1)
def climate_zones() -> dict[tuple[str, str], str]:
    """Return the zones of the seed by country and region; of the rest of a country by ''."""
    with (SEEDS / "climate_zones.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["country_code"], row["region"]): row["zone"] for row in rows}


def climate_zone_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per climate zone, contacts living there; a row without region is the rest of its country."""
    zones = climate_zones()
    country, region = attribute(facts, "country_code"), attribute(facts, "region")
    zone = zones.get((country, region), zones.get((country, "")))
    return [] if zone is None else [found(1, last_order_at(world, facts, day), zone)]


def attribute_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per attribute and value, contacts whose newest record has it; ties: the greater value.

    Attributes and values that read the same with the sign between them are one membership.
    """
    last: dict[str, Row] = {}
    for row in sorted(facts.attributes, key=lambda r: (r["recorded_at"], r["value"])):
        last[row["attribute"]] = row
    times: dict[str, datetime] = {}
    for row in sorted(last.values(), key=lambda r: r["recorded_at"]):
        times[f"{row['attribute']}={row['value']}"] = row["recorded_at"]
    return [found(1, time, value) for value, time in times.items()]


def acquisition_source_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per acquisition source, contacts."""
    value = attribute(facts, "acquisition_source")
    return [] if value is None else [found(1, facts.created_at, value)]


# ------------------------------------------------- C14-C17, C19, C29, C34: visits and activity


def device_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """Per device type of a session's first event, a session."""
    by_device = defaultdict(list)
    for session in sessions_in(world, facts, day):
        if session.events[0]["device_type"] is not None:
            by_device[session.events[0]["device_type"]].append(session)
    return [found(len(s), s[-1].started_at, device) for device, s in by_device.items()]


def page_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """Per named pattern, a session with a page of which the address matches."""
    rows = []
    for name, pattern in world.settings["page_patterns"].items():
        sessions = [
            s
            for s in sessions_in(world, facts, day)
            if any(e["page_url"] and is_like(e["page_url"], pattern) for e in s.events)
        ]
        if sessions:
            rows.append(found(len(sessions), sessions[-1].started_at, name))
    return rows


RECENCY_BANDS = ((365, "365+"), (180, "180-364"), (90, "90-179"), (30, "30-89"), (0, "0-29"))


def recency_bands(world: World, facts: Facts, day: date) -> list[Found]:
    """Per band, days since the last order."""
    if not facts.orders:
        return []
    since = (day - facts.purchases[-1]).days
    band = next(name for least, name in RECENCY_BANDS if since >= least)
    return [found(since, last_order_at(world, facts, day), band)]


def _visits_and_clicks(world: World, facts: Facts) -> list[tuple[datetime, date]]:
    clicks = messages_of(facts, "clicked")
    return [(s.started_at, s.started_on) for s in facts.sessions] + [
        (c["occurred_at"], day_of(world, c)) for c in clicks
    ]


def active_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order, session or click in the window."""
    days = world.settings["active_days"]
    active = [(o.ordered_at, o.ordered_on) for o in facts.orders]
    active += _visits_and_clicks(world, facts)
    active = [(time, on) for time, on in active if in_days(on, day, days)]
    if not active:
        return []
    time, on = max(active)
    return [found((day - on).days, time)]


def lead_maturity(world: World, facts: Facts, day: date) -> list[Found]:
    """Prospects: hot, else engaged, else known."""
    if facts.orders:
        return []
    days = world.settings["lead_days"]
    carts = [
        e["occurred_at"]
        for e in events_of(facts, "add_to_cart", "begin_checkout")
        if in_days(day_of(world, e), day, days)
    ]
    if carts:
        return [found(3, max(carts), "hot")]
    visits = [time for time, on in _visits_and_clicks(world, facts) if in_days(on, day, days)]
    if visits:
        return [found(2, max(visits), "engaged")]
    return [found(1, facts.created_at, "known")]


def checkout_abandoners(world: World, facts: Facts, day: date) -> list[Found]:
    """A checkout begun in the window, and nothing bought at or after it."""
    begun = [
        e["occurred_at"]
        for e in events_of(facts, "begin_checkout")
        if in_days(day_of(world, e), day, world.settings["cart_days"])
        and not bought_since(world, facts, e["occurred_at"])
    ]
    return [found(len(begun), max(begun))] if begun else []


def valuable_cart_abandoners(world: World, facts: Facts, day: date) -> list[Found]:
    """Products left in the cart whose prices come to AOV(12 months), a unit of each."""
    average = aov(world, months=12)
    left = [
        add
        for add in standing_products(world, facts, "add_to_cart", "remove_from_cart").values()
        if in_days(day_of(world, add), day, world.settings["cart_days"])
        and not bought_since(world, facts, add["occurred_at"])
    ]
    if not left or average is None:
        return []
    prices = [world.products[add["product_id"]]["unit_price"] or Decimal(0) for add in left]
    value = sum((Fraction(money(price, Decimal(1))) for price in prices), Fraction(0))
    if value < average:
        return []
    return [found(value, max(add["occurred_at"] for add in left))]


# ----------------------------------------------------- C18, C20-C22, C24, C27, C28: the service


def unsubscribed_contacts(world: World, facts: Facts, day: date) -> list[Found]:
    """Out of e-mail now, or a complaint or hard bounce ever."""
    state, said_at = email_state(facts)
    times = [said_at] if state == "opted_out" else []
    times += [m["occurred_at"] for m in email_messages(facts, "complained")]
    times += [
        m["occurred_at"]
        for m in email_messages(facts, "bounced")
        if m["bounce_type"] in (None, "hard")
    ]
    return [found(1, max(times))] if times else []


def _recent_messages(world: World, facts: Facts, kind: str, day: date) -> list[Found]:
    days = world.settings["email_days"]
    times = [
        m["occurred_at"]
        for m in email_messages(facts, kind)
        if in_days(day_of(world, m), day, days)
    ]
    return [found(len(times), max(times))] if times else []


def email_openers(world: World, facts: Facts, day: date) -> list[Found]:
    """An open in the window."""
    return _recent_messages(world, facts, "opened", day)


def email_clickers(world: World, facts: Facts, day: date) -> list[Found]:
    """A click in the window."""
    return _recent_messages(world, facts, "clicked", day)


def email_sleepers(world: World, facts: Facts, day: date) -> list[Found]:
    """Several messages sent in the window, and none of them opened or clicked."""
    days = world.settings["email_sleeper_days"]
    sent = [m for m in email_messages(facts, "sent") if in_days(day_of(world, m), day, days)]
    ids = {m["message_id"] for m in sent}
    awake = {m["message_id"] for m in email_messages(facts, "opened", "clicked")}
    if not ids or len(ids) < world.settings["email_sleeper_min_messages"] or ids & awake:
        return []
    return [found(len(ids), max(m["occurred_at"] for m in sent))]


def photo_reviewers(world: World, facts: Facts, day: date) -> list[Found]:
    """A review with a photo ever."""
    times = [r["reviewed_at"] for r in facts.reviews if r["has_photo"]]
    return [found(len(times), max(times))] if times else []


def costly_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """A large share of two orders or more refunded, or several tickets in 12 months.

    The orders are those whose status is valid or `refunded`, also where all of it was refunded.
    """
    statuses = (*world.settings.valid_order_statuses, "refunded")
    orders = [o for o in facts.all_orders if o.status in statuses]
    value = sum(Fraction(o.order_value_amount) for o in orders)
    share = sum(Fraction(o.refund_amount) for o in orders) / value if value else Fraction(0)
    tickets = [
        t["opened_at"]
        for t in facts.tickets
        if in_months(local_day(t["opened_at"], world.zone), day, 12)
    ]
    times = []
    if len(orders) >= 2 and share > exact(world.settings["costly_refund_share"]):
        times.append(newest_of(orders))
    if tickets and len(tickets) >= world.settings["costly_min_tickets"]:
        times += tickets
    return [found(share * 100, max(times))] if times else []


def promotion_dependent_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Most of several orders with an order discount, a line discount or a coupon."""
    orders = facts.orders
    if not orders or len(orders) < world.settings["promotion_min_orders"]:
        return []
    promoted = [
        o
        for o in orders
        if (o.row["discount_amount"] or 0) > 0
        or o.row["coupon_code"] is not None
        or any((line.row["discount_amount"] or 0) > 0 for line in o.lines)
    ]
    share = Fraction(len(promoted), len(orders))
    if share < exact(world.settings["promotion_share"]):
        return []
    return [found(share * 100, newest_of(orders))]


# ------------------------------------------------------------------------ C30, C31: who is gone


def lapsed_first_time_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """One purchase, and no second for a multiple of the shop's mean gap."""
    if len(facts.purchases) != 1 or world.mean_gap is None:
        return []
    since = (day - facts.purchases[0]).days
    if since < ceil(Fraction(world.settings.inactive_multiplier) * world.mean_gap):
        return []
    return [found(since, last_order_at(world, facts, day))]


def lost_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """Inactive, written to since, and not a sign of life since the first of those messages."""
    if stage_on(world, facts, day)[0] != "inactive_customers":
        return []
    inactive_from = facts.purchases[-1] + timedelta(days=limits(world, facts.purchases)[1])
    sent = [m for m in messages_of(facts, "sent") if day_of(world, m) >= inactive_from]
    if not sent:
        return []
    first = min(m["occurred_at"] for m in sent)
    since = (day - local_day(first, world.zone)).days
    signs = [m["occurred_at"] for m in messages_of(facts, "opened", "clicked")]
    signs += [s.started_at for s in facts.sessions]
    signs += [o.ordered_at for o in facts.orders]
    if since < world.settings["lost_after_days"] or any(time >= first for time in signs):
        return []
    return [found(since, first)]


# -------------------------------------------------------------------------------------- D: RFM

RFM_TABLE = {
    5: ("new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    4: ("promising", "potential_loyalists", "potential_loyalists", "loyal", "champions"),
    3: ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "cannot_lose"),
    1: ("lost", "lost", "at_risk", "at_risk", "cannot_lose"),
}
RFM_NAMES = tuple(sorted({name for row in RFM_TABLE.values() for name in row}))


def rfm_name(r: int, f: int, m: int) -> str:
    """Return the name of one of the 125 cells."""
    return RFM_TABLE[r][ceil(Fraction(f + m, 2)) - 1]


def rfm_values(world: World, facts: Facts, day: date) -> tuple[int, int, Fraction]:
    """Return a buyer's recency in days, frequency and monetary value."""
    by_orders = world.settings["rfm_frequency"] == "orders"
    frequency = len(facts.orders if by_orders else facts.purchases)
    return (day - facts.purchases[-1]).days, frequency, net_revenue(facts)


def rfm_scores_of(world: World, facts: Facts, day: date) -> tuple[int, int, int]:
    """Return a buyer's three scores.

    Ranks among the buyers are those at D. Fixed cut points are the least values of a bin: who
    reaches the first boundary of recency no longer scores 5, who reaches the last of the others
    does; with them the recency of `day` counts.
    """
    cuts = world.settings["rfm_cut_points"]
    if cuts is not None:
        scores = []
        values = rfm_values(world, facts, day)
        for name, value in zip(("recency", "frequency", "monetary"), values, strict=True):
            reached = len([cut for cut in cuts[name] if value >= exact(cut)])
            scores.append(5 - reached if name == "recency" else 1 + reached)
        return tuple(scores)

    def ranked() -> tuple[list, ...]:
        values = [rfm_values(world, f, world.day) for f in buyers(world)]
        return tuple(sorted(v[place] for v in values) for place in range(3))

    recencies, frequencies, amounts = once(world, "rfm", ranked)
    recency, frequency, amount = rfm_values(world, facts, world.day)
    count = len(recencies)
    worse = (
        count - bisect_right(recencies, recency),
        bisect_left(frequencies, frequency),
        bisect_left(amounts, amount),
    )
    return tuple(1 + floor(5 * Fraction(number, count)) for number in worse)


def rfm_segments(world: World, facts: Facts, day: date) -> list[Found]:
    """Per name of the map, its buyers."""
    if not facts.orders:
        return []
    r, f, m = rfm_scores_of(world, facts, day)
    return [found(r * 100 + f * 10 + m, last_order_at(world, facts, day), rfm_name(r, f, m))]


def rfm_scores(world: World) -> list[tuple]:
    """Return person_id, the three values, the three scores and the name, of every buyer."""
    rows = []
    for facts in buyers(world):
        scores = rfm_scores_of(world, facts, world.day)
        recency, frequency, amount = rfm_values(world, facts, world.day)
        values = (recency, frequency, rounded(amount, 4))
        rows.append((facts.person_id, *values, *scores, rfm_name(*scores)))
    return rows


# ---------------------------------------------------------------------------------- the registry

ANONYMOUS_TOO = (
    favorites_low_stock,
    device_visitors,
    page_visitors,
    recent_viewers,
    checkout_abandoners,
    valuable_cart_abandoners,
)


def _of_contacts(rule: Rule) -> Rule:
    def checked(world: World, facts: Facts, day: date) -> list[Found]:
        return rule(world, facts, day) if facts.is_contact else []

    return checked


NUMBERED = (
    top_20_percent_customers,
    domestic_customers,
    international_customers,
    low_value_customers,
    cold_customers,
    frequent_small_basket_buyers,
    rare_large_basket_buyers,
    product_buyers,
    category_buyers,
    favorites_low_stock,
    upcoming_birthdays,
    country_customers,
    region_customers,
    device_visitors,
    recency_bands,
    active_customers,
    lead_maturity,
    unsubscribed_contacts,
    page_visitors,
    email_openers,
    email_clickers,
    email_sleepers,
    recent_viewers,
    photo_reviewers,
    collection_buyers,
    age_bands,
    costly_customers,
    promotion_dependent_buyers,
    checkout_abandoners,
    lapsed_first_time_buyers,
    lost_customers,
    attribute_customers,
    acquisition_source_customers,
    valuable_cart_abandoners,
    climate_zone_customers,
)
RULES: dict[str, Rule] = {
    rule.__name__: rule if rule in ANONYMOUS_TOO else _of_contacts(rule)
    for rule in (*NUMBERED, rfm_segments)
}


# ------------------------------------------------------------------------ when a rule can change

Days = Callable[[World, Facts], list[date]]


def _after(dates: Iterable[date], *windows: int) -> list[date]:
    return [on + timedelta(days=window) for on in dates for window in windows]


def _order_days(*windows: int) -> Days:
    return lambda world, facts: _after(facts.purchases, *windows)


def _session_days(world: World, facts: Facts) -> list[date]:
    return _after([s.started_on for s in facts.sessions], world.settings["session_lookback_days"])


def _event_days(var: str, *names: str) -> Days:
    return lambda world, facts: _after(
        [day_of(world, e) for e in events_of(facts, *names)], world.settings[var]
    )


def _message_days(var: str, kind: str) -> Days:
    return lambda world, facts: _after(
        [day_of(world, m) for m in email_messages(facts, kind)], world.settings[var]
    )


def _active_days(world: World, facts: Facts) -> list[date]:
    visits = [on for _, on in _visits_and_clicks(world, facts)]
    return _after([*facts.purchases, *visits], world.settings["active_days"])


def _lead_days(world: World, facts: Facts) -> list[date]:
    visits = [on for _, on in _visits_and_clicks(world, facts)]
    carts = [day_of(world, e) for e in events_of(facts, "add_to_cart", "begin_checkout")]
    return _after([*carts, *visits], world.settings["lead_days"])


def _birthdays(world: World, facts: Facts) -> list[date]:
    born = attribute(facts, "birth_date")
    years = (world.day.year, world.day.year + 1)
    return [birthday_in(born, year) for year in years] if born else []


def _band_birthdays(world: World, facts: Facts) -> list[date]:
    born = attribute(facts, "birth_date")
    return [birthday_in(born, born.year + least) for least, _ in AGE_BANDS] if born else []


def _ticket_days(world: World, facts: Facts) -> list[date]:
    found_days = []
    for ticket in facts.tickets:
        opened_on = local_day(ticket["opened_at"], world.zone)
        # Twelve months later, or a day or two more at a clamped month's end.
        day = opened_on + timedelta(days=364)
        while in_months(opened_on, day, 12):
            day += DAY
        found_days.append(day)
    return found_days


def _rfm_days(world: World, facts: Facts) -> list[date]:
    cuts = world.settings["rfm_cut_points"]
    if cuts is None or not facts.purchases:
        return []
    return _after(facts.purchases[-1:], *(ceil(exact(c)) for c in cuts["recency"]))


# The days on which a rule's answer may differ from the day before's; others never change by time.
DAYS: dict[str, Days] = {
    "frequent_small_basket_buyers": _order_days(30),
    "rare_large_basket_buyers": _order_days(30),
    "upcoming_birthdays": _birthdays,
    "device_visitors": _session_days,
    "recency_bands": _order_days(30, 90, 180, 365),
    "active_customers": _active_days,
    "lead_maturity": _lead_days,
    "page_visitors": _session_days,
    "email_openers": _message_days("email_days", "opened"),
    "email_clickers": _message_days("email_days", "clicked"),
    "email_sleepers": _message_days("email_sleeper_days", "sent"),
    "recent_viewers": _event_days("recent_view_days", "page_view"),
    "age_bands": _band_birthdays,
    "costly_customers": _ticket_days,
    "checkout_abandoners": _event_days("cart_days", "begin_checkout"),
    "valuable_cart_abandoners": _event_days("cart_days", "add_to_cart"),
    "rfm_segments": _rfm_days,
}


def _never(world: World, facts: Facts) -> list[date]:
    return []


DAYS = {name: DAYS.get(name, _never) for name in RULES}


def _next_year(world: World, facts: Facts) -> date:
    return world.day + timedelta(days=400)


def _last_band(world: World, facts: Facts) -> date:
    return max([world.day, *_band_birthdays(world, facts)])


# The last day on which a rule's answer for a person may differ from the day before's: no window
# is longer than a year, and who is 65 stays in the last band.
HORIZONS: dict[str, Callable[[World, Facts], date]] = {
    name: _last_band if name == "age_bands" else _next_year for name in RULES
}
