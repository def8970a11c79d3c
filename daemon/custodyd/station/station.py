"""The composition root: builds every part from the settings, and fits the parts to changed ones; it runs nothing."""

from collections.abc import Callable, Iterable, Sequence

from custodyd.clock import Clock, SimulatedClock, SystemClock
from custodyd.desk.bands.desk import BandDesk
from custodyd.desk.bands.machine import Told
from custodyd.desk.cabinet.context import Context
from custodyd.desk.cabinet.context import Limits as CabinetLimits
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.desk.cabinet.line import EmergencyLine
from custodyd.desk.changing import Changes
from custodyd.desk.clocks.desk import ClockDesk
from custodyd.desk.enrolment import Enrolment
from custodyd.desk.lookup import Lookup
from custodyd.desk.permitted import EmergencyFingers
from custodyd.desk.projections import ALL as DESK_PROJECTIONS
from custodyd.desk.register import Register
from custodyd.imports.importer import Importer
from custodyd.imports.projections import IMPORTS
from custodyd.ledger import Ledger, Origin
from custodyd.ledger.keys import PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Draft
from custodyd.reminders.clocks import CLOCKS
from custodyd.reminders.holding import Admission
from custodyd.reminders.inbox import Inbox
from custodyd.reminders.ladder import Ladders
from custodyd.reminders.messages import MESSAGES
from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import Rounds
from custodyd.settings import Settings
from custodyd.settings.plan import Plan
from custodyd.station.desks import Desks
from custodyd.station.directory import Directory
from custodyd.station.hands import CabinetHands
from custodyd.station.imports import RegisterVerbs
from custodyd.station.places import Places
from custodyd.station.polls import Polls
from custodyd.station.routes import Routes
from custodyd.station.words import MessageWords
from custodyd.station.wristbands import bands_of, messages
from custodyd.watch import Buses, Supervisor, Target
from custodyd_drivers.catalogue import buses, families
from custodyd_drivers.contract import Bus, Driver, FingerprintReader, SmsGateway


class Station:
    """The parts of one station. `settings` are those that run."""

    def __init__(self, settings: Settings, places: Places, clock: Clock, keys: StationKeys, ledger: Ledger) -> None:
        self.settings = settings
        self.places = places
        self.clock = clock
        self.ledger = ledger
        self.people = PersonKeys(places.state / "keys", keys.wrap)
        self.wrap = keys.wrap
        self.lookup = Lookup(ledger.view, settings.grants)
        self.permitted = EmergencyFingers(self.lookup)
        self.words = MessageWords(settings)
        self.ladders = Ladders(settings.reminders, settings.limits.deposit_hours, ledger.view)
        self.register = Register(ledger, clock, self.lookup, self.ladders, self.people, keys.label)
        self.clocks = ClockDesk(ledger, clock, lambda: (self.settings.law, self.settings.calendar))
        self.enrolment = Enrolment(ledger, clock, self.lookup, self._reader)
        self.changes = Changes(ledger, clock, self.lookup, self.people)
        self.imports = Importer(ledger.view, clock, self.people, RegisterVerbs(self.register, self.changes))
        self.polls = Polls(self.imports, clock, places.credentials, settings)
        self.desks = Desks(self._desk, settings)
        self.directory = Directory(self.people)
        self.admission = Admission(ledger, clock, settings.reminders.holding, self.words)
        self.outbox = Outbox(ledger, clock, self._gateways, self.directory.phone, self.admission)
        self.rounds = Rounds(ledger.view, self.lookup.recipients, self.words)
        self.bands = BandDesk(ledger, clock, self._tell_of_bands)
        self.bands.refit(*bands_of(settings))
        self.routes = Routes(
            clock, self.enrolment, self.outbox, Inbox(ledger, clock, self.directory.whose, self.words), self.bands
        )
        self.routes.wire(settings, self.desks)
        self.supervisor = Supervisor(
            self._targets(settings, settings.devices), Buses(_bus_makers(settings)), ledger, clock
        )

    @classmethod
    async def open(cls, settings: Settings, places: Places) -> "Station":
        """Open the record and build the parts; raises LedgerError, WrongDirectory, RecordUnavailable."""
        clock = SimulatedClock() if settings.simulation else SystemClock()
        keys = StationKeys.load(places.credentials)
        people = PersonKeys(places.state / "keys", keys.wrap)
        origin = Origin(settings.station.bureau, settings.station.code, simulated=settings.simulation is not None)
        projections = (*DESK_PROJECTIONS, CLOCKS, MESSAGES, IMPORTS)
        ledger = await Ledger.open(places.state, origin, keys, Seals(people.key), clock, projections)
        return cls(settings, places, clock, keys, ledger)

    # --- building ----------------------------------------------------------------------------------------------

    def _desk(self, settings: Settings, name: str) -> CabinetDesk:
        cabinet, limits = settings.cabinets[name], settings.limits
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

    def _gateways(self) -> Sequence[tuple[str, SmsGateway]]:
        found = [(device, self._driver(device)) for device in self.settings.reminders.gateways]
        return [(device, driver) for device, driver in found if isinstance(driver, SmsGateway)]

    def _tell_of_bands(self, told: Sequence[Told], civil: int) -> Sequence[Draft]:
        return messages(told, civil, self.settings, self.lookup, self.words)

    def _targets(self, settings: Settings, devices: Iterable[str]) -> list[Target]:
        return [self._target(settings, device) for device in devices]

    def _target(self, settings: Settings, name: str) -> Target:
        device, routes = settings.devices[name], self.routes
        family = families()[device.family]
        wire = settings.buses[device.bus].settings if device.bus else device.settings
        path = getattr(wire, "port", None)

        def make(bus: Bus | None) -> Driver:
            return family.open(device.settings, bus)

        return Target(name, device.capability, make, routes.seen, routes.report, routes.blind, device.bus, path)

    # --- running parts -----------------------------------------------------------------------------------------

    def live(self) -> Sequence[str]:
        """The devices that are seen now."""
        return [device for device in self.settings.devices if self._driver(device) is not None]

    def adopt(self, plan: Plan) -> None:
        """Work by the plan's settings from now on, at once; the devices follow by `rewire`."""
        settings = self.settings = plan.settings
        self.lookup.grants = settings.grants
        self.ladders.reminders, self.ladders.deposit_hours = settings.reminders, settings.limits.deposit_hours
        self.admission.rules = settings.reminders.holding
        self.words.signature = settings.station.sms_signature
        self.desks.refit(settings)
        self.bands.refit(*bands_of(settings))
        self.polls.refit(settings)
        self.routes.wire(settings, self.desks)
        for device in self.live():
            self.routes.listen(device, self._driver(device))

    async def rewire(self, plan: Plan) -> None:
        """End the plan's devices, open its buses and devices anew; all others keep their driver."""
        await self.supervisor.stop(plan.touched, "the settings changed")
        await self.supervisor.buses.change(_bus_makers(plan.settings), plan.buses)
        self.supervisor.watch(self._targets(plan.settings, sorted(plan.begun)))


def _bus_makers(settings: Settings) -> dict[str, Callable[[], Bus]]:
    return {bus.id: _bus_maker(bus.protocol, bus.settings) for bus in settings.buses.values()}


def _bus_maker(protocol: str, settings: object) -> Callable[[], Bus]:
    def make() -> Bus:
        return buses()[protocol].open(settings)

    return make
