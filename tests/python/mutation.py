"""What mutants are made of: one small change of one model each."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from harness import ROOT

EQUIVALENTS = ROOT / "tests" / "mutants" / "equivalents.yml"
MODELS = ROOT / "models"
# Predictions, which no naive reading gives; figures about a build, on which no table of a shop
# rests; the logs, which rest on earlier builds and have a toy of their own; the calendar, of which
# unit tests say every column; settings as a table; how segments are packed into bits, of which a
# law proves what comes out; what only a second load of events tells, of which there are toys too;
# adapters, which have edge exports of their own; and the second reading, which judges.
NOT_JUDGED = {
    *("predictions", "model_fits.sql", "person_predictions.sql"),
    *("data_health.sql", "prediction_backtest.sql", "proof", "days.sql", "shop_settings.sql"),
    *("person_segments.sql", "base_web__events.sql", "int_event_days.sql"),
    "int_kept_event_days.sql",
    *("segment_rule_changes.sql", "segment_membership_log.sql"),
    *("shopify_csv", "shopify", "ga4", "klaviyo", "prestashop", "woocommerce"),
}
SETTINGS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
# a query that is a macro is changed in one of the models that call it
SPELLED_OUT = {
    "int_product_affinities": ROOT / "macros" / "insights" / "affinities.sql",
    "new_and_repeat_by_month": ROOT / "macros" / "insights" / "months.sql",
}
NO_NUMBER = "|".join(name for name, value in SETTINGS.items() if type(value) not in (int, float))
# operator: what it finds, and what it writes instead (each alternative is a mutant)
OPERATORS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "threshold": [
        (r"(?<![\w.$'])-?(?<![\w.])\d+(?:\.\d+)?(?![\w.'])", (r"(\g<0> + 1)", r"(\g<0> - 1)")),
        (rf"(?<!set )setting\('(?!(?:{NO_NUMBER})')\w+'\)", (r"(\g<0> + 1)", r"(\g<0> - 1)")),
    ],
    "comparison": [
        (r"(?<= )>=(?=\s)", (">", "<")),
        (r"(?<= )<=(?=\s)", ("<", ">")),
        (r"(?<= )>(?=\s)", (">=", "<")),
        (r"(?<= )<(?=\s)", ("<=", ">")),
        (r"(?<=\w )=(?= )", ("<>",)),
        (r"(?<= )<>(?= )", ("=",)),
        (r"\bis not null\b", ("is null",)),
        (r"\bis null\b", ("is not null",)),
        (r"\band not\b", ("and",)),
        (r"\bwhere not\b", ("where",)),
    ],
    "connective": [
        (r"^(\s*)and\b(?!\s+\d)", (r"\1or",)),
        (r"^(\s*)or\b", (r"\1and",)),
    ],
    "window": [
        (r"_(30_days|6_months|12_months)\b", ("_30_days", "_6_months", "_12_months", "_3_months")),
        (
            r"\blast_(?:30_days|3_months|6_months|12_months)_from\b",
            tuple(f"last_{w}_from" for w in ("30_days", "3_months", "6_months", "12_months")),
        ),
        (r"\bleaves_months\b", ("leaves_days",)),
        (r"\bleaves_days\b", ("leaves_months",)),
        (r"\badd_months\b", ("add_days",)),
        (r"\badd_days\b", ("add_months",)),
    ],
    "join": [
        (r"\binner join\b", ("left join",)),
        (r"\bleft join\b", ("inner join",)),
    ],
    "sort": [
        (r"(?<=\S) desc\b", (" asc",)),
        (r"\bmin\(", ("max(",)),
        (r"\bmax\(", ("min(",)),
        (r"\bfirst_known_value\b", ("last_known_value",)),
        # the first one by a list
        (r"\blast_known_value\b", ("value_at_first",)),
    ],
    "list": [
        (r"(?<=\bin \()'[^'()]*', ", ("",)),
        (r"(?<=', )'[^'()]*', (?='[^()]*\))", ("",)),
        (r"(?<='), '[^'(),]*'(?=\)(?!,|\)))", ("",)),
        (r"\bnot in\b", ("in",)),
        # one of the windows of which the longest counts
        (r"^ +setting\('\w+'\),$", ("",)),
    ],
    "coalesce": [(r"\bcoalesce\(([\w.]+(?:\([\w.]*\))?), ([^()]+)\)", (r"\1", r"\2"))],
    "distinct": [
        (r"\bcount\(distinct ", ("count(",)),
        (r"\bselect distinct\b", ("select",)),
        (r"\bunion\n", ("union all\n",)),
    ],
}  # fmt: skip


@dataclass
class Mutant:
    """One change of one model."""

    model: str
    operator: str
    line: int
    before: str
    after: str
    sql: str
    number: int = 1
    statement: str = ""
    killed_by: str = ""
    is_invalid: bool = False

    @property
    def name(self) -> str:
        """What tells it from all others, wherever its line moves to; the same change of one model's
        same lines is numbered from above.
        """
        number = f" ({self.number})" if self.number > 1 else ""
        return f"{self.model}: {self.before.strip()} -> {self.after.strip()}{number}"

    @property
    def is_left(self) -> bool:
        """Whether nothing has noticed it so far."""
        return not self.killed_by and not self.is_invalid


def mutated_models() -> list[Path]:
    """The models that are changed: all but those of the rooms that are not judged."""
    return sorted(
        (
            path
            for path in MODELS.rglob("*.sql")
            if not NOT_JUDGED & set(path.relative_to(MODELS).parts)
        ),
        key=lambda path: path.stem,
    )


def all_mutants() -> list[Mutant]:
    """Every mutant of every model."""
    models = mutated_models()
    return [m for path in models for m in mutants_of(path.stem, spelled_out(path))]


def spelled_out(path: Path) -> str:
    """The text of a model, with that of a macro of SPELLED_OUT in the place of its call."""
    sql = path.read_text("utf-8")
    if path.stem not in SPELLED_OUT:
        return sql
    macro = SPELLED_OUT[path.stem].read_text("utf-8")
    signature = r"{%-? macro (\w+)\((.*?)\) -?%}(.*?){%-? endmacro %}"
    name, parameters, body = re.search(signature, macro, flags=re.DOTALL).groups()
    call = re.search(r"{{ " + name + r"\((.*?)\) }}", sql)
    names = [parameter.split("=")[0] for parameter in parameters.split(", ") if parameter]
    given = [value.split("=")[-1] for value in call[1].split(", ") if value]
    settings = [f"{{%- set {n} = {v} -%}}" for n, v in zip(names, given, strict=True)]
    return sql.replace(call[0], "".join(settings) + body.rstrip())


def mutants_of(model: str, sql: str) -> list[Mutant]:
    """Change a model in every small way, one at a time.

    Arguments: model (its name), sql (its text).
    Returns: its mutants, each with a name of its own, in the order of the operators.
    """
    mutants, alike = list(changes_of(model, sql)), Counter()
    for mutant in sorted(mutants, key=lambda mutant: mutant.line):
        alike[mutant.name] += 1
        mutant.number = alike[mutant.name]
    return mutants


def changes_of(model: str, sql: str) -> Iterator[Mutant]:
    """Apply every operator at every position of a model outside comments, types and references."""
    # what is not looked at keeps its length
    hidden = r"\{#.*?#\}|--[^\n]*|decimal\(\d+, \d+\)|\bref\('\w+'\)|\{\{ config\(.*?\}\}"
    # so do the digits of a number in a sentence, and whatever is counted, which is no number
    hidden += r"|\bshown_\w+\(.*?\) \}\}|\bthen 1\s+end\b|\bwhere 1 = 0\b|\bselect 1 from\b"
    hidden += r"|\bas \w+,?$|\brows between [^\n]*|\{%-? *(?:set|if|elif|else|end)\b.*?%\}"
    hidden += r"|\b(?:typed_rows|rejection_reason|staged_and_rejected|raw_column|exceeds_\w+)"
    hidden += r"\('\w+', '\w+'"
    # what an earlier build has left is there in the toys of the logs alone
    hidden += r"|\{%-? if before %\}.*?\{%-? (?:else|endif) -?%\}"
    # by their tests everybody has a row of these, so that an outer join finds as many
    hidden += r"|\binner join \{\{ ref\('(?:people|int_people|int_person_features|contact_points|"
    hidden += r"contact_permissions|contactability|int_messaging_policy)'\) \}\}"
    # the names of a stack are references too, and those that a loop takes
    hidden += r"|\bstacked\(\[.*?\]\)|\('\w+', 'stg_\w+'"
    # of all that Jinja sets, a list of windows is part of a rule
    hidden = r"\{%- set windows = |" + hidden
    plain = without(hidden, sql)
    # a loop over several names at once takes no shorter lists
    looked_at = {"list": without(r"\{%-? for \w+, .*?%\}", plain)}
    for operator, rules in OPERATORS.items():
        for pattern, replacements in rules:
            places = looked_at.get(operator, plain)
            for found in re.finditer(pattern, places, flags=re.MULTILINE):
                for replacement in replacements:
                    after = found.expand(replacement)
                    if after == found[0]:
                        continue
                    start = sql.rfind("\n", 0, found.start()) + 1
                    end = (sql + "\n").index("\n", found.end())
                    yield Mutant(
                        model=model,
                        operator=operator,
                        line=sql.count("\n", 0, found.start()) + 1,
                        before=sql[start:end],
                        after=sql[start : found.start()] + after + sql[found.end() : end],
                        sql=sql[: found.start()] + after + sql[found.end() :],
                    )


def without(pattern: str, sql: str) -> str:
    """Take out what a pattern finds; every line keeps its place and its length."""
    blank = re.compile(r"[^\n]")
    return re.sub(pattern, lambda m: blank.sub("\0", m[0]), sql, flags=re.DOTALL | re.MULTILINE)


def known_equivalents() -> dict[str, str]:
    """Mutants that no input can tell apart: name to proof."""
    listed = yaml.safe_load(EQUIVALENTS.read_text(encoding="utf-8"))["equivalents"]
    return {mutant: entry["proof"] for entry in listed for mutant in entry["mutants"]}
