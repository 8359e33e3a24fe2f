"""Decide which numbers of people may be shown, so that no small group can be read or reckoned back.

Everything that the segment book shows of people passes here. A number below the minimum is not
shown, nor is any that would give it away: the rest of a total, the difference of two groups of
which one holds the other, or a cell that a table's totals leave no choice for (Willenborg and de
Waal, Elements of Statistical Disclosure Control, 2001, chapter 4).
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from fractions import Fraction

# bars of a distribution are rounded to a multiple of this many people
BAR_STEP = 5


class Guard:
    """Says which numbers of people may be shown.

    Arguments: minimum (people; smaller groups are not shown; 1 shows all).
    """

    def __init__(self, minimum: int) -> None:
        """Keep the minimum."""
        self.minimum = minimum

    def is_small(self, people: int | None) -> bool:
        """Whether a number is that of a group too small to be shown; nobody is no group."""
        return people is not None and 0 < people < self.minimum

    def count(self, people: int | None) -> int | None:
        """A number of people, none where it may not be shown."""
        return None if self.is_small(people) else people

    def part(self, people: int | None, whole: int | None) -> int | None:
        """A number of people among others that are known, none where it or the rest is small."""
        if people is None or whole is None:
            return None
        if self.is_small(people) or self.is_small(whole - people) or self.is_small(whole):
            return None
        return people

    def cells(
        self,
        people: Mapping[Hashable, int],
        lines: Iterable[Collection[Hashable]],
        small: Collection[Hashable] = (),
    ) -> dict[Hashable, int | None]:
        """The cells of a table whose sums are known.

        Arguments: people (by cell), lines (sets of cells of which the reader knows the sum), small
        (cells that may not be shown for other reasons).
        Returns: by cell, its number, or none where it may not be shown.
        """
        lines = [sorted(set(line) & people.keys(), key=str) for line in lines]
        hidden = {cell for cell, number in people.items() if self.is_small(number)} | set(small)
        while addition := self._next_hidden(people, lines, hidden):
            hidden.add(addition)
        return {cell: None if cell in hidden else number for cell, number in people.items()}

    def _next_hidden(
        self,
        people: Mapping[Hashable, int],
        lines: list[list[Hashable]],
        hidden: set[Hashable],
    ) -> Hashable | None:
        """A further cell to hide, or none where nothing hidden can be reckoned back."""
        for line in lines:
            inside = [cell for cell in line if cell in hidden]
            is_told = len(inside) == 1 or self.is_small(sum(people[cell] for cell in inside))
            other = smallest(people, line, hidden) if inside and is_told else None
            if other is not None:
                return other
        places = {c: [i for i, line in enumerate(lines) if c in line] for c in hidden}
        for cell in solved(places) or pinned(people, lines, hidden):
            beside = {other for line in lines if cell in line for other in line}
            if (other := smallest(people, beside, hidden)) is not None:
                return other
        return None

    def bars(self, people: list[int], whole: int | None = None) -> list[int | None] | None:
        """The bars of a distribution, rounded to fives.

        Arguments: people (in each bar), whole (how many they are together, where the reader knows
        it and nobody is in two bars).
        Returns: for each bar its number, rounded, or none where it is small but not empty; none at
        all where the rest of the whole would give a small one away.
        """
        if self.minimum <= 1:
            return list(people)
        step = max(BAR_STEP, self.minimum)
        shown, ranges = [], []
        for number in people:
            if number == 0 or self.is_small(number):
                shown.append(None if number else 0)
                ranges.append((1, self.minimum - 1) if number else (0, 0))
            else:
                rounded = max((number + step // 2) // step * step, step)
                shown.append(rounded)
                ranges.append((max(rounded - step // 2, self.minimum), rounded + step // 2))
        if whole is not None:
            low, high = (sum(ends) for ends in zip(*ranges, strict=True)) if ranges else (0, 0)
            for number, (least, most) in zip(shown, ranges, strict=True):
                from_rest = (max(least, whole - high + most), min(most, whole - low + least))
                if number is None and from_rest[0] == from_rest[1]:
                    return None
        return shown


def smallest(
    people: Mapping[Hashable, int], cells: Iterable[Hashable], hidden: Collection[Hashable]
) -> Hashable | None:
    """The smallest cell with anybody that is still shown; an empty one where there is no other."""
    shown = [cell for cell in cells if cell not in hidden]
    return min(shown, key=lambda cell: (people[cell] == 0, people[cell], str(cell)), default=None)


def pinned(
    people: Mapping[Hashable, int], lines: Iterable[Collection[Hashable]], hidden: set[Hashable]
) -> list[Hashable]:
    """The hidden cells that the sums leave one number for, as none is negative.

    Arguments: people (by cell), lines (sets of cells of which the sum is known), hidden (cells).
    Returns: cells, sorted by name.
    """
    sums = [
        (rest, sum(people[cell] for cell in rest)) for line in lines if (rest := hidden & {*line})
    ]
    least = dict.fromkeys(hidden, 0)
    most = {c: min((total for rest, total in sums if c in rest), default=10**12) for c in hidden}
    before = None
    while before != (least, most):
        before = dict(least), dict(most)
        for rest, total in sums:
            for cell in rest:
                others = rest - {cell}
                least[cell] = max(least[cell], total - sum(most[other] for other in others))
                most[cell] = min(most[cell], total - sum(least[other] for other in others))
    return sorted((cell for cell in hidden if least[cell] == most[cell]), key=str)


def solved(places: Mapping[Hashable, Collection[int]]) -> list[Hashable]:
    """The unknowns of a system of sums that have but one solution.

    Arguments: places (by unknown, the sums that it is part of).
    Returns: unknowns, sorted by name.
    """
    unknowns = sorted(places, key=str)
    sums = sorted({place for found in places.values() for place in found})
    rows = [[Fraction(int(place in places[name])) for name in unknowns] for place in sums]
    done = 0
    for column in range(len(unknowns)):
        pivot = next((r for r in range(done, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [number / rows[done][column] for number in rows[done]]
        for r in range(len(rows)):
            if r != done and rows[r][column]:
                factor = rows[r][column]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[done], strict=True)]
        done += 1
    alone = [[c for c, number in enumerate(row) if number] for row in rows]
    return [unknowns[columns[0]] for columns in alone if len(columns) == 1]
