"""What a table of silences says of who buys again, counted day by day from the purchases alone.

A silence begins on the day after a purchase and ends with the next one, or on D where there is
none. Its first day is day 1; a purchase on day 5 ends a silence of 5 days, the fifth among them.
Counts are whole numbers and paces are exact; only what is raised to a power of e is a double.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import expm1, fsum

HORIZONS = (30, 90, 365)
# Fewest purchases up to the one that a silence follows, by class of silences.
CLASSES = (1, 2, 3, 5, 10, 20)
# Days of silence after which each band begins: 7 to 14 holds the days 8 to 14.
BANDS = (
    *(0, 7, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 210, 240, 270, 300, 330, 365),
    *(450, 545, 730, 1095),
)
WINDOW_DAYS = 730
# Purchases that a band needs for its pace to be read, rather than drawn on from an earlier band.
READABLE_PURCHASES = 10
# How many purchases the neighbourhood and the class weigh against a cell of their own.
NEARBY_WEIGHT = 10
CELL_WEIGHT = 10
TABLE_WEIGHT = 0.5


# ------------------------------------------------------------------------ silences, classes, bands


def histories(purchases: Iterable[tuple[str, date]], day: date) -> dict[str, list[date]]:
    """Return each person's days with a purchase up to D, each once, the first one first."""
    days: dict[str, set[date]] = defaultdict(set)
    for person, on in purchases:
        if on <= day:
            days[person].add(on)
    return {person: sorted(own) for person, own in days.items()}


def silence_class(purchases: int) -> int:
    """Return the class, counted from 0, of a silence after this many purchases."""
    return max(number for number, fewest in enumerate(CLASSES) if purchases >= fewest)


def band_of_day(number: int) -> int:
    """Return the band, counted from 0, that holds the day of this number (from 1) of a silence."""
    return max(band for band, after in enumerate(BANDS) if number > after)


def band_after(silent_days: int) -> int:
    """Return the band of whoever has been silent for so many whole days: that of the next day."""
    return band_of_day(silent_days + 1)


def middle_of(band: int) -> Fraction:
    """Return the middle of a band in days; the open one counts up to twice its beginning."""
    ends = [*BANDS[1:], 2 * BANDS[-1]]
    return Fraction(BANDS[band] + ends[band], 2)


# ------------------------------------------------------------------------------------- the table


@dataclass
class LifeTable:
    """Silent days and purchases by (class, band), and what follows from them.

    `silent_days` are person-days; `bought` are purchases, each the end of a silence. A pace is in
    purchases per person-day of silence; a risk and a nearby factor are ratios without a unit.
    """

    silent_days: Counter[tuple[int, int]] = field(default_factory=Counter)
    bought: Counter[tuple[int, int]] = field(default_factory=Counter)

    def of_band(self, counts: Counter[tuple[int, int]], band: int) -> int:
        """Return the count of a band over all classes."""
        return sum(counts[kind, band] for kind in range(len(CLASSES)))

    @cached_property
    def shop_paces(self) -> list[Fraction]:
        """The pace of the whole shop by band.

        Beyond the last band with enough purchases, it is that band's pace, falling as
        1 / silence; where no band has enough, each band has its own.
        """
        bands = range(len(BANDS))
        paces = [
            (self.of_band(self.bought, band) + Fraction(1, 2))
            / (self.of_band(self.silent_days, band) + 1)
            for band in bands
        ]
        readable = [b for b in bands if self.of_band(self.bought, b) >= READABLE_PURCHASES]
        last = max(readable, default=0)
        return [
            paces[last] * middle_of(last) / middle_of(band) if band > last else paces[band]
            for band in bands
        ]

    @cached_property
    def risks(self) -> list[Fraction]:
        """How often each class buys, against what it would at the shop's pace."""
        bands = range(len(BANDS))
        return [
            Fraction(sum(self.bought[kind, band] for band in bands) + 1)
            / (sum(self.silent_days[kind, band] * self.shop_paces[band] for band in bands) + 1)
            for kind in range(len(CLASSES))
        ]

    def base(self, kind: int, band: int) -> Fraction:
        """Return the pace of a cell by its band and its class alone."""
        return self.shop_paces[band] * self.risks[kind]

    def nearby(self, kind: int, band: int) -> Fraction:
        """Return what a class bought in the band and its neighbours, against what base says."""
        bands = [b for b in (band - 1, band, band + 1) if 0 <= b < len(BANDS)]
        bought = sum(self.bought[kind, b] for b in bands)
        expected = sum(self.silent_days[kind, b] * self.base(kind, b) for b in bands)
        return Fraction(bought + NEARBY_WEIGHT) / (expected + NEARBY_WEIGHT)

    @cached_property
    def paces(self) -> list[list[Fraction]]:
        """The pace by class and band, held near base where the cell holds few purchases."""
        return [
            [
                (self.bought[kind, band] + CELL_WEIGHT)
                / (
                    self.silent_days[kind, band]
                    + CELL_WEIGHT / (self.base(kind, band) * self.nearby(kind, band))
                )
                for band in range(len(BANDS))
            ]
            for kind in range(len(CLASSES))
        ]

    def hazard(self, kind: int, silent_days: int, days: int) -> float:
        """Return what the paces of the `days` days after so many silent ones add up to."""
        of_class = self._float_paces[kind]
        first = silent_days + 1
        return fsum(of_class[band_of_day(number)] for number in range(first, first + days))

    @cached_property
    def _float_paces(self) -> list[list[float]]:
        return [[float(pace) for pace in row] for row in self.paces]

    def probability(self, purchases: int, silent_days: int, days: int) -> float:
        """Return the chance of a purchase within so many days.

        Arguments: purchases (ever, up to D), silent_days (whole days since the last of them),
        days (ahead, D + 1 being the first).
        """
        return -expm1(-self.hazard(silence_class(purchases), silent_days, days))


