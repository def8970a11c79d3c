"""One scan for adverts: which callbacks are adverts, and how a scan begins and ends; it knows no band.

bleak calls back for every change of what bluetoothd keeps about a device, and hands over what it keeps, however old:
a connection coming or going looks like an advert. But a change carries its data anew only where bluetoothd received
them: with DuplicateData it forgets a device's data at each report and sets them again (device_set_manufacturer_data and
device_set_service_data of BlueZ), and bleak then keeps another object than before. Where the objects are the same as
at the callback before, nothing was received. The first callback about a device that bluetoothd already kept when the
scan began has none before it, and so proves nothing; a device that it did not keep begins to be one by its advert.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from custodyd_drivers.errors import NoReply
from custodyd_drivers.link.ble.door import FOREIGN, bus
from custodyd_drivers.link.ble.door import lost as as_lost

Heard = Callable[[str, Mapping[int, bytes], Mapping[str, bytes], str | None, int, bool], None]
"""(address, company → data, service → data, name, RSSI in dBm, whether it was received just now)."""

START_S = 4.0
STOP_S = 0.4
_MOST = 8192  # devices remembered; bluetoothd forgets those that went within minutes, a flood of false ones is cut
_FAINT = -127  # what bleak says where bluetoothd says nothing


class Scan:
    """An active scan on one adapter. Started once, stopped; a new one is made for every attempt."""

    def __init__(self, adapter: str, dbus_address: str | None, heard: Heard) -> None:
        self._address = dbus_address
        self._heard = heard
        self._last: dict[str, tuple[object, object]] = {}
        self._kept: frozenset[str] | None = None
        args: BlueZScannerArgs = {"adapter": adapter, "filters": {"DuplicateData": True}}
        self._scanner = BleakScanner(self._called, bluez=args)
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to scan; raises LinkLost, NoReply, Refused."""
        self._starting = asyncio.create_task(self._start(), name="scan")
        try:
            async with asyncio.timeout(START_S):
                # cut off in the middle, bluetoothd might scan for us without our knowing, and refuse the next scan
                await asyncio.shield(self._starting)
        except TimeoutError as exc:
            raise NoReply("bluetoothd does not begin to scan", START_S) from exc
        except FOREIGN as exc:
            raise as_lost("no scan", exc) from exc

    def kept_before(self, paths: frozenset[str]) -> None:
        """The devices that bluetoothd keeps, asked after the scan began."""
        self._kept = paths

    def device(self, address: str) -> BLEDevice | None:
        """The device with this address, if it was heard."""
        return next((found for found in self._scanner.discovered_devices if found.address == address), None)

    async def _start(self) -> None:
        with bus(self._address):
            await self._scanner.start()

    async def stop(self) -> None:
        """End the scan; never raises, and takes no longer than a second whatever bluetoothd does."""
        if self._starting is None:
            return
        await asyncio.wait([self._starting], timeout=STOP_S)
        if not self._starting.done():
            self._starting.cancel()
            return
        if self._starting.cancelled() or self._starting.exception() is not None:
            return
        with contextlib.suppress(*FOREIGN):
            async with asyncio.timeout(STOP_S):
                await self._scanner.stop()

    def _called(self, device: BLEDevice, advert: AdvertisementData) -> None:
        path, kept = cast("tuple[str, Mapping[str, Any]]", advert.platform_data)
        company, service = kept.get("ManufacturerData"), kept.get("ServiceData")
        last = self._last.get(path)
        if last is not None and last[0] is company and last[1] is service:
            return
        new = self._kept is not None and path not in self._kept
        if last is None and len(self._last) >= _MOST:
            self._last.clear()
            self._kept = None
        self._last[path] = company, service
        received = (last is not None or new) and advert.rssi != _FAINT
        self._heard(
            device.address, advert.manufacturer_data, advert.service_data, advert.local_name, advert.rssi, received
        )
