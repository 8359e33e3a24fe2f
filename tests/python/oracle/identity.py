"""The person of a customer_id, of an e-mail, and the erased persons."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from .raw import Row
from .staging import Staged


class Identity:
    """Who is who: the person of a customer_id, of an e-mail, and the erased persons."""

    def __init__(self, staged: Staged, salt: str) -> None:
        """Read the staged rows; `salt` is the person salt, as text."""
        tables = staged.tables
        self.of_customer: dict[str, str] = {}
        self.of_email: dict[str, str] = {}
        ids_of_email = defaultdict(list)
        for row in tables["customers"]:
            if row["email"] is not None:
                ids_of_email[row["email"]].append(row["customer_id"])
        for row in tables["customers"]:
            ids = ids_of_email.get(row["email"]) or [row["customer_id"]]
            self.of_customer[row["customer_id"]] = "c:" + min(ids)
        for email, ids in ids_of_email.items():
            self.of_email[email] = "c:" + min(ids)
        for row in tables["orders"]:
            if row["customer_id"] is not None:
                self.of_customer.setdefault(row["customer_id"], "c:" + row["customer_id"])
        for table in ("orders", "consents", "message_events"):
            for row in tables[table]:
                if row["customer_id"] not in self.of_customer and row["email"] is not None:
                    digest = hashlib.sha256((salt + row["email"]).encode()).hexdigest()
                    self.of_email.setdefault(row["email"], "g:" + digest)
        self.erased = set()
        for row in tables["erasure_requests"]:
            self.erased.add(self.of_customer.get(row["customer_id"]))
            self.erased.add(self.of_email.get(row["email"]))
        self.erased.discard(None)

    def owner(self, row: Row) -> str | None:
        """Return the person of a row: its customer_id decides, else its e-mail."""
        if row["customer_id"] in self.of_customer:
            return self.of_customer[row["customer_id"]]
        return self.of_email.get(row.value.get("email"))
