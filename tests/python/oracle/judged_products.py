"""Which products go together, what they do to their buyers, and what to propose to whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from .entities import Facts, Line, Order, local_day
from .groups import Group, Rows, share
from .raw import rounded
from .rules import events_of, exact, in_days, in_months

# a, b, rank, buyers of a, of b, of both, of a alone, of any, confidence, lift
Pair = tuple[str, str, int, int, int, int, int, int, Decimal, Decimal]


def bought(facts: Facts, until: date, column: str = "product_id") -> set[tuple[date, str]]:
    """What a person bought up to a day, of what the shop knows: the day, and a value of it."""
    return {
        (order.ordered_on, line.product[column])
        for order in facts.orders
        for line in order.lines
        if order.ordered_on <= until and holds(line)
        if line.product[column] is not None
    }


def holds(line: Line) -> bool:
    """Whether a line is about a known product, more than 0 units of it."""
    return line.product is not None and line.quantity > 0


def affinities(group: Group, column: str, until: date) -> list[Pair]:
    """The pairs of products or categories, as bought up to a day."""
    baskets = [bought(facts, until, column) for facts in group.contacts]
    values = sorted({value for basket in baskets for _, value in basket})
    everybody = sum(bool(basket) for basket in baskets)
    buyers = {v: sum(any(value == v for _, value in b) for b in baskets) for v in values}
    longest = timedelta(days=group.vars["affinity_days"])

    def count(a: str, b: str) -> int:
        return sum(
            any(
                x == a and y == b and first <= second <= first + longest
                for first, x in basket
                for second, y in basket
            )
            for basket in baskets
        )

    pairs = []
    for a in values:
        of_both = {b: count(a, b) for b in values if b != a}
        kept = [
            b
            for b, both in of_both.items()
            if both >= group.vars["affinity_min_buyers"] and lift(both, a, b, buyers, everybody) > 1
        ]
        kept.sort(key=lambda b, both=of_both: (-both[b], buyers[b], b))
        for rank, b in enumerate(kept[: group.vars["affinity_top"]], 1):
            both = of_both[b]
            counts = (rank, buyers[a], buyers[b], both, buyers[a] - both, everybody)
            above = rounded(lift(both, a, b, buyers, everybody), 4)
            pairs.append((a, b, *counts, share(both, buyers[a]), above))
    return pairs


def lift(both: int, a: str, b: str, buyers: dict[str, int], everybody: int) -> Fraction:
    """How much likelier b is where a is."""
    return Fraction(both, buyers[a]) / Fraction(buyers[b], everybody)


def product_affinities(group: Group) -> Rows:
    """Which products go together."""
    return affinities(group, "product_id", group.world.day)


def category_affinities(group: Group) -> Rows:
    """Which categories go together."""
    return affinities(group, "category", group.world.day)


def wilson(part: int, whole: int, z: float) -> tuple[float, float]:
    """The ends of the interval of a share."""
    p, shrunk = part / whole, 1 + z * z / whole
    middle = (p + z * z / (2 * whole)) / shrunk
    half = z / shrunk * sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole))
    return middle - half, middle + half


def came_back(group: Group, facts: Facts) -> bool | None:
    """Whether a buyer came back in time; None who had not so long."""
    longest = timedelta(days=group.vars["effect_days"])
    first = facts.purchases[0]
    if first + longest > group.world.day:
        return None
    return any(first < day <= first + longest for day in facts.purchases)


def is_paid(group: Group, order: Order) -> bool:
    """Whether an order was paid, perhaps refunded since."""
    return order.status in (*group.world.settings.valid_order_statuses, "refunded")


def tickets_of_orders(group: Group) -> Counter[str]:
    """How many tickets belong to each order."""
    tickets: Counter[str] = Counter()
    for facts in group.contacts:
        for ticket in facts.tickets:
            before = [
                order
                for order in facts.all_orders
                if is_paid(group, order) and order.ordered_at <= ticket["opened_at"]
            ]
            newest = max((order.ordered_at for order in before), default=None)
            ids = [order.order_id for order in before if order.ordered_at == newest]
            tickets.update([min(ids)] if ids else [])
    return tickets


def product_effects(group: Group) -> Rows:
    """What became of those who began with a product, and of the orders that held it."""
    tickets, rows = tickets_of_orders(group), []
    fates = {f.person_id: came_back(group, f) for f in group.contacts if f.orders}
    observed = [fate for fate in fates.values() if fate is not None]
    usual = Fraction(sum(observed), len(observed)) if observed else None
    z = group.vars["effect_interval_z"]
    for product in sorted(group.world.products):

        def held(order: Order, product: str = product) -> bool:
            return any(holds(line) and line.product_id == product for line in order.lines)

        paid = [order for order in group.world.orders if is_paid(group, order) and held(order)]
        if not paid:
            continue
        began = [f for f in group.contacts if f.orders and held(f.orders[0])]
        known = [fates[f.person_id] for f in began if fates[f.person_id] is not None]
        own = share(sum(known), len(known))
        shown = usual if usual is None else rounded(usual, 4)
        row = (product, len(began), len(known), sum(known), own, shown)
        if known:
            ends = [Fraction(end) - usual for end in wilson(sum(known), len(known), float(z))]
            row += (own - shown, *(rounded(end, 4) for end in ends))
        else:
            row += (None, None, None)
        value = sum((order.order_value_amount for order in paid), Decimal(0))
        refunded = sum((order.refund_amount for order in paid), Decimal(0))
        asked = sum(tickets[order.order_id] for order in paid)
        row += (len(paid), share(refunded, value), share(asked, len(paid)))
        rows.append((*row, is_harmful(group, known, usual)))
    return rows


def is_harmful(group: Group, known: list[bool], usual: Fraction | None) -> bool:
    """Whether the whole interval lies below the shop's share: it is then further off than z."""
    if len(known) < max(1, group.vars["effect_min_buyers"]):
        return False
    below = usual - Fraction(sum(known), len(known))
    z = exact(group.vars["effect_interval_z"])
    return below > 0 and below**2 > z**2 * usual * (1 - usual) / len(known)


