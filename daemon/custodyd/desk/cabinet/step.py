"""What a machine's transition asks for: entries first, then effects, then the state; it does none of it."""

from dataclasses import dataclass
from typing import Literal

from custodyd.desk.cabinet.states import State
from custodyd.model.entry import Draft

Mood = Literal["ready", "working", "good", "bad"]
Ask = Literal["finger", "code", "terms", "second-finger", "door", "close", "count", "finding", "nothing"]


@dataclass(frozen=True, slots=True)
class Pulse:
    """Unlock the door of `place`, once, unless `until` (elapsed) has passed: authority expires."""

    place: str
    until: float


@dataclass(frozen=True, slots=True)
class Screen:
    """What the person sees: `text` is a message id with its facts, `ask` what is wanted next, `mood` the light."""

    text: str
    mood: Mood = "ready"
    ask: Ask = "nothing"
    facts: tuple[tuple[str, str | int], ...] = ()
    person: str | None = None  # the pseudonym to greet
    next_step: str | None = None


Effect = Pulse | Screen


@dataclass(frozen=True, slots=True)
class Told:
    """A message for people who are not here: text id, who (a role or a pseudonym), about which incident."""

    text: str
    roles: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Step:
    """One transition. `urgent` = the emergency exception: act first, enter at the first chance."""

    state: State
    entries: tuple[Draft, ...] = ()
    effects: tuple[Effect, ...] = ()
    told: tuple[Told, ...] = ()
    urgent: bool = False
