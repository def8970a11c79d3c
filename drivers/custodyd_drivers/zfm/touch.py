"""From what lies on the glass to what is reported: each touch is judged once; it knows no module and no time."""

from collections.abc import Iterator
from dataclasses import dataclass

from custodyd_drivers.contract import FingerLifted, FingerMatched, FingerUnknown, FingerUnreadable, Report


@dataclass(frozen=True, slots=True)
class Sight:
    """What lay on the glass: no `finger`; or a `flaw`; or, when identified, the `slot` and `score`, or none."""

    finger: bool
    flaw: str | None = None
    slot: int | None = None
    score: int = 0


FREE = Sight(finger=False)
COVERED = Sight(finger=True)


@dataclass(slots=True)
class Touch:
    """The touch under way: `lying` a finger lies there, `judged` its verdict was given, `blurred` it was unreadable."""

    lying: bool = False
    judged: bool = False
    blurred: bool = False

    def take(self, sight: Sight) -> Iterator[Report]:
        """What `sight` adds; an unreadable finger may still become readable before it is lifted."""
        if not sight.finger:
            yield from self._lift()
            return
        self.lying = True
        if self.judged:
            return
        if sight.flaw is not None:
            yield from self._blur(sight.flaw)
            return
        self.judged = True
        yield FingerUnknown() if sight.slot is None else FingerMatched(sight.slot, sight.score)

    def note(self, sight: Sight) -> None:
        """Seen by an enrolment: what lies there is known, nothing is said of it until it is lifted."""
        self.judged = sight.finger
        self.lying = self.lying or sight.finger

    def _lift(self) -> Iterator[Report]:
        if self.lying:
            yield FingerLifted()
        self.lying = self.judged = self.blurred = False

    def _blur(self, flaw: str) -> Iterator[Report]:
        if not self.blurred:
            yield FingerUnreadable(flaw)
        self.blurred = True
