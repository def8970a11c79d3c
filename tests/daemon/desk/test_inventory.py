"""A compartment is counted blind: what people find stands, and what differs from the record is a discrepancy."""

from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, CABINET, PLACES, Room, room
from tests.daemon.desk.test_unconfirmed import broken

from custodyd.desk.cabinet.states import Idle
from custodyd.desk.register import Conflict
from custodyd.model.station import Whereabouts


async def counting(at: Room, place: str, who: str = "clerk", second: str | None = None) -> None:
    """Up to the open door."""
    await at.finger(who)
    await at.ask_count(place)
    if second is not None:
        await at.finger(second)
    await at.door(place, open=True)


async def counted(at: Room, place: str, found: str | None, second: str | None = None) -> None:
    """The whole count of one place."""
    await counting(at, place, second=second)
    await (at.count(empty=True) if found is None else at.scan(found))
    await at.door(place, open=False)


def state(at: Room, dossier: str) -> tuple[str, str | None]:
    found = at.lookup.dossier(dossier)
    assert found is not None
    return found.state, found.place


async def test_what_lies_there_is_scanned_or_said_to_be_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await counted(at, PLACES[0], dossier)
        assert at.last("compartment.counted").object == dossier
        await counted(at, PLACES[1], None)
        entry = at.last("compartment.counted")
        assert (entry.place, entry.object, entry.case) == (PLACES[1], None, None)
        assert "dossier.discrepancy.found" not in at.kinds()
        assert state(at, dossier) == (Whereabouts.STORED, PLACES[0])


async def test_the_counter_is_not_told_what_is_expected(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await counting(at, PLACES[0])
        screen = at.desk.screen
        assert (screen.text, screen.ask, screen.facts) == ("cabinet.open_inventory", "content", ())
        grant = at.last("compartment.count.granted")
        assert (grant.object, grant.case) == (None, None)


async def test_only_who_may_review_counts(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("officer")
        assert (await at.ask_count(PLACES[0])).refused == "reviewer-only"
        refused = at.last("dossier.act.refused")
        assert (refused.place, refused.data) == (PLACES[0], {"act": "inventory"})
        await at.finger("clerk")
        await at.ask_count("dossier-z/1")
        assert at.desk.screen.text == "cabinet.no_such_place"
        assert at.hands.bank.pulses == []


async def test_a_place_whose_door_stands_open_is_not_counted(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.door(PLACES[0], open=True)
        await at.finger("clerk")
        assert (await at.ask_count(PLACES[0])).refused == "busy"


async def test_a_shut_door_asks_what_lay_behind_it_and_takes_the_last_word(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await counting(at, PLACES[0])
        await at.count(empty=True)
        await at.scan(dossier)
        await at.door(PLACES[0], open=False)
        assert at.last("compartment.counted").object == dossier
        await counting(at, PLACES[0])
        await at.count(pages=3)
        await at.door(PLACES[0], open=False)
        assert at.desk.screen.ask == "content"
        await at.scan(dossier)
        assert at.kinds().count("compartment.counted") == 2


async def test_a_count_of_which_nobody_says_anything_counts_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await counting(at, PLACES[0])
        assert (await at.code("http://example.invalid")).refused == "code-unknown"
        await at.door(PLACES[0], open=False)
        await at.wait(60)
        assert at.last("dossier.motion.abandoned").data == {"act": "inventory", "why": "expired"}
        assert at.desk.screen.text == "refused.count-unsaid"
        assert "compartment.counted" not in at.kinds()
        assert at.lookup.is_free(PLACES[0])


async def test_nothing_is_found_before_the_door_is_open(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("clerk")
        await at.ask_count(PLACES[0])
        await at.scan(dossier)
        await at.count(empty=True)
        await at.door(PLACES[0], open=True)
        await at.door(PLACES[0], open=False)
        assert at.desk.screen.ask == "content"
        assert "compartment.counted" not in at.kinds()


async def test_a_dossier_that_is_missing_is_unsettled_until_people_say_who_has_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await counted(at, PLACES[0], None)
        differs = at.last("dossier.discrepancy.found")
        assert differs.data == {"what": "content", "expected": dossier, "found": ""}
        assert (differs.object, differs.case, differs.place) == (dossier, "A1", PLACES[0])
        assert state(at, dossier) == (Whereabouts.UNSETTLED, None)
        assert at.lookup.is_free(PLACES[0])
        named, leader = at.people["officer"], at.people["leader"]
        with pytest.raises(Conflict):
            await at.register.explain(str(differs.incident), "找到", leader, "stored", BY, None)
        await at.register.explain(str(differs.incident), "未登记取出", named, "out", BY, None)
        assert state(at, dossier) == (Whereabouts.OUT, None)


async def test_a_dossier_that_another_was_found_in_the_place_of_takes_nothing_with_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        first = await at.case()
        second = await at.dossier()
        await at.stored(first)
        await at.stored(second)
        await counted(at, PLACES[0], second)
        assert state(at, second) == (Whereabouts.STORED, PLACES[0])
        assert state(at, first) == (Whereabouts.UNSETTLED, None)
        assert at.lookup.content(PLACES[1]) is None
        opened = [entry for entry in at.disk.ledger.entries(limit=5000) if entry.kind == "dossier.discrepancy.found"]
        assert [entry.object for entry in opened] == [first, second]
        missed = str(opened[0].incident)
        await at.register.explain(missed, "未登记取出", at.people["officer"], "out", BY, None)
        assert at.lookup.content(PLACES[0]) == second
        with pytest.raises(Conflict):
            await at.register.explain(str(opened[1].incident), "放错", at.people["officer"], "out", BY, None)
        assert all(kept == rebuilt for kept, rebuilt in (await at.disk.ledger.rebuild()).values())


async def test_a_dossier_on_loan_that_lies_here_is_waited_for_no_longer(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        await counted(at, PLACES[2], dossier)
        assert state(at, dossier) == (Whereabouts.STORED, PLACES[2])
        assert at.disk.view.select("clock", ended=None) == []


async def test_a_count_that_a_restart_cut_is_over_and_moves_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await counting(at, PLACES[0])
    async with room(tmp_path, fresh=False) as at:
        await at.desk.start()
        assert at.last("dossier.motion.abandoned").data == {"act": "inventory", "why": "interrupted"}
        assert state(at, dossier) == (Whereabouts.STORED, PLACES[0])
        assert isinstance(at.desk.state.visit, Idle)


async def test_an_inventory_ends_by_itself_with_the_last_place_that_two_people_counted(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
    async with broken(tmp_path) as at:
        await at.finger("clerk")
        assert (await at.ask_count(PLACES[0])).refused == "unconfirmed-place"
        await at.leave()
        await counted(at, PLACES[2], None, second="leader")
        await counted(at, PLACES[1], None, second="leader")
        assert at.lookup.open_inventories(CABINET)
        await counted(at, PLACES[0], dossier, second="leader")
        ended = at.last("inventory.ended")
        assert ended.incident == at.last("inventory.opened").incident
        assert at.lookup.open_inventories(CABINET) == ()
        await at.finger("legal")
        await at.scan(dossier)
        assert at.last("dossier.review.granted").second is None
        assert all(kept == rebuilt for kept, rebuilt in (await at.disk.ledger.rebuild()).values())
