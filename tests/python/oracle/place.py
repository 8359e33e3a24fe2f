"""Where people live, and where their orders go."""

from __future__ import annotations

import csv
import unicodedata
from datetime import date
from functools import lru_cache

from .entities import Facts, Order, World
from .raw import SEEDS
from .rules import (
    Found,
    Rule,
    Segment,
    attribute,
    by_value,
    counted,
    found,
    last_order_at,
)


@lru_cache(maxsize=10_000)
def normalised_city(text: str | None) -> str | None:
    """Return a city in lower case, without accents, words separated by one space; None if none."""
    plain = unicodedata.normalize("NFD", (text or "").lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return " ".join(words) or None


def city_of(facts: Facts, order: Order) -> str | None:
    """Return an order's normalized city: the shipping city, else the contact's."""
    own = (normalised_city(row["city"]) for row in facts.customers)
    return normalised_city(order.row["shipping_city"]) or next(filter(None, own), None)


def country_of(facts: Facts, order: Order) -> str | None:
    """Return an order's country code: the shipping country, else the contact's."""
    return order.row["shipping_country_code"] or attribute(facts, "country_code")


def headquarters(world: World) -> str | None:
    """Return the normalized city of the headquarters."""
    return normalised_city(str(world.settings["headquarters_city"]))


def local_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order ever whose city is that of the headquarters."""
    home = headquarters(world)
    return counted([o for o in facts.orders if home is not None and city_of(facts, o) == home])


def remote_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """An order ever with a known other city."""
    home = headquarters(world)
    return counted([o for o in facts.orders if city_of(facts, o) not in (None, home)])


def city_buyers(world: World, facts: Facts, day: date) -> list[Found]:
    """Per city, an order ever with it."""
    return by_value(facts.orders, lambda order: city_of(facts, order))


def by_country(*, at_home: bool) -> Rule:
    """An order whose country, the shipping country or else the contact's, is home; or another."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        home = world.settings["home_country_code"]
        countries = [(o, country_of(facts, o)) for o in facts.orders]
        return counted([o for o, code in countries if code and (code == home) == at_home])

    return rule


def living_in(column: str) -> Rule:
    """Per country or region, contacts living there."""

    def rule(world: World, facts: Facts, day: date) -> list[Found]:
        value = attribute(facts, column)
        return [] if value is None else [found(1, last_order_at(world, facts, day), value)]

    return rule


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


RULES = {
    "city_buyers": Segment(city_buyers),
    "climate_zone_customers": Segment(climate_zone_customers),
    "country_customers": Segment(living_in("country_code")),
    "domestic_customers": Segment(by_country(at_home=True)),
    "international_customers": Segment(by_country(at_home=False)),
    "local_buyers": Segment(local_buyers),
    "region_customers": Segment(living_in("region")),
    "remote_buyers": Segment(remote_buyers),
}
