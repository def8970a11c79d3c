"""The SMPP service centre as the daemon sees it: reports and one verb; it must not know a PDU's layout, nor a person.

A message is handed over part after part. Up to the moment a submit_sm begins to leave, a failure means "surely not
sent"; from then on silence means "unknown" and it is never sent again. What the centre delivers is answered only after
the report's consumer came back for the next one: a crash before that brings it again, never loses it. Parts of a longer
message from a person are answered as they come, because a centre may wait for that before it sends the next.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from custodyd_drivers.contract import Answered, Identity, MessageAcceptedLate, MessageDelivered, Proof, Report
from custodyd_drivers.credentials import NoCredential, read
from custodyd_drivers.errors import Garbled, NoReply, Refused
from custodyd_drivers.link.requests import Late, Session
from custodyd_drivers.smpp.frames import Bind, Command, Pdu, Speech, named
from custodyd_drivers.smpp.messages import Address, Message, Receipt, carrying
from custodyd_drivers.smpp.refusals import delivery, refused
from custodyd_drivers.smpp.settings import Settings
from custodyd_drivers.sms.arrivals import Arrivals
from custodyd_drivers.sms.body import Body
from custodyd_drivers.sms.handover import bodies, checked, handed
from custodyd_drivers.sms.reference import reference_of

_UNREADABLE = 0x01


@dataclass(frozen=True, slots=True)
class _News:
    """A report, if any, and what is answered once it was taken."""

    report: Report | None = None
    answer: Pdu | None = None


class Gateway:
    """See `custodyd_drivers.contract.SmsGateway`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session = Session(Speech(), settings.host, settings.tcp_port, settings.timeout_s)
        self._source = Address(settings.source, settings.source_ton, settings.source_npi)
        self._window = asyncio.Semaphore(settings.window)
        self._arrivals = Arrivals()
        self._numbers = itertools.count(secrets.randbelow(256))
        self._poll_at = float("-inf")
        self.garbled = 0

    async def start(self) -> Identity:
        """Connect and bind as a transceiver; Refused for a wrong account or password."""
        settings = self._settings
        try:
            request = Bind(settings.system_id, read(settings.credential), settings.system_type).encode()
        except NoCredential as exc:
            raise Refused(str(exc), lasting=True) from exc
        except Garbled as exc:
            raise Refused(f"credential {settings.credential} has more than 8 letters", lasting=True) from exc
        await self._session.open()
        answer = await self._session.ask(Command.BIND, request)
        if answer.request not in (Command.BIND, Command.NACK):
            raise Garbled("another answer than to bind_transceiver", len(answer.body))
        if answer.status or answer.request == Command.NACK:
            raise refused("bind", answer.status) or Garbled("a refusal that no centre gives", len(answer.body))
        # the centre proves nothing: whoever answers at this address has been given the password
        where = f"{settings.system_id}@{settings.host}:{settings.tcp_port}"
        return Identity(Proof.ADDRESS, where, "".join(char for char in named(answer.body) if char.isprintable()))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._session.close()

    # --- out --------------------------------------------------------------------------------------------------------

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        """Hand a message over once, part after part; returns the reference of each. Raises as the contract says."""
        checked(recipient, text)

        async def hand(body: Body, handover: int) -> int:
            return await self._submit(recipient, body, handover)

        return await handed(bodies(text, next(self._numbers) % 256), hand)

    async def _submit(self, recipient: str, body: Body, handover: int) -> int:
        submit = carrying(self._source, recipient, body, self._settings.service_type).encode()
        timeout = self._settings.submit_timeout_s
        async with self._window:
            answer = await self._session.hand(Command.SUBMIT, submit, handover, timeout)
        if answer.request not in (Command.SUBMIT, Command.NACK):
            raise NoReply("another answer than to submit_sm", timeout)
        if answer.status:
            raise refused("submit_sm", answer.status) or NoReply(f"submit_sm: {answer.status:#x}", timeout)
        message_id = named(answer.body)
        if not message_id:
            raise NoReply("taken without a message_id", timeout)
        return reference_of(message_id)

    # --- in ---------------------------------------------------------------------------------------------------------

    async def reports(self) -> AsyncIterator[Report]:
        """Receipts and messages; raises NoReply when an enquire_link gets no answer."""
        while True:
            for news in await self._next():
                if news.report is not None:
                    yield news.report
                if news.answer is not None:
                    await self._session.answer(news.answer)

    async def _next(self) -> list[_News]:
        now = asyncio.get_running_loop().time()
        if now >= self._poll_at:
            await self._session.ask(Command.ENQUIRE_LINK)
            self._poll_at = asyncio.get_running_loop().time() + self._settings.poll_s
            return [_News(Answered()), *map(_News, self._arrivals.expired(now))]
        request = await self._session.request(self._poll_at - now)
        if request is None:
            return []
        return self._late(request) if isinstance(request, Late) else self._delivered(request, now)

    def _late(self, late: Late[Pdu]) -> list[_News]:
        answer = late.packet
        if answer.request != Command.SUBMIT or answer.status or not named(answer.body):
            return []  # refused after all: that nothing is known of it stands in the record
        return [_News(MessageAcceptedLate(reference_of(named(answer.body)), late.mark))]

    def _delivered(self, request: Pdu, now: float) -> list[_News]:
        if request.command != Command.DELIVER:
            return []  # alert_notification wants no answer
        answer = request.answered(b"\0")
        try:
            message = Message.decode(request.body)
            return [*map(_News, self._reports(message, request, now)), _News(answer=answer)]
        except Garbled:
            self.garbled += 1
            return [_News(answer=request.answered(b"\0", _UNREADABLE))]

    def _reports(self, message: Message, request: Pdu, now: float) -> list[Report]:
        if message.is_receipt:
            receipt = Receipt.of(message)
            return [MessageDelivered(reference_of(receipt.message_id), message.source.shown, delivery(receipt.stat))]
        # a deliver_sm has no number but its sequence: brought again on this connection, it keeps it
        if self._arrivals.again(str(request.sequence), request.body):
            return []
        return self._arrivals.message(message.source.shown, message.body, now)
