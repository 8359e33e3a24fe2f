"""Find the files of each raw table, see which columns they have, and say how to select from them.

A build on DuckDB makes its views of this (duckdb_plugin.py), a load its copies (load_raw.py).
"""

import csv
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

# What can be in the way of raw data, and what to do about it.
SENTENCES = {
    "other format": "The raw file {path} is neither CSV nor Parquet: hand {name} over as"
    " {name}.csv, .csv.gz or .parquet, or remove the file.",
    "unknown name": "The file {path} is ignored: no raw table is called {name}.",
    "given twice": "The raw table {name} is given twice ({places} in {location}): keep one of"
    " them.",
    "missing": "The raw table {name} is missing: put {name}.csv, .csv.gz or .parquet, or a folder"
    " {name} of such files, into {location} (var raw_location).",
    "lacks a column": "The raw table {name} lacks the required column {columns}: add it to {path},"
    " under this name.",
    "lacks columns": "The raw table {name} lacks the required columns {columns}: add them to"
    " {path}, under this name.",
    "column twice": "The raw file {path} has the column {columns} twice: keep one of them.",
    "unreadable file": "The raw file {path} can't be read ({reason}): mend or remove it.",
    "unreadable table": "The raw table {name} can't be read ({reason}): mend its files.",
}
FORMAT = re.compile(r"(.*?)([.]csv|[.]csv[.]gz|[.]parquet)")
# The whole first line as one value: no CSV holds this delimiter.
HEADER_LINE = (
    "select line from read_csv(?, columns={'line': 'VARCHAR'}, delim='\x01', quote='', escape='',"
    " auto_detect=false, header=false, strict_mode=false, max_line_size=20000000) limit 1"
)
# Nothing is guessed: a line with more or fewer values is an error.
CSV_OPTIONS = (
    "delim=',', quote='\"', escape='\"', header=true, auto_detect=false, strict_mode=true,"
    " hive_partitioning=false, max_line_size=20000000"
)
PARQUET_OPTIONS = "binary_as_string=true, hive_partitioning=false"
# counting would not do: it does not look at the values
EVERY_VALUE = "any_value(columns(*))"
CSV_COMPLAINTS = (
    "Expected Number of Columns",
    "Value with unterminated quote",
    "Invalid unicode",
    "Maximum line size",
)


def quoted(name: str, mark: str = '"') -> str:
    """Quote a name for SQL; Spark's mark is a backtick."""
    return mark + name.replace(mark, mark * 2) + mark


def literal(text: object) -> str:
    """Quote a text for SQL on DuckDB."""
    return "'" + str(text).replace("'", "''") + "'"


def complaint(error: duckdb.Error) -> str:
    """Say in a few words what DuckDB complains about, without the data that it quotes.

    Arguments: error, of a statement that failed.
    Returns: text without line ends.
    """
    text = str(error).strip()
    line = re.match(r".*CSV Error on Line: (\d+)", text)
    if line:
        found = [part for part in text.splitlines() if part.startswith(CSV_COMPLAINTS)]
        reason = found[0].strip(" .") if found else "it is no CSV"
        reason = "it is not UTF-8" if reason.startswith("Invalid unicode") else reason
        return f"line {line[1]}: {reason}"
    if "CSV Parser state machine" in text:
        return "a quote is not closed, or its lines end in different ways"
    first = re.sub(r"^[A-Z][\w ]* Error: ", "", text.splitlines()[0])
    return re.sub(r'value ".*" is', "a value is", first)


class Column(NamedTuple):
    """A file's column: how files agree on it, its own name, its DuckDB type, its value in SQL.

    The value is a text, or a timestamp in UTC.
    """

    key: str
    name: str
    type: str
    value: str


