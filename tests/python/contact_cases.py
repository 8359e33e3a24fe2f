"""The cases of `tests/activation/cases.yml`: who may be written to, and how to reach them.

A file holds shops as those of the families (`family_shops.py`): settings, defaults, scenery, and
cases under the sentence that they prove. A case is one person, who does nothing but what it says.

| key | holds |
| --- | --- |
| who, guest, a raw table | as in a family's shop |
| email, sms, ads, post, phone | `REASON by CONSENT_ID`: a channel without one is `no_consent` |
| until | the day on which retention is due; unless it is there, it is not looked at |
| points | columns of contact_points; `none` is null |
| nobody | why the person is in neither table |
| why | what a reader may wonder |

`allowed` by nothing is soft opt-in. The ids of message events begin with `m_`, so that none is that
of a consent.
"""

from functools import cache

import yaml
from family_shops import PEOPLE, TABLES, Loader, Reader, Row, Shop
from harness import ROOT

CASES = ROOT / "tests" / "activation" / "cases.yml"
CHANNELS = ("email", "sms", "ads", "post", "phone")
# what is off by default, for shops that are built whole; double opt-in would silence the families'
# shop, most of whose people are of no known country
OPTIONS = {"soft_opt_in_countries": ["FR", "BE"], "ads_min_age": 30}
EXPECTED = (*CHANNELS, "until", "points", "nobody", "why")


class ContactReader(Reader):
    """Reads one shop of the file."""

    def __init__(self, shop: Shop, text: dict) -> None:
        """Begin with an empty shop and what the file says of it."""
        super().__init__(shop, text, [])
        self.cases: list[dict] = []

    def read(self) -> Shop:
        """Read all that the shop holds."""
        for entry in self.text.get("scenery", []):
            self.add(entry)
        for cases in self.text["cases"].values():
            for case in cases:
                unknown = set(case) - {*PEOPLE, *TABLES, *EXPECTED}
                self.check(not unknown, f"unknown {sorted(unknown)} in {case}")
                self.check({"who", "guest"} & set(case), f"a case of nobody: {case}")
                self.add({key: case[key] for key in case if key not in EXPECTED})
                self.cases.append(case | {"person_id": self.person_of(case)})
        for row in self.shop.tables.get("message_events", []):
            row["message_event_id"] = f"m_{row['message_event_id']}"
        return self.shop


@cache
def contact_cases() -> dict[str, tuple[Shop, list[dict]]]:
    """Each shop of the file, and its cases with their `person_id`, by the shop's name."""
    text = CASES.read_text(encoding="utf-8")
    settings = {name: shop["settings"] for name, shop in yaml.safe_load(text).items()}
    shops = {}
    for name, said in yaml.load(text, Loader).items():
        reader = ContactReader(Shop("activation", name, settings[name]), said)
        shops[name] = (reader.read(), reader.cases)
    return shops


def raw_row(shop: Shop, consent_id: str, who: str | None) -> Row:
    """The word with an id: its `changed_at` and `source`, as a permission must show them.

    Arguments: shop, consent_id, who (whose it is where rows share the id, the last of them).
    """
    tables = (("message_events", "message_event_id"), ("consents", "consent_id"))
    rows = [row for name, key in tables for row in shop.tables[name] if row[key] == consent_id]
    row = max(rows, key=lambda row: (row.get("customer_id") == who, rows.index(row)))
    if "occurred_at" in row:
        return {"changed_at": row["occurred_at"], "source": "message_events"}
    return {"changed_at": row["changed_at"], "source": row.get("source", "").lower() or None}
