"""The composition root: builds every part from the settings, runs them in one TaskGroup, ends them in order."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from custodyd import __version__
from custodyd.api import Services, make_app, serve
from custodyd.api.serve import bind
from custodyd.clock import Clock, SimulatedClock, SystemClock
from custodyd.clock.upkeep import ask
from custodyd.desk.cabinet.context import Context
from custodyd.desk.cabinet.context import Limits as CabinetLimits
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.desk.cabinet.line import EmergencyLine
from custodyd.desk.enrolment import Enrolment
from custodyd.desk.lookup import Lookup
from custodyd.desk.permitted import EmergencyFingers
from custodyd.desk.projections import ALL as DESK_PROJECTIONS
from custodyd.desk.register import Register
from custodyd.ledger import Ledger, Origin, RecordUnavailable
from custodyd.ledger.founding import FILE as FOUNDING
from custodyd.ledger.keys import PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.model.alarm import Alarm
from custodyd.model.entry import ClockState, Draft
from custodyd.model.facts.record import DaemonStarted
from custodyd.reminders.at_once import wake_at_once
from custodyd.reminders.inbox import Inbox
from custodyd.reminders.ladder import Ladders
from custodyd.reminders.outbox import Outbox, outbox
from custodyd.reminders.projections import REMINDERS
from custodyd.reminders.rounds import Rounds
from custodyd.reminders.wakeups import ROUND_S, WakeUps
from custodyd.settings import Device, Settings, load
from custodyd.settings.mistakes import Mistakes
from custodyd.station import founding
from custodyd.station.alarms import Alarms
from custodyd.station.civil import CivilSocket
from custodyd.station.conditions import Eyes, sentence
from custodyd.station.directory import Directory
from custodyd.station.hands import CabinetHands
from custodyd.station.notify import Notifier
from custodyd.station.routes import Routes
from custodyd.station.timekeeping import watch_clock, watch_upkeep
from custodyd.station.watchdog import Watchdog
from custodyd.station.words import MessageWords
from custodyd.texts import say
from custodyd.watch import Buses, Supervisor, Target
from custodyd_drivers.catalogue import buses, families
from custodyd_drivers.contract import Bus, Driver, FingerprintReader, SmsGateway

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run keeps things: state (record, keys), runtime (socket, emergency line), credentials."""

    state: Path
    runtime: Path
    credentials: Path


