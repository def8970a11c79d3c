"""How long a period lasts, in the units of the law; it must not know when one begins.

Written `12h`, `30d`, `5wd` (working days), `2mo`, `1y` (= `12mo`). Half a month is `15d` (SPC21 art. 202).
"""

import re
from dataclasses import dataclass
from typing import Literal, Self, cast

Unit = Literal["h", "d", "wd", "mo"]

_WRITTEN = re.compile(r"([1-9][0-9]{0,3})(h|d|wd|mo|y)")
_LEAST_DAYS = {"d": 1, "wd": 1, "mo": 28}
_MOST_DAYS = {"d": 1, "mo": 31}  # working days may be any number of days apart


@dataclass(frozen=True, slots=True)
class Length:
    """`amount` units; a total, never an addition."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `12h` and its like; raises ValueError."""
        found = _WRITTEN.fullmatch(written)
        if found is None:
            raise ValueError(f"{written!r} is no length: write 12h, 30d, 5wd, 2mo or 1y")
        amount, unit = int(found[1]), found[2]
        return cls(amount * 12, "mo") if unit == "y" else cls(amount, cast("Unit", unit))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def plus(self, other: "Length") -> "Length":
        """Both together; raises ValueError for different units."""
        if self.unit != other.unit:
            raise ValueError(f"{self} and {other} have different units")
        return Length(self.amount + other.amount, self.unit)

    def surely_within(self, other: "Length") -> bool:
        """Whether it can never end later than `other` from the same start; False also where nobody can tell."""
        if self.unit == other.unit:
            return self.amount <= other.amount
        if other.unit == "h":  # the rest of the day of the start comes on top
            return self.unit == "d" and (self.amount + 1) * 24 <= other.amount
        least = other.amount * _LEAST_DAYS[other.unit]
        if self.unit == "h":
            return self.amount <= 24 * least
        return self.unit in _MOST_DAYS and self.amount * _MOST_DAYS[self.unit] <= least
