"""Part B of the specification: what people did, each rule as its row says.

Where a row leaves something open, the reading is in the rule's docstring after "Reading:".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from .world import (
    Facts,
    Found,
    Order,
    Row,
    Rule,
    Session,
    World,
    aov,
    attribute,
    city_of,
    email_consents,
    email_messages,
    email_state,
    events_of,
    gender,
    in_days,
    in_months,
    is_like,
    last_order_at,
    local_day,
    mean,
    newest,
    normalised_city,
    orders_in,
    purchases_of,
    sessions_in,
    standing_products,
)

# All else holds contacts only.
OPEN_TO_VISITORS = frozenset(
    (
        "recommendation_browsers",
        "recommendation_converters",
        "chat_converters",
        "search_converters",
        "search_abandoners",
        "cart_abandoners",
        "fast_deciders",
        "browsers",
        "product_researchers",
        "psychological_owners",
        "impulse_buyers",
        "registered_visitors",
        "newsletter_subscribers",
        "email_visitors",
        "affiliate_visitors",
        "wishlist_users",
    )
)


# ------------------------------------------------------------------------------------ orders


def counted(orders: list[Order], value: str = "") -> list[Found]:
    """Return a membership that rests on the number of these orders; none without any."""
    if not orders:
        return []
    return [Found(value, Decimal(len(orders)), max(o.ordered_at for o in orders))]


def by_value(orders: Iterable[Order], value_of: Callable[[Order], str | None]) -> list[Found]:
    """Return a membership for every known value that orders have, with their number."""
    groups = defaultdict(list)
    for order in orders:
        if value_of(order) is not None:
            groups[value_of(order)].append(order)
    return [found for value, group in sorted(groups.items()) for found in counted(group, value)]


def at_least(threshold: str | int, **window: int) -> Rule:
    """B01-B06, B08-B10: at least so many orders in the window; a threshold is a var or a number."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        least = world.settings[threshold] if isinstance(threshold, str) else threshold
        orders = orders_in(facts, day, **window)
        return counted(orders) if len(orders) >= least else []

    return rule


def lapsing_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B07: orders in the last 6 months, none in the last 3."""
    if orders_in(facts, day, months=3):
        return []
    return counted(orders_in(facts, day, months=6))


def coupon_lovers(world: World, facts: Facts, day: date) -> list[Found]:
    """B11: an order in the last 30 days that itself carries a coupon."""
    return counted([o for o in orders_in(facts, day, days=30) if o.row["coupon_code"] is not None])


def deepest_discount(order: Order) -> Fraction | None:
    """Return the deepest discount of an order in percent, or None where there is nothing to take.

    Reading: percents are of the amounts as the shop wrote them, before any conversion or rounding.
    """
    pairs = [(order.row["discount_amount"], Fraction(order.row["subtotal_amount"]))]
    for line in order.lines:
        price = Fraction(line.row["quantity"]) * Fraction(line.row["unit_price"])
        pairs.append((line.row["discount_amount"], price))
    percents = [100 * Fraction(discount or 0) / base for discount, base in pairs if base > 0]
    return max(percents, default=None)


def discount_buyers(threshold: str) -> Rule:
    """B12-B14: an order in the last 12 months with so deep a discount."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        found = []
        for order in orders_in(facts, day, months=12):
            key = ("deepest discount", order.order_id)
            if key not in world.kept:
                world.kept[key] = deepest_discount(order)
            percent = world.kept[key]
            if percent is not None and percent >= Fraction(world.settings[threshold]):
                found.append(Found("", percent, order.ordered_at))
        return newest(found)

    return rule


def category_repeat_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B15: per category, so many units in the last 12 months.

    Reading: a line of 0 units buys nothing, so that it sets no evidence_at.
    """
    units: dict[str, Decimal] = defaultdict(Decimal)
    times: dict[str, datetime] = {}
    for order in orders_in(facts, day, months=12):
        for line in order.lines:
            if line.category is not None and line.quantity > 0:
                units[line.category] += line.quantity
                times[line.category] = order.ordered_at
    least = world.settings["category_repeat_min_units"]
    return [Found(c, units[c], times[c]) for c in sorted(units) if units[c] >= least]


def category_amounts(order: Order) -> dict[str, Decimal]:
    """Return what an order spends in each category that it has."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in order.lines:
        if line.category is not None:
            amounts[line.category] += line.amount
    return amounts


