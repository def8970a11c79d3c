"""The physics behind a modem: a network that takes time, a service centre, handsets with an inbox; it knows no AT."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from custodyd_drivers.gsm_modem.pdu import Deliver, StatusReport, Submit
from custodyd_drivers.sms.body import join, split
from custodyd_simulators.hands import Sms

MIDNIGHT = datetime.fromisoformat("2026-10-21T00:00:00+08:00")
"""When the simulated network was switched on; its stamps count from here, since nothing here reads a clock."""
_RETRY_S = 0.5  # how often a message waits for a place in a full storage


class Silence(Enum):
    """A submission that the modem never answers: whether the network took it all the same."""

    TAKEN = "taken"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission: a message reference, a +CMS `error`, or neither (no answer at all)."""

    reference: int | None = None
    error: int | None = None


@dataclass(slots=True)
class Knobs:
    """What a hand may turn. Queues are used up, one per submission; the rest stays."""

    registered: bool = True
    roaming: bool = False
    quality: int = 21  # 0 to 31, 99 = unknown
    accept_s: float = 0.0  # from the PDU to the modem's answer; real networks two to five seconds
    deliver_s: float = 0.05  # from there to the handset, and from the handset to the report
    errors: deque[int] = field(default_factory=deque[int])
    silences: deque[Silence] = field(default_factory=deque[Silence])
    statuses: deque[int] = field(default_factory=deque[int])  # TP-ST of the next parts; then 0


class Network:
    """One network with every handset in it. `to_modem` says whether the modem had room for what came."""

    def __init__(self) -> None:
        self.knobs = Knobs()
        self.inbox: list[Sms] = []
        self.arrived: list[Submit] = []  # every part that reached a handset, as it came
        self.to_modem: Callable[[Deliver | StatusReport], bool] = lambda _: True
        self.taken: list[tuple[int, Submit]] = []  # every part that the network took, with its reference
        self.now = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._references = itertools.cycle(range(1, 256))
        self._texts = itertools.count(1)
        self._parts: dict[tuple[str, int, int], dict[int, Submit]] = {}

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        end = self.now + dt
        while self._due and self._due[0][0] <= end:
            self.now, _, act = heapq.heappop(self._due)
            act()
        self.now = end

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something later; without a delay, at once."""
        if seconds <= 0:
            act()
        else:
            heapq.heappush(self._due, (self.now + seconds, next(self._order), act))

    # --- from the modem to a handset --------------------------------------------------------------------------------

    def submit(self, submit: Submit, answer: Callable[[Outcome], None]) -> None:
        """Take one SUBMIT; `answer` is called once, when the network has decided."""
        self.after(self.knobs.accept_s, lambda: answer(self._decide(submit)))

    def _decide(self, submit: Submit) -> Outcome:
        knobs = self.knobs
        if not knobs.registered:
            return Outcome(error=331)
        if knobs.errors:
            return Outcome(error=knobs.errors.popleft())
        silence = knobs.silences.popleft() if knobs.silences else None
        if silence is Silence.LOST:
            return Outcome()
        reference = next(self._references)
        self.taken.append((reference, submit))
        status = knobs.statuses.popleft() if knobs.statuses else 0
        sent = self._stamp()
        self.after(knobs.deliver_s, lambda: self._reach(submit, reference, status, sent))
        return Outcome() if silence else Outcome(reference)

    def _reach(self, submit: Submit, reference: int, status: int, sent: datetime) -> None:
        if status == 0:
            self._arrive(submit)
        if submit.report:
            report = StatusReport(reference, submit.recipient, status, sent, self._stamp())
            self.after(self.knobs.deliver_s, lambda: self._offer(report))

    def _arrive(self, submit: Submit) -> None:
        self.arrived.append(submit)
        part = submit.body.part
        if part is None:
            self.inbox.append(Sms(submit.recipient, submit.body.text, 1))
            return
        key = (submit.recipient, part.reference, part.total)
        parts = self._parts.setdefault(key, {})
        parts[part.number] = submit
        if len(parts) == part.total:
            del self._parts[key]
            text = join([parts[number].body for number in sorted(parts)])
            self.inbox.append(Sms(submit.recipient, text, part.total))

    # --- from a handset to the modem --------------------------------------------------------------------------------

    def text(self, sender: str, text: str) -> None:
        """A person writes to the modem's number."""
        for body in split(text, next(self._texts)):
            message = Deliver(sender, body, self._stamp())
            self.after(self.knobs.deliver_s, partial(self._offer, message))

    def _offer(self, message: Deliver | StatusReport) -> None:
        if not self.to_modem(message):
            self.after(_RETRY_S, lambda: self._offer(message))

    def _stamp(self) -> datetime:
        return MIDNIGHT + timedelta(seconds=int(self.now))
