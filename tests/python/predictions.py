"""The prediction models alone, on purchases that a test makes up."""

import functools
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
from harness import Compiled, read_compiled
from quick_dbt import quick_dbt

MODELS = (
    *("int_person_histories", "int_purchase_histories"),
    *("int_model_fits", "int_model_predictions", "int_life_table"),
    *("int_mean_predictions", "int_person_predictions"),
)
# the build's own check passes, and knows no season
CHECK = """
    select
        1::double as season_factor_30_days,
        1::double as season_factor_90_days,
        true as ranks_are_better
"""
STATUSES = {
    *("fitted", "too_few_buyers", "too_short_history", "no_recent_order", "no_repeat_buyers"),
    "not_converged",
}
# a customer, a day with orders, their number and their value before and after refunds
Purchase = tuple[str, date, int, Decimal, Decimal]
# of a shop that is large, old and busy enough for any model
AS_OF = date(2025, 6, 30)


def purchase(
    person: str, day: date, value: object = 50, orders: int = 1, net: object | None = None
) -> Purchase:
    """Make a purchase: one day's orders, worth this much, of which the shop keeps `net` or all."""
    return person, day, orders, Decimal(str(value)), Decimal(str(value if net is None else net))


@dataclass(frozen=True)
class Predicted:
    """What the models made of some purchases: rows by model or person, and columns by name.

    `model` is what the fitted models expect alone, `people` what is predicted.
    """

    fits: dict[str, dict]
    model: dict[str, dict]
    people: dict[str, dict]

    @property
    def orders(self) -> dict:
        """The fit of the purchase model."""
        return self.fits["orders"]

    @property
    def order_value(self) -> dict:
        """The fit of the spend model."""
        return self.fits["order_value"]

    @property
    def parameters(self) -> tuple:
        """What was fitted of both models."""
        names = ("r", "alpha_days", "a", "b", "p", "q", "v", "log_mean", "within_variance")
        names += ("between_variance",)
        return tuple(fit[name] for fit in (self.orders, self.order_value) for name in names)

    @property
    def numbers(self) -> list[float]:
        """Every floating number, of all rows."""
        rows = [*self.fits.values(), *self.model.values(), *self.people.values()]
        return [value for row in rows for value in row.values() if isinstance(value, float)]


@functools.cache
def compiled_models(settings: str) -> Compiled:
    """Compile only the prediction models, which is faster; see `models`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = {"variables": json.loads(settings), "target": folder / "target"}
        quick_dbt(whole=True).run(
            *("compile", "--quiet", "--select", *MODELS),
            *("--exclude", "resource_type:unit_test"),
            folder=folder,
            PERSON_SALT="",
            **options,
        )
        return read_compiled(folder)


def models(**variables: object) -> Compiled:
    """The models of prediction compiled for some vars; each set is compiled once."""
    return compiled_models(json.dumps(variables, sort_keys=True))


def predict(
    project: Compiled,
    purchases: Iterable[Purchase],
    as_of: date = AS_OF,
    threads: int = 2,
    parameters: dict[str, dict[str, float]] | None = None,
    check: str = CHECK,
) -> Predicted:
    """Run the models of prediction on purchases, for the as-of date alone.

    Arguments: project (of `models`), purchases (days of one person differ), as_of,
    threads, parameters (by what they predict, orders or order_value; else they are fitted), check
    (SQL query of what the build's own check found).
    Returns: what came out.
    """
    nodes = {node["name"]: node for node in project.nodes}
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute("attach ':memory:' as build; use build")
        for schema in {nodes[name]["schema"] for name in (*MODELS, "int_purchases")}:
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"create table {nodes['int_prediction_days']['relation_name']} as"
            f" select 0 as days_ago, date '{as_of}' as as_of_on"
        )
        take_purchases(connection, nodes["int_purchases"]["relation_name"], purchases)
        connection.execute(
            f"create table {nodes['int_prediction_check']['relation_name']} as {check}"
        )
        for name in MODELS:
            statement = nodes[name]["compiled_code"]
            connection.execute(f"create table {nodes[name]['relation_name']} as {statement}")
            if name == "int_model_fits" and parameters:
                give(connection, nodes[name]["relation_name"], parameters)
        tables = []
        for name, key in (
            ("int_model_fits", "predicts"),
            ("int_model_predictions", "person_id"),
            ("int_person_predictions", "person_id"),
        ):
            found = connection.execute(f"from {nodes[name]['relation_name']}")
            columns = [column for column, *_ in found.description]
            rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
            tables.append({row[key]: row for row in rows})
        return Predicted(*tables)


def take_purchases(
    connection: duckdb.DuckDBPyConnection, relation: str, purchases: Iterable[Purchase]
) -> None:
    """Create the model of purchases from rows, with the columns that predictions read."""
    records = [
        {"p": person, "d": str(day), "n": orders, "v": str(value), "k": str(net)}
        for person, day, orders, value, net in purchases
    ]
    shape = json.dumps([{"p": "text", "d": "date", "n": "integer", "v": "text", "k": "text"}])
    connection.execute(
        f"""
        create table {relation} as
        select
            r.p as person_id,
            r.d as purchased_on,
            cast(row_number() over (partition by r.p order by r.d) as integer) as purchase_number,
            lead(r.d) over (partition by r.p order by r.d) as next_purchased_on,
            r.n as orders,
            cast(r.v as decimal(18, 4)) as order_value_amount,
            cast(r.k as decimal(18, 4)) as net_revenue_amount
        from (select unnest(from_json(?, '{shape}')) as r)
        """,
        [json.dumps(records)],
    )


def give(
    connection: duckdb.DuckDBPyConnection, relation: str, parameters: dict[str, dict[str, float]]
) -> None:
    """Put parameters in the place of the fitted ones."""
    for predicts, values in parameters.items():
        changes = ", ".join(f"{name} = {value!r}::double" for name, value in values.items())
        connection.execute(
            f"update {relation} set status = 'fitted', {changes} where predicts = '{predicts}'"
        )


def customers(count: int = 2500, seed: int = 1, as_of: date = AS_OF) -> list[Purchase]:
    """Draw customers who buy and leave as MBG/NBD says, over two years, the same for a seed."""
    random = Random(seed)
    drawn = []
    for number in range(count):
        rate = random.gammavariate(0.6, 1 / 40)
        leaves = random.betavariate(0.9, 2.0)
        worth = random.lognormvariate(3.8, 0.5)
        day = float(random.randrange(1, 730))
        days = {int(day)}
        while random.random() >= leaves:
            day -= random.expovariate(rate)
            if day < 0:
                break
            days.add(int(day))
        drawn += [
            purchase(
                f"c:{number}",
                date.fromordinal(as_of.toordinal() - ago),
                round(worth * random.lognormvariate(0, 0.3), 2),
            )
            for ago in sorted(days)
        ]
    return drawn


def shared_data(*parts: str) -> Path | None:
    """The path of real data, or None where SHARED_DATA is not set."""
    root = os.environ.get("SHARED_DATA")
    return Path(root, *parts) if root else None