def mean_category_amounts(world: World) -> dict[str, Fraction]:
    """Return, per category, the mean amount of the orders of 12 months that have it, as at D.

    Reading: as in AOV, orders of erased persons count: it is an average over orders.
    """
    if "category means" not in world.kept:
        amounts = defaultdict(list)
        for order in world.orders:
            if order.is_valid and in_months(order.ordered_on, world.day, 12):
                for category, amount in category_amounts(order).items():
                    amounts[category].append(amount)
        world.kept["category means"] = {c: mean(found) for c, found in amounts.items()}
    return world.kept["category means"]


def category_top_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B16: per category, an order whose amount in it is well above the mean such amount."""
    found = defaultdict(list)
    factor = 1 + Fraction(world.settings["big_basket_uplift"])
    for order in orders_in(facts, day, months=12):
        for category, amount in category_amounts(order).items():
            if Fraction(amount) > factor * mean_category_amounts(world)[category]:
                found[category].append(Found(category, amount, order.ordered_at))
    return [one for _, several in sorted(found.items()) for one in newest(several)]


def big_spenders(world: World, facts: Facts, day: date) -> list[Found]:
    """B22: an order in the last 30 days well above the average order value of those days."""
    factor = 1 + Fraction(world.settings["big_basket_uplift"])
    return newest(
        [
            Found("", order.order_value_amount, order.ordered_at)
            for order in orders_in(facts, day, days=30)
            if Fraction(order.order_value_amount) > factor * aov(world, days=30)
        ]
    )


def vip_customers(world: World, facts: Facts, day: date) -> list[Found]:
    """B23: net revenue ever above the threshold."""
    revenue = sum((o.net_revenue_amount for o in facts.orders), Decimal(0))
    if not facts.orders or revenue <= world.settings["vip_min_lifetime_value"]:
        return []
    return [Found("", revenue, last_order_at(world, facts, day))]


def gender_buyers(name: str) -> Rule:
    """B29, B30: an order ever and this gender."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        return counted(facts.orders) if gender(facts) == name else []

    return rule


def headquarters(world: World) -> str | None:
    """Return the normalised city of the headquarters."""
    return normalised_city(str(world.settings["headquarters_city"]))


def local_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B36: an order ever whose city is that of the headquarters."""
    home = headquarters(world)
    return counted([o for o in facts.orders if home is not None and city_of(facts, o) == home])


def remote_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B37: an order ever with a known other city."""
    home = headquarters(world)
    return counted([o for o in facts.orders if city_of(facts, o) not in (None, home)])


def city_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B38: per city, an order ever with it."""
    return by_value(facts.orders, lambda order: city_of(facts, order))


def mobile_app_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B39: so many orders ever in the channel `mobile_app`."""
    orders = [o for o in facts.orders if o.row["sales_channel"] == "mobile_app"]
    return counted(orders) if len(orders) >= world.settings["mobile_app_min_orders"] else []


def method_buyers(column: str) -> Rule:
    """B42, B43: per method, an order ever."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        return by_value(facts.orders, lambda order: order.row[column])

    return rule


# ---------------------------------------------------------------------------------- sessions

Evidence = Decimal | Fraction | int | None


def session_rule(evidence_of: Callable[[World, Session], Evidence]) -> Rule:
    """Return a rule of one session: its evidence, or None where the session does not qualify."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        found = []
        for session in sessions_in(world, facts, day):
            evidence = evidence_of(world, session)
            if evidence is not None:
                number = evidence if isinstance(evidence, Fraction) else Decimal(evidence)
                found.append(Found("", number, session.started_at))
        return newest(found)

    return rule


def named(session: Session, name: str) -> list[Row]:
    """Return the session's events of a name."""
    return [e for e in session.events if e["event_name"] == name]


