"""A cabinet over a real record, with doors that a test moves and pulses that it counts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from custodyd.clock import SimulatedClock
from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.context import Context
from custodyd.desk.cabinet.desk import CabinetDesk, Outcome
from custodyd.desk.cabinet.line import EmergencyLine
from custodyd.desk.cabinet.step import Step
from custodyd.desk.lookup import Lookup
from custodyd.desk.permitted import EmergencyFingers
from custodyd.desk.projections import ALL
from custodyd.desk.register import Register
from custodyd.ledger import Ledger, Origin, RecordUnavailable
from custodyd.ledger.keys import Card, PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Actor, Cause, Draft, Entry
from custodyd.model.facts.people import FingerEnrolled
from custodyd.model.projection import View
from custodyd.reminders.clocks import CLOCKS
from custodyd.reminders.ladder import Ladders
from custodyd.reminders.messages import MESSAGES
from custodyd.reminders.rounds import intend
from custodyd.settings import load
from custodyd_drivers.contract import Light, LockBank
from custodyd_drivers.errors import DeviceError

KEYS = StationKeys(bytes(range(32)), bytes(range(32, 64)))
BY = Actor("peer-uid", 1, "uid:1000", "clerk")
CABINET, READER = "dossier-a", "reader-a"
PLACES = tuple(f"{CABINET}/{number}" for number in range(1, 4))
SETTINGS = load(Path(__file__).parents[3] / "devices.toml")
HOUR_US = 3_600_000_000
NOWHERE: Cause = ("0", -1)  # the head of a record that cannot be read


class Clock(SimulatedClock):
    """Both times move only by a test's word."""

    def __init__(self) -> None:
        super().__init__()
        self._civil = super().civil()
        self._elapsed = 1000.0

    def civil(self) -> int:
        return self._civil

    def elapsed(self) -> float:
        return self._elapsed

    def set_wrongly(self, hours: float) -> None:
        """Somebody, or a dead battery, moves civil time alone; 1970 is the earliest."""
        self._civil = max(0, self._civil + round(hours * HOUR_US))

    def pass_time(self, seconds: float) -> None:
        self._elapsed += seconds
        self._civil += round(seconds * 1_000_000)


class Bank:
    """A lock bank that notes, for every pulse, where the record stood at that moment."""

    doors = 3

    def __init__(self, record: "Disk") -> None:
        self._record = record
        self.pulses: list[tuple[int, tuple[str, int]]] = []
        self.failure: DeviceError | None = None

    async def pulse(self, door: int) -> None:
        self.pulses.append((door, self._record.head()))
        if self.failure is not None:
            raise self.failure


