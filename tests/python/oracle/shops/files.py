"""Shops as files, and as text."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from ..raw import CONTRACT
from .rows import Shop


def write(shop: Shop, folder: Path, *, zipped: bool = False, parts: int = 1) -> None:
    """Write a shop as CSV files into a folder: one file per table, or a folder of `parts` files.

    A column that no row of a table has is left out of its header; a table not in the shop gets no
    file. With `zipped` the files are gzipped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".csv.gz" if zipped else ".csv"
    for table, records in shop.items():
        names = [
            c.name
            for c in CONTRACT[table]
            if not records or any(c.name in record for record in records)
        ]
        if parts > 1:
            (folder / table).mkdir(exist_ok=True)
        for part in range(parts):
            file = folder / table / f"{part}{suffix}" if parts > 1 else folder / (table + suffix)
            opened = gzip.open if zipped else open
            with opened(file, "wt", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, names, lineterminator="\n")
                writer.writeheader()
                writer.writerows(records[part::parts])


def readable(shop: Shop) -> str:
    """Return a shop as text, one line per row, nulls left out: for the message of a failed test."""
    lines = []
    for table, records in shop.items():
        for record in records:
            values = {name: text for name, text in record.items() if text is not None}
            lines.append(f"{table} {values}")
    return "\n".join(lines)
