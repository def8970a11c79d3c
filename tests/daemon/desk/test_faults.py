"""What a cabinet does when the disk, the line, the lock or the people fail it in the middle of something."""

import asyncio
import contextlib
from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, PLACES, Disk, Room, room

from custodyd.desk.cabinet import events, machine
from custodyd.desk.cabinet.line import EmergencyLine, Opening
from custodyd.desk.cabinet.states import Armed, Idle, Motion, Present, State
from custodyd.desk.register import Conflict, NotFound
from custodyd.model.entry import Actor, Draft, Entry
from custodyd.policy import rule
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply

LEADER = Actor("fingerprint", 2, "p-leader", "unit-leader", "reader-a", 5, 100)


async def opening(at: Room, who: str = "officer") -> str:
    """A granted deposit whose door has not opened yet; returns the dossier."""
    dossier = await at.case()
    await at.finger(who)
    await at.scan(dossier)
    assert isinstance(at.desk.state.visit, Motion)
    return dossier


async def emergency(at: Room, place: str = PLACES[2], who: str = "leader") -> None:
    await at.desk.handle(events.EmergencyAsked(*at.now(), place))
    await at.finger(who)


def doors(at: Room) -> list[int]:
    return [door for door, _ in at.hands.bank.pulses]


# --- the disk ------------------------------------------------------------------------------------------------------