class Station:
    """One run of one station."""

    def __init__(self, settings: Settings, places: Places, clock: Clock, keys: StationKeys, ledger: Ledger) -> None:
        self.settings = settings
        self.places = places
        self.clock = clock
        self.ledger = ledger
        self.people = PersonKeys(places.state / "keys", keys.wrap)
        self._wrap = keys.wrap
        self.lookup = Lookup(ledger.view, settings.grants)
        self.permitted = EmergencyFingers(self.lookup)
        self.words = MessageWords(settings)
        self.ladders = Ladders(settings.reminders, settings.limits.deposit_hours, ledger.view)
        self.register = Register(ledger, clock, self.lookup, self.ladders, self.people, keys.label)
        self.enrolment = Enrolment(ledger, clock, self.lookup, self._reader)
        self.desks = {name: self._desk(name) for name in settings.cabinets}
        self.directory = Directory(self.people)
        self.outbox = self._outbox()
        self.rounds = Rounds(ledger.view, self.lookup.recipients, self.words)
        self.wakeups = WakeUps(self._round)
        self.supervisor = self._supervisor()
        self.notifier = Notifier()
        self.watchdog = Watchdog(clock, self.notifier, ledger, self.supervisor, (RecordUnavailable,))
        eyes = Eyes(ledger, self.desks.values(), settings.devices, self._live)
        self.alarms = Alarms(eyes.alarms, self._show, ledger, clock, self.words, self.lookup.holding)
        self._ending = asyncio.Event()

    # --- building ----------------------------------------------------------------------------------------------

    @classmethod
    async def open(cls, settings: Settings, places: Places) -> "Station":
        """Open the record and build the parts; raises LedgerError, WrongDirectory, RecordUnavailable."""
        clock = SimulatedClock() if settings.simulation else SystemClock()
        keys = StationKeys.load(places.credentials)
        people = PersonKeys(places.state / "keys", keys.wrap)
        origin = Origin(settings.station.bureau, settings.station.code, simulated=settings.simulation is not None)
        projections = (*DESK_PROJECTIONS, REMINDERS)
        ledger = await Ledger.open(places.state, origin, keys, Seals(people.key), clock, projections)
        return cls(settings, places, clock, keys, ledger)

    def _desk(self, name: str) -> CabinetDesk:
        cabinet, limits = self.settings.cabinets[name], self.settings.limits
        context = Context(
            name,
            cabinet.places,
            self.lookup,
            self.register.read_code,
            self.ladders,
            self.permitted,
            CabinetLimits(limits.authority_s, limits.lapse_s, limits.left_open_s, limits.count_s),
            cabinet.kind,
            cabinet.reader is not None,
        )
        hands = CabinetHands(cabinet, self._driver, self.lookup, self.words)
        return CabinetDesk(context, self.ledger, self.clock, hands, EmergencyLine(self.places.runtime / "emergency"))

    def _driver(self, device: str) -> Driver | None:
        return self.supervisor.driver(device)

    def _reader(self, device: str) -> FingerprintReader | None:
        found = self._driver(device)
        return found if isinstance(found, FingerprintReader) else None

    def _outbox(self) -> Outbox | None:
        gateway = self.settings.reminders.gateway
        if gateway is None:
            return None

        def live() -> SmsGateway | None:
            found = self._driver(gateway)
            return found if isinstance(found, SmsGateway) else None

        return outbox(self.ledger, self.clock, gateway, live, self.directory.phone)

    def _inbox(self) -> Inbox | None:
        gateway = self.settings.reminders.gateway
        return Inbox(self.ledger, self.clock, gateway, self.directory.whose) if gateway is not None else None

    def _supervisor(self) -> Supervisor:
        buses = Buses({bus.id: _bus_maker(bus.protocol, bus.settings) for bus in self.settings.buses.values()})
        routes = Routes(self.settings, self.desks, self.clock, self.enrolment, self.outbox, self._inbox())
        targets = [self._target(device, routes) for device in self.settings.devices.values()]
        return Supervisor(targets, buses, self.ledger, self.clock)

    def _target(self, device: Device, routes: Routes) -> Target:
        family = families()[device.family]
        wire = self.settings.buses[device.bus].settings if device.bus else device.settings
        path = getattr(wire, "port", None)

        def make(bus: Bus | None) -> Driver:
            return family.open(device.settings, bus)

        return Target(device.id, device.capability, make, routes.seen, routes.report, routes.blind, device.bus, path)

    # --- running -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run until `end` is called or a signal comes; leaves the record in good order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        if self.settings.simulation is not None:
            self.ledger.clock_state = ClockState(source="simulation")  # a hand sets civil time: nobody keeps it
        started = self.clock.civil()
        await self._enter_start(started)
        await founding.enter(self.places.state / FOUNDING, self._wrap, self.ledger, self.people, self.clock)
        for desk in self.desks.values():
            await desk.start()
        if self.outbox is not None:
            await self.outbox.recover()
        listener = bind(self.places.runtime / "api.sock")
        main = asyncio.create_task(self._all(started, listener))
        ending = asyncio.create_task(self._ending.wait())
        await asyncio.wait({main, ending}, return_when=asyncio.FIRST_COMPLETED)
        self.notifier.stopping(say("status.stopping"))
        ending.cancel()
        main.cancel()
        await asyncio.gather(main, ending, return_exceptions=True)
        await self.ledger.stop("asked")
        if not main.cancelled() and main.exception() is not None:
            raise main.exception() or RuntimeError

    async def _all(self, started: int, listener: socket.socket) -> None:
        services = Services(
            self.settings, self.clock, self.ledger, self.people, self.lookup, self.register, self.enrolment,
            self.desks, self._live, started, lambda: [(alarm, sentence(alarm)) for alarm in self.alarms.standing],
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            group.create_task(self.permitted.keep(self.ledger))
            group.create_task(self.supervisor.run())
            for desk in self.desks.values():
                group.create_task(desk.run())
            group.create_task(serve(make_app(services), listener))
            group.create_task(self.watchdog.run())
            # the machine's own clock, also in a simulation: a jump that a hand asks for is no fault
            group.create_task(watch_clock(SystemClock(), self.ledger, self.wakeups.poke))
            if self.settings.simulation is None:
                group.create_task(watch_upkeep(ask, self.clock, self.ledger))
            if self.outbox is not None:
                group.create_task(self.outbox.run())
                group.create_task(wake_at_once(self.outbox.wake, self.ledger))
            self._simulated(group)
            group.create_task(self.alarms.run())
            self.wakeups.start()
            self.notifier.ready(say("status.ready", label=self.settings.station.label))
            log.info("station %s is ready", self.settings.station.code)

    def _simulated(self, group: asyncio.TaskGroup) -> None:
        simulation = self.settings.simulation
        if simulation is None or not isinstance(self.clock, SimulatedClock):
            return
        civil = CivilSocket(self.clock, self._busy, self.rounds.next_due, self.wakeups.poke)
        group.create_task(civil.serve(Path(simulation.civil_socket)))

    def end(self) -> None:
        """Ask the run to end."""
        self._ending.set()

    def _show(self, standing: Sequence[Alarm]) -> None:
        label = self.settings.station.label
        said = " ".join(sentence(alarm).zh for alarm in standing)
        text = say("status.alarms", label=label, count=len(standing), alarms=said)
        self.notifier.status(text if standing else say("status.ready", label=label))

    def _live(self) -> Sequence[str]:
        return [device for device in self.settings.devices if self.supervisor.driver(device) is not None]

    def _busy(self) -> bool:
        return any(desk.pending for desk in self.desks.values())

    async def _enter_start(self, started: int) -> None:
        lodged = self.ledger.last_lodged
        fact = DaemonStarted(
            version=__version__,
            clean=self.ledger.clean,
            simulated=self.settings.simulation is not None,
            config=self.settings.digest,
            lodged_segment=lodged[0] if lodged else None,
            lodged_size=lodged[1] if lodged else None,
        )
        await self.ledger.happened(Draft(fact=fact, happened=started))

    async def _round(self) -> None:
        """One round: what is due becomes entries and messages; the outbox looks as well."""
        try:
            for drafts in self.rounds.due(self.clock.civil()):
                await self.ledger.append(*drafts)
            if self.outbox is not None:
                self.outbox.wake()
            if not self._busy():
                await self.ledger.roll_over_if_due(self.clock.civil())
            self._wake_for_next()
        except RecordUnavailable as exc:
            log.warning("round not held: %s", exc.reason)
        if self.ledger.health.broken:
            self.end()  # the next start puts the broken record aside and names it

    def _wake_for_next(self) -> None:
        due = self.rounds.next_due()
        if due is not None:
            self.wakeups.poke(min(ROUND_S, max(0.5, (due - self.clock.civil()) / 1_000_000)))

    def _reload(self) -> None:
        """Check the file again and say what changes; a changed station takes effect at the next start."""
        self.notifier.reloading()
        try:
            fresh = load(self.settings.path, self.settings.overlay)
            same = fresh.digest == self.settings.digest
            status = say("status.unchanged" if same else "status.changed")
        except Mistakes as exc:
            log.warning("devices.toml has %d mistakes; the running settings stay", len(exc.list))
            status = say("status.mistakes", count=len(exc.list))
        self.notifier.ready(status)


def _bus_maker(protocol: str, settings: object) -> Callable[[], Bus]:
    def make() -> Bus:
        return buses()[protocol].open(settings)

    return make


def default_places(environ: dict[str, str] | None = None) -> Places:
    """What systemd gave: STATE_DIRECTORY, RUNTIME_DIRECTORY, CREDENTIALS_DIRECTORY, else the usual paths."""
    given = dict(os.environ) if environ is None else environ
    return Places(
        Path(given.get("STATE_DIRECTORY", "/var/lib/custodyd")),
        Path(given.get("RUNTIME_DIRECTORY", "/run/custodyd")),
        Path(given.get("CREDENTIALS_DIRECTORY", "/run/credentials/custodyd.service")),
    )
