"""How contacts move from month to month, what they bring in, and which moves are worth most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil
from statistics import median

from .entities import DAY, Order
from .groups import Group, Rows, revenue, share
from .raw import rounded
from .rules import exact, net_revenue
from .stages import STAGES, expected_gap, gaps_of

# objective: from which stages to which
OBJECTIVES = {
    1: (("prospects",), ("first_time_buyers",)),
    2: (("first_time_buyers",), ("repeat_customers", "loyal_customers")),
    3: (("repeat_customers", "loyal_customers"), ("repeat_customers", "loyal_customers")),
    4: (("at_risk_customers",), ("repeat_customers", "loyal_customers")),
    5: (("inactive_customers",), ("repeat_customers", "loyal_customers")),
}
LOST = ("at_risk_customers", "inactive_customers")
RECENCY_STEP = 30
PAUSES = ("1", "1.5", "2", "2.5", "3", "3.5", "4", "5", "6")


def following(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def last_day(group: Group, month: date) -> date:
    """The last day of a month, D in the running one."""
    return min(following(month) - DAY, group.world.day)


def is_complete(group: Group, month: date) -> bool:
    """Whether a month is over."""
    return following(month) - DAY <= group.world.day


def all_months(group: Group) -> list[date]:
    """The months from that of the shop's first order to that of D; none without an order."""
    days = [order.ordered_on for order in group.world.orders if order.is_valid]
    months = [min(days).replace(day=1)] if days else []
    while months and following(months[-1]) <= group.world.day:
        months.append(following(months[-1]))
    return months


def months_of(group: Group) -> list[date]:
    """The months of the time series."""
    months = all_months(group)
    complete = [month for month in months if is_complete(group, month)]
    kept = complete[-group.vars["insight_months"] :] if group.vars["insight_months"] else []
    return kept + [month for month in months if not is_complete(group, month)]


def of_month(orders: Iterable[Order], month: date) -> list[Order]:
    """Those of the orders that are of a month."""
    return [order for order in orders if order.ordered_on.replace(day=1) == month]


def stage_sizes_by_month(group: Group) -> Rows:
    """How many are in each stage at the end of a month, and what its first day's brought in."""
    rows = []
    for month in months_of(group):
        ends = Counter(group.stage_on(f.person_id, last_day(group, month)) for f in group.contacts)
        existing = sum(ends[stage] for stage in STAGES)
        earned: dict[str, Decimal] = defaultdict(Decimal)
        for facts in group.contacts:
            began = group.stage_on(facts.person_id, month) or "new"
            earned[began] += revenue(of_month(facts.orders, month))
        complete = is_complete(group, month)
        rows += [(month, complete, s, ends[s], share(ends[s], existing), earned[s]) for s in STAGES]
        rows.append((month, complete, "new", None, None, earned["new"]))
    return rows


def stage_transitions(group: Group) -> Rows:
    """Who went from which stage to which within a month."""
    rows = []
    for month in months_of(group):
        ends = [
            (group.stage_on(f.person_id, month - DAY) or "new", stage)
            for f in group.contacts
            if (stage := group.stage_on(f.person_id, last_day(group, month)))
        ]
        whole = Counter(began for began, _ in ends)
        for (began, ended), count in sorted(Counter(ends).items()):
            served = [n for n, (a, b) in OBJECTIVES.items() if began in a and ended in b]
            found = (count, share(count, whole[began]), next(iter(served), None))
            rows.append((month, is_complete(group, month), began, ended, *found))
    return rows


def segment_exits_ahead(group: Group) -> Rows:
    """Who leaves a segment on which of the next days."""
    leave: dict[tuple[str, str, str], list[date | None]] = defaultdict(list)
    for segment, person, value, expires_on in group.given["members"]:
        followed = value if segment in group.vars["log_valued_segments"] else ""
        leave[segment, followed, person].append(expires_on)
    exits = defaultdict(list)
    for (segment, value, person), days in leave.items():
        if None not in days:
            exits[segment, value, max(days)].append(person)
    last = group.world.day + timedelta(days=group.vars["exit_days"])
    known = {facts.person_id for facts in group.contacts}
    return [
        (*key, len(people), sum(person in known for person in people))
        for key, people in exits.items()
        if group.world.day < key[2] <= last
    ]


def new_and_repeat_by_month(group: Group) -> Rows:
    """What first purchases and later ones bring in."""
    rows = []
    for month in months_of(group):
        first, later = [], []
        for facts in group.contacts:
            for order in of_month(facts.orders, month):
                (first if order.ordered_on == facts.purchases[0] else later).append(order)
        row = (month, is_complete(group, month))
        for measure in (
            len,
            lambda orders: len({(o.person_id, o.ordered_on) for o in orders}),
            lambda orders: len({o.person_id for o in orders}),
            revenue,
        ):
            whole, of_first, of_later = measure(first + later), measure(first), measure(later)
            row += (whole, of_first, of_later, share(of_first, whole), share(of_later, whole))
        effort = Fraction(revenue(first)) * exact(group.vars["acquisition_cost_ratio"])
        rows.append((*row, share(revenue(later), effort)))
    return rows


def cohorts(group: Group) -> Rows:
    """What became of the buyers of each month."""
    rows = []
    for cohort in months_of(group):
        buyers = [f for f in group.contacts if f.orders and of_month(f.orders[:1], cohort)]
        earned, month, since = Decimal(0), cohort, 0
        while buyers and month <= group.world.day:
            orders = [of_month(facts.orders, month) for facts in buyers]
            active = sum(bool(own) for own in orders)
            here = sum((revenue(own) for own in orders), Decimal(0))
            earned += here
            row = (cohort, since, is_complete(group, month), len(buyers), active)
            rows.append((*row, share(active, len(buyers)), here, share(earned, len(buyers))))
            month, since = following(month), since + 1
    return rows