async def test_a_door_left_open_while_the_disk_refuses_is_noted_once_and_the_desk_does_not_spin(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await opening(at)
        await at.door(PLACES[0], open=True)
        at.disk.refuses = True
        await at.wait(61)
        assert machine.next_tick(at.desk.context, at.desk.state) is None
        assert isinstance(at.desk.state.visit, Motion)
        at.disk.refuses = False
        await at.count(pages=3)
        await at.door(PLACES[0], open=False)
        assert at.last("door.left_open.ended").incident == at.last("door.left_open.began").incident


async def test_a_disk_that_refuses_after_the_pulse_makes_nobody_a_burglar(tmp_path: Path) -> None:
    class Full(Disk):
        async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
            entries = await super().append(*drafts)
            self.refuses = entries[0].kind == "dossier.deposit.granted"
            return entries

    async with room(tmp_path) as at:
        at.desk._record = Full(at.disk.ledger)
        await opening(at)
        await at.door(PLACES[0], open=True)
        at.desk._record.refuses = False
        await at.count(pages=3)
        await at.door(PLACES[0], open=False)
        assert at.last("door.opened").data["why"] == "granted"
        assert at.last("dossier.deposited").data == {"pages": 3}


async def test_a_bystanders_finger_on_a_full_disk_does_not_end_anothers_motion(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await opening(at)
        at.disk.refuses = True
        assert (await at.finger("stranger")).refused == "storage-full"
        assert isinstance(at.desk.state.visit, Motion)


async def test_a_count_that_cannot_be_kept_is_asked_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await opening(at)
        await at.door(PLACES[0], open=True)
        await at.door(PLACES[0], open=False)
        at.disk.refuses = True
        assert (await at.count(pages=3)).refused == "storage-full"
        at.disk.refuses = False
        await at.count(pages=3)
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert found.pages == 3


async def test_nobody_counts_and_the_dossier_is_stored_uncounted(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await opening(at)
        await at.door(PLACES[0], open=True)
        await at.door(PLACES[0], open=False)
        await at.wait(60)
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert (found.state, found.pages) == ("stored", None)


async def test_a_start_on_a_refusing_disk_still_starts_and_tells_the_interruption_later(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await opening(at)
    async with room(tmp_path, fresh=False) as at:
        at.disk.refuses = True
        await at.desk.start()
        assert "dossier.motion.interrupted" not in at.kinds()
        at.disk.refuses = False
        await at.finger("officer")
        assert "dossier.motion.interrupted" in at.kinds()


# --- the pulse -----------------------------------------------------------------------------------------------------


async def test_authority_that_ran_out_while_the_disk_was_slow_sends_no_pulse(tmp_path: Path) -> None:
    class Slow(Disk):
        async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
            entries = await super().append(*drafts)
            at.clock.pass_time(61 if entries[0].kind == "dossier.deposit.granted" else 0)
            return entries

    async with room(tmp_path) as at:
        at.desk._record = Slow(at.disk.ledger)
        dossier = await at.case()
        await at.finger("officer")
        await at.scan(dossier)
        assert doors(at) == []
        assert at.last("door.unlock.failed").data["reason"] == "the authority expired before the pulse"
        assert at.desk.screen.text == "refused.unlock-failed"
        assert at.lookup.is_free(PLACES[0])


async def test_whoever_stops_waiting_stops_no_pulse(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        begun, ended = asyncio.Event(), asyncio.Event()

        async def slow(door: int) -> None:
            begun.set()
            await ended.wait()

        at.hands.bank.pulse = slow  # type: ignore[method-assign]  # a slow board
        scanning = asyncio.create_task(at.scan(dossier))
        await asyncio.wait_for(begun.wait(), 5)
        scanning.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await scanning
        ended.set()
        await at.door(PLACES[0], open=True)
        assert "door.unlock.accepted" in at.kinds()
        assert at.last("door.opened").data["why"] == "granted"


# --- emergency -----------------------------------------------------------------------------------------------------


async def test_an_emergency_names_its_rule_and_its_door_belongs_to_its_incident(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await emergency(at)
        await at.door(PLACES[2], open=True)
        opened = at.last("emergency.opened")
        assert opened.rule == rule("emergency-only-permitted")
        assert at.last("door.opened").incident == opened.incident
        assert at.kinds().count("message.intended") == 1


async def test_an_emergency_that_cannot_be_lined_is_entered_before_the_pulse(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        (tmp_path / "emergency").mkdir()
        await emergency(at)
        ((door, head),) = at.hands.bank.pulses
        assert door == 3
        assert head >= at.last("emergency.opened").at


async def test_without_line_and_record_nothing_opens(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        (tmp_path / "emergency").mkdir()
        at.disk.refuses = True
        await emergency(at)
        assert doors(at) == []
        assert at.desk.screen.text == "refused.storage-failed"


async def test_an_emergency_is_entered_once_and_its_leaders_told_once_the_disk_takes_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        at.disk.refuses = True
        await emergency(at)
        line = (tmp_path / "emergency").read_bytes()
        await at.desk.enter_owed()
        assert (tmp_path / "emergency").read_bytes() == line
        at.disk.refuses = False
        await at.desk.enter_owed()
        (tmp_path / "emergency").write_bytes(line)  # as if it had not been cleared in time
        await at.desk.enter_owed()
        assert at.kinds().count("emergency.opened") == 1
        assert at.kinds().count("message.intended") == 1
        assert (tmp_path / "emergency").read_bytes() == b""


async def test_a_running_desk_enters_what_it_owes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custodyd.desk.cabinet.desk.RETRY_S", 0.01)
    async with room(tmp_path) as at:
        at.disk.refuses = True
        await emergency(at)
        at.disk.refuses = False
        running = asyncio.create_task(at.desk.run())
        async with asyncio.timeout(10):
            async for entry in at.disk.ledger.follow(("1", 0)):
                if entry.kind == "emergency.opened":
                    break
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.mark.parametrize("turns", range(5))  # of the loop between the change and the cancellation
async def test_a_running_desk_that_is_cancelled_as_something_changes_ends(tmp_path: Path, turns: int) -> None:
    async with room(tmp_path) as at:
        at.desk.state = State(armed=Armed(PLACES[0], at.clock.elapsed() + 100))
        running = asyncio.create_task(at.desk.run())
        await asyncio.sleep(0.01)
        at.desk._become(at.desk.state)
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running}, timeout=2)
        assert running.cancelled()


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (LinkLost("gone"), "refused.unlock-failed"),
        (NoReply("silence", 0.3), "refused.unlock-unknown"),
        (Garbled("noise"), "refused.unlock-unknown"),
    ],
)
async def test_an_emergency_pulse_that_did_not_arrive_is_said(tmp_path: Path, failure: DeviceError, text: str) -> None:
    async with room(tmp_path) as at:
        at.hands.bank.failure = failure
        await emergency(at)
        assert at.desk.screen.text == text
        assert (PLACES[2] in at.desk.state.expected) is isinstance(failure, NoReply | Garbled)


async def test_an_emergency_waits_thirty_seconds_for_its_finger_and_no_longer(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[2]))
        at.clock.pass_time(31)
        await at.finger("leader")
        assert doors(at) == []
        assert isinstance(at.desk.state.visit, Present)


async def test_an_emergency_at_a_place_that_is_not_here_is_told(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.desk.handle(events.EmergencyAsked(*at.now(), "dossier-z/1"))
        assert at.desk.screen.text == "cabinet.no_such_place"


async def test_an_emergency_door_that_stays_shut_lapses(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await emergency(at)
        await at.wait(11)
        assert at.last("door.authorisation.lapsed").place == PLACES[2]
        assert not at.desk.state.expected


def test_half_a_line_is_no_opening_and_spoils_no_other(tmp_path: Path) -> None:
    line = EmergencyLine(tmp_path / "emergency")
    assert line.openings() == ()
    first, second = Opening("dossier-a/1", LEADER, 1, "e:1"), Opening("dossier-a/2", LEADER, 2, "e:2")
    line.write(first)
    with (tmp_path / "emergency").open("ab") as file:
        file.write(b'{"place":"dossier-a/3","act')
    line.write(second)
    assert list(line.openings()) == [first, second]
    line.clear(first)
    assert list(line.openings()) == [second]


# --- people --------------------------------------------------------------------------------------------------------


async def test_a_handover_ends_with_the_authority_of_the_giver(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        await at.finger("officer")
        await at.choose("handover", dossier)
        at.clock.pass_time(60.5)
        await at.finger("partner")
        assert "dossier.handed_over" not in at.kinds()


async def test_who_vouches_for_the_holder_cannot_take_the_loan(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        await at.finger("partner")
        await at.desk.handle(events.Vouch(*at.now(), at.people["officer"]))
        await at.choose("handover", dossier)
        assert (await at.finger("partner")).refused == "second-person-needed"
        assert "dossier.handed_over" not in at.kinds()


@pytest.mark.parametrize("named", ["partner", "nobody"])
async def test_nobody_vouches_for_himself_or_for_a_stranger_to_the_record(tmp_path: Path, named: str) -> None:
    async with room(tmp_path) as at:
        await at.finger("partner")
        await at.desk.handle(events.Vouch(*at.now(), at.people.get(named, "p-nobody")))
        assert at.desk.screen.text == "cabinet.cannot_vouch"


async def test_without_a_finger_nothing_is_chosen_scanned_vouched_or_counted(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        vouched = await at.desk.handle(events.Vouch(*at.now(), at.people["officer"]))
        tried = [vouched, await at.scan(dossier), await at.choose("review", dossier), await at.terms()]
        tried.append(await at.count(pages=1))
        assert {outcome.refused for outcome in tried} == {"identification-expired"}
        await at.leave()
        assert isinstance(at.desk.state.visit, Idle)


async def test_a_choice_of_what_is_not_registered_is_refused(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("officer")
        assert (await at.choose("withdrawal", "00000000")).refused == "code-unknown"


async def test_another_finger_takes_the_visit_and_a_finger_during_a_motion_only_hears_to_finish(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("stranger")
        await opening(at)
        assert at.last("visit.ended").data["why"] == "replaced"
        await at.finger("legal")
        assert at.desk.screen.text == "cabinet.finish_first"


@pytest.mark.parametrize("act", ["withdrawal", "review"])
async def test_what_stands_in_another_cabinet_is_told_as_there(tmp_path: Path, act: str) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
    async with room(tmp_path, fresh=False, places=("dossier-b/1",)) as at:
        await at.finger("legal" if act == "review" else "officer")
        assert (await at.choose(act, dossier)).refused == "stored-elsewhere"
        assert (await at.scan(dossier)).refused == "stored-elsewhere"


async def test_a_remark_of_a_review_is_sealed_and_a_changed_seal_is_a_discrepancy(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await opening(at)
        await at.door(PLACES[0], open=True)
        await at.count(seal="S-1")
        await at.door(PLACES[0], open=False)
        await at.finger("legal")
        await at.scan(dossier)
        await at.door(PLACES[0], open=True)
        await at.count(finding="to-correct", remark="第三页缺签名")
        await at.door(PLACES[0], open=False)
        assert [sealed.path for sealed in at.last("dossier.reviewed").sealed] == ["/data/remark"]
        await at.lent(dossier)
        await at.finger("officer")
        await at.scan(dossier)
        place = at.moving()
        await at.door(place, open=True)
        await at.count(seal="S-2")
        await at.door(place, open=False)
        assert at.last("dossier.discrepancy.found").data == {"what": "seal", "expected": "S-1", "found": "S-2"}


async def test_a_door_that_closed_while_nobody_looked_is_found_closed(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.door(PLACES[1], open=True)
        await at.door(PLACES[1], open=True)
        assert at.kinds().count("door.opened") == 1
    async with room(tmp_path, fresh=False) as at:
        await at.door(PLACES[1], open=False)
        await at.door(PLACES[1], open=False)
        assert at.last("door.closed").data == {"found": True}
        assert at.kinds().count("door.closed") == 1


# --- incidents -----------------------------------------------------------------------------------------------------


async def cut(directory: Path, *, lent: bool) -> tuple[str, str]:
    """A deposit or return that a restart cut; returns dossier and incident."""
    async with room(directory) as at:
        dossier = await at.case()
        if lent:
            await at.stored(dossier)
            await at.lent(dossier)
        await at.finger("officer")
        await at.scan(dossier)
    async with room(directory, fresh=False) as at:
        await at.desk.start()
        return dossier, str(at.last("dossier.motion.interrupted").incident)


@pytest.mark.parametrize("lent", [False, True])
async def test_a_dossier_that_people_found_stored_is_waited_for_no_longer(tmp_path: Path, lent: bool) -> None:
    _, incident = await cut(tmp_path, lent=lent)
    async with room(tmp_path, fresh=False) as at:
        await at.register.explain(incident, "断电", at.people["officer"], "stored", BY, None)
        assert at.disk.view.select("clock", ended=None) == []


async def test_a_dossier_that_people_found_out_is_held_by_who_is_named_and_its_place_is_free(tmp_path: Path) -> None:
    dossier, incident = await cut(tmp_path, lent=False)
    async with room(tmp_path, fresh=False) as at:
        await at.register.explain(incident, "断电", at.people["partner"], "out", BY, None)
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert (found.state, found.holder) == ("out", at.people["partner"])
        assert at.lookup.is_free(PLACES[0])
        assert await at.stored(dossier, who="partner") == PLACES[0]


@pytest.mark.parametrize("outcome", [None, "unchanged"])
async def test_an_interrupted_motion_is_not_closed_without_saying_where_the_dossier_is(
    tmp_path: Path, outcome: None
) -> None:
    _, incident = await cut(tmp_path, lent=False)
    async with room(tmp_path, fresh=False) as at:
        with pytest.raises(Conflict):
            await at.register.explain(incident, "断电", at.people["officer"], outcome, BY, None)


async def test_no_other_incident_moves_a_dossier(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.door(PLACES[0], open=True)
        incident = str(at.last("door.opened").incident)
        with pytest.raises(Conflict):
            await at.register.explain(incident, "维修", at.people["leader"], "out", BY, None)
        await at.register.explain(incident, "维修", at.people["leader"], "unchanged", BY, None)
        with pytest.raises(Conflict):
            await at.register.explain(incident, "维修", at.people["leader"], None, BY, None)
        with pytest.raises(NotFound):
            await at.register.explain("nothing", "维修", at.people["leader"], None, BY, None)
        with pytest.raises(NotFound):
            await at.register.explain(incident, "维修", "p-nobody", None, BY, None)
