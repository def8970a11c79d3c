"""The authority of the founding: it enrols the first clerk and the first leader, ends by itself, and stays ended."""

from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, READER, Room, room
from tests.daemon.desk.test_enrolment import Reader, made

from custodyd.desk import founding
from custodyd.desk.enrolment import Enrolment, Forbidden, NotEnrolled
from custodyd.desk.register import NotFound
from custodyd.ledger.errors import Repeated
from custodyd.ledger.founding import Founding, Named
from custodyd.ledger.keys import Card, PersonKeys, pseudonym
from custodyd.model.entry import Actor, Draft, Entry
from custodyd.model.facts.people import FingerEnrolled, PersonChanged, SlotMissing
from custodyd_drivers.errors import Refused


def named(name: str) -> Named:
    return Named(pseudonym(), Card(name, "+8613800138001"))


def paper(clerk: Named | None = None, leader: Named | None = None, *, renewed: bool = False) -> Founding:
    one, two = named("模拟见证甲"), named("模拟见证乙")
    first = clerk or named("模拟管理员")
    return Founding("f" * 32, 1_000_000, 0, (one, two), first, leader, renewed)


async def entered(at: Room, what: Founding) -> Entry:
    return await founding.enter(what, at.disk, at.register.people, at.clock)


async def enrolled(at: Room, enrolment: Enrolment, person: str, naming: Actor | None = None) -> Entry:
    return await enrolment.enrol(READER, person, naming, BY, None)


def finger(person: str, slot: int) -> Actor:
    return Actor("fingerprint", 2, person, None, READER, slot, 100)


