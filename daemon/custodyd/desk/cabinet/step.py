"""What a machine's transition asks for: entries first, then effects, then the state; it does none of it."""

from dataclasses import dataclass
from typing import Literal

from custodyd.desk.cabinet.states import State
from custodyd.model.entry import Draft
from custodyd.model.station import Right

Mood = Literal["ready", "working", "good", "bad"]
Ask = Literal["finger", "code", "terms", "second-finger", "door", "close", "count", "finding", "content", "nothing"]


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


def refusal(rule: str, ask: Ask) -> Screen:
    """The screen of a refusal: its sentence and the next step, as every rule has them."""
    return Screen(f"refused.{rule}", "bad", ask, next_step=f"refused.{rule}.next")


@dataclass(frozen=True, slots=True)
class Told:
    """A message for people who are not here: text id, who holds which right, about which incident."""

    text: str
    right: Right
    about: str


@dataclass(frozen=True, slots=True)
class Step:
    """One transition. `urgent` = the emergency exception: act first, enter at the first chance."""

    state: State
    entries: tuple[Draft, ...] = ()
    effects: tuple[Effect, ...] = ()
    told: tuple[Told, ...] = ()
    urgent: bool = False
