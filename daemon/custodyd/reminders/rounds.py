"""What is due now, from the projections and `now` alone: steps reached, and the messages that they cause."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol, TypeVar, cast, get_args

from custodyd.clock import CHINA
from custodyd.ledger.errors import Unrecordable
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.clocks import Colour, StepReached
from custodyd.model.facts.messages import MessageIntended, Purpose
from custodyd.model.projection import Row, Value, View
from custodyd.model.station import CASE_ROLES
from custodyd.reminders.ladder import DEPOSIT, HOUR_US, LOAN

log = logging.getLogger(__name__)

AT_ONCE = 500  # due steps in one transaction, at most
BREATH = 10  # clocks between two looks of the loop at everything else
LATE_US = 30 * 1_000_000  # more than one round after its time
TEXTS: Mapping[str, str] = {DEPOSIT: "deposit", LOAN: "loan"}

Recipients = Callable[[tuple[str, ...], str | None], tuple[str, ...]]
"""(roles, case) → the people who are told."""
Words = Callable[..., tuple[str, int]]
"""(text id, **facts) → (text as it leaves, number of message parts)."""
T = TypeVar("T")
Claim = Mapping[str, Sequence[Row]]
"""Clock → its steps that are due, from the lowest to the highest."""


class Record(Protocol):
    """What rounds need of the ledger."""

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make drafts durable in one transaction; raises RecordUnavailable, Unrecordable."""
        ...


@dataclass(frozen=True, slots=True)
class Rounds:
    """Turns due steps into entries; holds nothing between two calls."""

    view: View
    recipients: Recipients
    words: Words

    async def hold(self, record: Record, now: int) -> int:
        """Enter every step due by `now`, oldest first, AT_ONCE in a transaction; gives how many steps were due.

        Raises RecordUnavailable; what was entered until then stands. A clock that cannot be entered holds up no other.
        """
        count, causes = 0, Causes(self.view, cache(self.recipients), self.words, now)
        for claim in self._claims(now):
            drafts = [await _breathing(number, causes.of, *item) for number, item in enumerate(claim.items())]
            await self._enter(record, drafts)
            count += sum(len(steps) for steps in claim.values())
        return count

    def next_due(self) -> int | None:
        """When the next step is due (civil)."""
        rows = self.view.select("due_step", state="pending", order=("fire_at",), limit=1)
        return int(rows[0]["fire_at"] or 0) if rows else None

    # --- what is due -------------------------------------------------------------------------------------------

    def _claims(self, now: int) -> Iterator[Claim]:
        """All steps due by `now`; each claim is looked up when the one before was entered."""
        after: tuple[Value, ...] | None = None
        while rows := self._oldest(now, after):
            claim: dict[str, Sequence[Row]] = {}
            for row in rows:
                if (clock := str(row["clock"])) not in claim:
                    found = self._due(clock, now)
                    if claim and sum(map(len, claim.values())) + len(found) > AT_ONCE:
                        break
                    claim[clock] = found
                after = row["fire_at"], clock, row["fire_at"], row["colour"]
            yield claim

    def _oldest(self, now: int, after: tuple[Value, ...] | None) -> Sequence[Row]:
        by = {"fire_at": now}
        return self.view.select("due_step", state="pending", at_most=by, after=after, order=("fire_at",), limit=AT_ONCE)

    def _due(self, clock: str, now: int) -> Sequence[Row]:
        rows = self.view.select("due_step", clock=clock, state="pending", at_most={"fire_at": now})
        return sorted(rows, key=_height)

    # --- what it causes ----------------------------------------------------------------------------------------

    async def _enter(self, record: Record, drafts: Sequence[Sequence[Draft]]) -> None:
        try:
            await record.append(*(draft for each in drafts for draft in each))
        except Unrecordable:
            for each in drafts:
                try:
                    await record.append(*each)
                except Unrecordable as exc:
                    log.error("a due step cannot be entered: %s: %s", each[0].fact, exc)  # noqa: TRY400 - a sentence


