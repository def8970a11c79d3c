"""Where a modem keeps what came in: fetch, sweep, delete, acknowledge; it knows slots and PDUs, not what they say."""

import re
from dataclasses import dataclass

from custodyd_drivers.errors import Refused
from custodyd_drivers.gsm_modem.at import Dialogue
from custodyd_drivers.gsm_modem.frames import Line

_STORED = re.compile(r'\+C(?:MT|DS)I: *"(?P<memory>[A-Z]{2})" *, *(?P<index>\d{1,5})')
_LISTED = re.compile(r"\+CMGL: *(?P<index>\d{1,5}) *, *(?P<state>\d)")
_INCOMING = ("0", "1")  # received, unread and read; what others left to be sent is no message to us
MEMORIES = ("ME", "SM", "MT")


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of one memory."""

    memory: str
    index: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A PDU and where it is kept; without a `slot` it came directly and wants to be acknowledged."""

    pdu: str
    slot: Slot | None = None


class Mailbox:
    """The memories of one modem. Verbs raise NoReply and LinkLost; a refusal means that a slot is empty by now."""

    def __init__(self, at: Dialogue) -> None:
        self._at = at
        self._memory = ""
        self._home = ""
        self.acknowledges = False

    async def choose(self) -> None:
        """Take the modem's own memory, else the SIM's, for everything that comes in; raises Refused without any."""
        for memory in MEMORIES:
            if await self._accepted(f'AT+CPMS="{memory}","{memory}","{memory}"'):
                self._home = self._memory = memory
                return
        raise Refused("the modem offers no memory for messages")

    async def fetch(self, notice: Line) -> Letter | None:
        """The letter that an unsolicited line announces or carries; None when there is none."""
        found = _STORED.match(notice.head)
        if found is None:
            return Letter(notice.body) if notice.body else None
        slot = Slot(found["memory"], int(found["index"]))
        await self._enter(slot.memory)
        try:
            lines = await self._at.ask(f"AT+CMGR={slot.index}", "+CMGR:")
        except Refused:
            return None
        return Letter(lines[0].body, slot) if lines and lines[0].body else None

    async def sweep(self) -> list[Letter]:
        """Everything that is stored, also in the memory for reports where there is one."""
        letters: list[Letter] = []
        for memory in dict.fromkeys((self._home, "SR")):
            if await self._enter(memory):
                letters += await self._list(memory)
        return letters

    async def _list(self, memory: str) -> list[Letter]:
        try:
            lines = await self._at.ask("AT+CMGL=4", "+CMGL:")
        except Refused:
            return []
        found = [(_LISTED.match(line.head), line.body) for line in lines]
        return [
            Letter(body, Slot(memory, int(head["index"])))
            for head, body in found
            if head is not None and head["state"] in _INCOMING
        ]

    async def finish(self, letter: Letter) -> None:
        """Tell the modem that the letter is processed: delete it, or acknowledge it."""
        if letter.slot is not None:
            await self._enter(letter.slot.memory)
            await self._accepted(f"AT+CMGD={letter.slot.index}")
        elif self.acknowledges:
            # an acknowledgement that comes too late is refused with 340: the network will deliver once more
            await self._accepted("AT+CNMA")

    async def _enter(self, memory: str) -> bool:
        """Make `memory` the one that CMGR, CMGL and CMGD mean; where the modem refuses, the present one stays."""
        if memory != self._memory and await self._accepted(f'AT+CPMS="{memory}"'):
            self._memory = memory
        return memory == self._memory

    async def _accepted(self, command: str) -> bool:
        try:
            await self._at.ask(command)
        except Refused:
            return False
        return True
