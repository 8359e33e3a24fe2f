"""The house rules on what `dbt parse` makes of the project, each shown to be able to fail.

A rule is a function that returns one sentence per breach.
"""

import csv
import re
from collections.abc import Callable, Iterator

import pytest
import yaml
from harness import ROOT, ask
from quick_dbt import quick_dbt
from write_rules import rules

# A test that is lost must not go unnoticed. Raise the floor with new tests.
DATA_TESTS_AT_LEAST = 190
UNIT_TESTS_AT_LEAST = 41

# Which layers a layer reads from. `base` models decide over raw rows and belong to staging.
READS = {
    "adapter": {"raw", "reference", "adapter"},
    "base": {"raw", "reference", "base", "staging", "adapter"},
    "staging": {"base", "staging", "reference"},
    "intermediate": {"staging", "intermediate", "reference"},
    "marts": {"intermediate", "marts"},
    # contact fields are read where they are staged, and nowhere else kept
    "activation": {"staging", "intermediate", "marts", "activation", "reference"},
    "proof": {"staging", "reference", "proof"},
}
# data_health reports on every raw row, also those set aside, on what staging holds, and on contact
# fields that are of no use; scorecards on who may be written to
OTHER_READS = {("data_health", layer) for layer in ("base", "staging", "activation")}
OTHER_READS |= {("segment_scorecards", "activation")}
# what else the proof and the recounts rest on, as it is tested by other means
PROOF_RESTS_ON = {
    *("as_of", "int_person_keys", "int_person_predictions", "int_prediction_check"),
    # what was set aside may have been a no
    *("base_crm__consents", "base_crm__message_events"),
    *("orders", "order_lines", "people", "sessions", "lifecycle_history", "rfm_scores"),
    *("segment_memberships", "segment_definitions"),
}
# recounts of single tables rest on what is recounted or tested elsewhere
TABLES_REST_ON = {"contact_permissions", "contact_points", "contactability", "product_affinities"}
TABLES_REST_ON |= {"segment_membership_log", "segment_rule_changes", "segment_holdouts"}
# what the two views show that services pull
TABLES_REST_ON |= {"contact_sync_states", "contacts_erased_for_sync"}
# the rooms of intermediate, in the order of the flow
ROOMS = ["time", "keys", "orders", "messages", "web", "people", "lifecycle"]
ROOMS += ["predictions", "features", "products"]
PERSONAL = {"email", "phone", "first_name", "last_name", "birth_date", "postal_code", "address"}
CONTACTED = {"contact_points", "contact_sync_states", "contacts_for_sync"}
PUBLISHED_SCHEMAS = {"core", "segments", "membership", "insights"}
# folders of staging, each built where var `sources` names it
ADAPTERS = {path.parent.name for path in ROOT.glob("models/staging/*/_*__sources.yml")}
ADAPTERS -= {"shop", "web", "crm"}
# built where the var of that name is set
BACKTEST = {"prediction_backtest"}
NOT_A_SETTING = {"project_version"}
# PostgreSQL's longest name. To append `__dbt_backup` dbt cuts a model's name off, so that two long
# ones could become one. A unit test's is cut off too, but the time makes it unlike others.
LONGEST_NAME = 63
LONGEST_MODEL_NAME = LONGEST_NAME - len("__dbt_backup")


def nodes_of(manifest: dict, *kinds: str) -> list[dict]:
    """The nodes of some kinds."""
    return [node for node in manifest["nodes"].values() if node["resource_type"] in kinds]


def models_of(manifest: dict) -> list[dict]:
    """The model nodes, by name."""
    return sorted(nodes_of(manifest, "model"), key=lambda node: node["name"])


def reads_of(manifest: dict, *kinds: str) -> list[tuple[dict, dict]]:
    """Each node of some kinds with each node or source that it reads."""
    all_nodes = manifest["nodes"] | manifest["sources"]
    return [
        (reader, all_nodes[name])
        for reader in nodes_of(manifest, *kinds)
        for name in reader["depends_on"]["nodes"]
    ]


