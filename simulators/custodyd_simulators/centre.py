"""The physics behind every gateway: a service centre that takes time, handsets with an inbox; it knows no protocol.

What it brings to the host (reports, messages) it brings again until the host has taken it, as real centres do.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from custodyd_drivers.sms.body import Body, join
from custodyd_simulators.hands import Sms

_AGAIN_S = 0.5  # how soon what the host did not take is brought again


class Silence(Enum):
    """A message handed over that the gateway never answers for: whether it took it all the same."""

    TAKEN = "taken"
    LOST = "lost"


class Kind(Enum):
    """Where a part ends, as networks tell it."""

    DELIVERED = "delivered"
    EXPIRED = "expired"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """One part as handed over; `report` = the host wants to know where it ends."""

    recipient: str
    body: Body
    report: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a hand-over: the centre's number for it, the protocol's own `error`, or no answer at all."""

    number: int | None = None
    error: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The last word on the part that the centre took as `number`."""

    number: int
    recipient: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Written:
    """One part of what a person writes to the station."""

    number: int
    sender: str
    body: Body


@dataclass(slots=True)
class Knobs:
    """What a hand may turn. Queues are used up, one per hand-over; the rest stays."""

    accept_s: float = 0.0  # from the hand-over to the answer
    deliver_s: float = 0.05  # from there to the handset, and from the handset to the report
    errors: deque[int] = field(default_factory=deque[int])
    silences: deque[Silence] = field(default_factory=deque[Silence])
    kinds: deque[Kind] = field(default_factory=deque[Kind])  # of the next parts; then delivered
    doubled: int = 0  # so many reports are brought twice
    late: deque[float] = field(default_factory=deque[float])  # seconds that the next reports come late


@dataclass(slots=True)
class _Waiting:
    """What the host has not taken yet."""

    note: Report | Written
    due: float


class Centre:
    """One service centre with every handset behind it. `bring` says something to the host, which `took` it or not."""

    def __init__(self) -> None:
        self.knobs = Knobs()
        self.bring: Callable[[int, Report | Written], None] | None = None  # None: no host is there
        self.inbox: list[Sms] = []
        self.arrived: list[Part] = []  # every part that reached a handset, as it came
        self.taken: list[tuple[int, Part]] = []
        self.now = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count(1)
        self._notes = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._parts: dict[tuple[str, int, int], dict[int, Part]] = {}

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        end = self.now + dt
        while self._due and self._due[0][0] <= end:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = end
        self._bring()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something later; without a delay, at once."""
        if seconds <= 0:
            act()
        else:
            heapq.heappush(self._due, (self.now + seconds, next(self._order), act))

    # --- from the host to a handset ---------------------------------------------------------------------------------

    def submit(self, part: Part, answer: Callable[[Outcome], None]) -> None:
        """Take one part; `answer` is called once, when the centre has decided."""
        self.after(self.knobs.accept_s, lambda: answer(self._decide(part)))

    def _decide(self, part: Part) -> Outcome:
        knobs = self.knobs
        error = knobs.errors.popleft() if knobs.errors else 0
        if error:
            return Outcome(error=error)
        silence = knobs.silences.popleft() if knobs.silences else None
        if silence is Silence.LOST:
            return Outcome()
        number = next(self._numbers)
        self.taken.append((number, part))
        kind = knobs.kinds.popleft() if knobs.kinds else Kind.DELIVERED
        self.after(knobs.deliver_s, lambda: self._reach(number, part, kind))
        return Outcome() if silence else Outcome(number)

    def _reach(self, number: int, part: Part, kind: Kind) -> None:
        if kind is Kind.DELIVERED:
            self._arrive(part)
        if not part.report:
            return
        knobs = self.knobs
        delay = knobs.deliver_s + (knobs.late.popleft() if knobs.late else 0.0)
        times = 2 if knobs.doubled else 1
        knobs.doubled = max(0, knobs.doubled - 1)
        for _ in range(times):
            self._note(delay, Report(number, part.recipient, kind))

    def _arrive(self, part: Part) -> None:
        self.arrived.append(part)
        place = part.body.part
        if place is None:
            self.inbox.append(Sms(part.recipient, part.body.text, 1))
            return
        key = (part.recipient, place.reference, place.total)
        parts = self._parts.setdefault(key, {})
        parts[place.number] = part
        if len(parts) == place.total:
            del self._parts[key]
            text = join([parts[number].body for number in sorted(parts)])
            self.inbox.append(Sms(part.recipient, text, place.total))

    # --- to the host ------------------------------------------------------------------------------------------------

    def text(self, sender: str, bodies: tuple[Body, ...]) -> None:
        """A person writes to the station."""
        for body in bodies:
            self._note(self.knobs.deliver_s, Written(next(self._numbers), sender, body))

    def _note(self, delay: float, note: Report | Written) -> None:
        self._waiting[next(self._notes)] = _Waiting(note, self.now + delay)

    def _bring(self) -> None:
        if self.bring is None:
            return
        for key, waiting in list(self._waiting.items()):
            if waiting.due <= self.now:
                waiting.due = self.now + _AGAIN_S
                self.bring(key, waiting.note)

    def took(self, key: int) -> None:
        """The host answered for what was brought as `key`."""
        self._waiting.pop(key, None)

    def came(self) -> None:
        """A host is there: what waits is due at once."""
        for waiting in self._waiting.values():
            waiting.due = min(waiting.due, self.now)
