"""What the record can refuse, one leaf per thing the caller would do differently; it must not know sqlite3."""

from typing import Literal

Trouble = Literal["full", "read-only", "failing", "closed"]


class LedgerError(Exception):
    """Root of what the ledger raises."""


class RecordUnavailable(LedgerError):
    """Nothing can be made durable now, so nothing may be done; `reason` says why."""

    def __init__(self, reason: Trouble, detail: str = "") -> None:
        super().__init__(f"the record takes no entries: {reason} {detail}".rstrip())
        self.reason: Trouble = reason


class Unrecordable(LedgerError):
    """An entry has no canonical form, or a projection cannot take it; others are not affected."""


class WrongDirectory(LedgerError):
    """A simulated record was given to a real start, or the other way round; `text` names the message."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Broken(LedgerError):
    """The file is damaged, or is not what was signed."""


class Erased(LedgerError):
    """The key of this person is destroyed: the label can never be read again."""


class WrongKey(LedgerError):
    """The box does not open with this person's key, or does not hold what was bound."""
