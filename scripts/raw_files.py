"""Find the files of each raw table, see which columns they have, and say how to select from them.

A build on DuckDB makes its views of this (duckdb_plugin.py), a load its copies (load_raw.py).
"""

import contextlib
import csv
import functools
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[1]
# What can be in the way of raw data, and what to do about it.
SENTENCES = {
    "other format": "The raw file {path} is neither CSV nor Parquet: hand {name} over as"
    " {name}.csv, .csv.gz or .parquet, or remove the file.",
    "nothing to read": "The folder {path} holds no CSV or Parquet file: fill or remove it.",
    "unknown name": "The file {path} is ignored: no raw table is called {name}.",
    "given twice": "The raw table {name} is given twice ({places} in {location}): keep one of"
    " them.",
    "missing": "The raw table {name} is missing: put {name}.csv, .csv.gz or .parquet, or a folder"
    " {name} of such files, into {location} (var raw_location).",
    "missing export": "The export {name} of {system} is missing: put {name}.csv, as it came, into"
    " {location} (var raw_location), or take {system} out of var sources.",
    "lacks export columns": "The file {path} lacks the columns {columns} of an export of {system}:"
    " hand it over as it came.",
    "supplied": "The file {path} is ignored: {systems} supplies {name} (var sources).",
    "looks like": "{file} looks like {article} {title} export: set `sources: [{sources}]` in"
    " dbt_project.yml.",
    "separated": "The file {path} is separated by {mark}: save it as a CSV that is separated by"
    " commas.",
    "wrapped": "Each row of {path} is in quotes as a whole, as a spreadsheet writes it: hand the"
    " file over as it was exported.",
    "rounded ids": "The column {columns} of {path} has numbers that a spreadsheet has rounded, such"
    " as {example}: export the file again, and hand it over without opening it.",
    "decimal commas": "The column {columns} of {path} has decimal commas: write its numbers with a"
    " point, as 1234.50.",
    "day first": "The column {columns} of {path} has the day first, then the month: write its"
    " dates as 2025-03-31.",
    "month first": "The column {columns} of {path} has the month first, then the day: write its"
    " dates as 2025-03-31.",
    "unclear dates": "The column {columns} of {path} has dates of which nobody can tell the day"
    " from the month: write them as 2025-03-31.",
    "lacks a column": "The raw table {name} lacks the required column {columns}: add it to {path},"
    " under this name.",
    "lacks columns": "The raw table {name} lacks the required columns {columns}: add them to"
    " {path}, under this name.",
    "column twice": "The raw file {path} has the column {columns} twice: keep one of them.",
    "unknown columns": "The raw table {name} has columns that are not read: {columns}.",
    "unreadable file": "The raw file {path} can't be read ({reason}): mend or remove it.",
    "unreadable table": "The raw table {name} can't be read ({reason}): mend its files.",
    "too little memory": "DuckDB has too little memory to read {what}: allow it more"
    " (DUCKDB_MEMORY_LIMIT).",
}
FORMAT = re.compile(r"(.*?)([.]csv|[.]csv[.]gz|[.]parquet)")
# of a system's exports
EXPORT = re.compile(r"(.*?)([.]csv|[.]csv[.]gz|[.]parquet|[.](json|jsonl|ndjson)([.]gz)?)")
# what browsers and systems append to the name of an export: _1, (3), _20250301
NUMBERS = r"([ _-]*[(]?\d+[)]?)*"
# of a path, what the name of a day's file says, as Python and DuckDB read it: the last day in it
DAY_OF_FILE = ".*(20[0-9]{6})"
# A line may be long, and DuckDB would hold 16 of that length at once, of a file packed by gzip too.
LINES = "max_line_size=20000000, buffer_size=32000000"
# Each line as one value: no CSV holds this delimiter. A header may have line ends inside quotes.
FIRST_LINES = (
    "select line from read_csv(?, columns={'line': 'VARCHAR'}, delim='\x01', quote='', escape='',"
    f" auto_detect=false, header=false, strict_mode=false, {LINES}) limit 100"
)
# Nothing is guessed: a line with more or fewer values is an error.
CSV_OPTIONS = (
    "delim=',', quote='\"', escape='\"', header=true, auto_detect=false, strict_mode=true,"
    f" hive_partitioning=false, {LINES}"
)
# DuckDB passes over surplus values that are null, so nothing may be
NO_NULLS = "nullstr='\x01'"
JSON_OPTIONS = "format='auto', maximum_object_size=20000000, hive_partitioning=false"
PARQUET_OPTIONS = "binary_as_string=true, hive_partitioning=false"
# counting would not do: it does not look at the values
EVERY_VALUE = "any_value(columns(*))"
# types of the contract that are texts, and the first whole number that a float may stand for
# without being exact
TEXTS = ("text", "email", "word", "code")
INEXACT_FROM = {"DOUBLE": 2**53, "FLOAT": 2**24}
# what separates values in place of a comma
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# what the first rows of a CSV are asked: whether its texts were made for another reader
FIRST_ROWS = 1000
ROUNDED = "'[0-9]([.,][0-9]+)?E[+][0-9]{2}'"
COMMAS = "'[+-]?[0-9. ]*[0-9],[0-9]{1,6}'"
DAYS = "'[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}( .*)?'"
# unknown columns that a warning lists
MOST_NAMES = 20
# what a name has that says where a file comes from, and how many headers do
TELLING_NAME = "(abandoned|.*_export|ps_)"
MARKS_AT_LEAST = 4
# of many files of a table, the first few tell how they were written
FIRST_FILES = 20
NO_MEMORY = "out of memory"
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
    if isinstance(error, duckdb.OutOfMemoryException):
        return NO_MEMORY
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


