"""Messages from intention to delivery, each state an entry, handed over only after its entry; it knows no modem."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from custodyd.clock import Clock
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Draft, Fact
from custodyd.model.facts import messages as facts
from custodyd.model.projection import Row
from custodyd.reminders import codes
from custodyd.reminders.handing import Handed, Owed, hand
from custodyd.reminders.holding import Admission
from custodyd.reminders.messages import URGENT
from custodyd.reminders.record import Record
from custodyd_drivers.contract import MessageAcceptedLate, MessageDelivered, SmsGateway

log = logging.getLogger(__name__)

AT_ONCE = 50  # messages that one look takes, the reddest first, then the oldest
MOST_OWED = 64  # hand-overs whose answer is still waited for: a modem answers for the last one or never
PAUSES_S = (60, 300, 900, 3600)  # between rounds of gateways that all surely failed
MOST_ROUNDS = len(PAUSES_S) + 1
REST_S = 60.0  # a gateway that just failed comes last for so long

Gateways = Callable[[], Sequence[tuple[str, SmsGateway]]]
"""The gateways that live now with their device ids, in the stated order."""


@dataclass(slots=True)
class Outbox:
    """Sends what is intended through the first gateway that takes it.

    `phone` gives a person's number; `admission` holds back what may wait.
    """

    record: Record
    clock: Clock
    gateways: Gateways
    phone: Callable[[str], str]
    admission: Admission
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _handing: asyncio.Lock = field(default_factory=asyncio.Lock)  # a report may come before its acceptance stands
    _owed: dict[tuple[str, int], Owed] = field(default_factory=dict[tuple[str, int], Owed])
    _resting: dict[str, float] = field(default_factory=dict[str, float])  # device → until (elapsed)

    async def recover(self) -> None:
        """After a start: what was being handed over when the last run ended is unknown, and said so."""
        for row in self.record.view.select("message", state="handed"):
            fact = facts.MessageUnknown(id=str(row["message"]), reason="the daemon stopped while handing over")
            await self._happened(row, fact, _device(row))

    def wake(self) -> None:
        """Something may be due: look now."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due whenever woken, until cancelled; a slow modem holds up nobody else."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self.send_due()
            except RecordUnavailable as exc:
                log.warning("messages wait for the next round: %s", exc.reason)

    async def send_due(self) -> int:
        """Hand over everything that is due now, red first; returns how many were tried."""
        if not self.gateways():
            return 0
        due, order = {"again": self.clock.civil()}, ("rank", "again")
        rows = self.record.view.select("message", state="intended", at_most=due, order=order, limit=AT_ONCE)
        for message in [_id(row) for row in rows]:
            row = self.record.view.get("message", message)
            if row is not None and row["state"] == "intended" and await self.admission.admits(row):
                await self._send(row)
        if len(rows) == AT_ONCE:
            self.wake()
        return len(rows)

    async def _send(self, row: Row) -> None:
        """Try each gateway once, in order, until one took it or may have: then no other is asked."""
        number = self.phone(str(row["person"]))
        if not number:
            await self._happened(row, facts.MessageFailed(id=_id(row), reason="no telephone number", lasting=True))
            return
        code, attempt, lasting = self._code(row), int(row["attempts"] or 0), True
        gateways = self._in_order()
        for left, (device, gateway) in zip(reversed(range(len(gateways))), gateways, strict=True):
            attempt += 1
            async with self._handing:
                handing = facts.MessageHanding(id=_id(row), attempt=attempt, code=code)
                await self.record.append(self._draft(row, handing, device))
                ended = await hand(gateway, _id(row), number, codes.asking(str(row["text"]), code))
                lasting = lasting and ended.refused == "lasting"
                await self._ended(row, device, ended, self._next(attempt, left, len(gateways), lasting=lasting))
            if not ended.refused:
                return

    def _in_order(self) -> Sequence[tuple[str, SmsGateway]]:
        now = self.clock.elapsed()
        return sorted(self.gateways(), key=lambda one: self._resting.get(one[0], 0.0) > now)

    def _code(self, row: Row) -> str | None:
        """The code that its text asks for; a message that is tried again keeps its own."""
        if row["code"] or row["colour"] not in URGENT or row["purpose"] != "reminder":
            return str(row["code"]) if row["code"] else None
        view, person = self.record.view, row["person"]
        return codes.fresh(lambda code: bool(view.select("message", person=person, code=code, limit=1)))

    def _next(self, attempt: int, left: int, gateways: int, *, lasting: bool) -> int | None:
        """When to try again after a refusal: at once at the next gateway, later at all of them, or never."""
        if left:
            return self.clock.civil()
        rounds = -(-attempt // gateways)
        if lasting or rounds >= MOST_ROUNDS:
            return None
        return self.clock.civil() + PAUSES_S[rounds - 1] * 1_000_000

    async def _ended(self, row: Row, device: str, ended: Handed, again: int | None) -> None:
        if ended.owed is not None:
            self._owe((device, ended.handover), ended.owed)
        if ended.refused == "passing":
            self._resting[device] = self.clock.elapsed() + REST_S
        fact = ended.fact
        if fact is None:
            fact = facts.MessageFailed(id=_id(row), reason=ended.why, lasting=again is None, again=again)
        await self._happened(row, fact, device)

    def _owe(self, handover: tuple[str, int], owed: Owed) -> None:
        self._owed[handover] = owed
        while len(self._owed) > MOST_OWED:
            del self._owed[next(iter(self._owed))]

    async def accepted_late(self, device: str, report: MessageAcceptedLate) -> None:
        """The answer to a hand-over that was given up: what was unknown is accepted, and nothing is sent for it."""
        async with self._handing:
            owed = self._owed.pop((device, report.handover), None)
            row = self.record.view.get("message", owed.message) if owed else None
            if owed is not None and row is not None:
                fact = facts.MessageAcceptedLate(id=owed.message, reference=report.reference, missing=owed.left)
                await self._happened(row, fact, device)

    async def reported(self, device: str, report: MessageDelivered) -> None:
        """A gateway's delivery report: the message is delivered once every part is."""
        async with self._handing:
            part = self.record.view.get("message_part", device, report.reference)
            row = self.record.view.get("message", part["message"]) if part else None
            if row is not None and report.final:
                await self._happened(row, self._word(report, row), device)

    def _word(self, report: MessageDelivered, row: Row) -> Fact:
        if not report.arrived:
            return facts.MessageFailed(id=_id(row), reason=f"status {report.status:#04x}", lasting=True)
        waiting = len(self.record.view.select("message_part", message=_id(row))) + int(row["unmatched"] or 0)
        if row["state"] == "accepted" and waiting == 1:
            return facts.MessageDelivered(id=_id(row))
        return facts.PartArrived(id=_id(row), reference=report.reference)

    async def _happened(self, row: Row, fact: Fact, device: str | None = None) -> None:
        await self.record.happened(self._draft(row, fact, device))

    def _draft(self, row: Row, fact: Fact, device: str | None) -> Draft:
        return Draft(fact=fact, happened=self.clock.civil(), subject=str(row["person"]), device=device)


def _id(row: Row) -> str:
    return str(row["message"])


def _device(row: Row) -> str | None:
    return str(row["device"]) if row["device"] else None