def recommendation_browsers(world: World, session: Session) -> Evidence:
    """B17: so many recommendation clicks and no purchase."""
    clicks = len(named(session, "recommendation_click"))
    enough = clicks >= world.settings["recommendation_min_clicks"]
    return clicks if enough and not session.purchases else None


def recommendation_converters(world: World, session: Session) -> Evidence:
    """B18: so many recommendation clicks and a purchase."""
    clicks = len(named(session, "recommendation_click"))
    enough = clicks >= world.settings["recommendation_min_clicks"]
    return clicks if enough and session.purchases else None


def bought_after_first(world: World, session: Session, events: list[Row]) -> bool:
    """Return whether a purchase came at or after the first of these events.

    Reading: at the same time is "at", whichever event_id is the lesser.
    """
    if not events:
        return False
    bought = purchases_of(world, session.events)
    return any(e["occurred_at"] >= events[0]["occurred_at"] for e in bought)


def chat_converters(world: World, session: Session) -> Evidence:
    """B19: a purchase at or after its first chat."""
    chats = named(session, "chat_started")
    return len(chats) if bought_after_first(world, session, chats) else None


def search_converters(world: World, session: Session) -> Evidence:
    """B20: so many searches and a purchase at or after the first."""
    searches = named(session, "search")
    enough = len(searches) >= world.settings["search_converters_min_searches"]
    return len(searches) if enough and bought_after_first(world, session, searches) else None


def search_abandoners(world: World, session: Session) -> Evidence:
    """B21: so many searches and no purchase."""
    enough = session.searches >= world.settings["search_abandoners_min_searches"]
    return session.searches if enough and not session.purchases else None


