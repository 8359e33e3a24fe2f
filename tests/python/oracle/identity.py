"""The person of a customer_id, of an e-mail, of a phone, and the erased persons."""

from __future__ import annotations

from collections import defaultdict

from .phones import phone_digits
from .raw import Row, hashed
from .settings import Settings
from .staging import Staged


class Identity:
    """Who is who: the person of a customer_id, of an e-mail, of a phone, and the erased persons."""

    def __init__(self, staged: Staged, settings: Settings) -> None:
        """Read the staged rows."""
        tables, salt = staged.tables, settings.person_salt
        self.settings = settings
        self.of_customer: dict[str, str] = {}
        self.of_email: dict[str, str] = {}
        self.of_phone: dict[str, str] = {}
        ids_of_email = defaultdict(list)
        for row in tables["customers"]:
            if row["email"] is not None and row["customer_id"] is not None:
                ids_of_email[row["email"]].append(row["customer_id"])
        for row in tables["customers"]:
            if row["customer_id"] is not None:
                ids = ids_of_email.get(row["email"]) or [row["customer_id"]]
                self.of_customer[row["customer_id"]] = "c:" + min(ids)
        for email, ids in ids_of_email.items():
            self.of_email[email] = "c:" + min(ids)
        for row in tables["orders"]:
            if row["customer_id"] is not None:
                self.of_customer.setdefault(row["customer_id"], "c:" + row["customer_id"])
        for table in ("customers", "orders", "consents", "message_events"):
            for row in tables[table]:
                if row["customer_id"] not in self.of_customer and row["email"] is not None:
                    self.of_email.setdefault(row["email"], "g:" + hashed(row["email"], salt))
        # a phone is one person's of `customers`, else one that is known by nothing but it
        holders = defaultdict(set)
        for row in tables["customers"]:
            holders[phone_digits(row, settings)].add(self.owner(row))
        for row in tables["orders"]:
            digits = phone_digits(row, settings)
            if row["customer_id"] is None and row["email"] is None and digits is not None:
                is_one = len(holders[digits]) == 1
                person_id = min(holders[digits]) if is_one else "t:" + hashed(digits, salt)
                self.of_phone[digits] = person_id
        self.erased = set()
        for row in tables["erasure_requests"]:
            self.erased.add(self.of_customer.get(row["customer_id"]))
            self.erased.add(self.of_email.get(row["email"]))
        self.erased.discard(None)

    def owner(self, row: Row) -> str | None:
        """Return the person of a row: its customer_id decides, else its e-mail, else its phone."""
        if row["customer_id"] in self.of_customer:
            return self.of_customer[row["customer_id"]]
        if row.table == "orders" and row["customer_id"] is None and row["email"] is None:
            return self.of_phone.get(phone_digits(row, self.settings))
        return self.of_email.get(row["email"])
