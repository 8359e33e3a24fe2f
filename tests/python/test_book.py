"""The segment book says what the tables say, in both languages, and tells nobody apart.

It is made from the edge shop's published tables about groups alone, copied to a file of their own.
"""

import itertools
import random
import re
from collections.abc import Callable
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from book import LANGUAGES, PARTS, SECTIONS, main, read_words, write_book
from book_disclosure import Guard
from book_page import Page
from book_sections import Book
from book_segments import DIVIDED
from book_tables import STAGES, TABLES, Published
from book_words import HIDDEN

# what the edge shop has of each kind of people, times this, is told or not
ENLARGED = (
    ("segment_sizes", ("members", "contacts", "reachable_contacts")),
    ("segment_sizes_by_day", ("members",)),
    ("segment_overlaps", ("members_a", "members_b", "members_of_both")),
    ("stage_transitions", ("contacts",)),
    ("rfm_grid", ("buyers",)),
    ("objectives", ("contacts", "reachable_contacts")),
    ("segment_exits_ahead", ("members", "contacts")),
    ("evidence_distributions", ("members", "near_misses")),
)
# headings of columns that count people
PEOPLE = ("people", "members", "buyers", "contacts", "alike.both", "exits.leave", "moves")
GONE_WITHOUT_ANYBODY = ("segment_values", "segment_sizes_by_day", "segment_exits_ahead")
GONE_WITHOUT_ANYBODY += ("segment_expectations", "evidence_distributions", "stage_transitions")
GONE_WITHOUT_ANYBODY += ("new_and_repeat_by_month", "cohorts", "product_affinities")
GONE_WITHOUT_ANYBODY += ("product_effects", "recommendation_backtest")
HOSTILE = '</td><script>alert("1")</script>&\''
SECRET = "Anna Secret of 3 Any Street"


class Parsed(HTMLParser):
    """What a book is made of: ids, links, the text of each section, and rows of its tables."""

    def __init__(self, html: str) -> None:
        """Read a whole book."""
        super().__init__()
        self.ids, self.links, self.outside = [], [], []
        self.tags: set[str] = set()
        self.texts: dict[str, str] = {}
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and links, and begin sections, tables, rows and cells."""
        given = dict(attrs)
        self.tags.add(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if "href" in given:
            self.links.append(given["href"])
        self.outside += [f"{tag} {name}" for name in given if name in ("src", "srcset", "action")]
        if tag == "section":
            self.section = given["id"]
            self.texts[self.section] = ""
        if tag == "table":
            self.tables.setdefault(self.section, []).append([])
        if tag == "tr":
            self.tables[self.section][-1].append([])
        if tag in ("th", "td"):
            self.tables[self.section][-1][-1].append("")
        self.in_cell = tag in ("th", "td") or (getattr(self, "in_cell", False) and tag != "table")

    def handle_endtag(self, tag: str) -> None:
        """End sections and cells."""
        if tag == "section":
            self.section = ""
        if tag in ("th", "td", "table"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        """Add a text to its section, and to its cell."""
        if self.section:
            self.texts[self.section] += data
            if self.in_cell:
                self.tables[self.section][-1][-1][-1] += data


Copy = Callable[..., Path]
Enlarged = Callable[[int], tuple[Path, dict[str, str]]]


def copy_groups(source: Path, path: Path, *changes: str, times: int = 1) -> None:
    """Copy the tables that the book reads into a file of its own.

    Arguments: source (a published file), path (of the copy), changes (statements that change it),
    times (so many times as large the groups become).
    """
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{source}' as s (read_only)")
        for schema, names in TABLES.items():
            connection.execute(f"create schema if not exists {schema}")
            for name in names:
                connection.execute(f"create table {schema}.{name} as from s.{schema}.{name}")
        connection.execute("detach s")
        for name, columns in ENLARGED if times > 1 else ():
            sums = ", ".join(f"{column} = {times} * {column}" for column in columns)
            connection.execute(f"update insights.{name} set {sums}")
        for change in changes:
            connection.execute(change)


@pytest.fixture(scope="module")
def shop(built_edge_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Copies the tables that the book reads, changed by statements, into a file of its own."""

    def copy(*changes: str, times: int = 1) -> Path:
        path = tmp_path_factory.mktemp("groups") / "groups.duckdb"
        copy_groups(built_edge_shop / "shop.duckdb", path, *changes, times=times)
        return path

    return copy


