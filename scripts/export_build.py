"""What an export reads of a build, on each engine."""

import contextlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import load_raw
from export_places import PROJECT, WrongUseError

SQL = PROJECT / "scripts" / "export_sql"
# what is read of a build beside the segments that are exported, by name: the room
RELATIONS = {
    **dict.fromkeys(("destinations", "export_columns", "exports"), "reference"),
    **dict.fromkeys(("contact_permissions", "contact_points"), "activation"),
    "int_person_keys": "intermediate",
    **dict.fromkeys(("stg_crm__erasure_requests", "stg_shop__products"), "staging"),
    **dict.fromkeys(("people", "person_predictions"), "core"),
    **dict.fromkeys(("segment_definitions", "segment_holdouts"), "membership"),
    "segment_complaints": "insights",
    **dict.fromkeys(
        ("recent_viewers", "favorites_low_stock", "promotion_dependent_buyers"), "segments"
    ),
}
PUBLISHED_ROOMS = ("core", "segments", "membership", "insights")


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


class Build:
    """What a build holds, as relations of an empty database in memory."""

    def __init__(self, engine: str, staging: Path) -> None:
        """Arguments: engine, staging (a folder of this run alone)."""
        self.staging, self.opened = staging, contextlib.ExitStack()
        self.connection = self.opened.enter_context(duckdb.connect())
        self.connection.execute(
            # one thread writes the same bytes again
            "set threads = 1; set memory_limit = '600MB';"
            f"set temp_directory = {text(str(staging / 'spill'))}"
        )
        self.run("macros")
        # `published` (as-of date and run), the run that built what is read, and how to read it
        self.published: dict
        self.run_id: str | None
        self.read: Callable[[str, str], object]
        getattr(self, f"open_{engine}")()

    def run(self, name: str) -> None:
        """Run a file of export_sql."""
        self.connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))

    def rows(self, query: str, *parameters: object) -> list[dict]:
        """The rows of a query, each as a dict."""
        found = self.connection.execute(query, list(parameters))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def open_duckdb(self) -> None:
        """Attach the build's file and the published one, whose segments are those that count."""
        for database, variable in (("build", "BUILD_FILE"), ("shop", "PUBLISHED_FILE")):
            path = PROJECT / os.environ.get(variable, f"warehouse/{database}.duckdb")
            if not path.exists():
                raise WrongUseError(f"{variable} is {path}, which does not exist: run make build.")
            self.connection.execute(f"attach {text(str(path))} as {database} (read_only)")
        [self.published] = self.rows("select distinct as_of_on, run_id from shop.publication")
        marked = "duckdb_tables() where database_name = 'build' and table_name = 'published_run'"
        is_marked = self.rows(f"from {marked}")
        self.run_id = self.rows("from build.main.published_run")[0]["run_id"] if is_marked else None

        def read(room: str, name: str) -> None:
            database = "shop" if room in PUBLISHED_ROOMS else "build"
            self.connection.execute(f'create view "{name}" as from {database}.{room}."{name}"')

        self.read = read

    def open_postgres(self) -> None:
        """Read what is published, which has changed names in one step, in one transaction."""
        cursor = self.opened.enter_context(contextlib.closing(load_raw.open_postgres())).cursor()
        cursor.connection.set_client_encoding("UTF8")
        # a build that wants to publish waits from here on
        cursor.execute("select distinct as_of_on, run_id from insights.publication")
        self.published = dict(zip(("as_of_on", "run_id"), cursor.fetchone(), strict=True))
        self.run_id = self.published["run_id"]

        def read(room: str, name: str) -> None:
            path = self.staging / f"{name}.csv"
            with path.open("wb") as file:
                cursor.copy_expert(
                    f'copy (select * from {room}."{name}") to stdout (format csv, header)', file
                )
            cursor.execute(
                "select attname, format_type(atttypid, atttypmod) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
                [f'{room}."{name}"'],
            )
            casts = ", ".join(
                f'cast("{column}" as {kind}) as "{column}"' for column, kind in cursor.fetchall()
            )
            self.connection.execute(
                f'create table "{name}" as select {casts} from read_csv(?, all_varchar = true,'
                " header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
                " allow_quoted_nulls = false)",
                [str(path)],
            )

        self.read = read

    def open_spark(self) -> None:
        """Read the schemas of the build, which are the published ones if that is marked."""
        session = load_raw.open_spark()
        self.opened.callback(session.stop)
        [row] = session.sql("select as_of_on, run_id from publication.current").collect()
        self.published = {"as_of_on": date.fromisoformat(row["as_of_on"]), "run_id": row["run_id"]}
        is_marked = session.catalog.tableExists("publication.of_build")
        self.run_id = session.table("publication.of_build").first()[0] if is_marked else None
        self.read = lambda room, name: self.connection.register(
            name, session.table(f"build_{room}.{name}").toArrow()
        )

    def problem(self, today: date, max_age_days: int) -> str | None:
        """Why its segments may change nothing that is out there; none where they may."""
        if self.run_id != self.published["run_id"]:
            return "the build is not the one that was published"
        if (today - self.published["as_of_on"]).days > max_age_days:
            return f"the as-of date is more than {max_age_days} days ago"
        return None
