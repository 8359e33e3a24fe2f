"""PostgreSQL, Spark, OpenSSH and Chromium for tests: started on first use, removed at the end.

A pytest plugin. Where an engine is not installed, the tests that use it are skipped and say what is
missing; with REQUIRE_ENGINES=1 they fail. A test that uses one says so in its name, its parameter
or its file's name (see `conftest.group_of`), so that the engine is started once.
"""

import contextlib
import gc
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import ROOT

# The newest server is the one that is tested; older ones lack ICU collations for a database.
OLDEST_POSTGRES = 15
OLDEST_JAVA = 17
SECONDS_BETWEEN_COLLECTIONS = 20
# the user who builds on PostgreSQL
BUILDER = "publishing_builder"


def need(problem: str | None) -> None:
    """Skip the test where an engine is missing, or fail it with REQUIRE_ENGINES=1.

    Arguments: problem (of `postgres_missing` or `spark_missing`).
    """
    if problem and os.environ.get("REQUIRE_ENGINES") == "1":
        pytest.fail(f"{problem} (REQUIRE_ENGINES=1)", pytrace=False)
    if problem:
        pytest.skip(problem)


# -- PostgreSQL ---------------------------------------------------------------------------------


def postgres_programs() -> Path | None:
    """Find the folder of the newest PostgreSQL server's programs."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    if shutil.which("pg_config"):
        done = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(done.stdout.strip()))
    versions = {}
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            done = subprocess.run(
                [folder / "initdb", "--version"], capture_output=True, text=True, check=True
            )
            versions[int(re.findall(r"\d+", done.stdout)[0])] = folder
    newest = max(versions, default=0)
    return versions[newest] if newest >= OLDEST_POSTGRES else None


def postgres_missing() -> str | None:
    """Say what is missing here for PostgreSQL tests; none where they can run."""
    if not importlib.util.find_spec("dbt.adapters.postgres"):
        return "PostgreSQL is not tested: dbt-postgres is not installed."
    if not postgres_programs():
        return f"PostgreSQL is not tested: no server of version {OLDEST_POSTGRES} or newer is here."
    return None


@contextlib.contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Run a fresh server on a free port of this machine.

    Text sorts by language, not byte by byte: what holds only under one collation fails here.

    Yields: libpq's environment variables; the database is `shop`, the user may do everything.
    """
    programs = postgres_programs()
    assert programs, "ask postgres_missing() first"
    folder = Path(tempfile.mkdtemp(prefix="postgres_"))
    # the server refuses to run as root
    owner = {}
    if os.geteuid() == 0:
        names = {user.pw_name for user in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
    log, data = folder / "log", folder / "data"
    # waits for a line, or for the end of this process, which may be killed
    clean_up = 'read -r line; "$0" stop --pgdata="$1/data" --mode=immediate; rm -rf "$1"'
    guard = subprocess.Popen(
        ["sh", "-c", clean_up, programs / "pg_ctl", folder],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **owner,
    )

    def run(program: str, *arguments: object) -> bool:
        with log.open("ab") as output:
            command = [str(programs / program), *map(str, arguments)]
            done = subprocess.run(
                command, cwd=folder, stdout=output, stderr=output, check=False, **owner
            )
        return done.returncode == 0

    password = secrets.token_hex(16)
    (folder / "password").write_text(password, encoding="utf-8")
    (folder / "password").chmod(0o444)
    options = ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US", "--locale=C"]
    options += ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
    try:
        assert run("initdb", f"--pgdata={data}", "--no-sync", *options), log.read_text()
        # another program may take a free port first
        for _ in range(5):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            settings = {
                "port": port,
                "listen_addresses": "127.0.0.1",
                "unix_socket_directories": "",
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
            }
            given = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
            if run("pg_ctl", "start", f"--pgdata={data}", "--wait", f"--options={given}"):
                break
        else:
            raise AssertionError(log.read_text())
        environment = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(port),
            "PGUSER": "postgres",
            "PGPASSWORD": password,
            "PGDATABASE": "postgres",
            "PGSSLMODE": "disable",
        }
        yield new_database(environment, "shop")
    finally:
        guard.communicate(b"\n")


def postgres_connection(environment: dict[str, str]) -> Any:
    """Connect to a database.

    Arguments: environment (of `postgres`).
    Returns: connection of psycopg2.
    """
    import psycopg2

    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    names |= {"PGDATABASE": "dbname", "PGSSLMODE": "sslmode"}
    return psycopg2.connect(**{names[name]: value for name, value in environment.items()})


def run_sql(environment: dict[str, str], *statements: str) -> list[tuple]:
    """Run statements, each for itself, and return the rows of the last."""
    connection = postgres_connection(environment)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def new_database(environment: dict[str, str], name: str) -> dict[str, str]:
    """Create an empty database of its own for a test or a module.

    Arguments: environment (of `postgres`), name (that the server does not have yet).
    Returns: the environment with this database.
    """
    run_sql(environment, f'create database "{name}"')
    return environment | {"PGDATABASE": name}