class Disk:
    """The record behind a disk that refuses when told to."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.refuses = False
        self.owed: list[Draft] = []

    @property
    def view(self) -> View:
        return self.ledger.view

    def head(self) -> Cause:
        try:
            return self.ledger.head()
        except RecordUnavailable:
            return NOWHERE

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        if self.refuses:
            raise RecordUnavailable("full")
        owed, self.owed = self.owed, []
        return (await self.ledger.append(*owed, *drafts))[len(owed) :]

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        if self.refuses:
            self.owed += drafts
            return ()
        return await self.append(*drafts)


@dataclass
class Hands:
    """What the desk reaches."""

    bank: Bank
    lookup: Lookup
    away: bool = False
    lights: list[Light] = field(default_factory=list[Light])

    def lock(self, place: str) -> tuple[LockBank, int] | None:
        return None if self.away else (self.bank, int(place.rpartition("/")[2]))  # type: ignore[return-value]  # the one verb used

    async def light(self, mood: Light) -> None:
        self.lights.append(mood)

    def tell(self, step: Step, civil: int) -> Sequence[Draft]:
        people = [(told, person) for told in step.told for person in self.lookup.holding(told.right)]
        return [intend(person, "text", 1, told.about, "red", civil, None, None) for told, person in people]


@dataclass
class Room:
    """One cabinet, the people around it, and a test's motions."""

    directory: Path
    disk: Disk
    clock: Clock
    register: Register
    lookup: Lookup
    hands: Hands
    desk: CabinetDesk
    people: dict[str, str]

    def now(self) -> tuple[float, int]:
        return self.clock.elapsed(), self.clock.civil()

    async def finger(self, who: str) -> Outcome:
        slot = list(self.people).index(who)
        return await self.desk.handle(events.Finger(*self.now(), READER, slot, 100))

    async def scan(self, dossier: str) -> Outcome:
        return await self.code(self.register.code_of(dossier))

    async def code(self, text: str | None) -> Outcome:
        return await self.desk.handle(events.Code(*self.now(), text, len(text or "")))

    async def door(self, place: str, *, open: bool, found: bool = False) -> Outcome:
        return await self.desk.handle(events.Door(*self.now(), place, open, found))

    async def count(self, **what: object) -> Outcome:
        return await self.desk.handle(events.Counted(*self.now(), **what))  # type: ignore[arg-type]  # a test's words

    async def terms(self, purpose: str = "interview", hours: float = 2) -> Outcome:
        due = self.clock.civil() + round(hours * HOUR_US)
        return await self.desk.handle(events.Terms(*self.now(), purpose, due))

    async def choose(self, act: str, dossier: str) -> Outcome:
        due = self.clock.civil() + 2 * HOUR_US
        return await self.desk.handle(events.Choice(*self.now(), act, dossier, "interview", due))  # type: ignore[arg-type]  # a test's words

    async def ask_count(self, place: str) -> Outcome:
        return await self.desk.handle(events.Choice(*self.now(), "inventory", place=place))

    async def leave(self) -> Outcome:
        return await self.desk.handle(events.Leave(*self.now()))

    async def wait(self, seconds: float) -> None:
        """Let time pass, and tick until nothing changes any more."""
        self.clock.pass_time(seconds)
        for _ in range(8):
            await self.desk.handle(events.Tick(*self.now()))

    async def case(self, code: str = "A1", *, lead: str = "officer", needs_review: bool = False) -> str:
        """A case of the officer (and the partner), with one dossier; returns the dossier."""
        officers = ((self.people[lead], "lead"), (self.people["partner"], "co"))
        await self.register.case(code, officers, BY, accepted=None, needs_review=needs_review, request=None)  # type: ignore[arg-type]  # parts
        return await self.dossier(code)

    async def dossier(self, code: str = "A1") -> str:
        entry = await self.register.dossier(code, BY, foreign_code=None, request=None)
        return str(entry.object)

    async def stored(self, dossier: str, who: str = "officer", pages: int | None = 10) -> str:
        """Deposit it; returns the place."""
        await self.finger(who)
        await self.scan(dossier)
        place = self.moving()
        await self.door(place, open=True)
        await self.count(pages=pages)
        await self.door(place, open=False)
        return place

    async def lent(self, dossier: str, who: str = "officer") -> None:
        await self.finger(who)
        await self.scan(dossier)
        await self.terms()
        place = self.moving()
        await self.door(place, open=True)
        await self.door(place, open=False)

    def moving(self) -> str:
        """The place of the motion under way."""
        return str(getattr(self.desk.state.visit, "place"))  # noqa: B009 - whichever state has one

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.disk.ledger.entries(limit=5000)]

    def last(self, kind: str) -> Entry:
        return next(entry for entry in reversed(self.disk.ledger.entries(limit=5000)) if entry.kind == kind)


PEOPLE = {
    "officer": ("case-officer",),
    "partner": ("co-officer",),
    "stranger": ("case-officer",),
    "legal": ("legal-officer",),
    "clerk": ("clerk",),
    "leader": ("unit-leader",),
}


@asynccontextmanager
async def room(directory: Path, *, fresh: bool = True, places: tuple[str, ...] = PLACES) -> AsyncIterator[Room]:
    clock = Clock()
    people = PersonKeys(directory / "keys", KEYS.wrap)
    origin = Origin("test-bureau", "test-station", simulated=True)
    ledger = await Ledger.open(directory, origin, KEYS, Seals(people.key), clock, (*ALL, CLOCKS, MESSAGES))
    made = build(directory, ledger, clock, people, places)
    try:
        if fresh:
            await _populate(made)
        else:
            rows = ledger.view.select("finger", reader=READER)
            made.people = dict(zip(PEOPLE, [str(row["person"]) for row in rows], strict=True))
        yield made
    finally:
        await ledger.close()


def build(directory: Path, ledger: Ledger, clock: Clock, people: PersonKeys, places: tuple[str, ...]) -> Room:
    disk = Disk(ledger)
    lookup = Lookup(ledger.view, SETTINGS.grants)
    clocks = Ladders(SETTINGS.reminders, 24, ledger.view)
    register = Register(disk, clock, lookup, clocks, people, KEYS.label)
    hands = Hands(Bank(disk), lookup)
    permitted = EmergencyFingers(lookup)
    context = Context(CABINET, places, lookup, register.read_code, clocks, permitted)
    desk = CabinetDesk(context, disk, clock, hands, EmergencyLine(directory / "emergency"))
    return Room(directory, disk, clock, register, lookup, hands, desk, {})


async def _populate(made: Room) -> None:
    for slot, (name, roles) in enumerate(PEOPLE.items()):
        entry = await made.register.person(Card(f"模拟{name}"), roles, BY, emergency=False, request=None)
        made.people[name] = str(entry.subject)
        fact = FingerEnrolled(slot=slot)
        await made.disk.append(Draft(fact=fact, happened=0, device=READER, subject=entry.subject))