async def _breathing(number: int, work: Callable[[str, Sequence[Row]], T], id: str, steps: Sequence[Row]) -> T:
    if number % BREATH == BREATH - 1:
        await asyncio.sleep(0)
    return work(id, steps)


@dataclass(frozen=True, slots=True)
class Causes:
    """What the due steps of a clock cause at `now`; `recipients` remembers what it gave, for as long as one round."""

    view: View
    recipients: Recipients
    words: Words
    now: int

    def of(self, id: str, steps: Sequence[Row]) -> tuple[Draft, ...]:
        """The drafts of one clock: its levels, from the lowest to the highest, then who is told."""
        clock = self.view.get("clock", id) or {}
        return (*(self._step(row, clock) for row in steps), *self._messages(steps, clock))

    def _step(self, row: Row, clock: Row) -> Draft:
        at, now = int(row["fire_at"] or 0), self.now
        fact = StepReached(
            id=str(row["clock"]), colour=_colour(row), at=at, due=_due_of(clock), late=now - at > LATE_US
        )
        return Draft(fact=fact, happened=now, case=_text(clock, "case_id"), object=_text(clock, "object"))

    def _messages(self, steps: Sequence[Row], clock: Row) -> Iterator[Draft]:
        """Of several levels that one clock reached at once, each person is told the highest that is told to them."""
        case, told = _text(clock, "case_id"), set[str]()
        for row in reversed(steps):
            roles = tuple(str(row["tell"] or "").split())
            people = [person for person in self._people(roles, case) if person not in told]
            if people:
                told.update(people)
                yield from self._told(people, row, clock)

    def _people(self, roles: Sequence[str], case: str | None) -> Iterable[str]:
        """Everybody once, role by role: who has a role of the whole unit is looked up once in a round."""
        each = (self.recipients((role,), case if role in CASE_ROLES else None) for role in roles)
        return dict.fromkeys(person for people in each for person in people)

    def _told(self, people: Sequence[str], row: Row, clock: Row) -> Iterator[Draft]:
        case, item, due = _text(clock, "case_id"), _text(clock, "object"), _due_of(clock)
        colour, about, moves = _colour(row), str(row["clock"]), int(clock.get("moves") or 0)
        facts = {"case": case or "", "item": item or about}
        if due is not None:
            facts |= {"hours": str(hours_left(due, self.now)), "due": moment(due)}
        what = TEXTS.get(str(clock.get("name")), "item" if due is None else "clock")
        text, parts = self.words(f"sms.{what}.{colour}", **facts)
        for person in people:
            yield intend(person, text, parts, about, colour, self.now, case, item, moves=moves)


def hours_left(due: int, now: int) -> int:
    """Whole hours until `due`, rounded up: the last started hour still counts."""
    return max(0, -((now - due) // HOUR_US))


def moment(civil: int) -> str:
    """`11-24 12:07` in China's time, as short as a message needs."""
    return datetime.fromtimestamp(civil // 1_000_000, CHINA).strftime("%m-%d %H:%M")


def _height(row: Row) -> tuple[int, int]:
    return int(row["fire_at"] or 0), get_args(Colour).index(row["colour"])


def _due_of(clock: Row) -> int | None:
    due = clock.get("due")
    return None if due is None else int(due)


def _colour(row: Row) -> Colour:
    return cast("Colour", row["colour"])  # the fold took it from a Step


def _text(row: Row, column: str) -> str | None:
    value = row.get(column)
    return str(value) if value else None


def intend(
    person: str,
    text: str,
    parts: int,
    about: str,
    colour: Colour,
    now: int,
    case: str | None,
    item: str | None,
    *,
    moves: int = 0,
    purpose: Purpose = "reminder",
) -> Draft:
    """One message to one person about one thing in one colour: its id says so, and is used once.

    `moves` = how often the end of that thing changed: what then reaches a colour again is told again.
    """
    again = f"~{moves}" if moves else ""
    id = f"{about}{again}:{colour}:{person}"
    fact = MessageIntended(id=id, text=text, about=about, colour=colour, parts=parts, purpose=purpose)
    return Draft(fact=fact, happened=now, subject=person, case=case, object=item)
