"""From a finger's match to the first byte of the unlock command, with both entries durable in between.

The whole daemon of the sample station works in this process, over ptys to twins in another: every bus polled, every
reader asked. The match and what the person picks are handed in where the reader's report arrives, one behind the other.
"""

import asyncio
import multiprocessing
import random
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bench.figure import Figure, dumped, percentile
from bench.record import flushes
from custodyd.desk.cabinet import events
from custodyd.ledger.keys import Card
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts.people import FingerEnrolled
from custodyd.settings import load
from custodyd.station.places import Places
from custodyd.station.run import Run
from custodyd.station.station import Station
from custodyd_drivers.modbus_relay.driver import RelayBank
from custodyd_simulators import twins
from custodyd_simulators.running import prepare

DEVICES = Path(__file__).parents[1] / "devices.toml"
CABINET, READER, BANK = "dossier-a", "reader-a", "locks-a1"
BY = Actor("peer-uid", 1, "uid:1000", "clerk")
SLOTS = {"legal-officer": 1, "case-officer": 2}
SAMPLES = 300
FLUSH_S = 0.4
ROOM_MS, FLUSHES = 5.0, 4


def _twins(state: str, pipe: Connection) -> None:
    """The other process: every twin on its wire, until told to end."""
    place = Path(state)
    prepare(place)
    station = twins.build(load(DEVICES), place / "wires")
    station.start()
    (place / "overlay.toml").write_text(twins.overlay(station, place / "run" / "civil.sock"), encoding="utf-8")
    pipe.send("up")
    pipe.recv()
    station.close()


@asynccontextmanager
async def _station(state: Path) -> AsyncIterator[Station]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_twins, args=(str(state), there))
    process.start()
    try:
        await asyncio.to_thread(here.recv)
        settings = load(DEVICES, state / "overlay.toml")
        station = await Station.open(settings, Places(state / "record", state / "run", state / "credentials"))
        run = Run(station)
        running = asyncio.create_task(run.until_ended())
        async with asyncio.timeout(30):
            while any(station.supervisor.driver(device) is None for device in settings.devices):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.1)
        yield station
        run.end()
        await running
    finally:
        here.send("stop")
        process.join(10)


class _Visits:
    """A legal officer who reads one stored dossier again and again."""

    def __init__(self, station: Station) -> None:
        self._clock = station.clock
        self._desk = station.desks[CABINET]
        self._register = station.register
        self._ledger = station.ledger
        self._supervisor = station.supervisor
        self._dossier = self._place = ""
        self.total: list[float] = []
        self.waited: list[float] = []

    async def prepare(self) -> None:
        """Two people, a case, and its dossier in a compartment."""
        people: dict[str, str] = {}
        for role, slot in SLOTS.items():
            entry = await self._register.person(Card("模拟人员"), (role,), BY, emergency=False, request=None)
            people[role] = str(entry.subject)
            fact = FingerEnrolled(slot=slot)
            await self._ledger.append(Draft(fact=fact, happened=0, device=READER, subject=entry.subject))
        officers = ((people["case-officer"], "lead"),)
        await self._register.case("A1", officers, BY, accepted=None, needs_review=True, request=None)
        self._dossier = str((await self._register.dossier("A1", BY, foreign_code=None, request=None)).object)
        code = self._register.code_of(self._dossier)
        await self._desk.handle(self._finger("case-officer"))
        await self._desk.handle(events.Code(*self._now(), code, len(code)))
        await self._through_the_door(events.Counted(*self._now(), pages=10))

    async def one(self) -> None:
        """A match and a choice; then door, finding, door."""
        before = self._bank().last_pulse
        began = self._clock.elapsed()
        match = asyncio.create_task(self._desk.handle(self._finger("legal-officer")))
        choice = events.Choice(*self._now(), "review", self._dossier)
        await asyncio.gather(match, asyncio.create_task(self._desk.handle(choice)))
        pulse = self._bank().last_pulse
        assert pulse is not None, "no pulse at all"
        assert pulse is not before, f"no new pulse: {self._desk.screen}"
        self.total.append((pulse.at - began) * 1000)
        self.waited.append(pulse.waited_s * 1000)
        await self._through_the_door(events.Counted(*self._now()))

    async def _through_the_door(self, counted: events.Counted) -> None:
        place = str(self._desk.state.visit.place)
        await self._desk.handle(events.Door(*self._now(), place, True))
        await self._desk.handle(counted)
        await self._desk.handle(events.Door(*self._now(), place, False))

    def _bank(self) -> RelayBank:
        bank = self._supervisor.driver(BANK)
        assert isinstance(bank, RelayBank)
        return bank

    def _finger(self, role: str) -> events.Finger:
        return events.Finger(*self._now(), READER, SLOTS[role], 100)

    def _now(self) -> tuple[float, int]:
        return self._clock.elapsed(), self._clock.civil()


async def measured(state: Path, disk: str) -> list[Figure]:
    """All figures on the disk of `state`."""
    chance = random.Random(0)
    rates = [flushes(state, FLUSH_S)]
    async with _station(state) as station:
        visits = _Visits(station)
        await visits.prepare()
        for _ in range(SAMPLES):
            await asyncio.sleep(chance.uniform(0, 0.05))
            await visits.one()
    rates.append(flushes(state, FLUSH_S))
    flush_ms = 1000 * len(rates) / sum(rates)
    own = [total - waited for total, waited in zip(visits.total, visits.waited, strict=True)]
    limit = FLUSHES * flush_ms + ROOM_MS
    goal = f"≤ {FLUSHES} flushes + {ROOM_MS:g} ms"
    worst = percentile(own, 99)
    return [
        Figure(f"finger → unlock byte, median{disk}", percentile(own, 50), "ms", flush_ms, "one flush"),
        Figure(f"finger → unlock byte, p99{disk}", worst, "ms", limit, goal[2:], None, goal, worst <= limit),
        Figure(f"… its wait for the poll under way, median{disk}", percentile(visits.waited, 50), "ms"),
        Figure(f"… its wait for the poll under way, p99{disk}", percentile(visits.waited, 99), "ms"),
        Figure(f"… with that wait, p99{disk}", percentile(visits.total, 99), "ms", limit, goal[2:]),
    ]


def main(disk: str = "") -> int:
    """Measure and print the figures for the page."""
    state = Path(tempfile.mkdtemp(prefix="un"))
    try:
        print(dumped(asyncio.run(measured(state, disk))))
    finally:
        shutil.rmtree(state, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
