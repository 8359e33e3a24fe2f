"""Say what was built, in a marketer's words, from the published file."""

import os
import sys
import textwrap
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


def summary(published: Path) -> str:
    """Describe a published build.

    Arguments: published, path of the published DuckDB file.
    Returns: text of some lines: as-of date and shop, contacts, orders, a line per lifecycle stage,
    rejected rows by reason, raw tables that are missing and what is empty for it, and where to look
    next.
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
        rejected = rows(
            "select detail, sum(affected_rows) from insights.data_health"
            " where measure = 'rejected rows' group by detail order by 2 desc, 1"
        )
        raw_tables = dict(
            rows("select raw_table, all_rows from insights.data_health where measure = 'freshness'")
        )
        [(prediction, warnings)] = rows(
            "select status, warnings from core.model_fits where predicts = 'orders'"
        )
        needs = dict(rows("select segment, needs from membership.segment_definitions"))
    lines = [
        f"Shop {shop}, as of {as_of_on} (version {version})",
        f"  The proof last passed on this shop on {proved_at} UTC, as of {proved_as_of_on}."
        if proved_at
        else "  The proof has not passed on this shop yet: make build runs it.",
        f"  {contacts:>9,} contacts, and {visitors:,} visitors who never said who they are",
        f"  {orders:>9,} orders, {valid_orders:,} of them count",
    ]
    lines += [
        "",
        f"  {'Lifecycle stage':<26}{'contacts':>9}{'share':>9}{'of revenue':>12}"
        if contacts
        else "  There are no contacts yet: nobody is in customers, and nobody has ordered.",
    ]
    for stage in STAGES if contacts else ():
        label, members, share, revenue = sizes[stage]
        lines.append(f"  {label:<26}{members:>9,}{share:>9.1%}{revenue:>12.1%}")
    total = sum(count for _, count in rejected)
    raw_rows = sum(raw_tables.values())
    lines += ["", f"  {total:,} of {raw_rows:,} raw rows were set aside" + (":" if total else ".")]
    lines += [f"    {reason:<24}{count:>7,}" for reason, count in rejected]
    if prediction != "fitted":
        lines += ["", f"  The predictive segments are empty: {NO_PREDICTION[prediction]}."]
    elif warnings:
        lines += ["", "  Of the predictions:"]
        for warning in warnings.split(", "):
            sentence = f"{PREDICTION_WARNINGS[warning]}."
            lines += textwrap.wrap(sentence, 100, initial_indent="    ", subsequent_indent="      ")
    missing = {table for table, count in raw_tables.items() if not count}
    if missing:
        lines += ["", *listed("Raw tables that are missing or empty", missing)]
        lines += listed("Segments that are empty without them", starved(needs, missing))
    lines += [
        "",
        f"Open {published} with any DuckDB client or BI tool:",
        "  core.people             one row per person: stage, value, recency, frequency",
        "  segments.<name>         who is in a segment, why (evidence), until when (expires_on)",
        "  core.person_predictions what to expect of each: orders, value, churn; estimates",
        "  insights.segment_sizes  how large each segment is and what it earns",
        "  insights.data_health    what the shop's data lack",
        "Rows set aside, with their reason: staging.rejected_records in the build file.",
    ]
    return "\n".join(lines)


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
    text = f"{what}: {', '.join(sorted(names)) or 'none'}."
    return textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="    ")


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