def key_of(name: str, known: Collection[str]) -> str:
    """Say by what key files agree on a column.

    Arguments: name (in a file), known (the names that the contract has, or a dict from the plain
    form of each header to such a name).
    Returns: the contract's name, whatever the case and punctuation of the file's; else the file's
    in lower case.
    """
    if not isinstance(known, dict):
        known = {plain(own): own for own in reversed(list(known))}
    return known.get(plain(name), name.strip().lower())


def plain(name: str) -> str:
    """A header by its letters and digits."""
    return re.sub("[^a-z0-9]", "", name.lower())


def nearest_name(name: str, known: Collection[str]) -> str | None:
    """Find the name that shares most pairs of letters with a misspelt one; none where few do."""

    def pairs(text: str) -> set[str]:
        letters = re.sub("[^a-z0-9]", "", text.lower())
        return {letters[place : place + 2] for place in range(len(letters) - 1)}

    def likeness(other: str) -> float:
        return 2 * len(pairs(name) & pairs(other)) / (len(pairs(name)) + len(pairs(other)) or 1)

    best = max(known, key=likeness, default=None)
    return best if best and likeness(best) >= 0.6 else None


class Column(NamedTuple):
    """A file's column: how files agree on it, its own name, its DuckDB type, how SQL names it."""

    key: str
    name: str
    type: str
    value: str


