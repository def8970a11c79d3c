"""One receiver of wristbands: adverts in, facts out, few however many adverts come; it must not know who wears a band.

Four tasks live as long as the connection: one waits for the end of bluetoothd, the adapter or the bus; one looks often
whether the beacon is heard; one has bluetoothd answer a question; one connects to bands that are to be read.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import cast

from custodyd_drivers.contract import Answered, BandHeard, HeartRate, Identity, Proof, Report, SkinTemperature
from custodyd_drivers.errors import DeviceError, LinkLost, Refused
from custodyd_drivers.link.ble import Scan, Service, read_values
from custodyd_drivers.wristband.frames import gatt
from custodyd_drivers.wristband.hearing import Hearing
from custodyd_drivers.wristband.models import Model, built_in
from custodyd_drivers.wristband.recognise import Ear, Known, decoder
from custodyd_drivers.wristband.settings import Band, Named, NoKey, Settings, key_of
from custodyd_drivers.wristband.track import Counters, Track

LOOK_S = 0.5
PROVE_S = 3.0
VITALS_S = 5.0  # how long a connected band is listened to: a heart rate comes once a second
_BEACON = ""  # the name of the reference beacon; no band has it
_NEWEST = (BandHeard, HeartRate, SkinTemperature)  # of these only the newest waits to be read


def _elapsed() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Receiver:
    """Fulfils `contract.WristbandReceiver`. `counters` outlive it."""

    def __init__(self, settings: Settings, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._service = Service(settings.adapter, settings.dbus_address)
        self._scan = self._new_scan()
        self._hearing = Hearing(_elapsed(), settings.reference is not None, settings.deaf_s, settings.silent_s)
        self._bands: dict[str, Band] = {}
        self._tracks: dict[str, Track] = {}
        self._ear = Ear((), {})
        self._waiting: dict[object, Report] = {}
        self._news = asyncio.Event()
        self._failure: DeviceError | None = None
        self._task: asyncio.Task[None] | None = None

    async def _begin(self) -> None:
        await self._scan.start()
        self._scan.kept_before(await self._service.devices())

    def _new_scan(self) -> Scan:
        return Scan(self._settings.adapter, self._settings.dbus_address, self._heard)

    @property
    def taken(self) -> Mapping[str, int]:
        """How many adverts of each band counted."""
        return {band: track.taken for band, track in self._tracks.items()}

    # --- the contract ---

    async def start(self) -> Identity:
        """Find the adapter and begin to scan; raises LinkLost, NoReply, Refused (another adapter than the given)."""
        self.listen_for({}, {})
        address = await self._service.open()
        if self._settings.address is not None and address != self._settings.address:
            raise Refused(f"{self._settings.adapter} is another adapter: {address}"[:200], lasting=True)
        self._hearing = Hearing(_elapsed(), self._hearing.reference, self._settings.deaf_s, self._settings.silent_s)
        await self._begin()
        self._task = asyncio.create_task(self._live(), name=f"receiver {self._settings.adapter}")
        self._task.add_done_callback(lambda _: self._news.set())
        if self._settings.address is None:
            return Identity(Proof.PATH, self._settings.adapter)
        return Identity(Proof.ADDRESS, address)

    def listen_for(self, bands: Mapping[str, object], models: Mapping[str, object]) -> Mapping[str, str]:
        """Report these bands from now on; returns band → why it cannot be heard, for each that cannot."""
        known, deaf_to = list[Known](), dict[str, str]()
        every = {**built_in(), **cast("Mapping[str, Model]", models)}
        for name, one in self._named(bands).items():
            try:
                _complete(every[one.model])
                known.append(one.known(name, key_of(one) if isinstance(one, Band) else b""))
            except KeyError:
                deaf_to[name] = f"no model {one.model}"
            except (LookupError, NoKey) as exc:
                deaf_to[name] = str(exc)
        self._ear = Ear(known, every)
        self._bands = cast("dict[str, Band]", dict(bands))
        self._tracks = {name: self._tracks.get(name) or self._new_track(name) for name in bands}
        return deaf_to

    def _named(self, bands: Mapping[str, object]) -> Mapping[str, Named]:
        reference = {} if self._settings.reference is None else {_BEACON: self._settings.reference}
        return cast("Mapping[str, Named]", {**bands, **reference})

    def _new_track(self, band: str) -> Track:
        return Track(band, self._counters, self._settings.report_s)

    async def reports(self) -> AsyncIterator[Report]:
        """What the bands tell, and whether the receiver hears, for ever; raises LinkLost, NoReply."""
        while True:
            while self._waiting:
                yield self._waiting.pop(next(iter(self._waiting)))
            if self._failure is not None:
                raise self._failure
            if self._task is not None and self._task.done():
                self._task.result()  # a fault of ours must not look like silence
            self._news.clear()
            await self._news.wait()

    async def close(self) -> None:
        """Let go of scan and bus within a second; never raises."""
        self._fail(LinkLost(f"{self._settings.adapter} is closed"))
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.1)
        await self._scan.stop()
        await self._service.close()

    # --- the life of one connection ---

    async def _live(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for part in (self._end(), self._look(), self._prove(), self._vitals()):
                    group.create_task(part)
        except* DeviceError as failed:
            first = failed.exceptions[0]
            self._fail(first if isinstance(first, DeviceError) else LinkLost("the receiver failed"))

    async def _end(self) -> None:
        raise await self._service.lost()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            now = _elapsed()
            self._tell(self._hearing.look(now))
            if self._hearing.scan_is_stale(now):
                await self._scan.stop()
                self._scan = self._new_scan()
                await self._begin()

    async def _prove(self) -> None:
        while True:
            await asyncio.sleep(PROVE_S)
            await self._service.prove()
            self._tell([Answered()])

    def _fail(self, failure: DeviceError) -> None:
        self._failure = self._failure or failure
        self._news.set()

    def _tell(self, reports: list[Report]) -> None:
        for report in reports:
            key = (type(report), getattr(report, "band", None)) if isinstance(report, _NEWEST) else report
            self._waiting.pop(key, None)  # a fact that comes again before it was read moves to its newest place
            self._waiting[key] = report
        if reports:
            self._news.set()

    # --- what is heard ---

    def _heard(
        self,
        address: str,
        company: Mapping[int, bytes],
        service: Mapping[str, bytes],
        name: str | None,
        rssi: int,
        received: bool,
    ) -> None:
        now = _elapsed()
        if received:
            self._tell(self._hearing.heard(now))
        found = self._ear.hear(address, company, service, name)
        if found is None:
            return
        band, reading = found
        if band != _BEACON:
            self._tell(self._tracks[band].take(reading, rssi, now, received=received))
        elif received:
            self._tell(self._hearing.beacon(now))

    # --- what is read over connections ---

    async def _vitals(self) -> None:
        due = dict[str, float]()
        while True:
            await asyncio.sleep(LOOK_S)
            for band, settings in list(self._bands.items()):
                if settings.vitals_s and _elapsed() >= due.get(band, 0.0):
                    await self._read(band, settings)
                    due[band] = _elapsed() + settings.vitals_s

    async def _read(self, band: str, settings: Band) -> None:
        """Read one band that is near; one that does not let itself be read is silent, no more."""
        device = self._scan.device(settings.address or "")
        if device is None:
            return
        wanted: dict[int, Callable[[bytes], None]] = {
            gatt.BATTERY: partial(self._battery, band),
            gatt.HEART_RATE: partial(self._pulse, band),
            gatt.TEMPERATURE: partial(self._warmth, band),
        }
        try:
            await read_values(device, self._settings.dbus_address, wanted, VITALS_S)
        except LinkLost:
            return

    def _battery(self, band: str, value: bytes) -> None:
        percent = gatt.battery(value)
        if percent is not None:
            self._tracks[band].battery = percent
            self._tell(self._tracks[band].answered(_elapsed()))

    def _pulse(self, band: str, value: bytes) -> None:
        found = gatt.pulse(value)
        if found is not None:
            track, now = self._tracks[band], _elapsed()
            self._tell([*track.answered(now), *track.pulse(found.bpm, found.contact, now)])

    def _warmth(self, band: str, value: bytes) -> None:
        hundredths = gatt.temperature(value)
        if hundredths is not None:
            track, now = self._tracks[band], _elapsed()
            self._tell([*track.answered(now), *track.warmth(hundredths, now)])


def _complete(model: Model) -> None:
    for frame in model.frames:
        if frame.decode is not None and decoder(frame.decode) is None:
            raise LookupError(f"nobody provides the decoder {frame.decode}")
