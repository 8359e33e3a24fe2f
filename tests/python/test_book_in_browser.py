"""The segment book in Chromium: it asks for nothing, and everybody can read and use all of it.

It is the edge shop's, whose groups are made large enough to be told, with a name that is long.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest
from book import LANGUAGES, SECTIONS, read_words
from test_book import Parsed, copy_groups, written

pytestmark = pytest.mark.full

WIDE, PHONE = 1280, 390
# A4 without a printer's margins
PAPER = 718
GROUND, WHITE = "getComputedStyle(document.body).backgroundColor", "rgb(255, 255, 255)"
LONG_NAME = "spring_sale_of_the_whole_collection_with_free_delivery"
# texts and boxes of what shows that reach beyond the window, or beyond a box that cuts them off;
# in a box that scrolls they can be reached
BEYOND = """() => {
  const found = [];
  const cutter = node => {
    for (let at = node.parentElement; at !== document.body; at = at.parentElement)
      if (getComputedStyle(at).overflowX !== 'visible') return at;
    return document.documentElement;
  };
  const look = (node, box) => {
    const at = cutter(node), edges = at.getBoundingClientRect();
    if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX)) return;
    if (box.left < edges.left - .5 || box.right > edges.right + .5)
      found.push(`${node.nodeName} ${node.className}: ${node.textContent.trim().slice(0, 60)}`);
  };
  const range = document.createRange();
  const shows = one => one.checkVisibility() && !one.closest('.only-read');
  for (const root of [...document.querySelectorAll('header, .page, footer')].filter(shows))
    for (const one of [root, ...root.querySelectorAll('*')].filter(shows)) {
      look(one, one.getBoundingClientRect());
      for (const text of one.childNodes)
        if (text.nodeType === Node.TEXT_NODE && text.data.trim()) {
          range.selectNodeContents(text);
          look(text, range.getBoundingClientRect());
        }
    }
  return found;
}"""
# elements within those of a selector that do not show; search needs a script
UNSEEN = """selector => [...document.querySelectorAll(`${selector} *`)]
  .filter(one => !one.closest('.search') && !one.checkVisibility({visibilityProperty: true}))
  .map(one => one.outerHTML.slice(0, 200))"""
UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true; })"

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def book(built_edge_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the books in all languages, and of the file that they were made of."""
    folder = tmp_path_factory.mktemp("book")
    copy_groups(
        built_edge_shop / "shop.duckdb",
        folder / "groups.duckdb",
        "delete from insights.segment_sizes"
        " where segment = 'page_visitors' and segment_value <> ''",
        "insert into insights.segment_sizes by name select * replace ('"
        + LONG_NAME
        + "' as segment_value) from insights.segment_sizes where segment = 'page_visitors'",
        "update insights.segment_sizes set members = 90, contacts = 80, reachable_contacts = 20"
        " where segment = 'page_visitors'",
        times=7,
    )
    assert LONG_NAME in written(folder / "groups.duckdb")["en"]
    return folder


@pytest.fixture
def opened(book: Path, chromium: Any) -> Iterator[Open]:
    """Opens a book in a window of its own: language, width (pixels), and options of Playwright."""
    with ExitStack() as stack:

        def open_book(language: str = "en", width: int = WIDE, **options: Any) -> Any:
            size = {"width": width, "height": 900}
            context = stack.enter_context(chromium.new_context(viewport=size, **options))
            page = context.new_page()
            page.goto((book / f"book.{language}.html").as_uri())
            return page

        yield open_book


def sections(book: Path) -> list[str]:
    """The names of all pages of the book."""
    return list(Parsed((book / "book.en.html").read_text(encoding="utf-8")).texts)


def turn_to(page: Any, name: str) -> None:
    """Go to a page of the book that is open, as a link does; no other shows."""
    shown = page.evaluate(
        "name => { location.hash = name; return [...document.querySelectorAll('.page')]"
        ".filter(one => one.checkVisibility()).map(one => one.id); }",
        name,
    )
    assert shown == [name]


# -- nothing is asked for -----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_asked_for_and_nothing_goes_wrong(
    book: Path, chromium: Any, language: str
) -> None:
    asked, said = [], []
    with chromium.new_context() as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((book / f"book.{language}.html").as_uri())
        for name in sections(book):
            turn_to(page, name)
            page.evaluate(UNFOLD)
            if name in SECTIONS:
                for head in page.locator(f"#{name} .sortable thead button").all():
                    head.click()
                for field in page.locator(f"#{name} input").all():
                    field.fill("a")
        assert page.title().startswith(page.locator(f"#{name} h1").inner_text())
        page.wait_for_load_state("networkidle")
    assert asked == [(book / f"book.{language}.html").as_uri()]
    assert said == []


# -- everybody can read it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", WIDE), ("fr", "dark", PHONE)]
)
def test_axe_finds_nothing(
    book: Path, opened: Open, language: str, scheme: str, width: int
) -> None:
    """One page at a time is in the document: axe looks at what is hidden too, which takes long."""
    from axe_playwright_python.base import AXE_SCRIPT

    page = opened(language, width, color_scheme=scheme)
    page.evaluate(AXE_SCRIPT)
    page.evaluate("window.pages = [...document.querySelectorAll('.page')]")
    found, looked = {}, 0
    for number, name in enumerate(sections(book)):
        page.evaluate(
            "number => document.querySelector('main').replaceChildren(pages[number])", number
        )
        page.evaluate(UNFOLD)
        turn_to(page, name)
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        looked += len(result["passes"])
        for violation in result["violations"]:
            nodes = [
                f"{node['html'][:200]} {node['failureSummary']}" for node in violation["nodes"]
            ]
            found.setdefault(violation["id"], []).append((name, nodes[:3]))
    assert found == {}
    assert looked > 10 * len(sections(book))


