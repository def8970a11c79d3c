"""What can happen at a cabinet, as the machine takes it; times are elapsed seconds unless named civil."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Event:
    """Root of what the machine takes; `at` is elapsed seconds, `civil` microseconds UTC, both when it happened."""

    at: float
    civil: int


@dataclass(frozen=True, slots=True)
class Finger(Event):
    """The reader matched a finger in `slot` with `score`."""

    reader: str
    slot: int
    score: int


@dataclass(frozen=True, slots=True)
class BadFinger(Event):
    """The reader saw a finger that names nobody: `why` is unknown or unreadable."""

    reader: str
    why: Literal["unknown", "unreadable"]


@dataclass(frozen=True, slots=True)
class Code(Event):
    """A code was scanned; `text` is None when it could not be read (`length` bytes)."""

    text: str | None
    length: int


@dataclass(frozen=True, slots=True)
class Door(Event):
    """The door of `place` is open or closed; `found` = seen on looking, not when it moved."""

    place: str
    open: bool
    found: bool = False


@dataclass(frozen=True, slots=True)
class Choice(Event):
    """What the person at the kiosk wants with a dossier (picked, not scanned), or to count `place`."""

    act: Literal["withdrawal", "review", "handover", "inventory"]
    dossier: str = ""
    purpose: str = ""
    due: int = 0  # civil
    place: str = ""


@dataclass(frozen=True, slots=True)
class Terms(Event):
    """For what and until when (civil) the dossier just scanned is taken."""

    purpose: str
    due: int


@dataclass(frozen=True, slots=True)
class Counted(Event):
    """What the person counted: pages or a seal number; or the finding of a review."""

    pages: int | None = None
    seal: str | None = None
    finding: Literal["passed", "to-correct", "none"] = "none"
    remark: str | None = None
    empty: bool = False  # of an inventory: nothing lies there


@dataclass(frozen=True, slots=True)
class Vouch(Event):
    """The person whose finger was read names another, whose finger the reader cannot read."""

    person: str


@dataclass(frozen=True, slots=True)
class EmergencyAsked(Event):
    """Somebody asks for an emergency opening of `place`; a permitted finger must follow or have come just before."""

    place: str


@dataclass(frozen=True, slots=True)
class Leave(Event):
    """The person at the kiosk is done."""


@dataclass(frozen=True, slots=True)
class Unlocked(Event):
    """How the pulse for `place` ended: accepted, unknown (no answer) or failed (surely nothing moved)."""

    place: str
    how: Literal["accepted", "unknown", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tick(Event):
    """Time passed."""
