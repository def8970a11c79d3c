"""What is known where something is decided stands in its entry, each fact in its own field, and nothing else does."""

import base64

from tests.daemon.ledger.support import blind

from custodyd.clock import SimulatedClock
from custodyd.ledger.scribe import Scribe
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Actor, ClockState, Draft, Entry, Label, Rule
from custodyd.model.facts import KINDS
from custodyd.model.facts.devices import BlindBegan

SEALS = Seals(lambda _: bytes(32))


def scribe() -> Scribe:
    return Scribe("st-01", SimulatedClock(), KINDS, SEALS.seal)


def test_every_fact_of_a_draft_stands_in_its_own_field_of_the_entry() -> None:
    known = Draft(
        fact=BlindBegan(reason="silence"),
        happened=11,
        happened_by="device",
        received=12,
        actor=Actor(by="card", strength=1, person="p-a"),
        second=Actor(by="card", strength=1, person="p-b"),
        device="lock-1",
        place="door-1",
        case="case-1",
        subject="p-c",
        object="dossier-1",
        rule=Rule("rule-1", 1),
        incident="incident-1",
        request="request-1",
        causes=(("1", 3),),
        labels=(Label("/data/name", "p-c", "模拟人员甲"),),
    )
    writing = scribe()
    writing.clock_state = ClockState(synced=True)
    civil, elapsed = writing.clock.civil(), writing.clock.elapsed()
    entry, _ = writing.write(known, "7", 5)
    assert civil <= entry.recorded <= writing.clock.civil()
    assert round(elapsed * 1_000_000) <= entry.mono <= round(writing.clock.elapsed() * 1_000_000)
    sealed = entry.sealed
    assert [SEALS.open(each) for each in sealed] == ["模拟人员甲"]
    assert entry == Entry(
        v=1,
        seq=5,
        salt=entry.salt,
        station="st-01",
        segment="7",
        run=writing.run,
        kind=BlindBegan.kind,
        happened=11,
        happened_by="device",
        recorded=entry.recorded,
        mono=entry.mono,
        data={"reason": "silence"},
        incident="incident-1",
        received=12,
        clock=ClockState(synced=True),
        actor=known.actor,
        second=known.second,
        device="lock-1",
        place="door-1",
        case="case-1",
        subject="p-c",
        object="dossier-1",
        rule=known.rule,
        request="request-1",
        causes=(("1", 3),),
        sealed=sealed,
    )


def test_a_salt_has_the_length_that_the_format_names_and_serves_once_and_a_run_is_sixteen_digits() -> None:
    writing = scribe()
    salts = {writing.write(blind("a"), "1", 0)[0].salt for _ in range(20)}
    assert len(salts) == 20
    assert {len(base64.b64decode(salt)) for salt in salts} == {16}
    assert len(writing.run) == 16
    assert scribe().run != writing.run


def test_a_clock_of_which_nothing_is_known_is_not_spoken_of() -> None:
    entry, data = scribe().write(blind("a"), "1", 0)
    assert entry.clock is None
    assert b'"clock"' not in data