@dataclass
class File:
    """A raw file, its columns in its own order, and why it can't be read.

    Its state changes whenever it is written: size and time. Whoever knows its columns need not look
    at it.
    """

    path: str
    columns: list[Column] = field(default_factory=list)
    reason: str = ""
    state: str = ""

    @property
    def is_parquet(self) -> bool:
        """Whether it is Parquet; else it is CSV, plain or gzip."""
        return self.path.lower().endswith(".parquet")

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, a line for each row or a list of rows."""
        return EXPORT.fullmatch(self.path.lower())[3] is not None

    @property
    def number(self) -> tuple[list[int], list[int], str]:
        """Where it comes among the exports of one table: those with a greater number are later.

        Browsers number a second download in brackets, and systems the parts of one export before.
        """
        name = Path(self.path).name
        again = [int(number) for number in re.findall(r"[(](\d+)[)]", name)]
        parts = [int(number) for number in re.findall(r"\d+", re.sub(r"[(]\d+[)]", "", name))]
        return again, parts, self.path

    def look(self, connection: duckdb.DuckDBPyConnection, known: Collection[str]) -> None:
        """Find out which columns it has, from only its header or footer.

        Arguments: connection, known (the names that the contract has).
        """
        try:
            if self.is_json:
                found = self.json_columns(connection)
            elif self.is_parquet:
                found = self.parquet_columns(connection)
            else:
                found = self.header(connection)
        except duckdb.Error as error:
            self.reason = complaint(error)
            return
        self.reason = "" if found else "it does not begin with a header"
        # a column without a name is known by its place
        self.columns = [
            Column(key_of(name, known) or f"column{place}", name, *others)
            for place, (name, *others) in enumerate(found, 1)
        ]

    @property
    def other_separator(self) -> str | None:
        """What separates the values of its header if commas do not."""
        header = ",".join(column.name for column in self.columns)
        counts = {name: header.count(mark) for mark, name in SEPARATORS.items()}
        best = max(counts, key=counts.get)
        is_text = not self.is_parquet and not self.is_json
        return best if is_text and counts[best] > header.count(",") else None

    def header(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
        """Read name, type and SQL name of each column of a CSV."""
        lines = connection.execute(FIRST_LINES, [self.path]).fetchall()
        try:
            names = next(csv.reader((line or "") + "\n" for (line,) in lines), [])
        except csv.Error:
            names = []
        return [(name, "VARCHAR", f"c{place}") for place, name in enumerate(names)]

    def json_columns(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
        """Read name, type and SQL name of each value of the first rows of a JSON file."""
        keys = connection.execute(
            "select distinct unnest(json_keys(json)) from (select json from read_json_objects(?,"
            " format='auto', maximum_object_size=20000000) limit 1000) order by 1",
            [self.path],
        ).fetchall()
        return [(name, "VARCHAR", quoted(name)) for (name,) in keys]

    def parquet_columns(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
        """Read name, type and SQL name of each column of a Parquet file."""
        described = connection.execute(f"describe select * from {source([self])}").fetchall()
        # SQL gives names that differ only in case a number; the file has them as they are
        fields = connection.execute(
            "select name, num_children from parquet_schema([?])", [self.path]
        ).fetchall()
        names, place = [], 1
        while place < len(fields):
            names.append(fields[place][0])
            inside = 1
            while inside:
                inside += (fields[place][1] or 0) - 1
                place += 1
        return [
            (name, kind, quoted(own))
            for name, (own, kind, *_) in zip(names, described, strict=True)
        ]


def source(
    files: list[File],
    options: str = "",
    with_path: bool = False,
    natives: dict[str, str] | None = None,
) -> str:
    """SQL that reads files of one format and columns; those of a CSV are c0, c1, …

    Arguments: files, options (more of them for reading CSV), with_path (adds raw_file, the path),
    natives (the type of each nested column of JSON, by key).
    """
    paths = f"[{', '.join(literal(file.path) for file in files)}]"
    path = ", filename='raw_file'" * with_path
    if files[0].is_parquet:
        return f"read_parquet({paths}, {PARQUET_OPTIONS}{path})"
    if files[0].is_json:
        columns = ", ".join(
            f"{literal(column.name)}: {literal((natives or {}).get(column.key, 'VARCHAR'))}"
            for column in files[0].columns
        )
        return f"read_json({paths}, columns={{{columns}}}, {JSON_OPTIONS}{path})"
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(files[0].columns)))
    options = ", ".join([CSV_OPTIONS, options] if options else [CSV_OPTIONS])
    return f"read_csv({paths}, columns={{{columns}}}, {options}{path})"


def text_or_time(value: str, type_name: str) -> str:
    """SQL expression: a typed value as the text that a CSV would hold, or as a UTC timestamp."""
    if type_name in ("VARCHAR", "TIMESTAMP"):
        return value
    if type_name == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {value})"
    if type_name.startswith("TIMESTAMP"):
        return f"cast({value} as timestamp)"
    text = f"cast({value} as varchar)"
    if type_name in INEXACT_FROM:
        # the shortest text that gives the same float may have an exponent
        plain = f"cast(try_cast({text} as decimal(38, 18)) as varchar)"
        return f"case when contains({text}, 'e') then coalesce({plain}, {text}) else {text} end"
    return text


def text_of_whole_number(column: Column) -> str:
    """SQL expression: a number in the place of a text, without its fraction of zeros.

    Reading stops where a number is not whole, or so large that a float may stand for its
    neighbour. What is no number (NaN) is null.
    """
    value, limit = column.value, INEXACT_FROM.get(column.type)
    is_whole = f"{value} = trunc({value})" + (f" and abs({value}) < {limit}" if limit else "")
    nothing = f"when isnan({value}) then null " if limit else ""
    problem = literal(
        f"{column.key} is a number and not always a whole one that is exact: write it as text"
    )
    whole = f"cast(cast({value} as {'bigint' if limit else 'decimal(38, 0)'}) as varchar)"
    return (
        f"case {nothing}when {is_whole} then {whole} when {value} is not null"
        f" then error({problem}) end"
    )


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
    # the columns that the contract does not know, perhaps with the name that may be meant
    unread: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return self.contract["name"]

    @property
    def system(self) -> str | None:
        """The system that exports it; none of a table under its own name."""
        return self.contract.get("system")

    @property
    def place(self) -> str:
        """What nothing else is called."""
        return f"{self.system}.{self.name}" if self.system else self.name

    @property
    def lacks_files(self) -> bool:
        """Whether a shop can't do without it, and it is nowhere."""
        needed = self.contract.get("required") and not self.contract.get("suppliers")
        return bool(needed and not self.files and not self.system)

    @property
    def headers(self) -> dict[str, str]:
        """The contract's name of each header, by its plain form."""
        others = {
            plain(header): column["name"]
            for column in self.contract["columns"]
            for header in column.get("also", [])
        }
        return others | {plain(c["name"]): c["name"] for c in self.contract["columns"]}

    @property
    def natives(self) -> dict[str, str]:
        """The type of each column that stays nested."""
        columns = self.contract["columns"]
        return {each["name"]: each["native"] for each in columns if each.get("native")}

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

    def part(self, path: str) -> str:
        """What the files have in common that are loaded together, as one says what others mean."""
        kept_by = self.contract.get("kept_by")
        day = re.match(DAY_OF_FILE, path) if kept_by == "day" else None
        return path if kept_by == "file" else day[1] if day else ""

    def only(self, *files: File) -> "Table":
        """The table as if these were its only files."""
        return Table(self.contract, self.is_whole, list(files))

    @property
    def unknown_columns(self) -> list[str]:
        """What its files have beyond the contract, by name."""
        own = {column["name"] for column in self.contract["columns"]}
        unknown = {
            column.key: " ".join(column.name.split())
            for file in self.files
            for column in file.columns
            if column.key not in own and column.name.strip()
        }
        return sorted(unknown.values())

    def value(self, column: Column) -> str:
        """SQL expression: a column's value as a text, or as a timestamp in UTC."""
        if column.key in self.natives:
            return f"cast({column.value} as {self.natives[column.key]})"
        types = {each["name"]: each["type"] for each in self.contract["columns"]}
        is_fraction = column.type in INEXACT_FROM or column.type.startswith("DECIMAL")
        if is_fraction and types.get(column.key) in TEXTS:
            return text_of_whole_number(column)
        value = text_or_time(column.value, column.type)
        zones = {each["name"]: each.get("time_zone", "UTC") for each in self.contract["columns"]}
        is_elsewhere = self.is_whole or zones.get(column.key, "UTC") != "UTC"
        if column.type == "TIMESTAMP WITH TIME ZONE" and is_elsewhere:
            # without an offset it would be read by the shop's clock
            return f"strftime({value}, '%Y-%m-%d %H:%M:%S.%fZ')"
        return value

    def query(self, options: str = "") -> str:
        """SQL that selects the table's columns from its files, and raw_file if it is kept by file.

        Arguments: options (more of them for reading CSV).
        """
        alike: dict[tuple, list[File]] = {}
        for file in self.files:
            alike.setdefault((file.is_parquet, file.is_json, *file.columns), []).append(file)
        is_text = self.is_whole or self.system
        numbers = {file.path: n for n, file in enumerate(sorted(self.files, key=later), 1)}
        selects = []
        for files in alike.values() or [[]]:
            columns = files[0].columns if files else []
            values = {column.key: self.value(column) for column in columns}
            selected = ", ".join(
                f"cast({values[key]} as varchar) as {quoted(name)}"
                if is_text and key in values and key not in self.natives
                else f"{values.get(key, self.nothing(key))} as {quoted(name)}"
                for key, name in self.columns.items()
            )
            is_numbered = bool(self.contract.get("numbered"))
            if is_numbered:
                own = {file.path: numbers[file.path] for file in files}
                cases = " ".join(f"when {literal(path)} then {n}" for path, n in own.items())
                selected += f", case raw_file {cases} end" if len(own) > 1 else ""
                selected += f", {next(iter(own.values()), 0)}" if len(own) < 2 else ""
                selected += " as file_number"
            with_path = bool(self.contract.get("kept_in") or self.system)
            if with_path:
                selected += ", raw_file" if files else ", cast(null as varchar) as raw_file"
            if self.contract.get("kept_by") == "day":
                path = "raw_file" if files else "''"
                selected += f", regexp_extract({path}, '{DAY_OF_FILE}', 1) as raw_part"
            selects.append(
                f"select {selected}"
                + (
                    f" from {source(files, options, with_path, self.natives)}"
                    if files
                    else " where false"
                )
            )
        return " union all ".join(selects)

    def nothing(self, key: str) -> str:
        """SQL expression: null as a column's type."""
        return f"cast(null as {self.natives.get(key, 'varchar')})"


