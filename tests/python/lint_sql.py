"""Lint the SQL with sqlfluff, on a copy in which the recounts' queries are one line each.

sqlfluff judges no line that a macro wrote, but parses them all, once for each test that calls it:
the queries that all recounts share took more time than everything else together.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from harness import ROOT, copy_project

SHARED_QUERY = re.compile(
    r"(?P<head>\{% macro \w+\((?P<arguments>[^)]*)\) -%\}\n"
    r"    \{#-\n(?:(?!-#\}).)*?Returns: SQL query.*?-#\}\n)"
    r"(?P<query>.*?)"
    r"(?P<end>\{%- endmacro %\})",
    re.DOTALL,
)
READ = re.compile(r"(?:from|join) \{\{ (\w+) \}\}")


def shortened(macro: re.Match[str]) -> str:
    """Write a macro anew whose query is one line, which reads the arguments that its query read.

    Arguments: macro (match of SHARED_QUERY).
    Returns: its text; as it was where it hands its arguments on to another macro alone.
    """
    if not re.search(r"\bfrom\b", macro["query"]):
        return macro[0]
    arguments = re.findall(r"(\w+)(?:=[^,]*)?", macro["arguments"])
    read = [name for name in dict.fromkeys(READ.findall(macro["query"])) if name in arguments]
    tables = " cross join ".join(f"{{{{ {name} }}}}" for name in read)
    query = f"    select 1 as one{' from ' if read else ''}{tables}\n"
    return f"{macro['head']}{query}{macro['end']}"


def shorten(macros: Path) -> int:
    """Let the macros of a folder that write a query write a short one.

    Arguments: macros (folder; its files are changed).
    Returns: how many macros there were.
    """
    found = 0
    for path in sorted(macros.glob("*.sql")):
        text, count = SHARED_QUERY.subn(shortened, path.read_text("utf-8"))
        path.write_text(text, encoding="utf-8")
        found += count
    return found


def main() -> int:
    """Lint a copy of the project.

    Arguments: of the command line: a folder for the copy, then sqlfluff's own.
    Returns: sqlfluff's exit code.
    """
    copy = Path(sys.argv[1])
    copy_project(copy)
    for name in (".sqlfluff", ".sqlfluffignore"):
        (copy / name).write_bytes((ROOT / name).read_bytes())
    assert shorten(copy / "macros" / "recount"), "no query of the recounts was found"
    (copy / os.environ.get("BUILD_FILE", "warehouse/build.duckdb")).parent.mkdir(parents=True)
    sqlfluff = Path(sys.executable).with_name("sqlfluff")
    command = [str(sqlfluff), "lint", "models", "tests", "analyses", *sys.argv[2:]]
    return subprocess.run(command, cwd=copy, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
