"""What SQL can't do for a build on DuckDB: look at raw files, and rename a file.

dbt-duckdb loads this module through `plugins` in profiles.yml and registers its functions on every
connection of a run.
"""

import atexit
import contextlib
import errno
import glob
import json
import os
import re
import shutil
from pathlib import Path

import duckdb
import raw_files
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

PROJECT = Path(__file__).resolve().parents[1]
# what is known of the files that were loaded: written by macros/run/batches.sql
LOADED = "staging.loaded_files"


class Plugin(BasePlugin):
    """Registers the functions below on the connection of a run."""

    def initialize(self, _: dict[str, object]) -> None:
        """Work in the project's folder, which paths of settings and variables are relative to."""
        os.chdir(PROJECT)

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, object]) -> None:
        """Try to open the build file, and keep what it takes to open another connection to it.

        Raises: DbtRuntimeError, which dbt shows without a traceback, where it can't be opened.
        """
        self.path, self.config = creds.path, config
        problem = build_file_problem(creds.path, config)
        if problem:
            raise DbtRuntimeError(problem)

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions callable from SQL; they act, so no call may be left out."""
        for function in (
            self.read_raw,
            self.files_to_load,
            self.files_query,
            self.row_count,
            prepare_publication,
            copy_published,
            replace_file,
        ):
            conn.create_function(
                function.__name__, function, side_effects=True, null_handling="special"
            )

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Another connection to the build: same memory limit, secrets and file systems.

        A statement that fails on it leaves the run's own connection alone.
        """
        return duckdb.connect(self.path, config=self.config)

    def read_raw(self, location: str, contracts: str) -> str:
        """Find the raw files and read all that the contract names of them once.

        A broken line or page anywhere in a file is so found before anything is built. Files that
        an earlier run has loaded, and that have not changed since, are not opened.

        Arguments: location (var raw_location), contracts (JSON list of what the macro
        `raw_contract` returns, one per raw table).
        Returns: JSON object with `problems` and `warnings` (lists of sentences) and `tables`, a
        list of objects with `contract`, `files` (how many), `unread` (columns that the contract
        does not know), `sql`, the select that reads them, `new_sql`, the same of those that no
        earlier run has loaded, and `is_loaded`, whether they are exactly those that earlier runs
        have loaded.
        """
        with self.connection() as connection:
            self.loaded: dict[str, dict[str, raw_files.File]] = {}
            found = raw_files.find(
                connection,
                location,
                json.loads(contracts),
                recall=lambda table: self.recall(connection, table),
            )
            tables = [] if found.problems else found.tables
            self.tables = {table.place: table for table in tables}
            self.row_counts = dict.fromkeys(self.tables, 0)
            for table in tables:
                new = table.only(*self.new_files(table))
                if new.files:
                    asked = f"{raw_files.EVERY_VALUE}, count(*)"
                    answer = raw_files.read_through(connection, new, asked, found)
                    self.row_counts[table.place] = answer[-1] if answer else 0
        answers = [
            {
                "contract": table.contract,
                "files": len(table.files),
                "unread": table.unread,
                "sql": table.query(),
                "new_sql": table.only(*self.new_files(table)).query(),
                "is_loaded": bool(table.files)
                and not self.new_files(table)
                and not self.gone_files(table),
            }
            for table in tables
        ]
        return json.dumps(
            {"problems": found.problems, "warnings": found.warnings, "tables": answers}
        )

    def row_count(self, name: str) -> int:
        """How many rows of a raw table were read, of files that no earlier run has loaded."""
        return self.row_counts[name]

    def recall(self, connection: duckdb.DuckDBPyConnection, table: raw_files.Table) -> None:
        """Find out the state of a table's files, and what an earlier run has seen in them.

        New files go first: DuckDB looks at the first one whenever it plans a query.

        Arguments: connection, table (only one that is kept by file has states).
        """
        kept_in = table.contract.get("kept_in")
        if not kept_in:
            return
        states = file_states(connection, [file.path for file in table.files])
        there = "select 1 from duckdb_tables() where schema_name || '.' || table_name = ?"
        if all(connection.execute(there, [name]).fetchone() for name in (kept_in, LOADED)):
            rows = connection.execute(
                f"select path, state, columns from {LOADED} where raw_table = ?",
                [table.contract["kept_as"]],
            ).fetchall()
            self.loaded[table.place] = {
                path: raw_files.File(
                    path, [raw_files.Column(*each) for each in json.loads(columns)], state=state
                )
                for path, state, columns in rows
            }
        loaded = self.loaded.get(table.place, {})
        for file in table.files:
            file.state = states[file.path]
            if file.path in loaded and loaded[file.path].state == file.state:
                file.columns = loaded[file.path].columns
        table.files.sort(key=lambda file: (bool(file.columns), file.path))

    def new_files(self, table: raw_files.Table) -> list[raw_files.File]:
        """The files of a table that no earlier run has loaded as they are now.

        They are loaded with those that belong to the same part of the table.
        """
        loaded = self.loaded.get(table.place, {})
        changed = {
            table.part(file.path)
            for file in table.files
            if file.path not in loaded or loaded[file.path].state != file.state
        }
        changed |= {table.part(path) for path in self.gone_files(table)}
        return [file for file in table.files if table.part(file.path) in changed]

    def gone_files(self, table: raw_files.Table) -> list[str]:
        """The paths that an earlier run has loaded and that are no longer there."""
        return sorted(self.loaded.get(table.place, {}).keys() - {file.path for file in table.files})

    def files_to_load(self, kept_in: str, anew: bool, megabytes: float) -> str:
        """Say which raw files have to be loaded into a table, a batch at a time.

        Arguments: kept_in (the table), anew (load all of them), megabytes (of files in a batch;
        what is loaded together is never divided).
        Returns: JSON object with `problems` (list of sentences), `gone` (list of paths that were
        loaded and are no longer there) and `batches`, lists of objects with `path`, `state`,
        `columns` (JSON) and `kept_as`, what the log calls its raw table.
        """
        problems, gone, parts = [], [], {}
        for table in self.tables.values():
            if table.contract.get("kept_in") != kept_in:
                continue
            files = table.files if anew else self.new_files(table)
            if anew and self.loaded.get(table.place):
                # the contract may have changed since
                findings = raw_files.Findings([table])
                for file in files:
                    file.columns = []
                with self.connection() as connection:
                    findings.look(connection, table)
                problems += findings.problems
            gone += [] if anew else self.gone_files(table)
            for file in sorted(files, key=lambda file: file.path):
                parts.setdefault((table.place, table.part(file.path)), []).append(
                    {
                        "path": file.path,
                        "state": file.state,
                        "columns": json.dumps(file.columns),
                        "kept_as": table.contract["kept_as"],
                    }
                )
        batches: list[list[dict[str, str]]] = []
        size = 0.0
        for part in parts.values():
            more = sum(int(file["state"].split()[0]) for file in part) / 2**20
            size += more
            if not batches or size > megabytes:
                batches.append([])
                size = more
            batches[-1] += part
        return json.dumps({"problems": problems, "gone": gone, "batches": batches})

    def files_query(self, name: str, paths: str) -> str:
        """SQL that selects the columns of a raw table from some of its files.

        Arguments: name (of the raw table, a system's with its name before it), paths (JSON list;
        what is loaded with them is read too).
        """
        table, wanted = self.tables[name], set(json.loads(paths))
        parts = {table.part(file.path) for file in table.files if file.path in wanted}
        return table.only(*(file for file in table.files if table.part(file.path) in parts)).query()


