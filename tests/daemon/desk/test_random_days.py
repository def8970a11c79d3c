"""Random days at a cabinet: people, codes, doors, pulses, time, clocks, restarts and a refusing disk, against promises.

`CUSTODYD_DEEP=1` plays many more and longer days.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.daemon.desk.support import BY, PEOPLE, PLACES, Bank, Disk, Room, room

from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.line import EmergencyLine
from custodyd.desk.cabinet.states import Motion
from custodyd.model.entry import Cause, Entry
from custodyd.policy import PURPOSES
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused

DEEP = os.environ.get("CUSTODYD_DEEP") == "1"
COUNT = "compartment.count.granted"
GRANTS = {*(f"dossier.{act}.granted" for act in ("deposit", "withdrawal", "return", "review")), COUNT}
SEEN = {*(f"dossier.{end}" for end in ("deposited", "withdrawn", "returned", "reviewed")), "compartment.counted"}
CASES = {"A1": ("officer", "partner"), "B2": ("stranger", "partner")}
FAILURES = (None, None, NoReply("silence", 0.3), Refused("no such coil", 2), LinkLost("gone"))
GARBAGE = ("", "x" * 500, "C1-D-00000000-1-AAAAAAAAAAAAAAAA", "http://example.invalid", "\ud800")
people, places = st.sampled_from(sorted(PEOPLE)), st.sampled_from(PLACES)
which = st.integers(0, 2)


class Witness(Bank):
    """A bank that notes for every pulse what stood in the record and in the emergency line at that moment."""

    def __init__(self, record: Disk, line: EmergencyLine) -> None:
        super().__init__(record)
        self._line = line
        self.unlocks: list[tuple[str, Cause, list[str]]] = []

    async def pulse(self, door: int) -> None:
        lined = [opening.place for opening in self._line.openings()]
        self.unlocks.append((PLACES[door - 1], self._record.ledger.head(), lined))
        await super().pulse(door)


class Days(RuleBasedStateMachine):
    """One cabinet with three places, two cases, three dossiers, and hands that do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = Path(tempfile.mkdtemp())
        self.entries: list[Entry] = []
        self.content: dict[str, str] = {}
        self.used: set[Cause] = set()
        self.open: set[str] = set()
        self.unconfirmed: set[str] = set()  # since a quarantine
        self.quarantined = False
        self.loose: set[str] = set()  # bolts that a pulse may have freed
        self.lived = 0.0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def enter(self, *, fresh: bool) -> None:
        self.house = room(self.directory, fresh=fresh)
        self.at: Room = self.run(self.house.__aenter__())
        self.at.clock.pass_time(self.lived)
        self.bank = Witness(self.at.disk, EmergencyLine(self.directory / "emergency"))
        self.at.hands.bank = self.bank

    @initialize()
    def morning(self) -> None:
        self.enter(fresh=True)
        first = self.run(self.at.case("A1", needs_review=True))
        second = self.run(self.at.case("B2", lead="stranger"))
        self.dossiers = [first, self.run(self.at.dossier("A1")), second]
        self.officers = {case: {self.at.people[who] for who in names} for case, names in CASES.items()}

    def teardown(self) -> None:
        if hasattr(self, "at"):
            self.evening()
            self.run(self.house.__aexit__(None, None, None))
        self.runner.close()
        shutil.rmtree(self.directory)

    def evening(self) -> None:
        self.at.disk.refuses = False
        self.run(self.at.desk.enter_owed())
        self.run(self.at.finger("clerk"))
        self.everything_holds()
        assert not EmergencyLine(self.directory / "emergency").openings()
        for kept, rebuilt in self.run(self.at.disk.ledger.rebuild()).values():
            assert kept == rebuilt

    # --- what people do --------------------------------------------------------------------------------------------

    @rule(who=people)
    def finger(self, who: str) -> None:
        self.run(self.at.finger(who))

    @rule(who=people, number=which)
    def finger_and_scan(self, who: str, number: int) -> None:
        self.run(self.at.finger(who))
        self.run(self.at.scan(self.dossiers[number]))

    @rule(who=people, number=which, hours=st.sampled_from([2, 24, 2000]), purpose=st.sampled_from((*PURPOSES, "?")))
    def finger_scan_and_terms(self, who: str, number: int, hours: int, purpose: str) -> None:
        self.finger_and_scan(who, number)
        self.run(self.at.terms(purpose, hours))

    @rule(why=st.sampled_from(["unknown", "unreadable"]))
    def bad_finger(self, why: Any) -> None:
        self.run(self.at.desk.handle(events.BadFinger(*self.at.now(), "reader-a", why)))

    @rule(age=st.sampled_from([1, 59, 61]))
    def late_finger(self, age: int) -> None:
        elapsed, civil = self.at.now()
        self.run(self.at.desk.handle(events.Finger(elapsed - age, civil, "reader-a", 0, 100)))

    @rule(number=which)
    def scan(self, number: int) -> None:
        self.run(self.at.scan(self.dossiers[number]))

    @rule(text=st.sampled_from(GARBAGE))
    def scan_garbage(self, text: str) -> None:
        self.run(self.at.code(text or None))

    @rule(act=st.sampled_from(["withdrawal", "review", "handover"]), number=which)
    def choose(self, act: str, number: int) -> None:
        self.run(self.at.choose(act, self.dossiers[number]))

    @rule(pages=st.integers(1, 2), finding=st.sampled_from(["passed", "none"]))
    def count(self, pages: int, finding: str) -> None:
        self.run(self.at.count(pages=pages, finding=finding))

    @rule(who=people)
    def vouch(self, who: str) -> None:
        self.run(self.at.desk.handle(events.Vouch(*self.at.now(), self.at.people[who])))

    @rule()
    def leave(self) -> None:
        self.run(self.at.leave())

    @rule(who=st.sampled_from(["officer", "partner"]), number=which, second=st.sampled_from([None, "clerk"]))
    def whole_act(self, who: str, number: int, second: str | None) -> None:
        """Whatever the code means to this person (and a second one), through to the shut door where it opens."""
        self.finger_scan_and_terms(who, number, 2, "interview")
        if second is not None and getattr(self.at.desk.state.visit, "awaiting", None) is not None:
            self.run(self.at.finger(second))
        self.everything_holds()
        motion = self.at.desk.state.visit
        if isinstance(motion, Motion) and motion.place in self.loose and motion.place not in self.open:
            self.run(self.at.door(motion.place, open=True))
            self.run(self.at.count(pages=number))
            self.run(self.at.door(motion.place, open=False))
            self.loose.discard(motion.place)

    @rule(who=st.sampled_from(["legal", "clerk", "officer"]), place=places, second=st.sampled_from([None, "leader"]),
          found=st.sampled_from([None, 0, 1, 2, "unsaid"]))  # fmt: skip
    def count_a_place(self, who: str, place: str, second: str | None, found: Any) -> None:
        """An inventory of one place that finds nothing, or any dossier at all, or that nobody says anything of."""
        self.run(self.at.finger(who))
        self.run(self.at.ask_count(place))
        if second is not None and getattr(self.at.desk.state.visit, "awaiting", None) is not None:
            self.run(self.at.finger(second))
        self.everything_holds()
        if place not in self.loose or place in self.open:
            return
        self.run(self.at.door(place, open=True))
        if isinstance(found, int):
            self.run(self.at.scan(self.dossiers[found]))
        elif found is None:
            self.run(self.at.count(empty=True))
        self.run(self.at.door(place, open=False))
        self.loose.discard(place)

    @rule(place=places, who=st.sampled_from(["leader", "legal", "officer"]))
    def emergency(self, place: str, who: str) -> None:
        self.run(self.at.desk.handle(events.EmergencyAsked(*self.at.now(), place)))
        self.run(self.at.finger(who))
        if any(unlocked == place for unlocked, _, _ in self.bank.unlocks) and place not in self.open:
            self.open.add(place)
            self.run(self.at.door(place, open=True))

    @rule(seconds=st.sampled_from([1, 11, 61]))
    def wait(self, seconds: int) -> None:
        self.lived += seconds
        self.run(self.at.wait(seconds))

    @rule(hours=st.sampled_from([-1_000_000, -25, -1, 1, 25]))
    def clock_jumps(self, hours: int) -> None:
        self.at.clock.set_wrongly(hours)

    # --- what things do --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.loose - self.open)
    @rule()
    def open_door(self) -> None:
        place = min(self.loose - self.open)
        self.open.add(place)
        self.run(self.at.door(place, open=True))

    @precondition(lambda self: self.open)
    @rule()
    def shut_door(self) -> None:
        place = min(self.open)
        self.open.remove(place)
        self.loose.discard(place)
        self.run(self.at.door(place, open=False))

    @rule(place=places)
    def force_door(self, place: str) -> None:
        self.open.add(place)
        self.run(self.at.door(place, open=True))

    @rule(failure=st.sampled_from(FAILURES), away=st.booleans())
    def change_bank(self, failure: DeviceError | None, away: bool) -> None:
        self.bank.failure = failure
        self.at.hands.away = away and failure is not None

    @rule(refuses=st.booleans())
    def change_disk(self, refuses: bool) -> None:
        self.at.disk.refuses = refuses

    @rule(broken=st.sampled_from([False, False, False, True]))
    def restart(self, broken: bool) -> None:
        self.everything_holds()
        self.run(self.house.__aexit__(None, None, None))
        if broken:
            (self.directory / "broken").touch()  # the next start puts the record aside
        self.enter(fresh=False)
        self.run(self.at.desk.start())
        for place in PLACES:
            self.run(self.at.door(place, open=place in self.open, found=True))

    @precondition(lambda self: not self.at.disk.refuses)
    @rule(outcome=st.sampled_from(["stored", "out"]))
    def explain_all(self, outcome: Any) -> None:
        for row in self.at.disk.view.select("incident", closed=None):
            if row["kind"] == "inventory.opened":
                continue
            where = outcome if row["kind"] == "dossier.motion.interrupted" else None
            self.run(self.at.register.explain(str(row["incident"]), "演习", self.at.people["officer"], where, BY, None))

    # --- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "at"):
            return
        self.loose |= {place for place, _, _ in self.bank.unlocks}
        self.read_on()
        for place, head, lined in self.bank.unlocks:
            self.unlock_was_decided(place, head, lined)
        self.bank.unlocks.clear()
        self.compartments_equal_the_model()

    def read_on(self) -> None:
        after = self.entries[-1].at if self.entries else ("1", -1)
        fresh = self.at.disk.ledger.entries(after, limit=5000)
        for entry in fresh:
            self.entries.append(entry)
            self.is_lawful(entry)
            self.fold(entry)

    def fold(self, entry: Entry) -> None:
        place = entry.place or ""
        if entry.kind == "segment.opened" and entry.data.get("broken"):
            self.quarantined, self.unconfirmed = True, set(PLACES)
        if entry.kind in SEEN:
            self.unconfirmed.discard(place)
        if entry.kind in {"dossier.deposited", "dossier.returned", "dossier.motion.interrupted"}:
            self.content[place] = entry.object or ""
        elif entry.kind == "dossier.withdrawn":
            self.content.pop(place, None)
        elif entry.data.get("outcome") == "out" and self.content.get(place) == entry.object:
            self.content.pop(place)
        elif entry.kind == "compartment.counted":
            self.counted(place, entry.object)

    def counted(self, place: str, found: str | None) -> None:
        for elsewhere in [one for one, content in self.content.items() if content == found]:
            self.content.pop(elsewhere)
            self.elsewhere(elsewhere)
        self.content.pop(place, None)
        if found is not None:
            self.content[place] = found
        self.unconfirmed.discard(place)

    def elsewhere(self, place: str) -> None:
        """What was thought to lie here lies elsewhere: nobody has seen what does lie here."""
        if self.quarantined:
            self.unconfirmed.add(place)

    def is_lawful(self, entry: Entry) -> None:
        if entry.kind in GRANTS:
            assert entry.actor is not None
            if entry.kind != COUNT:
                of_case = entry.actor.person in self.officers[entry.case or ""]
                assert of_case is not entry.kind.startswith("dossier.review")
            assert entry.actor.strength == 2 or (entry.second is not None and entry.second.strength == 2)
            if entry.place in self.unconfirmed:
                assert entry.second is not None
                assert (entry.actor.strength, entry.second.strength) == (2, 2)
                assert entry.second.person != entry.actor.person
        if entry.kind == "dossier.handed_over":
            assert entry.second is not None
            assert entry.second.person in self.officers[entry.case or ""]
        if entry.kind == "door.opened" and entry.data["why"] == "granted":
            (cause,) = entry.causes
            grant = self.at.disk.ledger.entry(cause)
            assert grant is not None
            assert (grant.kind in GRANTS, grant.place, grant.object) == (True, entry.place, entry.object)
        elif entry.kind == "door.opened":
            assert entry.incident is not None

    def unlock_was_decided(self, place: str, head: Cause, lined: list[str]) -> None:
        decided = [
            entry.at
            for entry in self.entries
            if entry.place == place and entry.kind in {*GRANTS, "emergency.opened"} and int(entry.seq) <= head[1]
        ]
        unused = [at for at in decided if at not in self.used]
        assert unused or place in lined, "a pulse without its durable decision"
        if place not in lined:
            self.used.add(unused[-1])

    def compartments_equal_the_model(self) -> None:
        assert {place for place in PLACES if not self.at.lookup.is_confirmed(place)} == self.unconfirmed
        rows = self.at.disk.view.select("compartment")
        assert {str(row["place"]): row["dossier"] for row in rows if row["dossier"]} == self.content
        for number in self.dossiers if hasattr(self, "dossiers") else ():
            found = self.at.lookup.dossier(number)
            assert found is not None
            if found.state == "stored":
                assert self.content[found.place or ""] == number


TestDays = pytest.mark.timeout(3600 if DEEP else 60)(Days.TestCase)
TestDays.settings = settings(
    max_examples=500 if DEEP else 25,
    stateful_step_count=60 if DEEP else 25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
