"""Say what was built, in a marketer's words, from the published file."""

import os
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
STAGES = [
    "prospects",
    "first_time_buyers",
    "repeat_customers",
    "loyal_customers",
    "at_risk_customers",
    "inactive_customers",
]
NO_CONTACTS = ["  There are no contacts yet: nobody is in customers, and nobody has ordered."]
LAPSED = "lapsed_first_time_buyers"
# a segment with this share of the contacts or more tells hardly anybody apart
NEARLY_EVERYBODY = Decimal("0.95")
# names in a list before "and 4 more"
MOST_NAMES = 10

# by the status of core.model_fits; the numbers are settings
NO_PREDICTION = {
    "too_few_buyers": "fewer buyers than prediction_min_buyers",
    "too_short_history": "the first order is less than prediction_min_history_days ago",
    "no_recent_order": "no order in the last prediction_recent_days days",
    "no_repeat_buyers": "nobody has prediction_min_orders orders",
    "not_converged": "the model could not be fitted (see core.model_fits)",
    "ranks_no_better": "the predictions of 90 days ago ranked buyers hardly better than chance"
    " (see core.model_fits)",
}
# by the warnings of core.model_fits
PREDICTION_WARNINGS = {
    "ranks_barely_better": "the predictions of 90 days ago ranked buyers little better than chance;"
    " recency may do as well",
    "lost_come_back": "predicted_lost is empty, as those whom it would have held 90 days ago came"
    " back",
    "level_off_last_year": "a year ago far more or fewer buyers came in 30 or 90 days than"
    " expected; the probabilities for 30 and 90 days lean on that season",
    "no_departures_seen": "hardly anybody seems to leave for good, so probabilities for 365 days"
    " are upper bounds; do not add up predicted values",
    "year_off": "the number of buyers in the last 365 days was far from what was expected of it",
    "year_not_proven": "probabilities for 365 days are not proven in this shop before it has"
    " prediction_proven_days days of orders; ranks are fine",
}

# by the measures of insights.data_health: what to call it, and what its amount is
GAPS = {
    "orders without a person": ("orders that name nobody", "worth"),
    "orders of an unknown customer": ("orders of unknown customers", "worth"),
    "refunds above their order": ("orders refunded above their value", "by"),
    "order lines of an unknown product": ("order lines of unknown products", "worth"),
    "events of an unknown customer": ("events of unknown customers", ""),
    "events of an unknown product": ("events of unknown products", ""),
    "purchase events set aside as repeats": ("purchase events that repeat an order", ""),
}
UNSENT = "messages without a sent event"
# by raw table and column: what the words are, and what takes them
WORDS = {
    ("orders", "status"): (
        "order statuses",
        "var valid_order_statuses or other_order_statuses takes them",
    ),
    ("consents", "status"): ("consent statuses", "seeds/consent_spellings.csv takes them"),
    ("consents", "channel"): ("consent channels", "only email, sms, ads and post are read"),
    ("message_events", "event_type"): ("message events", "no segment reads them"),
}
# by channel: how the summary names it
CHANNELS = {"email": "by e-mail", "sms": "by SMS", "ads": "in ads", "post": "by post"}
PERSON_MEASURES = ("customers", "visitors", "orders")