@pytest.mark.parametrize(
    ("language", "width"), [("en", PHONE), ("fr", PHONE), ("fr", 320), ("en", 768), ("en", WIDE)]
)
def test_nothing_reaches_beyond_the_window(
    book: Path, opened: Open, language: str, width: int
) -> None:
    page = opened(language, width)
    for name in sections(book):
        turn_to(page, name)
        assert page.evaluate(BEYOND) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") == width, name


def test_the_colours_are_those_of_the_scheme(opened: Open) -> None:
    """Without this, contrast may have been looked at in one scheme twice."""
    grounds = [opened(color_scheme=scheme).evaluate(GROUND) for scheme in ("light", "dark")]
    assert grounds == [WHITE, "rgb(18, 24, 26)"]


# -- sort and search ----------------------------------------------------------------------------


def column(page: Any, table: str, place: int) -> list[float | str]:
    """What a column of a table is sorted by, in the order of the rows that show."""
    return page.evaluate(
        "([table, place]) => [...document.querySelectorAll(`#${table} tbody tr`)]"
        ".filter(row => row.checkVisibility()).map(row => row.cells[place])"
        ".map(cell => 'v' in cell.dataset ? Number(cell.dataset.v)"
        " : cell.textContent.normalize('NFD').replace(/\\p{M}/gu, '').toLowerCase())",
        [table, place],
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_sorts_both_ways(book: Path, opened: Open, language: str) -> None:
    page = opened(language)
    tables = page.evaluate("[...document.querySelectorAll('.sortable')].map(table => table.id)")
    assert tables == ["all", "cards", "lacks"]
    for table in tables:
        turn_to(page, page.evaluate(f"document.getElementById('{table}').closest('section').id"))
        heads = page.locator(f"#{table} thead th")
        rows = sorted(page.locator(f"#{table} tbody tr").all_inner_texts())
        for place in range(heads.count()):
            begins_high = isinstance(column(page, table, place)[0], float | int)
            for high_first in (begins_high, not begins_high):
                # with the mouse, then with the keyboard
                button = heads.nth(place).locator("button")
                button.click() if high_first == begins_high else button.press("Enter")
                values = column(page, table, place)
                assert values == sorted(values, reverse=high_first), (table, place)
                marks = [head.get_attribute("aria-sort") for head in heads.all()]
                said = "descending" if high_first else "ascending"
                assert marks == [said if at == place else None for at in range(len(marks))]
        assert sorted(page.locator(f"#{table} tbody tr").all_inner_texts()) == rows


def test_numbers_sort_as_the_tables_have_them(book: Path, opened: Open) -> None:
    page = opened()
    turn_to(page, "segments")
    page.locator("#all thead button", has_text="Members").click()
    first = page.locator("#all tbody a").first.get_attribute("href")
    with duckdb.connect(str(book / "groups.duckdb"), read_only=True) as connection:
        largest = connection.execute(
            "select segment from insights.segment_sizes where segment_value = ''"
            " order by members desc, segment limit 2"
        ).fetchall()
    assert first[1:] in {name for (name,) in largest}


def test_search_finds_names_without_their_accents(opened: Open) -> None:
    page = opened("fr")
    turn_to(page, "segments")
    every = page.locator("#all tbody tr:visible").count()
    page.get_by_label(read_words()["search"]["fr"]).locator("visible=true").fill("FIDELES")
    found = page.locator("#all tbody tr:visible").all_inner_texts()
    assert 0 < len(found) < every
    assert all("fidèles" in text.lower() for text in found)
    page.locator("#segments input").fill("nothing has this name")
    assert page.locator("#all tbody tr:visible").count() == 0
    page.locator("#segments input").fill("")
    assert page.locator("#all tbody tr:visible").count() == every


# -- without scripts, and on paper --------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_all_is_there(book: Path, opened: Open, language: str) -> None:
    page = opened(language, java_script_enabled=False)
    assert page.locator(".sortable button").count() == 0
    for name in sections(book):
        turn_to(page, name)
        page.evaluate(UNFOLD)
        assert page.evaluate(UNSEEN, f"#{name}") == [], name
        assert page.locator(".search:visible").count() == 0, name
    # the menu leads everywhere, and a segment's name to its page
    for name in SECTIONS:
        page.locator(f"nav a[href='#{name}']").click()
        assert page.locator(".page:visible").count() == 1
        assert page.locator(f"#{name}").is_visible()
    page.locator("nav a[href='#segments']").click()
    page.locator("#all a[href='#vip_customers']").click()
    assert page.locator("#vip_customers h1").is_visible()
    page.reload()
    page.locator("#vip_customers summary").click()
    assert page.locator("#vip_customers pre").is_visible()


def test_on_paper_all_is_there_in_dark_ink(book: Path, opened: Open) -> None:
    """The whole book, or the page that is open; what is folded stays so."""
    page = opened("en", PAPER, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".page:visible").count() == len(sections(book))
    assert page.evaluate(GROUND) == WHITE
    page.evaluate("document.querySelectorAll('details').forEach(one => one.remove())")
    assert page.evaluate(UNSEEN, "main") == page.evaluate(UNSEEN, "footer") == []
    assert page.evaluate(BEYOND) == []
    for name in ("today", "vip_customers"):
        turn_to(page, name)
