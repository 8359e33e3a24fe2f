"""Draw the pictures of docs/predictions.md: what p_alive means, and how well buyers are predicted.

Reads the sample shop and, from the folder SHARED_DATA, CDNOW. The same data give the same bytes.
"""

import json
import os
import subprocess
import sys
import tempfile
from math import ceil
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 48, 56
BLUE, ORANGE, GREY = "#2563a8", "#d9730d", "#6b7280"
# who is drawn: what the line is called, the days of their purchases, and its color
HISTORIES = (
    ("bought once", (0,), GREY),
    ("bought every 60 days, then stopped", (0, 60, 120, 180, 240, 300), BLUE),
    ("bought every 15 days, then stopped", tuple(range(0, 301, 15)), ORANGE),
)
CDNOW_DAYS = {"as_of": "1997-12-29", "loaded_until": "1998-07-02 00:00:00"}

Fit = tuple[float, float, float, float]
Ticks = list[tuple[float, str]]


def build(folder: Path, **variables: object) -> Path:
    """Build a shop with its backtest, without tests.

    Arguments: folder (for all that is written), variables (settings).
    Returns: path of the build file.
    Raises: subprocess.CalledProcessError where dbt fails, which then says why.
    """
    places = {"BUILD_FILE": "build.duckdb", "PUBLISHED_FILE": "shop.duckdb"}
    places |= {
        "DUCKDB_TEMP_DIRECTORY": "spill",
        "DBT_TARGET_PATH": "target",
        "DBT_LOG_PATH": "logs",
    }
    subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "--quiet", "build"),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
            *("--vars", json.dumps({"backtest": True} | variables)),
        ],
        cwd=ROOT,
        env=os.environ | {name: str(folder / file) for name, file in places.items()},
        check=True,
    )
    return folder / "build.duckdb"


def cdnow_as_raw_tables(source: Path, folder: Path) -> None:
    """Write the orders of CDNOW as the raw tables of a shop.

    Arguments: source (its CSV file), folder (gets customers.csv and orders.csv).
    """
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"create view sample as from read_csv('{source}', all_varchar = true)")
        for table, query in {
            "customers": "select sample_customer_id as customer_id, null as email,"
            " min(order_date) as created_at from sample group by all order by all",
            "orders": "select row_number() over () - 1 as order_id,"
            " sample_customer_id as customer_id, null as email,"
            " order_date || ' 12:00:00' as ordered_at, 'paid' as status, 'USD' as currency,"
            " dollar_value as subtotal_amount from sample",
        }.items():
            connection.execute(f"copy ({query}) to '{folder}/{table}.csv' (header)")


