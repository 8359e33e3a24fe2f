"""Say what other settings, or another commit, would make of the same raw data.

    python scripts/compare.py --vars '{vip_min_lifetime_value: 300}'
    python scripts/compare.py --ref main --examples 5

Before is the project with its own settings, or as it was at a commit; after is the project as it
is, with the settings given. Both are built into a folder of their own: what is published, and the
build file, are neither read nor changed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[1]
FOLDER = PROJECT / "target" / "compare"
SELECTED = ("+segment_memberships", "+segment_definitions", "+people")
CODE = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "scripts")
NOTHING_ASKED = (
    "Say what to compare: make compare VARS='{vip_min_lifetime_value: 300}' or"
    " make compare REF=main"
)
# what is needed of a build; views name the database they were made in, so it keeps its name
TAKEN = {
    "people": "select person_id, is_contact, stage, net_revenue_12_months_amount as revenue"
    " from build.core.people",
    "definitions": "select segment, rule from build.membership.segment_definitions",
    "members": "select segment, person_id, max(evidence) as evidence,"
    " max(evidence_at) as evidence_at, min(expires_on) as expires_on"
    " from build.membership.segment_memberships group by segment, person_id",
    "days": "select as_of_on from build.intermediate.as_of",
}
SEGMENTS = """
    with people as (
        select
            coalesce(b.segment, a.segment) as segment,
            b.segment is not null as was,
            a.segment is not null as is_,
            coalesce(pb.revenue, 0) as revenue_before,
            coalesce(pa.revenue, 0) as revenue_after
        from before_members as b
        full join after_members as a on b.segment = a.segment and b.person_id = a.person_id
        left join before_people as pb on b.person_id = pb.person_id
        left join after_people as pa on a.person_id = pa.person_id
    ),
    sums as (
        select
            segment,
            count(*) filter (where was) as before,
            count(*) filter (where is_) as after,
            count(*) filter (where not was) as come,
            count(*) filter (where not is_) as gone,
            sum(revenue_before) as revenue_before,
            sum(revenue_after) as revenue_after,
            coalesce(sum(revenue_after) filter (where not was), 0) as revenue_come,
            coalesce(sum(revenue_before) filter (where not is_), 0) as revenue_gone
        from people
        group by segment
    )
    select
        segment, coalesce(before, 0), coalesce(after, 0), coalesce(come, 0), coalesce(gone, 0),
        coalesce(revenue_before, 0), coalesce(revenue_after, 0),
        coalesce(revenue_come, 0), coalesce(revenue_gone, 0), b.rule, a.rule
    from before_definitions as b
    full join after_definitions as a using (segment)
    left join sums using (segment)
    order by coalesce(come, 0) + coalesce(gone, 0) desc, segment
"""
STAGES = """
    select coalesce(b.stage, '(nobody)'), coalesce(a.stage, '(nobody)'), count(*),
        sum(coalesce(a.revenue, b.revenue, 0))
    from (from before_people where is_contact) as b
    full join (from after_people where is_contact) as a using (person_id)
    where b.stage is distinct from a.stage
    group by all
    order by 3 desc, 1, 2
"""
EXAMPLES = """
    select person_id, evidence, evidence_at, expires_on from {side}_members as x
    where segment = ? and not exists (
        from {other}_members as y where y.segment = x.segment and y.person_id = x.person_id
    )
    order by person_id limit ?