async def test_the_founding_stands_in_the_record_without_a_plain_name(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        leader = named("模拟领导")
        entry = await entered(at, paper(leader=leader))
        assert (entry.kind, entry.happened, entry.actor) == (
            "station.founded",
            1_000_000,
            Actor("peer-uid", 1, "uid:0"),
        )
        assert [label.path for label in entry.sealed] == ["/data/names/0", "/data/names/1"]
        registered = [one for one in at.disk.ledger.entries(limit=500) if one.kind == "person.registered"][-2:]
        assert [one.data["roles"] for one in registered] == [["clerk"], ["unit-leader"]]
        assert at.register.people.card(leader.person).phone == "+8613800138001"
        raw = b"".join(at.disk.ledger.raw("1", 0, 500)).decode()
        assert "模拟见证" not in raw
        assert "模拟领导" not in raw


async def test_a_witness_may_be_the_first_clerk_under_one_pseudonym(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        clerk = named("模拟管理员")
        other = named("模拟见证乙")
        await entered(at, Founding("f" * 32, 1, 0, (clerk, other), clerk))
        assert at.last("station.founded").data["witnesses"] == [clerk.person, other.person]


async def test_a_founding_is_entered_once(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        what = paper()
        await entered(at, what)
        with pytest.raises(Repeated):
            await entered(at, what)
        assert at.kinds().count("station.founded") == 1


async def test_the_founding_enrols_its_two_and_nobody_else_by_a_rule_of_its_own(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, what = made(at, Reader()), paper(leader=named("模拟领导"))
        entry = await entered(at, what)
        with pytest.raises(Forbidden) as caught:
            await enrolled(at, enrolment, at.people["officer"])
        assert caught.value.refused.rule.id == "clerk-names-fingers"
        assert what.leader is not None
        for first in (what.leader.person, what.clerk.person):
            await enrolled(at, enrolment, first)
            granted = at.last("finger.enrolment.granted")
            assert (granted.actor, granted.second, granted.causes) == (BY, None, (entry.at,))
            assert granted.rule is not None
            assert (granted.rule.id, granted.rule.version) == ("founding", 1)


async def test_the_authority_ends_with_the_first_clerks_finger(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, what = made(at, reader := Reader()), paper(leader=named("模拟领导"))
        await entered(at, what)
        slot = int((await enrolled(at, enrolment, what.clerk.person)).data["slot"])
        assert what.leader is not None
        for person in (what.clerk.person, what.leader.person):
            with pytest.raises(Forbidden):
                await enrolled(at, enrolment, person)
        await enrolled(at, enrolment, what.leader.person, finger(what.clerk.person, slot))
        assert at.last("finger.enrolled").rule is not None
        assert at.last("finger.enrolled").rule.id == "clerk-names-fingers"  # type: ignore[union-attr]  # just asserted
        assert len(reader.slots) == 8


async def test_a_finger_that_was_not_taken_does_not_end_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, what = made(at, reader := Reader()), paper()
        await entered(at, what)
        reader.failure = Refused("the pictures differ", 10)
        with pytest.raises(NotEnrolled):
            await enrolled(at, enrolment, what.clerk.person)
        reader.failure = None
        await enrolled(at, enrolment, what.clerk.person)


async def test_it_never_comes_back_by_itself(tmp_path: Path) -> None:
    """Removed, out of service, gone with its reader, folded anew: the last clerk's loss gives nobody the right."""
    async with room(tmp_path) as at:
        enrolment, what = made(at, Reader()), paper()
        await entered(at, what)
        clerk = what.clerk.person
        slot = int((await enrolled(at, enrolment, clerk)).data["slot"])
        where = {"happened": at.clock.civil(), "subject": clerk}
        losses = (
            Draft(fact=SlotMissing(slot=slot), device=READER, **where),  # type: ignore[arg-type]  # a test's words
            Draft(fact=PersonChanged(roles=("clerk",), active=False), **where),  # type: ignore[arg-type]  # a test's words
            Draft(fact=PersonChanged(roles=("guard",), active=True), **where),  # type: ignore[arg-type]  # a test's words
        )
        for loss in losses:
            await at.disk.append(loss)
            await at.disk.ledger.rebuild()
            with pytest.raises(Forbidden):
                await enrolled(at, enrolment, clerk)


async def test_the_removed_last_finger_of_a_clerk_gives_nobody_the_right(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, what = made(at, Reader()), paper()
        await entered(at, what)
        clerk = what.clerk.person
        slot = int((await enrolled(at, enrolment, clerk)).data["slot"])
        await enrolment.remove(READER, slot, finger(clerk, slot), BY, None)
        with pytest.raises(Forbidden):
            await enrolled(at, enrolment, clerk)


async def test_a_clerk_out_of_service_names_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, what = made(at, Reader()), paper()
        await entered(at, what)
        clerk = what.clerk.person
        slot = int((await enrolled(at, enrolment, clerk)).data["slot"])
        gone = PersonChanged(roles=("clerk",), active=False)
        await at.disk.append(Draft(fact=gone, happened=at.clock.civil(), subject=clerk))
        with pytest.raises(Forbidden):
            await enrolled(at, enrolment, at.people["officer"], finger(clerk, slot))


async def test_only_another_founding_names_a_clerk_again_whom_the_record_knows(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        enrolment, what = made(at, Reader()), paper()
        await entered(at, what)
        clerk = what.clerk.person
        await enrolled(at, enrolment, clerk)
        with pytest.raises(NotFound):
            await entered(at, Founding("0" * 32, 2, 0, what.witnesses, Named("p-nobody", None), None, renewed=True))
        again = Founding("e" * 32, 2, 0, what.witnesses, Named(clerk, None), None, renewed=True)
        assert (await entered(at, again)).data["renewed"]
        await enrolled(at, enrolment, clerk)
        with pytest.raises(Forbidden):
            await enrolled(at, enrolment, clerk)


async def test_without_a_founding_nobody_is_enrolled_and_the_refusal_says_so(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        with pytest.raises(Forbidden) as caught:
            await enrolled(at, made(at, Reader()), at.people["clerk"])
        assert caught.value.refused.rule.id == "founding"


async def test_a_start_killed_between_keys_and_entries_comes_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        what = paper()
        people: PersonKeys = at.register.people
        assert what.clerk.card is not None
        people.create(what.clerk.person, what.clerk.card)
        await entered(at, what)
        assert at.lookup.person(what.clerk.person) is not None


async def test_another_persons_finger_does_not_end_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        what = paper()
        await entered(at, what)
        other = FingerEnrolled(slot=6)
        await at.disk.append(Draft(fact=other, happened=0, device=READER, subject=at.people["officer"]))
        reader = Reader()
        reader.slots.add(6)
        await enrolled(at, made(at, reader), what.clerk.person)
