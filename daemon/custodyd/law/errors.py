"""Why a period cannot be computed, as exceptions.

LawError
├── NoLength      the law gives no number, or the unit has not set one yet
├── NoCalendar    working days cannot be counted across a year whose holidays are not known
└── WrongWay      a backward limit was counted from a start, or a forward one from an expiry
"""

from custodyd.texts import Text, text


class LawError(Exception):
    """Root; `told` is the sentence for people, with the next step."""

    def __init__(self, told: Text) -> None:
        super().__init__(told.en)
        self.told = told


class NoLength(LawError):
    """`limit` has no number to count with."""

    def __init__(self, limit: str) -> None:
        super().__init__(text("law.error_no-length", limit=limit))
        self.limit = limit


class NoCalendar(LawError):
    """The holidays of `year` are not known."""

    def __init__(self, year: int) -> None:
        super().__init__(text("law.error_no-calendar", year=year))
        self.year = year


class WrongWay(LawError):
    """`limit` counts in the other direction."""

    def __init__(self, limit: str) -> None:
        super().__init__(text("law.error_wrong-way", limit=limit))
        self.limit = limit
