"""A room with bands before a bluetoothd of our own, and drivers that are closed at the end."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from custodyd_drivers.contract import Identity, Report
from custodyd_drivers.errors import DeviceError
from custodyd_drivers.wristband import FAMILY, Band, Settings
from custodyd_drivers.wristband.driver import Receiver
from custodyd_drivers.wristband.models import built_in
from custodyd_drivers.wristband.settings import key_of
from custodyd_simulators.wristband import TWIN, Air, BluezWire, sender

UUID = "b9407f30-f5f8-466e-aff9-25556b57fe60"
BEACON: dict[str, Any] = {"model": "eddystone", "id": "00" * 15 + "01", "address": "AC:23:3F:00:00:01"}
KBEACON: dict[str, Any] = {"model": "kbeacon", "uuid": UUID, "major": 1, "minor": 1, "interval_s": 0.1}
MINEW: dict[str, Any] = {"model": "minew", "address": "AC:23:3F:A1:23:45", "interval_s": 0.1}
BOUND_S = 15.0
R = TypeVar("R", bound=Report)


@dataclass
class Rig:
    """A twin, the settings that lead to it, and what its drivers told."""

    air: Air
    wire: BluezWire
    settings: Settings
    bands: dict[str, Band]
    told: list[Report] = field(default_factory=list[Report])
    ended: DeviceError | None = None
    _drivers: list[Receiver] = field(default_factory=list[Receiver])
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def driver(self, **changes: Any) -> Receiver:
        made = cast("Receiver", FAMILY.open(msgspec.structs.replace(self.settings, **changes)))
        self._drivers.append(made)
        return made

    async def start(self, **changes: Any) -> tuple[Receiver, Identity]:
        """A driver that listens for the bands; its reports are collected until it fails."""
        driver = self.driver(**changes)
        identity = await driver.start()
        driver.listen_for(self.bands, {})
        self.ended = None
        self._tasks.append(asyncio.create_task(self._collect(driver)))
        return driver, identity

    async def _collect(self, driver: Receiver) -> None:
        try:
            async for report in driver.reports():
                self.told.append(report)
        except DeviceError as exc:
            self.ended = exc

    async def until(self, there: Callable[[], bool], within: float = BOUND_S) -> float:
        """Wait until a fact is true; how long it took."""
        began = time.monotonic()
        async with asyncio.timeout(within):
            while not there():  # noqa: ASYNC110 - it becomes true in another process
                await asyncio.sleep(0.005)
        return time.monotonic() - began

    async def hears(self, kind: type[R], within: float = BOUND_S, **facts: Any) -> R:
        """The next report of a kind with these facts."""
        start = len(self.told)

        def found() -> list[R]:
            new = [report for report in self.told[start:] if isinstance(report, kind)]
            return [report for report in new if all(getattr(report, name) == facts[name] for name in facts)]

        await self.until(lambda: bool(found()), within)
        return found()[0]

    async def loses(self, within: float = BOUND_S) -> DeviceError:
        """What ends the driver."""
        await self.until(lambda: self.ended is not None, within)
        assert self.ended is not None
        return self.ended

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for driver in self._drivers:
            await driver.close()


@asynccontextmanager
async def room(*, seed: int = 1, beacon: bool = False, **bands: dict[str, Any]) -> AsyncGenerator[Rig]:
    """Bands by name, as in devices.toml (`band_1` is band-1)."""
    where = Path(tempfile.mkdtemp(prefix="rig"))
    keys: dict[str, Any] = {"reference": BEACON} if beacon else {}
    standing = TWIN.stand(msgspec.convert(keys, Settings), where)
    air, wire = cast("Air", standing.hand), cast("BluezWire", standing.wire)
    known = {name.replace("_", "-"): msgspec.convert(band, Band) for name, band in bands.items()}
    for name, band in known.items():
        air.place(name, sender(band, built_in()[band.model], name, key_of(band)))
    await asyncio.to_thread(wire.start)
    rig = Rig(air, wire, msgspec.convert({**keys, **standing.transport}, Settings), known)
    try:
        yield rig
    finally:
        await rig.close()
        await asyncio.to_thread(wire.close)
        shutil.rmtree(where, ignore_errors=True)