@pytest.fixture(scope="module")
def enlarged(shop: Copy) -> Enlarged:
    """A file in which groups are so many times as large, and its books; each made once."""

    @cache
    def get(times: int) -> tuple[Path, dict[str, str]]:
        path = shop(times=times)
        return path, written(path)

    return get


def written(path: Path) -> dict[str, str]:
    """The books of a file, by language."""
    with duckdb.connect(str(path), read_only=True) as connection:
        paths = write_book(connection, path.parent)
    return {p.name.split(".")[1]: p.read_text(encoding="utf-8") for p in paths}


def ask(path: Path, query: str) -> list[tuple]:
    """Rows of a query on a file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def number(text: str) -> int | None:
    """A whole number as the book writes it; none where the text is another."""
    found = re.fullmatch(r"[−+]?[\d,]+", text.strip())
    return int(found[0].replace(",", "").replace("−", "-")) if found else None


# -- whole, and the same ------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_book_stands_alone_and_leads_everywhere(enlarged: Enlarged, language: str) -> None:
    path, books = enlarged(7)
    html = books[language]
    parsed = Parsed(html)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert {link for link in parsed.links if not link.startswith("#")} == set()
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert parsed.outside == []
    assert not parsed.tags & {"img", "link", "iframe", "object", "embed", "form", "base"}
    assert not re.search(r"https?:|url\(|@import|//\w+\.\w", html)
    segments = {name for (name,) in ask(path, "select segment from membership.segment_definitions")}
    assert set(parsed.texts) == segments | set(SECTIONS)
    assert all(text.strip() for text in parsed.texts.values())
    assert f'<html lang="{language}">' in html


def test_the_same_tables_give_the_same_bytes(enlarged: Enlarged) -> None:
    path, books = enlarged(7)
    assert written(path) == books
    # a constant of a template is written anew in each language
    assert "100\u202f%" in Parsed(books["fr"]).texts["value"]
    assert [p.name for p in path.parent.iterdir() if p.name.endswith(".new")] == []


def test_nothing_about_a_person_is_read(shop: Copy) -> None:
    """The file has no other table; written without them, the book rests on nothing else."""
    columns = ask(shop(), "select table_name, column_name from information_schema.columns")
    assert [c for c in columns if c[1] in ("person_id", "order_id", "customer_id")] == []


# -- what the tables say ------------------------------------------------------------------------


def test_sections_say_what_the_tables_say(shop: Copy) -> None:
    path = shop("update insights.shop_settings set book_min_people = 1", times=7)
    html = written(path)["en"]
    parsed = Parsed(html)
    sizes = dict(
        ask(path, "select segment, members from insights.segment_sizes where segment_value = ''")
    )
    labels = ask(path, "select label_en, segment from membership.segment_definitions")
    # today: the stages
    stages = {row[0].strip(): number(row[1]) for row in parsed.tables["today"][0][1:]}
    assert stages == {label: sizes[name] for label, name in labels if name in STAGES}
    # segments: all of them; a row's head also has the French name
    rows = parsed.tables["segments"][0][1:]
    assert [number(row[2]) for row in rows] == [
        sizes[name]
        for (name,) in ask(
            path, "select segment from membership.segment_definitions order by sort_order, segment"
        )
    ]
    # a segment's own page
    tiles = re.compile(r'class="page segment" id="(\w+)">(?:(?!<section)[^\0])*?figure">([\d,]+)')
    told = {name: number(text) for name, text in tiles.findall(html)}
    assert told == {name: size for name, size in sizes.items() if size}
    # objectives
    found = {row[0].strip(): number(row[1]) for row in parsed.tables["objectives"][0][1:]}
    assert found == dict(ask(path, "select label_en, contacts from insights.objectives"))


def test_a_segment_says_its_rule_in_both_languages(enlarged: Enlarged) -> None:
    path, books = enlarged(7)
    for language, html in books.items():
        texts = Parsed(html).texts
        column = "rule_fr" if language == "fr" else "rule"
        query = f"select segment, {column}, rule_sql from membership.segment_definitions"
        for name, rule, sql in ask(path, query):
            assert rule in texts[name] and sql in texts[name], name


def test_a_limit_is_drawn_where_the_rule_has_it(shop: Copy) -> None:
    path = shop(
        "delete from insights.evidence_distributions where segment = 'vip_customers'",
        "insert into insights.evidence_distributions values"
        " ('vip_customers', -1, 300, 500, 200, 0, 11), ('vip_customers', 0, 500, 700, 200, 40, 0),"
        " ('vip_customers', 2, 900, null, 200, 20, 0)",
        "update insights.segment_sizes set members = 60, contacts = 60, reachable_contacts = 20"
        " where segment = 'vip_customers'",
        "delete from insights.segment_overlaps",
    )
    html = written(path)["en"]
    page = html.split('id="vip_customers"')[1].split("<section")[0]
    bars = re.findall(r'<div class="(near|member)( limit)?"><span class="n">(\d*)', page)
    assert bars == [("near", "", "10"), ("member", " limit", "40"), ("member", "", ""),
                    ("member", "", "20")]  # fmt: skip
    assert "Most often €500 to €700: about 40 members" in page
    assert "The line is the limit: more than €500." in page


def test_a_shop_without_anybody_has_a_book(shop: Copy) -> None:
    path = shop(
        *(f"delete from insights.{name}" for name in GONE_WITHOUT_ANYBODY),
        "delete from membership.segment_rule_changes",
        "delete from insights.segment_sizes where segment_value <> ''",
        "update insights.segment_sizes set members = 0, contacts = 0, reachable_contacts = 0,"
        " share_of_contacts = null, net_revenue_12_months_amount = 0, net_revenue_amount = 0,"
        " share_of_revenue_12_months = null, share_of_revenue = null,"
        " mean_net_revenue_amount = null",
        "update insights.segment_overlaps set members_a = 0, members_b = 0, members_of_both = 0,"
        " jaccard = null, share_of_a_in_b = null, share_of_b_in_a = null, reading = null",
        "update insights.segment_scorecards set value = null, grade = 'unknown'",
        "update insights.rfm_grid set buyers = 0, monetary_amount = 0, rfm_segment = null",
        "update insights.pareto_curve set buyers = null, net_revenue_amount = null,"
        " share_of_net_revenue = null, is_80_percent = false",
        "update insights.objectives set contacts = 0, reachable_contacts = 0,"
        " mean_net_revenue_from_amount = null, mean_net_revenue_to_amount = null,"
        " gap_amount = null, opportunity_amount = null, monthly_share = null,"
        " expected_opportunity_amount = null, median_days_to_step = null, horizon = null",
        "update insights.prediction_status set status = 'too_few_buyers', buyers = 0,"
        " buyers_left_out = null, history_days = null, ranking_auc = null, warnings = null",
        "update insights.data_health set affected_rows = 0, all_rows = 0, share = null,"
        " newest_at = null",
    )
    for language, html in written(path).items():
        texts = Parsed(html).texts
        assert set(SECTIONS) < set(texts)
        assert read_words()["today.nobody"][language] in texts["today"]
        assert read_words()["segment.empty"][language] in texts["vip_customers"]


def test_a_shop_of_one_stage_has_a_book(shop: Copy) -> None:
    others = "segment in ('" + "', '".join(STAGES[1:]) + "')"
    path = shop(
        f"update insights.segment_sizes set members = 0, contacts = 0 where {others}",
        f"delete from insights.segment_sizes_by_day where {others}",
        "delete from insights.stage_transitions where from_stage <> to_stage",
        times=7,
    )
    assert {*written(path)} == {*LANGUAGES}


def test_the_command_says_what_is_wrong(tmp_path: Path, shop: Copy) -> None:
    assert "does not exist" in main([str(tmp_path / "none.duckdb")])
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    assert "no published build" in main([str(other)])
    assert main([str(shop())]) is None


# -- words --------------------------------------------------------------------------------------


def test_every_word_has_both_languages() -> None:
    for key, texts in read_words().items():
        assert set(texts) == set(LANGUAGES), key
        names = [set(re.findall(r"{(\w+)}", texts[language])) for language in LANGUAGES]
        assert names[0] == names[1], key


def test_no_word_is_missing_or_left_over() -> None:
    words = read_words()
    sources = "".join(path.read_text(encoding="utf-8") for path in PARTS.glob("*.html"))
    sources += "".join(p.read_text(encoding="utf-8") for p in PARTS.parent.glob("book_*.py"))
    used = set(re.findall(r"\bt\('([\w.]+)'[,)]", sources))
    assert used <= set(words)
    # those whose names are put together begin with one of these
    made = set(re.findall(r"t\('(\w+\.)' ~", sources)) | set(re.findall(r'f"(\w+\.){', sources))
    made |= {f"{kind}." for kind in re.findall(r"known\([\"'](\w+)", sources)} | {"glossary."}
    left = [
        key
        for key in words
        if key not in used and f'"{key}"' not in sources and not key.startswith(tuple(made))
    ]
    assert left == []


# -- nobody is told -----------------------------------------------------------------------------


def test_what_a_shop_calls_things_is_escaped_and_small_groups_are_not_named(
    shop: Copy,
) -> None:
    hostile, secret = (text.replace("'", "''") for text in (HOSTILE, SECRET))
    path = shop(
        "update membership.segment_definitions set owner = '" + hostile + "'",
        "update insights.shop_settings set shop_name = '" + hostile + "'",
        "delete from insights.segment_sizes where segment = 'page_visitors'",
        "insert into insights.segment_sizes by name select 'page_visitors' as segment,"
        " unnest(['', '" + hostile + "', '" + secret + "']) as segment_value,"
        " unnest([30, 20, 4]) as members, 20 as contacts, 10 as reachable_contacts,"
        " 0.5 as share_of_contacts, 1 as net_revenue_12_months_amount,"
        " 0.5 as share_of_revenue_12_months, 1 as net_revenue_amount, 0.5 as share_of_revenue,"
        " 1 as mean_net_revenue_amount",
        "insert into insights.data_health by name select 'unknown words' as measure,"
        " 'orders' as raw_table, unnest(['status " + hostile + "', 'status " + secret + "'])"
        " as detail, unnest([90, 3]) as affected_rows, 100 as all_rows, 0.5 as share",
        times=7,
    )
    for html in written(path).values():
        assert HOSTILE not in html and "<script>alert" not in html
        assert unescape(html).count(HOSTILE) > 3
        assert SECRET not in unescape(html)
        assert len(re.findall("<script", html)) == 1


@pytest.mark.parametrize("times", [2, 7])
def test_no_cell_tells_a_small_number_of_people(enlarged: Enlarged, times: int) -> None:
    _, books = enlarged(times)
    parsed = Parsed(books["en"])
    words = read_words()
    heads = {words[key]["en"] for key in PEOPLE}
    seen = 0
    for section, tables in parsed.tables.items():
        for head, *rows in tables:
            counted = [place for place, text in enumerate(head) if text.strip() in heads]
            cells = [row[place] for row in rows for place in counted if place < len(row)]
            seen += len(cells)
            assert [c for c in cells if number(c) in range(1, 5)] == [], section
    assert seen > 100
    for text in re.findall(r'<span class="n">([^<]*)</span>', books["en"]):
        assert number(text) not in range(1, 5)


def test_no_segment_is_told_by_the_difference_of_two(shop: Copy) -> None:
    path = shop(times=2)
    with duckdb.connect(str(path), read_only=True) as connection:
        book = Book(Published(connection))
    told = {name: people for name, people in book.members.items() if people is not None}
    close = 0
    for name, pairs in book.overlaps.items():
        for pair in pairs:
            if pair["both"] == pair["members"] and 0 < pair["other_members"] - pair["members"] < 5:
                close += 1
                assert name not in told or pair["other"] not in told
    assert close, "no two segments are so alike: the test shows nothing"
    stages = {stage: book.whole[stage]["members"] for stage in STAGES}
    hidden = [stage for stage in stages if stage not in told]
    assert len(hidden) != 1 and sum(stages[stage] for stage in hidden) not in range(1, 5)


def may_be_another(start: tuple[int, int], people: dict, hidden: set) -> bool:
    """Whether a hidden cell of a table may hold another number, as far as a reader can know.

    Whoever knows all sums of rows and columns looks for cells in a ring, in turns along a row and
    along a column, to which one person more and one less can be added; no number goes below 0.
    """

    def goes_on(path: list[tuple[int, int]], sign: int) -> bool:
        along = len(path) % 2
        if not along and path[-1][1] == start[1]:
            return True
        steps = [c for c in hidden if c not in path and c[1 - along] == path[-1][1 - along]]
        return any(goes_on([*path, cell], -sign) for cell in steps if sign > 0 or people[cell] > 0)

    # a ring begins with one person more in the cell, or one less; the next has the other sign
    return any(goes_on([start], sign) for sign in (-1, 1))


def test_no_small_cell_can_be_reckoned_back() -> None:
    """Tables of chance, each solved with all that a reader can know of it."""
    guard, solved, shown_cells = Guard(5), 0, 0
    # two blocks of small cells, and one between them that is what their sums leave over
    blocks = dict.fromkeys(itertools.product(range(4), range(4)), 30)
    blocks |= {cell: 3 for cell in blocks if cell[0] // 2 == cell[1] // 2} | {(0, 2): 4}
    for seed in range(300):
        chance = random.Random(seed)
        rows, columns = chance.choice([(3, 3), (3, 4), (6, 4)])
        people = {
            cell: chance.choice([0, 0, 1, 2, 3, 4, 5, 6, 9, 30])
            for cell in itertools.product(range(rows), range(columns))
        }
        people, rows, columns = (blocks, 4, 4) if seed == 0 else (people, rows, columns)
        lines = [{(r, c) for c in range(columns)} for r in range(rows)]
        lines += [{(r, c) for r in range(rows)} for c in range(columns)]
        shown = guard.cells(people, lines)
        shown_cells += sum(number is not None for number in shown.values())
        hidden = {cell for cell, number in shown.items() if number is None}
        for cell in (cell for cell in hidden if guard.is_small(people[cell])):
            # of a line with too few people the sum is not shown either
            if all(guard.count(sum(people[c] for c in line)) for line in lines if cell in line):
                solved += 1
                assert may_be_another(cell, people, hidden), (seed, cell, people, shown)
        row = {cell: people[cell] for cell in lines[0]}
        told = guard.cells(row, [set(row)]).values()
        assert sum(number is None for number in told) != 1
    assert solved > 500 and shown_cells > 500


def test_bars_give_no_small_number_away() -> None:
    guard = Guard(5)
    for seed in range(500):
        chance = random.Random(seed)
        people = [chance.choice([0, 1, 2, 3, 4, 5, 8, 12, 40]) for _ in range(chance.randint(2, 6))]
        shown = guard.bars(people, sum(people))
        if shown is None:
            continue
        ranges = [
            range(1, 5) if n is None else range(1) if n == 0 else range(max(n - 2, 5), n + 3)
            for n in shown
        ]
        low, high = sum(r[0] for r in ranges), sum(r[-1] for r in ranges)
        for people_of_bar, told, one in zip(people, shown, ranges, strict=True):
            assert people_of_bar in one
            least = max(one[0], sum(people) - high + one[-1])
            most = min(one[-1], sum(people) - low + one[0])
            assert told is not None or least < most
    assert guard.bars([102, 4], 106) is None
    assert guard.bars([100, 4, 60], 164) == [100, None, 60]
    assert Guard(1).bars([3, 1], 4) == [3, 1]


def test_movement_and_values_keep_their_secrets(shop: Copy) -> None:
    """What the book shows of moves and of values that divide a segment, solved by a reader."""
    for times in (1, 2, 3):
        path = shop(times=times)
        with duckdb.connect(str(path), read_only=True) as connection:
            book = Book(Published(connection))
            movement = book.movement()
        for row in movement["matrix"] if movement else ():
            hidden = [cell for cell in row["cells"] if cell["people"] is None]
            assert len(hidden) != 1 or row["total"] is None, row
            assert all(cell["share"] is None for cell in hidden)
        for name in DIVIDED:
            values = book.values(name)
            if values:
                kept = sum(value["members"] for value in values["rows"])
                rest = book.whole[name]["members"] - kept
                assert rest not in range(1, 5), name
                assert values["others"] != 1 or rest >= 5, name


def test_changes_and_hidden_numbers_are_written_as_such() -> None:
    words = read_words()
    page = Page.__new__(Page)
    page.language, page.words, page.currency = "fr", words, "EUR"
    assert page.number(None) == page.money(None) == page.percent(None) == HIDDEN
    assert page.number(1234567.891, 1) == "1\u202f234\u202f567,9"
    assert page.money(1234567) == "1,23\u00a0M€"
    assert page.percent(0.0312) == "3,1\u202f%"
    page.language = "en"
    assert [page.money(x) for x in (0, 7.5, -1234, 233_000)] == ["€0", "€7.50", "−€1,234", "€233k"]
    assert [page.percent(x) for x in (0, 0.01, 0.0996, 0.46)] == ["0%", "1%", "10%", "46%"]
    # units in stock, 5 or fewer
    row = {"evidence_kind": "count", "evidence_comparison": "<="}
    bars = [
        dict.fromkeys(("low", "from"), low) | {"high": low + 1, "to": low + 1}
        for low in (-2, -1, 4)
    ]
    assert [page.bar_label(bar, row) for bar in bars] == ["−1", "0", "5"]
