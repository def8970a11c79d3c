"""What people do at a dossier cabinet, and what goes wrong there, over a real record."""

from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, CABINET, PLACES, Room, room

from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.states import Idle, Motion, Present
from custodyd.model.entry import Draft
from custodyd.model.facts.people import PersonChanged
from custodyd_drivers.errors import NoReply, Refused


async def test_a_deposit_is_granted_on_disk_before_the_pulse_and_ends_with_the_dossier_in_its_place(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        place = await at.stored(dossier)
        ((door, head),) = at.hands.bank.pulses
        assert place == PLACES[0]
        assert door == 1
        granted = at.last("dossier.deposit.granted")
        assert head >= granted.at
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert (found.state, found.place, found.pages) == ("stored", place, 10)
        assert at.last("dossier.deposited").causes == (granted.at,)
        assert at.kinds()[-1] == "clock.ended"


async def test_a_loan_runs_until_it_is_returned(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert (found.state, found.holder) == ("out", at.people["officer"])
        assert at.last("clock.started").data["name"] == "dossier-loan"
        await at.stored(dossier, who="partner")
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert (found.state, found.holder, found.due) == ("stored", None, None)
        assert at.disk.view.select("clock", ended=None) == []


async def test_fewer_pages_on_return_are_a_discrepancy_that_stays_open(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier, pages=42)
        await at.lent(dossier)
        await at.stored(dossier, pages=40)
        (incident,) = at.disk.view.select("incident", closed=None)
        assert incident["kind"] == "dossier.discrepancy.found"
        assert at.last("dossier.discrepancy.found").data == {"what": "pages", "expected": "42", "found": "40"}


async def test_a_legal_officer_reviews_by_finger_alone_and_no_loan_arises(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.finger("legal")
        await at.choose("review", dossier)
        place = at.moving()
        await at.door(place, open=True)
        await at.count(finding="passed")
        await at.door(place, open=False)
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert found.reviewed
        assert found.state == "stored"


async def test_without_a_review_nothing_leaves_for_submission(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case(needs_review=True)
        await at.stored(dossier)
        await at.finger("officer")
        await at.scan(dossier)
        assert (await at.terms("submission")).refused == "not-reviewed"
        assert at.last("dossier.act.refused").rule is not None
        assert len(at.hands.bank.pulses) == 1


async def test_two_fingers_hand_a_loan_over_and_its_due_time_stays(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        due = at.lookup.dossier(dossier)
        await at.finger("officer")
        await at.choose("handover", dossier)
        await at.finger("partner")
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert due is not None
        assert (found.holder, found.due) == (at.people["partner"], due.due)
        assert at.last("dossier.handed_over").second is not None


async def test_a_loan_is_not_handed_to_a_stranger(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.lent(dossier)
        await at.finger("officer")
        await at.choose("handover", dossier)
        assert (await at.finger("stranger")).refused == "handover-needs-co-officer"


@pytest.mark.parametrize(
    ("who", "rule"), [("stranger", "officer-of-case"), ("leader", "officer-only"), ("clerk", "officer-only")]
)
async def test_who_may_not_deposit_is_told_the_rule(tmp_path: Path, who: str, rule: str) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger(who)
        assert (await at.scan(dossier)).refused == rule
        assert at.hands.bank.pulses == []
        assert at.desk.screen.next_step == f"refused.{rule}.next"


async def test_nobody_gets_anothers_dossier(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        await at.finger("stranger")
        assert (await at.scan(dossier)).refused == "officer-of-case"
        assert (await at.choose("withdrawal", dossier)).refused == "officer-of-case"
        assert len(at.hands.bank.pulses) == 1


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("C1-D-00000000-1-AAAAAAAAAAAAAAAA", "code-forged"),
        ("http://example.invalid/x", "code-unknown"),
        ("'; DROP TABLE entry; --", "code-unknown"),
        (None, "code-unreadable"),
    ],
)
async def test_a_code_that_leads_nowhere_is_refused_and_not_kept(tmp_path: Path, code: str | None, rule: str) -> None:
    async with room(tmp_path) as at:
        await at.case()
        await at.finger("officer")
        assert (await at.code(code)).refused == rule
        assert "text" not in at.last("code.rejected").data


async def test_a_void_label_is_told_as_void(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        old = at.register.code_of(dossier)
        await at.register.reissue(dossier, "torn", BY, None)
        await at.finger("officer")
        assert (await at.code(old)).refused == "code-void"
        assert (await at.scan(dossier)).refused is None


async def test_a_full_cabinet_says_so(tmp_path: Path) -> None:
    async with room(tmp_path, places=PLACES[:1]) as at:
        first = await at.case()
        await at.stored(first)
        second = await at.dossier()
        await at.finger("officer")
        assert (await at.scan(second)).refused == "cabinet-full"


async def test_a_person_out_of_service_is_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        fact = PersonChanged(roles=("case-officer",), active=False)
        await at.disk.append(Draft(fact=fact, happened=0, subject=at.people["officer"]))
        assert (await at.finger("officer")).refused == "person-inactive"
        assert isinstance(at.desk.state.visit, Idle)


async def test_an_unknown_and_an_unreadable_finger_are_told_apart(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        unknown = await at.desk.handle(events.BadFinger(*at.now(), "reader-a", "unknown"))
        unreadable = await at.desk.handle(events.BadFinger(*at.now(), "reader-a", "unreadable"))
        assert (unknown.refused, unreadable.refused) == ("finger-unknown", "finger-unreadable")
        slot = await at.desk.handle(events.Finger(*at.now(), "reader-a", 77, 50))
        assert slot.refused == "finger-unknown"


async def test_a_worn_finger_needs_a_second_person_and_is_recorded_as_weaker(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("partner")
        await at.desk.handle(events.Vouch(*at.now(), at.people["officer"]))
        await at.scan(dossier)
        granted = at.last("dossier.deposit.granted")
        assert granted.actor is not None
        assert granted.second is not None
        assert (granted.actor.by, granted.actor.strength, granted.second.strength) == ("named", 1, 2)


async def test_authority_is_worth_sixty_seconds(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        at.clock.pass_time(60.1)
        assert (await at.scan(dossier)).refused == "identification-expired"
        await at.wait(0)
        assert at.kinds()[-1] == "visit.ended"
        assert at.hands.bank.pulses == []


async def test_an_identification_that_comes_late_is_recorded_and_never_acted_on(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        moment = at.now()
        at.clock.pass_time(61)
        await at.desk.handle(events.Finger(*moment, "reader-a", 0, 100))
        assert at.kinds()[-1] == "person.identified_late"
        assert isinstance(at.desk.state.visit, Idle)


async def test_a_door_that_stays_shut_lapses_and_wants_another_finger(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        await at.scan(dossier)
        await at.wait(10)
        assert at.kinds()[-2:] == ["door.authorisation.lapsed", "dossier.motion.abandoned"]
        assert isinstance(at.desk.state.visit, Idle)
        assert at.lookup.is_free(PLACES[0])


async def test_a_door_left_open_is_an_incident_until_it_closes(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        await at.scan(dossier)
        await at.door(PLACES[0], open=True)
        await at.wait(60)
        began = at.last("door.left_open.began")
        assert at.last("message.intended").data["about"] == began.incident
        await at.count(pages=1)
        await at.door(PLACES[0], open=False)
        assert at.last("door.left_open.ended").incident == began.incident
        assert at.disk.view.select("incident", closed=None) == []


@pytest.mark.parametrize(("found", "why"), [(False, "forced"), (True, "found")])
async def test_a_door_that_nobody_opened_is_an_incident_until_someone_is_named(
    tmp_path: Path, found: bool, why: str
) -> None:
    async with room(tmp_path) as at:
        await at.door(PLACES[1], open=True, found=found)
        opened = at.last("door.opened")
        assert opened.data["why"] == why
        await at.door(PLACES[1], open=False)
        (incident,) = at.disk.view.select("incident", closed=None)
        await at.register.explain(str(incident["incident"]), "维修", at.people["leader"], None, BY, None)
        assert at.disk.view.select("incident", closed=None) == []


async def test_a_lost_answer_is_unknown_and_never_repeated(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        at.hands.bank.failure = NoReply("silence", 0.3)
        await at.finger("officer")
        await at.scan(dossier)
        assert "door.unlock.became_unknown" in at.kinds()
        assert len(at.hands.bank.pulses) == 1
        await at.door(PLACES[0], open=True)
        assert at.last("door.opened").data["why"] == "granted"


@pytest.mark.parametrize("how", ["refused", "away"])
async def test_a_pulse_that_surely_failed_frees_the_compartment(tmp_path: Path, how: str) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        at.hands.away = how == "away"
        at.hands.bank.failure = Refused("no such coil", 2)
        await at.finger("officer")
        outcome = await at.scan(dossier)
        assert at.kinds()[-2:] == ["door.unlock.failed", "dossier.motion.abandoned"]
        assert at.desk.screen.text == "refused.unlock-failed"
        assert outcome.at is not None
        assert at.lookup.is_free(PLACES[0])


async def test_nothing_opens_that_cannot_be_recorded(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        at.disk.refuses = True
        assert (await at.scan(dossier)).refused == "storage-full"
        assert at.hands.bank.pulses == []
        assert at.desk.screen.text == "refused.storage-failed"


async def test_an_emergency_opens_first_and_enters_itself_when_the_disk_returns(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case()
        at.disk.refuses = True
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[2]))
        await at.finger("leader")
        assert [door for door, _ in at.hands.bank.pulses] == [3]
        assert (tmp_path / "emergency").read_text().count("\n") == 1
        assert "emergency.opened" not in at.kinds()
        at.disk.refuses = False
        await at.desk.start()
        assert at.last("emergency.opened").place == PLACES[2]
        assert (tmp_path / "emergency").read_text() == ""


async def test_an_emergency_stays_an_incident_and_is_only_for_the_permitted(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[0]))
        assert (await at.finger("stranger")).refused == "emergency-only-permitted"
        assert at.hands.bank.pulses == []
        await at.finger("legal")
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[0]))
        assert len(at.hands.bank.pulses) == 1
        await at.door(PLACES[0], open=True)
        assert at.last("door.opened").data["why"] == "emergency"
        (incident,) = at.disk.view.select("incident", closed=None)
        assert incident["kind"] == "emergency.opened"


async def test_an_emergency_is_not_refused_while_another_is_at_the_cabinet(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        await at.scan(dossier)
        assert isinstance(at.desk.state.visit, Motion)
        await at.desk.handle(events.EmergencyAsked(*at.now(), PLACES[2]))
        await at.finger("leader")
        assert [door for door, _ in at.hands.bank.pulses] == [1, 3]
        await at.door(PLACES[0], open=True)
        assert at.last("door.opened").data["why"] == "granted"


async def test_a_motion_that_a_restart_cut_is_unsettled_until_people_say_where_the_dossier_is(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.finger("officer")
        await at.scan(dossier)
    async with room(tmp_path, fresh=False) as at:
        await at.desk.start()
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert found.state == "unsettled"
        assert not at.lookup.is_free(PLACES[0])
        (incident,) = at.disk.view.select("incident", closed=None)
        await at.register.explain(str(incident["incident"]), "断电", at.people["officer"], "stored", BY, None)
        found = at.lookup.dossier(dossier)
        assert found is not None
        assert (found.state, found.place) == ("stored", PLACES[0])


async def test_leaving_ends_the_visit(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.finger("officer")
        assert isinstance(at.desk.state.visit, Present)
        await at.leave()
        assert isinstance(at.desk.state.visit, Idle)
        assert at.last("visit.ended").place == CABINET


async def test_what_is_kept_equals_what_is_rebuilt_after_a_busy_day(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await _busy(at)
        assert all(kept == rebuilt for kept, rebuilt in (await at.disk.ledger.rebuild()).values())


async def _busy(at: Room) -> None:
    first = await at.case()
    second = await at.dossier()
    await at.stored(first)
    await at.stored(second)
    await at.lent(first)
    await at.door(PLACES[2], open=True)
    await at.wait(70)
    await at.door(PLACES[2], open=False)
    await at.stored(first, pages=3)
