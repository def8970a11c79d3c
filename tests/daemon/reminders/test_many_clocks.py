"""Many steps due at once: in transactions of 500 at most, in order, each once, and the loop breathes meanwhile."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from tests.daemon.desk.support import HOUR_US, Room, room
from tests.daemon.reminders.test_rounds import held, words

from custodyd.ledger.errors import RecordUnavailable, Unrecordable
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.clocks import ClockEnded, ClockMoved, ClockStarted, Colour, Step, StepReached
from custodyd.reminders.rounds import AT_ONCE, Rounds

COLOURS: tuple[Colour, ...] = ("green", "blue", "yellow", "orange", "red")
STALL_S = 0.5  # far beyond what a loaded machine adds; the bench holds it to 50 ms


def started(id: str, start: int, *, every: int = HOUR_US, tell: tuple[str, ...] = ()) -> Draft:
    """A clock whose five levels lie `every` apart."""
    steps = tuple(Step(colour, start + number * every, tell) for number, colour in enumerate(COLOURS))
    return Draft(fact=ClockStarted(id=id, name="any", due=steps[-1].at, steps=steps), happened=start, case="A1")


def reached(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(entry.data["id"], entry.data["colour"]) for entry in entries if entry.kind == "reminder.step.reached"]


@dataclass
class Watched:
    """Takes drafts as the ledger does, and notes how many came together."""

    at: Room
    sizes: list[int] = field(default_factory=list[int])
    refuse: str = ""
    fail: bool = False

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        if self.fail and self.sizes:
            raise RecordUnavailable("full")
        if any(getattr(draft.fact, "id", "") == self.refuse for draft in drafts):
            raise Unrecordable("as a fold would say")
        self.sizes.append(len(drafts))
        return await self.at.disk.append(*drafts)


async def entered(at: Room, drafts: Sequence[Draft]) -> None:
    for first in range(0, len(drafts), 500):
        await at.disk.append(*drafts[first : first + 500])


async def test_thousands_of_missed_levels_are_entered_in_order_once_and_never_more_than_500_at_a_time(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started(f"c{number:04}", now + number) for number in range(600)])
        at.clock.pass_time(24 * 3600)
        record, longest = Watched(at), [0.0]
        beat = asyncio.create_task(_beat(longest))
        count = await Rounds(at.disk.view, at.lookup.recipients, words).hold(record, at.clock.civil())
        beat.cancel()
        entries = [entry for start in range(0, 3000, 200) for entry in _steps(at, start)]
        assert count == 3000
        assert max(record.sizes) <= AT_ONCE
        assert sum(record.sizes) == len(reached(entries)) == len(set(reached(entries))) == 3000
        assert all(entry.data["late"] for entry in entries)
        climbed: dict[str, list[str]] = {}
        for clock, colour in reached(entries):
            climbed.setdefault(clock, []).append(colour)
        assert {tuple(colours) for colours in climbed.values()} == {COLOURS}
        assert longest[0] < STALL_S
        assert await held(at) == []


def _steps(at: Room, start: int) -> list[Entry]:
    every = at.disk.ledger.entries(limit=100_000, kind="reminder.step.reached")
    return every[start : start + 200]


async def _beat(longest: list[float]) -> None:
    last = time.monotonic()
    while True:
        await asyncio.sleep(0.001)
        now = time.monotonic()
        longest[0], last = max(longest[0], now - last), now


async def test_a_clock_that_cannot_be_entered_holds_up_no_other(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started(f"c{number}", now, every=0) for number in range(3)])
        record = Watched(at, refuse="c1")
        rounds = Rounds(at.disk.view, at.lookup.recipients, words)
        await rounds.hold(record, now)
        assert {clock for clock, _ in reached(at.disk.ledger.entries(limit=500))} == {"c0", "c2"}
        record.refuse = ""
        await rounds.hold(record, now)
        assert {clock for clock, _ in reached(at.disk.ledger.entries(limit=500))} == {"c0", "c1", "c2"}


async def test_what_was_entered_before_the_disk_refused_is_not_entered_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started(f"c{number:03}", now, every=0) for number in range(150)])
        record = Watched(at, fail=True)
        rounds = Rounds(at.disk.view, at.lookup.recipients, words)
        with pytest.raises(RecordUnavailable):
            await rounds.hold(record, now)
        record.fail = False
        await rounds.hold(record, now)
        entries = at.disk.ledger.entries(limit=5000, kind="reminder.step.reached")
        assert len(reached(entries)) == len(set(reached(entries))) == 750


async def test_nothing_is_early_and_every_level_comes_at_its_own_moment(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started("c", now + HOUR_US)])
        assert await held(at) == []
        at.clock.pass_time(3600 - 0.000_001)
        assert await held(at) == []
        for colour in COLOURS:
            at.clock.pass_time(0.000_001)
            entries = await held(at)
            assert reached(entries) == [("c", colour)]
            assert [entry.happened >= entry.data["at"] for entry in entries] == [True]
            at.clock.pass_time(3600 - 0.000_001)


async def test_a_moved_clock_climbs_its_new_ladder_and_tells_each_colour_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case()
        now = at.clock.civil()
        await entered(at, [started("c", now, tell=("clerk",))])
        at.clock.pass_time(3 * 3600 + 1)
        before = [entry.data["id"] for entry in await held(at) if entry.kind == "message.intended"]
        later = at.clock.civil() + HOUR_US
        moved = ClockMoved(
            id="c", why="extended", document="X1", due_before=now + 4 * HOUR_US, due=later,
            steps=(Step("orange", later - 1, ("clerk",)), Step("red", later, ("clerk",))),
        )  # fmt: skip
        await at.disk.append(Draft(fact=moved, happened=at.clock.civil()))
        at.clock.pass_time(3600 - 1)
        assert await held(at) == []
        at.clock.pass_time(1)
        entries = await held(at)
        assert reached(entries) == [("c", "orange"), ("c", "red")]
        after = [entry.data["id"] for entry in entries if entry.kind == "message.intended"]
        assert len(before) == len(after) == 1
        assert before != after
        assert (at.disk.view.get("clock", "c") or {})["due"] == later


async def test_a_level_that_was_reached_is_not_reached_again_when_the_clock_is_set_back(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started("c", now)])
        at.clock.pass_time(3600)
        await held(at)
        at.clock.pass_time(-3600)
        again = ClockMoved(
            id="c", why="corrected", document="X1", due_before=None, due=now, steps=(Step("blue", now + HOUR_US),)
        )
        await at.disk.append(Draft(fact=again, happened=at.clock.civil()))
        at.clock.pass_time(3600)
        assert await held(at) == []


async def test_what_comes_too_late_for_a_clock_changes_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started("c", now)])
        for fact in (ClockEnded(id="c", met=True), ClockEnded(id="c", met=False), ClockEnded(id="d", met=True)):
            await at.disk.append(Draft(fact=fact, happened=now))
        ended = (at.disk.view.get("clock", "c") or {})["ended"]
        for id in ("c", "d"):
            fact = ClockMoved(id=id, why="extended", document="X", due_before=None, due=now, steps=(Step("red", now),))
            await at.disk.append(Draft(fact=fact, happened=now))
        assert (at.disk.view.get("clock", "c") or {})["ended"] == ended
        assert at.disk.view.get("clock", "d") is None
        assert await held(at) == []
        digests = await at.disk.ledger.rebuild()
        assert all(kept == fresh for kept, fresh in digests.values())


async def test_claims_of_one_round_follow_one_another_by_time(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        await entered(at, [started(f"c{number:03}", now + number * HOUR_US, every=1) for number in range(220)])
        at.clock.pass_time(1000 * 3600)
        entries = [entry for entry in await held(at) if entry.kind == "reminder.step.reached"]
        every = at.disk.ledger.entries(limit=5000, kind="reminder.step.reached")
        assert entries[0].data["id"] == "c000"
        assert all(one.data["at"] <= other.data["at"] for one, other in pairwise(every))


async def test_a_ladder_without_an_end_is_told_in_its_own_words_and_a_level_twice_is_one(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        fact = ClockStarted(id="K1", name="point", steps=(Step("orange", now, ("clerk",)),))
        await at.disk.append(Draft(fact=fact, happened=now, case="A1"))
        level, told = await held(at)
        assert "due" not in level.data
        assert told.data["text"].startswith("sms.item.orange")
        again = StepReached(id="K1", colour="orange", at=now, late=False)
        await at.disk.append(Draft(fact=again, happened=now))
        assert await held(at) == []
