"""The SMS modem as the daemon sees it: reports and one verb; it must not know an AT line's grammar, nor a person.

A message is handed over part after part. Up to the moment a PDU begins to leave, a failure means "surely not sent";
from then on silence means "unknown" and the PDU is never written again. What comes in is deleted from the modem only
after the report's consumer came back for the next one: a crash before that brings it again, never loses it.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from custodyd_drivers.contract import (
    Answered,
    Identity,
    MessageAcceptedLate,
    MessageDelivered,
    MessageReceived,
    Report,
    SignalChanged,
)
from custodyd_drivers.errors import Garbled
from custodyd_drivers.gsm_modem.at import Dialogue
from custodyd_drivers.gsm_modem.frames import Line
from custodyd_drivers.gsm_modem.mailbox import Letter, Mailbox
from custodyd_drivers.gsm_modem.pdu import StatusReport, Submit, received, submits, validity_octet, with_smsc
from custodyd_drivers.gsm_modem.preparing import identify, prepare, signal
from custodyd_drivers.gsm_modem.settings import Settings
from custodyd_drivers.link.serial import Port
from custodyd_drivers.sms.handover import checked, handed
from custodyd_drivers.sms.joining import Joined, Joiner

_SWEEP_S = 86_400.0  # a full storage stops reception without a word, so it is looked through daily


@dataclass(frozen=True, slots=True)
class _News:
    """A report, if any, and the letters that are done with once it was taken."""

    report: Report | None
    letters: Sequence[Letter] = ()


class Modem:
    """See `custodyd_drivers.contract.SmsGateway`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._at = Dialogue(Port(settings.port, settings.baudrate), settings.timeout_s)
        self._mailbox = Mailbox(self._at)
        self._joiner: Joiner[Letter] = Joiner()
        self._sending = asyncio.Lock()
        self._references = itertools.count(secrets.randbelow(256))
        self._signal: SignalChanged | None = None
        self._poll_at = self._sweep_at = float("-inf")
        self.garbled = 0

    @property
    def ignored(self) -> int:
        """Lines that the modem said and nobody asked for."""
        return self._at.ignored

    async def start(self) -> Identity:
        """Open the port, unlock the SIM once, prove who answers; Refused for another modem, PIN, PUK."""
        await self._at.open()
        await prepare(self._at, self._mailbox, self._settings)
        return await identify(self._at, self._settings)

    async def close(self) -> None:
        """Let go of the port."""
        await self._at.close()

    # --- out --------------------------------------------------------------------------------------------------------

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        """Hand a message over once, part after part; returns the reference of each.

        Raises what the contract says; when parts had left before, the error has their references as `handed`
        (`sms.partly.PartlyRefused`, `PartlyLost`, `Unanswered`).
        """
        checked(recipient, text)
        reference = next(self._references) % 256
        validity = validity_octet(self._settings.validity_hours)
        async with self._sending:
            return await handed(submits(recipient, text, reference=reference, validity=validity), self._submit)

    async def _submit(self, part: Submit, handover: int) -> int:
        tpdu = part.tpdu()
        pdu = with_smsc(tpdu, self._settings.smsc)
        return await self._at.submit(len(tpdu), pdu, str(handover), self._settings.submit_timeout_s)

    # --- in ---------------------------------------------------------------------------------------------------------

    async def reports(self) -> AsyncIterator[Report]:
        """Deliveries, messages and the network's state; raises NoReply when a look at the network gets no answer."""
        while True:
            for news in await self._next():
                if news.report is not None:
                    yield news.report
                for letter in news.letters:
                    await self._mailbox.finish(letter)

    async def _next(self) -> list[_News]:
        now = self._now()
        if now >= self._poll_at:
            looked = _News(await self._look())
            # the pause begins now: a line so slow that a look outlasts it must not starve what came in
            self._poll_at = self._now() + self._settings.poll_s
            return [looked, *map(self._joined, self._joiner.expired(now))]
        if now >= self._sweep_at or self._at.overflowed:
            self._at.overflowed = False
            letters = await self._mailbox.sweep()
            self._sweep_at = self._now() + _SWEEP_S
            return [news for letter in letters for news in self._read(letter)]
        notice = await self._at.notice(min(self._poll_at, self._sweep_at) - now)
        return [] if notice is None else await self._heard(notice)

    async def _look(self) -> Report:
        found = await signal(self._at)
        if found == self._signal:
            return Answered()
        self._signal = found
        return found

    async def _heard(self, notice: Line) -> list[_News]:
        if notice.head.startswith("^SMMEMFULL"):
            self._sweep_at = float("-inf")
            return []
        if notice.head.startswith("+CMGS:"):
            return self._late(notice)
        letter = await self._mailbox.fetch(notice)
        return [] if letter is None else self._read(letter)

    def _late(self, notice: Line) -> list[_News]:
        number = notice.head.removeprefix("+CMGS:").partition(",")[0].strip()
        if not (number.isascii() and number.isdigit() and int(number) <= 255):
            return []
        return [_News(MessageAcceptedLate(int(number), int(notice.body)))]

    def _read(self, letter: Letter) -> list[_News]:
        try:
            content = received(letter.pdu)
        except Garbled:
            self.garbled += 1
            return [_News(None, (letter,))]
        if isinstance(content, StatusReport):
            return [_News(MessageDelivered(content.reference, content.recipient, content.status), (letter,))]
        joined = self._joiner.take(content.sender, content.body, letter, self._now())
        direct = [_News(None, (letter,))] if letter.slot is None and content.body.part else []
        return [*map(self._joined, joined), *direct]

    def _joined(self, joined: Joined[Letter]) -> _News:
        # a direct letter was acknowledged when it came; the modem refuses a second time
        letters = [letter for letter in joined.kept if letter.slot is not None or len(joined.kept) == 1]
        return _News(MessageReceived(joined.sender, joined.text), letters)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
