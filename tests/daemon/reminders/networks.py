"""Gateways of a test that refuse, lose, stay silent, answer late or die, and know what truly left."""

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.daemon.desk.support import Disk, Room

from custodyd.reminders.holding import Admission
from custodyd.settings import Holding
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused, Unanswered

Mood = Literal["takes", "busy", "never", "gone", "silent", "takes in silence", "noise", "takes half", "dies"]
MOODS: tuple[Mood, ...] = (
    *("takes", "busy", "never", "gone", "silent", "takes in silence", "noise", "takes half", "dies"),
)
SURELY_NOT = ("busy", "never", "gone")
UNKNOWN = ("silent", "takes in silence", "noise", "takes half")
_HANDOVERS = itertools.count(1)


def freely(at: Room, **rules: Any) -> Admission:
    """What holds messages back: nothing but `rules`."""
    return Admission(at.disk, at.clock, Holding(**rules), words)


def words(text: str, **facts: str | int) -> tuple[str, int]:
    """Texts of a test: the id and the facts."""
    return f"{text} {facts}" if facts else text, 1


class Death(BaseException):
    """The process ends here."""


@dataclass
class Taken:
    """A text that a network took: where the record stood then, its references."""

    text: str
    recipient: str
    at: tuple[str, int]
    references: tuple[int, ...]


@dataclass
class Network:
    """One gateway in a mood. `asked` counts hand-overs, `taken` holds what truly left."""

    disk: Disk
    parts: int = 1
    mood: Mood = "takes"
    asked: list[str] = field(default_factory=list[str])
    taken: list[Taken] = field(default_factory=list[Taken])
    late: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # (reference, hand-over) to come
    _references: "itertools.count[int]" = field(default_factory=itertools.count)

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        self.asked.append(text)
        if self.mood in ("takes", "takes in silence", "dies"):
            self._take(recipient, text, self.parts)
        if self.mood == "takes half":
            self._take(recipient, text, 1)
        if self.mood != "takes":
            raise self._failure()
        return self.taken[-1].references

    def _take(self, recipient: str, text: str, parts: int) -> None:
        references = tuple(next(self._references) for _ in range(parts))
        self.taken.append(Taken(text, recipient, self.disk.head(), references))

    def _failure(self) -> BaseException:
        match self.mood:
            case "busy":
                return Refused("network busy", 332)
            case "never":
                return Refused("bad number", 21, lasting=True)
            case "gone":
                return LinkLost("the port is gone")
            case "takes in silence":
                *handed, last = self.taken[-1].references
                handover = next(_HANDOVERS)
                self.late.append((last, handover))
                return Unanswered(NoReply("silence", 1.0), tuple(handed), 0, handover)
            case "takes half":
                failure: DeviceError = LinkLost("the port is gone")
                failure.handed = self.taken[-1].references  # type: ignore[attr-defined]  # as drivers say it
                return failure
            case "noise":
                return Garbled("noise")
            case "dies":
                return Death()
            case _:
                return NoReply("silence", 1.0)
