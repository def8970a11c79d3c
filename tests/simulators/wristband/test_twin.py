"""The room before the unmodified bleak: it scans, finds, connects and reads as before a real bluetoothd."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import msgspec
import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDBusError

from custodyd_drivers.wristband import Band, Settings
from custodyd_drivers.wristband.frames import gatt
from custodyd_drivers.wristband.models import built_in
from custodyd_simulators.wristband import TWIN, Air, BluezWire, sender

pytestmark = pytest.mark.xdist_group("bluetooth")
ADDRESS = "AC:23:3F:A1:23:45"


@asynccontextmanager
async def room(monkeypatch: pytest.MonkeyPatch, vitals_s: float = 0.0) -> AsyncGenerator[tuple[Air, BluezWire]]:
    where = Path(tempfile.mkdtemp(prefix="twin"))
    standing = TWIN.stand(Settings(), where)
    air, wire = cast("Air", standing.hand), cast("BluezWire", standing.wire)
    keys = {"model": "minew", "address": ADDRESS, "interval_s": 0.1, "vitals_s": vitals_s}
    air.place("band-1", sender(msgspec.convert(keys, Band), built_in()["minew"], "band-1"))
    await asyncio.to_thread(wire.start)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", wire.address)
    try:
        yield air, wire
    finally:
        await asyncio.to_thread(wire.close)
        shutil.rmtree(where, ignore_errors=True)


async def test_a_plain_scan_finds_the_band_with_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    async with room(monkeypatch):
        found = await BleakScanner.find_device_by_address(ADDRESS, timeout=5)
        assert found is not None
        assert found.address == ADDRESS


async def test_every_change_of_a_property_calls_back_which_is_why_a_callback_is_no_sighting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with room(monkeypatch) as (air, wire):
        called = list[int]()

        def count(_: BLEDevice, advert: AdvertisementData) -> None:
            called.append(advert.rssi)

        async with BleakScanner(count, bluez={"adapter": "hci0", "filters": {"DuplicateData": True}}):
            await _until(lambda: bool(called))
            air.walk("band-1", "away")
            await asyncio.sleep(0.2)
            before = len(called)
            wire.touch(ADDRESS)
            await _until(lambda: len(called) >= before + 2)
            assert called[before:] == [called[before - 1]] * 2


async def test_a_band_with_a_pulse_lets_it_be_read_and_one_without_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    async with room(monkeypatch, vitals_s=10):
        values = list[bytes]()
        device = await BleakScanner.find_device_by_address(ADDRESS, timeout=5)
        assert device is not None
        async with BleakClient(device, timeout=5) as client:
            await client.start_notify("2a37", lambda _, value: values.append(bytes(value)))
            assert gatt.battery(bytes(await client.read_gatt_char("2a19"))) == 90
            await _until(lambda: bool(values))
        assert gatt.pulse(values[0]) == gatt.Pulse(72, contact=True)
    async with room(monkeypatch):
        device = await BleakScanner.find_device_by_address(ADDRESS, timeout=5)
        assert device is not None
        with pytest.raises(BleakDBusError):
            await BleakClient(device, timeout=5).connect()


async def test_a_second_scan_of_one_client_is_in_progress_and_a_switched_off_adapter_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with room(monkeypatch) as (air, wire):
        async with BleakScanner(bluez={"adapter": "hci0"}):
            with pytest.raises(BleakDBusError, match="InProgress"):
                await BleakScanner(bluez={"adapter": "hci0"}).start()
        await _until(lambda: air.heard[-1:] == ["scanning 0"])
        wire.power(on=False)
        with pytest.raises(BleakDBusError, match="NotReady"):
            await BleakScanner(bluez={"adapter": "hci0"}).start()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - it becomes true in another process
            await asyncio.sleep(0.01)