def summary(published: Path) -> str:
    """Describe a published build.

    Arguments: published, path of the published DuckDB file.
    Returns: text of some lines: as-of date and shop, contacts, orders, a line per lifecycle stage,
    how many may be written to, rejected rows by reason, what else the data lack, what is empty and
    why, and where to look next. What has nothing to say is left out.
    Raises: duckdb.Error where it can't be opened or is no published build.
    """
    with duckdb.connect(str(published), read_only=True) as connection:

        def rows(query: str, *parameters: object) -> list[tuple]:
            return connection.execute(query, list(parameters)).fetchall()

        [(as_of_on, shop, version, proved_at, proved_as_of_on)] = rows(
            "select distinct as_of_on, raw_location, project_version,"
            " strftime(proved_at, '%Y-%m-%d %H:%M'), proved_as_of_on from publication"
        )
        [(contacts, visitors)] = rows(
            "select count(*) filter (where is_contact), count(*) filter (where not is_contact)"
            " from core.people"
        )
        [(orders, valid_orders)] = rows(
            "select count(*), count(*) filter (where is_valid) from core.orders"
        )
        sizes = {
            segment: (label, members, share, revenue)
            for segment, label, members, share, revenue in rows(
                "select s.segment, d.label_en, s.members, s.share_of_contacts,"
                " coalesce(s.share_of_revenue, 0) from insights.segment_sizes s"
                " join membership.segment_definitions d on d.segment = s.segment"
                " where s.segment_value = ''"
            )
        }
        health = rows(
            "select measure, raw_table, detail, affected_rows, all_rows, affected_amount"
            " from insights.data_health order by measure, affected_rows desc, raw_table, detail"
        )
        crowded = crowded_segments(rows)
        [(reachable, bought_twice)] = rows(
            "select count(*) filter (where is_reachable_by_email),"
            " count(*) filter (where purchases > 1) from core.people"
        )
        [(prediction, warnings)] = rows(
            "select status, warnings from core.model_fits where predicts = 'orders'"
        )
        moves = moved(rows)
        best = best_objective(rows)
        failing = failing_segments(rows)
        ahead = log_ahead(rows, as_of_on)
        needs = dict(rows("select segment, needs from membership.segment_definitions"))
        [(multiple,)] = rows(
            "select regexp_extract(settings, 'inactive_multiplier = ([0-9.]+)', 1)"
            " from membership.segment_definitions where segment = 'inactive_customers'"
        )
    raw_rows, usable = (
        {row[1]: row[place] for row in health if row[0] == "freshness"} for place in (4, 3)
    )
    lines = [
        f"Shop {shop}, as of {as_of_on} (version {version})",
        f"  The proof last passed on this shop on {proved_at} UTC, as of {proved_as_of_on}."
        if proved_at
        else "  The proof has not passed on this shop yet: make build runs it.",
        f"  {contacts:>9,} contacts, and {visitors:,} visitors who never said who they are",
        f"  {orders:>9,} orders, {valid_orders:,} of them count",
        *most_of_one_person(health),
    ]
    lines += ahead
    lines += ["", *(stages(sizes, multiple if bought_twice else "") if contacts else NO_CONTACTS)]
    if contacts:
        lines += [*moves, "", *best, may_be_written_to(health)]
    if contacts and not reachable:
        why = "nobody with an e-mail has opted in"
        why = why if usable["consents"] else "there is no usable consent"
        lines += [f"  Nobody counts as reachable by e-mail: {why}."]
    if crowded:
        what = f"Segments of nearly everybody ({NEARLY_EVERYBODY:.0%} of contacts or more)"
        lines += ["", *listed(what, crowded)]
    if failing:
        what = "Segments that fail in insights.segment_scorecards (empty ones aside)"
        lines += ["", *wrapped(f"{what}: {some(failing, len(failing))}.", "  ")]
    lines += ["", *set_aside(health, sum(raw_rows.values())), *gaps(health)]
    if prediction != "fitted":
        lines += ["", f"  The predictive segments are empty: {NO_PREDICTION[prediction]}."]
    elif warnings:
        lines += ["", "  Of the predictions:"]
        for warning in warnings.split(", "):
            sentence = f"{PREDICTION_WARNINGS[warning]}."
            lines += wrapped(sentence, "    ")
    missing = {table for table, count in usable.items() if not count}
    lines += empty(needs, valid_orders, missing)
    lines += [
        "",
        f"Open {published} with any DuckDB client or BI tool (DuckDB 1.4 or newer):",
        "  start_here              which tables to look at first, and what for",
        "  core.contacts           one row per contact: stage, value, recency, frequency",
        "  segments.<name>         who is in a segment, why (evidence), until when (expires_on)",
        "  core.person_predictions what to expect of each: orders, value, churn; estimates",
        "  insights.segment_sizes  how large each segment is and what it earns",
        "  insights.objectives     which move between stages is worth most, and what to do for it",
        "  insights.data_health    what the shop's data lack",
        "In the build file: staging.rejected_records (rows set aside, with their reason) and",
        "activation.contact_permissions (who may be written to by which channel, and why not).",
    ]
    return "\n".join(lines)


def stages(sizes: dict[str, tuple], multiple: str) -> list[str]:
    """A line per lifecycle stage, and one for the first-time buyers who have lapsed.

    Arguments: sizes (label, members and two shares by segment), multiple (of the mean gap after
    which they have; empty where there is no gap yet).
    """
    lines = [f"  {'Lifecycle stage':<26}{'contacts':>9}{'share':>9}{'of revenue':>12}"]
    for stage in STAGES:
        label, members, share, revenue = sizes[stage]
        lines.append(f"  {label:<26}{members:>9,}{share:>9.1%}{revenue:>12.1%}")
        if stage == "first_time_buyers" and members and LAPSED in sizes:
            _, lapsed, share, revenue = sizes[LAPSED]
            lines.append(
                f"  {'  of them lapsed':<26}{lapsed:>9,}{share:>9.1%}{revenue:>12.1%}"
                f"  no second purchase in {multiple} × the mean gap"
                if multiple
                else "    of them lapsed: not known, as nobody has bought twice"
            )
    return lines