def pareto_curve(group: Group) -> Rows:
    """What the best of the buyers bring in."""
    buyers = [(-net_revenue(f), f.person_id) for f in group.contacts if f.orders]
    amounts = [-amount for amount, _ in sorted(buyers)]
    limit = sum(amounts) * exact(group.vars["pareto_revenue_share"])
    rows, reached = [], not sum(amounts)
    for percent in range(1, 101) if amounts else ():
        best = amounts[: ceil(Fraction(percent * len(amounts), 100))]
        is_first = not reached and sum(best) >= limit
        reached = reached or is_first
        part = (rounded(sum(best), 4), share(sum(best), sum(amounts)))
        rows.append((percent, len(best), *part, is_first))
    return rows


def recency_distribution(group: Group) -> Rows:
    """How long ago the buyers bought last."""
    steps = defaultdict(list)
    for facts in group.contacts:
        if facts.orders:
            steps[(group.world.day - facts.purchases[-1]).days // RECENCY_STEP].append(facts)
    rows, whole, reached = [], sum(map(len, steps.values())), 0
    for step, people in sorted(steps.items()):
        reached += len(people)
        row = (step * RECENCY_STEP, (step + 1) * RECENCY_STEP - 1, len(people))
        earned = rounded(sum(map(net_revenue, people)), 4)
        rows.append((*row, earned, share(len(people), whole), share(reached, whole)))
    return rows


def pauses_of(group: Group) -> list[tuple[Fraction, bool]]:
    """How many expected gaps each pause lasted, as expected when it began, and whether it ended."""
    pauses = []
    for facts in group.contacts:
        days = facts.purchases
        for number in range(2, len(days) + 1):
            began, has_ended = days[number - 1], number < len(days)
            lasted = ((days[number] if has_ended else group.world.day) - began).days
            e = expected_gap(group.world, gaps_of(days[:number]))
            pauses.append((lasted / e, has_ended))
    return pauses


def interval_distribution(group: Group) -> Rows:
    """Who comes back after a pause of so many expected gaps."""
    settings, pauses = group.world.settings, pauses_of(group)
    in_force = {exact(settings.at_risk_multiplier), exact(settings.inactive_multiplier)}
    ended = [lasted for lasted, has_ended in pauses if has_ended]
    rows = []
    for length in sorted(in_force | set(map(exact, PAUSES))):
        silences = sum(lasted >= length for lasted, _ in pauses)
        back = sum(lasted >= length for lasted in ended)
        row = (rounded(length, 4), length in in_force, share(len(ended) - back, len(ended)))
        if ended or silences:
            rows.append((*row, silences, back, share(back, silences)))
    return rows


def mean_revenue(group: Group, *stages: str) -> Decimal | None:
    """Net revenue ever per contact in some stages."""
    people = group.in_stage(*stages)
    return share(sum((net_revenue(facts) for facts in people), Fraction(0)), len(people))


def monthly_share(group: Group, objective: int) -> Decimal | None:
    """The share that makes an objective's move within a month, of the last complete months."""
    complete = [month for month in months_of(group) if is_complete(group, month)]
    chosen = complete[-group.vars["objective_months"] :]
    made = whole = 0
    for month, _, began, _, contacts, _, served in stage_transitions(group):
        if month in chosen and began in OBJECTIVES[objective][0]:
            whole += contacts
            made += contacts if served == objective else 0
    return share(made, whole)


def days_to_step(group: Group, objective: int) -> Decimal | None:
    """Median days of the stays that the step ended."""
    begins, ends = OBJECTIVES[objective]
    days = [
        (stay[2] - stay[1]).days
        for spans in group.spans.values()
        for stay, after in pairwise(spans)
        if stay[0] in begins and after[0] in ends
    ]
    return rounded(Fraction(median(days)), 1) if days else None


def objectives(group: Group) -> Rows:
    """The five moves, and which is worth most."""
    found = {}
    for objective, (begins, ends) in OBJECTIVES.items():
        people = group.in_stage(*begins)
        here, there = mean_revenue(group, *begins), mean_revenue(group, *ends)
        low = mean_revenue(group, *LOST) if objective == 3 else here
        gap = None if there is None or low is None else there - low
        opportunity = None if gap is None else len(people) * gap
        part, days = monthly_share(group, objective), days_to_step(group, objective)
        expected = None
        if opportunity is not None and part is not None:
            expected = rounded(Fraction(opportunity) * Fraction(part), 4)
        is_short = days is not None and days <= group.vars["short_term_days"]
        horizon = None if days is None else "short" if is_short else "medium"
        reachable = sum((facts.person_id,) in group.given["reachable"] for facts in people)
        row = (objective, ", ".join(begins), ", ".join(ends), len(people), reachable, here, there)
        found[objective] = (*row, gap, opportunity, part, expected, days, horizon)
    known = [Fraction(row[8]) for row in found.values() if row[8] is not None]
    worth = sorted(found, key=lambda n: (found[n][10] is None, -(found[n][10] or 0), n))
    rows = []
    for objective, row in found.items():
        field = None
        if row[8] is not None and row[12] is not None:
            field = f"{'high' if row[8] >= median(known) else 'low'}_value_{row[12]}"
        rows.append((*row, worth.index(objective) + 1, field))
    return rows
