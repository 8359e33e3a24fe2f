"""Raw rows of a random shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from ..raw import CONTRACT

Record = dict[str, str | None]
Shop = dict[str, list[Record]]

PRODUCTS = ("p1", "p2", "p3", "p4", "p5", "p9")  # p9 is in no products table
SHARED_EMAILS = ("ana@shop.fr", "bo@shop.fr", "zoé@shop.fr")
CLOCKS = (
    *("12:00:00", "12:00:00", "09:59:59.999999", "00:00:00", "00:59:59", "01:00:00", "04:30:00"),
    *("04:59:59", "05:00:00", "21:59:59", "22:00:00", "22:30:00", "22:59:59.999999", "23:00:00"),
    *("23:30:00", "23:59:59"),
)


class Maker:
    """A shop in the making, and the choices that make it."""

    def __init__(self, random: Random, last_day: date, *, may_be_later: bool) -> None:
        """Begin an empty shop; `may_be_later` allows rows after the last day."""
        self.random = random
        self.last_day = last_day
        self.may_be_later = may_be_later
        # most shops have plain amounts in one currency, whose averages are edges of others
        self.is_plain = self.chance(0.7)
        self.shop: Shop = {table: [] for table in CONTRACT}
        # customer_id and e-mail of every contact, one of which may be None
        self.owners: list[tuple[str | None, str | None]] = []

    def one(self, pool: Sequence) -> object:
        """Choose one of a pool."""
        return self.random.choice(pool)

    def chance(self, share: float) -> bool:
        """Say yes in this share of cases."""
        return self.random.random() < share

    def up_to(self, most: int) -> range:
        """Return a range of any length up to this."""
        return range(self.random.randint(0, most))

    def time(self, days_before: int, clock: str | None = None) -> datetime:
        """Return a UTC time of a day counted back from the last day, by any clock."""
        day = self.last_day - timedelta(days=days_before)
        return self.not_later(datetime.combine(day, time.fromisoformat(clock or self.one(CLOCKS))))

    def not_later(self, at: datetime) -> datetime:
        """Return a time, or the end of the last day where nothing may be later."""
        end = datetime.combine(self.last_day, time.max)
        return at if self.may_be_later else min(at, end)

    def add(self, table: str, **values: object) -> Record:
        """Append a row; a key not given is a new one, other columns not given are null."""
        key = CONTRACT[table][0].name
        if key not in values:
            # ids decide ties, so they are not in the order of the rows
            values[key] = f"{self.one('aAz')}{sum(map(len, self.shop.values()))}"
        record = {c.name: values.get(c.name) for c in CONTRACT[table]}
        record = {name: value if value is None else str(value) for name, value in record.items()}
        self.shop[table].append(record)
        return record