def layer_of(node: dict) -> str:
    """The layer of a model, seed or source node."""
    if node["resource_type"] in ("source", "seed"):
        return {"source": "raw", "seed": "reference"}[node["resource_type"]]
    if node["name"].startswith("base_"):
        return "base"
    if node["fqn"][1] == "staging" and node["fqn"][2] in ADAPTERS:
        return "adapter"
    return "intermediate" if "facts" in node["fqn"] else node["fqn"][1]


def family_of(node: dict) -> str:
    """The family of segments that a node belongs to, or none."""
    return node["fqn"][3] if node["fqn"][1:3] == ["marts", "segments"] else ""


def room_number(node: dict) -> int | None:
    """The place of an intermediate model in the order of the flow; facts of a family come last."""
    if layer_of(node) != "intermediate":
        return None
    return len(ROOMS) if family_of(node) else ROOMS.index(node["fqn"][2])


def keyless_models(manifest: dict) -> Iterator[str]:
    """Each model has a tested key, or says in `meta.no_key` why it has none."""
    keyed = {
        test["attached_node"]
        for test in nodes_of(manifest, "test")
        if (test.get("test_metadata") or {}).get("name") == "unique_key"
    }
    for model in models_of(manifest):
        if model["config"]["meta"].get("segment"):
            continue  # the stack of its family has the key of them all
        primary = any(rule["type"] == "primary_key" for rule in model["constraints"])
        has_key = primary or model["unique_id"] in keyed
        if has_key == bool(model["config"]["meta"].get("no_key")):
            yield f"{model['name']}: give it either a `unique_key` test or a meta.no_key"


def undescribed(manifest: dict) -> Iterator[str]:
    """Each model, seed, source, exposure and column says what it is."""
    others = [*manifest["sources"].values(), *manifest["exposures"].values()]
    for node in nodes_of(manifest, "model", "seed") + others:
        columns = list(node.get("columns", {}).values())
        if not columns and node["resource_type"] != "exposure":
            yield f"{node['name']} has no columns"
        for described in (node, *columns):
            if not described["description"].strip():
                yield f"{node['name']}: {described['name']} has no description"


def bare_exposures(manifest: dict) -> Iterator[str]:
    """Each exposure says whose it is, how far to rely on it, and what it reads."""
    for exposure in manifest["exposures"].values():
        owner = exposure["owner"]
        said = (
            owner["name"],
            owner["email"],
            exposure["maturity"],
            exposure["depends_on"]["nodes"],
        )
        if not all(said):
            yield f"{exposure['name']}: its owner, their e-mail, maturity and depends_on are {said}"


def unenforced_contracts(manifest: dict) -> Iterator[str]:
    """Each model's columns and types are enforced, so that those described are all there are."""
    for model in models_of(manifest):
        if not model["config"]["contract"]["enforced"]:
            yield f"{model['name']}: its contract is not enforced"


def crossed_layers(manifest: dict) -> Iterator[str]:
    """A model reads its own layer or the one above it."""
    for reader, read in reads_of(manifest, "model"):
        layer, other = layer_of(reader), layer_of(read)
        is_allowed = other in READS[layer] or (reader["name"], other) in OTHER_READS
        if not is_allowed and not (layer == "proof" and read["name"] in PROOF_RESTS_ON):
            yield f"{reader['name']} ({layer}) reads {read['name']} ({other})"


def shared_readings(manifest: dict) -> Iterator[str]:
    """A recount reads what it is about, the proof and what that rests on, but no fact."""
    for recount, read in reads_of(manifest, "test"):
        about = recount["name"].removeprefix("a_recount_finds_the_same_")
        # activation has other tests too, of a model each
        if recount["fqn"][1] in ("families", "insights") or about != recount["name"]:
            allowed = PROOF_RESTS_ON | {f"{recount['fqn'][2]}_memberships"}
            if recount["fqn"][1] != "families":
                allowed = PROOF_RESTS_ON | TABLES_REST_ON | {about}
            if layer_of(read) not in READS["proof"] and read["name"] not in allowed:
                yield f"{recount['name']} reads {read['name']}"