@dataclass
class Findings:
    """The raw tables of a location, and sentences: what is in the way, what is worth a warning."""

    tables: list[Table]
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    # systems that a setting should name
    suggested: list[dict[str, Any]] = field(default_factory=list)

    def problem(self, kind: str, **words: object) -> None:
        """Add one of the sentences; it is no fault of a file that memory is short."""
        if words.get("reason") == NO_MEMORY:
            kind, words = "too little memory", {"what": words.get("path") or words["name"]}
        self.problems.append(SENTENCES[kind].format(**words))

    def has_any(self, table: Table) -> bool:
        """Whether a system's table has files, or another that will do in its place."""
        names = [table.name, *table.contract.get("or_tables", [])]
        own = [other for other in self.tables if other.system == table.system]
        return any(other.files for other in own if other.name in names)

    def look(self, connection: duckdb.DuckDBPyConnection, table: Table) -> None:
        """Look at the columns of a table's files, and add what is wrong with them."""
        known = [column["name"] for column in table.contract["columns"]]
        for file in table.files:
            if not file.columns:
                file.look(connection, table.headers)
            self.check_columns(table, file)
        is_one_column = any(len(file.columns) == 1 for file in table.files)
        if table.unknown_columns and not (table.is_whole or table.system or is_one_column):
            have = {column.key for file in table.files for column in file.columns}
            lacking = [name for name in known if name not in have]
            shown = []
            for name in table.unknown_columns:
                near = nearest_name(name, lacking)
                shown.append((not near, f"{name} (is it {near}?)" if near else name))
            # the likely mistakes first
            table.unread = [text for _, text in sorted(shown)]
            columns = table.unread[:]
            if len(columns) > MOST_NAMES:
                columns[MOST_NAMES:] = [f"{len(columns) - MOST_NAMES} more"]
            sentence = SENTENCES["unknown columns"]
            self.warnings.append(sentence.format(name=table.name, columns=", ".join(columns)))

    def check_columns(self, table: Table, file: File) -> None:
        """Add what is wrong with the columns of one of a table's files."""
        keys = [column.key for column in file.columns]
        lacking = [
            c["name"] + f" (or {c['or']})" * bool(c.get("or"))
            for c in table.contract["columns"]
            if c.get("required") and c["name"] not in keys and c.get("or") not in keys
        ]
        twice = [key for key in table.only(file).columns if keys.count(key) > 1]
        if file.reason:
            self.problem("unreadable file", path=file.path, reason=file.reason)
        elif lacking and not table.system and (known := system_of(file, "")):
            self.suggest(file, known)
        elif lacking and file.other_separator:
            self.problem("separated", path=file.path, mark=file.other_separator)
        elif lacking and len(keys) == 1 and file.columns[0].name.count(",") > 1:
            self.problem("wrapped", path=file.path)
        elif lacking and table.system:
            columns = ", ".join(lacking)
            self.problem(
                "lacks export columns", path=file.path, columns=columns, system=table.system
            )
        elif lacking:
            kind = "lacks columns" if len(lacking) > 1 else "lacks a column"
            self.problem(kind, name=table.name, columns=", ".join(lacking), path=file.path)
        elif twice:
            self.problem("column twice", path=file.path, columns=", ".join(twice))

    def suggest_systems(self, connection: duckdb.DuckDBPyConnection, unknown: list[File]) -> None:
        """Say of files that belong to no table that they look like exports of a system, if so.

        Where a table is missing without which there is no shop, that is a problem, else a warning;
        and then files that have the table's name may still be of a system.
        """
        is_lost = any(table.lacks_files for table in self.tables)
        own = [file for table in self.tables if not table.system for file in table.files]
        suggestions = []
        for file in unknown + own * is_lost:
            file.look(connection, {})
            system = system_of(file, "" if file in own else name_of(file.path))
            if system:
                suggestions.append((file, system))
            elif file not in own and FORMAT.fullmatch(file.path.lower()):
                sentence = SENTENCES["unknown name"]
                self.warnings.append(sentence.format(path=file.path, name=name_of(file.path)))
            file.columns = []
        # the orders say it best
        for file, system in sorted(
            suggestions, key=lambda each: "order" not in Path(each[0].path).name
        ):
            self.suggest(file, system, is_lost)

    def suggest(self, file: File, system: dict[str, Any], is_problem: bool = True) -> None:
        """Add that a file looks like an export of a system that no setting names."""
        named = [*dict.fromkeys(table.system for table in self.tables if table.system)]
        if system not in self.suggested and (is_problem or system["name"] not in named):
            self.suggested.append(system)
            others = [each["name"] for each in self.suggested if each["name"] not in named]
            article = "an" if system["title"][0] in "AEIOU" else "a"
            words = {"file": Path(file.path).name, "article": article, "title": system["title"]}
            sentence = SENTENCES["looks like"].format(**words, sources=", ".join(named + others))
            (self.problems if is_problem else self.warnings).append(sentence)

    def judge(self, connection: duckdb.DuckDBPyConnection, table: Table) -> None:
        """Add what a spreadsheet, or its country, has made of the first rows of a table's files."""
        types = {column["name"]: column["type"] for column in table.contract["columns"]}
        tests = {
            "rounded ids": (lambda key: re.search("(^|_)id$", key), ROUNDED),
            "decimal commas": (lambda key: types[key] in ("amount", "price"), COMMAS),
            "dates": (lambda key: types[key] in ("timestamp", "date"), DAYS),
        }
        for file in table.files[:FIRST_FILES]:
            if file.is_parquet or file.is_json:
                continue
            asked = [
                (kind, column, pattern)
                for column in file.columns
                for kind, (is_meant, pattern) in tests.items()
                if column.key in types and is_meant(column.key)
            ]
            if not asked:
                continue
            counts = ", ".join(
                f"count(nullif(trim({c.value}), '')),"
                f" count(*) filter (regexp_full_match(trim({c.value}), {pattern})),"
                f" max(case when regexp_full_match(trim({c.value}), {pattern}) then {c.value} end),"
                f" max(try_cast(regexp_extract({c.value}, '^ *([0-9]+)', 1) as integer)),"
                f" max(try_cast(regexp_extract({c.value}, '^ *[0-9]+[/.-]([0-9]+)', 1) as integer))"
                for _, c, pattern in asked
            )
            rows = f"select * from {source([file], NO_NULLS)} limit {FIRST_ROWS}"
            try:
                found = connection.execute(f"select {counts} from ({rows})").fetchone()
            except duckdb.Error:
                continue  # reading it whole says why
            met: dict[tuple[str, str], list[str]] = {}
            for place, (kind, column, _) in enumerate(asked):
                filled, like, example, first, second = found[place * 5 : place * 5 + 5]
                if kind == "rounded ids" and like:
                    met.setdefault((kind, example), []).append(column.name)
                elif kind == "decimal commas" and like and like == filled:
                    met.setdefault((kind, ""), []).append(column.name)
                elif kind == "dates" and like and like == filled:
                    order = "day first" if first > 12 else "month first" if second > 12 else ""
                    met.setdefault((order or "unclear dates", ""), []).append(column.name)
            for (kind, example), names in met.items():
                columns = ", ".join(names)
                self.problem(kind, columns=columns, path=file.path, example=example.strip())


