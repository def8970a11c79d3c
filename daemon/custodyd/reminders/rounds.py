"""What is due now, from the projections and `now` alone: steps reached, and the messages that they cause."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from custodyd.model.entry import Draft
from custodyd.model.facts.reminders import Colour, MessageIntended, StepReached
from custodyd.model.projection import Row, View
from custodyd.reminders.ladder import HOUR_US

AT_ONCE = 500  # due steps in one transaction
LATE_US = 60 * 1_000_000  # beyond two rounds of 30 s, a step was not told in time

Recipients = Callable[[tuple[str, ...], str | None], tuple[str, ...]]
"""(roles, case) → the people who are told."""
Words = Callable[..., tuple[str, int]]
"""(text id, **facts) → (text as it leaves, number of message parts)."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Turns due steps into drafts; holds nothing between two calls."""

    view: View
    recipients: Recipients
    words: Words

    def due(self, now: int) -> list[tuple[Draft, ...]]:
        """For each step that is due by `now`, oldest first: the drafts that belong into one transaction."""
        by = {"fire_at": now}
        rows = self.view.select("due_step", state="pending", at_most=by, order=("fire_at",), limit=AT_ONCE)
        return [self._step(row, now) for row in rows]

    def next_due(self) -> int | None:
        """When the next step is due (civil)."""
        rows = self.view.select("due_step", state="pending", order=("fire_at",), limit=1)
        return int(rows[0]["fire_at"] or 0) if rows else None

    def _step(self, row: Row, now: int) -> tuple[Draft, ...]:
        clock = self.view.get("clock", row["clock"]) or {}
        fire_at = int(row["fire_at"] or 0)
        colour = cast("Colour", row["colour"])  # the fold took it from a Step
        case = clock.get("case_id")
        late = now - fire_at > LATE_US
        fact = StepReached(id=str(row["clock"]), colour=colour, due=int(clock.get("due") or 0), late=late)
        item = str(clock.get("object") or "")
        reached = Draft(fact=fact, happened=now, case=str(case) if case else None, object=item or None)
        return (reached, *self._messages(row, clock, colour, now))

    def _messages(self, row: Row, clock: Row, colour: Colour, now: int) -> tuple[Draft, ...]:
        roles = tuple(str(row["tell"] or "").split())
        if not roles:
            return ()
        case, item = str(clock.get("case_id") or ""), str(clock.get("object") or "")
        hours = abs(int(clock.get("due") or 0) - now) // HOUR_US
        what = "deposit" if clock.get("name") == "dossier-deposit" else "loan"
        text, parts = self.words(f"sms.{what}.{colour}", case=case, item=item, hours=hours)
        about = str(row["clock"])
        return tuple(
            intend(person, text, parts, about, colour, now, case or None, item or None)
            for person in self.recipients(roles, case or None)
        )


def intend(
    person: str, text: str, parts: int, about: str, colour: Colour, now: int, case: str | None, item: str | None
) -> Draft:
    """One message to one person about one thing in one colour: its id says so, and is used once."""
    fact = MessageIntended(id=f"{about}:{colour}:{person}", text=text, about=about, colour=colour, parts=parts)
    return Draft(fact=fact, happened=now, subject=person, case=case, object=item)
