"""A property locker has no workflow yet: its doors and emergencies are as anywhere, the rest is refused in words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.daemon.desk.support import PLACES, Room, room

from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.states import Idle
from custodyd_drivers.errors import NoReply

FIRST, SECOND, _ = PLACES


@asynccontextmanager
async def locker(directory: Path, *, has_reader: bool = True) -> AsyncIterator[Room]:
    async with room(directory) as at:
        at.desk.context = replace(at.desk.context, kind="property", has_reader=has_reader)
        yield at


async def asked(at: Room, place: str = FIRST):
    return await at.desk.handle(events.EmergencyAsked(*at.now(), place))


# --- doors ---


@pytest.mark.parametrize(("found", "why"), [(False, "forced"), (True, "found")])
async def test_a_door_that_nobody_opened_is_an_incident_and_the_leader_is_told(
    tmp_path: Path, found: bool, why: str
) -> None:
    async with locker(tmp_path) as at:
        outcome = await at.door(FIRST, open=True, found=found)
        assert outcome.screen.text == f"cabinet.door_{why}"
        opened = at.last("door.opened")
        assert (opened.data["why"], opened.place) == (why, FIRST)
        (incident,) = at.disk.view.select("incident", closed=None)
        assert incident["incident"] == opened.incident
        assert at.kinds()[-1] == "message.intended"
        await at.door(FIRST, open=False)
        assert at.kinds()[-1] == "door.closed"
        assert not at.lookup.door_is_open(FIRST)


async def test_a_door_left_open_is_an_incident_until_it_is_shut(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        await at.door(SECOND, open=True, found=True)
        await at.wait(61)
        left = at.last("door.left_open.began")
        assert left.place == SECOND
        await at.door(SECOND, open=False)
        assert at.last("door.left_open.ended").incident == left.incident


async def test_a_door_that_closed_while_nobody_looked_is_entered(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        await at.door(FIRST, open=True, found=True)
        at.desk.state = at.desk.state.with_door(FIRST, None)  # as after a restart
        await at.door(FIRST, open=False, found=True)
        assert at.last("door.closed").data["found"] is True


# --- emergencies ---


@pytest.mark.parametrize("finger_first", [True, False])
async def test_a_permitted_finger_opens_in_an_emergency(tmp_path: Path, finger_first: bool) -> None:
    async with locker(tmp_path) as at:
        if finger_first:
            await at.finger("leader")
            await asked(at)
        else:
            await asked(at)
            await at.finger("leader")
        assert [door for door, _ in at.hands.bank.pulses] == [1]
        await at.door(FIRST, open=True)
        assert at.last("door.opened").data["why"] == "emergency"
        assert at.last("emergency.opened").place == FIRST
        (incident,) = at.disk.view.select("incident", closed=None)
        assert incident["kind"] == "emergency.opened"


async def test_an_emergency_whose_answer_is_lost_is_unknown_and_not_repeated(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        at.hands.bank.failure = NoReply("silence", 0.3)
        await asked(at)
        outcome = await at.finger("leader")
        assert outcome.screen.text == "refused.unlock-unknown"
        assert len(at.hands.bank.pulses) == 1
        assert at.kinds()[-1] == "door.unlock.became_unknown"


async def test_an_emergency_opens_although_the_disk_is_full(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        at.disk.refuses = True
        await asked(at)
        await at.finger("leader")
        assert len(at.hands.bank.pulses) == 1
        at.disk.refuses = False
        await at.desk.enter_owed()
        assert at.last("emergency.opened").place == FIRST


async def test_nobody_else_opens_in_an_emergency(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        await asked(at)
        outcome = await at.finger("officer")
        assert outcome.refused == "emergency-only-permitted"
        assert at.hands.bank.pulses == []


async def test_without_a_reader_an_emergency_is_refused_instead_of_waiting_for_nobody(tmp_path: Path) -> None:
    async with locker(tmp_path, has_reader=False) as at:
        outcome = await asked(at)
        assert (outcome.refused, outcome.screen.next_step) == ("no-reader", "refused.no-reader.next")
        assert at.desk.state.armed is None


# --- everything else ---


async def test_a_finger_is_greeted_and_told_what_this_cabinet_can_do(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        outcome = await at.finger("officer")
        assert (outcome.screen.text, outcome.screen.ask) == ("cabinet.emergency_only", "nothing")
        assert outcome.screen.person == at.people["officer"]
        assert at.kinds()[-1] == "person.identified"
        await at.leave()
        assert isinstance(at.desk.state.visit, Idle)


async def test_whatever_else_is_asked_for_is_refused_with_its_own_sentence(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        before = at.kinds()
        outcomes = [
            await at.scan(dossier),
            await at.code("noise"),
            await at.code(None),
            await at.choose("withdrawal", dossier),
            await at.choose("handover", dossier),
            await at.terms(),
            await at.count(pages=3),
            await at.desk.handle(events.Vouch(*at.now(), at.people["partner"])),
        ]
        assert {(one.refused, one.screen.next_step) for one in outcomes} == {
            ("no-workflow", "refused.no-workflow.next")
        }
        assert at.kinds() == before
        assert at.hands.bank.pulses == []
        assert at.lookup.is_free(FIRST)


async def test_a_finger_that_nobody_has_is_refused_as_anywhere(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        outcome = await at.desk.handle(events.BadFinger(*at.now(), "reader-p", "unknown"))
        assert outcome.refused == "finger-unknown"
        assert at.kinds()[-1] == "finger.rejected"


async def test_an_identification_expires_as_anywhere(tmp_path: Path) -> None:
    async with locker(tmp_path) as at:
        await at.finger("leader")
        await at.wait(61)
        assert isinstance(at.desk.state.visit, Idle)
        await asked(at)
        assert at.hands.bank.pulses == []