def rows(path: Path, query: str) -> list[tuple]:
    """The rows of a query on a build file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def p_alive(fit: Fit, days: tuple[int, ...], today: int) -> float:
    """The probability of being alive by MBG/NBD (see macros/prediction/purchase_model.sql).

    Arguments: fit (r, alpha in days, a, b), days (of purchases; later ones do not count yet), today
    (day).
    """
    r, alpha, a, b = fit
    bought = [day for day in days if day <= today]
    x, t_x, t = len(bought) - 1, bought[-1] - bought[0], today - bought[0]
    return 1 / (1 + a / (b + x) * ((alpha + t) / (alpha + t_x)) ** (r + x))


def text(x: float, y: float, words: str, anchor: str = "start", style: str = "") -> str:
    """Some words at a place of a picture, in pixels."""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


class Picture:
    """An SVG picture with two axes; legible on light and on dark pages.

    Arguments: title, description, across (what of), ticks along it and ups (value, label; the axes
    end with the last ones, across after another `margin`).
    """

    def __init__(
        self, title: str, description: str, across: str, ticks: Ticks, ups: Ticks, margin: float = 0
    ) -> None:
        """Draw the axes."""
        self.right, self.top = ticks[-1][0] + margin, ups[-1][0]
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' font-family="sans-serif" font-size="13" fill="#1f2937">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(description)}</desc>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="24" font-size="16">{escape(title)}</text>',
        ]
        for value, label in ups:
            y = self.y(value)
            self.parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#e5e7eb"/>')
            self.parts.append(text(LEFT - 8, y + 4, label, "end"))
        for value, label in ticks:
            self.parts.append(text(self.x(value), HEIGHT - BOTTOM + 20, label, "middle"))
        self.parts.append(text(WIDTH - RIGHT, HEIGHT - 14, across, "end", f' fill="{GREY}"'))

    def x(self, value: float) -> float:
        """The place of a value on the horizontal axis."""
        return round(LEFT + value / self.right * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """The place of a value on the vertical axis."""
        return round(HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM), 1)

    def line(self, points: list[tuple[float, float]], colour: str) -> None:
        """Draw a line through points."""
        path = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in points)
        style = f'fill="none" stroke="{colour}" stroke-width="2"'
        self.parts.append(f'<polyline points="{path}" {style}/>')

    def bar(self, x: float, width: float, value: float, colour: str) -> None:
        """Draw a bar. Arguments: x (its middle), width (both of the axis), value, color."""
        left, top = self.x(x - width / 2), self.y(value)
        size = f'width="{self.x(x + width / 2) - left:.1f}" height="{self.y(0) - top:.1f}"'
        self.parts.append(f'<rect x="{left}" y="{top}" {size} fill="{colour}"/>')

    def save(self, name: str, legend: list[tuple[str, str]]) -> None:
        """Name the colors, one below the other, and write the picture into the folder of the docs.

        Arguments: name (of the file), legend (words, color).
        """
        for n, (words, colour) in enumerate(legend):
            place = f'x="{WIDTH - 300}" y="{56 + 20 * n}"'
            self.parts.append(f'<rect {place} width="12" height="12" fill="{colour}"/>')
            self.parts.append(text(WIDTH - 282, 66 + 20 * n, words))
        svg = "\n".join([*self.parts, "</svg>", ""])
        (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")


def draw_p_alive(fit: Fit) -> None:
    """Draw how the probability of being alive falls in silence, faster for frequent buyers."""
    picture = Picture(
        "The same silence says more about frequent buyers",
        "Probability of being alive over 700 days, for three customers whose first purchase is on "
        "day 0. Of the two who bought regularly until day 300, the one who bought every 15 days is "
        "nearly certainly gone within months; the one who bought every 60 days falls more slowly. "
        "Who bought once falls from the first day on.",
        "days since the first purchase",
        ticks=[(n * 100, str(n * 100)) for n in range(8)],
        ups=[(value / 4, f"{25 * value} %") for value in range(5)],
    )
    for _, days, colour in HISTORIES:
        picture.line([(day, p_alive(fit, days, day)) for day in range(0, 701, 2)], colour)
    picture.save("p_alive", [(words, colour) for words, _, colour in HISTORIES])


def draw_calibration(name: str, of: str, tenths: list[tuple[int, int, float, int]]) -> None:
    """Draw what was expected of each tenth of the customers beside what came.

    Arguments: name (of the file), of (whose customers), tenths (number, customers, expected buyers,
    buyers who came).
    """
    shares = [(n, expected / all_, came / all_) for n, all_, expected, came in tenths]
    highest = max(max(expected, came) for _, expected, came in shares)
    told = "; ".join(f"tenth {n}: {e:.1%} expected, {c:.1%} came" for n, e, c in shares)
    picture = Picture(
        f"Who was expected to buy within 90 days, and who did: {of}",
        f"Share of buyers in each tenth of the customers, the likeliest first. {told}.",
        "tenths of the customers, the likeliest to buy first",
        ticks=[(n, str(n)) for n, _, _ in shares],
        ups=[(n / 10, f"{10 * n} %") for n in range(ceil(highest * 10) + 1)],
        margin=0.6,
    )
    for n, expected, came in shares:
        picture.bar(n - 0.19, 0.36, expected, BLUE)
        picture.bar(n + 0.19, 0.36, came, ORANGE)
    picture.save(name, [("expected", BLUE), ("came", ORANGE)])


def tenths_of(path: Path) -> list[tuple[int, int, float, int]]:
    """The tenths of the model's backtest in a build file."""
    return rows(
        path,
        "select decile, customers, predicted_buyers, actual_buyers"
        " from insights.prediction_backtest where method = 'model' and decile > 0 order by decile",
    )


def main() -> None:
    """Build the sample shop and CDNOW, and draw all pictures."""
    if not os.environ.get("SHARED_DATA"):
        sys.exit("Set SHARED_DATA to the folder that holds cdnow/cdnow_sample.csv.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        sample = build(Path(name, "sample"), raw_location=str(ROOT / "sample_shop"))
        [fit] = rows(
            sample, "select r, alpha_days, a, b from core.model_fits where predicts = 'orders'"
        )
        draw_p_alive(fit)
        draw_calibration("calibration_sample", "sample shop", tenths_of(sample))
        raw = Path(name, "raw")
        cdnow_as_raw_tables(Path(os.environ["SHARED_DATA"], "cdnow", "cdnow_sample.csv"), raw)
        settings = {"raw_location": str(raw), "reporting_currency": "USD"}
        cdnow = build(Path(name, "cdnow"), **CDNOW_DAYS, **settings)
        draw_calibration("calibration_cdnow", "CDNOW, autumn 1997", tenths_of(cdnow))


if __name__ == "__main__":
    main()