def add_role(server: dict[str, str], name: str) -> None:
    """Add a role that may log in with the server's password, where there is none."""
    quoted = '"' + name.replace('"', '""') + '"'
    literal = "'" + name.replace("'", "''") + "'"
    if not run_sql(server, f"select 1 from pg_roles where rolname = {literal}"):
        run_sql(server, f"create role {quoted}")
    run_sql(server, f"alter role {quoted} login password '{server['PGPASSWORD']}'")


def database_for_builder(server: dict[str, str], name: str) -> dict[str, str]:
    """Create a database in which the build's user may create schemas and read raw, no more."""
    database = new_database(server, name)
    add_role(server, BUILDER)
    run_sql(
        database,
        f"grant create on database {name} to {BUILDER}",
        "create schema raw",
        "create table raw.customers as select 'ann@example.com' as email",
        f"grant usage on schema raw to {BUILDER}",
        f"alter default privileges in schema raw grant select on tables to {BUILDER}",
    )
    return database


def relations(admin: dict[str, str]) -> dict[str, str]:
    """Every relation of the database: its name, and table or view."""
    found = run_sql(
        admin,
        "select quote_ident(schemaname) || '.' || quote_ident(tablename), 'table' from pg_tables"
        " where schemaname not in ('pg_catalog', 'information_schema') union all"
        " select quote_ident(schemaname) || '.' || quote_ident(viewname), 'view' from pg_views"
        " where schemaname not in ('pg_catalog', 'information_schema')",
    )
    return dict(found)


def succeeds(cursor: Any, statement: str) -> bool:
    """Whether a statement is allowed; it is undone."""
    import psycopg2

    try:
        cursor.execute(statement)
    except psycopg2.errors.InsufficientPrivilege:
        return False
    finally:
        cursor.connection.rollback()
    return True


def everything_that_works(admin: dict[str, str], role: str) -> set[str]:
    """Log in as a role and try all there is: what it may do."""
    # nothing there keeps a role from trying
    names = relations(admin)
    schemas = {name.split(".")[0] for name in names} | {"public"}
    tried = ["create schema mine", f"set role {BUILDER}", f"set role {admin['PGUSER']}"]
    tried += [f"create table {schema}.mine (id integer)" for schema in sorted(schemas)]
    tried += [f"drop schema {schema} cascade" for schema in sorted(schemas)]
    tried += ["drop role " + BUILDER, f"grant pg_read_all_data to {BUILDER}"]
    for name, kind in names.items():
        tried += [f"select * from {name}", f"lock table {name} in share mode"]
        tried += [f"drop {kind} {name} cascade", f"alter {kind} {name} rename to mine"]
        if kind == "table":
            tried += [f"insert into {name} default values", f"delete from {name}"]
            tried += [f"truncate {name}", f"create index on {name} ((1))"]
    connection = postgres_connection(admin | {"PGUSER": role})
    with contextlib.closing(connection), connection.cursor() as cursor:
        return {statement for statement in tried if succeeds(cursor, statement)}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[dict[str, str]]:
    """The environment variables of a running server; `new_database` makes more room."""
    need(postgres_missing())
    with postgres() as environment:
        yield environment


# -- Spark --------------------------------------------------------------------------------------


def spark_missing() -> str | None:
    """Say what is missing here for Spark tests; none where they can run."""
    for module, package in (("pyspark", "pyspark"), ("dbt.adapters.spark", "dbt-spark")):
        if not importlib.util.find_spec(module):
            return f"Spark is not tested: {package} is not installed."
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else "java"
    if not shutil.which(java):
        return "Spark is not tested: there is no Java."
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', done.stderr)
    if not version or int(version[1]) < OLDEST_JAVA:
        return f"Spark is not tested: Java {OLDEST_JAVA} or newer is needed."
    return None


def spark_environment(folder: Path) -> dict[str, str]:
    """Make the configuration of a local Spark that keeps all it writes in a folder.

    Arguments: folder (is made).
    Returns: environment variables for a process that starts Spark.
    """
    configuration = folder / "conf"
    shutil.copytree(ROOT / "scripts" / "spark", configuration)
    defaults = configuration / "spark-defaults.conf"
    # the last value given for a setting counts
    settings = {
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": folder / "tables",
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={folder / 'metastore'};create=true"
        ),
        # a small machine compiles and collects while others work
        "spark.driver.extraJavaOptions": (
            f"-Dderby.stream.error.file={folder / 'derby.log'} -XX:TieredStopAtLevel=1"
            " -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
        ),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": folder / "spill",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.constraintPropagation.enabled": "false",
    }
    lines = [f"{name} {value}" for name, value in settings.items()]
    defaults.write_text(defaults.read_text(encoding="utf-8") + "\n".join(["", *lines, ""]))
    return {"SPARK_CONF_DIR": str(configuration)}