def seconds_between(earlier: datetime, later: datetime) -> Fraction:
    """Return the exact seconds from one time to the other."""
    return Fraction((later - earlier) // timedelta(microseconds=1), 1_000_000)


def fast_deciders(world: World, session: Session) -> Evidence:
    """B25: the first purchase came within so many minutes of the start."""
    bought = purchases_of(world, session.events)
    if not bought:
        return None
    minutes = seconds_between(session.started_at, bought[0]["occurred_at"]) / 60
    return minutes if minutes <= Fraction(world.settings["fast_decider_max_minutes"]) else None


def browsers(world: World, session: Session) -> Evidence:
    """B26: no purchase, and so long."""
    is_long = session.duration_seconds >= world.settings["browser_min_seconds"]
    return session.duration_seconds if is_long and not session.purchases else None


def product_researchers(world: World, session: Session) -> Evidence:
    """B27: few page views, a product page among them, and so long on one product page view."""
    if session.page_views > world.settings["researcher_max_pages"]:
        return None
    least = Fraction(world.settings["researcher_min_product_seconds"])
    for event, after in zip(session.events, [*session.events[1:], session.events[-1]], strict=True):
        is_product = event["event_name"] == "page_view" and event["page_type"] == "product"
        if is_product and seconds_between(event["occurred_at"], after["occurred_at"]) >= least:
            return session.page_views
    return None


def impulse_buyers(world: World, session: Session) -> Evidence:
    """B32: a purchase, and few product pages."""
    pages = session.product_page_views
    is_short = pages <= world.settings["impulse_max_product_pages"]
    return pages if is_short and session.purchases else None


def wishlist_users(world: World, session: Session) -> Evidence:
    """B41: an add to favourites."""
    return len(named(session, "add_to_favorites")) or None


def comes_from(session: Session, word: str) -> bool:
    """Return whether the session's first event has this source or medium."""
    first = session.events[0]
    return word in (first["traffic_source"], first["traffic_medium"])


def counted_sessions(sessions: list[Session]) -> list[Found]:
    """Return a membership that rests on the number of these sessions; none without any."""
    if not sessions:
        return []
    return [Found("", Decimal(len(sessions)), max(s.started_at for s in sessions))]


def email_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """B35: a session from an e-mail whose campaign matches."""
    pattern = str(world.settings["email_campaign_pattern"])

    def matches(session: Session) -> bool:
        campaign = session.events[0]["traffic_campaign"]
        return pattern == "%" if campaign is None else is_like(campaign, pattern)

    sessions = sessions_in(world, facts, day)
    return counted_sessions([s for s in sessions if comes_from(s, "email") and matches(s)])


def affiliate_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """B40: a session from an affiliate."""
    sessions = sessions_in(world, facts, day)
    return counted_sessions([s for s in sessions if comes_from(s, "affiliate")])


def one_shot_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """B28: orders in the last 6 months and exactly one session ever.

    Reading: evidence and its time are those of the orders, whenever the session was.
    """
    return counted(orders_in(facts, day, months=6)) if len(facts.sessions) == 1 else []


# ------------------------------------------------------------------------ events and consent


def cart_abandoners(world: World, facts: Facts, day: date) -> list[Found]:
    """B24: products added in the last days, not removed, nothing bought at or after the add.

    Reading: a purchase is one of the person's own events. Of an add and a remove at one time the
    event_id decides which is the later.
    """
    bought = [o.ordered_at for o in facts.orders]
    bought += [e["occurred_at"] for e in purchases_of(world, facts.events)]
    last_bought = max(bought, default=datetime.min)
    left = [
        event["occurred_at"]
        for event in standing_products(world, facts, "add_to_cart", "remove_from_cart").values()
        if in_days(local_day(event["occurred_at"], world.zone), day, world.settings["cart_days"])
        and last_bought < event["occurred_at"]
    ]
    return [Found("", Decimal(len(left)), max(left))] if left else []


def psychological_owners(world: World, facts: Facts, day: date) -> list[Found]:
    """B31: no order ever, and so many adds to the cart ever."""
    adds = events_of(facts, "add_to_cart")
    if facts.orders or not adds or len(adds) < world.settings["psychological_owner_min_adds"]:
        return []
    return [Found("", Decimal(len(adds)), adds[-1]["occurred_at"])]


def registered_visitors(world: World, facts: Facts, day: date) -> list[Found]:
    """B33: an account, or opted in to e-mail now; the newest of these facts is the evidence's time.

    Reading: account_created_at is an attribute (the deciding row's), and a fact up to D only.
    """
    accounts = [e["occurred_at"] for e in events_of(facts, "account_created")]
    created_at = attribute(facts, "account_created_at")
    if created_at is not None and local_day(created_at, world.zone) <= world.day:
        accounts.append(created_at)
    state, since = email_state(facts)
    times = [*accounts, since] if state == "opted_in" else accounts
    return [Found("", Decimal(1 if accounts else 0), max(times))] if times else []


def newsletter_subscribers(world: World, facts: Facts, day: date) -> list[Found]:
    """B34: signed up, and neither opted out, unsubscribed nor complained at or after the newest.

    Reading: all sign-ups up to D are counted, also those before an older opt-out; `pending` is no
    opt-out.
    """
    signed_up = [e["occurred_at"] for e in events_of(facts, "newsletter_signup")]
    signed_up += [
        c["changed_at"] for c in email_consents(facts, "opted_in") if c["source"] == "newsletter"
    ]
    left = [c["changed_at"] for c in email_consents(facts, "opted_out")]
    left += [m["occurred_at"] for m in email_messages(facts, "unsubscribed", "complained")]
    if not signed_up or max(left, default=datetime.min) >= max(signed_up):
        return []
    return [Found("", Decimal(len(signed_up)), max(signed_up))]


# ---------------------------------------------------------------------------------- registry

Horizon = Callable[[World, Facts], date]


def never(world: World, facts: Facts) -> date:
    """Return the horizon of a rule that time alone never ends: facts without a window."""
    return world.day


def after(days: int | str) -> Horizon:
    """Return the horizon of a window of so many days (a var or a number): all facts are older."""

    def horizon(world: World, facts: Facts) -> date:
        return world.day + timedelta(days=world.settings[days] if isinstance(days, str) else days)

    return horizon


SIX_MONTHS = after(6 * 31)
TWELVE_MONTHS = after(12 * 31)
LOOKBACK = after("session_lookback_days")

ALL: tuple[tuple[str, Rule, Horizon], ...] = (
    ("buyers_last_year", at_least(1, months=12), TWELVE_MONTHS),
    ("buyers_last_6_months", at_least(1, months=6), SIX_MONTHS),
    ("buyers_last_30_days", at_least(1, days=30), after(30)),
    ("multi_buyers_last_year", at_least(2, months=12), TWELVE_MONTHS),
    ("multi_buyers_last_6_months", at_least(2, months=6), SIX_MONTHS),
    ("multi_buyers_last_30_days", at_least(2, days=30), after(30)),
    ("lapsing_buyers", lapsing_buyers, SIX_MONTHS),
    ("loyal_buyers", at_least("loyal_buyers_min_orders", months=12), TWELVE_MONTHS),
    ("frequent_buyers", at_least("frequent_buyers_min_orders", months=6), SIX_MONTHS),
    ("top_monthly_buyers", at_least("top_monthly_buyers_min_orders", days=30), after(30)),
    ("coupon_lovers", coupon_lovers, after(30)),
    ("discount_10_buyers", discount_buyers("discount_10_min_percent"), TWELVE_MONTHS),
    ("discount_15_buyers", discount_buyers("discount_15_min_percent"), TWELVE_MONTHS),
    ("discount_20_buyers", discount_buyers("discount_20_min_percent"), TWELVE_MONTHS),
    ("category_repeat_buyers", category_repeat_buyers, TWELVE_MONTHS),
    ("category_top_buyers", category_top_buyers, TWELVE_MONTHS),
    ("recommendation_browsers", session_rule(recommendation_browsers), LOOKBACK),
    ("recommendation_converters", session_rule(recommendation_converters), LOOKBACK),
    ("chat_converters", session_rule(chat_converters), LOOKBACK),
    ("search_converters", session_rule(search_converters), LOOKBACK),
    ("search_abandoners", session_rule(search_abandoners), LOOKBACK),
    ("big_spenders", big_spenders, after(30)),
    ("vip_customers", vip_customers, never),
    ("cart_abandoners", cart_abandoners, after("cart_days")),
    ("fast_deciders", session_rule(fast_deciders), LOOKBACK),
    ("browsers", session_rule(browsers), LOOKBACK),
    ("product_researchers", session_rule(product_researchers), LOOKBACK),
    ("one_shot_buyers", one_shot_buyers, SIX_MONTHS),
    ("female_buyers", gender_buyers("female"), never),
    ("male_buyers", gender_buyers("male"), never),
    ("psychological_owners", psychological_owners, never),
    ("impulse_buyers", session_rule(impulse_buyers), LOOKBACK),
    ("registered_visitors", registered_visitors, never),
    ("newsletter_subscribers", newsletter_subscribers, never),
    ("email_visitors", email_visitors, LOOKBACK),
    ("local_buyers", local_buyers, never),
    ("remote_buyers", remote_buyers, never),
    ("city_buyers", city_buyers, never),
    ("mobile_app_buyers", mobile_app_buyers, never),
    ("affiliate_visitors", affiliate_visitors, LOOKBACK),
    ("wishlist_users", session_rule(wishlist_users), LOOKBACK),
    ("shipping_method_buyers", method_buyers("shipping_method"), never),
    ("payment_method_buyers", method_buyers("payment_method"), never),
)


def of_contacts(rule: Rule) -> Rule:
    """Return the rule for contacts only."""

    def for_contacts(world: World, facts: Facts, day: date) -> list[Found]:
        return rule(world, facts, day) if facts.is_contact else []

    return for_contacts


RULES: dict[str, Rule] = {
    name: rule if name in OPEN_TO_VISITORS else of_contacts(rule) for name, rule, _ in ALL
}

# A day from which on time alone changes nothing any more.
HORIZONS: dict[str, Horizon] = {name: horizon for name, _, horizon in ALL}

# Every rule counts facts in windows that only get emptier: what time ends it never brings back.
FADING = frozenset(RULES)
