"""Messages from intention to delivery, each state an entry, handed over only after its entry; it knows no modem."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from custodyd.clock import Clock
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Draft, Entry, Fact
from custodyd.model.facts import messages as facts
from custodyd.model.projection import Row, View
from custodyd_drivers.contract import MessageAcceptedLate, MessageDelivered, SmsGateway
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused, Unanswered

log = logging.getLogger(__name__)

AT_ONCE = 50  # messages that one look takes, oldest first
MOST_OWED = 64  # hand-overs whose answer is still waited for: a modem answers for the last one or never
PAUSES_S = (60, 300, 900, 3600)  # between tries that surely failed
MOST_TRIES = len(PAUSES_S) + 1


class Record(Protocol):
    """What the outbox needs of the ledger."""

    view: View

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make drafts durable; raises RecordUnavailable."""
        ...

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself, now or at the first chance."""
        ...


@dataclass(frozen=True, slots=True)
class _Owed:
    """A hand-over that nobody answered for: its message, and how many parts were not handed over after it."""

    message: str
    left: int


@dataclass(slots=True)
class Outbox:
    """Sends what is intended through one gateway. `gateway` gives the live driver, `phone` a person's number."""

    record: Record
    clock: Clock
    device: str
    gateway: Callable[[], SmsGateway | None]
    phone: Callable[[str], str]
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _handing: asyncio.Lock = field(default_factory=asyncio.Lock)  # a report may come before its acceptance stands
    _owed: dict[int, _Owed] = field(default_factory=dict[int, _Owed])

    async def recover(self) -> None:
        """After a start: what was being handed over when the last run ended is unknown, and said so."""
        for row in self.record.view.select("message", state="handing"):
            fact = facts.MessageUnknown(id=str(row["message"]), reason="the daemon stopped while handing over")
            await self._happened(row, fact)

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
        """Hand over everything that is due now, oldest first; returns how many were tried."""
        gateway = self.gateway()
        if gateway is None:
            return 0
        due = {"again": self.clock.civil()}
        rows = self.record.view.select("message", state="intended", at_most=due, order=("again",), limit=AT_ONCE)
        for row in rows:
            await self._send(gateway, row)
        if len(rows) == AT_ONCE:
            self.wake()
        return len(rows)

    async def _send(self, gateway: SmsGateway, row: Row) -> None:
        message, attempt = str(row["message"]), int(row["attempts"] or 0) + 1
        number = self.phone(str(row["person"]))
        if not number:
            await self._happened(row, facts.MessageFailed(id=message, reason="no telephone number", lasting=True))
            return
        async with self._handing:
            await self.record.append(self._draft(row, facts.MessageHanding(id=message, attempt=attempt)))
            await self._happened(row, await self._hand(gateway, row, number, attempt))

    async def _hand(self, gateway: SmsGateway, row: Row, number: str, attempt: int) -> Fact:
        message = str(row["message"])
        try:
            references = await gateway.send(number, str(row["text"]))
        except NoReply as exc:
            if isinstance(exc, Unanswered):
                self._owe(exc.handover, _Owed(message, exc.left))
            return facts.MessageUnknown(id=message, reason=exc.fact, references=_handed(exc))
        except (Refused, LinkLost) as exc:
            if handed := _handed(exc):
                reason = f"handed over in part: {exc.fact}"
                return facts.MessageUnknown(id=message, reason=reason, references=handed)
            return self._failed(message, exc, attempt)
        except DeviceError as exc:
            return facts.MessageUnknown(id=message, reason=exc.fact)
        return facts.MessageAccepted(id=message, references=references)

    def _failed(self, message: str, exc: DeviceError, attempt: int) -> Fact:
        lasting = (isinstance(exc, Refused) and exc.lasting) or attempt >= MOST_TRIES
        if lasting:
            return facts.MessageFailed(id=message, reason=exc.fact, lasting=True)
        again = self.clock.civil() + PAUSES_S[attempt - 1] * 1_000_000
        return facts.MessageFailed(id=message, reason=exc.fact, lasting=False, again=again)

    def _owe(self, handover: int, owed: _Owed) -> None:
        self._owed[handover] = owed
        while len(self._owed) > MOST_OWED:
            del self._owed[next(iter(self._owed))]

    async def accepted_late(self, report: MessageAcceptedLate) -> None:
        """The answer to a hand-over that was given up: what was unknown is accepted, and nothing is sent for it."""
        async with self._handing:
            owed = self._owed.pop(report.handover, None)
            row = self.record.view.get("message", owed.message) if owed else None
            if owed is not None and row is not None:
                fact = facts.MessageAcceptedLate(id=owed.message, reference=report.reference, missing=owed.left)
                await self._happened(row, fact)

    async def reported(self, report: MessageDelivered) -> None:
        """A delivery report: the message is delivered once every part is."""
        async with self._handing:
            part = self.record.view.get("message_part", self.device, report.reference)
            row = self.record.view.get("message", part["message"]) if part else None
            if row is not None and report.final:
                await self._happened(row, self._word(report, row))

    def _word(self, report: MessageDelivered, row: Row) -> Fact:
        message = str(row["message"])
        if not report.arrived:
            return facts.MessageFailed(id=message, reason=f"status {report.status:#04x}", lasting=True)
        if row["state"] == "accepted" and len(self.record.view.select("message_part", message=message)) == 1:
            return facts.MessageDelivered(id=message)
        return facts.PartArrived(id=message, reference=report.reference)

    async def _happened(self, row: Row, fact: Fact) -> None:
        await self.record.happened(self._draft(row, fact))

    def _draft(self, row: Row, fact: Fact) -> Draft:
        return Draft(fact=fact, happened=self.clock.civil(), subject=str(row["person"]), device=self.device)


def _handed(exc: DeviceError) -> tuple[int, ...]:
    """The references of the parts that surely left before an error."""
    return getattr(exc, "handed", ())


def outbox(
    record: Record,
    clock: Clock,
    device: str,
    gateway: Callable[[], SmsGateway | None],
    phone: Callable[[str], str],
) -> Outbox:
    """An outbox over one gateway."""
    return Outbox(record, clock, device, gateway, phone)