def moved(rows: Callable[..., list[tuple]]) -> list[str]:
    """A line that says by how many contacts each stage has grown since a month ago.

    Arguments: rows (asks the published file).
    """
    found = rows(
        "with days as (select as_of_on, cast(as_of_on - interval 1 month as date) as before_on"
        " from publication limit 1)"
        " select stage, before_on, sum(case when as_of_on < valid_to or valid_to is null"
        " then 1 else 0 end) - sum(case when valid_from <= before_on and"
        " (before_on < valid_to or valid_to is null) then 1 else 0 end)"
        " from core.lifecycle_history, days group by stage, before_on"
    )
    changes = {stage: change for stage, _, change in found}
    labels = dict(rows("select segment, label_en from membership.segment_definitions"))
    told = [f"{labels[stage]} {changes[stage]:+,}" for stage in STAGES if changes.get(stage)]
    since = found[0][1] if found else ""
    return wrapped(f"Since {since}: {', '.join(told) or 'no stage has changed in size'}.", "  ")


def log_ahead(rows: Callable[..., list[tuple]], as_of_on: date) -> list[str]:
    """What to say where the membership log knows later days than the published one."""
    query = "select max(as_of_date) from membership.segment_membership_log where as_of_date > ?"
    [(log_ends_on,)] = rows(query, as_of_on)
    if not log_ends_on:
        return []
    return [f"  The membership log ends on {log_ends_on}, after this day: it is as it was."]


def best_objective(rows: Callable[..., list[tuple]]) -> list[str]:
    """A line with the objective of the greatest expected opportunity; none where none is known.

    Arguments: rows (asks the published file).
    """
    return [
        f"  Greatest expected opportunity: {label} ({amount:,.2f} a month; insights.objectives)"
        for label, amount in rows(
            "select label_en, expected_opportunity_amount from insights.objectives"
            " where rank = 1 and expected_opportunity_amount is not null"
        )
    ]


def failing_segments(rows: Callable[..., list[tuple]]) -> list[str]:
    """The segments with members whose scorecard fails, those that fail most criteria first.

    Arguments: rows (asks the published file).
    """
    return [
        segment
        for segment, _ in rows(
            "select segment, count(*) filter (where grade = 'fail') as fails"
            " from insights.segment_scorecards group by segment having fails > 0 and"
            " max(value) filter (where criterion = 'substantial') > 0 order by fails desc, segment"
        )
    ]


def crowded_segments(rows: Callable[..., list[tuple]]) -> set[str]:
    """The segments, or values of one, that hold nearly everybody.

    Arguments: rows (asks the published file).
    Returns: names, the value in brackets; all_customers, which holds everybody, is none of them.
    """
    found = rows(
        "select segment, segment_value from insights.segment_sizes as sizes"
        " where share_of_contacts >= ? and segment <> 'all_customers' and (segment_value <> '' or"
        " segment not in (select segment from insights.segment_sizes where segment_value <> ''))",
        NEARLY_EVERYBODY,
    )
    # at_risk and lost are no stages there
    note = {"rfm_segments": ", as RFM names it, not the stage"}
    return {
        f"{segment} ({value}{note.get(segment, '')})" if value else segment
        for segment, value in found
    }


def most_of_one_person(health: list[tuple]) -> list[str]:
    """Lines that say how many customers, visitors and orders one person has at most.

    Arguments: health (rows of `data_health`, greatest first in each measure).
    """
    most: dict[str, int] = {}
    for measure, _, _, affected, *_ in health:
        if measure.endswith(" of one person"):
            most.setdefault(measure.split()[0], affected)
    if not most:
        return []
    counts = ", ".join(f"{most[what]:,} {what}" for what in PERSON_MEASURES if what in most)
    return [f"  One person has at most {counts} (who: insights.data_health)"]


def may_be_written_to(health: list[tuple]) -> str:
    """A line that says how many contacts may be written to by each channel.

    Arguments: health (rows of `data_health`).
    """
    allowed = {row[2]: row[3] for row in health if row[0] == "contacts who may be written to"}
    counts = ", ".join(f"{allowed[channel]:,} {how}" for channel, how in CHANNELS.items())
    return f"  May be written to: {counts}"


def set_aside(health: list[tuple], raw_rows: int) -> list[str]:
    """Lines that say how many raw rows were set aside, and why.

    Arguments: health (rows of `data_health`), raw_rows (how many there are).
    Returns: a line, and one per reason; lines and refunds that only follow their order come last.
    """
    counts: Counter[str] = Counter()
    followers = sum(row[3] for row in health if row[0] == "rejected with their order")
    for measure, _, reason, affected, *_ in health:
        if measure == "rejected rows":
            counts[reason] += affected
    total, causes = sum(counts.values()), counts - Counter(orphan_reference=followers)
    lines = [f"  {total:,} of {raw_rows:,} raw rows were set aside" + (":" if total else ".")]
    by_count = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    lines += [f"    {reason:<24}{count:>7,}" for reason, count in by_count]
    if followers:
        lines.append(
            f"    {'with their order':<24}{followers:>7,}  lines and refunds of such orders"
        )
    return lines