@dataclass
class File:
    """A raw file, its columns in its own order, and why it can't be read."""

    path: str
    columns: list[Column] = field(default_factory=list)
    reason: str = ""

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet; else it is CSV, plain or gzip."""
        return self.path.lower().endswith(".parquet")

    def look(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Find out which columns it has, from only its header or footer."""
        try:
            if self.is_parquet:
                rows = connection.execute(f"describe select * from {source([self])}").fetchall()
                found = [(name, kind, text_or_time(quoted(name), kind)) for name, kind, *_ in rows]
            else:
                line = (connection.execute(HEADER_LINE, [self.path]).fetchone() or [""])[0]
                names = next(csv.reader([line])) if line else []
                found = [(name, "VARCHAR", f"c{place}") for place, name in enumerate(names)]
        except duckdb.Error as error:
            self.reason = complaint(error)
            return
        self.reason = "" if found else "it does not begin with a header"
        # a column without a name is known by its place
        self.columns = [
            Column(name.strip().lower() or f"column{place}", name, *others)
            for place, (name, *others) in enumerate(found, 1)
        ]


def source(files: list[File]) -> str:
    """SQL that reads files of one format and columns; those of a CSV are c0, c1, …"""
    paths = f"[{', '.join(literal(file.path) for file in files)}]"
    if files[0].is_parquet:
        return f"read_parquet({paths}, {PARQUET_OPTIONS})"
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(files[0].columns)))
    return f"read_csv({paths}, columns={{{columns}}}, {CSV_OPTIONS})"


def text_or_time(value: str, type_name: str) -> str:
    """SQL expression: a typed value as the text that a CSV would hold, or as a UTC timestamp."""
    if type_name in ("VARCHAR", "TIMESTAMP"):
        return value
    if type_name == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {value})"
    if type_name.startswith("TIMESTAMP"):
        return f"cast({value} as timestamp)"
    text = f"cast({value} as varchar)"
    if type_name in ("DOUBLE", "FLOAT"):
        # the shortest text that gives the same float may have an exponent
        plain = f"cast(try_cast({text} as decimal(38, 18)) as varchar)"
        return f"case when contains({text}, 'e') then coalesce({plain}, {text}) else {text} end"
    return text


@dataclass
class Table:
    """A raw table: what the contract says of it, and its files.

    Its columns are the contract's, or with is_whole all that its files have, times as text too.
    """

    contract: dict[str, Any]
    is_whole: bool = False
    files: list[File] = field(default_factory=list)
    # the file's or folder's name at the top of the location
    places: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return self.contract["name"]

    @property
    def columns(self) -> dict[str, str]:
        """The name of each column, by the key on which files agree."""
        own = {column["name"]: column["name"] for column in self.contract["columns"]}
        if not self.is_whole:
            return own
        found: dict[str, str] = {}
        for file in self.files:
            for column in file.columns:
                own_name = column.name.strip() or column.key
                found.setdefault(column.key, own.get(column.key, own_name))
        return found

    def alone(self, file: File) -> "Table":
        """The table as if this were its only file."""
        return Table(self.contract, self.is_whole, [file])

    def query(self) -> str:
        """SQL that selects the table's columns from its files."""
        alike: dict[tuple, list[File]] = {}
        for file in self.files:
            alike.setdefault((file.is_parquet, *file.columns), []).append(file)
        value_as = "cast({} as varchar) as {}" if self.is_whole else "{} as {}"
        selects = []
        for files in alike.values() or [[]]:
            values = {column.key: column.value for column in files[0].columns} if files else {}
            selected = ", ".join(
                value_as.format(values.get(key, "cast(null as varchar)"), quoted(name))
                for key, name in self.columns.items()
            )
            selects.append(
                f"select {selected}" + (f" from {source(files)}" if files else " where false")
            )
        return " union all ".join(selects)


@dataclass
class Findings:
    """The raw tables of a location, and sentences: what is in the way, what is worth a warning."""

    tables: list[Table]
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def problem(self, kind: str, **words: object) -> None:
        """Add one of the sentences."""
        self.problems.append(SENTENCES[kind].format(**words))

    def check_columns(self, table: Table, file: File) -> None:
        """Add what is wrong with the columns of one of a table's files."""
        keys = [column.key for column in file.columns]
        required = [c["name"] for c in table.contract["columns"] if c.get("required")]
        lacking = [name for name in required if name not in keys]
        twice = [key for key in table.alone(file).columns if keys.count(key) > 1]
        if file.reason:
            self.problem("unreadable file", path=file.path, reason=file.reason)
        elif lacking:
            kind = "lacks columns" if len(lacking) > 1 else "lacks a column"
            self.problem(kind, name=table.name, columns=", ".join(lacking), path=file.path)
        elif twice:
            self.problem("column twice", path=file.path, columns=", ".join(twice))