def name_of(path: str) -> str:
    """The name of a file in lower case, without its folders and its format."""
    name = Path(path).name.lower()
    found = EXPORT.fullmatch(name)
    return found[1] if found else name.split(".")[0]


@functools.cache
def systems() -> list[dict[str, Any]]:
    """The systems that have an adapter.

    Returns: list of dicts with `name`, `title`, `cannot_say` and `tables`, a list of dicts with
    `files` (the names that its files begin with) and `marks` (the plain forms of the headers that
    it always has).
    """
    found = []
    for path in sorted(PROJECT.glob("models/**/_*__sources.yml")):
        for system in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            about = system.get("config", {}).get("meta", {})
            if "title" in about:
                tables = [
                    {
                        "files": table["config"]["meta"]["files"],
                        "marks": {
                            plain(column["name"])
                            for column in table["columns"]
                            if column.get("config", {}).get("meta", {}).get("required")
                        },
                    }
                    for table in system["tables"]
                ]
                found.append(about | {"name": system["name"], "tables": tables})
    return found


def system_of(file: File, name: str) -> dict[str, Any] | None:
    """The system of which a file looks like an export, by its name or its headers.

    Arguments: file (its columns may be unknown), name (in lower case, without its format).
    """
    headers = {plain(column.name) for column in file.columns}
    for system in systems():
        for table in system["tables"]:
            telling = f"{TELLING_NAME}|{re.escape(system['name'])}_"
            stems = "|".join(re.escape(stem) for stem in table["files"] if re.match(telling, stem))
            if stems and re.fullmatch(f"({stems}){NUMBERS}", name):
                return system
            if len(table["marks"]) >= MARKS_AT_LEAST and table["marks"] <= headers:
                return system
    return None


