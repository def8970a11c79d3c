"""What is not urgent, held back and gathered: each decision an entry before anything leaves; it hands nothing over."""

from collections.abc import Sequence
from dataclasses import dataclass

from custodyd.clock import Clock
from custodyd.model.entry import Draft
from custodyd.model.facts.messages import MessageGathered, MessageHeld
from custodyd.model.projection import Row
from custodyd.reminders.messages import URGENT, day_of
from custodyd.reminders.record import Record
from custodyd.reminders.release import hold
from custodyd.reminders.rounds import Words, intend
from custodyd.settings import Holding

_MOST_CASES = 40  # that a digest names at most, however many parts it may have


@dataclass(slots=True)
class Admission:
    """Decides for each due message. A reload may replace `rules`."""

    record: Record
    clock: Clock
    rules: Holding
    words: Words

    async def admits(self, row: Row) -> bool:
        """Whether this message leaves now by itself; else it was held, or gathered; raises RecordUnavailable."""
        if row["purpose"] != "reminder" or row["colour"] in URGENT or row["attempts"]:
            return True  # a message that was handed over before is not held any more
        now = self.clock.civil()
        used = self._used(str(row["person"]), now)
        held = hold(str(row["colour"]), waited=bool(row["held"]), used=used, now=now, rules=self.rules)
        if held is not None:
            fact = MessageHeld(id=str(row["message"]), until=held.until, why=held.why)
            await self.record.append(Draft(fact=fact, happened=now, subject=str(row["person"])))
            return False
        mates = self._mates(row, now)
        if len(mates) > 1:
            await self.record.append(*self._gathered(mates, now))
        return len(mates) <= 1

    def _used(self, person: str, now: int) -> int:
        """Messages of this kind that were handed over to a person today."""
        rows = self.record.view.select("message", person=person, day=day_of(now))
        return sum(row["purpose"] in ("reminder", "digest") and row["colour"] not in URGENT for row in rows)

    def _mates(self, row: Row, now: int) -> Sequence[Row]:
        """Everything of this person that waited and is due now, the reddest first."""
        if not row["held"]:
            return (row,)
        due, order = {"again": now}, ("rank", "again")
        rows = self.record.view.select("message", state="intended", person=row["person"], at_most=due, order=order)
        return [one for one in rows if one["held"] and not one["attempts"] and one["colour"] not in URGENT]

    def _gathered(self, mates: Sequence[Row], now: int) -> Sequence[Draft]:
        person, colour = str(mates[0]["person"]), mates[0]["colour"]
        text, parts = self._text(mates)
        digest = intend(person, text, parts, f"digest:{now}", colour, now, None, None, purpose="digest")  # type: ignore[arg-type]  # the fold took it from a Colour
        into = f"digest:{now}:{colour}:{person}"
        facts = (MessageGathered(id=str(row["message"]), into=into) for row in mates)
        return [digest, *(Draft(fact=fact, happened=now, subject=person) for fact in facts)]

    def _text(self, mates: Sequence[Row]) -> tuple[str, int]:
        """How many, and as many of their cases as fit into the parts that a message may have."""
        cases = list(dict.fromkeys(str(row["case_id"]) for row in mates if row["case_id"]))
        for shown in range(min(len(cases), _MOST_CASES), 0, -1):
            named = "、".join(cases[:shown]) + ("…" if shown < len(cases) else "")
            text, parts = self.words("sms.digest.cases", count=len(mates), cases=named)
            if parts <= self.rules.most_parts:
                return text, parts
        return self.words("sms.digest.plain", count=len(mates))
