"""Lifecycle, RFM and windows of a build's orders without SQL: what bench.py compares a build with.

    python scripts/bench_rivals.py pandas FOLDER

prints the seconds of each step and the counts it comes to as JSON. The rules are those of the
models, with the defaults that are named here; days are numbers since 1970, money whole numbers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

PRIOR_WEIGHT, LOYAL_PURCHASES, LOYAL_DAYS, COLD_DAYS = 2, 3, 90, 90
AT_RISK, INACTIVE = (3, 2), (3, 1)  # multiples of the expected gap, as ratios
NEVER = 10**6  # a day that does not come
# segment: its window, and how many orders in it
WINDOWS = {
    **{f"buyers_last_{window}": (window, 1) for window in ("30_days", "6_months", "year")},
    **{f"multi_buyers_last_{window}": (window, 2) for window in ("30_days", "6_months", "year")},
    "frequent_buyers": ("6_months", 5),
    "loyal_buyers": ("year", 7),
    "top_monthly_buyers": ("30_days", 3),
}
# the models that do what each step does
MODELS = {
    "lifecycle": ["int_purchases", "int_shop_intervals", "int_person_lifecycle"],
    "rfm": ["int_person_rfm"],
    "windows": ["int_person_orders", "int_person_newest_orders"],
}
MODELS["windows"] += [*WINDOWS, "lapsing_buyers", "cold_customers"]
Counts = dict[str, Any]
Clock = Callable[[str, Counts], None]


def with_pandas(folder: Path, days: dict[str, int], done: Clock) -> None:
    """Do all with pandas.

    Arguments: folder (of the files), days (as of, and where windows begin), done (is called after
    each step, with what it counted).
    """
    import pandas as pd

    today = days["as_of"]
    orders = pd.read_parquet(folder / "orders.parquet")
    contacts = pd.read_parquet(folder / "contacts.parquet")
    done("read", {})

    bought = orders[["person_id", "day"]].drop_duplicates().sort_values(["person_id", "day"])
    by_person = bought.groupby("person_id", sort=False)["day"]
    bought = bought.assign(
        gaps=by_person.cumcount(),
        first=by_person.transform("first"),
        next=by_person.shift(-1, fill_value=NEVER),
        loyal=by_person.shift(LOYAL_PURCHASES - 1, fill_value=-NEVER) + LOYAL_DAYS,
    )
    later = bought[bought["gaps"] > 0]
    last = bought[bought["next"] == NEVER]
    shop_gaps, shop_days = len(later), (last["day"] - last["first"]).sum()
    numerator = (later["day"] - later["first"]) * shop_gaps + PRIOR_WEIGHT * shop_days
    denominator = (later["gaps"] + PRIOR_WEIGHT) * shop_gaps
    at_risk, inactive = (-(-numerator * m // (denominator * n)) for m, n in (AT_RISK, INACTIVE))
    later = later.assign(
        at_risk=later["day"] + at_risk.clip(lower=1),
        inactive=later["day"] + inactive.clip(lower=at_risk + 1).clip(lower=2),
        loyal=later["loyal"].where(later["loyal"] > 0, later["day"]),
    )
    once = bought[bought["gaps"] == 0]
    met = contacts.merge(once[["person_id", "first"]], on="person_id", how="left")
    met["first"] = met["first"].fillna(NEVER).astype("int64")

    def span(rows: pd.DataFrame, stage: str, begin: Any, end: Any, until: str) -> pd.DataFrame:
        columns = {"person_id": rows["person_id"], "stage": stage}
        return pd.DataFrame(columns | {"begin": begin, "end": end, "until": rows[until]})

    risky = later["at_risk"]
    loyal_end = later["loyal"].clip(upper=risky)
    repeat = later["day"].clip(lower=later["loyal"])
    spans = pd.concat(
        [
            span(met, "prospects", met["day"], met["first"], "first"),
            span(once, "first_time_buyers", once["day"], NEVER, "next"),
            span(later, "loyal_customers", later["day"], loyal_end, "next"),
            span(later, "repeat_customers", repeat, risky, "next"),
            span(later, "at_risk_customers", risky, later["inactive"], "next"),
            span(later, "inactive_customers", later["inactive"], NEVER, "next"),
        ]
    )
    lived = spans[
        (spans["begin"] <= today) & (spans["begin"] < spans[["end", "until"]].min(axis=1))
    ]
    lived = lived.sort_values(["person_id", "begin"])
    stages = lived[lived["stage"] != lived.groupby("person_id", sort=False)["stage"].shift()]
    current = stages.drop_duplicates("person_id", keep="last")["stage"].value_counts()
    done(
        "lifecycle",
        {s: [int(n), int(current.get(s, 0))] for s, n in stages["stage"].value_counts().items()},
    )

    buyers = orders.groupby("person_id").agg(last=("day", "max"), net=("net", "sum"))
    buyers["purchases"] = bought["person_id"].value_counts()
    score = 0
    for weight, values in ((100, buyers["last"]), (10, buyers["purchases"]), (1, buyers["net"])):
        fifths = (values.rank(method="min").astype("int64") - 1) * 5 // len(buyers)
        score = score + weight * (1 + (fifths if values.nunique() > 1 else 2))
    done("rfm", {str(s): int(n) for s, n in score.value_counts().items()})

    orders_in = {
        window: orders[orders["day"] >= days[window]].groupby("person_id").size()
        for window in ("30_days", "3_months", "6_months", "year")
    }
    found = {s: int((orders_in[window] >= least).sum()) for s, (window, least) in WINDOWS.items()}
    found["lapsing_buyers"] = len(
        orders_in["6_months"].index.difference(orders_in["3_months"].index)
    )
    newest = orders.groupby("person_id")["day"].max()
    found["cold_customers"] = int((today - newest >= COLD_DAYS).sum())
    done("windows", found)


def with_polars(folder: Path, days: dict[str, int], done: Clock) -> None:
    """Do all with polars. Arguments: as of `with_pandas`."""
    import polars as pl

    today, day, person = days["as_of"], pl.col("day"), "person_id"
    orders = pl.read_parquet(folder / "orders.parquet")
    contacts = pl.read_parquet(folder / "contacts.parquet")
    done("read", {})

    bought = orders.select(person, "day").unique().sort(person, "day")
    bought = bought.with_columns(
        gaps=pl.int_range(pl.len()).over(person),
        first=day.first().over(person),
        next=day.shift(-1, fill_value=NEVER).over(person),
        loyal=day.shift(LOYAL_PURCHASES - 1).over(person) + LOYAL_DAYS,
    )
    later = bought.filter(pl.col("gaps") > 0)
    shop_gaps = later.height
    shop_days = bought.filter(pl.col("next") == NEVER).select((day - pl.col("first")).sum()).item()
    numerator = (day - pl.col("first")) * shop_gaps + PRIOR_WEIGHT * shop_days
    denominator = (pl.col("gaps") + PRIOR_WEIGHT) * shop_gaps
    at_risk, inactive = (
        (numerator * m + denominator * n - 1) // (denominator * n) for m, n in (AT_RISK, INACTIVE)
    )
    later = later.with_columns(
        at_risk=day + pl.max_horizontal(at_risk, 1),
        inactive=day + pl.max_horizontal(inactive, at_risk + 1, 2),
        loyal=pl.col("loyal").fill_null(day),
    )
    once = bought.filter(pl.col("gaps") == 0)
    met = contacts.join(once.select(person, "first"), on=person, how="left")
    met = met.with_columns(pl.col("first").fill_null(NEVER))

    def span(rows: pl.DataFrame, stage: str, begin: Any, end: Any, until: str) -> pl.DataFrame:
        kept = {"stage": pl.lit(stage), "begin": begin, "end": end, "until": pl.col(until)}
        return rows.select(person, **kept).with_columns(
            pl.col("begin", "end", "until").cast(pl.Int64)
        )

    risky, loyal, never = pl.col("at_risk"), pl.col("loyal"), pl.lit(NEVER)
    spans = pl.concat(
        [
            span(met, "prospects", day, pl.col("first"), "first"),
            span(once, "first_time_buyers", day, never, "next"),
            span(later, "loyal_customers", day, pl.min_horizontal(loyal, risky), "next"),
            span(later, "repeat_customers", pl.max_horizontal("day", "loyal"), risky, "next"),
            span(later, "at_risk_customers", risky, pl.col("inactive"), "next"),
            span(later, "inactive_customers", pl.col("inactive"), never, "next"),
        ]
    )
    begin, stage = pl.col("begin"), pl.col("stage")
    lived = spans.filter(begin <= today, begin < pl.min_horizontal("end", "until"))
    lived = lived.sort(person, "begin")
    stages = lived.filter(stage.ne_missing(stage.shift().over(person)))
    current = dict(
        stages.group_by(person, maintain_order=True).last()["stage"].value_counts().rows()
    )
    counts = stages["stage"].value_counts().rows()
    done("lifecycle", {name: [n, current.get(name, 0)] for name, n in counts})

    buyers = orders.group_by(person).agg(pl.max("day"), pl.sum("net"))
    buyers = buyers.join(bought.group_by(person).agg(purchases=pl.len()), on=person)
    score = pl.lit(0)
    for weight, name in ((100, "day"), (10, "purchases"), (1, "net")):
        fifths = (pl.col(name).rank("min").cast(pl.Int64) - 1) * 5 // pl.len()
        score += weight * (1 + pl.when(pl.col(name).n_unique() > 1).then(fifths).otherwise(2))
    scores = buyers.select(score=score)["score"].value_counts().rows()
    done("rfm", {str(score): n for score, n in scores})

    in_window = {w: day >= days[w] for w in ("30_days", "3_months", "6_months", "year")}
    people = orders.group_by(person).agg(
        pl.max("day"), **{w: c.sum() for w, c in in_window.items()}
    )
    conditions = {s: pl.col(window) >= least for s, (window, least) in WINDOWS.items()}
    conditions["lapsing_buyers"] = (pl.col("6_months") > 0) & (pl.col("3_months") == 0)
    conditions["cold_customers"] = today - day >= COLD_DAYS
    done("windows", people.select(**{s: c.sum() for s, c in conditions.items()}).row(0, named=True))


def hand_over(build_file: Path, folder: Path) -> dict[str, dict]:
    """Write the orders and contacts of a build for a library. Returns: what it must find.

    Days are numbers and money is in ten thousandths, so that nothing depends on types.
    """
    folder.mkdir(exist_ok=True)
    orders = (
        "select person_id, ordered_on - date '1970-01-01' as day, cast(net_revenue_amount * 10000"
        " as bigint) as net from intermediate.int_orders where is_valid and person_id is not null"
    )
    contacts = (
        "select person_id, created_on - date '1970-01-01' as day from intermediate.int_people"
        " where is_contact"
    )
    dates = (
        "select as_of_on, last_30_days_from as days_30, last_3_months_from as months_3,"
        " last_6_months_from as months_6, last_12_months_from as months_12 from intermediate.as_of"
    )
    spans = (
        "select stage, count(*), count(*) filter (valid_to is null or valid_to > as_of_on)"
        " from core.lifecycle_history cross join intermediate.as_of group by stage"
    )
    scores = "recency_score * 100 + frequency_score * 10 + monetary_score"
    with duckdb.connect(str(build_file), read_only=True) as db:
        db.execute(f"copy ({orders}) to '{folder}/orders.parquet'")
        db.execute(f"copy ({contacts}) to '{folder}/contacts.parquet'")
        names = ["as_of", "30_days", "3_months", "6_months", "year"]
        days = [(day - date(1970, 1, 1)).days for day in db.execute(dates).fetchone()]
        (folder / "days.json").write_text(json.dumps(dict(zip(names, days, strict=True))))
        rfm = db.execute(f"select {scores}, count(*) from core.rfm_scores group by 1").fetchall()
        counts = {
            name: db.execute(f"select count(*) from segments.{name}").fetchone()[0]
            for name in MODELS["windows"][2:]
        }
        lived = db.execute(spans).fetchall()
    return {
        "lifecycle": {stage: [number_of, now] for stage, number_of, now in lived},
        "rfm": {str(score): buyers for score, buyers in rfm},
        "windows": counts,
    }


def main(library: str, folder: Path) -> None:
    """Do all with a library, and print what came of it."""
    seconds: dict[str, float] = {}
    counts: dict[str, Counts] = {}
    began = time.monotonic()

    def done(step: str, found: Counts) -> None:
        nonlocal began
        seconds[step], counts[step] = time.monotonic() - began, found
        began = time.monotonic()

    days = json.loads((folder / "days.json").read_text("utf-8"))
    {"pandas": with_pandas, "polars": with_polars}[library](folder, days, done)
    counts.pop("read")
    print(json.dumps({"seconds": seconds, "counts": counts}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