"""


class Problem(Exception):
    """What keeps a comparison from being made, and what to do."""


@dataclass
class Segment:
    """A segment before and after; revenue is net revenue of 12 months."""

    name: str
    before: int
    after: int
    come: int
    gone: int
    revenue_before: float
    revenue_after: float
    revenue_come: float
    revenue_gone: float
    rule_before: str | None
    rule_after: str | None
    # who came and who went: person_id, evidence, evidence_at, expires_on
    examples: dict[str, list[tuple]] = field(default_factory=dict)


@dataclass
class Comparison:
    """What differs between two builds of the same raw data."""

    what: str
    days: tuple[str, str]
    segments: list[Segment]
    stages: list[tuple[str, str, int, float]]

    @property
    def changed(self) -> list[Segment]:
        """Segments somebody came to or went from, those with most of them first."""
        return [segment for segment in self.segments if segment.come or segment.gone]

    @property
    def reworded(self) -> list[Segment]:
        """Segments whose rule reads differently."""
        return [segment for segment in self.segments if segment.rule_before != segment.rule_after]

    def text(self) -> str:
        """The comparison for a terminal."""
        lines = [f"{self.what}, as of {' and '.join(dict.fromkeys(self.days))}", ""]
        if self.changed:
            lines.append(
                f"  {'':<32}{'members':>20}{'':>20}{'net revenue of 12 months':>28}\n"
                f"  {'segment':<32}{'before':>10}{'after':>10}{'come':>10}{'gone':>10}"
                f"{'before':>14}{'after':>14}"
            )
        for segment in self.changed:
            lines.append(
                f"  {segment.name:<32}{segment.before:>10,}{segment.after:>10,}"
                f"{segment.come:>10,}{segment.gone:>10,}"
                f"{segment.revenue_before:>14,.0f}{segment.revenue_after:>14,.0f}"
            )
            for side, people in segment.examples.items():
                lines += [f"      {side} {' · '.join(shown(row))}" for row in people]
        unchanged = len(self.segments) - len(self.changed)
        lines.append(f"  {unchanged} of {len(self.segments)} segments keep their members.")
        if self.stages:
            lines += ["", "  Stages that change hands (contacts, net revenue of 12 months):"]
            lines += [
                f"    {before} → {after}: {contacts:,} ({revenue:,.0f})"
                for before, after, contacts, revenue in self.stages
            ]
        else:
            lines.append("  Nobody changes stage.")
        return "\n".join(lines)

    def markdown(self) -> str:
        """The comparison for a pull request."""
        days = " and ".join(dict.fromkeys(self.days))
        lines = [
            f"### {self.what}",
            "",
            f"Same raw data, as of {days}. Revenue is net, of 12 months.",
            "",
        ]
        if self.changed:
            lines += [
                "| segment | members before | after | come | gone"
                " | revenue before | after | of who came | of who went |",
                "| --- |" + " ---: |" * 8,
            ]
        lines += [
            f"| `{s.name}` | {s.before:,} | {s.after:,} | {s.come:,} | {s.gone:,}"
            f" | {s.revenue_before:,.0f} | {s.revenue_after:,.0f}"
            f" | {s.revenue_come:,.0f} | {s.revenue_gone:,.0f} |"
            for s in self.changed
        ]
        unchanged = len(self.segments) - len(self.changed)
        lines += ["", f"{unchanged} of {len(self.segments)} segments keep their members.", ""]
        if self.stages:
            lines += [
                "| stage before | after | contacts | revenue |",
                "| --- | --- | ---: | ---: |",
            ]
            lines += [f"| {b} | {a} | {n:,} | {amount:,.0f} |" for b, a, n, amount in self.stages]
        else:
            lines.append("Nobody changes stage.")
        if self.reworded:
            lines += ["", "Rules that read differently:", ""]
            lines += [
                f"- `{s.name}`: {s.rule_before or '(no such segment)'} → {s.rule_after or '(gone)'}"
                for s in self.reworded
            ]
        with_examples = [segment for segment in self.changed if segment.examples]
        if with_examples:
            lines += [
                "",
                "| segment | | person_id | evidence | newest fact | leaves on |",
                "| --- | --- | --- | ---: | --- | --- |",
            ]
        for segment in with_examples:
            for side, people in segment.examples.items():
                lines += [
                    f"| `{segment.name}` | {side} | " + " | ".join(shown(p)) + " |" for p in people
                ]
        return "\n".join(lines) + "\n"


def shown(example: tuple) -> list[str]:
    """A person of the examples as texts: person_id, evidence, time of the newest fact, last day."""
    person_id, evidence, evidence_at, expires_on = example
    number = f"{evidence:f}".rstrip("0").rstrip(".") if evidence is not None else "–"
    return [person_id, number, f"{evidence_at:%Y-%m-%d %H:%M}", str(expires_on or "–")]


def compare(before: Path, after: Path, what: str, examples: int = 0) -> Comparison:
    """Compare two builds.

    Arguments: before, after (build files, each called build.duckdb), what (a heading), examples
    (how many people who came, and who went, are named for each segment).
    Returns: what differs.
    """
    # a file of its own, so that the members of a large shop spill
    scratch = after.parent / "comparison.duckdb"
    scratch.unlink(missing_ok=True)
    with duckdb.connect(str(scratch)) as connection:

        def rows(query: str, *parameters: object) -> list[tuple]:
            return connection.execute(query, list(parameters)).fetchall()

        for side, path in (("before", before), ("after", after)):
            connection.execute(
                f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as build (read_only)"
            )
            for name, query in TAKEN.items():
                connection.execute(f"create table {side}_{name} as {query}")
            connection.execute("detach build")
        segments = [Segment(*row) for row in rows(SEGMENTS)]
        for segment in segments if examples else []:
            for word, side, other in (("came", "after", "before"), ("went", "before", "after")):
                query = EXAMPLES.format(side=side, other=other)
                if people := rows(query, segment.name, examples):
                    segment.examples[word] = people
        days = tuple(str(rows(f"from {side}_days")[0][0]) for side in ("before", "after"))
        found = Comparison(what, days, segments, rows(STAGES))
    scratch.unlink()
    return found


def build(project: Path, folder: Path, variables: dict) -> None:
    """Build what a comparison needs of a project, and publish nothing.

    Arguments: project (folder), folder (for build.duckdb and what dbt writes), variables (vars).
    Raises: Problem with what dbt says where it fails.
    """
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "--no-use-colors", "build"]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--exclude-resource-type", "test", "unit_test", "--select", *SELECTED]
    places = {
        "BUILD_FILE": folder / "build.duckdb",
        "PUBLISHED_FILE": folder / "never_published.duckdb",
        "DUCKDB_TEMP_DIRECTORY": folder / "spill",
        "DBT_TARGET_PATH": folder / "target",
        "DBT_LOG_PATH": folder / "logs",
    }
    environment = os.environ | {name: str(path) for name, path in places.items()}
    done = subprocess.run(
        [*command, "--vars", json.dumps(variables)],
        **{
            "cwd": project,
            "env": environment,
            "capture_output": True,
            "text": True,
            "check": False,
        },
    )
    if done.returncode != 0:
        raise Problem(f"dbt could not build {folder.name}.\n{(done.stdout + done.stderr).strip()}")


def checked_out(ref: str, folder: Path, project: Path = PROJECT) -> str:
    """Lay the project as it was at a commit into a folder; the repository itself stays as it is.

    Arguments: ref (commit, branch or tag), folder (what was there is gone), project (folder of the
    repository). Returns: the commit's hash.
    Raises: Problem where this is no repository or it has no such commit.
    """

    def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", "-C", str(project), *arguments], capture_output=True, check=False
            )
        except FileNotFoundError as error:
            raise Problem("REF needs git, which is not installed.") from error

    inside = git("rev-parse", "--show-prefix")
    if inside.returncode != 0:
        raise Problem(
            f"{project} is in no git repository, so that there is no other commit: use VARS."
        )
    found = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode != 0:
        raise Problem(
            f"The repository has no commit {ref}. Name a commit, branch or tag (in CI: fetch it"
            " first)."
        )
    commit = found.stdout.decode().strip()
    archive = git("archive", "--format=tar", f"{commit}:{inside.stdout.decode().strip()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    if not (folder / "dbt_project.yml").is_file():
        raise Problem(f"At {ref} there is no dbt project in this folder.")
    return commit


def code_stamp(project: Path) -> str:
    """A hash of all files that a build depends on."""
    stamp = hashlib.sha256()
    for name in CODE:
        files = (
            [project / name] if (project / name).is_file() else sorted((project / name).rglob("*"))
        )
        for path in files:
            if path.is_file() and "__pycache__" not in path.parts:
                stamp.update(f"{path.relative_to(project)}\n".encode() + path.read_bytes())
    return stamp.hexdigest()


def raw_stamp(location: str) -> list | None:
    """Name, size and time of each raw file; none where they are not on this machine's disk."""
    folder = Path(location)
    if "://" in location or not folder.is_dir():
        return None
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(path, path.stat()) for path in files]
    return [[str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns] for path, stat in stats]


