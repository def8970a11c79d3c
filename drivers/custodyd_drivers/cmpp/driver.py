"""The CMPP gateway as the daemon sees it: reports and one verb; it must not know a packet's layout, nor a person.

A message is handed over part after part. Up to the moment a SUBMIT begins to leave, a failure means "surely not sent";
from then on silence means "unknown" and the SUBMIT is never sent again. What the gateway delivers is answered only
after the report's consumer came back for the next one: a crash before that brings it again, never loses it. Parts of a
longer message from a person are answered as they come, because a gateway may wait for that before it sends the next.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from custodyd_drivers.cmpp.frames import (
    Command,
    Connect,
    Connected,
    Packet,
    Speech,
    Taken,
    Version,
    gateway_proof,
    source_proof,
)
from custodyd_drivers.cmpp.messages import Deliver, Receipt, Submit, Tariff
from custodyd_drivers.cmpp.refusals import connect_refused, status, submit_refused
from custodyd_drivers.cmpp.settings import Settings
from custodyd_drivers.contract import (
    Answered,
    Identity,
    MessageAcceptedLate,
    MessageDelivered,
    Proof,
    Report,
)
from custodyd_drivers.credentials import NoCredential, read
from custodyd_drivers.errors import Garbled, NoReply, Refused
from custodyd_drivers.link.requests import Late, Session
from custodyd_drivers.sms.arrivals import Arrivals
from custodyd_drivers.sms.body import Body
from custodyd_drivers.sms.handover import bodies, checked, handed
from custodyd_drivers.sms.reference import reference_of

_CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class _News:
    """A report, if any, and what is answered once it was taken."""

    report: Report | None = None
    answer: Packet | None = None


class Gateway:
    """See `custodyd_drivers.contract.SmsGateway`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._version = Version.V3 if settings.version == "3.0" else Version.V2
        self._session = Session(Speech(), settings.host, settings.tcp_port, settings.timeout_s)
        self._draft = Submit(
            "", b"", settings.sp_id, settings.source, settings.service_id,
            Tariff(kind=settings.fee_type, code=settings.fee_code),
        )  # fmt: skip
        self._window = asyncio.Semaphore(settings.window)
        self._arrivals = Arrivals()
        self._numbers = itertools.count(secrets.randbelow(256))
        self._poll_at = float("-inf")
        self.garbled = 0

    async def start(self) -> Identity:
        """Connect and be let in; Refused for a wrong account or a gateway that does not know the secret."""
        try:
            secret = read(self._settings.credential).encode()
        except NoCredential as exc:
            raise Refused(str(exc), lasting=True) from exc
        await self._session.open()
        # the gateway holds it against its own clock; nothing of ours is decided by it
        stamp = int(datetime.now(_CHINA).strftime("%m%d%H%M%S"))
        source = source_proof(self._settings.sp_id, secret, stamp)
        request = Connect(self._settings.sp_id, source, self._version, stamp)
        packet = await self._session.ask(Command.CONNECT, request.encode())
        if packet.request != Command.CONNECT:
            raise Garbled("another answer than to CONNECT", len(packet.body))
        return self._identity(Connected.decode(packet.body, self._version), source, secret)

    def _identity(self, answer: Connected, source: bytes, secret: bytes) -> Identity:
        settings = self._settings
        if answer.status:
            raise connect_refused(answer.status)
        where, model = f"{settings.host}:{settings.tcp_port}", f"CMPP {answer.version >> 4}.{answer.version & 15}"
        if secrets.compare_digest(answer.proof, gateway_proof(0, source, secret, self._version)):
            return Identity(Proof.TOKEN, f"{settings.sp_id}@{where}", model)
        if settings.trust == "secret":
            raise Refused("the gateway does not know the shared secret", lasting=True)
        return Identity(Proof.ADDRESS, where, model)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._session.close()

    # --- out --------------------------------------------------------------------------------------------------------

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        """Hand a message over once, part after part; returns the reference of each. Raises as the contract says."""
        checked(recipient, text)
        number = recipient.removeprefix("+86").removeprefix("+")

        async def hand(body: Body, handover: int) -> int:
            return await self._submit(number, body, handover)

        return await handed(bodies(text, next(self._numbers) % 256), hand)

    async def _submit(self, number: str, body: Body, handover: int) -> int:
        submit = self._draft.carrying(number, body)
        timeout = self._settings.submit_timeout_s
        async with self._window:
            packet = await self._session.hand(Command.SUBMIT, submit.encode(self._version), handover, timeout)
        taken = self._taken(packet)
        if taken is None:
            raise NoReply("an answer to SUBMIT that says nothing readable", timeout)
        if taken.result:
            raise submit_refused(taken.result) or NoReply(f"SUBMIT: result {taken.result}", timeout)
        return reference_of(str(taken.msg_id))

    def _taken(self, packet: Packet) -> Taken | None:
        try:
            taken = Taken.decode(packet.body, self._version)
        except Garbled:
            return None
        return taken if packet.request == Command.SUBMIT else None

    # --- in ---------------------------------------------------------------------------------------------------------

    async def reports(self) -> AsyncIterator[Report]:
        """Deliveries and messages; raises NoReply when an active test gets no answer."""
        while True:
            for news in await self._next():
                if news.report is not None:
                    yield news.report
                if news.answer is not None:
                    await self._session.answer(news.answer)

    async def _next(self) -> list[_News]:
        now = asyncio.get_running_loop().time()
        if now >= self._poll_at:
            await self._session.ask(Command.ACTIVE_TEST)
            self._poll_at = asyncio.get_running_loop().time() + self._settings.poll_s
            return [_News(Answered()), *map(_News, self._arrivals.expired(now))]
        request = await self._session.request(self._poll_at - now)
        if request is None:
            return []
        return self._late(request) if isinstance(request, Late) else self._delivered(request, now)

    def _late(self, late: Late[Packet]) -> list[_News]:
        taken = self._taken(late.packet)
        if taken is None or taken.result:
            return []  # refused after all: that nothing is known of it stands in the record
        return [_News(MessageAcceptedLate(reference_of(str(taken.msg_id)), late.mark))]

    def _delivered(self, packet: Packet, now: float) -> list[_News]:
        try:
            deliver = Deliver.decode(packet.body, self._version)
        except Garbled:
            self.garbled += 1
            return [_News(answer=packet.answered(Taken(0, 1).encode(self._version)))]
        answer = packet.answered(Taken(deliver.msg_id, 0).encode(self._version))
        if self._arrivals.again(str(deliver.msg_id), deliver.content):
            return [_News(answer=answer)]
        try:
            reports = self._reports(deliver, now)
        except Garbled:
            self.garbled += 1
            reports = []
        return [*map(_News, reports), _News(answer=answer)]

    def _reports(self, deliver: Deliver, now: float) -> list[Report]:
        if deliver.is_report:
            return [self._receipt(deliver)]
        return self._arrivals.message(deliver.sender, deliver.body, now)

    def _receipt(self, deliver: Deliver) -> Report:
        receipt = Receipt.decode(deliver.content)
        return MessageDelivered(reference_of(str(receipt.msg_id)), receipt.recipient, status(receipt.stat))
