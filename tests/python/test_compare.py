"""What other settings or another commit make of the same data is said, and nothing is published."""

import re
import subprocess
from pathlib import Path

import compare
import pytest
from quick_dbt import quick_dbt

# three buyers 10, 100 and 200 days before the newest order, and somebody who never bought
CUSTOMERS = "customer_id,email,created_at\n" + "".join(
    f"{who},,2025-01-01T08:00:00Z\n" for who in ("ann", "ben", "cleo", "dora")
)
ORDERS = "order_id,customer_id,email,ordered_at,status,currency,subtotal_amount\n" + "".join(
    f"{who}{day},{who},,2025-{day}T12:00:00Z,paid,EUR,{amount}\n"
    for who, day, amount in (
        *(("ann", "01-10", 10), ("ann", "02-10", 10), ("ann", "03-10", 10)),
        *(("ben", "01-10", 20), ("ben", "02-10", 20), ("cleo", "03-20", 40)),
    )
)


def builder(project: Path, folder: Path, variables: dict) -> None:
    """Build as `compare.build` does, without reading the project anew."""
    run = quick_dbt().run(
        *("build", "--exclude-resource-type", "test", "unit_test", "--select", *compare.SELECTED),
        folder=folder,
        variables=variables | {"loaded_until": "2025-03-22 00:00:00"},
        check=False,
    )
    if run.exit_code:
        raise compare.Problem(run.output)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw folder of the small shop."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return folder


def test_moved_members_and_stages_are_said_and_nothing_is_published(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # e = 31 days for ben, last on 10 February, 38 days ago: at risk from 47 days, or from 31
    settings = f"{{at_risk_multiplier: 1, raw_location: '{shop}'}}"
    options = ["--vars", settings, "--folder", str(tmp_path), "--examples", "5"]
    assert compare.main(options, builder) == 0
    text = capsys.readouterr().out
    markdown = (tmp_path / "compare.md").read_text(encoding="utf-8")
    assert "repeat_customers → at_risk_customers: 1 (40)" in text
    assert "came c:ben · 38 · 2025-02-10 12:00" in text
    rows = [line.split() for line in text.splitlines()]
    assert ["at_risk_customers", "0", "1", "1", "0", "0", "40"] in rows
    assert ["repeat_customers", "1", "0", "0", "1", "40", "0"] in rows
    assert "5 of 7 segments keep their members." in text
    assert "| `at_risk_customers` | 0 | 1 | 1 | 0 | 0 | 40 | 40 | 0 |" in markdown
    assert "| repeat_customers | at_risk_customers | 1 | 40 |" in markdown
    assert "| `repeat_customers` | went | c:ben | 2 |" in markdown
    assert not list(tmp_path.rglob("never_published*"))
    # what was before is kept; a file that changes makes it anew
    made = []
    comparison = compare.make_comparison(
        {"raw_location": str(shop)},
        "",
        0,
        tmp_path,
        lambda *a: (made.append(a[1].name), builder(*a)),
    )
    assert made == ["after"]
    assert (comparison.changed, comparison.stages, comparison.reworded) == ([], [], [])
    assert "Nobody changes stage." in comparison.text()
    assert "7 of 7 segments keep their members." in comparison.markdown()
    (shop / "orders.csv").write_text(ORDERS + "x,dora,,2025-03-20T12:00:00Z,paid,EUR,1\n")
    assert compare.raw_stamp(str(shop)) != compare.raw_stamp(str(tmp_path))


def test_rules_that_read_differently_are_in_the_markdown() -> None:
    numbers = (1, 1, 0, 0, 5, 5, 0, 0)
    segments = [
        compare.Segment("vip", *numbers, "Above 500.", "Above 300."),
        compare.Segment("old", *numbers, "Old.", None),
        compare.Segment("same", *numbers, "Same.", "Same."),
    ]
    found = compare.Comparison("a → b", ("2025-03-20", "2025-03-21"), segments, [])
    assert "- `vip`: Above 500. → Above 300." in found.markdown()
    assert "- `old`: Old. → (gone)" in found.markdown()
    assert "- `same`" not in found.markdown()
    assert "as of 2025-03-20 and 2025-03-21" in found.text()


def test_another_commit_is_laid_out_and_the_repository_stays_as_it_is(tmp_path: Path) -> None:
    repository, folder = tmp_path / "repository", tmp_path / "checkout"
    repository.mkdir()

    def git(*arguments: str) -> str:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        return subprocess.check_output(["git", "-C", str(repository), *who, *arguments], text=True)

    git("init", "--quiet", "--initial-branch", "main")
    for text in ("vars: {a: 1}\n", "vars: {a: 2}\n"):
        (repository / "dbt_project.yml").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "--message", "Say what a is")
    first = git("rev-parse", "HEAD~1").strip()
    (repository / "dbt_project.yml").write_text("vars: {a: 3}\n")
    before = git("status", "--porcelain"), git("worktree", "list")
    assert compare.checked_out("HEAD~1", folder, repository) == first
    assert compare.settings_of(folder) == {"a": 1}
    compare.checked_out("main", folder, repository)
    assert compare.settings_of(folder) == {"a": 2}
    assert (git("status", "--porcelain"), git("worktree", "list")) == before
    with pytest.raises(compare.Problem, match="no commit v9"):
        compare.checked_out("v9", folder, repository)
    with pytest.raises(compare.Problem, match="no git repository"):
        compare.checked_out("main", folder, Path("/"))


@pytest.mark.full
def test_the_whole_project_is_compared_with_its_last_commit(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it is called, with dbt itself on both sides; what is published stays unwritten."""
    options = ["--ref", "HEAD", "--vars", f"{{raw_location: '{shop}'}}", "--folder", str(tmp_path)]
    assert compare.main(options) == 0
    text = capsys.readouterr().out
    assert "Nobody changes stage." in text
    [(kept, of)] = re.findall(r"(\d+) of (\d+) segments keep their members", text)
    assert kept == of
    assert int(of) > 80
    assert {path.name for path in tmp_path.glob("*/build.duckdb")} == {"build.duckdb"}
    assert not list(tmp_path.rglob("never_published*"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Say what to compare"),
        (["--vars", "{a"], "no YAML"),
        (["--vars", "vip"], "names no setting"),
        (["--ref", "no-such-commit"], "no commit no-such-commit"),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_sentence(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main([*options, "--folder", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    assert said in errors
    assert "Traceback" not in errors


def test_an_unknown_setting_is_named(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = f"{{vip_threshold: 1, raw_location: '{shop}'}}"
    assert compare.main(["--vars", settings, "--folder", str(tmp_path)], builder) == 1
    assert "vip_threshold is not a setting" in capsys.readouterr().err