def bestsellers(group: Group, until: date) -> list[str]:
    """The products of the last months, those of most buyers first."""
    buyers = Counter(
        product
        for facts in group.contacts
        for product in {
            product
            for day, product in bought(facts, until)
            if in_months(day, until, group.vars["recommend_months"])
        }
    )
    return sorted(buyers, key=lambda product: (-buyers[product], product))


def favourite_category(facts: Facts, until: date) -> str | None:
    """The category of most units ever; ties: bought last, then by name."""
    units: Counter[str] = Counter()
    last = {}
    for order in facts.orders:
        for line in order.lines:
            if order.ordered_on <= until and holds(line) and line.category is not None:
                units[line.category] += line.quantity
                last[line.category] = order.ordered_at
    most = [c for c in units if units[c] == max(units.values())]
    latest = [c for c in most if last[c] == max(last[c] for c in most)]
    return min(latest, default=None)


def last_category(facts: Facts, until: date) -> str | None:
    """The category bought last; ties by name."""
    days = bought(facts, until, "category")
    return min((c for day, c in days if day == max(day for day, _ in days)), default=None)


def viewed(group: Group, facts: Facts) -> set[str]:
    """The products whose page a person saw of late."""
    world = group.world
    return {
        event["product_id"]
        for event in events_of(facts, "page_view")
        if event["page_type"] == "product"
        and in_days(
            local_day(event["occurred_at"], world.zone), world.day, group.vars["recent_view_days"]
        )
    }


def is_proposed(group: Group, product: str) -> bool:
    """Whether a product may be proposed to anybody, in stock or not."""
    return group.world.products[product]["category"] not in group.vars["unproposed_categories"]


def scores(
    group: Group, facts: Facts, until: date, pairs: list[Pair], seen: set[str]
) -> dict[str, tuple[Fraction, str]]:
    """The score of each product for a person, and which product adds most to it."""
    months, weight = group.vars["recommend_months"], exact(group.vars["recommend_view_weight"])
    own = {product for day, product in bought(facts, until) if in_months(day, until, months)}
    parts = defaultdict(list)
    for a, b, *_, above in pairs:
        if a in own or a in seen:
            added = ((a in own) + weight * (a in seen)) * Fraction(above)
            parts[b].append((-added, a))
    return {b: (-sum(added for added, _ in found), min(found)[1]) for b, found in parts.items()}


def places(
    group: Group,
    facts: Facts,
    until: date,
    scored: dict[str, tuple[Fraction, str]],
    category: str | None,
    sellers: list[str],
    can_be: Callable[[str], bool],
) -> Rows:
    """What to propose to a person: product, score, because of what."""
    again = {
        product
        for day, product in bought(facts, until)
        if in_days(day, until, group.vars["recommend_again_days"])
    }
    order = sorted(scored, key=lambda product: (-scored[product][0], product))
    of_category = [p for p in sellers if group.world.products[p]["category"] == category]
    order += of_category if category is not None else []
    # the first place of each is the one that it keeps
    chosen = [p for p in dict.fromkeys([*order, *sellers]) if p not in again and can_be(p)]
    return [
        (p, rounded(scored[p][0], 4), scored[p][1]) if p in scored else (p, None, "bestseller")
        for p in chosen[: group.vars["recommendations"]]
    ]


def person_recommendations(group: Group) -> Rows:
    """What to propose to each contact."""
    until, rows = group.world.day, []
    pairs, sellers = product_affinities(group), bestsellers(group, until)

    def can_be(product: str) -> bool:
        stock = group.world.products[product]["stock_quantity"]
        return is_proposed(group, product) and (stock is None or stock > 0)

    for facts in group.contacts:
        scored = scores(group, facts, until, pairs, viewed(group, facts))
        category = favourite_category(facts, until)
        found = places(group, facts, until, scored, category, sellers, can_be)
        rows += [(facts.person_id, rank, *place) for rank, place in enumerate(found, 1)]
    return rows


def recommendation_backtest(group: Group) -> Rows:
    """What each method would have proposed, and whether it was bought."""
    until = group.world.day - timedelta(days=group.vars["recommend_test_days"])
    pairs, sellers = affinities(group, "product_id", until), bestsellers(group, until)
    buyers = [
        (f, {product for day, product in bought(f, group.world.day) if day > until})
        for f in group.contacts
        if bought(f, until)
    ]
    buyers = [(facts, then) for facts, then in buyers if then]
    products = [p for p in group.world.products if is_proposed(group, p)]
    methods = {
        "affinities": lambda f: (
            scores(group, f, until, pairs, set()),
            favourite_category(f, until),
        ),
        "best_sellers": lambda f: ({}, None),
        "last_category": lambda f: ({}, last_category(f, until)),
    }
    rows = []
    for method, choose in methods.items():
        hit, proposed = 0, set()
        for facts, then in buyers:
            scored, category = choose(facts)
            found = places(
                group, facts, until, scored, category, sellers, lambda p: is_proposed(group, p)
            )
            proposed |= {product for product, *_ in found}
            hit += any(product in then for product, *_ in found)
        counts = (len(buyers), hit, share(hit, len(buyers)), len(proposed), len(products))
        days = (until, group.world.day)
        rows.append((method, *days, *counts, share(len(proposed), len(products))))
    return rows
