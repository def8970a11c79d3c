"""After a quarantine what lies where is unconfirmed: two people open, and their seeing confirms it, place by place."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, CABINET, PLACES, Room, room

from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.desk import Outcome
from custodyd.desk.register import Conflict

BROKEN = "broken"  # the mark that has the next start put the record aside


@asynccontextmanager
async def quarantined(directory: Path) -> AsyncGenerator[tuple[Room, str]]:
    """One dossier stored in the first place before the record broke, another known and expected."""
    async with room(directory) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.dossier()
    async with broken(directory) as at:
        yield at, dossier


@asynccontextmanager
async def broken(directory: Path) -> AsyncGenerator[Room]:
    (directory / BROKEN).touch()
    async with room(directory, fresh=False) as at:
        assert at.disk.ledger.quarantined
        await at.desk.start()
        yield at


def other(at: Room, dossier: str) -> str:
    return next(str(row["dossier"]) for row in at.disk.view.select("dossier") if row["dossier"] != dossier)


def doors(at: Room) -> list[int]:
    return [door for door, _ in at.hands.bank.pulses]


async def shut(at: Room, place: str, **count: object) -> None:
    """Open the unlocked door, say what was counted, shut it."""
    await at.door(place, open=True)
    if count:
        await at.count(**count)
    await at.door(place, open=False)


def awaits_a_second(at: Room, outcome: Outcome) -> bool:
    screen = at.desk.screen
    return (outcome.refused, screen.ask, screen.next_step, doors(at)) == (
        "unconfirmed-place", "second-finger", "refused.unconfirmed-place.next", []
    )  # fmt: skip


async def test_a_withdrawal_waits_for_a_second_finger_and_then_goes_on_by_itself(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("officer")
        await at.scan(dossier)
        assert awaits_a_second(at, await at.terms(hours=3))
        refused = at.last("dossier.act.refused")
        assert refused.rule is not None
        assert (refused.rule.id, refused.data) == ("unconfirmed-place", {"act": "withdrawal"})
        due = at.clock.civil() + 3 * 3_600_000_000
        at.clock.pass_time(20)
        await at.finger("clerk")
        granted = at.last("dossier.withdrawal.granted")
        assert granted.actor is not None
        assert granted.second is not None
        assert (granted.actor.person, granted.second.person) == (at.people["officer"], at.people["clerk"])
        assert granted.data["due"] == due
        assert doors(at) == [1]


async def test_a_review_and_a_deposit_wait_for_it_as_well(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("legal")
        assert awaits_a_second(at, await at.scan(dossier))
        await at.leave()
        await at.finger("officer")
        assert awaits_a_second(at, await at.scan(other(at, dossier)))
        await at.finger("partner")
        assert at.last("dossier.deposit.granted").place == PLACES[1]


async def test_a_return_into_a_place_believed_free_waits_for_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
    async with broken(tmp_path) as at:
        await at.finger("partner")
        assert awaits_a_second(at, await at.scan(dossier))
        await at.finger("stranger")
        assert at.last("dossier.return.granted").second is not None


async def test_the_same_finger_again_is_no_second_person(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("legal")
        await at.scan(dossier)
        assert (await at.finger("legal")).refused == "finger-same"
        assert doors(at) == []
        await at.finger("leader")
        assert doors(at) == [1]


async def test_a_second_finger_after_the_authority_ended_begins_a_visit_of_its_own(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("legal")
        await at.scan(dossier)
        at.clock.pass_time(61)
        await at.finger("leader")
        assert doors(at) == []
        assert "dossier.review.granted" not in at.kinds()


async def test_one_finger_that_vouches_for_a_worn_one_is_one_person(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("partner")
        await at.desk.handle(events.Vouch(*at.now(), at.people["officer"]))
        await at.scan(dossier)
        assert (await at.terms()).refused == "unconfirmed-place"
        assert doors(at) == []


async def test_what_two_people_saw_is_confirmed_and_one_is_enough_again(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("legal")
        await at.scan(dossier)
        await at.finger("leader")
        await shut(at, PLACES[0], finding="passed")
        assert at.lookup.is_confirmed(PLACES[0])
        assert not at.lookup.is_confirmed(PLACES[1])
        await at.lent(dossier)
        assert at.lookup.is_free(PLACES[0])
        assert await at.stored(other(at, dossier)) == PLACES[0]  # the place that was seen empty comes first


async def test_an_act_that_lapsed_confirms_nothing(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("legal")
        await at.scan(dossier)
        await at.finger("leader")
        await at.wait(11)
        assert at.last("dossier.motion.abandoned").data["why"] == "lapsed"
        assert not at.lookup.is_confirmed(PLACES[0])


async def test_an_emergency_waits_for_nobody(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, _):
        await at.finger("leader")
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[0]))
        assert doors(at) == [1]


async def test_an_inventory_is_opened_once_and_no_words_end_it(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, _):
        await at.desk.start()
        opened = at.last("inventory.opened")
        assert (opened.place, opened.data) == (CABINET, {"compartments": 3})
        assert at.kinds().count("inventory.opened") == 1
        with pytest.raises(Conflict) as caught:
            await at.register.explain(str(opened.incident), "都在", at.people["leader"], None, BY, None)
        assert caught.value.rule == "inventory-by-count"
        assert at.lookup.open_inventories(CABINET) == (opened.incident,)


async def test_a_locker_whose_content_nobody_records_has_no_inventory_to_end(tmp_path: Path) -> None:
    async with room(tmp_path):
        (tmp_path / BROKEN).touch()
    async with room(tmp_path, fresh=False) as at:
        at.desk.context = replace(at.desk.context, kind="property")
        await at.desk.start()
        assert at.lookup.quarantined() is not None
        assert "inventory.opened" not in at.kinds()


async def test_a_second_quarantine_unconfirms_what_was_seen_after_the_first(tmp_path: Path) -> None:
    async with quarantined(tmp_path) as (at, dossier):
        await at.finger("legal")
        await at.scan(dossier)
        await at.finger("leader")
        await shut(at, PLACES[0], finding="passed")
        assert at.lookup.is_confirmed(PLACES[0])
    async with broken(tmp_path) as at:
        assert at.lookup.quarantined() == 3
        assert not at.lookup.is_confirmed(PLACES[0])
        assert len(at.lookup.open_inventories(CABINET)) == 2
        assert all(kept == rebuilt for kept, rebuilt in (await at.disk.ledger.rebuild()).values())


async def test_a_record_that_never_broke_asks_nobody_for_a_second_finger(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.desk.start()
        assert at.lookup.quarantined() is None
        await at.stored(await at.case())
        assert "inventory.opened" not in at.kinds()
