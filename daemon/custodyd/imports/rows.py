"""What comes over from a case platform: raw rows, rows that are right, mistakes and verdicts; they know no file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from custodyd.model.facts.cases import Involvement
from custodyd.model.facts.imports import RowKind
from custodyd.texts import Text, text

ORDER: tuple[RowKind, ...] = ("officer", "case", "person", "document")
"""Kinds as they build on each other."""

What = Literal["new", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Raw:
    """A row as it came: its number in the source, and text per field. It may hold anything."""

    row: int
    kind: RowKind
    fields: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Raw({self.row}, {self.kind!r}, …)"  # names and numbers of people stay out of every log


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """What is wrong in a row: the field, and the mistake's short name, which has a sentence `import.why_<why>`."""

    column: str
    why: str

    def told(self, row: int) -> Text:
        """The sentence; it says where, never what stands there."""
        return text(f"import.why_{self.why}", row=row, column=self.column)


@dataclass(frozen=True, slots=True, repr=False)
class Officer:
    """A member of the unit by police number (警号); None = the platform does not say."""

    row: int
    badge: str
    name: str
    phone: str | None = None
    roles: tuple[str, ...] | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """A case: accepted when (microseconds UTC), its officers by police number; None = the platform does not say."""

    row: int
    code: str
    accepted: int
    lead: str
    co: tuple[str, ...] | None = None
    needs_review: bool | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Involved:
    """A person of a case, by the platform's number of the person."""

    row: int
    number: str
    case: str
    part: Involvement
    name: str
    identity: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A dossier of a case, by the code that the platform printed on it."""

    row: int
    code: str
    case: str


Row = Officer | Case | Involved | Document


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row: `fields` would change, or `mistakes` keep it out."""

    row: int
    kind: RowKind
    what: What
    fields: tuple[str, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def refused(row: int, kind: RowKind, *mistakes: Mistake) -> Verdict:
    """A row that is not taken."""
    return Verdict(row, kind, "refused", mistakes=mistakes)
