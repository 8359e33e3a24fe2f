"""Write what is published as a workbook to calculate with: sizes, RFM, objectives, a calendar.

Cells with a frame are inputs; what depends on them is a formula. It names nobody, and groups of
fewer than `book_min_people` people (var) are left out.
"""

import argparse
import datetime
import os
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
from workbook_calendar import write_calendar
from workbook_page import PROJECT, Page, Rows, settings_in_force
from workbook_sheets import write_objectives, write_pareto, write_repeat, write_rfm, write_sizes
from xlsxwriter import Workbook
from xlsxwriter.format import Format


def write_front(page: Page, facts: list[tuple[str, object, str]], sheets: list[str]) -> None:
    """What this is, of which day, what is left out, and where what is."""
    say = page.say
    page.put(0, 0, say("Customer segments", "Segments de clients"), "title")
    for number, (label, value, style) in enumerate(facts, 2):
        page.line(number, [label, value], ["text", style])
    row = 3 + len(facts)
    page.line(row, [say("To change", "À modifier"), None], ["text", "input"])
    for number, name in enumerate(sheets, row + 2):
        page.sheet.write_url(number, 0, f"internal:'{name}'!A1", page.formats["link"], name)
    page.width.update({0: 40, 1: 60})


STYLES = {
    "text": {},
    "bold": {"bold": True},
    "title": {"bold": True, "font_size": 16},
    "note": {"italic": True, "font_color": "#555555"},
    "head": {"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "text_wrap": True, "valign": "top"},
    "head_date": {
        **{"bold": True, "bottom": 1, "bg_color": "#E8EEF2", "align": "left", "valign": "top"},
        "num_format": "yyyy-mm-dd",
    },
    "link": {"font_color": "#0563C1", "underline": 1},
    "center": {"align": "center"},
    "wrong": {"font_color": "#B00020", "bold": True},
    "date": {"num_format": "yyyy-mm-dd", "align": "left"},
    "month": {"num_format": "yyyy-mm", "align": "left"},
}
NUMBERS = {"count": "#,##0", "share": "0.0%", "percent": "0%", "money": "#,##0.00"}
INPUT = {"border": 1, "border_color": "#C77700", "bg_color": "#FFF7E6"}


def formats_of(workbook: Workbook) -> dict[str, Format]:
    """The formats of the workbook's cells, by name; those of inputs have a frame."""
    styles = STYLES | {
        name: {"num_format": form, "align": "right"} for name, form in NUMBERS.items()
    }
    styles |= {f"input_{name}": styles[name] | INPUT for name in NUMBERS}
    styles |= {"input": INPUT}
    return {name: workbook.add_format(style) for name, style in styles.items()}


def write_workbook(published: Path, target: Path, language: str = "en") -> None:
    """Write the workbook of a published build; the same build gives the same bytes.

    Arguments: published (path of a published DuckDB file), target (path of the workbook, replaced
    in one step), language (`en` or `fr`).
    Raises: duckdb.Error where it can't be opened or is no published build.
    """
    with duckdb.connect(str(published), read_only=True) as connection:

        def rows(query: str, *parameters: object) -> list[dict]:
            done = connection.execute(query, list(parameters))
            names = [column[0] for column in done.description]
            return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

        new = target.with_name(f".{target.name}.new")
        texts = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
        workbook = Workbook(str(new), dict.fromkeys(texts, False) | {"in_memory": True})
        as_of_on = rows("select distinct as_of_on from publication")[0]["as_of_on"]
        write_pages(workbook, rows, as_of_on, language)
        workbook.close()
        new.replace(target)


def write_pages(workbook: Workbook, rows: Rows, as_of_on: datetime.date, language: str) -> None:
    """Write all sheets.

    Arguments: workbook (open), rows (asks the published file), as_of_on (its day), language.
    """

    def say(english: str, french: str) -> str:
        return english if language == "en" else french

    created = datetime.datetime.combine(as_of_on, datetime.time())
    title = say("Customer segments", "Segments de clients")
    workbook.set_properties({"title": title, "created": created})
    workbook.set_calc_mode("auto")
    settings = settings_in_force(rows)
    minimum, formats = int(settings["book_min_people"]), formats_of(workbook)
    writers: list[tuple[str, Callable[[Page], None]]] = [
        (say("Sizes", "Tailles"), lambda page: write_sizes(page, rows, language)),
        (say("RFM", "RFM"), lambda page: write_rfm(page, rows)),
        (
            say("Objectives", "Objectifs"),
            lambda page: write_objectives(page, rows, settings, language),
        ),
        (say("Repeat", "Réachat"), lambda page: write_repeat(page, rows, settings)),
        (say("Pareto", "Pareto"), lambda page: write_pareto(page, rows)),
        (
            say("Calendar", "Calendrier"),
            lambda page: write_calendar(page, rows, settings, as_of_on, language),
        ),
    ]
    facts = [
        (say("As of", "À la date du"), as_of_on, "date"),
        (say("Currency", "Devise"), str(settings["reporting_currency"]), "text"),
        (
            say("Not shown", "Non montré"),
            say(
                f"groups of fewer than {minimum} people",
                f"les groupes de moins de {minimum} personnes",
            ),
            "text",
        ),
    ]
    pages = []
    for name in [say("Start", "Accueil"), *(name for name, _ in writers)]:
        page = Page(workbook.add_worksheet(name), formats, minimum, say, workbook)
        pages.append(page)
    write_front(pages[0], facts, [name for name, _ in writers])
    for page, (_, write) in zip(pages[1:], writers, strict=True):
        write(page)
    for page in pages:
        for column in range(12):
            page.sheet.set_column(column, column, page.width.get(column, 16))
        page.sheet.hide_gridlines(2)
        page.sheet.set_landscape()
        page.sheet.fit_to_pages(1, 0)


def main(arguments: list[str]) -> str | None:
    """Write the workbook beside the published file.

    Arguments: arguments (of the command line; see --help).
    Returns: a sentence that says why there is none; nothing where there is one.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", choices=("en", "fr"), default="en")
    parser.add_argument("published", nargs="?", type=Path)
    asked = parser.parse_args(arguments)
    default = PROJECT / os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb")
    published = asked.published or default
    if not published.exists():
        return f"{published} does not exist: run `make build` first."
    target = published.with_suffix(".xlsx")
    try:
        write_workbook(published, target, asked.language)
    except duckdb.IOException as error:
        return f"{published} can't be read ({str(error).splitlines()[0]})."
    except duckdb.CatalogException:
        return f"{published} is no published build: name one, or run `make build`."
    print(f"Wrote {target}.")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
