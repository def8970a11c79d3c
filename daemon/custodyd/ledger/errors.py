"""What the record can refuse, one leaf per thing the caller would do differently; it must not know sqlite3.

LedgerError
├── RecordUnavailable  nothing can be made durable now: do not act, raise the alarm, try again
├── Unrecordable       this entry can never be written: a mistake of the caller
│   └── Repeated       the request was answered before: give the first answer again
├── WrongDirectory     the start is refused: another kind of record, a newer one, or one in use
├── Broken             the file is damaged or not what was signed: quarantine
├── Erased             the person's key is destroyed
├── WrongKey           the box does not open with this key
└── KeyMissing         the station's own key is not there: nothing can start
"""

from typing import Literal

from custodyd.model.entry import Cause

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


class Repeated(Unrecordable):
    """An entry with this idempotency key stands already, at `at`."""

    def __init__(self, at: Cause) -> None:
        super().__init__("a request with this key was answered before")
        self.at = at


class WrongDirectory(LedgerError):
    """A start that may not use this record; `text` names the reason, `texts` says it in zh-CN and en."""

    def __init__(self, text: str, texts: dict[str, str]) -> None:
        super().__init__(texts["en"])
        self.text = text
        self.texts = texts


class Broken(LedgerError):
    """The file is damaged, or is not what was signed.

    Not `proven` where SQLite alone says so: a page that the disk did not give looks the same to it.
    """

    def __init__(self, what: str, *, proven: bool = True) -> None:
        super().__init__(what)
        self.proven = proven


class Erased(LedgerError):
    """The key of this person is destroyed: the label can never be read again."""


class WrongKey(LedgerError):
    """The box does not open with this person's key, or does not hold what was bound."""


class KeyMissing(LedgerError):
    """The station's key `name` cannot be read from the credentials, or is none."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"the credential '{name}' {detail}: run custodyctl station init")
        self.name = name
