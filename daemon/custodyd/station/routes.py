"""Which report goes to which desk, by the wiring in devices.toml; it knows no rule."""

import logging
from collections.abc import Mapping

from custodyd.clock import Clock
from custodyd.desk.bands.desk import BandDesk
from custodyd.desk.bands.events import Gone
from custodyd.desk.cabinet import events
from custodyd.desk.cabinet.desk import CabinetDesk
from custodyd.desk.enrolment import Enrolment
from custodyd.ledger import RecordUnavailable
from custodyd.reminders.inbox import Inbox
from custodyd.reminders.outbox import Outbox
from custodyd.settings import Settings
from custodyd.station.wristbands import event
from custodyd_drivers import contract
from custodyd_drivers.contract import Driver, FingerprintReader, Report, WristbandReceiver

log = logging.getLogger(__name__)


class Routes:
    """Takes reports and the comings and goings of devices; fulfils what watch calls."""

    def __init__(self, clock: Clock, enrolment: Enrolment, outbox: Outbox, inbox: Inbox, bands: BandDesk) -> None:
        self._clock = clock
        self._bands = bands
        self._enrolment = enrolment
        self._outbox = outbox
        self._inbox = inbox
        self._worn: Mapping[str, object] = {}
        self._models: Mapping[str, object] = {}
        self._by_reader: dict[str, CabinetDesk] = {}
        self._by_scanner: dict[str, CabinetDesk] = {}
        self._places: dict[tuple[str, int], tuple[CabinetDesk, str]] = {}

    def wire(self, settings: Settings, desks: Mapping[str, CabinetDesk]) -> None:
        """Reports go to these desks from now on, as the settings wire them."""
        self._worn = {name: band.settings for name, band in settings.wristbands.items()}
        self._models = settings.wristband_models
        self._by_reader, self._by_scanner, self._places = {}, {}, {}
        for name, desk in desks.items():
            cabinet = settings.cabinets[name]
            self._by_reader[cabinet.reader or ""] = desk
            self._by_scanner[cabinet.scanner or ""] = desk
            for number, door in cabinet.compartments.items():
                self._places[door.locks, door.door] = desk, cabinet.place(number)

    async def seen(self, device: str, driver: Driver) -> None:
        """A device came: a reader's slots are compared with the record, which need not be readable for it to serve."""
        if isinstance(driver, FingerprintReader):
            occupied = await driver.occupied()
            try:
                await self._enrolment.compare(device, occupied)
            except RecordUnavailable as exc:
                log.warning("the slots of %s were not compared: %s", device, exc)
        self.listen(device, driver)

    def listen(self, device: str, driver: Driver | None) -> None:
        """A receiver hears the station's wristbands from now on."""
        if isinstance(driver, WristbandReceiver):
            for band, why in driver.listen_for(self._worn, self._models).items():
                log.error("%s cannot hear %s: %s", device, band or "its reference beacon", why)

    async def blind(self, device: str) -> None:
        """A device went: what it knew is unknown; nothing is assumed."""
        await self._bands.handle(Gone(self._clock.elapsed(), self._clock.civil(), device))

    async def report(self, device: str, report: Report) -> None:
        """Pass one report to its desk."""
        now = self._clock.elapsed(), self._clock.civil()
        worn = event(now, device, report)
        await (self._cabinet(device, report, now) if worn is None else self._bands.handle(worn))

    async def _cabinet(self, device: str, report: Report, now: tuple[float, int]) -> None:
        match report:
            case contract.FingerMatched():
                await self._at(self._by_reader, device, events.Finger(*now, device, report.slot, report.score))
            case contract.FingerUnknown():
                await self._at(self._by_reader, device, events.BadFinger(*now, device, "unknown"))
            case contract.FingerUnreadable():
                await self._at(self._by_reader, device, events.BadFinger(*now, device, "unreadable"))
            case contract.CodeScanned():
                text = report.text
                await self._at(self._by_scanner, device, events.Code(*now, text, len(text.encode())))
            case contract.CodeUnreadable():
                await self._at(self._by_scanner, device, events.Code(*now, None, report.length))
            case contract.DoorOpened() | contract.DoorClosed():
                await self._door(device, report, now)
            case contract.SignalChanged(registered=False):
                # no entry: what could not leave because of it has one, with the reason
                log.warning("%s: no network, messages wait", device)
            case _:
                await self._message(device, report)

    async def _message(self, device: str, report: Report) -> None:
        try:
            match report:
                case contract.MessageDelivered():
                    await self._outbox.reported(device, report)
                case contract.MessageAcceptedLate():
                    await self._outbox.accepted_late(device, report)
                case contract.MessageReceived():
                    await self._inbox.received(device, report)
                case _:
                    log.debug("%s: %s", device, type(report).__name__)
        except RecordUnavailable as exc:  # the message stays as it stood: nobody claims that it arrived
            log.warning("%s was not matched: %s", type(report).__name__, exc)

    async def _at(self, desks: Mapping[str, CabinetDesk], device: str, event: events.Event) -> None:
        desk = desks.get(device)
        if desk is not None:
            await desk.handle(event)

    async def _door(
        self, device: str, report: contract.DoorOpened | contract.DoorClosed, now: tuple[float, int]
    ) -> None:
        found = self._places.get((device, report.door))
        if found is not None:
            desk, place = found
            is_open = isinstance(report, contract.DoorOpened)
            await desk.handle(events.Door(*now, place, is_open, report.found))
