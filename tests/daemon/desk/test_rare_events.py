"""What hardly ever happens at a cabinet: each has an answer, and none moves a bolt or loses a dossier."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, CABINET, PLACES, READER, room

from custodyd.desk.cabinet import events, machine
from custodyd.desk.cabinet.states import Armed, Present, State
from custodyd.desk.cabinet.step import Pulse, Step
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts import cabinet as facts

NOBODY = Actor("fingerprint", 2, "p-aaaaaaaaaaaaaaaaaaaaaaaaaa")


def moved_nothing(step: Step) -> bool:
    return not any(isinstance(effect, Pulse) for effect in step.effects)


async def test_a_person_whom_the_record_no_longer_knows_opens_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        here = State(Present(NOBODY, at.clock.elapsed() + 60))
        step = machine.step(at.desk.context, here, events.Code(*at.now(), at.register.code_of(dossier), 1))
        assert moved_nothing(step)
        assert [entry.fact.kind for entry in step.entries] == ["code.rejected"]


async def test_a_person_who_was_only_named_opens_nothing_alone(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        here = State(Present(Actor("named", 1, at.people["officer"]), at.clock.elapsed() + 60))
        step = machine.step(at.desk.context, here, events.Code(*at.now(), at.register.code_of(dossier), 1))
        assert moved_nothing(step)
        (entry,) = step.entries
        assert (entry.fact.kind, entry.rule and entry.rule.id) == ("dossier.act.refused", "second-person-needed")


async def test_a_loan_whose_dossier_is_not_in_the_record_is_handed_to_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        giver = Actor("fingerprint", 2, at.people["officer"])
        here = State(Present(giver, at.clock.elapsed() + 60, giving="ZZZZZZZZ"))
        step = machine.step(at.desk.context, here, events.Finger(*at.now(), READER, 1, 100))
        assert (step.entries, step.state) == ((), State())


async def test_a_return_that_nobody_counts_shows_no_difference(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        await at.finger("officer")
        await at.scan(dossier)
        place = at.moving()
        await at.door(place, open=True)
        await at.door(place, open=False)
        await at.wait(61)
        assert "dossier.returned" in at.kinds()
        assert "dossier.discrepancy.found" not in at.kinds()


async def test_an_emergency_that_nobody_opens_is_forgotten_after_its_time(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        armed = State(armed=Armed(PLACES[0], at.clock.elapsed() - 1))
        assert machine.step(at.desk.context, armed, events.Tick(*at.now())).state == State()


async def test_the_next_tick_is_when_the_visit_ends(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        until = at.clock.elapsed() + 60
        assert machine.next_tick(at.desk.context, State(Present(NOBODY, until))) == until


async def test_whoever_may_not_open_in_an_emergency_only_arms_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("officer")
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[0]))
        assert at.desk.screen.text == "cabinet.emergency_armed"
        assert at.hands.bank.pulses == []


async def test_civil_time_waits_for_whoever_is_at_the_cabinet(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        assert not at.desk.pending
        await at.finger("officer")
        assert at.desk.pending
        await at.leave()
        await at.door(PLACES[0], open=True)
        assert at.desk.pending


async def test_a_scan_that_cannot_be_written_ends_the_visit(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        at.disk.refuses = True
        done = await at.scan(dossier)
        assert done.refused == "storage-full"
        assert at.desk.state == State()
        assert at.hands.bank.pulses == []


async def test_a_running_desk_lets_a_visit_end_by_itself(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("officer")
        at.clock.pass_time(61)
        running = asyncio.create_task(at.desk.run())
        async with asyncio.timeout(10):
            while isinstance(at.desk.state.visit, Present):
                await at.desk.changed.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        assert at.kinds()[-1] == "visit.ended"


async def test_an_end_that_belongs_to_no_incident_closes_none(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.door(PLACES[0], open=True)
        (before,) = at.disk.view.select("incident")
        await at.disk.append(Draft(fact=facts.DoorLeftOpenEnded(seconds=1), happened=0, place=PLACES[0]))
        ghost = Draft(fact=facts.DoorLeftOpenEnded(seconds=1), happened=0, place=PLACES[0], incident="nothing")
        await at.disk.append(ghost)
        assert at.disk.view.select("incident") == [before]


@pytest.mark.parametrize("outcome", ["stored", "out"])
async def test_an_interrupted_motion_of_a_dossier_that_is_not_registered_can_still_be_explained(
    tmp_path: Path, outcome: str
) -> None:
    async with room(tmp_path) as at:
        fact = facts.MotionInterrupted(act="deposit")
        draft = Draft(fact=fact, happened=0, place=f"{CABINET}/1", object="ZZZZZZZZ", incident="interrupted-1")
        await at.disk.append(draft)
        entry = await at.register.explain("interrupted-1", "演习", at.people["officer"], outcome, BY, None)  # type: ignore[arg-type]  # a test's words
        assert entry.kind == "incident.explained"


async def test_a_door_forced_while_the_record_cannot_be_read_is_known_to_stand_open(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("officer")
        at.disk.ledger._reader.close()
        assert (await at.door(PLACES[0], open=True)).refused == "storage-failing"
        assert at.desk.state.open_doors[PLACES[0]].why == "forced"
        assert at.hands.bank.pulses == []