def life_table(purchases: Iterable[tuple[str, date]], day: date) -> LifeTable:
    """Count the silences of everybody up to D, in the days of the last WINDOW_DAYS.

    Arguments: purchases (person and local day; one after D is not looked at), day (D).
    """
    table = LifeTable()
    first_counted = day - timedelta(days=WINDOW_DAYS - 1)
    for own in histories(purchases, day).values():
        for number, (last, following) in enumerate(zip(own, [*own[1:], None], strict=True), 1):
            kind = silence_class(number)
            on = max(last + timedelta(days=1), first_counted)
            while on <= (following or day):
                cell = kind, band_of_day((on - last).days)
                table.silent_days[cell] += 1
                if on == following:
                    table.bought[cell] += 1
                on += timedelta(days=1)
    return table


# ---------------------------------------------------------------------------- what is published


def order_probability(by_model: float, by_table: float) -> float:
    """Return the chance of an order: the mean of the model's and the table's."""
    return (1 - TABLE_WEIGHT) * by_model + TABLE_WEIGHT * by_table


def expected_orders(probability: float, if_alive: float, chance_if_alive: float) -> float:
    """Return the orders to expect within a horizon.

    Arguments: probability (of an order within it), if_alive (orders within it of whoever has not
    left), chance_if_alive (of an order within it, of the same). Whether the person has left is in
    `probability` alone.
    """
    return probability * if_alive / chance_if_alive


def seasonal(by_horizon: dict[int, float], factors: dict[int, float]) -> dict[int, float]:
    """Return probabilities or orders by horizon in days, 30 and 90 of them as in the season.

    Arguments: by_horizon (30, 90 and 365 days), factors (of 30 and 90 days; 1 where missing).
    None exceeds that of the next longer horizon.
    """
    year = by_horizon[365]
    quarter = min(by_horizon[90] * factors.get(90, 1), year)
    month = min(by_horizon[30] * factors.get(30, 1), quarter)
    return {30: month, 90: quarter, 365: year}


# ----------------------------------------------------------------------------- the build's checks

# Days of history (from the first purchase to D) from which each check can be made.
RANKS_FROM_DAYS = 270
YEAR_FROM_DAYS = 545
NOT_CHECKED = "not_checked"
PASSED = "passed"
WARN = "warn"
RANKS_NO_BETTER = "ranks_no_better"
# One buyer of an earlier day: what was predicted, and whether an order came within the horizon.
Outcome = tuple[float, bool]


def bought_within(own: list[date], day: date, days: int) -> bool:
    """Return whether one of the days is among the `days` days after a day."""
    return any(day < on <= day + timedelta(days=days) for on in own)


def history_days(purchases: Iterable[tuple[str, date]], day: date) -> int:
    """Return the days from the shop's first purchase to D."""
    return (day - min(on for _, on in purchases if on <= day)).days


def area_under_curve(outcomes: list[Outcome]) -> Fraction | None:
    """Return how often who ordered was ranked above who did not; a tie is half. None of one kind.

    Pairs are counted one kind of prediction at a time.
    """
    ordered = sorted(predicted for predicted, did in outcomes if did)
    others = sorted(predicted for predicted, did in outcomes if not did)
    if not ordered or not others:
        return None
    better = Fraction(0)
    below = until = 0
    for predicted in ordered:
        while below < len(others) and others[below] < predicted:
            below += 1
        while until < len(others) and others[until] <= predicted:
            until += 1
        better += below + Fraction(until - below, 2)
    return better / (len(ordered) * len(others))


def rank_status(outcomes: list[Outcome], history: int) -> str:
    """Return whether P(order in 90 days) of D - 90 ranked well; the segments need that it did.

    Arguments: outcomes (of D - 90), history (days).
    """
    area = area_under_curve(outcomes) if history >= RANKS_FROM_DAYS else None
    if area is None:
        return NOT_CHECKED
    if area < Fraction("0.60"):
        return RANKS_NO_BETTER
    return WARN if area < Fraction("0.65") else PASSED


def lost_come_back(lost: list[bool], everybody: list[bool]) -> bool:
    """Return whether those predicted lost on D - 90 ordered half as often as all, or more.

    Arguments: lost, everybody (whether each of them ordered within the 90 days; those lost are
    among everybody). Fewer than 50 lost prove nothing, nor do 90 days without an order.
    """
    if len(lost) < 50 or not any(everybody):
        return False
    return 2 * Fraction(sum(lost), len(lost)) >= Fraction(sum(everybody), len(everybody))


def level(outcomes: list[Outcome]) -> float | None:
    """Return buyers expected to order ÷ buyers who did; None where none did."""
    actual = sum(did for _, did in outcomes)
    return fsum(predicted for predicted, _ in outcomes) / actual if actual else None


def season_factor(outcomes: list[Outcome], history: int) -> float:
    """Return what predictions for 30 or 90 days are multiplied with: what came ÷ what was expected.

    Arguments: outcomes (of D - 365, by the predictions without a season), history (days).
    """
    ratio = level(outcomes) if history >= YEAR_FROM_DAYS else None
    return 1 / ratio if ratio else 1.0
