"""What comes in by short message: that somebody answered, never what; the text is hostile, and nothing acts on it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from custodyd.clock import Clock
from custodyd.model.entry import Draft
from custodyd.model.facts.messages import ReplyReceived
from custodyd.reminders.outbox import Record
from custodyd_drivers.contract import MessageReceived

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes messages of one gateway. `whose` gives the person to whom a number belongs, or None."""

    record: Record
    clock: Clock
    device: str
    whose: Callable[[str], str | None]

    async def received(self, report: MessageReceived) -> None:
        """An entry where the number is known: person and length. Else nothing is kept: a stranger fills no record."""
        person = self.whose(report.sender)
        if person is None:
            log.debug("%s: a message of %d characters from a number nobody has", self.device, len(report.text))
            return
        fact = ReplyReceived(length=len(report.text))
        draft = Draft(fact=fact, happened=self.clock.civil(), subject=person, device=self.device)
        await self.record.happened(draft)


def same_number(one: str, other: str) -> bool:
    """Whether two ways of writing a number mean the same line: with or without +86, as networks show it."""
    return _national(one) == _national(other) != ""


def _national(number: str) -> str:
    digits = number.removeprefix("+")
    return digits.removeprefix("86") if len(digits) > 11 else digits  # a mobile number has 11 digits