@contextlib.contextmanager
def spark(folder: Path) -> Iterator[Any]:
    """Open a session in this process, with a catalog in memory; dbt's session method takes it.

    Spark holds the plans of each statement until Python collects what named it. By itself Python
    does so after a quarter more objects than there are, of which dbt's manifests have millions: by
    then Spark's memory is full.

    Arguments: folder (for all it writes).
    Yields: SparkSession.
    """
    from pyspark.sql import SparkSession

    def collect() -> None:
        while not ended.wait(SECONDS_BETWEEN_COLLECTIONS):
            gc.collect()

    ended = threading.Event()
    before = dict(os.environ)
    os.environ.update(spark_environment(folder))
    os.environ.pop("SPARK_REMOTE", None)
    try:
        builder = SparkSession.builder.config("spark.sql.catalogImplementation", "in-memory")
        session = builder.getOrCreate()
    finally:
        os.environ.clear()
        os.environ.update(before)
    collector = threading.Thread(target=collect, daemon=True)
    collector.start()
    try:
        yield session
    finally:
        ended.set()
        collector.join()
        session.stop()


@pytest.fixture(scope="session")
def spark_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running session, shared by all tests of a process; each uses schemas of its own."""
    need(spark_missing())
    with spark(tmp_path_factory.mktemp("spark")) as session:
        yield session


@contextlib.contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """Start a standalone cluster on this machine: a master, two workers, and Spark Connect.

    Arguments: folder (for all it writes).
    Yields: its address, for SPARK_REMOTE.
    """
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | spark_environment(folder)
    environment |= {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment.pop("SPARK_REMOTE", None)
    port, *ports = free_ports(7)
    master = f"spark://127.0.0.1:{ports[0]}"
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.executor.memory": "1g",
        "spark.sql.catalogImplementation": "in-memory",
        # so that both have something to do
        "spark.sql.shuffle.partitions": 2,
    }

    def start(name: str, port: int, program: str, *arguments: object) -> None:
        """Start a process that ends with the stack, and wait until it listens on its port."""
        command = [str(home / "bin" / program), *map(str, arguments)]
        log = folder / f"{name}.log"
        with log.open("w") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        started.callback(process.wait)
        started.callback(process.terminate)
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
        raise AssertionError(log.read_text())

    def start_daemon(name: str, kind: str, port: int, web_port: int, *arguments: object) -> None:
        program = ("spark-class", f"org.apache.spark.deploy.{kind}")
        places = ("--host", "127.0.0.1", "--port", port, "--webui-port", web_port)
        start(name, port, *program, *places, *arguments)

    with contextlib.ExitStack() as started:
        start_daemon("master", "master.Master", *ports[:2])
        for name, of_worker in (("one", ports[2:4]), ("two", ports[4:])):
            resources = ("--cores", 1, "--memory", "1g", "--work-dir", folder / name)
            start_daemon(name, "worker.Worker", *of_worker, *resources, master)
        server = ("--class", "org.apache.spark.sql.connect.service.SparkConnectServer")
        options = [f"--conf={name}={value}" for name, value in settings.items()]
        start("connect", port, "spark-submit", *server, "--master", master, *options)
        yield f"sc://127.0.0.1:{port}"


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as opened:
        sockets = [
            opened.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in sockets]


# -- OpenSSH ------------------------------------------------------------------------------------


def openssh_missing() -> str | None:
    """Say what is missing here for tests of SFTP; none where they can run."""
    if not importlib.util.find_spec("paramiko"):
        return "SFTP is not tested: paramiko is not installed."
    if not shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")):
        return "SFTP is not tested: there is no sshd (Debian: openssh-server)."
    return None


@pytest.fixture
def sftp_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty folder on a running OpenSSH server that this user may log in to.

    $HOME has the key to it, and knows the server.
    """
    need(openssh_missing())
    folder, ssh = tmp_path / "sshd", tmp_path / "home" / ".ssh"
    folder.mkdir()
    ssh.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(ssh.parent))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    for key in (folder / "host_key", ssh / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": ssh / "id_ed25519.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "Subsystem": "sftp internal-sftp",
    }
    (folder / "config").write_text("".join(f"{k} {v}\n" for k, v in settings.items()))
    host_key = (folder / "host_key.pub").read_text()
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    if os.geteuid() == 0:
        # where the server leaves its rights behind
        Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
    command = [program, "-D", "-e", "-f", str(folder / "config")]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        else:
            raise AssertionError((folder / "log").read_text())
        user = pwd.getpwuid(os.geteuid()).pw_name
        yield f"sftp://{user}@127.0.0.1:{port}{tmp_path}/sets"
    finally:
        server.terminate()
        server.wait()


# -- Chromium -----------------------------------------------------------------------------------


def chromium_missing() -> str | None:
    """Say what is missing here for tests in a browser; none where they can run."""
    for module in ("playwright", "axe_playwright_python"):
        if not importlib.util.find_spec(module):
            return f"Pages are not tested in a browser: {module} is not installed."
    if not shutil.which("chromium"):
        return "Pages are not tested in a browser: there is no Chromium (Debian: chromium)."
    return None


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running Chromium without a window (a Browser of Playwright)."""
    need(chromium_missing())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield browser
        browser.close()
