"""What is due now, from the projections and `now` alone: steps reached, and the messages that they cause."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from custodyd.clock import CHINA
from custodyd.model.entry import Draft
from custodyd.model.facts.clocks import Colour, StepReached
from custodyd.model.facts.messages import MessageIntended
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
        """For each clock with steps due by `now`, oldest first: the drafts that belong into one transaction.

        Of several rungs that one clock reached at once, only the highest sends its message.
        """
        by = {"fire_at": now}
        rows = self.view.select("due_step", state="pending", at_most=by, order=("fire_at",), limit=AT_ONCE)
        clocks = dict.fromkeys(str(row["clock"]) for row in rows)
        return [self._clock(clock, now) for clock in clocks]

    def next_due(self) -> int | None:
        """When the next step is due (civil)."""
        rows = self.view.select("due_step", state="pending", order=("fire_at",), limit=1)
        return int(rows[0]["fire_at"] or 0) if rows else None

    def _clock(self, id: str, now: int) -> tuple[Draft, ...]:
        clock = self.view.get("clock", id) or {}
        rows = self.view.select("due_step", clock=id, state="pending", at_most={"fire_at": now})
        steps = sorted(rows, key=_height)
        reached = (self._step(row, clock, now) for row in steps)
        return (*reached, *self._messages(steps[-1], clock, now))

    def _step(self, row: Row, clock: Row, now: int) -> Draft:
        late = now - int(row["fire_at"] or 0) > LATE_US
        fact = StepReached(id=str(row["clock"]), colour=_colour(row), due=int(clock.get("due") or 0), late=late)
        return Draft(fact=fact, happened=now, case=_text(clock, "case_id"), object=_text(clock, "object"))

    def _messages(self, row: Row, clock: Row, now: int) -> tuple[Draft, ...]:
        roles = tuple(str(row["tell"] or "").split())
        if not roles:
            return ()
        case, item, due = _text(clock, "case_id"), _text(clock, "object"), int(clock.get("due") or 0)
        colour, about = _colour(row), str(row["clock"])
        what = "deposit" if clock.get("name") == "dossier-deposit" else "loan"
        told = {"case": case or "", "item": item or "", "hours": hours_left(due, now), "due": moment(due)}
        text, parts = self.words(f"sms.{what}.{colour}", **told)
        return tuple(
            intend(person, text, parts, about, colour, now, case, item) for person in self.recipients(roles, case)
        )


def hours_left(due: int, now: int) -> int:
    """Whole hours until `due`, rounded up: the last started hour still counts."""
    return max(0, -((now - due) // HOUR_US))


def moment(civil: int) -> str:
    """`11-24 12:07` in China's time, as short as a message needs."""
    return datetime.fromtimestamp(civil // 1_000_000, CHINA).strftime("%m-%d %H:%M")


def _height(row: Row) -> tuple[int, int]:
    return int(row["fire_at"] or 0), get_args(Colour).index(row["colour"])


def _colour(row: Row) -> Colour:
    return cast("Colour", row["colour"])  # the fold took it from a Step


def _text(row: Row, column: str) -> str | None:
    value = row.get(column)
    return str(value) if value else None


def intend(
    person: str, text: str, parts: int, about: str, colour: Colour, now: int, case: str | None, item: str | None
) -> Draft:
    """One message to one person about one thing in one colour: its id says so, and is used once."""
    fact = MessageIntended(id=f"{about}:{colour}:{person}", text=text, about=about, colour=colour, parts=parts)
    return Draft(fact=fact, happened=now, subject=person, case=case, object=item)
