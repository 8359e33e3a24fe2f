"""How the segment book writes numbers, days and words in a language."""

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

# what stands for a number that is not shown
HIDDEN = "·"
NARROW, BROKEN = "\u202f", "\u00a0"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
SHORT_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
}


class Writer:
    """Writes numbers, days and words in one language.

    Arguments: language (`en` or `fr`), words (by key, then by language), currency (ISO 4217).
    """

    def __init__(self, language: str, words: dict[str, dict[str, str]], currency: str) -> None:
        """Keep what all texts need."""
        self.language, self.words, self.currency = language, words, currency

    def word(self, key: str, **values: Any) -> str:
        """A text by its key, with values in the place of their names.

        Raises: KeyError where there is no such text.
        """
        return self.words[key][self.language].format(**values)

    def known(self, kind: str, text: str) -> str:
        """What a word of the tables is called, the word itself where that is not known."""
        found = self.words.get(f"{kind}.{text}")
        return found[self.language] if found else text.replace("_", " ")

    def number(self, value: Any, digits: int = 0) -> str:
        """A number with separators; the sign of what is hidden for none."""
        if value is None:
            return HIDDEN
        unit = Decimal(1).scaleb(-digits)
        rounded = Decimal(str(value)).quantize(unit, ROUND_HALF_UP)
        text = f"{rounded:,f}" if rounded else f"{abs(rounded):f}"
        if self.language == "fr":
            text = text.translate({ord(","): NARROW, ord("."): ","})
        return text.replace("-", "−")

    def signed(self, value: Any) -> str:
        """A change with its sign."""
        return HIDDEN if value is None else ("+" if value > 0 else "") + self.number(value)

    def percent(self, share: Any) -> str:
        """A share as percent: with a decimal where it is small."""
        if share is None:
            return HIDDEN
        value = Decimal(str(share)) * 100
        digits = 1 if abs(value) < Decimal("9.95") and value != int(value) else 0
        return self.number(value, digits) + (f"{NARROW}%" if self.language == "fr" else "%")

    def money(self, amount: Any) -> str:
        """An amount in the reporting currency, large ones in thousands or millions."""
        if amount is None:
            return HIDDEN
        value = Decimal(str(amount))
        unit = ""
        for limit, short in ((Decimal(1_000_000), "M"), (Decimal(100_000), "k")):
            if abs(value) >= limit:
                value, unit = value / (1_000_000 if short == "M" else 1000), short
                break
        digits = 2 if unit == "M" and abs(value) < 100 else 2 if not unit and abs(value) < 10 else 0
        digits = 0 if value == 0 else digits
        text, sign = self.number(value, digits), SIGNS.get(self.currency, self.currency)
        if self.language == "fr":
            return f"{text}{BROKEN}{unit}{sign}"
        minus, text = ("−", text[1:]) if text.startswith("−") else ("", text)
        return minus + sign + (BROKEN if len(sign) > 1 else "") + text + unit

    def day(self, day: dt.date, is_short: bool = False) -> str:
        """A day in words."""
        month = (SHORT_MONTHS if is_short else MONTHS)[self.language].split()[day.month - 1]
        first = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        return f"{first}{BROKEN}{month}{BROKEN}{day.year}"

    def day_of_year(self, day: dt.date) -> str:
        """A day without its year, in short."""
        return self.day(day, is_short=True).rsplit(BROKEN, 1)[0]

    def month(self, day: dt.date) -> str:
        """A month in short, with its year."""
        return f"{SHORT_MONTHS[self.language].split()[day.month - 1]}{BROKEN}{day.year}"

    def quantity(self, value: Any, kind: str) -> str:
        """A segment's evidence, by its kind (`evidence_kind`)."""
        if value is None:
            return HIDDEN
        if kind == "money":
            return self.money(value)
        if kind == "probability":
            return self.percent(value)
        digits = 0 if Decimal(str(value)) == int(value) else 2 if kind == "ratio" else 1
        text = self.number(value, digits)
        return text + self.word(f"unit.{kind}")

    def filters(self) -> dict[str, Callable[..., str]]:
        """The filters of the templates, by name."""
        return {
            "number": self.number,
            "signed": self.signed,
            "percent": self.percent,
            "money": self.money,
            "day": self.day,
            "day_of_year": self.day_of_year,
            "month": self.month,
            "quantity": self.quantity,
        }
