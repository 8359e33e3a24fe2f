"""What the contract leaves open: who a row is about, when it was, and of what."""

from __future__ import annotations

from ..raw import CONTRACT
from .buyers import CONTACTS
from .rows import SHARED_EMAILS, Maker, Record

EMAILS = (*SHARED_EMAILS, "0@shop.fr", "1@shop.fr", "ghost@shop.fr")
# by table: how often a row says something else in these columns
OPEN = {
    "customers": (0.1, {"created_at": (None, " ", "soon")}),
    "orders": (0.25, {"refunded_amount": (None, "0", "5", "49.9", "100", "1000000"),
                      "status": ("wc-completed", "WC-pending", "on-hold", "authorized", "canceled"),
                      "phone": CONTACTS["phone"], "is_test": (None, "no", "perhaps")}),
    "order_lines": (0.1, {"product_id": (None,)}),
    "consents": (0.15, {"changed_at": (None,), "status": ("not_asked", "Not asked", "in")}),
    "message_events": (0.15, {"message_id": (None,), "campaign_id": ("news", "x"),
                              "bounce_type": (None, "blocked", "Soft")}),
    "events": (0.02, {"visitor_id": ("Ana@shop.fr", "ghost@shop.fr")}),
}  # fmt: skip


def leave_open(maker: Maker) -> None:
    """Name people otherwise, and leave out what may be left out."""
    for table, columns in CONTRACT.items():
        share, open_columns = OPEN.get(table, (0, {}))
        is_about_somebody = {"customer_id", "email"} <= {column.name for column in columns}
        for record in maker.shop[table]:
            if maker.chance(share):
                name = maker.one([*open_columns])
                record[name] = maker.one(open_columns[name])
            if is_about_somebody and maker.chance(0.06):
                record |= other_name(maker)
            if table == "orders" and maker.chance(0.08):
                phone = maker.one(CONTACTS["phone"])
                record |= {"customer_id": None, "email": " ", "phone": phone}


def other_name(maker: Maker) -> Record:
    """Name somebody by an e-mail, alone, in the place of an id, or beside an unknown one."""
    email = maker.one(EMAILS)
    return maker.one(
        (
            {"customer_id": None, "email": f" {email} "},
            {"customer_id": email.title(), "email": None},
            {"customer_id": email, "email": maker.one(EMAILS)},
            {"customer_id": "nobody", "email": email},
        )
    )