def settings_of(project: Path) -> dict:
    """The vars of a project's dbt_project.yml."""
    return yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]


def read_vars(text: str) -> dict:
    """Read settings from the command line.

    Arguments: text (YAML or JSON). Returns: dict.
    Raises: Problem where it is none.
    """
    try:
        found = yaml.safe_load(text or "{}")
    except yaml.YAMLError as error:
        raise Problem(f"VARS is {text}, which is no YAML: write VARS='{{name: value}}'.") from error
    if not isinstance(found, dict):
        raise Problem(f"VARS is {text}, which names no setting: write VARS='{{name: value}}'.")
    return found


def make_comparison(
    variables: dict, ref: str, examples: int, folder: Path, builder: Callable = build
) -> Comparison:
    """Build both sides and compare them.

    Arguments: variables (settings of after), ref (commit of before; empty: the project as it is),
    examples (as of `compare`), folder (for both sides), builder (as `build`).
    Raises: Problem where that can't be done.
    """
    if not variables and not ref:
        raise Problem(NOTHING_ASKED)
    settings = settings_of(PROJECT)
    location = str(variables.get("raw_location", settings["raw_location"]))
    if "://" not in location:
        location = str(PROJECT / location)
    project, before, after = PROJECT, folder / "before", folder / "after"
    what = ""
    if ref:
        project = folder / "checkout"
        what = f"{ref} ({checked_out(ref, project)[:10]}) → the project as it is"
    if variables:
        given = ", ".join(
            f"{name}: {json.dumps(value, default=str)}" for name, value in variables.items()
        )
        what += f"{' with ' if what else 'The settings as they are → '}{given}"
    shared = {"raw_location": location}
    salt = hashlib.sha256(os.environ.get("PERSON_SALT", "").encode()).hexdigest()
    stamp = json.dumps([code_stamp(project), shared, raw_stamp(location), salt])
    kept = before / "made_of.json"
    is_made = (
        kept.is_file() and raw_stamp(location) is not None and kept.read_text("utf-8") == stamp
    )
    # what depends on the day of the run is made anew
    is_made = is_made and settings_of(project).get("as_of") != "today"
    if not is_made:
        shutil.rmtree(before, ignore_errors=True)
        before.mkdir(parents=True)
        print("Building before …", file=sys.stderr, flush=True)
        builder(project, before, shared)
        kept.write_text(stamp, encoding="utf-8")
    shutil.rmtree(after, ignore_errors=True)
    after.mkdir(parents=True)
    if not ref:
        # the same statements: events that are kept are not loaded again
        shutil.copyfile(before / "build.duckdb", after / "build.duckdb")
    print("Building after …", file=sys.stderr, flush=True)
    builder(PROJECT, after, variables | shared)
    return compare(before / "build.duckdb", after / "build.duckdb", what, examples)


def main(arguments: list[str] | None = None, builder: Callable = build) -> int:
    """Read the command line, compare, print, and write the Markdown.

    Arguments: arguments (of the command line), builder (as `build`). Returns: exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vars", default="", help="other settings, as YAML")
    parser.add_argument("--ref", default="", help="another commit, branch or tag: what was before")
    parser.add_argument("--examples", type=int, default=0, help="people named per segment")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where both are built")
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    try:
        variables = read_vars(options.vars)
        found = make_comparison(variables, options.ref, options.examples, folder, builder)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    written = folder / "compare.md"
    written.write_text(found.markdown(), encoding="utf-8")
    print(found.text())
    print(f"\n  For a pull request: {written}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
