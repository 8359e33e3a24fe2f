"""Shops as files, and as text."""

from __future__ import annotations

import csv
from pathlib import Path

from ..raw import CONTRACT
from .rows import Shop


def write(shop: Shop, folder: Path) -> None:
    """Write a shop as CSV files into a folder.

    A column that no row of a table has is left out of its header; a table not in the shop gets no
    file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for table, records in shop.items():
        names = [
            c.name
            for c in CONTRACT[table]
            if not records or any(c.name in record for record in records)
        ]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(records)


def readable(shop: Shop) -> str:
    """Return a shop as text, one line per row, nulls left out: for the message of a failed test."""
    return "\n".join(
        f"{table} { {name: text for name, text in record.items() if text is not None} }"
        for table, records in shop.items()
        for record in records
    )