def crossed_rooms(manifest: dict) -> Iterator[str]:
    """A room of intermediate reads no later one, and a family of segments no other family."""
    for reader, read in reads_of(manifest, "model"):
        families = {family_of(reader), family_of(read)} - {""}
        rooms = [room_number(node) for node in (reader, read)]
        if len(families) > 1 or (None not in rooms and rooms[0] < rooms[1]):
            yield f"{reader['name']} reads {read['name']}"


def personal_columns(manifest: dict) -> Iterator[str]:
    """What people may open has no column that names a person or is marked as personal."""
    models = models_of(manifest)
    columns = [column for model in models for column in model["columns"].values()]
    marked = {column["name"] for column in columns if column["config"]["meta"].get("personal")}
    for model in models:
        if model["schema"] in PUBLISHED_SCHEMAS:
            for name in model["columns"].keys() & (PERSONAL | marked):
                yield f"{model['schema']}.{model['name']}.{name} is personal"


def kept_contact_fields(manifest: dict) -> Iterator[str]:
    """Beyond staging, only contact_points and what services pull has contact fields; ages need a
    birth date."""
    for model in models_of(manifest):
        if layer_of(model) not in ("base", "staging") and model["name"] not in CONTACTED:
            for name in model["columns"].keys() & (PERSONAL - {"birth_date"}):
                yield f"{model['name']}.{name} is a contact field"


def soft_tests(manifest: dict) -> Iterator[str]:
    """Each test is enabled, and a single failing row is an error; vars ask for the rest."""
    for test in nodes_of(manifest, "test"):
        config = test["config"]
        strict = (config["severity"].lower(), config["error_if"], config["limit"])
        if strict != ("error", "!= 0", None):
            yield f"{test['name']}: severity, error_if and limit are {strict}"
    for name, nodes in manifest["disabled"].items():
        folders = {folder for node in nodes for folder in node["fqn"]}
        if name.split(".")[-1] not in BACKTEST and not folders & (ADAPTERS | {"sources"}):
            yield f"{name} is disabled"


def long_names(manifest: dict) -> Iterator[str]:
    """Each name that dbt makes a relation or a column of fits into PostgreSQL."""
    tables = nodes_of(manifest, "model", "seed")
    names = [column for table in tables for column in table["columns"]]
    names += [test["name"] for test in manifest["unit_tests"].values()]
    limits = [(name, LONGEST_NAME) for name in names]
    limits += [(table["name"], LONGEST_MODEL_NAME) for table in tables]
    for name, most in limits:
        if len(name) > most:
            yield f"{name} has {len(name)} characters: shorten it to {most}"


Rule = Callable[[dict], Iterator[str]]
RULES = (
    *(keyless_models, undescribed, unenforced_contracts, crossed_layers, shared_readings),
    *(crossed_rooms, personal_columns, kept_contact_fields, soft_tests, long_names),
    bare_exposures,
)


@pytest.fixture(scope="module")
def manifest() -> dict:
    """What dbt makes of the project."""
    return quick_dbt(whole=True).manifest


@pytest.mark.parametrize("rule", RULES)
def test_project_keeps_the_rule(manifest: dict, rule: Rule) -> None:
    assert "\n".join(rule(manifest)) == ""


def test_no_test_is_lost(manifest: dict) -> None:
    assert len(nodes_of(manifest, "test")) >= DATA_TESTS_AT_LEAST
    assert len(manifest["unit_tests"]) >= UNIT_TESTS_AT_LEAST