def file_states(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> dict[str, str]:
    """Say of each file how large it is, in bytes, and when it was written, without opening it.

    Arguments: connection, paths (local, or in an object store).
    Returns: dict from the path to a text that changes whenever the file is written.
    """
    local = [path for path in paths if "://" not in path]
    states = {path: f"{(at := Path(path).stat()).st_size} {at.st_mtime_ns}" for path in local}
    if len(local) < len(paths):
        rows = connection.execute(
            "select filename, size || ' ' || last_modified from read_blob(?)",
            [[path for path in paths if path not in states]],
        )
        states |= dict(rows.fetchall())
    return states


def build_file_problem(path: str, config: dict[str, object]) -> str | None:
    """Make the folder of the build file, try to open the file, and look whether others made it.

    Arguments: path (of the build file), config (that it will be opened with).
    Returns: a sentence that says why it can't be used and what to do; none where it can.
    """
    try:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(path, config=config) as connection:
            tables = connection.execute(
                "select schema_name, schema_name || '.' || table_name from duckdb_tables()"
                " order by all"
            ).fetchall()
    except OSError as error:
        return f"BUILD_FILE is {path}, whose folder can't be made ({error.strerror}): set another."
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        if "Could not set lock" in said:
            holder = re.search(r"held in (.*?)( by user .*?)?[.] See", said)
            who = holder[1] if holder else "another program"
            return (
                f"BUILD_FILE is {path}, which is open in {who}: close it there, or wait until that"
                " build has ended, or set BUILD_FILE to another path."
            )
        return (
            f"BUILD_FILE is {path}, which DuckDB can't open ({said}): move that file away, or set"
            " BUILD_FILE to another path."
        )
    schemas, names = zip(*tables, strict=True) if tables else ((), ())
    # a build begins with these; what is published lacks them
    if tables and not {"staging", "reference"} & set(schemas):
        return (
            f"BUILD_FILE is {path}, which holds other tables than those of a build"
            f" ({', '.join(names[:3])}): set it to another path."
        )
    return None


def prepare_publication(published: str, new: str) -> str:
    """Make the folder of the published file, remove what a killed build left, read what is there.

    A copy is read, so that neither this look nor somebody who has the file open for writing is in
    the other's way; and where there is no room for it, there is none for the next file.

    Arguments: published, path of the published file; new, path of the file that will replace it,
    which is removed when this process ends (empty: nothing will be written yet).
    Returns: JSON object with `problem`, a sentence that says why nothing can be published there (or
    null), and `last`: the texts of a row of the table `publication` and `rows`, the rows of each of
    its tables; empty where there is no such file.
    """
    file, last = Path(published), {}
    copy = Path(published + ".copy.new")
    problem = None
    if new:
        atexit.register(discard, new)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        for leftover in file.parent.glob(glob.escape(file.name) + ".*.new*"):
            leftover.unlink()
        if file.exists():
            shutil.copyfile(file, copy)
            last = read_publication(copy)
    except OSError as error:
        reason = error.strerror
        room = "make room for two more of it, or " if error.errno == errno.ENOSPC else ""
        problem = (
            f"PUBLISHED_FILE is {published}, which can't be replaced ({reason}): {room}set"
            " PUBLISHED_FILE to another path."
        )
    except (duckdb.Error, TypeError):
        problem = (
            f"PUBLISHED_FILE is {published}, which is there, but is no published build; move that"
            " file away, or set PUBLISHED_FILE to another path."
        )
    finally:
        # there may be no such folder
        with contextlib.suppress(OSError):
            copy.unlink()
    return json.dumps({"problem": problem, "last": last})


def copy_published(published: str) -> str:
    """Copy the published file, for the reason that `prepare_publication` gives.

    Arguments: published, its path; empty: the last copy is removed.
    Returns: path of the copy, which is removed when this process ends; empty without such a file.
    """
    while published_copies:
        discard(published_copies.pop())
    if not published or not Path(published).exists():
        return ""
    copy = f"{published}.log.{os.getpid()}.new"
    atexit.register(discard, copy)
    published_copies.append(copy)
    return shutil.copyfile(published, copy)


published_copies: list[str] = []


def discard(new: str) -> None:
    """Remove a file that was not finished, and its log."""
    for path in (new, new + ".wal"):
        Path(path).unlink(missing_ok=True)


def read_publication(file: Path) -> dict[str, object]:
    """Read the table `publication` of a file.

    Raises: duckdb.Error where there is none, TypeError where it is empty.
    """
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute("select columns(*)::varchar from publication limit 1")
        names = [column[0] for column in found.description]
        last = dict(zip(names, found.fetchone(), strict=True))
        rows = connection.execute(
            "select table_schema || '.' || table_name, row_count from publication"
        )
        return last | {"rows": dict(rows.fetchall())}


def replace_file(new: str, published: str) -> bool:
    """Put a finished file in the place of the published one, in one step.

    Readers that hold the old file open keep reading it.

    Arguments: new and published, paths on one file system.
    Returns: true.
    Raises: OSError where the rename is refused, ValueError where the new file is not finished; the
    published file is then unchanged.
    """
    if Path(new + ".wal").exists():
        raise ValueError(f"{new} is not finished: its log is still there.")
    with Path(new).open("rb") as file:
        os.fsync(file.fileno())
    # the log of somebody who wrote into the old file is not the new one's
    Path(published + ".wal").unlink(missing_ok=True)
    Path(new).replace(published)
    return True
