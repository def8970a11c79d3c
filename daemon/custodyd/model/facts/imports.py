"""What came over from the case platform, what did not, and when it could not be read; never what a row holds."""

from typing import ClassVar, Literal

import msgspec

from custodyd.model.entry import Fact

RowKind = Literal["officer", "case", "person", "document"]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row that was not taken: its number in the source, its kind, the column and the mistake's short name."""

    row: int
    kind: RowKind
    column: str
    why: str


class ImportApplied(Fact, frozen=True, kw_only=True):
    """Rows of `source` were compared with the record; each row taken over has entries of its own before this one.

    `refusals` names what was not taken; `more` of them were too many to be listed.
    """

    kind: ClassVar[str] = "import.applied"
    source: str
    new: int
    changed: int
    unchanged: int
    refused: int
    refusals: tuple[Refusal, ...] = ()
    more: int = 0


class ImportBlindBegan(Fact, frozen=True, kw_only=True):
    """The view of `source` cannot be read from now on; `reason` is a short fact. Its end shares the incident."""

    kind: ClassVar[str] = "import.blind.began"
    source: str
    reason: Literal["unreachable", "refused", "too-slow", "too-many", "no-such-column", "failing"]


class ImportBlindEnded(Fact, frozen=True, kw_only=True):
    """The view of `source` can be read again after `seconds`."""

    kind: ClassVar[str] = "import.blind.ended"
    source: str
    seconds: int


FACTS = (ImportApplied, ImportBlindBegan, ImportBlindEnded)
