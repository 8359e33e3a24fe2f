"""Write the segment book: one HTML file per language that says what the published file holds.

The files need nothing else: no network, no other file, no script to be read.
"""

import base64
import os
import re
import sys
from hashlib import sha256
from pathlib import Path

import duckdb
import jinja2
import yaml
from book_page import Page
from book_sections import Book
from book_tables import CRITERIA, STAGES, Published, Row
from book_words import BROKEN, HIDDEN

PROJECT = Path(__file__).resolve().parents[1]
PARTS = Path(__file__).resolve().parent / "book"
LANGUAGES = ("en", "fr")
SECTIONS = ("today", "segments", "movement", "rfm", "value", "products", "objectives")
SECTIONS += ("scorecard", "predictions", "trust")
GLOSSARY = ("contact", "member", "purchase", "revenue", "gap", "reachable", "evidence")
GLOSSARY += ("lift", "expected")


def read_words() -> dict[str, dict[str, str]]:
    """Every text of the book, by key and language; French signs keep to the word before them."""
    words = yaml.safe_load((PARTS / "words.yml").read_text(encoding="utf-8"))
    for texts in words.values():
        texts["fr"] = re.sub(r" (?=[:;?!»%])|(?<=«) ", BROKEN, texts["fr"])
    return words


def capitalized(text: str) -> str:
    """A text with its first letter in upper case; the rest stays."""
    return text[:1].upper() + text[1:]


def templates() -> jinja2.Environment:
    """The templates of the book; whatever they show is escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(PARTS),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(page: Page, pages: list[Row], environment: jinja2.Environment) -> str:
    """The whole book in one language, as HTML.

    Arguments: page (writes the language), pages (of `Book.pages`), environment (of `templates`).
    """
    book, language = page.book, page.language
    environment.filters |= page.filters() | {"capitalized": capitalized}
    script = (PARTS / "book.js").read_text(encoding="utf-8")
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    first = book.publication[0] if book.publication else {}
    methods = ("finding", "in_language", "scenario", "value_label", "known", "change", "share")
    methods += ("verdict", "limit_words", "bar_label", "read_bars", "sankey")
    return environment.get_template("book.html").render(
        **{name: getattr(page, name) for name in methods},
        t=page.word,
        words=page.words,
        labels=page.labels,
        language=language,
        other_language=next(other for other in LANGUAGES if other != language),
        sections=SECTIONS,
        stages=STAGES,
        criteria=CRITERIA,
        glossary=GLOSSARY,
        hidden=HIDDEN,
        style=(PARTS / "book.css").read_text(encoding="utf-8"),
        script=script,
        script_hash=f"sha256-{digest}",
        book=book,
        guard=book.guard,
        settings=book.settings,
        segments=book.segments(),
        pages=pages,
        version=first.get("project_version", ""),
        run_id=first.get("run_id", ""),
        proved_at=first.get("proved_at"),
    )


def write_book(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write the book of a published file, one HTML file per language, each in one step.

    Arguments: connection (to the file, read-only), folder (where to).
    Returns: paths of the files.
    """
    book = Book(Published(connection))
    pages, paths = book.pages(), []
    words = read_words()
    for language in LANGUAGES:
        path = folder / f"book.{language}.html"
        new = path.with_name(f"{path.name}.{os.getpid()}.new")
        try:
            page = Page(book, language, words)
            # templates of its own: what filters make of a constant is kept in them
            new.write_text(render(page, pages, templates()), encoding="utf-8", newline="\n")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        paths.append(path)
    return paths


def main(arguments: list[str]) -> str | None:
    """Write the book of the file that is named, or that builds publish, beside it.

    Arguments: arguments (path of a published file, or none: variable PUBLISHED_FILE, which is
    relative to the project's folder).
    Returns: a sentence that says why there is no book; none where there is one.
    """
    default = os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb")
    published = Path(arguments[0]) if arguments else PROJECT / default
    if not published.exists():
        return f"{published} does not exist: run `make build` first."
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            paths = write_book(connection, published.parent)
    except duckdb.IOException as error:
        return f"{published} can't be read ({str(error).splitlines()[0]})."
    except duckdb.CatalogException:
        return f"{published} is no published build of this version: run `make build`."
    shown = [p.relative_to(Path.cwd()) if p.is_relative_to(Path.cwd()) else p for p in paths]
    print(f"The segment book: open {' or '.join(map(str, shown))} in a browser.")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
