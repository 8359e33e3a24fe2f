"""Count what the random shops show of parts C and D: `python -m oracle.further_coverage`.

A near miss is a person (and value) that would be a member if one fact or one number were another:
`NEAR` says for each segment which numbers are loosened, and which facts are taken for others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product

from .coverage import examples
from .further import RFM_NAMES, RULES, buyers, net_revenue, rfm_name, rfm_scores_of
from .lifecycle import stage_on
from .oracle import members
from .world import (
    CONTRACT,
    Facts,
    Settings,
    World,
    attribute,
    build_world,
    email_messages,
    events_of,
    raw_row,
    stage_tables,
)

MIN_MEMBERS = 50
MIN_NEAR_MISSES = 50
MIN_AT_AN_EDGE = 5

Values = Callable[[World, Facts], list[str]]
EVER = 36500

# --------------------------------------------------------------------------- one fact away


def _any(is_near: Callable[[World, Facts], object]) -> Values:
    """Return '' of the contacts for which something holds."""
    return lambda world, facts: [""] if facts.is_contact and is_near(world, facts) else []


def _next_to_the_top(world: World, facts: Facts) -> list[str]:
    top = [f for f in buyers(world) if RULES["top_20_percent_customers"](world, f, world.day)]
    rest = [f for f in buyers(world) if f not in top]
    rest.sort(key=lambda f: (-net_revenue(f), f.person_id))
    return [""] if facts in rest[:1] else []


def _in_any_order(column: str) -> Values:
    """Return the values of products in an order of any status, in any quantity."""

    def values(world: World, facts: Facts) -> list[str]:
        goods = [line.product for order in facts.all_orders for line in order.lines]
        return [p[column] for p in goods if p and p[column]] if facts.is_contact else []

    return values


def _known_of_events(*names: str) -> Values:
    return lambda world, facts: [
        e["product_id"] for e in events_of(facts, *names) if e["product_id"] in world.products
    ]


def _on_another_day(name: str, *days: int) -> Values:
    """Return the values that the rule has some days before or after D."""
    return lambda world, facts: [
        found.segment_value
        for number in days
        for found in RULES[name](world, facts, world.day + timedelta(days=number))
    ]


def _of_older_records(world: World, facts: Facts) -> list[str]:
    return [f"{row['attribute']}={row['value']}" for row in facts.attributes]


def _neighbouring_cells(world: World, facts: Facts) -> list[str]:
    """Return the names of the cells of which one score is one more or less."""
    if not (facts.is_contact and facts.orders):
        return []
    scores = rfm_scores_of(world, facts, world.day)
    names = []
    for place, step in product(range(3), (-1, 1)):
        other = list(scores)
        other[place] += step
        if 1 <= other[place] <= 5:
            names.append(rfm_name(*other))
    return names


# Vars that are loosened, or a function that says whom to take for a member.
NEAR: dict[str, tuple[dict[str, object] | Values, ...]] = {
    "top_20_percent_customers": (_next_to_the_top,),
    "domestic_customers": (_any(lambda world, facts: facts.orders),),
    "international_customers": (_any(lambda world, facts: facts.orders),),
    "low_value_customers": ({"vip_min_lifetime_value": 10**15},),
    "cold_customers": ({"cold_days": 1},),
    "frequent_small_basket_buyers": (
        {"frequent_small_min_orders": 1},
        _any(lambda world, facts: len(facts.orders) > 2),
    ),
    "rare_large_basket_buyers": ({"large_basket_multiple": 0},),
    "product_buyers": (_in_any_order("product_id"),),
    "category_buyers": (_in_any_order("category"),),
    "favorites_low_stock": ({"low_stock_max_units": 10**9}, _known_of_events("add_to_favorites")),
    "upcoming_birthdays": ({"birthday_days": 40}, _on_another_day("upcoming_birthdays", -1)),
    "country_customers": (_any(lambda w, facts: attribute(facts, "country_code") is None),),
    "region_customers": (_any(lambda w, facts: attribute(facts, "region") is None),),
    "device_visitors": ({"session_lookback_days": EVER},),
    "recency_bands": (_on_another_day("recency_bands", 1, 30),),
    "active_customers": ({"active_days": EVER},),
    "lead_maturity": ({"lead_days": EVER},),
    "unsubscribed_contacts": (
        _any(
            lambda world, facts: facts.consents or email_messages(facts, "bounced", "unsubscribed")
        ),
    ),
    "page_visitors": ({"session_lookback_days": EVER},),
    "email_openers": ({"email_days": EVER}, _any(lambda world, facts: facts.messages)),
    "email_clickers": ({"email_days": EVER}, _any(lambda world, facts: facts.messages)),
    "email_sleepers": (
        {"email_sleeper_min_messages": 2},
        {"email_sleeper_days": EVER},
    ),
    "recent_viewers": ({"recent_view_days": EVER}, _known_of_events("page_view")),
    "photo_reviewers": (_any(lambda world, facts: facts.reviews),),
    "collection_buyers": (_in_any_order("collection"),),
    "age_bands": (
        _on_another_day("age_bands", -3, 3),
        _any(lambda world, facts: attribute(facts, "birth_date") is None),
    ),
    "costly_customers": (
        {"costly_refund_share": 0, "costly_min_tickets": 1},
        _any(lambda world, facts: any(o.refund_amount for o in facts.all_orders)),
    ),
    "promotion_dependent_buyers": (
        {"promotion_min_orders": 1},
        {"promotion_share": "0.01"},
    ),
    "checkout_abandoners": (
        {"cart_days": EVER},
        lambda world, facts: ["" for _ in events_of(facts, "begin_checkout")],
    ),
    "lapsed_first_time_buyers": (
        _on_another_day("lapsed_first_time_buyers", 30),
        _any(lambda world, facts: len(facts.purchases) == 1 and world.mean_gap),
    ),
    "lost_customers": (
        {"lost_after_days": 0},
        _any(
            lambda world, facts: (
                facts.messages and stage_on(world, facts, world.day)[0] == "inactive_customers"
            )
        ),
    ),
    "attribute_customers": (_of_older_records,),
    "acquisition_source_customers": (
        _any(lambda world, facts: attribute(facts, "acquisition_source") is None),
    ),
    "valuable_cart_abandoners": (
        {"cart_days": EVER},
        lambda world, facts: ["" for _ in _known_of_events("add_to_cart")(world, facts)],
    ),
    "climate_zone_customers": (
        _any(lambda world, facts: not RULES["climate_zone_customers"](world, facts, world.day)),
    ),
    "rfm_segments": (_neighbouring_cells,),
}

# The whole numbers of a rule: one more and one less must make a difference to somebody.
EDGES: dict[str, tuple[str, ...]] = {
    "cold_customers": ("cold_days",),
    "frequent_small_basket_buyers": ("frequent_small_min_orders",),
    "favorites_low_stock": ("low_stock_max_units",),
    "upcoming_birthdays": ("birthday_days",),
    "device_visitors": ("session_lookback_days",),
    "active_customers": ("active_days",),
    "lead_maturity": ("lead_days",),
    "page_visitors": ("session_lookback_days",),
    "email_openers": ("email_days",),
    "email_clickers": ("email_days",),
    "email_sleepers": ("email_sleeper_days", "email_sleeper_min_messages"),
    "recent_viewers": ("recent_view_days",),
    "costly_customers": ("costly_min_tickets",),
    "promotion_dependent_buyers": ("promotion_min_orders",),
    "checkout_abandoners": ("cart_days",),
    "lost_customers": ("lost_after_days",),
    "valuable_cart_abandoners": ("cart_days",),
}


# ------------------------------------------------------------------------------- the counting


@dataclass
class Seen:
    """How often the shops show what; RFM names count apart, as `rfm_segments champions`."""

    members: Counter = field(default_factory=Counter)
    near_misses: Counter = field(default_factory=Counter)
    edges: Counter = field(default_factory=Counter)
    expiring: Counter = field(default_factory=Counter)


def loosened(world: World, **values: object) -> World:
    """Return the world with other values of vars."""
    chosen = replace(world.settings, vars={**world.settings.vars, **values})
    return replace(world, settings=chosen, kept={})


def _name(segment: str, value: str) -> str:
    return f"{segment} {value}" if segment == "rfm_segments" else segment


def look_at(world: World, seen: Seen) -> None:
    """Count the members, near misses and edges of one world."""
    for name, rule in RULES.items():
        rows = members(name, world)
        own = {(person_id, value) for person_id, value, *_ in rows}
        seen.members.update(_name(name, value) for _, value in own)
        seen.expiring[name] += len([row for row in rows if row[-1] is not None])
        near = set()
        for spec in NEAR[name]:
            other = loosened(world, **spec) if isinstance(spec, dict) else world
            for facts in world.people.values():
                if isinstance(spec, dict):
                    values = [found.segment_value for found in rule(other, facts, world.day)]
                else:
                    values = spec(world, facts)
                near |= {(facts.person_id, value) for value in values}
        seen.near_misses.update(_name(name, value) for _, value in near - own)
        for var in EDGES.get(name, ()):
            for step in (-1, 1):
                other = loosened(world, **{var: int(world.settings[var]) + step})
                seen.edges[name, var, step] += len(
                    [
                        facts
                        for facts in world.people.values()
                        if rule(other, facts, world.day) != rule(world, facts, world.day)
                    ]
                )


def world_of(shop: dict[str, list[dict]], chosen: Settings) -> World | None:
    """Return what a shop of records is on its as-of date."""
    raw = {table: [raw_row(table, r) for r in shop.get(table, ())] for table in CONTRACT}
    return build_world(stage_tables(raw, chosen), chosen)


def shortfalls(seen: Seen) -> list[str]:
    """Return a sentence for everything that is seen too rarely."""
    names = [name for name in RULES if name != "rfm_segments"]
    names += [_name("rfm_segments", name) for name in RFM_NAMES]
    lacking = []
    for name in names:
        if seen.members[name] < MIN_MEMBERS:
            lacking.append(f"{name}: {seen.members[name]} members")
        if seen.near_misses[name] < MIN_NEAR_MISSES:
            lacking.append(f"{name}: {seen.near_misses[name]} near misses")
    for (name, var, step), count in sorted(seen.edges.items()):
        if count < MIN_AT_AN_EDGE:
            lacking.append(f"{name}: {var} {step:+} matters to {count}")
    return lacking


def main() -> None:
    """Print the counts."""
    seen = Seen()
    worlds = [world_of(shop, chosen) for shop, chosen in examples()]
    for world in filter(None, worlds):
        look_at(world, seen)
    print("members, near misses, expiring")
    for name in sorted(seen.members | seen.near_misses):
        print(f"{seen.members[name]:7} {seen.near_misses[name]:7} {seen.expiring[name]:7} {name}")
    for (name, var, step), count in sorted(seen.edges.items()):
        print(f"{count:7} {name} {var} {step:+}")
    for sentence in shortfalls(seen):
        print("TOO FEW", sentence)


if __name__ == "__main__":
    main()
