"""A toy with the project's own macros and hooks, in which a build is a matter of a second."""

from pathlib import Path

# what is in each room: materialization and select; each row says which build made it
MADE_BY = "'{{ invocation_id }}' as run_id"
DAY = "{{ var('loaded_until')[:10] if var('as_of') == 'latest' else var('as_of') }}"
MODELS = {
    "staging/contacts": ("table", f"select 1 as id, 'ann@example.com' as email, {MADE_BY}"),
    "intermediate/as_of": ("table", f"select cast('{DAY}' as date) as as_of_on"),
    "intermediate/facts": ("table", "select id, email, run_id from {{ ref('contacts') }}"),
    "core/people": ("view", "select id, run_id from {{ ref('facts') }}"),
    "segments/loyal": ("table", "select id, run_id from {{ ref('people') }}"),
    "membership/memberships": ("view", "select id, run_id from {{ ref('loyal') }}"),
    "insights/sizes": ("table", "select count(*) as people, max(run_id) as run_id"
                       " from {{ ref('loyal') }}"),
    "activation/lists": ("view", "select id, email, run_id from {{ ref('contacts') }}"),
    "proof/readings": ("table", "select id from {{ ref('contacts') }}"),
}  # fmt: skip
PUBLISHED = {"core", "segments", "membership", "insights"}
# enough rows that publishing them takes a moment
MANY = {
    "insights/many": (
        "table",
        f"select range as number, md5(range::varchar) as hash, as_of_on, {MADE_BY}"
        " from {{ ref('as_of') }} cross join range(400000)",
    )
}


def toy_project(project: Path, models: dict[str, tuple[str, str]] = MODELS) -> None:
    """Put the toy's models in the place of the project's.

    Arguments: project (a copy; its one test fails where BREAK is `test`, the proof's where it is
    `proof`), models (by room and name).
    """
    for kind in ("models", "seeds"):
        for path in sorted((project / kind).rglob("*.*")):
            path.unlink()
    described = []
    for name, (materialized, query) in models.items():
        room, model = name.split("/")
        path = project / "models" / f"{name}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"{{{{ config(schema='{room}', materialized='{materialized}',"
            f" tags={['proof'] * (room == 'proof')}) }}}}\n{query}\n"
        )
        described.append(
            f"  - name: {model}\n    description: The {model}'s 100 % description\n"
            "    columns: [{name: run_id, description: Which build made it}]\n"
        )
    (project / "models" / "_models.yml").write_text("models:\n" + "".join(described))
    failing = project / "tests" / "failing"
    failing.mkdir()
    (failing / "a_rule_is_broken.sql").write_text(
        "select 1 as found from {{ ref('as_of') }} where '{{ env_var('BREAK', '') }}' = 'test'"
    )
    (failing / "a_recount_differs.sql").write_text(
        "{{ config(tags=['proof']) }}\n\n"
        "select id from {{ ref('readings') }} where '{{ env_var('BREAK', '') }}' = 'proof'"
    )
    (project / "macros" / "show_swap.sql").write_text(
        "{% macro show_swap() %}"
        "{% do log('SWAP ' ~ invocation_id ~ swap_statement(rooms()) ~ 'END', info=true) %}"
        "{% endmacro %}"
    )
    replace(
        project / "dbt_project.yml",
        {"+contract: {enforced: true}": "", '  - "{{ open_raw() }}"\n': ""},
    )


def replace(path: Path, replaced: dict[str, str]) -> None:
    """Replace some texts in a file, each of which must be there."""
    text = path.read_text(encoding="utf-8")
    for before, after in replaced.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