def test_the_rules_on_paper_are_those_of_the_yaml(manifest: dict) -> None:
    """Where it fails: make rules."""
    assert rules(manifest) == (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def rows_of(seed: str) -> list[dict[str, str]]:
    """The rows of a seed."""
    with (ROOT / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_seed_column_is_described(manifest: dict) -> None:
    for seed in nodes_of(manifest, "seed"):
        with (ROOT / seed["original_file_path"]).open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == list(seed["columns"])


def test_every_var_is_checked_before_a_build(manifest: dict) -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert set(ask(manifest, "setting_rules")) == set(project["vars"]) - NOT_A_SETTING


def test_every_adapter_supplies_what_it_says(manifest: dict) -> None:
    tables = {source["name"] for source in manifest["sources"].values()}
    supplied = ask(manifest, "supplied_tables")
    assert supplied.keys() >= ADAPTERS
    for system in ADAPTERS:
        models = {path.stem for path in ROOT.glob(f"models/staging/{system}/*.sql")}
        assert {name.removeprefix(f"{system}__") for name in models} & tables == set(
            supplied[system]
        )


def test_the_docs_open_on_tables_that_are_there(manifest: dict) -> None:
    overview = manifest["docs"]["doc.shop_segments.__overview__"]["block_contents"]
    linked = re.findall(r"\[(\w+)\]\(#!/model/(model[.]shop_segments[.](\w+))\)", overview)
    assert len(linked) > 5
    assert [link for link in linked if link[0] != link[2] or link[1] not in manifest["nodes"]] == []


def test_the_guide_to_insights_asks_every_table_of_it(manifest: dict) -> None:
    guide = (ROOT / "docs" / "insights.md").read_text(encoding="utf-8")
    names = [n["name"] for n in models_of(manifest) if n["config"]["schema"] == "insights"]
    assert len(names) > 20
    assert [name for name in [*names, "person_recommendations"] if f"`{name}`" not in guide] == []


def test_scenarios_are_of_segments_and_have_known_triggers(manifest: dict) -> None:
    """A misspelt one would never be queued, and nobody would miss it."""
    marts = [node for node in models_of(manifest) if layer_of(node) == "marts"]
    segments = {node["name"] for node in marts if family_of(node)}
    triggers = {row["trigger"] for row in rows_of("scenario_triggers")}
    for row in rows_of("campaign_scenarios"):
        assert {row["segment"]} <= segments, row
        assert {row["trigger"]} <= triggers, row
    for seed in ("exports", "value_labels"):
        assert {row["segment"] for row in rows_of(seed)} <= segments


def test_contacts_have_the_columns_of_people(manifest: dict) -> None:
    """All but the one that tells a visitor."""
    people, contacts = (
        [(c["name"], c["data_type"]) for c in manifest["nodes"][name]["columns"].values()]
        for name in ("model.shop_segments.people", "model.shop_segments.contacts")
    )
    assert contacts == [column for column in people if column[0] != "is_contact"]


def test_every_exception_of_a_layer_is_still_needed(manifest: dict) -> None:
    reads = {(reader["name"], layer_of(read)) for reader, read in reads_of(manifest, "model")}
    assert reads >= OTHER_READS


# -- the rules can fail -------------------------------------------------------------------------


def model(path: str, *reads: str, **other: object) -> dict:
    """A model that reads some nodes and keeps every rule, except for the given differences."""
    *folders, name = path.split("/")
    return {
        "resource_type": "model",
        "unique_id": name,
        "name": name,
        "schema": "staging" if "staging" in folders else "core",
        "fqn": ["shop_segments", *(folders or ["marts", "core"]), name],
        "description": "What it is.",
        "columns": {"person_id": column("person_id")},
        "constraints": [{"type": "primary_key"}],
        "config": {"meta": {}, "contract": {"enforced": True}},
        "depends_on": {"nodes": list(reads)},
    } | other


def column(name: str, description: str = "Who.", **meta: object) -> dict:
    """A column of a model node."""
    return {"name": name, "description": description, "config": {"meta": meta}}


def data_test(*reads: str, **config: object) -> dict:
    """A node of a recount of spend that keeps every rule, except for the given config."""
    return {
        "resource_type": "test",
        "name": "any_test",
        "fqn": ["shop_segments", "families", "spend", "any_test"],
        "attached_node": "a",
        "depends_on": {"nodes": list(reads)},
        "test_metadata": {"name": "row_rules"},
        "config": {"severity": "ERROR", "error_if": "!= 0", "limit": None} | config,
    }


def small_manifest(*nodes: dict, **other: object) -> dict:
    """A manifest of some nodes."""
    named = {node.get("unique_id", node["name"]): node for node in nodes}
    empty = {"sources": {}, "exposures": {}, "disabled": {}, "unit_tests": {}}
    return empty | {"nodes": named} | other


SPEND = "marts/segments/spend"
GOOD = small_manifest(
    model("a"),
    model("staging/stg_a"),
    data_test("stg_a"),
    model("intermediate/web/b", "c"),
    model("intermediate/orders/c"),
    model(f"{SPEND}/d", "e"),
    model(f"{SPEND}/e"),
)


@pytest.mark.parametrize(
    ("rule", "nodes"),
    [
        (keyless_models, [model("a", constraints=[])]),
        (keyless_models, [model("a", constraints=[]), data_test()]),
        (keyless_models, [model("a", config={"meta": {"no_key": "it has one"}})]),
        (undescribed, [model("a", description=" ")]),
        (undescribed, [model("a", columns={})]),
        (undescribed, [model("a", columns={"b": column("b", description="")})]),
        (unenforced_contracts, [model("a", config={"contract": {"enforced": False}})]),
        (crossed_layers, [model("a", "stg_a"), model("staging/stg_a")]),
        (crossed_layers, [model("staging/stg_a", "a"), model("a")]),
        (crossed_layers, [model("proof/a", "b"), model("intermediate/orders/b")]),
        (crossed_layers, [model("a", "b"), model("proof/b")]),
        (shared_readings, [data_test("a"), model("intermediate/orders/a")]),
        (shared_readings, [data_test("a"), model(f"{SPEND}/a")]),
        (crossed_rooms, [model("intermediate/orders/a", "b"), model("intermediate/web/b")]),
        (crossed_rooms, [model(f"{SPEND}/a", "b"), model("marts/segments/product/b")]),
        (crossed_rooms, [model("intermediate/features/a", "b"), model(f"{SPEND}/facts/b")]),
        (personal_columns, [model("a", columns={"email": column("email")})]),
        (personal_columns, [model("a", columns={"nick": column("nick", personal=True)})]),
        (crossed_layers, [model("a", "b"), model("activation/b")]),
        (kept_contact_fields, [model("activation/a", columns={"phone": column("phone")})]),
        (soft_tests, [data_test(severity="warn")]),
        (soft_tests, [data_test(error_if=">10")]),
        (soft_tests, [data_test(limit=1)]),
        (long_names, [model("a" * 52)]),
        (long_names, [model("a", columns={"b" * 64: column("b" * 64)})]),
    ],
)
def test_a_rule_notices(rule: Rule, nodes: list[dict]) -> None:
    assert list(rule(small_manifest(*nodes)))
    assert list(rule(GOOD)) == []


@pytest.mark.parametrize("lost", ["name", "email", "maturity", "nodes"])
def test_a_bare_exposure_is_noticed(lost: str) -> None:
    whole = {"name": "CRM", "email": "crm@example.com", "maturity": "low", "nodes": ["a"]}
    for said, notices in ((whole, False), (whole | {lost: None}, True)):
        exposure = {
            "name": "lists",
            "owner": {key: said[key] for key in ("name", "email")},
            "maturity": said["maturity"],
            "depends_on": {"nodes": said["nodes"]},
        }
        assert bool(list(bare_exposures(small_manifest(exposures={"a": exposure})))) == notices


def test_a_long_name_of_a_unit_test_is_noticed() -> None:
    for letters, notices in ((63, False), (64, True)):
        unit_tests = {"unit_test.a": {"name": "a" * letters}}
        assert bool(list(long_names(small_manifest(unit_tests=unit_tests)))) == notices


def test_a_disabled_node_is_noticed() -> None:
    assert list(soft_tests(small_manifest(disabled={"test.a": []})))
