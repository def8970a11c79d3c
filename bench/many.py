"""A record full of running clocks to measure with: people, cases, clocks of the usual ladder; it measures nothing."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench.record import KEYS
from custodyd.clock import SystemClock
from custodyd.desk.lookup import Lookup
from custodyd.desk.projections import ALL
from custodyd.ledger import Ledger, Origin
from custodyd.ledger.keys import PersonKeys
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Draft, Fact
from custodyd.model.facts.cases import CaseAccepted, OfficerAssigned
from custodyd.model.facts.clocks import ClockStarted, Colour, Step
from custodyd.model.facts.people import PersonRegistered
from custodyd.reminders.clocks import CLOCKS
from custodyd.reminders.messages import MESSAGES
from custodyd.reminders.rounds import Rounds
from custodyd.texts import say

BEGAN = 1_795_000_000_000_000  # microseconds UTC: the moment in which every clock starts
DAY_US = 24 * 3_600 * 1_000_000
YEAR_US = 365 * DAY_US
CASES, OFFICERS = 5_000, 40
AT_ONCE = 1_000
_OFFICER = ("case-officer", "co-officer")
TOLD: tuple[tuple[Colour, tuple[str, ...]], ...] = (
    ("green", ()),
    ("blue", _OFFICER),
    ("yellow", (*_OFFICER, "legal-officer")),
    ("orange", (*_OFFICER, "legal-officer", "unit-leader")),
    ("red", (*_OFFICER, "legal-officer", "unit-leader", "clerk")),
)


@asynccontextmanager
async def clocked(directory: Path) -> AsyncIterator[Ledger]:
    """The record in `directory`, opened or made, with every projection that rounds need."""
    seals = Seals(PersonKeys(directory / "keys", KEYS.wrap).key)
    origin = Origin("bench", "clocks", True)
    ledger = await Ledger.open(directory, origin, KEYS, seals, SystemClock(), (*ALL, CLOCKS, MESSAGES))
    try:
        yield ledger
    finally:
        await ledger.close()


def rounds(ledger: Ledger) -> Rounds:
    """Rounds with the real recipients and the real texts."""
    return Rounds(ledger.view, Lookup(ledger.view, {}).recipients, lambda text, **facts: (say(text, **facts), 1))


async def fill(ledger: Ledger, clocks: int) -> None:
    """People, cases, and clocks that last evenly up to a year: five levels each, after every fifth of its length."""
    await _enter(ledger, (*_people(), *_cases()))
    await start(ledger, clocks)


async def start(ledger: Ledger, clocks: int) -> None:
    """The clocks alone."""
    await _enter(ledger, tuple(_clocks(clocks)))


async def _enter(ledger: Ledger, drafts: Sequence[Draft]) -> None:
    for first in range(0, len(drafts), AT_ONCE):
        await ledger.append(*drafts[first : first + AT_ONCE])


def _draft(fact: Fact, **where: str) -> Draft:
    return Draft(fact=fact, happened=BEGAN, **where)  # type: ignore[arg-type]  # ids only


def _people() -> Iterator[Draft]:
    for role in ("legal-officer", "unit-leader", "clerk"):
        yield _draft(PersonRegistered(roles=(role,), emergency=False), subject=f"p-{role}")
    for number in range(OFFICERS):
        yield _draft(PersonRegistered(roles=_OFFICER, emergency=False), subject=f"p-{number}")


def _cases() -> Iterator[Draft]:
    for number in range(CASES):
        yield _draft(CaseAccepted(accepted=BEGAN, needs_review=False), case=f"A{number}")
        yield _draft(OfficerAssigned(part="lead"), case=f"A{number}", subject=f"p-{number % OFFICERS}")


def _clocks(count: int) -> Iterator[Draft]:
    for number in range(count):
        length = YEAR_US * (number + 1) // count
        steps = tuple(Step(colour, BEGAN + length * fifth // 5, tell) for fifth, (colour, tell) in enumerate(TOLD, 1))
        fact = ClockStarted(id=f"clock-{number:06}", name="bench", start=BEGAN, due=BEGAN + length, steps=steps)
        yield _draft(fact, case=f"A{number % CASES}", object=f"{number:08}")