def gaps(health: list[tuple]) -> list[str]:
    """Lines that say what else the data lack, and what it is worth.

    Arguments: health (rows of `data_health`, greatest first in each measure).
    Returns: a heading, a line per gap, per kind of unknown word, for messages that were never sent
    and for unknown columns; nothing where nothing lacks.
    """
    lines = []
    for measure, (label, preposition) in GAPS.items():
        for affected, all_rows, amount in [row[3:] for row in health if row[0] == measure]:
            money = f", {preposition} {amount:,.2f}" if amount else ""
            if affected:
                lines.append(f"    {label:<37}{affected:>9,} of {all_rows:,}{money}")
    for (table, column), (label, taken_by) in WORDS.items():
        words = [
            (row[2].removeprefix(f"{column} "), row[3])
            for row in health
            if row[:2] == ("unknown words", table) and row[2].startswith(f"{column} ")
        ]
        if words:
            lines += wrapped(f"unknown {label}: {words_met(words)} ({taken_by})", "    ")
    for affected, all_rows in [row[3:5] for row in health if row[0] == UNSENT]:
        count = f"{UNSENT}: {affected:,} of {all_rows:,}"
        blind = "email_sleepers and lost_customers do not see them"
        advice = "supply `sent` too, or one beside each `delivered` where the service tells none"
        lines += wrapped(f"{count} ({blind}: {advice})", "    ") if affected else []
    columns = [f"{row[1]}.{row[2]}" for row in health if row[0] == "columns that are not read"]
    if columns:
        # the likely mistakes first
        columns.sort(key=lambda name: (not name.endswith("?)"), name))
        lines += wrapped(f"columns that are not read: {some(columns, len(columns))}", "    ")
    return ["", "  What the data lack (money in the reporting currency):", *lines] if lines else []


def words_met(words: list[tuple[str, int]]) -> str:
    """Words and their number of rows; what may be personal is only counted.

    Arguments: words (greatest first). A column with digits, an e-mail or very many words in it is
    another one under this name.
    """
    plain = [f"{word} {count:,}" for word, count in words if not re.search(r"[0-9@(]", word)]
    return some(plain if len(plain) <= 2 * MOST_NAMES else [], len(words))


def some(names: list[str], number: int) -> str:
    """The first names of a list, and how many more there are of a number."""
    shown = names[:MOST_NAMES]
    return ", ".join([*shown, f"{number - len(shown)} more"] if number > len(shown) else shown)


def empty(needs: dict[str, str], valid_orders: int, missing: set[str]) -> list[str]:
    """Lines that say which segments nobody can be in, and for want of what.

    Arguments: needs (as of `starved`), valid_orders (how many orders count), missing (raw tables
    without usable rows).
    """
    lines, idle = [], set() if valid_orders else starved(needs, {"orders"})
    if idle:
        lines += ["", *listed("Segments that are empty for want of orders", idle)]
    if missing:
        lines += ["", *listed("Raw tables that are missing or have no usable row", missing)]
        lines += listed("Segments that are empty without them", starved(needs, missing) - idle)
    return lines


def starved(needs: dict[str, str], missing: set[str]) -> set[str]:
    """The segments that nobody can be in.

    Arguments: needs (by segment, as in `segment_definitions`), missing (raw tables without rows).
    Returns: the segments with at least one need that none of its tables meets.
    """
    return {
        segment
        for segment, text in needs.items()
        for need in filter(None, text.split("; "))
        if set(need.split(" or ")) <= missing
    }


def listed(what: str, names: set[str]) -> list[str]:
    """Lines that say what some names are and name them, or that there are none."""
    return wrapped(f"{what}: {', '.join(sorted(names)) or 'none'}.", "  ")


def wrapped(text: str, indent: str) -> list[str]:
    """A text as lines of at most 100 characters."""
    return textwrap.wrap(text, 100, initial_indent=indent, subsequent_indent=indent + "  ")


def main(arguments: list[str]) -> str | None:
    """Print the summary of the file that is named, or that builds publish.

    Arguments: arguments (path of a published file, or none: variable PUBLISHED_FILE, which is
    relative to the project's folder).
    Returns: a sentence that says why there is no summary; none where there is one.
    """
    default = os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb")
    published = Path(arguments[0]) if arguments else PROJECT / default
    if published.is_relative_to(Path.cwd()):
        published = published.relative_to(Path.cwd())
    if not published.exists():
        return f"{published} does not exist: run `make build` first."
    try:
        print(summary(published))
    except duckdb.IOException as error:
        return f"{published} can't be read ({str(error).splitlines()[0]})."
    except duckdb.Error:
        return f"{published} is no published build: name one, or run `make build`."
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
