"""What the tests rely on when they use an engine."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import group_of
from engines import need, postgres_connection, postgres_missing, spark_missing


def test_a_test_that_uses_an_engine_names_it(request: pytest.FixtureRequest) -> None:
    """Tests that use a server belong to the server's group, so only one is started."""
    for item in request.session.items:
        for fixture in ("postgres_server", "spark_session"):
            if fixture in getattr(item, "fixturenames", ()):
                assert group_of(item.nodeid) == fixture.partition("_")[0], item.nodeid


def is_listening(port: int) -> bool:
    """Whether a server answers on a port of this machine."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_missing_engine_skips_the_test_or_fails_it_where_all_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for required, raised in (("", pytest.skip.Exception), ("1", pytest.fail.Exception)):
        monkeypatch.setenv("REQUIRE_ENGINES", required)
        need(None)
        with pytest.raises(raised, match="no Java"):
            need("Spark is not tested: there is no Java.")


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert spark_missing() in (
        "Spark is not tested: there is no Java.",
        "Spark is not tested: pyspark is not installed.",
        "Spark is not tested: dbt-spark is not installed.",
    )
    monkeypatch.setattr("engines.postgres_programs", lambda: None)
    assert postgres_missing() in (
        "PostgreSQL is not tested: no server of version 15 or newer is here.",
        "PostgreSQL is not tested: dbt-postgres is not installed.",
    )


def test_the_postgres_server_does_not_sort_byte_by_byte(postgres_server: dict[str, str]) -> None:
    connection = postgres_connection(postgres_server)
    with connection, connection.cursor() as cursor:
        cursor.execute("select 'a' < 'B', 'a' < 'B' collate \"C\"")
        assert cursor.fetchone() == (True, False)
    connection.close()


def test_a_postgres_server_ends_with_the_process_that_started_it() -> None:
    need(postgres_missing())
    program = """
import os, signal
from engines import postgres

with postgres() as environment:
    print(environment["PGPORT"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    until = time.monotonic() + 60
    while is_listening(int(done.stdout)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_listening(int(done.stdout))


def test_the_spark_session_is_in_utc_and_checks_its_arithmetic(
    spark_session: object,
) -> None:
    [row] = spark_session.sql("select current_timezone() as zone").collect()
    assert row.zone == "UTC"
    # dbt-spark switches it off in the session that it has been given
    assert spark_session.newSession().conf.get("spark.sql.ansi.enabled") == "true"
