"""Fingers into readers and out of them: who may, what is recorded, and what a reader holds that nobody knows."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.daemon.desk.support import BY, READER, Room, room

from custodyd.desk.enrolment import Enrolment, Forbidden, NotEnrolled
from custodyd.desk.register import NotFound
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts.people import FingerEnrolled, StationFounded
from custodyd_drivers.errors import DeviceError, LinkLost, Refused

FIRST_FREE = 6  # the room's people have slots 0 to 5


class Reader:
    """A sensor with eight slots."""

    capacity = 8

    def __init__(self) -> None:
        self.slots = set(range(FIRST_FREE))
        self.failure: DeviceError | None = None
        self.blind: DeviceError | None = None

    async def occupied(self) -> frozenset[int]:
        if self.blind is not None:
            raise self.blind
        return frozenset(self.slots)

    async def enrol(self, slot: int, seconds: float) -> None:
        if self.failure is not None:
            raise self.failure
        self.slots.add(slot)

    async def delete(self, slot: int) -> None:
        if self.failure is not None:
            raise self.failure
        self.slots.remove(slot)


def made(at: Room, reader: Reader) -> Enrolment:
    live = {READER: reader}
    return Enrolment(at.disk, at.clock, at.lookup, live.get)  # type: ignore[arg-type]  # the verbs used


def finger_of(at: Room, who: str) -> Actor:
    return Actor("fingerprint", 2, at.people[who], None, READER, list(at.people).index(who), 100)


async def founded(at: Room) -> None:
    """The room's clerk and leader are the first of a station whose founding is over."""
    who = at.people
    fact = StationFounded(witnesses=(who["legal"], who["partner"]), clerk=who["clerk"], leader=who["leader"])
    await at.disk.append(Draft(fact=fact, happened=0))
    again = FingerEnrolled(slot=list(who).index("clerk"))
    await at.disk.append(Draft(fact=again, happened=0, device=READER, subject=who["clerk"]))


async def test_a_clerk_names_and_a_technician_runs_the_reader(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        reader = Reader()
        who = at.people["stranger"]
        entry = await made(at, reader).enrol(READER, who, finger_of(at, "clerk"), BY, "key-1")
        assert reader.slots == set(range(FIRST_FREE + 1))
        assert (entry.kind, entry.subject, entry.second) == ("finger.enrolled", who, BY)
        assert at.last("finger.enrolment.granted").request == "key-1"
        person = at.lookup.person_at(READER, FIRST_FREE)
        assert person is not None
        assert person.id == who


async def test_who_is_no_clerk_neither_enrols_nor_removes(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        reader = Reader()
        enrolment = made(at, reader)
        await founded(at)
        weak = replace(finger_of(at, "clerk"), by="named", strength=1)
        for naming in (finger_of(at, "officer"), BY, weak, None):
            with pytest.raises(Forbidden) as caught:
                await enrolment.enrol(READER, at.people["officer"], naming, BY, None)
            assert caught.value.refused.rule.id == "clerk-names-fingers"
            with pytest.raises(Forbidden):
                await enrolment.remove(READER, 0, naming, BY, None)
        assert len(reader.slots) == FIRST_FREE


async def test_an_unknown_reader_person_or_slot_is_told(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, clerk = made(at, Reader()), finger_of(at, "clerk")
        with pytest.raises(NotFound, match="reader"):
            await enrolment.enrol("reader-z", at.people["officer"], clerk, BY, None)
        with pytest.raises(NotFound, match="person"):
            await enrolment.enrol(READER, "p-nobody", clerk, BY, None)
        with pytest.raises(NotFound, match="slot"):
            await enrolment.remove(READER, 7, clerk, BY, None)
        with pytest.raises(NotFound, match="reader"):
            await enrolment.remove("reader-z", 0, clerk, BY, None)


async def test_a_finger_that_the_reader_did_not_take_is_recorded_as_failed(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        reader = Reader()
        reader.failure = Refused("the pictures differ", 10)
        with pytest.raises(NotEnrolled, match="differ"):
            await made(at, reader).enrol(READER, at.people["officer"], finger_of(at, "clerk"), BY, None)
        assert at.last("finger.enrolment.failed").data["reason"] == "the pictures differ"


async def test_a_reader_that_is_full_or_gone_enrols_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        reader = Reader()
        reader.slots = set(range(8))
        enrolment, clerk = made(at, reader), finger_of(at, "clerk")
        with pytest.raises(NotEnrolled, match="full"):
            await enrolment.enrol(READER, at.people["officer"], clerk, BY, None)
        reader.blind = LinkLost("the port is gone")
        with pytest.raises(NotEnrolled, match="gone"):
            await enrolment.enrol(READER, at.people["officer"], clerk, BY, None)


async def test_a_removed_finger_names_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        reader = Reader()
        await made(at, reader).remove(READER, 0, finger_of(at, "clerk"), BY, None)
        assert 0 not in reader.slots
        assert at.lookup.person_at(READER, 0) is None
        assert (await at.finger("officer")).refused == "finger-unknown"


async def test_a_finger_that_the_reader_keeps_still_names_its_person(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        reader = Reader()
        reader.failure = LinkLost("the port is gone")
        with pytest.raises(NotEnrolled):
            await made(at, reader).remove(READER, 0, finger_of(at, "clerk"), BY, None)
        assert at.lookup.person_at(READER, 0) is not None


async def test_a_template_that_nobody_knows_is_told_once_while_it_stands_and_again_after_it_was_explained(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as at:
        enrolment = made(at, Reader())
        strange = frozenset({*range(FIRST_FREE), 7})
        await enrolment.compare(READER, strange)
        await enrolment.compare(READER, strange)
        (incident,) = at.disk.view.select("incident", closed=None)
        await at.register.explain(str(incident["incident"]), "测试", at.people["clerk"], None, BY, None)
        at.clock.pass_time(1)
        await enrolment.compare(READER, strange)
        assert len(at.disk.view.select("incident", closed=None)) == 1
        assert at.kinds().count("finger.slot.found_unknown") == 2


async def test_a_template_that_is_gone_names_nobody_any_more(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment = made(at, Reader())
        await enrolment.compare(READER, frozenset(range(1, FIRST_FREE)))
        await enrolment.compare(READER, frozenset(range(1, FIRST_FREE)))
        assert at.kinds().count("finger.slot.found_missing") == 1
        assert (await at.finger("officer")).refused == "finger-unknown"
