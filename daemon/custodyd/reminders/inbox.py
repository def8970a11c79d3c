"""What comes in by short message: whose it is and whether it holds a code; the text is hostile, and is not kept."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from custodyd.clock import Clock
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts.messages import MessageAcknowledged, ReplyReceived
from custodyd.model.projection import Row
from custodyd.reminders import codes
from custodyd.reminders.messages import day_of
from custodyd.reminders.record import Record
from custodyd.reminders.rounds import Words, intend
from custodyd_drivers.contract import MessageReceived

log = logging.getLogger(__name__)

MOST_ANSWERS = 3  # a person and day: the telephone at the other end may answer by itself
MOST_UNFIT = 20  # replies without a right code that leave an entry, a person and day
Verdict = Literal["right", "used", "foreign", "wrong", "none"]


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes messages of every gateway. `whose` gives the person to whom a number belongs, or None."""

    record: Record
    clock: Clock
    whose: Callable[[str], str | None]
    words: Words

    async def received(self, device: str, report: MessageReceived) -> None:
        """An entry where the number is known: person, length, what its code was. A right code acknowledges.

        From a number that nobody has, nothing is kept: a stranger fills no record, nor does a telephone gone wild.
        """
        person = self.whose(report.sender)
        if person is None:
            log.debug("%s: a message of %d characters from a number nobody has", device, len(report.text))
            return
        verdict, row = self._judge(person, codes.found(report.text))
        unfit = 0 if verdict == "right" else self._unfit(person)
        if unfit >= MOST_UNFIT:
            log.warning("%s: more than %d replies without a right code from one person today", device, MOST_UNFIT)
            return
        now = self.clock.civil()
        fact = ReplyReceived(length=len(report.text), code=verdict)
        drafts = [Draft(fact=fact, happened=now, subject=person, device=device)]
        if row is not None:
            drafts.append(acknowledgement(row, "reply", Actor("named", 1, person), now))
        elif unfit < MOST_ANSWERS and (verdict != "none" or self._is_asked(person)):
            drafts.append(self._answer(person, verdict, unfit, now))
        await self.record.happened(*drafts)

    def _judge(self, person: str, code: str | None) -> tuple[Verdict, Row | None]:
        """What a code is to this person; the newest message that asked for it counts, once."""
        if code is None:
            return "none", None
        own = self.record.view.select("message", person=person, code=code)
        if own:
            newest = max(own, key=lambda row: int(row["counts_from"] or 0))
            return ("used", None) if newest["state"] == "acknowledged" else ("right", newest)
        return ("foreign" if self.record.view.select("message", code=code, limit=1) else "wrong"), None

    def _unfit(self, person: str) -> int:
        row = self.record.view.get("reply", person, day_of(self.clock.civil()))
        return int(row["unfit"] or 0) if row else 0

    def _is_asked(self, person: str) -> bool:
        """Whether something waits for this person's acknowledgement."""
        rows = self.record.view.select("message", person=person, watched=1)
        return any(row["code"] for row in rows)

    def _answer(self, person: str, verdict: Verdict, number: int, now: int) -> Draft:
        text, parts = self.words(f"sms.answer.{verdict}")
        about = f"answer:{day_of(now)}:{number}"
        return intend(person, text, parts, about, "yellow", now, None, None, purpose="answer")


def acknowledgement(
    row: Row, how: Literal["reply", "screen"], by: Actor, now: int, request: str | None = None
) -> Draft:
    """The entry that a message was read, and who said so."""
    case, item = (str(row[name]) if row[name] else None for name in ("case_id", "object"))
    fact = MessageAcknowledged(id=str(row["message"]), how=how)
    subject = str(row["person"])
    return Draft(fact=fact, happened=now, subject=subject, actor=by, case=case, object=item, request=request)


def same_number(one: str, other: str) -> bool:
    """Whether two ways of writing a number mean the same line: with or without +86, as networks show it."""
    return _national(one) == _national(other) != ""


def _national(number: str) -> str:
    digits = number.removeprefix("+")
    return digits.removeprefix("86") if len(digits) > 11 else digits  # a mobile number has 11 digits