def normal(location: str) -> str:
    """Say where the raw data are without what has no meaning: `./x`, `x/.` and `x//` are `x`.

    Two dots stay: after a link they mean another folder than the text does.
    """
    location = re.sub("^file://", "", location.strip().replace("\\", "/"))
    scheme, mark, path = location.rpartition("://")
    home = re.match("~[^/]*", path)
    if home and not mark:
        with contextlib.suppress(RuntimeError):
            path = Path(home[0]).expanduser().as_posix() + path[home.end() :]
    root = "/" if path.startswith("/") else ""
    path = root + "/".join(part for part in path.split("/") if part not in ("", "."))
    return scheme + mark + (path or "." * (not mark))


def walked(
    folder: str, inside: tuple[str, ...] = (), above: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """List what is under a folder, links followed; marks of a writer are passed over.

    Arguments: folder, inside (the names that lead to it), above (the folders that hold it, links
    resolved).
    Yields: path, the names that lead to it (the last one of a folder is empty), and why it can't
    be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda each: each.name + "/" * each.is_dir())
    except OSError as error:
        yield folder, (*inside, ""), (error.strerror or str(error)).lower()
        return
    yield folder, (*inside, ""), ""
    above = (*above, os.path.realpath(folder))
    for entry in entries:
        path, names = f"{folder.rstrip('/')}/{entry.name}", (*inside, entry.name)
        if is_mark(entry.name):
            continue
        if entry.is_dir():
            # a link to a folder above would never end
            if os.path.realpath(path) not in above:
                yield from walked(path, names, above)
        elif entry.is_file():
            yield path, names, ""
        else:
            yield path, names, "it is a link to nothing" if entry.is_symlink() else "it is no file"


def is_mark(name: str) -> bool:
    """Whether a name is that of a writer's mark, not of data."""
    return name.startswith((".", "_"))


def listed(
    connection: duckdb.DuckDBPyConnection, location: str
) -> list[tuple[str, tuple[str, ...], str]]:
    """List everything under a folder, or under an object store's prefix.

    Arguments: connection, location (in its normal form).
    Returns: list of what `walked` yields.
    """
    if "://" not in location:
        return list(walked(location))
    # brackets are part of a folder's name here
    prefix = re.sub(r"([\[*?])", r"[\1]", location)
    patterns = [literal(prefix + ending) for ending in ("/*", "/*/*", "/**")]
    query = " union ".join(f"select file from glob({pattern})" for pattern in patterns)
    paths = [path for (path,) in connection.execute(f"{query} order by file").fetchall()]
    # some stores list folders too
    folders = {path.rsplit("/", 1)[0] for path in paths}
    found = []
    for path in sorted(set(paths) - folders):
        # a store's own paths may begin differently
        last = f"/{location.split('/')[-1]}/"
        inside = path.removeprefix(location + "/")
        inside = path.split(last, 1)[-1] if inside == path else inside
        names = tuple(inside.split("/"))
        if not any(is_mark(name) for name in names):
            found.append((path, names, ""))
    return found


def find(
    connection: duckdb.DuckDBPyConnection,
    location: str,
    contracts: list[dict[str, Any]],
    is_whole: bool = False,
    recall: Callable[[Table], object] = lambda table: None,
) -> Findings:
    """Find the files of each raw table by name, in any case, and see which columns they have.

    Names that begin with a dot or an underscore are marks of a writer, not data.

    Arguments: connection, location (a folder or an object store's prefix), contracts (list of dicts
    as of the macro `raw_contract`), is_whole (as of Table), recall (gives the files of a table the
    columns that are known already).
    Returns: all tables, with files or without, what is in the way and what is ignored.
    """
    location = normal(location)
    findings = Findings(
        [Table(contract, is_whole and not contract.get("system")) for contract in contracts]
    )
    asked = {table.system for table in findings.tables} - {None}
    others: dict[str, list[str]] = {}
    folders: dict[str, str] = {}
    unknown: list[File] = []
    for path, inside, reason in listed(connection, location):
        # a folder of a system's name holds its files
        system = inside[0].lower() if inside[0].lower() in asked and len(inside) > 1 else None
        inside = inside[1:] if system else inside
        place, is_alone = inside[0], len(inside) == 1
        top = (EXPORT if asked else FORMAT).fullmatch(place.lower())
        format_found = FORMAT.fullmatch(inside[-1].lower())
        name = top[1] if top else place.lower()
        if is_alone and not top:
            name = name.split(".")[0]
        table = owner(findings.tables, name, system)
        if table and table.system:
            format_found = EXPORT.fullmatch(inside[-1].lower())
        if table and reason:
            findings.problem("unreadable file", path=path, reason=reason)
        elif not inside[-1]:
            if len(inside) > 2:
                folders.setdefault(name, path)
        elif table and table.contract.get("required") and table.contract.get("suppliers"):
            named = " and ".join(table.contract["suppliers"])
            sentence = SENTENCES["supplied"]
            findings.warnings.append(sentence.format(path=path, systems=named, name=table.name))
        elif table and format_found:
            table.files.append(File(path))
            if place not in table.places:
                table.places.append(place)
        elif table:
            others.setdefault(name, []).append(path)
        elif format_found or (is_alone and EXPORT.fullmatch(place.lower())):
            unknown.append(File(path))
    for name, (first, *more) in others.items():
        path = first + (f" (and {len(more)} more)" if more else "")
        findings.problem("other format", path=path, name=name)
    findings.suggest_systems(connection, unknown)
    for table in findings.tables:
        if len(table.places) > 1 and not table.system:
            places = " and ".join(table.places)
            findings.problem("given twice", name=table.name, places=places, location=location)
        elif not table.files and table.name in folders.keys() - others.keys():
            findings.problem("nothing to read", path=folders[table.name])
        elif table.contract.get("required") and table.system and not findings.has_any(table):
            name, system = table.contract["files"][0], table.system
            findings.problem("missing export", name=name, system=system, location=location)
        elif table.lacks_files and not any(system.get("sells") for system in findings.suggested):
            findings.problem("missing", name=table.name, location=location)
    if not findings.problems:
        for table in findings.tables:
            recall(table)
            known = [file for file in table.files if file.columns]
            findings.look(connection, table)
            if not findings.problems:
                findings.judge(connection, table.only(*(f for f in table.files if f not in known)))
    return findings


def later(file: File) -> tuple[list[int], list[int], str]:
    """What sorts files from the earliest to the latest."""
    return file.number


def owner(tables: list[Table], name: str, system: str | None) -> Table | None:
    """The table that a file or folder of this name belongs to, if any.

    Arguments: tables, name (in lower case, without its format), system (whose folder it is in).
    """
    own = {table.name: table for table in tables if not table.system}
    exact = own.get(name) if not system else None
    if exact and not (exact.contract.get("required") and exact.contract.get("suppliers")):
        return exact
    for table in tables:
        if table.system and (not system or table.system == system):
            stems = "|".join(re.escape(stem) for stem in table.contract["files"])
            if re.fullmatch(f"({stems}){NUMBERS}", name):
                return table
    return exact


def read_through(
    connection: duckdb.DuckDBPyConnection, table: Table, asked: str, findings: Findings
) -> tuple | None:
    """Ask something of all rows of a table; where that fails, say which files can't be read.

    Arguments: connection, table, asked (a select list of aggregates over the table's columns),
    findings (get the problems).
    Returns: the answers; none where a file can't be read.
    """
    try:
        return connection.execute(f"select {asked} from ({table.query(NO_NULLS)})").fetchall()[0]
    except duckdb.Error as error:
        reason, before = complaint(error), len(findings.problems)
    for file in table.files:
        query = f"select {EVERY_VALUE} from ({table.only(file).query(NO_NULLS)})"
        try:
            connection.execute(query).fetchall()
        except duckdb.Error as error:
            findings.problem("unreadable file", path=file.path, reason=complaint(error))
    if len(findings.problems) == before:
        findings.problem("unreadable table", name=table.name, reason=reason)
    return None
