"""How telephone numbers are read."""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from .raw import SEEDS, Row
from .settings import Settings

SEPARATORS = str.maketrans("", "", " ./()-\u00a0\u2009\u202f\u2010\u2011\u2012\u2013")


@lru_cache(maxsize=1)
def countries() -> dict[str, dict[str, str]]:
    """Return the seed of countries, by the code as it is written."""
    with (SEEDS / "countries.csv").open(encoding="utf-8", newline="") as stream:
        return {row["written_code"]: row for row in csv.DictReader(stream)}


def read_phone(
    text: str, country: dict[str, str] | None
) -> tuple[str | None, str | None, str | None]:
    """Return calling code and digits of a phone that is written in a country, or why not."""
    digits = text.translate(SEPARATORS)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        return None, None, "wrong_characters"
    sharing = [country] if country else []
    if digits[0] == "+" or digits.startswith("00"):
        digits = digits[1:] if digits[0] == "+" else digits[2:]
        sharing = [c for c in countries().values() if digits.startswith(c["calling_code"])]
        digits = digits[len(sharing[0]["calling_code"]) :] if sharing else digits
    elif country and digits.startswith(country["calling_code"]):
        is_long = len(digits) > int(country["longest_number"])
        digits = digits[len(country["calling_code"]) :] if is_long else digits
    if not sharing:
        return None, None, "unknown_country"
    shortest = min(int(c["shortest_number"]) for c in sharing)
    longest = max(int(c["longest_number"]) for c in sharing)
    trunk = max(c["trunk_prefix"] for c in sharing)
    # no number begins with 0 where that is dialled before it, but one may with 8
    if trunk and digits.startswith(trunk) and (trunk[0] == "0" or len(digits) > longest):
        digits = digits[len(trunk) :]
    if not shortest <= len(digits) <= longest:
        return None, None, "wrong_length"
    return sharing[0]["calling_code"], digits, None


def phone_digits(row: Row, settings: Settings) -> str | None:
    """Return the digits after the calling code of a row's phone, by which it is compared.

    Where a row says no country, it is the shop's.
    """
    if row["phone"] is None:
        return None
    column = "shipping_country_code" if row.table == "orders" else "country_code"
    return read_phone(row["phone"], countries().get(row[column] or settings["home_country_code"]))[
        1
    ]
