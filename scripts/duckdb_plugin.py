"""What SQL can't do for a build on DuckDB: look at raw files, and rename a file.

dbt-duckdb loads this module through `plugins` in profiles.yml and registers its functions on every
connection of a run.
"""

import json
import os
import shutil
from pathlib import Path

import duckdb
import raw_files
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin


class Plugin(BasePlugin):
    """Registers the functions below on the connection of a run."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, object]) -> None:
        """Keep what it takes to open another connection to the build file."""
        self.path, self.config = creds.path, config

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make the functions callable from SQL; they act, so no call may be left out."""
        for function in (
            self.read_raw,
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

    def read_raw(self, location: str, contracts: str) -> str:
        """Find the raw files and read all that the contract names of them once.

        A broken line or page anywhere in a file is so found before anything is built.

        Arguments: location (var raw_location), contracts (JSON list of what the macro
        `raw_contract` returns, one per raw table).
        Returns: JSON object with `problems` and `warnings` (lists of sentences) and `tables`, a
        list of objects with `contract`, `files` (how many) and `sql`, the select that reads them.
        """
        with self.connection() as connection:
            found = raw_files.find(connection, location, json.loads(contracts))
            tables = [] if found.problems else found.tables
            for table in tables:
                if table.files:
                    raw_files.read_through(connection, table, raw_files.EVERY_VALUE, found)
        answers = [
            {"contract": table.contract, "files": len(table.files), "sql": table.query()}
            for table in tables
        ]
        return json.dumps(
            {"problems": found.problems, "warnings": found.warnings, "tables": answers}
        )


def last_publication(published: str) -> str:
    """Say what the published file says of itself.

    A copy is read, so that neither this look nor somebody who has the file open for writing is in
    the other's way.

    Arguments: published, path of the published file.
    Returns: JSON, the texts of a row of its table `publication` and `rows`, the rows of each of its
    tables; `{}` where there is no such file, `null` where it is not a published build.
    """
    if not Path(published).exists():
        return "{}"
    copy = Path(published + ".copy.new")
    shutil.copyfile(published, copy)
    try:
        with duckdb.connect(str(copy), read_only=True) as connection:
            found = connection.execute("select columns(*)::varchar from publication limit 1")
            names = [column[0] for column in found.description]
            last = dict(zip(names, found.fetchone(), strict=True))
            rows = connection.execute(
                "select table_schema || '.' || table_name, row_count from publication"
            )
            return json.dumps(last | {"rows": dict(rows.fetchall())})
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
