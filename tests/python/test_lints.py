"""The linters of `make lint` notice what they are there for."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import raw_files
from harness import ROOT, run_dbt

BIN = Path(sys.executable).parent
YAMLLINT = ["yamllint", "--strict", "-"]
RUFF_CHECK = ["ruff", "check", "--stdin-filename", "scripts/any.py", "-"]
RUFF_FORMAT = ["ruff", "format", "--check", "--stdin-filename", "scripts/any.py", "-"]
# plain SQL needs no templating, which is what takes long
SQLFLUFF = ["sqlfluff", "lint", "--templater", "raw", "--processes", "1", "-"]


def exit_code(command: list[str], text: str) -> int:
    """What a linter of the environment says to a text, judged by the project's settings."""
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        input=text,
        text=True,
        capture_output=True,
        check=False,
    ).returncode


@pytest.mark.parametrize(
    ("command", "good", "bad"),
    [
        (YAMLLINT, "a: 1\n", "a: 1\na: 2\n"),
        (YAMLLINT, "a:\n  - b\n", "a:\n    - b\n  # c\n"),
        (YAMLLINT, "a: true\n", "a: yes\n"),
        (RUFF_CHECK, '"""What."""\n', '"""What."""\n\nimport os\n'),
        (RUFF_FORMAT, "a = 1\n", "a=1\n"),
        (SQLFLUFF, "select a\nfrom b\n", "SELECT a\nfrom b\n"),
        (SQLFLUFF, "select a\nfrom b\n", "SELECT a -- noqa\nfrom b\n"),
        (SQLFLUFF, "select\n    a,\n    b\nfrom c\n", "select\n    a\n    , b\nfrom c\n"),
        (SQLFLUFF, "select a -- b\nfrom c\n", f"select a -- {'b' * 100}\nfrom c\n"),
    ],
)
def test_linter_notices(command: list[str], good: str, bad: str) -> None:
    assert exit_code(command, good) == 0
    assert exit_code(command, bad) != 0


def test_the_lint_of_dbt_notices_a_test_that_is_lost(tmp_path: Path) -> None:
    """A test whose ref is misspelled disappears with a mere warning, so warnings are errors."""
    project = "name: small\nprofile: shop_segments\n"
    (tmp_path / "dbt_project.yml").write_text(project, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "lost.sql").write_text("select 1 from {{ ref('peple') }}", "utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (gate,) = re.findall(r"bin/dbt (--quiet --warn-error .*parse)$", makefile, re.MULTILINE)
    where = ("--project-dir", os.fspath(tmp_path), "--profiles-dir", os.fspath(ROOT))
    done = run_dbt(*gate.split(), *where, folder=tmp_path / "run", check=False)
    assert done.returncode != 0
    assert "peple" in done.stdout + done.stderr


@pytest.mark.full
def test_every_model_and_column_gets_into_the_docs(tmp_path: Path) -> None:
    run_dbt("--warn-error", "docs", "generate", "--static", folder=tmp_path)
    assert (tmp_path / "target" / "static_index.html").stat().st_size > 1_000_000


def test_the_tests_follow_the_lints() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\nlint:")[1].split("\n\n")[0]
    linters = ("ruff check", "ruff format", "yamllint --strict .", "parse")
    linters += ("sqlfluff lint $$files",)
    for linter in linters:
        assert f"bin/{linter}" in recipe.replace("dbt --quiet --warn-error --no-partial-parse ", "")
    # all of it, but for what has passed since it was changed
    assert 'files="models tests analyses"; ' in recipe
    assert "\ntest: lint " in makefile


def test_the_sql_of_every_adapter_is_judged() -> None:
    """Models of a system that sources do not name are passed over with a warning."""
    linters = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    named = linters["sqlfluff"]["templater"]["dbt"]["context"]["sources"]
    assert sorted(named) == sorted(system["name"] for system in raw_files.systems())
