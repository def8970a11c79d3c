"""Where a visit at a cabinet stands; values only."""

from dataclasses import dataclass, field, replace
from typing import Literal

from custodyd.desk.cabinet.events import Choice, Code, Counted
from custodyd.model.entry import Actor, Cause
from custodyd.model.facts.cabinet import Act


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is identified."""


@dataclass(frozen=True, slots=True)
class Present:
    """A person is identified; authority ends at `until` (elapsed). `scanned` = dossier waiting for its terms;
    `giving` = dossier waiting for the taker's finger; `awaiting` = what waits for a second person's finger."""

    actor: Actor
    until: float
    cause: Cause | None = None
    scanned: str | None = None
    giving: str | None = None
    awaiting: Choice | Code | None = None
    second: Actor | None = None


@dataclass(frozen=True, slots=True)
class Motion:
    """A granted act at one compartment, from the durable grant to its end."""

    act: Act
    actor: Actor
    place: str
    dossier: str
    case: str
    stage: Literal["unlocking", "released", "open", "counting"]
    until: float  # elapsed: lapse, left open, or end of the count
    cause: Cause | None = None
    purpose: str = ""
    due: int = 0
    counted: Counted | None = None
    second: Actor | None = None
    content: str | None = None  # of an inventory: the dossier found, "" = empty, None = not said


@dataclass(frozen=True, slots=True)
class Armed:
    """An emergency was asked for at `place`; a permitted finger opens it until `until`."""

    place: str
    until: float


Visit = Idle | Present | Motion


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """A door that stands open: since when (elapsed), what incidents hang on it, and why it opened."""

    since: float
    why: Literal["granted", "emergency", "forced", "found"]
    incident: str | None = None
    left_open: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """An emergency pulse on its way to a door: until when (elapsed) the door may open by it, and its incident."""

    until: float
    incident: str


@dataclass(frozen=True, slots=True)
class State:
    """The whole cabinet: one visit, the doors that stand open, emergencies on their way."""

    visit: Visit = field(default_factory=Idle)
    armed: Armed | None = None  # beside the visit: an emergency waits for nobody who is at the cabinet
    open_doors: dict[str, OpenDoor] = field(default_factory=dict[str, OpenDoor])
    expected: dict[str, Expected] = field(default_factory=dict[str, Expected])  # emergency pulses by place

    def at(self, visit: Visit) -> "State":
        """The same cabinet with another visit."""
        return replace(self, visit=visit)

    def arming(self, armed: Armed | None) -> "State":
        """The same cabinet with an emergency asked for, or no longer."""
        return replace(self, armed=armed)

    def with_door(self, place: str, door: OpenDoor | None) -> "State":
        """The same cabinet with this door open, or closed."""
        doors = {name: value for name, value in self.open_doors.items() if name != place}
        if door is not None:
            doors[place] = door
        return replace(self, open_doors=doors)

    def expecting(self, place: str, pulse: Expected | None) -> "State":
        """The same cabinet, expecting this door to open in an emergency (or no longer)."""
        expected = {name: value for name, value in self.expected.items() if name != place}
        if pulse is not None:
            expected[place] = pulse
        return replace(self, expected=expected)
