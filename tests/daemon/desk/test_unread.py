"""A record that cannot even be read: an emergency still opens, from memory, and nothing else does."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, PLACES, READER, Room, room

from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.line import EmergencyLine
from custodyd.ledger.keys import Card
from custodyd.model.entry import Draft
from custodyd.model.facts.people import FingerEnrolled, FingerRemoved, PersonChanged

LEADERS_SLOT = 5


def lose_the_record(at: Room) -> None:
    """From here on every question to the record fails, and so does every entry."""
    at.disk.ledger._reader.close()
    at.disk.refuses = True


async def ask(at: Room, place: str = PLACES[2]) -> None:
    await at.desk.handle(events.EmergencyAsked(*at.now(), place))


def doors(at: Room) -> list[int]:
    return [door for door, _ in at.hands.bank.pulses]


@asynccontextmanager
async def unread(directory: Path) -> AsyncGenerator[Room]:
    """A room whose fingers were read while the record was good, and whose record is lost now."""
    async with room(directory) as at:
        at.desk.context.permitted.look()
        lose_the_record(at)
        yield at


async def test_a_permitted_finger_opens_and_is_entered_with_both_times_once_the_record_is_back(tmp_path: Path) -> None:
    async with unread(tmp_path) as at:
        asked = at.clock.civil()
        await ask(at)
        assert at.desk.screen.text == "cabinet.emergency_armed"
        await at.finger("leader")
        assert doors(at) == [3]
        (line,) = EmergencyLine(tmp_path / "emergency").openings()
        assert (line.place, line.actor.person, line.happened) == (PLACES[2], at.people["leader"], asked)
    async with room(tmp_path, fresh=False) as at:
        at.clock.pass_time(600)
        await at.desk.start()
        entry = at.last("emergency.opened")
        assert (entry.happened, entry.actor) == (asked, line.actor)
        assert entry.recorded > asked
        assert at.kinds().count("message.intended") == 1
        assert not EmergencyLine(tmp_path / "emergency").openings()


async def test_a_finger_without_the_permission_opens_nothing_and_leaves_the_emergency_armed(tmp_path: Path) -> None:
    async with unread(tmp_path) as at:
        await ask(at)
        assert (await at.finger("officer")).refused == "emergency-unread"
        assert doors(at) == []
        await at.finger("leader")
        assert doors(at) == [3]


async def test_where_there_never_was_a_good_state_no_finger_opens(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        lose_the_record(at)
        await ask(at)
        assert (await at.finger("leader")).refused == "emergency-unread"
        assert at.desk.screen.next_step == "refused.emergency-unread.next"
        assert doors(at) == []


async def test_without_an_emergency_asked_for_a_permitted_finger_opens_nothing(tmp_path: Path) -> None:
    async with unread(tmp_path) as at:
        assert (await at.finger("leader")).refused == "storage-failing"
        await ask(at)
        at.clock.pass_time(31)
        assert (await at.finger("leader")).refused == "storage-failing"
        assert doors(at) == []


async def test_who_was_identified_before_the_loss_lays_the_finger_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        at.desk.context.permitted.look()
        await at.finger("leader")
        lose_the_record(at)
        await ask(at)
        assert doors(at) == []
        await at.finger("leader")
        assert doors(at) == [3]


async def test_without_memory_line_and_record_nothing_opens(tmp_path: Path) -> None:
    async with unread(tmp_path) as at:
        (tmp_path / "emergency").mkdir()
        await ask(at)
        assert (await at.finger("leader")).refused == "storage-failing"
        assert doors(at) == []


async def test_memory_keeps_pace_with_every_change_of_people_and_fingers(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        permitted = at.desk.context.permitted
        keeping = asyncio.create_task(permitted.keep(at.disk.ledger))
        await until(lambda: permitted.at(READER, LEADERS_SLOT) is not None)
        marked = await at.register.person(Card("模拟值班员"), ("guard",), BY, emergency=True, request=None)
        await enter(at, FingerEnrolled(slot=9), str(marked.subject))
        await until(lambda: permitted.at(READER, 9) is not None)
        await enter(at, PersonChanged(roles=("guard",), active=True, emergency=False), str(marked.subject))
        await until(lambda: permitted.at(READER, 9) is None)
        await enter(at, FingerRemoved(slot=LEADERS_SLOT), at.people["leader"])
        await until(lambda: permitted.at(READER, LEADERS_SLOT) is None)
        await at.disk.ledger.close()
        await asyncio.wait_for(keeping, 5)


async def test_memory_outlives_the_record_and_is_read_anew_when_it_answers_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd.desk.permitted.RETRY_S", 0.01)
    async with room(tmp_path) as at:
        permitted, reader = at.desk.context.permitted, at.disk.ledger._reader
        keeping = asyncio.create_task(permitted.keep(at.disk.ledger))
        await until(lambda: permitted.at(READER, LEADERS_SLOT) is not None)
        at.disk.ledger._reader = at.disk.ledger.reader()
        at.disk.ledger._reader.close()
        await enter(at, FingerRemoved(slot=LEADERS_SLOT), at.people["leader"])
        await asyncio.sleep(0.05)
        assert permitted.at(READER, LEADERS_SLOT) is not None
        at.disk.ledger._reader = reader
        await until(lambda: permitted.at(READER, LEADERS_SLOT) is None)
        keeping.cancel()


async def enter(at: Room, fact: FingerEnrolled | FingerRemoved | PersonChanged, person: str) -> None:
    await at.disk.append(Draft(fact=fact, happened=at.clock.civil(), actor=BY, device=READER, subject=person))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - a task of its own looks
            await asyncio.sleep(0.005)
