"""What SQL can't do for a build on DuckDB: try a file or a query, and rename a file.

dbt-duckdb loads this module through `plugins` in profiles.yml and registers its functions on every
connection of a run.
"""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin

# The whole first line as one value: no CSV holds this delimiter.
HEADER_LINE = (
    "select line from read_csv(?, columns={'line': 'VARCHAR'}, delim='\x01', quote='', escape='',"
    " auto_detect=false, header=false, strict_mode=false, max_line_size=20000000) limit 1"
)
CSV_COMPLAINTS = (
    "Expected Number of Columns",
    "Value with unterminated quote",
    "Invalid unicode",
    "Maximum line size",
)


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


class Plugin(BasePlugin):
    """Registers the functions below on the connection of a run."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, object]) -> None:
        """Keep what it takes to open another connection to the build file."""
        self.path, self.config = creds.path, config

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions callable from SQL; they act, so no call may be left out."""
        for function in (
            self.file_shape,
            self.query_problem,
            last_publication,
            prepare_publication,
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

    def file_shape(self, path: str) -> str:
        """Say which columns a raw file has, from its header or footer alone.

        Arguments: path, a CSV (plain or gzip) or Parquet file, local or on an object store.
        Returns: JSON object with `problem` (why the file can't be read; empty where it can) and
        `columns` (list of [name, DuckDB type] in the file's order).
        """
        columns: list[tuple[str, str]] = []
        problem = ""
        try:
            with self.connection() as connection:
                if path.lower().endswith(".parquet"):
                    options = "binary_as_string=true, hive_partitioning=false"
                    rows = connection.execute(
                        f"describe select * from read_parquet($1, {options})", [path]
                    ).fetchall()
                    columns = [(name, type_name) for name, type_name, *_ in rows]
                else:
                    line = (connection.execute(HEADER_LINE, [path]).fetchone() or [None])[0]
                    if line:
                        columns = [(name, "VARCHAR") for name in next(csv.reader([line]))]
                    else:
                        problem = "it does not begin with a header"
        except duckdb.Error as error:
            problem = complaint(error)
        return json.dumps({"problem": problem, "columns": columns})

    def query_problem(self, sql: str) -> str:
        """Say why a query fails.

        Arguments: sql, one select.
        Returns: what DuckDB complains about; empty where every row of the result could be made.
        """
        try:
            with self.connection() as connection:
                connection.execute(sql).fetchall()
        except duckdb.Error as error:
            return complaint(error)
        return ""


def last_publication(published: str) -> str:
    """Say what the published file says of itself.

    A copy is read, so that neither somebody who has the file open for writing nor this look at it
    is in the other's way.

    Arguments: published, path of the published file.
    Returns: JSON, the texts of its table `publication` but for its tables; `{}` where there is no
    such file, `null` where it is no published build.
    """
    if not Path(published).exists():
        return "{}"
    copy = Path(published + ".copy.new")
    shutil.copyfile(published, copy)
    try:
        with duckdb.connect(str(copy), read_only=True) as connection:
            found = connection.execute("select columns(*)::varchar from publication limit 1")
            names = [column[0] for column in found.description]
            return json.dumps(dict(zip(names, found.fetchone(), strict=True)))
    except (duckdb.Error, TypeError):
        return "null"
    finally:
        copy.unlink()


def prepare_publication(published: str) -> bool:
    """Make the folder of the published file and remove what a killed build left there.

    Arguments: published, path of the published file.
    Returns: true.
    """
    file = Path(published)
    file.parent.mkdir(parents=True, exist_ok=True)
    for leftover in file.parent.glob(file.name + ".*.new*"):
        leftover.unlink()
    return True


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
