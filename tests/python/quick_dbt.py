"""Real dbt runs that begin at once: one process reads the project, each run is a fork of it.

A run is a process of its own, with its own environment, exit code and output, and can be killed.
What a command line would do first, importing dbt and parsing the project, is done once. Settings
that are already wrong while dbt parses are for `harness.run_dbt`.

What dbt made of a project is kept in target/parsed, by the content of all its files: whoever has
the same copy again, another worker or the next session, does not parse it again.
"""

import atexit
import contextlib
import fcntl
import functools
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from harness import ROOT, copy_project

PARSED = ROOT / "target" / "parsed"
KEPT = 12


@dataclass
class Run:
    """One dbt run, perhaps still under way."""

    pid: int
    output_file: Path
    exit_file: Path
    started_at: float = field(default_factory=time.monotonic)

    @property
    def output(self) -> str:
        """What dbt printed so far."""
        if not self.output_file.exists():
            return ""
        return self.output_file.read_text(encoding="utf-8")

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self.exit_file.exists()

    @property
    def exit_code(self) -> int:
        """Its exit code; -9 where it was killed."""
        return int(self.exit_file.read_text())

    def wait(self, seconds: float = 600) -> "Run":
        """Wait for the end.

        Arguments: seconds (at most).
        Returns: the run.
        Raises: AssertionError with dbt's output where it takes longer.
        """
        self.wait_until(lambda: self.is_over, seconds)
        assert self.is_over, self.output
        return self

    def wait_until(self, holds: Callable[[], bool], seconds: float = 240) -> None:
        """Wait until a condition holds or the run is over, looking a thousand times a second."""
        until = time.monotonic() + seconds
        while not holds() and not self.is_over and time.monotonic() < until:
            time.sleep(0.001)

    def kill(self) -> "Run":
        """End it as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()


class QuickDbt:
    """A copy of the project, parsed once.

    Arguments: changes (called with the copy's folder before it is parsed, or none), whole (whether
    it has what `leave_out_the_many` takes away), engine (a target of profiles.yml).
    """

    def __init__(
        self,
        changes: Callable[[Path], None] | None = None,
        whole: bool = False,
        engine: str = "duckdb",
    ) -> None:
        """Copy and parse the project."""
        self.folder = Path(tempfile.mkdtemp(prefix="quick_dbt_"))
        self.project, self.target = self.folder / "project", self.folder / "target"
        copy_project(self.project)
        if not whole:
            leave_out_the_many(self.project)
        if changes:
            changes(self.project)
        with parsed_once(self.project, self.target, engine):
            self.server = subprocess.Popen(
                [sys.executable, __file__, str(self.folder)],
                cwd=self.project,
                env=os.environ
                | {"DBT_USE_COLORS": "false", "PERSON_SALT": "", "DBT_TARGET": engine},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            answer = self.server.stdout.readline()
            assert answer == "ready\n", (self.folder / "parse_output").read_text(encoding="utf-8")
        self.runs = 0

    @functools.cached_property
    def manifest(self) -> dict:
        """What dbt makes of the project."""
        return json.loads((self.target / "manifest.json").read_text(encoding="utf-8"))

    def start(
        self,
        *arguments: str,
        folder: Path,
        variables: dict | None = None,
        target: Path | None = None,
        **env: str,
    ) -> Run:
        """Begin a run.

        Arguments: arguments (dbt's), folder (holds build.duckdb and shop.duckdb), variables (vars),
        target (where dbt writes its JSON files, or none), env (environment variables).
        Returns: the run, under way.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.runs += 1
        place = self.folder / f"run_{self.runs}"
        place.mkdir()
        command = {
            "place": str(place),
            "arguments": [
                *arguments,
                *(() if target else ("--no-write-json",)),
                *("--log-level-file", "none", "--log-path", str(place / "logs")),
                *("--target-path", str(target or place / "target")),
                *("--vars", json.dumps(variables or {})),
            ],
            "env": {
                "BUILD_FILE": str(folder / "build.duckdb"),
                "PUBLISHED_FILE": str(folder / "shop.duckdb"),
                "DUCKDB_TEMP_DIRECTORY": str(folder / "spill"),
                **env,
            },
        }
        self.server.stdin.write(json.dumps(command) + "\n")
        self.server.stdin.flush()
        pid = int(self.server.stdout.readline())
        return Run(pid, place / "output", place / "exit_code")

    def run(self, *arguments: str, folder: Path, check: bool = True, **others: object) -> Run:
        """Begin a run and wait for its end.

        Arguments: as of `start`; check (fail the test where dbt fails).
        Returns: the run, over.
        Raises: AssertionError with dbt's output where check is set and dbt failed.
        """
        run = self.start(*arguments, folder=folder, **others).wait()
        assert not check or run.exit_code == 0, run.output
        return run

    def close(self) -> None:
        """End the process and remove the copy."""
        self.server.stdin.close()
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def parsed_once(project: Path, target: Path, engine: str = "duckdb") -> Iterator[None]:
    """Lay what dbt made of the same files before into the target path; keep it where it is new.

    Arguments: project (folder), target (path; dbt parses in the body, without vars), engine (a
    target of profiles.yml). Whoever comes meanwhile with the same files waits.
    """
    seen = hashlib.sha256(f"{engine} {version('dbt-core')} {version('dbt-adapters')}".encode())
    for path in sorted(path for path in project.rglob("*") if path.is_file()):
        seen.update(f"{path.relative_to(project)}\n".encode() + path.read_bytes())
    PARSED.mkdir(parents=True, exist_ok=True)
    kept, made = PARSED / f"{seen.hexdigest()}.msgpack", target / "partial_parse.msgpack"
    with kept.with_suffix(".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        target.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            shutil.copyfile(kept, made)
            kept.touch()
        yield
        if not kept.exists():
            shutil.copyfile(made, kept)
    for old in sorted(PARSED.glob("*.msgpack"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)


def leave_out_the_many(project: Path) -> None:
    """Remove what a test of a run itself does not need: it takes most of a run's time.

    Arguments: project (a copy, which loses its unit tests, singular tests, the tests of its staging
    and intermediate models, its analyses, all segments but those of the lifecycle, what is said of
    segments and products but for their sizes and the health of the data, what services pull, the
    queue of campaigns, the metrics and the exposures, which name others). The tests of the project
    itself pass or fail on the same shop in `conftest.built_edge_shop`.
    """
    with (project / "dbt_project.yml").open("a", encoding="utf-8") as settings:
        settings.write("data_tests:\n  shop_segments:\n")
        for room in ("staging", "intermediate"):
            settings.write(f"    {room}: {{+enabled: false}}\n")
    for folder in (project / "analyses", *(project / "tests").iterdir()):
        if folder.name != "generic":
            shutil.rmtree(folder)
    for path in project.rglob("*unit_tests.yml"):
        path.unlink()
    gone = set()
    for family in (project / "models" / "marts" / "segments").iterdir():
        if family.name != "lifecycle":
            gone.add(f"    '{family.name}',\n")
            shutil.rmtree(family)
    stack = project / "models" / "marts" / "membership" / "segment_memberships.sql"
    lines = stack.read_text(encoding="utf-8").splitlines(keepends=True)
    stack.write_text("".join(line for line in lines if line not in gone), encoding="utf-8")
    shutil.rmtree(project / "models" / "proof")
    shutil.rmtree(project / "models" / "intermediate" / "products")
    for path in (project / "models" / "marts" / "membership").glob("*recommendations*"):
        path.unlink()
    for path in (project / "models" / "activation").glob("*.sql"):
        if path.stem not in ("contact_permissions", "contact_points", "contactability"):
            path.unlink()
    for path in (project / "models" / "marts" / "insights").iterdir():
        if path.suffix == ".sql" and path.stem not in ("data_health", "segment_sizes"):
            path.unlink()
    (project / "models" / "_exposures.yml").unlink()
    (project / "models" / "marts" / "_metrics.yml").unlink()


@functools.cache
def quick_dbt(whole: bool = False) -> QuickDbt:
    """The project as it is, or what a run itself needs of it, read once for all test modules.

    Arguments: whole (as of QuickDbt).
    """
    started = QuickDbt(whole=whole)
    atexit.register(started.close)
    return started


def serve(folder: Path) -> None:
    """Parse the project in the current folder, then fork a run for each line of standard input."""
    from dbt.cli.main import dbtRunner

    answers = os.fdopen(os.dup(1), "w")
    with (folder / "parse_output").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    paths = ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    parsed = dbtRunner().invoke(["parse", *paths])
    if not parsed.success:
        raise SystemExit((folder / "parse_output").read_text())
    for node in parsed.result.nodes.values():
        if node.resource_type == "seed":
            # of the copy that was parsed first
            node.root_path = str(Path.cwd())
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        place = Path(command["place"])
        pid = os.fork()
        if pid == 0:
            # a grandchild runs; its parent waits for it, so that a kill is seen at once
            run_pid = os.fork()
            if run_pid == 0:
                run_here(dbtRunner(manifest=parsed.result), command)
            print(run_pid, file=answers, flush=True)
            _, status = os.waitpid(run_pid, 0)
            (place / "exit_code.part").write_text(str(os.waitstatus_to_exitcode(status)))
            (place / "exit_code.part").rename(place / "exit_code")
            os._exit(0)


def run_here(runner: object, command: dict) -> None:
    """Run dbt in this process and end it with dbt's exit code."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    with (Path(command["place"]) / "output").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.environ.update(command["env"])
    exit_code = 2
    try:
        result = runner.invoke(command["arguments"])
        exit_code = 0 if result.success else 1 if result.exception is None else 2
        DuckDBConnectionManager.close_all_connections()
    finally:
        sys.stdout.flush()
        os._exit(exit_code)


if __name__ == "__main__":
    # a reader of Ctrl-C: pytest ends this process by closing its standard input
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    serve(Path(sys.argv[1]))
