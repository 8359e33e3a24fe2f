"""What SQL can't do for a build on DuckDB: try a file, and rename one.

dbt-duckdb loads this module through `plugins` in profiles.yml and registers its functions on every
connection of a run.
"""

import os
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

CSV_OPTIONS = "header=true, all_varchar=true, delim=',', quote='\"', escape='\"', union_by_name=true"


def file_problem(path: str) -> str:
    """Say why a raw file can't be read.

    Arguments: path, a CSV (plain or gzip) or Parquet file, local or on an object store.
    Returns: the first line of DuckDB's complaint; empty where every row of the file reads.
    """
    is_parquet = path.endswith(".parquet")
    reader = "read_parquet(?)" if is_parquet else f"read_csv(?, {CSV_OPTIONS})"
    try:
        with duckdb.connect() as connection:
            connection.execute(f"select count(columns(*)) from {reader}", [path]).fetchall()
    except duckdb.Error as error:
        return str(error).strip().splitlines()[0]
    return ""


def remove_leftovers(published: str) -> bool:
    """Remove unfinished publications that a killed build left beside the published file.

    Arguments: published, path of the published file.
    Returns: true.
    """
    for leftover in Path(published).parent.glob(Path(published).name + ".*.new*"):
        leftover.unlink()
    return True


def replace_file(new: str, published: str) -> bool:
    """Put a finished file in the place of the published one, in one step.

    Readers that hold the old file open keep reading it.

    Arguments: new and published, paths on one file system.
    Returns: true.
    Raises: OSError where the rename is refused; the published file is then unchanged.
    """
    with open(new, "rb") as file:
        os.fsync(file.fileno())
    os.replace(new, published)
    return True


class Plugin(BasePlugin):
    """Registers the functions above on the connection of a run."""

    def configure_connection(self, conn):
        """Make the functions callable from SQL; they act, so no call may be left out or repeated."""
        for function in (file_problem, remove_leftovers, replace_file):
            conn.create_function(function.__name__, function, side_effects=True)
