"""What a verification says: findings, gaps and what was covered; it must not know how anything is checked."""

from dataclasses import dataclass
from typing import Literal

Check = Literal[
    "signature",  # a checkpoint is not signed by the expected key, or cannot be read
    "root",  # the entries do not lead to a signed or lodged root
    "missing",  # an entry or a file is not there
    "entry",  # an entry and its hash disagree
    "tile",  # a tile or a stored node is not what the entries give
    "strange",  # a file that does not belong to the export
    "form",  # an entry is not canonical JSON
    "field",  # a field does not fit the place of the entry or its format
    "seal",  # a sealed label has the wrong shape, or a disclosed text is not the bound one
    "chain",  # a segment does not continue the one it names
    "file",  # the file cannot be read at all
]

GapKind = Literal["stopped", "unclean", "blind", "clock", "storage", "quarantine"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that failed. `where` names a file, or `segment/seq`; `detail` is a short English sentence."""

    check: Check
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time about which the record says itself that it knows less. Times in microseconds, UTC; None = open or unknown.

    `began` and `ended` are the entries (seq) that say so; `what` names the device or gives a short fact.
    """

    kind: GapKind
    segment: str
    began: int | None
    ended: int | None
    since: int | None
    until: int | None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """One segment that was checked: `size` entries, of which a signed checkpoint binds the first `signed`."""

    origin: str
    size: int
    signed: int
    root: bytes
    checkpoints: int
    lodged: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole answer. `parsed` = entries were also read, not only hashed, and `gaps` are complete."""

    covered: tuple[Covered, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...] = ()
    parsed: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing was found and something was checked."""
        return bool(self.covered) and not self.findings