def listed(
    connection: duckdb.DuckDBPyConnection, location: str
) -> list[tuple[str, tuple[str, ...]]]:
    """List every file under a folder, links followed, or under an object store's prefix.

    Arguments: connection, location (without a slash at its end).
    Returns: list of (path, the names that lead to it from the location), sorted.
    """
    if "://" not in location:
        folder = re.sub("^~(?=/|$)", lambda _: str(Path.home()), location) or "/"
        paths = []
        for parent, folders, files in os.walk(folder, followlinks=True):
            paths += [f"{parent}/{file}" for file in files]
            # a link to a folder above would never end
            here = Path(parent).resolve()
            above = (here, *here.parents)
            folders[:] = [name for name in folders if (here / name).resolve() not in above]
        return [(path, Path(path).relative_to(folder).parts) for path in sorted(paths)]
    # brackets are part of a folder's name here
    prefix = re.sub(r"([\[*?])", r"[\1]", location)
    patterns = [literal(prefix + ending) for ending in ("/*", "/*/*", "/**")]
    query = " union ".join(f"select file from glob({pattern})" for pattern in patterns)
    found = []
    for (path,) in connection.execute(f"{query} order by file").fetchall():
        # a store's own paths may begin differently
        last = f"/{location.split('/')[-1]}/"
        inside = path.removeprefix(location + "/")
        inside = path.split(last, 1)[-1] if inside == path else inside
        found.append((path, tuple(inside.split("/"))))
    return found


def find(
    connection: duckdb.DuckDBPyConnection,
    location: str,
    contracts: list[dict[str, Any]],
    is_whole: bool = False,
) -> Findings:
    """Find the files of each raw table by name, in any case, and see which columns they have.

    Names that begin with a dot or an underscore are not data (a writer's marks).

    Arguments: connection, location (a folder or an object store's prefix), contracts (list of dicts
    as of the macro `raw_contract`), is_whole (as of Table).
    Returns: all tables, with files or without, what is in the way and what is ignored.
    """
    location = re.sub("(?<![:/])/+", "/", location.strip().replace("\\", "/")).rstrip("/")
    findings = Findings([Table(contract, is_whole) for contract in contracts])
    tables = {table.name: table for table in findings.tables}
    for path, inside in listed(connection, location):
        if any(part.startswith((".", "_")) for part in inside):
            continue
        place, is_alone = inside[0], len(inside) == 1
        format_found = FORMAT.fullmatch(inside[-1].lower())
        name = place.lower()
        if is_alone:
            name = format_found[1] if format_found else name.split(".")[0]
        table = tables.get(name)
        if table and format_found:
            table.files.append(File(path))
            if place not in table.places:
                table.places.append(place)
        elif table and is_alone and place.lower() != name:
            findings.problem("other format", path=path, name=name)
        elif format_found:
            findings.warnings.append(SENTENCES["unknown name"].format(path=path, name=name))
    for table in findings.tables:
        if len(table.places) > 1:
            places = " and ".join(table.places)
            findings.problem("given twice", name=table.name, places=places, location=location)
        elif table.contract.get("required") and not table.files:
            findings.problem("missing", name=table.name, location=location)
    if not findings.problems:
        for table in findings.tables:
            for file in table.files:
                file.look(connection)
                findings.check_columns(table, file)
    return findings


def read_through(
    connection: duckdb.DuckDBPyConnection, table: Table, asked: str, findings: Findings
) -> tuple | None:
    """Ask something of all rows of a table; where that fails, say which files can't be read.

    Arguments: connection, table, asked (a select list of aggregates over the table's columns),
    findings (get the problems).
    Returns: the answers; none where a file can't be read.
    """
    try:
        return connection.execute(f"select {asked} from ({table.query()})").fetchall()[0]
    except duckdb.Error as error:
        reason, before = complaint(error), len(findings.problems)
    for file in table.files:
        query = f"select {EVERY_VALUE} from ({table.alone(file).query()})"
        try:
            connection.execute(query).fetchall()
        except duckdb.Error as error:
            findings.problem("unreadable file", path=file.path, reason=complaint(error))
    if len(findings.problems) == before:
        findings.problem("unreadable table", name=table.name, reason=reason)
    return None
