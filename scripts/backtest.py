"""Say how well the past was predicted, in a marketer's words, from the build file."""

import os
from pathlib import Path

import duckdb
from summary import NO_PREDICTION

METHODS = {"model": "the model", "gap_rule": "the gap rule", "recency": "recency alone"}
QUESTION = """
    select
        method, decile, as_of_on, until_on, customers, predicted_orders, actual_orders,
        predicted_buyers, actual_buyers, predicted_value, actual_value_amount, lift, auc
    from insights.prediction_backtest
    order by method, decile
"""


def backtest(build: Path) -> str:
    """Describe the backtest of a build that has one.

    Arguments: build, path of the build file.
    Returns: text of some lines: what the model and the gap rule expected and what came, how well
    they and recency find the buyers, and the model's tenths; or why there is no model.
    Raises: FileNotFoundError where there is no build with a backtest.
    """
    if not build.exists():
        raise FileNotFoundError(f"{build} does not exist: run `make backtest` first.")
    with duckdb.connect(str(build), read_only=True) as connection:
        try:
            found = connection.execute(QUESTION)
        except duckdb.CatalogException as error:
            raise FileNotFoundError(f"{build} has no backtest: run `make backtest`.") from error
        names = [name for name, *_ in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        if not rows:
            return "There was no customer yet on the day that is predicted from."
        days = (rows[0]["until_on"] - rows[0]["as_of_on"]).days
        [(status,)] = connection.execute(
            "select status from intermediate.int_model_fits"
            " where predicts = 'orders' and days_ago = ?",
            [days],
        ).fetchall()
    whole = {row["method"]: row for row in rows if row["decile"] == 0}
    lines = [
        f"What {rows[0]['as_of_on']} knew, and what the {days} days after it brought",
        "",
        f"  {'':<16}{'orders':>12}{'buyers':>12}{'net revenue':>16}{'AUC':>8}{'lift':>8}",
        f"  {'what came':<16}{whole['recency']['actual_orders']:>12,}"
        f"{whole['recency']['actual_buyers']:>12,}"
        f"{whole['recency']['actual_value_amount']:>16,.0f}",
    ]
    tops = {row["method"]: row["lift"] for row in rows if row["decile"] == 1}
    lines += [
        f"  {words:<16}{number(whole[method]['predicted_orders']):>12}"
        f"{number(whole[method]['predicted_buyers']):>12}"
        f"{number(whole[method]['predicted_value']):>16}"
        f"{number(whole[method]['auc'], 3):>8}{number(tops.get(method), 2):>8}"
        for method, words in METHODS.items()
        if method in whole
    ]
    lines += [
        "",
        "  AUC: how often who came was ranked before who did not (0.5 is chance, 1 always).",
        "  Lift: how many times as many of the first tenth came as of all.",
        "",
    ]
    if "model" not in whole:
        lines.append(f"  There was no model on that day: {NO_PREDICTION[status]}.")
        return "\n".join(lines)
    lines += [f"  {sentence}" for sentence in who_wins(whole, tops)]
    lines += [
        "",
        "  This shows how one past day was predicted, by the purchase model and buyers alike.",
        "  The season is not removed: that more or fewer came than expected does not say how far",
        "  the next days will be off. The same days a year ago say more (core.model_fits), and",
        "  predictions lean on them.",
    ]
    lines += [
        "",
        "  By tenth of the customers, those first whom the model thinks the likeliest:",
        "",
    ]
    lines.append(f"  {'tenth':>5}{'customers':>12}{'expected buyers':>18}{'came':>8}")
    lines += [
        f"  {row['decile']:>5}{row['customers']:>12,}{row['predicted_buyers']:>18,.1f}"
        f"{row['actual_buyers']:>8,}"
        for row in rows
        if row["method"] == "model" and row["decile"] > 0
    ]
    lines += ["", f"  The same for BI: insights.prediction_backtest, in {build}."]
    return "\n".join(lines)


def number(value: float | None, decimals: int = 0) -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{decimals}f}"


def who_wins(whole: dict[str, dict], tops: dict[str, float | None]) -> list[str]:
    """Sentences that say what answers each question best; the simpler rule wins a tie.

    Arguments: whole (rows of all customers by method), tops (lift of the first tenth by method).
    """
    simple_first = [method for method in ("recency", "gap_rule", "model") if method in whole]
    came = whole["model"]["actual_orders"]
    errors = {
        method: abs(row["predicted_orders"] - came)
        for method, row in whole.items()
        if row["predicted_orders"] is not None
    }
    best = {
        "How many orders come is told best by": min(
            (method for method in simple_first if method in errors), key=lambda m: errors[m]
        ),
        "Who comes is ranked best by": max(simple_first, key=lambda m: whole[m]["auc"] or 0),
        "The first tenth is chosen best by": max(simple_first, key=lambda m: tops.get(m) or 0),
    }
    return [f"{question} {METHODS[method]}." for question, method in best.items()]


if __name__ == "__main__":
    print(backtest(Path(os.environ.get("BUILD_FILE", "warehouse/build.duckdb"))))
