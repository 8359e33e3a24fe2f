"""The cases of `tests/activation/pressure.yml`: how much somebody may get, and what is queued.

A file holds shops as those of the families (`family_shops.py`); a case holds besides

| key | holds |
| --- | --- |
| email, sms, phone | reason of contactability; `left`, `next`, `sent` (7 days), `unanswered` |
| queue | all that is due, by scenario (`/channel` unless email): `goes`, or what holds it |
| nobody | why the person is in no table |
| why | what a reader may wonder |
"""

from functools import cache

import yaml
from family_shops import PEOPLE, TABLES, Loader, Reader, Shop
from harness import ROOT

CASES = ROOT / "tests" / "activation" / "pressure.yml"
EXPECTED = ("email", "sms", "phone", "queue", "nobody", "why")


@cache
def pressure_cases() -> dict[str, tuple[Shop, list[dict]]]:
    """Each shop of the file, and its cases with their `person_id`, by the shop's name."""
    text = CASES.read_text(encoding="utf-8")
    settings = {name: shop["settings"] for name, shop in yaml.safe_load(text).items()}
    shops = {}
    for name, said in yaml.load(text, Loader).items():
        reader, cases = Reader(Shop("activation", name, settings[name]), said, []), []
        for entry in said.get("scenery", []):
            reader.add(entry)
        for case in [case for under in said["cases"].values() for case in under]:
            unknown = set(case) - {*PEOPLE, *TABLES, *EXPECTED}
            reader.check(not unknown, f"unknown {sorted(unknown)} in {case}")
            reader.add({key: case[key] for key in case if key not in EXPECTED})
            cases.append(case | {"person_id": reader.person_of(case)})
        shops[name] = (reader.shop, cases)
    return shops
